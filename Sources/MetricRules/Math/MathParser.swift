/// Reads expressions by recursive descent. AWS: doc for the language, precedence inferred — spec/cloudwatch.md §5.
struct MathParser {
    private let tokens: [MathToken]
    private var position = 0
    private var depth = 0
    /// Brackets, calls and powers within each other.
    private static let depthMax = 64
    private static let highestRank = 5

    init(_ text: String) throws { tokens = try MathLexer.tokens(of: text) }

    /// The whole text as one expression; throws `MathFault`.
    mutating func expression() throws -> MathExpression {
        let expression = try chain(rank: 0)
        if let rest = peek { throw MathFault.unexpected(token: rest.shown) }
        return expression
    }

    private var peek: MathToken? { position < tokens.count ? tokens[position] : nil }

    private mutating func take() throws -> MathToken {
        guard let token = peek else { throw MathFault.unexpectedEnd }
        position += 1
        return token
    }

    private mutating func expect(_ symbol: String) throws {
        let token = try take()
        guard token == .symbol(symbol) else { throw MathFault.unexpected(token: token.shown) }
    }

    private mutating func nested<T>(_ body: (inout MathParser) throws -> T) throws -> T {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.depthMax else { throw MathFault.tooDeep }
        return try body(&self)
    }

    private mutating func chain(rank: Int) throws -> MathExpression {
        guard rank < Self.highestRank else { return try signed() }
        let first = try chain(rank: rank + 1)
        var steps: [MathExpression.Step] = []
        while let token = peek, let mathOperator = MathOperator(token), mathOperator.rank == rank {
            position += 1
            steps.append(.init(mathOperator: mathOperator, operand: try chain(rank: rank + 1)))
        }
        return steps.isEmpty ? first : .chain(first, steps)
    }

    /// Signs bind looser than powers: -2^2 is -4.
    private mutating func signed() throws -> MathExpression {
        var isNegative = false
        while let token = peek, token == .symbol("-") || token == .symbol("+") {
            position += 1
            if token == .symbol("-") { isNegative.toggle() }
        }
        let operand = try power()
        return isNegative ? .negative(operand) : operand
    }

    /// Powers group from right to left, and their exponent may have a sign.
    private mutating func power() throws -> MathExpression {
        let base = try primary()
        guard peek == .symbol("^") else { return base }
        position += 1
        let exponent = try nested { try $0.signed() }
        return .chain(base, [.init(mathOperator: .power, operand: exponent)])
    }

    private mutating func primary() throws -> MathExpression {
        let token = try take()
        switch token {
        case .number(let value): return .number(value)
        case .text(let text): return .text(text)
        case .symbol("("):
            let inner = try nested { try $0.chain(rank: 0) }
            try expect(")")
            return inner
        case .symbol("["):
            return .list(try nested { try $0.arguments(until: "]") })
        case .name(let name):
            if peek == .symbol("(") { return try call(name) }
            guard let first = name.utf8.first else { return .word(name) }
            return first.isLower ? .reference(name) : .word(name)
        case .symbol: throw MathFault.unexpected(token: token.shown)
        }
    }

    private mutating func call(_ name: String) throws -> MathExpression {
        guard let function = MathFunction(rawValue: name) else { throw MathFault.unknownFunction(name) }
        position += 1
        let arguments = try nested { try $0.arguments(until: ")") }
        guard function.arity.contains(arguments.count) else {
            throw MathFault.argumentCount(function: name, given: arguments.count)
        }
        return .call(function, arguments)
    }

    private mutating func arguments(until end: String) throws -> [MathExpression] {
        var arguments: [MathExpression] = []
        if peek == .symbol(end) {
            position += 1
            return arguments
        }
        while true {
            arguments.append(try chain(rank: 0))
            let token = try take()
            if token == .symbol(end) { return arguments }
            guard token == .symbol(",") else { throw MathFault.unexpected(token: token.shown) }
        }
    }
}

extension MathExpression {
    /// Reads an expression; throws `MathFault`.
    package init(parsing text: String) throws {
        var parser = try MathParser(text)
        self = try parser.expression()
    }
}
