/// The one range of a `Range` header.
enum ByteRange: Equatable, Sendable {
    /// From the first byte to the last, both included; nil goes to the end.
    case from(Int, through: Int?)
    /// The last bytes.
    case suffix(Int)

    /// Nil for what S3 ignores: another unit, several ranges, a malformed or reversed range.
    // AWS: inferred — spec/support-services.md §F5 (multi-range → the whole object).
    init?(_ header: String) {
        guard header.utf8.starts(with: "bytes=".utf8) else { return nil }
        let ends = header.dropFirst("bytes=".count).split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count == 2 else { return nil }
        let (first, last) = (ByteRange.number(ends[0]), ByteRange.number(ends[1]))
        switch (first, last) {
        case (let first?, let last?):
            guard first <= last else { return nil }
            self = .from(first, through: last)
        case (let first?, nil) where ends[1].isEmpty: self = .from(first, through: nil)
        case (nil, let count?) where ends[0].isEmpty: self = .suffix(count)
        default: return nil
        }
    }

    /// The bytes it stands for in an object of `size` bytes; nil when it cannot be satisfied.
    func resolved(size: Int) -> Range<Int>? {
        switch self {
        case .from(let first, let last):
            guard first < size else { return nil }
            return first..<(last.map { min($0, size - 1) + 1 } ?? size)
        case .suffix(let count):
            guard count > 0, size > 0 else { return nil }
            return max(0, size - count)..<size
        }
    }

    /// A number beyond `Int` is as good as the greatest one.
    private static func number(_ text: Substring) -> Int? {
        guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return Int(text) ?? .max
    }
}
