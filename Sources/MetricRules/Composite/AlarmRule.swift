/// The rule of a composite alarm: `ALARM(a) AND NOT (OK("b") OR INSUFFICIENT_DATA(c))`.
/// `AT_LEAST(2, ALARM, (a, b, c))` and `AT_LEAST(60%, NOT OK, (a, b))` hold while that many of the alarms are in the state.
/// AWS: doc for the grammar and limits, precedence NOT, AND, OR inferred — spec/cloudwatch.md §10.
package struct AlarmRule: Hashable, Sendable {
    indirect enum Condition: Hashable, Sendable {
        case constant(Bool)
        /// A child, by name or ARN, is in a state.
        case state(AlarmState, child: String)
        case not(Condition)
        /// At least so many children are in a state, or are not in it.
        case atLeast(Int, AlarmState, isNegated: Bool, children: [String])
        case all([Condition])
        case any([Condition])
    }

    /// The text is no rule. The reason is this server's own wording.
    package struct Malformed: Error, Hashable, Sendable {
        package let reason: String
    }

    // AWS: doc — spec/cloudwatch.md §10.
    package static let childrenMax = 100
    package static let elementsMax = 500

    let condition: Condition
    /// The names and ARNs in the rule as written, each once, in order.
    package let children: [String]

    package init(parsing text: String) throws(Malformed) {
        var parser = Parser(rest: text[...].utf8)
        condition = try parser.rule()
        children = parser.children
        guard children.count <= Self.childrenMax else {
            throw Malformed(reason: "it names more than \(Self.childrenMax) alarms")
        }
    }

    /// Whether the rule holds. A child without a state fulfils nothing.
    package func isTrue(_ state: (String) throws -> AlarmState?) rethrows -> Bool {
        var states: [String: AlarmState] = [:]
        for child in children { states[child] = try state(child) }
        return Self.holds(condition, states)
    }

    private static func holds(_ condition: Condition, _ states: [String: AlarmState]) -> Bool {
        switch condition {
        case .constant(let value): value
        case .state(let state, let child): states[child] == state
        case .not(let inner): !holds(inner, states)
        case .atLeast(let needed, let state, let isNegated, let children):
            children.count { (states[$0] == state) != isNegated } >= needed
        case .all(let conditions): conditions.allSatisfy { holds($0, states) }
        case .any(let conditions): conditions.contains { holds($0, states) }
        }
    }

    private struct Parser {
        var rest: Substring.UTF8View
        var children: [String] = []
        private var elements = 0
        private var depth = 0
        private static let depthMax = 64

        init(rest: Substring.UTF8View) { self.rest = rest }

        mutating func rule() throws(Malformed) -> Condition {
            let condition = try either()
            skipSpace()
            guard rest.isEmpty else { throw Malformed(reason: "unexpected '\(shown)'") }
            return condition
        }

        private mutating func either() throws(Malformed) -> Condition {
            depth += 1
            defer { depth -= 1 }
            guard depth <= Self.depthMax else { throw Malformed(reason: "it is nested too deeply") }
            var choices = [try every()]
            while takes("OR") { choices.append(try every()) }
            return choices.count == 1 ? choices[0] : .any(choices)
        }

        private mutating func every() throws(Malformed) -> Condition {
            var conditions = [try negation()]
            while takes("AND") { conditions.append(try negation()) }
            return conditions.count == 1 ? conditions[0] : .all(conditions)
        }

        private mutating func negation() throws(Malformed) -> Condition {
            var isNegated = false
            while takes("NOT") { isNegated.toggle() }
            let condition = try primary()
            return isNegated ? .not(condition) : condition
        }

        private mutating func primary() throws(Malformed) -> Condition {
            elements += 1
            guard elements <= AlarmRule.elementsMax else {
                throw Malformed(reason: "it has more than \(AlarmRule.elementsMax) elements")
            }
            if takesByte("(") {
                let inner = try either()
                try close()
                return inner
            }
            if takes("TRUE") { return .constant(true) }
            if takes("FALSE") { return .constant(false) }
            if takes("AT_LEAST") { return try atLeast() }
            if let state = state() { return .state(state, child: try child()) }
            throw Malformed(reason: rest.isEmpty ? "it ends too early" : "unexpected '\(shown)'")
        }

        private mutating func state() -> AlarmState? {
            for state in [AlarmState.alarm, .ok, .insufficientData] where takes(state.rawValue) { return state }
            return nil
        }

        private mutating func child() throws(Malformed) -> String {
            try open()
            let name = try name()
            try close()
            return name
        }

        /// `(M, STATE, (a, b, …))`, M a number or a share in percent.
        private mutating func atLeast() throws(Malformed) -> Condition {
            try open()
            skipSpace()
            let digits = rest.prefix(while: \.isDigit)
            rest = rest[digits.endIndex...]
            guard let number = Int(String(decoding: digits, as: UTF8.self)), number >= 1 else {
                throw Malformed(reason: "AT_LEAST needs a whole number or a percentage")
            }
            let isShare = takesByte("%")
            try comma()
            let isNegated = takes("NOT")
            guard let state = state() else { throw Malformed(reason: "AT_LEAST needs a state") }
            try comma()
            try open()
            var names: [String] = []
            repeat {
                elements += 1
                guard elements <= AlarmRule.elementsMax else {
                    throw Malformed(reason: "it has more than \(AlarmRule.elementsMax) elements")
                }
                names.append(try name())
            } while takesByte(",")
            try close()
            try close()
            guard number <= (isShare ? 100 : names.count) else {
                throw Malformed(reason: "AT_LEAST asks for more than there are")
            }
            let needed = isShare ? (names.count * number + 99) / 100 : number
            return .atLeast(needed, state, isNegated: isNegated, children: names)
        }

        /// A name or ARN, in quotes or up to the next comma or parenthesis.
        private mutating func name() throws(Malformed) -> String {
            skipSpace()
            var name: Substring.UTF8View
            if takesByte("\"") {
                name = rest.prefix { $0 != UInt8(ascii: "\"") }
                rest = rest[name.endIndex...]
                guard rest.popFirst() != nil else { throw Malformed(reason: "a closing quotation mark is missing") }
            } else {
                name = rest.prefix { $0 != UInt8(ascii: ")") && $0 != UInt8(ascii: ",") }
                rest = rest[name.endIndex...]
                while let last = name.last, isSpace(last) { name.removeLast() }
            }
            let text = String(decoding: name, as: UTF8.self)
            guard !text.isEmpty else { throw Malformed(reason: "an alarm's name is missing") }
            if !children.contains(text) { children.append(text) }
            return text
        }

        private mutating func open() throws(Malformed) {
            guard takesByte("(") else { throw Malformed(reason: "an opening parenthesis is missing") }
        }

        private mutating func comma() throws(Malformed) {
            guard takesByte(",") else { throw Malformed(reason: "a comma is missing") }
        }

        /// Takes one character, spaces before it included.
        private mutating func takesByte(_ character: Unicode.Scalar) -> Bool {
            skipSpace()
            guard rest.first == UInt8(ascii: character) else { return false }
            rest.removeFirst()
            return true
        }

        private mutating func close() throws(Malformed) {
            guard takesByte(")") else { throw Malformed(reason: "a closing parenthesis is missing") }
        }

        /// Takes a keyword that no letter follows.
        private mutating func takes(_ keyword: String) -> Bool {
            skipSpace()
            let word = rest.prefix { $0.isUpper || $0.isLower || $0.isDigit || $0 == UInt8(ascii: "_") }
            guard word.elementsEqual(keyword.utf8) else { return false }
            rest = rest[word.endIndex...]
            return true
        }

        private func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0d).contains(byte) }

        private mutating func skipSpace() {
            while let byte = rest.first, isSpace(byte) { rest.removeFirst() }
        }

        private var shown: String { String(Substring(rest).prefix(20)) }
    }
}
