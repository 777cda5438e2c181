import AWSModel
import Gateway
import PolicyRules
import Vocabulary

/// What one operation needs: an action on one or more resources.
struct ActionNeed: Sendable, Equatable {
    /// With the service's prefix, e.g. `s3:GetObject`.
    var action: String
    var resource: ResourceTemplate
}

/// Which actions the operations of one service need, and on what. Written as a table of lines:
///
///     Operation  template                    the action of the same name
///     Operation  Action@template Action2@…   actions of other names; all are needed
///
/// A template is what follows `arn:aws:SERVICE:REGION:ACCOUNT:`, with `{Member}` for a value of the input.
struct ActionTable: Sendable {
    /// The prefix of the service's actions, e.g. `sagemaker`.
    let prefix: String
    private let needs: [String: [ActionNeed]]

    init(prefix: String, lines: String) {
        self.prefix = prefix
        var needs: [String: [ActionNeed]] = [:]
        for line in lines.split(separator: "\n") {
            let words = line.split(separator: " ")
            guard words.count >= 2 else { continue }
            needs[String(words[0])] = words.dropFirst().map { word in
                let halves = word.split(separator: "@", maxSplits: 1)
                let name = halves.count == 2 ? halves[0] : words[0]
                let action = name.contains(":") ? String(name) : "\(prefix):\(name)"
                return ActionNeed(action: action, resource: ResourceTemplate(String(halves[halves.count - 1])))
            }
        }
        self.needs = needs
    }

    /// Nil for an operation that the table does not name.
    subscript(operation: String) -> [ActionNeed]? { needs[operation] }
}

/// A resource with places for values of the input.
struct ResourceTemplate: Sendable, Equatable {
    private enum Part: Sendable, Equatable {
        case text(String)
        /// A member by its path, with what stands for an absent one. `[]` after a name takes each item of a list.
        case member(path: [String], fallback: String, isLowerCased: Bool)
    }

    /// `!Member`: the value is the whole ARN.
    private let isWhole: Bool
    private let parts: [Part]

    init(_ text: String) {
        isWhole = text.hasPrefix("!")
        var rest = text.dropFirst(isWhole ? 1 : 0)
        if isWhole { rest = "{\(rest)}" }
        var parts: [Part] = []
        while let open = rest.firstIndex(of: "{") {
            if open > rest.startIndex { parts.append(.text(String(rest[..<open]))) }
            let close = rest[open...].firstIndex(of: "}") ?? rest.endIndex
            var inside = rest[rest.index(after: open)..<close]
            let isLowerCased = inside.hasPrefix("~")
            if isLowerCased { inside = inside.dropFirst() }
            let halves = inside.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            parts.append(.member(
                path: halves[0].split(separator: ".").map(String.init), fallback: halves.count == 2 ? String(halves[1]) : "*",
                isLowerCased: isLowerCased))
            rest = close == rest.endIndex ? "" : rest[rest.index(after: close)...]
        }
        if !rest.isEmpty { parts.append(.text(String(rest))) }
        self.parts = parts
    }

    /// The resources that an input means; several when a place is a list.
    /// - Parameter base: what goes before a template that is no ARN of its own.
    func resources(_ input: AWSObject, base: String) -> [String] {
        var found = [""]
        for part in parts {
            switch part {
            case .text(let text): found = found.map { $0 + text }
            case .member(let path, let fallback, let isLowerCased):
                let texts = Self.texts(.object(input), path[...]).map { isLowerCased ? $0.lowercased() : $0 }
                let values = texts.isEmpty ? [fallback] : texts
                found = values.flatMap { value in found.map { $0 + value } }
            }
        }
        return found.map { text in
            if text == "*" || text.hasPrefix("arn:") { return text }
            // Some members take a name or a whole ARN.
            if let whole = text.firstRange(of: "/arn:") { return String(text[text.index(after: whole.lowerBound)...]) }
            return base + text
        }
    }

    private static func texts(_ value: AWSValue, _ path: ArraySlice<String>) -> [String] {
        if case .list(let items) = value { return items.flatMap { texts($0, path) } }
        guard let name = path.first else { return value.string.map { $0.isEmpty ? [] : [$0] } ?? [] }
        return value[name].map { texts($0, path.dropFirst()) } ?? []
    }
}

/// Everything the input says at members of a name, however deep.
func values(ofMembers names: Set<String>, in value: AWSValue, depth: Int = 0) -> [AWSValue] {
    guard depth < 24 else { return [] }
    switch value {
    case .list(let items): return items.flatMap { values(ofMembers: names, in: $0, depth: depth + 1) }
    case .object(let object):
        return object.entries.flatMap { entry -> [AWSValue] in
            names.contains(entry.key) ? [entry.value] : values(ofMembers: names, in: entry.value, depth: depth + 1)
        }
    default: return []
    }
}

/// `values(ofMembers:)` as text, without repetition, in order.
func texts(ofMembers names: Set<String>, in value: AWSValue) -> [String] {
    var found: [String] = []
    for value in values(ofMembers: names, in: value) {
        for item in value.list ?? [value] {
            guard let text = item.conditionText, !found.contains(text) else { continue }
            found.append(text)
        }
    }
    return found
}

extension AWSValue {
    /// As a condition key's value.
    var conditionText: String? {
        switch self {
        case .string(let text): text.isEmpty ? nil : text
        case .boolean(let flag): flag ? "true" : "false"
        case .integer(let number): String(number)
        case .double(let number): String(number)
        default: nil
        }
    }
}
