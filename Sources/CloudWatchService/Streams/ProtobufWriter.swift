/// Writes messages of Protocol Buffers, proto3 wire format.
struct ProtobufWriter {
    private(set) var bytes: [UInt8] = []

    private enum WireType: UInt64 { case fixed64 = 1, lengthDelimited = 2 }

    mutating func varint(_ number: UInt64) {
        var rest = number
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    private mutating func tag(_ field: UInt64, _ type: WireType) { varint(field << 3 | type.rawValue) }

    mutating func fixed64(_ field: UInt64, _ number: UInt64) {
        tag(field, .fixed64)
        withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func double(_ field: UInt64, _ number: Double) { fixed64(field, number.bitPattern) }

    mutating func string(_ field: UInt64, _ text: String) { delimited(field, Array(text.utf8)) }

    /// A message inside this one.
    mutating func message(_ field: UInt64, _ body: (inout ProtobufWriter) -> Void) {
        var inner = ProtobufWriter()
        body(&inner)
        delimited(field, inner.bytes)
    }

    private mutating func delimited(_ field: UInt64, _ content: [UInt8]) {
        tag(field, .lengthDelimited)
        varint(UInt64(content.count))
        bytes += content
    }
}
