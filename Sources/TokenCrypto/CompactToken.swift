/// A JSON web token in its compact form: header, payload and signature, not yet believed.
package struct CompactToken: Sendable {
    /// The header's JSON.
    package let header: [UInt8]
    /// The payload's JSON.
    package let payload: [UInt8]
    private let signature: [UInt8]
    private let signedText: [UInt8]

    /// Longer texts are no tokens of this server.
    private static let bytesMax = 64 << 10

    /// Nil when `text` is not three parts of base64url.
    package init?(_ text: String) {
        guard text.utf8.count <= Self.bytesMax else { return nil }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let header = Base64URL.decode(parts[0]), let payload = Base64URL.decode(parts[1]),
              let signature = Base64URL.decode(parts[2]) else { return nil }
        self.header = header
        self.payload = payload
        self.signature = signature
        signedText = Array(parts[0].utf8) + [UInt8(ascii: ".")] + Array(parts[1].utf8)
    }

    /// Whether `key` signed it with RS256. The caller has chosen the key by the header's `kid`, and has refused every
    /// other `alg`: nothing in a token decides how it is verified.
    package func isSigned(by key: SigningKey) -> Bool { key.isValid(signature, of: signedText) }

    /// Signs `payload` with RS256. The header is `{"kid":…,"alg":"RS256"}`, in that order and without `typ`.
    // AWS: doc — spec/cognito.md §D11.
    package static func signed(payload: [UInt8], by key: SigningKey) throws -> String {
        let header = Base64URL.encode(Array(#"{"kid":"\#(key.id)","alg":"RS256"}"#.utf8))
        let text = header + "." + Base64URL.encode(payload)
        return text + "." + Base64URL.encode(try key.signature(of: Array(text.utf8)))
    }
}
