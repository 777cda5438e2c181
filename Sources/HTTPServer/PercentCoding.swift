/// Percent-encoding (RFC 3986 §2.1) over bytes; text is UTF-8.
package enum PercentCoding {
    /// Letters, digits and `-._~`: what no component has to encode.
    package static let unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~"

    /// The decoded bytes, or nil when a `%` is not followed by two hexadecimal digits.
    /// With `plusIsSpace` a `+` is a space, as in forms and queries.
    package static func percentDecodedBytes(_ text: Substring, plusIsSpace: Bool) -> [UInt8]? {
        var decoded: [UInt8] = []
        decoded.reserveCapacity(text.utf8.count)
        var bytes = text.utf8.makeIterator()
        while let byte = bytes.next() {
            switch byte {
            case ASCII.percent:
                guard let high = bytes.next().flatMap(ASCII.hexValue), let low = bytes.next().flatMap(ASCII.hexValue)
                else { return nil }
                decoded.append(UInt8(high << 4 | low))
            case ASCII.plus where plusIsSpace:
                decoded.append(ASCII.space)
            default:
                decoded.append(byte)
            }
        }
        return decoded
    }

    /// The decoded text, or nil when an escape is malformed or the result is not UTF-8.
    package static func percentDecoded(_ text: Substring, plusIsSpace: Bool) -> String? {
        let isPlain = !text.utf8.contains { $0 == ASCII.percent || (plusIsSpace && $0 == ASCII.plus) }
        if isPlain { return String(text) }
        guard let bytes = percentDecodedBytes(text, plusIsSpace: plusIsSpace) else { return nil }
        return String(validating: bytes, as: UTF8.self)
    }

    /// Encodes every byte of `text` that is not one of the ASCII characters of `keeping`; digits are upper-case.
    package static func percentEncoded(_ text: String, keeping: String = unreserved) -> String {
        var kept: (UInt64, UInt64) = (0, 0)
        for byte in keeping.utf8 where byte < 0x80 {
            if byte < 0x40 { kept.0 |= 1 << UInt64(byte) } else { kept.1 |= 1 << UInt64(byte - 0x40) }
        }
        let digits: StaticString = "0123456789ABCDEF"
        var encoded: [UInt8] = []
        encoded.reserveCapacity(text.utf8.count)
        for byte in text.utf8 {
            let isKept = byte < 0x80 && ((byte < 0x40 ? kept.0 : kept.1) >> UInt64(byte & 0x3f)) & 1 == 1
            if isKept {
                encoded.append(byte)
            } else {
                encoded.append(ASCII.percent)
                encoded.append(digits.utf8Start[Int(byte >> 4)])
                encoded.append(digits.utf8Start[Int(byte & 15)])
            }
        }
        return String(decoding: encoded, as: UTF8.self)
    }
}
