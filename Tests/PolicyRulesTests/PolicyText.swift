import Foundation
import PolicyRules

/// JSON text as the evaluator takes it, for tests.
extension PolicyValue {
    init(json text: String) throws {
        self.init(try JSONSerialization.jsonObject(with: Data(text.utf8), options: .fragmentsAllowed))
    }

    init(_ any: Any) {
        switch any {
        case let members as [String: Any]: self = .object(members.mapValues(PolicyValue.init))
        case let items as [Any]: self = .list(items.map(PolicyValue.init))
        case let text as String: self = .string(text)
        case let number as NSNumber where isBoolean(number): self = .boolean(number.boolValue)
        case let number as NSNumber: self = .number(number.doubleValue)
        default: self = .null
        }
    }
}

/// JSON's booleans arrive as numbers of the type character.
private func isBoolean(_ number: NSNumber) -> Bool { String(cString: number.objCType) == "c" }

/// A document of these statements, comma-separated.
func policy(
    _ statements: String, as grammar: Policy.Grammar = .identity, version: String = "2012-10-17"
) throws -> Policy {
    try Policy(PolicyValue(json: #"{"Version":"\#(version)","Statement":[\#(statements)]}"#), as: grammar)
}

/// The condition keys of a request.
func context(_ values: [String: [String]]) -> ConditionContext {
    ConditionContext(values.map { (key: $0.key, values: $0.value) })
}
