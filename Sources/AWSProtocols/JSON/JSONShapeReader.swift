import AWSModel
import SimTime

/// Reads JSON straight into the value of a shape. Unknown members are skipped, nulls count as absent, the last of
/// repeated keys wins.
struct JSONShapeReader {
    private let context: CodecContext
    private var reader: JSONReader

    init(_ bytes: [UInt8], context: CodecContext) {
        self.context = context
        reader = JSONReader(bytes)
    }

    /// The structure that is the whole body.
    mutating func body(_ shape: ShapeID) throws(SerializationFailure) -> AWSObject {
        switch try reader.peek() {
        case 0x7b: break
        case 0x5b: throw SerializationFailure(Mismatch.list)
        default: throw .malformed
        }
        guard case .structure(let traits) = context.model[shape].kind else { throw .malformed }
        let object = try structure(traits, depth: 0)
        try reader.finish()
        return object
    }

    /// A payload of any shape that is the whole body.
    mutating func payload(_ shape: ShapeID) throws(SerializationFailure) -> AWSValue? {
        let value = try value(shape, depth: 0)
        try reader.finish()
        return value
    }

    private mutating func value(_ id: ShapeID, depth: Int) throws(SerializationFailure) -> AWSValue? {
        guard depth < maximumNesting else { throw .malformed }
        let kind = context.model[id].kind
        let first = try reader.peek()
        if first == 0x6e {
            _ = try reader.literal()
            return nil
        }
        switch kind {
        case .structure(let traits):
            guard first == 0x7b else { throw try mismatch(first, scalar: "Expected null") }
            return .object(try structure(traits, depth: depth))
        case .map(_, let item, _, _, _):
            guard first == 0x7b else { throw try mismatch(first, scalar: "Expected null") }
            return .object(try map(item, depth: depth))
        case .list(let item, _, _):
            guard first == 0x5b else { throw try mismatch(first, scalar: "Expected list or null") }
            return .list(try list(item, depth: depth))
        case .document:
            return try reader.value(depth: depth)
        case .string, .blob, .timestamp:
            return try text(kind, first)
        case .boolean:
            guard first == 0x74 || first == 0x66 else { throw try mismatch(first, into: "a Boolean") }
            return try reader.literal().map(AWSValue.boolean)
        case .integer, .long:
            guard first == 0x2d || (0x30...0x39).contains(first) else {
                throw try mismatch(first, into: kind.isLong ? "a Long" : "an Integer")
            }
            switch try reader.number() {
            case .integer(let value): return .integer(value)
            case .double(let value): return .integer(WireNumber.truncated(value))
            }
        case .float, .double:
            return try floating(first)
        }
    }

    private mutating func structure(
        _ traits: Shape.StructureTraits, depth: Int
    ) throws(SerializationFailure) -> AWSObject {
        var object = ObjectBuilder()
        var seen: UInt64 = 0
        guard try reader.open(close: 0x7d) else { return object.finish() }
        var expected = 0
        repeat {
            guard try reader.peek() == 0x22 else { throw .malformed }
            let position = try memberPosition(in: traits.members, startingAt: expected)
            try reader.expect(0x3a)
            guard let position else {
                try reader.skipValue(depth: depth + 1)
                continue
            }
            expected = position + 1
            guard let value = try value(traits.members[position].shape, depth: depth + 1) else { continue }
            let bit: UInt64 = position < 64 ? 1 << UInt64(position) : 0
            if bit == 0 || seen & bit != 0 {
                object.set(traits.members[position].name, value)
            } else {
                seen |= bit
                object.append(traits.members[position].name, value)
            }
        } while try reader.hasNext(orClose: 0x7d)
        return object.finish()
    }

    /// Takes a key and finds its member. The search starts after the previous member:
    /// clients mostly keep the model's order.
    private mutating func memberPosition(
        in members: [Member], startingAt start: Int
    ) throws(SerializationFailure) -> Int? {
        guard let range = try reader.plainString() else {
            let key = try reader.string()
            return members.firstIndex { $0.wireName == key }
        }
        let count = members.count
        for offset in 0..<count {
            let position = start + offset < count ? start + offset : start + offset - count
            if isName(of: members[position], range) { return position }
        }
        return nil
    }

    @inline(__always)
    private func isName(of member: Member, _ range: Range<Int>) -> Bool {
        let name = member.locationName ?? member.name
        guard name.utf8.count == range.count else { return false }
        return name.utf8.elementsEqual(reader.bytes[range])
    }

