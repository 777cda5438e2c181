/// A field of a log event, as Contributor Insights sees it.
package indirect enum LogValue: Hashable, Sendable {
    case null
    case flag(Bool)
    case number(Double)
    case text(String)
    case list([LogValue])
    case object([String: LogValue])

    /// The value at a path such as `$.request.headers[0].name`; nil where there is none.
    package func value(at path: String) -> LogValue? {
        guard path.first == "$" else { return nil }
        var current = self
        for part in path.dropFirst().split(separator: ".") {
            // `name[1][2]`, the name missing right after `$`.
            let pieces = part.split(separator: "[", omittingEmptySubsequences: false)
            if let name = pieces.first, !name.isEmpty {
                guard case .object(let members) = current, let member = members[String(name)] else { return nil }
                current = member
            }
            for piece in pieces.dropFirst() {
                guard piece.last == "]", let index = Int(piece.dropLast()), index >= 0,
                      case .list(let items) = current, index < items.count
                else { return nil }
                current = items[index]
            }
        }
        return current
    }

    /// As a contributor's key shows it; nil for what is no plain value.
    var keyText: String? {
        switch self {
        case .text(let text): text
        case .number(let number): plainNumber(number)
        case .flag(let flag): flag ? "true" : "false"
        case .null, .list, .object: nil
        }
    }

    /// The number it is, or that its text says.
    var amount: Double? {
        switch self {
        case .number(let number): number
        case .text(let text): Double(text).flatMap { $0.isFinite ? $0 : nil }
        case .null, .flag, .list, .object: nil
        }
    }

    /// The fields of a line of the common log format, by their positions from 1 on and by their names, as an object.
    /// Quotes and brackets hold a field together.
    package init(commonLogFormat line: String, names: [Int: String]) {
        var fields: [String] = [], current = "", closing: Character?
        for character in line {
            if let end = closing {
                if character == end { closing = nil } else { current.append(character) }
            } else if character == "\"" || character == "[" {
                closing = character == "[" ? "]" : "\""
            } else if character.isWhitespace {
                if !current.isEmpty { fields.append(current) }
                current = ""
            } else {
                current.append(character)
            }
        }
        if !current.isEmpty { fields.append(current) }
        var members: [String: LogValue] = [:]
        for (index, field) in fields.enumerated() {
            members[String(index + 1)] = .text(field)
            if let name = names[index + 1] { members[name] = .text(field) }
        }
        self = .object(members)
    }
}
