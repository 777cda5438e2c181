/// The opaque token of a listing's next page: where the last one ended, bound to its call by a checksum.
/// It is hexadecimal, so that nobody is tempted to read it.
package enum ListingToken {
    private static let lengthMax = 16_384

    /// - Parameter call: what the token is good for, e.g. the operation's name.
    package static func write(_ place: [String], for call: String) -> String {
        let text = place.joined(separator: separator)
        return Hexadecimal.encode((String(checksum(text, call), radix: 36) + separator + text).utf8)
    }

    /// The place; nil for a token of another call, or one that this server did not make.
    package static func read(_ token: String, for call: String) -> [String]? {
        guard token.utf8.count <= lengthMax, let bytes = Hexadecimal.decode(token),
              let text = String(validating: bytes, as: UTF8.self), let end = text.firstIndex(of: Character(separator))
        else { return nil }
        let place = String(text[text.index(after: end)...])
        guard text[..<end] == String(checksum(place, call), radix: 36) else { return nil }
        return place.split(separator: separator, omittingEmptySubsequences: false).map(String.init)
    }

    private static let separator = "\u{0}"

    private static func checksum(_ text: String, _ call: String) -> UInt64 {
        StableHash.of((call + separator + text).utf8)
    }
}
