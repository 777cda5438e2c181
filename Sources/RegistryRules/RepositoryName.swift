/// A repository's name within its registry, e.g. `team/churn-model`.
package struct RepositoryName: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let text: String

    /// Reads 2–256 characters of `[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*` segments, separated by `/`; nil for anything else.
    // AWS: sdk — spec/ecr.md §E2.
    package init?(_ text: some StringProtocol) {
        guard (2...256).contains(text.utf8.count),
              text.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
                  .allSatisfy({ RepositoryName.isSegment($0) })
        else { return nil }
        self.text = String(text)
    }

    package var description: String { text }

    package static func < (a: RepositoryName, b: RepositoryName) -> Bool {
        a.text.utf8.lexicographicallyPrecedes(b.text.utf8)
    }

    /// Runs of letters and digits with one separator between two of them: `.`, `_`, `__`, or any number of `-`.
    private static func isSegment(_ bytes: some Collection<UInt8>) -> Bool {
        var separator: [UInt8] = []
        var hasWord = false
        for byte in bytes {
            switch byte {
            case 0x61...0x7a, 0x30...0x39:
                if !separator.isEmpty {
                    guard hasWord, isSeparator(separator) else { return false }
                    separator = []
                }
                hasWord = true
            case 0x2e, 0x5f, 0x2d: separator.append(byte)
            default: return false
            }
        }
        return hasWord && separator.isEmpty
    }

    private static func isSeparator(_ bytes: [UInt8]) -> Bool {
        bytes == [0x2e] || bytes == [0x5f] || bytes == [0x5f, 0x5f] || bytes.allSatisfy { $0 == 0x2d }
    }
}
