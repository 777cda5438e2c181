/// The SHA-256 of a manifest's or layer's exact bytes in a registry's words: `sha256:` and 64 lower-case digits.
package struct ImageDigest: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let text: String

    /// Nil for another algorithm or another form.
    package init?(_ text: some StringProtocol) {
        let digits = text.utf8.dropFirst("sha256:".utf8.count)
        guard text.utf8.starts(with: "sha256:".utf8), digits.count == 64,
              digits.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) })
        else { return nil }
        self.text = String(text)
    }

    package var description: String { text }

    package static func < (a: ImageDigest, b: ImageDigest) -> Bool { a.text < b.text }

    /// Whether `text` has the form of some algorithm's digest, `[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+`.
    // AWS: sdk — spec/ecr.md §E2, layerDigest.
    package static func isWellFormed(_ text: String) -> Bool {
        let parts = text.utf8.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else { return false }
        return parts[0].allSatisfy(isAlgorithm)
            && parts[1].allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0 | 0x20) }
    }

    private static func isAlgorithm(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x2d, 0x5f, 0x2b, 0x2e: true
        default: false
        }
    }
}
