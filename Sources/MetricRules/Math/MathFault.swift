/// Why an expression cannot be read or computed. Texts are this server's own unless marked.
package enum MathFault: Error, Hashable, Sendable {
    case unexpectedCharacter(String)
    case unclosedText
    case unexpected(token: String)
    case unexpectedEnd
    case tooDeep
    case unknownFunction(String)
    case undefinedVariable(String)
    case circular([String])
    case argumentCount(function: String, given: Int)
    case argument(function: String, expected: String)
    case operandTypes(symbol: String, left: String, right: String)
    case scalarResult
    case malformedSearch(String)
    case malformedQuery(String)
    /// Something that a local server has no data for.
    case notEmulated(String)

    package var text: String {
        switch self {
        case .unexpectedCharacter(let character): "Unexpected character '\(character)'"
        case .unclosedText: "Missing closing quotation mark"
        case .unexpected(let token): "Unexpected token '\(token)'"
        case .unexpectedEnd: "Unexpected end of expression"
        case .tooDeep: "The expression is nested too deeply"
        case .unknownFunction(let name): "Unsupported function '\(name)'"
        case .undefinedVariable(let name): "Undefined variable '\(name)'"
        case .circular(let ids): "Circular reference: \(ids.joined(separator: " -> "))"
        case .argumentCount(let function, let given): "\(function) does not take \(given) argument\(given == 1 ? "" : "s")"
        case .argument(let function, let expected): "\(function) expects \(expected)"
        // AWS: inferred, the form of console messages.
        case .operandTypes(let symbol, let left, let right):
            "Unsupported operand type(s) for \(symbol): '[\(left), \(right)]'"
        case .scalarResult: "The result must be a time series or an array of time series, not a scalar"
        case .malformedSearch(let reason): "Invalid search expression: \(reason)"
        case .malformedQuery(let reason): "Invalid query: \(reason)"
        case .notEmulated(let what): "Coldframe does not emulate \(what)"
        }
    }
}
