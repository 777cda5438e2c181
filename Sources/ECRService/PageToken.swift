import AWSModel
import AWSProtocols

/// The opaque token of a listing: the last thing shown, bound to the operation by a checksum.
enum PageToken {
    static func make(_ cursor: String, for operation: String) -> String {
        Base64.encode(Array("\(checksum(cursor, operation)):\(cursor)".utf8))
    }

    /// What was shown last. Throws InvalidParameterException for a token of another call, or a changed one.
    // AWS: inferred — spec/ecr.md §E4.
    static func read(_ token: String?, for operation: String) throws -> String? {
        guard let token else { return nil }
        guard let bytes = Base64.decode(token), let text = String(validating: bytes, as: UTF8.self),
              let colon = text.firstIndex(of: ":") else { throw invalid }
        let cursor = String(text[text.index(after: colon)...])
        guard text[..<colon] == checksum(cursor, operation) else { throw invalid }
        return cursor
    }

    static let invalid = ECRFault.invalidParameter("nextToken", "Invalid token")

    private static func checksum(_ cursor: String, _ operation: String) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in (operation + "\u{0}" + cursor).utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return String(hash, radix: 36)
    }
}
