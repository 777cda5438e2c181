/// The SHA-256 of a blob's bytes: its identity.
package struct BlobDigest: Hashable, Sendable, CustomStringConvertible {
    /// Thirty-two bytes.
    package let bytes: [UInt8]

    /// Nil unless there are thirty-two bytes.
    package init?(bytes: [UInt8]) {
        guard bytes.count == 32 else { return nil }
        self.bytes = bytes
    }

    /// Reads `sha256:` and 64 lower-case hexadecimal digits, as registries write digests. Nil for anything else.
    package init?(_ text: some StringProtocol) {
        guard text.utf8.starts(with: "sha256:".utf8) else { return nil }
        self.init(hex: text.dropFirst("sha256:".count))
    }

    /// Reads 64 lower-case hexadecimal digits; nil for anything else.
    package init?(hex text: some StringProtocol) {
        guard text.utf8.count == 64 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(32)
        var high: UInt8?
        for character in text.utf8 {
            let nibble: UInt8
            switch character {
            case 0x30...0x39: nibble = character - 0x30
            case 0x61...0x66: nibble = character - 0x61 + 10
            default: return nil
            }
            if let first = high {
                bytes.append(first << 4 | nibble)
                high = nil
            } else {
                high = nibble
            }
        }
        self.bytes = bytes
    }

    /// Sixty-four lower-case hexadecimal digits.
    package var hex: String {
        let digits = Array("0123456789abcdef".utf8)
        return String(unsafeUninitializedCapacity: 64) { buffer in
            for (index, byte) in bytes.enumerated() {
                buffer[2 * index] = digits[Int(byte >> 4)]
                buffer[2 * index + 1] = digits[Int(byte & 0x0f)]
            }
            return 64
        }
    }

    /// `sha256:` and the hexadecimal digits.
    package var description: String { "sha256:" + hex }
}
