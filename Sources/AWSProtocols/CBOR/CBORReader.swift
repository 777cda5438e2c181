import AWSModel
import SimTime

/// Reads CBOR (RFC 8949) as RPC v2 uses it: text keys, tag 1 for instants, no bignums. Nothing is allocated from an
/// announced length before the bytes are there.
struct CBORReader {
    private let bytes: [UInt8]
    private var index = 0
    /// Instants are read as shown; `CBORShapeReader` shifts them.
    private static let epochTag: UInt64 = 1
    private static let selfDescribedTag: UInt64 = 55_799

    private init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// One value that fills `bytes`.
    static func parse(_ bytes: [UInt8]) throws(SerializationFailure) -> AWSValue {
        var reader = CBORReader(bytes)
        let value = try reader.value(depth: 0)
        guard reader.index == bytes.count else { throw .malformed }
        return value
    }

    private mutating func byte() throws(SerializationFailure) -> UInt8 {
        guard index < bytes.count else { throw .malformed }
        defer { index += 1 }
        return bytes[index]
    }

    private mutating func run(_ length: UInt64) throws(SerializationFailure) -> ArraySlice<UInt8> {
        guard length <= UInt64(bytes.count - index) else { throw .malformed }
        let start = index
        index += Int(length)
        return bytes[start..<index]
    }

    private mutating func bigEndian(_ count: Int) throws(SerializationFailure) -> UInt64 {
        try run(UInt64(count)).reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// The argument of a head whose low five bits are `info`; nil for indefinite length.
    private mutating func argument(_ info: UInt8) throws(SerializationFailure) -> UInt64? {
        switch info {
        case 0...23: return UInt64(info)
        case 24: return try bigEndian(1)
        case 25: return try bigEndian(2)
        case 26: return try bigEndian(4)
        case 27: return try bigEndian(8)
        case 31: return nil
        default: throw .malformed
        }
    }

    private mutating func value(depth: Int) throws(SerializationFailure) -> AWSValue {
        guard depth < maximumNesting else { throw .malformed }
        let head = try byte()
        let info = head & 0x1f
        switch head >> 5 {
        case 0:
            guard let value = try argument(info) else { throw .malformed }
            return Int64(exactly: value).map(AWSValue.integer) ?? .double(Double(value))
        case 1:
            guard let value = try argument(info) else { throw .malformed }
            return Int64(exactly: value).map { .integer(-1 - $0) } ?? .double(-1 - Double(value))
        case 2: return .blob(try string(info, major: 2))
        case 3: return .string(try text(info))
        case 4: return .list(try list(info, depth: depth))
        case 5: return .object(try map(info, depth: depth))
        case 6: return try tagged(info, depth: depth)
        default: return try simple(info)
        }
    }

    /// The bytes of a byte or text string; those of the definite parts when the length is indefinite.
    private mutating func string(_ info: UInt8, major: UInt8) throws(SerializationFailure) -> [UInt8] {
        if let length = try argument(info) { return Array(try run(length)) }
        var output: [UInt8] = []
        while true {
            let head = try byte()
            if head == 0xff { return output }
            guard head >> 5 == major, let length = try argument(head & 0x1f) else { throw .malformed }
            output.append(contentsOf: try run(length))
        }
    }

    private mutating func text(_ info: UInt8) throws(SerializationFailure) -> String {
        guard let text = String(validating: try string(info, major: 3), as: UTF8.self) else { throw .malformed }
        return text
    }

    /// True, and taken, when an indefinite-length item ends here.
    private mutating func takesBreak() throws(SerializationFailure) -> Bool {
        guard index < bytes.count else { throw .malformed }
        guard bytes[index] == 0xff else { return false }
        index += 1
        return true
    }

    private mutating func list(_ info: UInt8, depth: Int) throws(SerializationFailure) -> [AWSValue] {
        var items: [AWSValue] = []
        if var rest = try argument(info) {
            while rest > 0 {
                items.append(try value(depth: depth + 1))
                rest -= 1
            }
        } else {
            while try !takesBreak() { items.append(try value(depth: depth + 1)) }
        }
        return items
    }

    private mutating func map(_ info: UInt8, depth: Int) throws(SerializationFailure) -> AWSObject {
        var object = ObjectBuilder()
        if var rest = try argument(info) {
            while rest > 0 {
                try entry(into: &object, depth: depth)
                rest -= 1
            }
        } else {
            while try !takesBreak() { try entry(into: &object, depth: depth) }
        }
        return object.finish()
    }

    private mutating func entry(into object: inout ObjectBuilder, depth: Int) throws(SerializationFailure) {
        let head = try byte()
        guard head >> 5 == 3 else { throw .malformed }
        let key = try text(head & 0x1f)
        object.set(key, try value(depth: depth + 1))
    }

    private mutating func tagged(_ info: UInt8, depth: Int) throws(SerializationFailure) -> AWSValue {
        guard let tag = try argument(info) else { throw .malformed }
        let content = try value(depth: depth + 1)
        switch tag {
        case CBORReader.epochTag:
            guard let seconds = content.double, seconds.isFinite else { throw .malformed }
            return .timestamp(SimInstant(secondsSinceEpoch: seconds))
        case CBORReader.selfDescribedTag: return content
        // Bignums, decimal fractions and all others: nothing an AWS client sends to these services.
        default: throw .malformed
        }
    }

    private mutating func simple(_ info: UInt8) throws(SerializationFailure) -> AWSValue {
        switch info {
        case 20: return .boolean(false)
        case 21: return .boolean(true)
        case 22, 23: return .null
        case 25: return .double(CBORReader.half(UInt16(truncatingIfNeeded: try bigEndian(2))))
        case 26: return .double(Double(Float(bitPattern: UInt32(truncatingIfNeeded: try bigEndian(4)))))
        case 27: return .double(Double(bitPattern: try bigEndian(8)))
        default: throw .malformed
        }
    }

    /// IEEE 754 binary16; written out because `Float16` does not exist on every platform.
    private static func half(_ bits: UInt16) -> Double {
        let sign: Double = bits & 0x8000 == 0 ? 1 : -1
        let exponent = Int(bits >> 10 & 0x1f)
        let fraction = Double(bits & 0x3ff)
        switch exponent {
        case 0: return sign * fraction * 0x1p-24
        case 31: return fraction == 0 ? sign * .infinity : .nan
        default: return sign * (1 + fraction / 1024) * Double(sign: .plus, exponent: exponent - 15, significand: 1)
        }
    }
}
