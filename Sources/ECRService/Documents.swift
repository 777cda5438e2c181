import AWSModel
import AWSProtocols
import RegistryRules

extension DocumentValue {
    /// A parsed JSON value in the rules' words.
    init(_ value: AWSValue) {
        switch value {
        case .null, .blob, .timestamp: self = .null
        case .boolean(let value): self = .boolean(value)
        case .integer(let value): self = .integer(value)
        case .double(let value): self = .number(value)
        case .string(let value): self = .text(value)
        case .list(let items): self = .list(items.map(DocumentValue.init))
        case .object(let object): self = .object(object.entries.map { Member($0.key, DocumentValue($0.value)) })
        }
    }

    /// Reads JSON; nil for anything else.
    init?(parsing bytes: [UInt8]) {
        guard let value = try? JSON.parse(bytes) else { return nil }
        self.init(value)
    }

    /// The value as JSON is written.
    var json: AWSValue {
        switch self {
        case .null: return .null
        case .boolean(let value): return .boolean(value)
        case .integer(let value): return .integer(value)
        case .number(let value): return .double(value)
        case .text(let value): return .string(value)
        case .list(let items): return .list(items.map(\.json))
        case .object(let members):
            var object = AWSObject()
            for member in members { object.append(member.key, member.value.json) }
            return .object(object)
        }
    }
}
