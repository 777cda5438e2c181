/// A tag of an image: `[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}`.
package struct ImageTag: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let text: String

    /// Nil for text of another form.
    // AWS: doc — spec/ecr.md §E2, the registry's path; PutImage takes the same here.
    package init?(_ text: some StringProtocol) {
        guard (1...128).contains(text.utf8.count), let first = text.utf8.first, first != 0x2e, first != 0x2d,
              text.utf8.allSatisfy(ImageTag.isAllowed)
        else { return nil }
        self.text = String(text)
    }

    package var description: String { text }

    package static func < (a: ImageTag, b: ImageTag) -> Bool { a.text.utf8.lexicographicallyPrecedes(b.text.utf8) }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x2d, 0x2e, 0x5f: true
        default: false
        }
    }
}
