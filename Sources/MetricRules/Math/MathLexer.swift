/// A piece of an expression.
enum MathToken: Hashable, Sendable {
    case number(Double)
    /// The content of a quoted text.
    case text(String)
    /// An id, a function's name or a word such as `REPEAT`.
    case name(String)
    /// An operator, bracket or comma.
    case symbol(String)

    /// The token as error texts show it.
    var shown: String {
        switch self {
        case .number(let value): plainNumber(value)
        case .text(let text), .name(let text), .symbol(let text): text
        }
    }
}

/// Cuts expressions, search texts and queries into tokens.
struct MathLexer {
    private var rest: Substring.UTF8View
    private static let doubled: Set<String> = ["==", "!=", "<=", ">=", "&&", "||"]
    private static let single = Set("+-*/^<>()[],=".utf8)

    static func tokens(of text: String) throws -> [MathToken] {
        var lexer = MathLexer(rest: text[...].utf8)
        var tokens: [MathToken] = []
        while let token = try lexer.next() { tokens.append(token) }
        return tokens
    }

    private mutating func next() throws -> MathToken? {
        while let byte = rest.first, byte == 0x20 || (0x09...0x0d).contains(byte) { rest.removeFirst() }
        guard let byte = rest.first else { return nil }
        if byte == UInt8(ascii: "'") || byte == UInt8(ascii: "\"") { return .text(try quoted(by: byte)) }
        if byte.isDigit || byte == UInt8(ascii: ".") { return .number(try number()) }
        if byte.isNameStart { return .name(take { $0.isNameStart || $0.isDigit }) }
        let pair = String(decoding: rest.prefix(2), as: UTF8.self)
        if Self.doubled.contains(pair) {
            rest = rest.dropFirst(2)
            return .symbol(pair)
        }
        guard Self.single.contains(byte) else {
            throw MathFault.unexpectedCharacter(String(Substring(rest).prefix(1)))
        }
        rest.removeFirst()
        return .symbol(String(decoding: [byte], as: UTF8.self))
    }

    private mutating func take(while isWanted: (UInt8) -> Bool) -> String {
        let taken = rest.prefix(while: isWanted)
        rest = rest[taken.endIndex...]
        return String(decoding: taken, as: UTF8.self)
    }

    private mutating func quoted(by mark: UInt8) throws -> String {
        rest.removeFirst()
        let content = take { $0 != mark }
        guard rest.popFirst() != nil else { throw MathFault.unclosedText }
        return content
    }

    /// `12`, `.5`, `1.5`, `1e-36`.
    private mutating func number() throws -> Double {
        var text = take { $0.isDigit || $0 == UInt8(ascii: ".") }
        let exponent = rest.prefix(2)
        if let mark = exponent.first, mark | 0x20 == UInt8(ascii: "e"), let after = exponent.dropFirst().first,
           after.isDigit || after == UInt8(ascii: "-") || after == UInt8(ascii: "+") {
            text += String(decoding: exponent, as: UTF8.self)
            rest = rest.dropFirst(2)
            text += take { $0.isDigit }
        }
        guard let value = Double(text), value.isFinite else { throw MathFault.unexpected(token: text) }
        return value
    }
}

extension UInt8 {
    var isDigit: Bool { (0x30...0x39).contains(self) }
    var isUpper: Bool { (0x41...0x5a).contains(self) }
    var isLower: Bool { (0x61...0x7a).contains(self) }
    fileprivate var isNameStart: Bool { isUpper || isLower || self == UInt8(ascii: "_") }
}
