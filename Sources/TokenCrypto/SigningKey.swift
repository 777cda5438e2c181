import Crypto
import CryptoExtras
#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// An RSA-2048 key that signs tokens (RS256), and what the world may know of it.
package struct SigningKey: Sendable {
    private let key: _RSA.Signing.PrivateKey
    private let privateOperation: RSAPrivateOperation
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
        privateOperation = try RSAPrivateOperation(key)
        let primitives = try key.publicKey.getKeyPrimitives()
        id = Data(Digesting.sha256(key.publicKey.derRepresentation)).base64EncodedString()
        modulusText = Base64URL.encode(Array(primitives.modulus))
        exponentText = Base64URL.encode(Array(primitives.publicExponent))
    }

    /// The public half as X.509 certificates carry it.
    var publicDERRepresentation: [UInt8] { Array(key.publicKey.derRepresentation) }

    package var derRepresentation: [UInt8] { Array(key.derRepresentation) }

    /// The hashes this server signs with: SHA-256 for user pools, SHA-512 for the tokens of identity pools.
    package enum Algorithm: String, Sendable { case rs256 = "RS256", rs512 = "RS512" }

    /// The PKCS #1 signature of `message`.
    package func signature(of message: [UInt8], _ algorithm: Algorithm = .rs256) throws -> [UInt8] {
        switch algorithm {
        case .rs256: try privateOperation.signature(for: SHA256.hash(data: message))
        case .rs512: try privateOperation.signature(for: SHA512.hash(data: message))
        }
    }

    /// Whether `signature` is such a signature of `message` by this key.
    package func isValid(_ signature: [UInt8], of message: [UInt8], _ algorithm: Algorithm = .rs256) -> Bool {
        PublicSigningKey(key.publicKey).isValid(signature, of: message, algorithm)
    }
}

/// An RSA key of somebody else, as a JWKS shows it: verifies only.
package struct PublicSigningKey: Sendable {
    private let key: _RSA.Signing.PublicKey

    init(_ key: _RSA.Signing.PublicKey) { self.key = key }

    /// Nil when modulus and exponent are no RSA key this server trusts, e.g. one of less than 2048 bits.
    package init?(modulus: [UInt8], exponent: [UInt8]) {
        guard (256...1024).contains(modulus.drop { $0 == 0 }.count),
              let key = try? _RSA.Signing.PublicKey(n: modulus, e: exponent) else { return nil }
        self.key = key
    }

    /// Whether `signature` is a PKCS #1 signature of `message` by this key.
    package func isValid(_ signature: [UInt8], of message: [UInt8], _ algorithm: SigningKey.Algorithm) -> Bool {
        let signature = _RSA.Signing.RSASignature(rawRepresentation: signature)
        return switch algorithm {
        case .rs256: key.isValidSignature(signature, for: SHA256.hash(data: message), padding: .insecurePKCS1v1_5)
        case .rs512: key.isValidSignature(signature, for: SHA512.hash(data: message), padding: .insecurePKCS1v1_5)
        }
    }
}
