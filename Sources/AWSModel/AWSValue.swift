package import SimTime

/// A value of any AWS shape, at the edge between the wire and behaviour.
package enum AWSValue: Sendable, Equatable {
    case null
    case boolean(Bool)
    case integer(Int64)
    case double(Double)
    case string(String)
    case blob([UInt8])
    /// An instant in simulated time: the codecs have already applied the clock shift (DESIGN §3).
    case timestamp(SimInstant)
    case list([AWSValue])
    /// A structure, union or map; members keep their order.
    case object(AWSObject)
    /// Any JSON-like value of a `document` shape is expressed by the cases above.
}

/// The members of a structure or the entries of a map, in order. Look-up is linear: AWS structures are small.
package struct AWSObject: Sendable, Equatable, ExpressibleByDictionaryLiteral {
    package private(set) var entries: [(key: String, value: AWSValue)]

    package init() { entries = [] }

    package init(dictionaryLiteral elements: (String, AWSValue?)...) {
        entries = elements.compactMap { key, value in value.map { (key, $0) } }
    }

    /// The value of `key`. Setting nil removes the entry; setting a new key appends it.
    package subscript(key: String) -> AWSValue? {
        get { entries.firstIndex { $0.key == key }.map { entries[$0].value } }
        set {
            if let index = entries.firstIndex(where: { $0.key == key }) {
                if let newValue { entries[index].value = newValue } else { entries.remove(at: index) }
            } else if let newValue {
                entries.append((key, newValue))
            }
        }
    }

    /// Adds without looking for an earlier entry of the same key: for codecs that know there is none.
    package mutating func append(_ key: String, _ value: AWSValue) { entries.append((key, value)) }

    package var isEmpty: Bool { entries.isEmpty }
    package var count: Int { entries.count }

    /// Equal when the same keys have equal values, in any order.
    package static func == (a: AWSObject, b: AWSObject) -> Bool {
        a.entries.count == b.entries.count && a.entries.allSatisfy { b[$0.key] == $0.value }
    }
}

extension AWSValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
    ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral,
    ExpressibleByStringInterpolation
{
    package init(stringLiteral value: String) { self = .string(value) }
    package init(integerLiteral value: Int64) { self = .integer(value) }
    package init(floatLiteral value: Double) { self = .double(value) }
    package init(booleanLiteral value: Bool) { self = .boolean(value) }
    package init(arrayLiteral elements: AWSValue...) { self = .list(elements) }
    /// Entries whose value is nil are left out, as AWS omits absent members.
    package init(dictionaryLiteral elements: (String, AWSValue?)...) {
        var object = AWSObject()
        for (key, value) in elements { if let value { object.append(key, value) } }
        self = .object(object)
    }
}

extension AWSValue {
    package var string: String? { if case .string(let value) = self { value } else { nil } }
    package var bool: Bool? { if case .boolean(let value) = self { value } else { nil } }
    package var list: [AWSValue]? { if case .list(let value) = self { value } else { nil } }
    package var object: AWSObject? { if case .object(let value) = self { value } else { nil } }
    package var blob: [UInt8]? { if case .blob(let value) = self { value } else { nil } }
    package var instant: SimInstant? { if case .timestamp(let value) = self { value } else { nil } }

    package var int: Int? {
        switch self {
        case .integer(let value): Int(value)
        case .double(let value): Int(exactly: value)
        default: nil
        }
    }

    package var double: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .double(let value): value
        default: nil
        }
    }

    /// The member `key` of an object; nil for any other value.
    package subscript(key: String) -> AWSValue? { object?[key] }
}
