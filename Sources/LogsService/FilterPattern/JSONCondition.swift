import AWSModel

/// A condition on a JSON event: `{ ($.level = "ERROR" || $.status >= 500) && $.path NOT EXISTS }`.
indirect enum JSONCondition: Sendable, Equatable {
    case and(JSONCondition, JSONCondition)
    case or(JSONCondition, JSONCondition)
    case compare(Selector, Comparison, Operand)
    case isNull(Selector), isTrue(Selector), isFalse(Selector), notExists(Selector)

    /// Steps from the root.
    typealias Selector = [Step]

    enum Step: Sendable, Equatable {
        case member(String)
        case element(Int)
    }

    enum Comparison: String, Sendable {
        case equal = "=", unequal = "!=", less = "<", greater = ">", atMost = "<=", atLeast = ">="
    }

    enum Operand: Sendable, Equatable {
        case number(Double)
        /// May hold `*` for any run of characters.
        case text(String)
    }

    func holds(in event: AWSValue) -> Bool {
        switch self {
        case .and(let a, let b): return a.holds(in: event) && b.holds(in: event)
        case .or(let a, let b): return a.holds(in: event) || b.holds(in: event)
        case .isNull(let selector): return Self.value(selector, in: event) == .null
        case .isTrue(let selector): return Self.value(selector, in: event) == .boolean(true)
        case .isFalse(let selector): return Self.value(selector, in: event) == .boolean(false)
        case .notExists(let selector): return Self.value(selector, in: event) == nil
        case .compare(let selector, let comparison, let operand):
            guard let value = Self.value(selector, in: event) else { return false }
            return Self.compare(value, comparison, operand)
        }
    }

    private static func value(_ selector: Selector, in event: AWSValue) -> AWSValue? {
        var value = event
        for step in selector {
            switch step {
            case .member(let name):
                guard let next = value[name] else { return nil }
                value = next
            case .element(let index):
                guard let list = value.list, index < list.count else { return nil }
                value = list[index]
            }
        }
        return value
    }

    private static func compare(_ value: AWSValue, _ comparison: Comparison, _ operand: Operand) -> Bool {
        switch operand {
        case .number(let number):
            guard let own = value.double else { return comparison == .unequal }
            return switch comparison {
            case .equal: own == number
            case .unequal: own != number
            case .less: own < number
            case .greater: own > number
            case .atMost: own <= number
            case .atLeast: own >= number
            }
        case .text(let text):
            guard let own = value.string else { return comparison == .unequal }
            let isEqual = wildcard(Array(text.utf8), matches: Array(own.utf8))
            return comparison == .equal ? isEqual : comparison == .unequal && !isEqual
        }
    }

    /// Whether a text with `*` matches as a whole; it only ever goes back to the last star.
    private static func wildcard(_ pattern: [UInt8], matches text: [UInt8]) -> Bool {
        var p = 0, t = 0, star: Int?, mark = 0
        while t < text.count {
            if p < pattern.count, pattern[p] == UInt8(ascii: "*") {
                (star, mark) = (p, t)
                p += 1
            } else if p < pattern.count, pattern[p] == text[t] {
                (p, t) = (p + 1, t + 1)
            } else if let last = star {
                mark += 1
                (p, t) = (last + 1, mark)
            } else {
                return false
            }
        }
        return pattern[p...].allSatisfy { $0 == UInt8(ascii: "*") }
    }
}

/// Reads a JSON condition. A pattern has at most 1,024 characters, and brackets nest no deeper than `depthMax`.
struct JSONConditionParser {
    private var rest: Substring
    private static let depthMax = 20

    init(_ text: String) { rest = text[...] }

    mutating func parse() throws -> JSONCondition {
        guard take("{") else { throw FilterPattern.invalid }
        let condition = try disjunction(depth: 0)
        guard take("}") else { throw FilterPattern.invalid }
        skipSpaces()
        guard rest.isEmpty else { throw FilterPattern.invalid }
        return condition
    }

