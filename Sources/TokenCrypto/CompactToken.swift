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

    /// Whether `key` signed it. The caller has chosen the key by the header's `kid`, and has refused every other `alg`:
    /// nothing in a token decides how it is verified.
    package func isSigned(by key: SigningKey, _ algorithm: SigningKey.Algorithm = .rs256) -> Bool {
        key.isValid(signature, of: signedText, algorithm)
    }

    /// `isSigned` by somebody else's key.
    package func isSigned(by key: PublicSigningKey, _ algorithm: SigningKey.Algorithm = .rs256) -> Bool {
        key.isValid(signature, of: signedText, algorithm)
    }

    /// Signs `payload` with RS256. The header is `{"kid":…,"alg":"RS256"}`, in that order and without `typ`.
    // AWS: doc — spec/cognito.md §D11.
    package static func signed(payload: [UInt8], by key: SigningKey) throws -> String {
        try signed(payload, header: #"{"kid":"\#(key.id)","alg":"RS256"}"#, by: key, .rs256)
    }

    /// Signs `payload` with RS512, as identity pools do.
    // AWS: recorded — spec/cognito.md §D17.
    package static func signedByIdentityPool(payload: [UInt8], by key: SigningKey) throws -> String {
        try signed(payload, header: #"{"kid":"\#(key.id)","typ":"JWS","alg":"RS512"}"#, by: key, .rs512)
    }

    private static func signed(
        _ payload: [UInt8], header: String, by key: SigningKey, _ algorithm: SigningKey.Algorithm
    ) throws -> String {
        let text = Base64URL.encode(Array(header.utf8)) + "." + Base64URL.encode(payload)
        return text + "." + Base64URL.encode(try key.signature(of: Array(text.utf8), algorithm))
    }
}
