#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A policy document as plain JSON, before its grammar is known.
indirect enum PolicyJSON: Decodable, Sendable {
    case object([String: PolicyJSON])
    case array([PolicyJSON])
    case string(String)
    case number(Double)
    case boolean(Bool)
    case null

    /// A condition's values are a policy's deepest part, six levels down; far deeper is an attack on the stack.
    private static let depthMax = 32

    /// Nil unless `text` is one JSON value of sane depth.
    init?(text: String) {
        guard Self.isShallow(text), let value = try? JSONDecoder().decode(PolicyJSON.self, from: Data(text.utf8))
        else { return nil }
        self = value
    }

    init(from decoder: any Decoder) throws {
        if let container = try? decoder.container(keyedBy: AnyKey.self) {
            var members: [String: PolicyJSON] = [:]
            for key in container.allKeys {
                members[key.stringValue] = try container.decode(PolicyJSON.self, forKey: key)
            }
            self = .object(members)
        } else if var container = try? decoder.unkeyedContainer() {
            var items: [PolicyJSON] = []
            while !container.isAtEnd { items.append(try container.decode(PolicyJSON.self)) }
            self = .array(items)
        } else {
            let container = try decoder.singleValueContainer()
            if container.decodeNil() {
                self = .null
            } else if let value = try? container.decode(Bool.self) {
                self = .boolean(value)
            } else if let value = try? container.decode(Double.self) {
                self = .number(value)
            } else {
                self = .string(try container.decode(String.self))
            }
        }
    }

    var object: [String: PolicyJSON]? { if case .object(let members) = self { members } else { nil } }
    var string: String? { if case .string(let value) = self { value } else { nil } }

    /// One item or a list of them, as the policy grammar allows nearly everywhere.
    var oneOrMany: [PolicyJSON] { if case .array(let items) = self { items } else { [self] } }

    /// A string or a list of strings; nil for anything else and for an empty list.
    var strings: [String]? {
        let items = oneOrMany
        let found = items.compactMap(\.string)
        return found.count == items.count && !found.isEmpty ? found : nil
    }

    /// A condition's value as text; nil for structures and null.
    var scalar: String? {
        switch self {
        case .string(let value): value
        case .boolean(let value): value ? "true" : "false"
        case .number(let value): Int64(exactly: value).map { "\($0)" } ?? "\(value)"
        case .object, .array, .null: nil
        }
    }

    private static func isShallow(_ text: String) -> Bool {
        var depth = 0
        var isInString = false
        var isEscaped = false
        for byte in text.utf8 {
            if isEscaped {
                isEscaped = false
            } else if byte == UInt8(ascii: "\\") {
                isEscaped = isInString
            } else if byte == UInt8(ascii: "\"") {
                isInString.toggle()
            } else if !isInString {
                if byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[") { depth += 1 }
                if byte == UInt8(ascii: "}") || byte == UInt8(ascii: "]") { depth -= 1 }
                if depth > depthMax { return false }
            }
        }
        return true
    }

    private struct AnyKey: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }
}