    private mutating func disjunction(depth: Int) throws -> JSONCondition {
        var condition = try conjunction(depth: depth)
        while take("||") { condition = .or(condition, try conjunction(depth: depth)) }
        return condition
    }

    private mutating func conjunction(depth: Int) throws -> JSONCondition {
        var condition = try factor(depth: depth)
        while take("&&") { condition = .and(condition, try factor(depth: depth)) }
        return condition
    }

    private mutating func factor(depth: Int) throws -> JSONCondition {
        guard depth < Self.depthMax else { throw FilterPattern.invalid }
        if take("(") {
            let inner = try disjunction(depth: depth + 1)
            guard take(")") else { throw FilterPattern.invalid }
            return inner
        }
        let selector = try selector()
        if word("IS") {
            if word("NULL") { return .isNull(selector) }
            if word("TRUE") { return .isTrue(selector) }
            if word("FALSE") { return .isFalse(selector) }
            throw FilterPattern.invalid
        }
        if word("NOT") {
            guard word("EXISTS") else { throw FilterPattern.invalid }
            return .notExists(selector)
        }
        for comparison in [JSONCondition.Comparison.atMost, .atLeast, .unequal, .equal, .less, .greater]
        where take(comparison.rawValue) {
            let operand = try operand()
            if case .text = operand, comparison != .equal, comparison != .unequal { throw FilterPattern.invalid }
            return .compare(selector, comparison, operand)
        }
        throw FilterPattern.invalid
    }

    private mutating func selector() throws -> JSONCondition.Selector {
        guard take("$") else { throw FilterPattern.invalid }
        var steps: JSONCondition.Selector = []
        while let next = rest.first, next == "." || next == "[" {
            rest.removeFirst()
            if next == "." {
                let name = rest.prefix { $0.isLetter || $0.isNumber || "_-@:".contains($0) }
                guard !name.isEmpty else { throw FilterPattern.invalid }
                rest = rest[name.endIndex...]
                steps.append(.member(String(name)))
            } else {
                if rest.first == "*" { throw AWSFault.notEmulated(member: "filterPattern ([*])", of: "FilterLogEvents") }
                let content = rest.prefix { $0 != "]" }
                rest = rest[content.endIndex...]
                guard !rest.isEmpty else { throw FilterPattern.invalid }
                rest.removeFirst()
                if let index = Int(content), index >= 0 {
                    steps.append(.element(index))
                } else if content.count > 2, let quote = content.first, "'\"".contains(quote), content.last == quote {
                    steps.append(.member(String(content.dropFirst().dropLast())))
                } else {
                    throw FilterPattern.invalid
                }
            }
        }
        guard !steps.isEmpty else { throw FilterPattern.invalid }
        return steps
    }

    private mutating func operand() throws -> JSONCondition.Operand {
        skipSpaces()
        if rest.first == "\"" { return .text(try FilterPattern.quoted(&rest)) }
        if rest.first == "%" { throw AWSFault.notEmulated(member: "filterPattern (%regular expression%)", of: "FilterLogEvents") }
        let word = rest.prefix { $0.isLetter || $0.isNumber || "_-+.*:/".contains($0) }
        guard !word.isEmpty else { throw FilterPattern.invalid }
        rest = rest[word.endIndex...]
        if let number = Double(word), number.isFinite { return .number(number) }
        return .text(String(word))
    }

    private mutating func skipSpaces() { while rest.first?.isWhitespace == true { rest.removeFirst() } }

    private mutating func take(_ symbol: String) -> Bool {
        skipSpaces()
        guard rest.hasPrefix(symbol) else { return false }
        rest.removeFirst(symbol.count)
        return true
    }

    /// A keyword in any case that no letter follows.
    private mutating func word(_ keyword: String) -> Bool {
        skipSpaces()
        let found = rest.prefix { $0.isLetter }
        guard found.uppercased() == keyword else { return false }
        rest = rest[found.endIndex...]
        return true
    }
}
