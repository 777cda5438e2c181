import Crypto

/// The hashes and codes of this server's credentials, over plain byte arrays. All of them are swift-crypto's.
package enum Digesting {
    package static func sha256(_ bytes: some Sequence<UInt8>) -> [UInt8] { Array(SHA256.hash(data: Array(bytes))) }

    package static func hmacSHA256(key: [UInt8], _ message: [UInt8]) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: message, using: SymmetricKey(data: key)))
    }

    /// Whether two byte strings are equal, in a time that depends on their lengths only.
    package static func areEqual(_ a: [UInt8], _ b: [UInt8]) -> Bool {
        guard a.count == b.count else { return false }
        var difference: UInt8 = 0
        for index in a.indices { difference |= a[index] ^ b[index] }
        return difference == 0
    }

    /// `areEqual` of two texts' UTF-8.
    package static func areEqual(_ a: String, _ b: String) -> Bool { areEqual(Array(a.utf8), Array(b.utf8)) }

    /// The hash by which a client with a secret proves it: HMAC-SHA256 over the user name and the client id.
    // AWS: sdk — spec/cognito.md §D5.
    package static func secretHash(secret: String, username: String, clientID: String) -> [UInt8] {
        hmacSHA256(key: Array(secret.utf8), Array((username + clientID).utf8))
    }
}
