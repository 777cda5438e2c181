/// `EnableExplanations`: whether a record is explained, asked of what the model answered to it. A subset of JMESPath:
/// literals, indices of a CSV record's fields, comparisons, `!`, `&&`, `||` and parentheses.
// AWS: doc — the guide's page on the EnableExplanations expression.
package struct ExplanationCondition: Sendable, Equatable {
    /// An expression beyond the subset, or none at all.
    package struct Unsupported: Error, Equatable, Sendable {}
    /// The value is neither true nor false.
    package struct NotBoolean: Error, Equatable, Sendable {}

    /// A field of a record, or what comes of it.
    package enum Value: Sendable, Equatable {
        case null, boolean(Bool), number(Double), text(String)

        /// A field of a CSV record: a number if it reads as one.
        package init(field: String) { self = Double(field).map { .number($0) } ?? .text(field) }

        /// JMESPath's truth: everything but null, false and the empty text.
        fileprivate var isTrue: Bool {
            switch self {
            case .null, .boolean(false), .text(""): false
            case .boolean(true), .number, .text: true
            }
        }
    }

    fileprivate enum Comparison: String, Sendable, CaseIterable {
        // Longer ones first: they are tried in this order.
        case atLeast = ">=", atMost = "<=", equal = "==", unequal = "!=", above = ">", below = "<"
    }

    fileprivate indirect enum Node: Sendable, Equatable {
        case literal(Value)
        case field(Int)
        case comparison(Comparison, Node, Node)
        case not(Node)
        case and(Node, Node)
        case or(Node, Node)
    }

    private let root: Node

    /// Throws `Unsupported`.
    package init(_ text: String) throws(Unsupported) {
        var parser = Parser(rest: Array(text.utf8)[...])
        root = try parser.alternatives()
        guard parser.isAtEnd else { throw Unsupported() }
    }

    /// Whether a record is explained. Throws `NotBoolean`.
    package func holds(for record: [Value]) throws(NotBoolean) -> Bool {
        guard case .boolean(let holds) = Self.value(root, record) else { throw NotBoolean() }
        return holds
    }

    private static func value(_ node: Node, _ record: [Value]) -> Value {
        switch node {
        case .literal(let value): return value
        case .field(let index):
            let place = index < 0 ? record.count + index : index
            return record.indices.contains(place) ? record[place] : .null
        case .not(let node): return .boolean(!value(node, record).isTrue)
        case .and(let left, let right):
            let first = value(left, record)
            return first.isTrue ? value(right, record) : first
        case .or(let left, let right):
            let first = value(left, record)
            return first.isTrue ? first : value(right, record)
        case .comparison(let comparison, let left, let right):
            return compared(comparison, value(left, record), value(right, record))
        }
    }

    /// Orders are of numbers only: other comparisons are null, as in JMESPath.
    private static func compared(_ comparison: Comparison, _ left: Value, _ right: Value) -> Value {
        switch comparison {
        case .equal: return .boolean(left == right)
        case .unequal: return .boolean(left != right)
        case .atLeast, .atMost, .above, .below: break
        }
        guard case .number(let a) = left, case .number(let b) = right else { return .null }
        switch comparison {
        case .atLeast: return .boolean(a >= b)
        case .atMost: return .boolean(a <= b)
        case .above: return .boolean(a > b)
        case .below, .equal, .unequal: return .boolean(a < b)
        }
    }
}

extension ExplanationCondition {
    private struct Parser {
        var rest: ArraySlice<UInt8>

        var isAtEnd: Bool {
            mutating get {
                skipSpace()
                return rest.isEmpty
            }
        }

        mutating func alternatives() throws(Unsupported) -> Node {
            var node = try conjunction()
            while take("||") { node = .or(node, try conjunction()) }
            return node
        }

        private mutating func conjunction() throws(Unsupported) -> Node {
            var node = try comparison()
            while take("&&") { node = .and(node, try comparison()) }
            return node
        }

        private mutating func comparison() throws(Unsupported) -> Node {
            let left = try operand()
            for comparison in Comparison.allCases where take(comparison.rawValue) {
                return .comparison(comparison, left, try operand())
            }
            return left
        }

        private mutating func operand() throws(Unsupported) -> Node {
            if take("!") { return .not(try operand()) }
            if take("(") {
                let node = try alternatives()
                guard take(")") else { throw Unsupported() }
                return node
            }
            if take("[") {
                guard let index = Int(try text(until: "]")) else { throw Unsupported() }
                return .field(index)
            }
            if take("`") { return .literal(try Self.literal(try text(until: "`"))) }
            if take("'") { return .literal(.text(try text(until: "'"))) }
            throw Unsupported()
        }

        private static func literal(_ text: String) throws(Unsupported) -> Value {
            let bytes = text.utf8
            switch text {
            case "true": return .boolean(true)
            case "false": return .boolean(false)
            case "null": return .null
            default: break
            }
            if bytes.count >= 2, bytes.first == UInt8(ascii: "\""), bytes.last == UInt8(ascii: "\"") {
                return .text(String(text.dropFirst().dropLast()))
            }
            guard let first = bytes.first, first == UInt8(ascii: "-") || (48...57).contains(first),
                  let number = Double(text)
            else { throw Unsupported() }
            return .number(number)
        }

        /// What is before a closing character, which is taken too.
        private mutating func text(until end: Character) throws(Unsupported) -> String {
            guard let place = rest.firstIndex(of: end.asciiValue ?? 0) else { throw Unsupported() }
            defer { rest = rest[(place + 1)...] }
            return String(decoding: rest[..<place], as: UTF8.self)
        }

        private mutating func take(_ token: String) -> Bool {
            skipSpace()
            guard rest.starts(with: token.utf8) else { return false }
            // `!=` is a comparison, not a negation.
            if token == "!", rest.dropFirst().first == UInt8(ascii: "=") { return false }
            rest = rest.dropFirst(token.utf8.count)
            return true
        }

        private mutating func skipSpace() { rest = rest.drop { $0 == 0x20 || $0 == 0x09 } }
    }
}
