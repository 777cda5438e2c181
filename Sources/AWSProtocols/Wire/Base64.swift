/// Base64 with padding (RFC 4648 §4), as blobs travel in JSON, Query and XML.
package enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    private static let values: [UInt8] = {
        var table = [UInt8](repeating: 0xff, count: 256)
        for (value, character) in alphabet.enumerated() { table[Int(character)] = UInt8(value) }
        return table
    }()

    package static func encode(_ bytes: [UInt8]) -> String {
        var output: [UInt8] = []
        output.reserveCapacity((bytes.count + 2) / 3 * 4)
        append(bytes, to: &output)
        return String(decoding: output, as: UTF8.self)
    }

    /// Appends the ASCII text of `bytes` to `output`.
    static func append(_ bytes: [UInt8], to output: inout [UInt8]) {
        let alphabet = alphabet
        var index = 0
        while index < bytes.count {
            let rest = bytes.count - index
            let a = bytes[index]
            let b = rest > 1 ? bytes[index + 1] : 0
            let c = rest > 2 ? bytes[index + 2] : 0
            output.append(alphabet[Int(a >> 2)])
            output.append(alphabet[Int((a & 0x03) << 4 | b >> 4)])
            output.append(rest > 1 ? alphabet[Int((b & 0x0f) << 2 | c >> 6)] : 0x3d)
            output.append(rest > 2 ? alphabet[Int(c & 0x3f)] : 0x3d)
            index += 3
        }
    }

    /// Nil for characters outside the alphabet or a length that no encoding has. White space is skipped;
    /// missing padding is accepted.
    package static func decode(_ text: some StringProtocol) -> [UInt8]? {
        let values = values
        var output: [UInt8] = []
        output.reserveCapacity(text.utf8.count / 4 * 3)
        var buffer: UInt32 = 0
        var count = 0
        var padding = 0
        for character in text.utf8 {
            switch character {
            case 0x20, 0x09, 0x0a, 0x0d: continue
            case 0x3d: padding += 1
            default:
                let value = values[Int(character)]
                guard value != 0xff, padding == 0 else { return nil }
                buffer = buffer << 6 | UInt32(value)
                count += 1
                if count % 4 == 0 {
                    output.append(UInt8(truncatingIfNeeded: buffer >> 16))
                    output.append(UInt8(truncatingIfNeeded: buffer >> 8))
                    output.append(UInt8(truncatingIfNeeded: buffer))
                }
            }
        }
        guard padding <= 2, padding == 0 || (count + padding) % 4 == 0 else { return nil }
        switch count % 4 {
        case 0: return output
        case 2:
            output.append(UInt8(truncatingIfNeeded: buffer >> 4))
            return output
        case 3:
            output.append(UInt8(truncatingIfNeeded: buffer >> 10))
            output.append(UInt8(truncatingIfNeeded: buffer >> 2))
            return output
        default: return nil
        }
    }
}
