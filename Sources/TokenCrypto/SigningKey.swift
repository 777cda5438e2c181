import CryptoExtras
#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// An RSA-2048 key that signs tokens (RS256), and what the world may know of it.
package struct SigningKey: Sendable {
    private let key: _RSA.Signing.PrivateKey
    /// The key's name in token headers: base64 of 32 bytes.
    // AWS: doc — spec/cognito.md §D2.
    package let id: String
    /// The modulus as a JWKS shows it: base64url of its bytes.
    package let modulusText: String
    /// The public exponent as a JWKS shows it, normally `AQAB`.
    package let exponentText: String

    /// Makes a new key: tens to hundreds of milliseconds.
    package static func generate() throws -> SigningKey {
        try SigningKey(_RSA.Signing.PrivateKey(keySize: .bits2048))
    }

    /// Reads a key kept as `derRepresentation`. Throws when it is something else.
    package init(derRepresentation: [UInt8]) throws {
        try self.init(_RSA.Signing.PrivateKey(derRepresentation: derRepresentation))
    }

    private init(_ key: _RSA.Signing.PrivateKey) throws {
        self.key = key
        let primitives = try key.publicKey.getKeyPrimitives()
        id = Data(Digesting.sha256(key.publicKey.derRepresentation)).base64EncodedString()
        modulusText = Base64URL.encode(Array(primitives.modulus))
        exponentText = Base64URL.encode(Array(primitives.publicExponent))
    }

    package var derRepresentation: [UInt8] { Array(key.derRepresentation) }

    /// The RS256 signature.
    package func signature(of message: [UInt8]) throws -> [UInt8] {
        Array(try key.signature(for: message, padding: .insecurePKCS1v1_5).rawRepresentation)
    }

    /// Whether `signature` is an RS256 signature of `message` by this key.
    package func isValid(_ signature: [UInt8], of message: [UInt8]) -> Bool {
        key.publicKey.isValidSignature(
            _RSA.Signing.RSASignature(rawRepresentation: signature), for: message, padding: .insecurePKCS1v1_5)
    }
}
