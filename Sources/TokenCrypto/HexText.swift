import Vocabulary

/// Hexadecimal text of byte strings and of the big numbers of SRP.
package enum HexText {
    /// Two lower-case digits a byte.
    package static func encode(_ bytes: some Sequence<UInt8>) -> String { Hexadecimal.encode(bytes) }

    /// The bytes of an even or odd number of digits in either case; nil for anything else, also for no digit at all.
    package static func decode(_ text: String) -> [UInt8]? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count / 2 + 1)
        var high: UInt8? = text.utf8.count % 2 == 0 ? nil : 0
        for character in text.utf8 {
            let value: UInt8
            switch character {
            case 0x30...0x39: value = character - 0x30
            case 0x41...0x46: value = character - 0x37
            case 0x61...0x66: value = character - 0x57
            default: return nil
            }
            if let upper = high {
                bytes.append(upper << 4 | value)
                high = nil
            } else {
                high = value
            }
        }
        return bytes.isEmpty ? nil : bytes
    }

    /// The number without leading zero bytes; zero is one zero byte.
    package static func minimal(_ bytes: [UInt8]) -> [UInt8] {
        let trimmed = Array(bytes.drop { $0 == 0 })
        return trimmed.isEmpty ? [0] : trimmed
    }

    /// The number as SRP hashes it here: minimal, with a zero byte before a first byte of 0x80 or more.
    // AWS: sdk — spec/cognito.md §D9, `pad`.
    package static func padded(_ bytes: [UInt8]) -> [UInt8] {
        let trimmed = minimal(bytes)
        return trimmed[0] >= 0x80 ? [0] + trimmed : trimmed
    }
}
