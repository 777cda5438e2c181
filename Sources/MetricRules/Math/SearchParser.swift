/// Reads search expressions. AWS: doc — spec/cloudwatch.md §5, SEARCH terms.
struct SearchParser {
    private enum Token: Equatable {
        case open, close, equals
        case word(String)
        case quoted(String)
    }

    private var tokens: ArraySlice<Token>
    private let schemaText: String?
    private var depth = 0
    private static let depthMax = 32

    init(_ text: String) throws {
        var rest = text.utf8[...]
        while rest.first == 0x20 { rest.removeFirst() }
        if rest.first == UInt8(ascii: "{") {
            guard let end = rest.firstIndex(of: UInt8(ascii: "}")) else {
                throw MathFault.malformedSearch("missing closing brace")
            }
            schemaText = String(decoding: rest[..<end].dropFirst(), as: UTF8.self)
            rest = rest[rest.index(after: end)...]
        } else {
            schemaText = nil
        }
        tokens = try Self.tokens(of: rest)[...]
    }

    /// `Namespace,Dimension,…`; names with special characters are in double quotes.
    func schema() throws -> (namespace: String, dimensions: [String])? {
        guard let schemaText else { return nil }
        var names: [String] = [""]
        var isQuoted = false
        for character in schemaText {
            switch character {
            case "\"": isQuoted.toggle()
            case "," where !isQuoted: names.append("")
            case " " where !isQuoted: break
            default: names[names.count - 1].append(character)
            }
        }
        guard !isQuoted, !names.contains("") else { throw MathFault.malformedSearch("a name is missing in the schema") }
        return (names[0], Array(names.dropFirst()))
    }

    /// The terms after the schema; without any, every metric is meant.
    mutating func conditions() throws -> MetricSearch.Condition {
        if tokens.isEmpty { return .all([]) }
        let condition = try either(property: nil)
        guard tokens.isEmpty else { throw MathFault.malformedSearch("unexpected closing parenthesis or equals sign") }
        return condition
    }

    private static func tokens(of text: Substring.UTF8View) throws -> [Token] {
        var tokens: [Token] = []
        var rest = text
        let special = Set(" ()=\"\t\n".utf8)
        while let byte = rest.first {
            switch byte {
            case UInt8(ascii: "("): tokens.append(.open)
            case UInt8(ascii: ")"): tokens.append(.close)
            case UInt8(ascii: "="): tokens.append(.equals)
            case UInt8(ascii: "\""):
                rest.removeFirst()
                let content = rest.prefix { $0 != UInt8(ascii: "\"") }
                rest = rest[content.endIndex...]
                guard !rest.isEmpty else { throw MathFault.malformedSearch("missing closing quotation mark") }
                tokens.append(.quoted(String(decoding: content, as: UTF8.self)))
            case _ where special.contains(byte): break
            default:
                let word = rest.prefix { !special.contains($0) }
                tokens.append(.word(String(decoding: word, as: UTF8.self)))
                rest = rest[word.endIndex...]
                continue
            }
            rest.removeFirst()
        }
        return tokens
    }

    private mutating func either(property: String?) throws -> MetricSearch.Condition {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.depthMax else { throw MathFault.tooDeep }
        var choices = [try every(property: property)]
        while tokens.first == .word("OR") {
            tokens.removeFirst()
            choices.append(try every(property: property))
        }
        return choices.count == 1 ? choices[0] : .any(choices)
    }

    /// Terms side by side must all hold, with or without `AND` between them.
    private mutating func every(property: String?) throws -> MetricSearch.Condition {
        var conditions = [try negation(property: property)]
        while let token = tokens.first, token != .close, token != .equals, token != .word("OR") {
            if token == .word("AND") { tokens.removeFirst() }
            conditions.append(try negation(property: property))
        }
        return conditions.count == 1 ? conditions[0] : .all(conditions)
    }

    private mutating func negation(property: String?) throws -> MetricSearch.Condition {
        var isNegated = false
        while tokens.first == .word("NOT") {
            tokens.removeFirst()
            isNegated.toggle()
        }
        let condition = try primary(property: property)
        return isNegated ? .not(condition) : condition
    }

    private mutating func primary(property: String?) throws -> MetricSearch.Condition {
        guard let token = tokens.popFirst() else { throw MathFault.malformedSearch("a term is missing at the end") }
        switch token {
        case .open:
            let inner = try either(property: property)
            guard tokens.popFirst() == .close else { throw MathFault.malformedSearch("missing closing parenthesis") }
            return inner
        case .close: throw MathFault.malformedSearch("unexpected closing parenthesis")
        case .equals: throw MathFault.malformedSearch("unexpected equals sign")
        case .word(let text), .quoted(let text):
            if tokens.first == .equals, property == nil {
                tokens.removeFirst()
                return try primary(property: text)
            }
            if case .quoted = token { return .term(.init(property: property, text: text, isExact: true)) }
            return .term(.init(property: property, text: text, isExact: false))
        }
    }
}
