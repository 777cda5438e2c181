/// A pattern in which `*` stands for any run of characters, the empty one included.
package struct WildcardPattern: Hashable, Sendable {
    package let text: String
    private let pieces: [[UInt8]]

    package init(_ text: String) {
        self.text = text
        pieces = text.utf8.split(separator: UInt8(ascii: "*"), omittingEmptySubsequences: false).map(Array.init)
    }

    /// How many `*` the pattern has.
    package var wildcardCount: Int { pieces.count - 1 }

    /// Whether the whole of `subject` fits. Takes the leftmost place for each piece, so it never goes back.
    package func matches(_ subject: String) -> Bool {
        let bytes = Array(subject.utf8)
        guard pieces.count > 1 else { return bytes == pieces[0] }
        let (first, last) = (pieces[0], pieces[pieces.count - 1])
        guard bytes.count >= first.count + last.count, bytes.starts(with: first), bytes.suffix(last.count).elementsEqual(last)
        else { return false }
        var position = first.count
        let end = bytes.count - last.count
        for piece in pieces.dropFirst().dropLast() where !piece.isEmpty {
            guard let found = Self.find(piece, in: bytes, from: position, to: end) else { return false }
            position = found + piece.count
        }
        return position <= end
    }

    private static func find(_ piece: [UInt8], in bytes: [UInt8], from start: Int, to end: Int) -> Int? {
        guard end - start >= piece.count else { return nil }
        return (start...(end - piece.count)).first { bytes[$0..<$0 + piece.count].elementsEqual(piece) }
    }
}
