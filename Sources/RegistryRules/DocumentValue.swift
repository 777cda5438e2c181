/// A parsed JSON value, as the rules read manifests and policies. Whoever parses bounds size and depth.
package indirect enum DocumentValue: Equatable, Sendable {
    case null
    case boolean(Bool)
    case integer(Int64)
    case number(Double)
    case text(String)
    case list([DocumentValue])
    /// Members in the order they were written; keys are unique.
    case object([Member])

    package struct Member: Equatable, Sendable {
        package var key: String
        package var value: DocumentValue

        package init(_ key: String, _ value: DocumentValue) {
            self.key = key
            self.value = value
        }
    }

    package var text: String? { if case .text(let value) = self { value } else { nil } }
    package var integer: Int64? { if case .integer(let value) = self { value } else { nil } }
    package var list: [DocumentValue]? { if case .list(let value) = self { value } else { nil } }
    package var members: [Member]? { if case .object(let value) = self { value } else { nil } }

    /// The member `key` of an object; nil for any other value, and for null.
    package subscript(key: String) -> DocumentValue? {
        guard let value = members?.first(where: { $0.key == key })?.value, value != .null else { return nil }
        return value
    }
}
