import Vocabulary

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
        guard let bytes = Hexadecimal.decode(text) else { return nil }
        self.init(bytes: bytes)
    }

    /// Sixty-four lower-case hexadecimal digits.
    package var hex: String { Hexadecimal.encode(bytes) }

    /// `sha256:` and the hexadecimal digits.
    package var description: String { "sha256:" + hex }
}
