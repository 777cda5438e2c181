/// A bucket's name, known to follow the rules.
package struct BucketName: Hashable, Sendable, CustomStringConvertible {
    package let name: String

    /// Nil unless 3–63 of `[a-z0-9.-]`, beginning and ending with a letter or digit, without `..`, not an IP address.
    // AWS: documented — spec/support-services.md §F5.
    package init?(_ text: some StringProtocol) {
        let bytes = Array(text.utf8)
        let isAlphanumeric = { (byte: UInt8) in (0x61...0x7a).contains(byte) || (0x30...0x39).contains(byte) }
        guard (3...63).contains(bytes.count), isAlphanumeric(bytes[0]), isAlphanumeric(bytes[bytes.count - 1]),
              bytes.allSatisfy({ isAlphanumeric($0) || $0 == 0x2d || $0 == 0x2e }),
              !zip(bytes, bytes.dropFirst()).contains(where: { $0 == 0x2e && $1 == 0x2e }),
              !BucketName.isAddress(bytes) else { return nil }
        name = String(text)
    }

    package var description: String { name }

    var arn: String { "arn:aws:s3:::" + name }

    private static func isAddress(_ bytes: [UInt8]) -> Bool {
        let parts = bytes.split(separator: 0x2e, omittingEmptySubsequences: false)
        return parts.count == 4 && parts.allSatisfy { part in
            (1...3).contains(part.count) && part.allSatisfy { (0x30...0x39).contains($0) }
        }
    }
}