    private mutating func map(_ item: ShapeID, depth: Int) throws(SerializationFailure) -> AWSObject {
        var object = ObjectBuilder()
        guard try reader.open(close: 0x7d) else { return object.finish() }
        repeat {
            guard try reader.peek() == 0x22 else { throw .malformed }
            let key = try reader.string()
            try reader.expect(0x3a)
            if let value = try value(item, depth: depth + 1) { object.set(key, value) }
        } while try reader.hasNext(orClose: 0x7d)
        return object.finish()
    }

    private mutating func list(_ item: ShapeID, depth: Int) throws(SerializationFailure) -> [AWSValue] {
        var items: [AWSValue] = []
        guard try reader.open(close: 0x5d) else { return items }
        repeat {
            // AWS: recorded (Athena, same framework) — a null item counts as absent.
            if let value = try value(item, depth: depth + 1) { items.append(value) }
        } while try reader.hasNext(orClose: 0x5d)
        return items
    }

    private mutating func text(_ kind: Shape.Kind, _ first: UInt8) throws(SerializationFailure) -> AWSValue {
        switch kind {
        case .blob:
            guard first == 0x22 else { throw try mismatch(first, into: "a Blob") }
            guard let bytes = Base64.decode(try reader.string()) else {
                throw SerializationFailure("STRING_VALUE can not be converted to a Blob")
            }
            return .blob(bytes)
        case .timestamp: return try timestamp(first)
        default:
            guard first == 0x22 else { throw try mismatch(first, into: "a String") }
            return .string(try reader.string())
        }
    }

    private mutating func timestamp(_ first: UInt8) throws(SerializationFailure) -> AWSValue {
        if first == 0x22 {
            guard let instant = WireTimestamp.parse(try reader.string()) else {
                // AWS: recorded — X-Ray, same framework.
                throw SerializationFailure("STRING_VALUE can not be converted to milliseconds since epoch")
            }
            return context.read(instant)
        }
        guard first == 0x2d || (0x30...0x39).contains(first) else {
            throw try mismatch(first, into: "milliseconds since epoch")
        }
        switch try reader.number() {
        case .integer(let seconds): return context.read(SimInstant(secondsSinceEpoch: Double(seconds)))
        case .double(let seconds): return context.read(SimInstant(secondsSinceEpoch: seconds))
        }
    }

    private mutating func floating(_ first: UInt8) throws(SerializationFailure) -> AWSValue {
        if first == 0x22 {
            switch try reader.string() {
            case "NaN": return .double(.nan)
            case "Infinity": return .double(.infinity)
            case "-Infinity": return .double(-.infinity)
            default: throw SerializationFailure("STRING_VALUE can not be converted to a Double")
            }
        }
        guard first == 0x2d || (0x30...0x39).contains(first) else { throw try mismatch(first, into: "a Double") }
        switch try reader.number() {
        case .integer(let value): return .double(Double(value))
        case .double(let value): return .double(value)
        }
    }

    private func mismatch(_ first: UInt8, into target: String) throws(SerializationFailure) -> SerializationFailure {
        try mismatch(first, scalar: "\(Mismatch.token(first)) can not be converted to \(target)")
    }

    /// The failure for a value that starts with `first`; `scalar` is the text when it is not a list or an object.
    private func mismatch(_ first: UInt8, scalar: String) throws(SerializationFailure) -> SerializationFailure {
        switch first {
        case 0x5b: return SerializationFailure(Mismatch.list)
        case 0x7b: return SerializationFailure(Mismatch.structure)
        case 0x22, 0x2d, 0x30...0x39, 0x74, 0x66: return SerializationFailure(scalar)
        default: throw .malformed
        }
    }
}

/// The words of SerializationException for values of the wrong kind.
// AWS: recorded (Athena, SES and CodeDeploy, same framework) — the service names the token, not the member.
enum Mismatch {
    static let list = "Start of list found where not expected"
    static let structure = "Start of structure or map found where not expected."

    static func token(_ first: UInt8) -> String {
        switch first {
        case 0x22: "STRING_VALUE"
        case 0x74: "TRUE_VALUE"
        case 0x66: "FALSE_VALUE"
        default: "NUMBER_VALUE"
        }
    }
}

extension Shape.Kind {
    var isLong: Bool { if case .long = self { true } else { false } }
}
