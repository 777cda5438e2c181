import Crypto

/// A key of P-256 with which a client proves itself by a token of ES256 (RFC 7523), as Apple's clients do.
package struct AssertionKey: Sendable {
    private let key: P256.Signing.PrivateKey

    /// Reads a PKCS #8 key in PEM, or its base64 without the armour; nil for anything else.
    package init?(_ text: String) {
        let body = text.split(whereSeparator: \.isNewline).filter { !$0.hasPrefix("-----") }.joined()
            .replacing("+", with: "-").replacing("/", with: "_").filter { $0 != "=" && $0 != " " }
        guard let der = Base64URL.decode(body), let key = try? P256.Signing.PrivateKey(derRepresentation: der) else { return nil }
        self.key = key
    }

    /// Signs `payload` as a compact token.
    package func signed(payload: [UInt8], keyID: String) throws -> String {
        let id = keyID.filter { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == "_") }
        let text = Base64URL.encode(Array(#"{"kid":"\#(id)","alg":"ES256"}"#.utf8)) + "." + Base64URL.encode(payload)
        return text + "." + Base64URL.encode(Array(try key.signature(for: Array(text.utf8)).rawRepresentation))
    }
}
