package import AWSModel
import AWSProtocols
package import PolicyRules

extension Policy {
    /// Reads a document's text. Throws `PolicyRejection`, also for text that is not JSON.
    package init(json text: String, as grammar: Grammar) throws(PolicyRejection) {
        guard let value = try? JSON.parse(text) else { throw .badValue("document") }
        self = try Policy(PolicyValue(value), as: grammar)
    }
}

extension PolicyValue {
    /// Parsed JSON as the evaluator takes it.
    package init(_ value: AWSValue) {
        self = switch value {
        case .null, .blob, .timestamp: .null
        case .boolean(let flag): .boolean(flag)
        case .integer(let number): .number(Double(number))
        case .double(let number): .number(number)
        case .string(let text): .string(text)
        case .list(let items): .list(items.map(PolicyValue.init))
        case .object(let object):
            .object(Dictionary(object.entries.map { ($0.key, PolicyValue($0.value)) }, uniquingKeysWith: { $1 }))
        }
    }
}
