import Crypto
import CryptoExtras
#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

#if os(Linux)
import COpenSSL

/// The private operation of an RSA key, by OpenSSL.
///
/// A login is two of these, and little else takes as long. swift-crypto's BoringSSL has no code for AVX-512 IFMA and takes
/// 0.45 ms where OpenSSL takes 0.23 (docs/benchmarks.md, "logins"); signatures of PKCS #1 v1.5 have no chance in them, so
/// both make the same bytes. Everything else about keys stays with swift-crypto.
final class RSAPrivateOperation: @unchecked Sendable {
    // OpenSSL locks what a key keeps between signatures.
    private let key: OpaquePointer

    /// Throws when OpenSSL does not know the key.
    init(_ key: _RSA.Signing.PrivateKey) throws {
        let der = Array(key.derRepresentation)
        guard let read = copenssl_key_read(der, der.count) else { throw CryptoError.incorrectParameterSize }
        self.key = read
    }

    deinit { copenssl_key_free(key) }

    /// The PKCS #1 v1.5 signature of a message's digest.
    func signature(for digest: some Digest) throws -> [UInt8] {
        var isSigned: Int32 = 0
        let count = copenssl_signature_count(key)
        let signature = [UInt8](unsafeUninitializedCapacity: count) { room, initialized in
            isSigned = digest.withUnsafeBytes { bytes in
                copenssl_sign(key, bytes.bindMemory(to: UInt8.self).baseAddress, bytes.count, room.baseAddress)
            }
            initialized = isSigned == 1 ? count : 0
        }
        guard isSigned == 1 else { throw CryptoError.underlyingCoreCryptoError(error: 0) }
        return signature
    }
}
#else
/// The private operation of an RSA key, by the system's own cryptography.
struct RSAPrivateOperation: Sendable {
    private let key: _RSA.Signing.PrivateKey

    init(_ key: _RSA.Signing.PrivateKey) throws { self.key = key }

    /// The PKCS #1 v1.5 signature of a message's digest.
    func signature(for digest: some Digest) throws -> [UInt8] {
        Array(try key.signature(for: digest, padding: .insecurePKCS1v1_5).rawRepresentation)
    }
}
#endif
