/// A parsed JSON value: what a policy document is read from. The caller parses; this target knows no JSON text.
package indirect enum PolicyValue: Equatable, Sendable {
    case object([String: PolicyValue])
    case list([PolicyValue])
    case string(String)
    case number(Double)
    case boolean(Bool)
    case null

    var object: [String: PolicyValue]? { if case .object(let members) = self { members } else { nil } }
    var string: String? { if case .string(let value) = self { value } else { nil } }

    /// One item or a list of them, as the policy grammar allows nearly everywhere.
    var oneOrMany: [PolicyValue] { if case .list(let items) = self { items } else { [self] } }

    /// A string or a list of strings; nil for anything else and for an empty list.
    var strings: [String]? {
        let items = oneOrMany
        let found = items.compactMap(\.string)
        return found.count == items.count && !found.isEmpty ? found : nil
    }

    /// The values of a condition key as text; nil when one is a structure or null. An empty list is permitted.
    var scalars: [String]? {
        let items = oneOrMany
        let found = items.compactMap(\.scalar)
        return found.count == items.count ? found : nil
    }

    private var scalar: String? {
        switch self {
        case .string(let value): value
        case .boolean(let value): value ? "true" : "false"
        case .number(let value): Int64(exactly: value).map { "\($0)" } ?? "\(value)"
        case .object, .list, .null: nil
        }
    }
}
