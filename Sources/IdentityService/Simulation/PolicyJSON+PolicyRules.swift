import PolicyRules

extension PolicyJSON {
    /// The same value as the evaluator takes it.
    var policyValue: PolicyValue {
        switch self {
        case .object(let members): .object(members.mapValues(\.policyValue))
        case .array(let items): .list(items.map(\.policyValue))
        case .string(let text): .string(text)
        case .number(let number): .number(number)
        case .boolean(let flag): .boolean(flag)
        case .null: .null
        }
    }
}

extension Policy {
    /// Reads a document's text for evaluation. Throws `PolicyRejection`.
    init(text: String, as grammar: Grammar) throws(PolicyRejection) {
        guard let json = PolicyJSON(text: text) else { throw .badValue("document") }
        self = try Policy(json.policyValue, as: grammar)
    }
}

extension PolicyRejection {
    /// What is wrong, for a message.
    var phrase: String {
        switch self {
        case .missing(let element): "missing required element \(element)"
        case .badValue(let element): "invalid value of \(element)"
        case .prohibited(let element): "element \(element) is not permitted"
        case .conflicting(let element): "\(element) and Not\(element) exclude each other"
        case .unknownOperator(let name): "invalid condition operator \(name)"
        }
    }
}
