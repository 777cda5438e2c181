import AWSModel
import SimTime

/// Appends compact JSON to a byte buffer.
struct JSONWriter {
    private(set) var bytes: [UInt8]

    init(capacity: Int = 512) {
        bytes = []
        bytes.reserveCapacity(capacity)
    }

    @inline(__always)
    mutating func byte(_ byte: UInt8) { bytes.append(byte) }

    /// Text that is known to need no escaping, without quotes.
    @inline(__always)
    mutating func raw(_ text: String) { bytes.append(contentsOf: text.utf8) }

    mutating func string(_ text: String) {
        byte(0x22)
        let isPlain = text.utf8.withContiguousStorageIfAvailable { buffer in
            buffer.allSatisfy { $0 >= 0x20 && $0 != 0x22 && $0 != 0x5c }
        }
        if isPlain == true { raw(text) } else { for byte in text.utf8 { escaped(byte) } }
        byte(0x22)
    }

    private mutating func escaped(_ byte: UInt8) {
        switch byte {
        case 0x22, 0x5c: bytes.append(0x5c); bytes.append(byte)
        case 0x0a: raw("\\n")
        case 0x0d: raw("\\r")
        case 0x09: raw("\\t")
        case 0x08: raw("\\b")
        case 0x0c: raw("\\f")
        case 0..<0x20:
            raw("\\u00")
            for nibble in [byte >> 4, byte & 0x0f] { bytes.append(nibble < 10 ? 0x30 + nibble : 0x57 + nibble) }
        default: bytes.append(byte)
        }
    }

    mutating func integer(_ value: Int64) { raw(String(value)) }

    /// The shortest text that reads back as the same number; NaN and infinities as AWS's strings.
    mutating func double(_ value: Double) {
        if value.isFinite { raw(value.description) } else { string(WireNumber.text(value)) }
    }

    mutating func blob(_ value: [UInt8]) {
        byte(0x22)
        Base64.append(value, to: &bytes)
        byte(0x22)
    }

    mutating func boolean(_ value: Bool) { raw(value ? "true" : "false") }

    /// Any value by its own kind, without a shape.
    mutating func value(_ value: AWSValue) {
        switch value {
        case .null: raw("null")
        case .boolean(let value): boolean(value)
        case .integer(let value): integer(value)
        case .double(let value): double(value)
        case .string(let value): string(value)
        case .blob(let value): blob(value)
        case .timestamp(let value): raw(WireTimestamp.epochSeconds(value))
        case .list(let items):
            byte(0x5b)
            for (index, item) in items.enumerated() {
                if index > 0 { byte(0x2c) }
                self.value(item)
            }
            byte(0x5d)
        case .object(let object):
            byte(0x7b)
            for (index, entry) in object.entries.enumerated() {
                if index > 0 { byte(0x2c) }
                string(entry.key)
                byte(0x3a)
                self.value(entry.value)
            }
            byte(0x7d)
        }
    }
}
