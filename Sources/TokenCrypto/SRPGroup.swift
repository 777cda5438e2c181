/// The group of Cognito's secure remote password exchange: the 3072-bit prime of RFC 5054 with generator 2, and SHA-256.
// AWS: sdk — spec/cognito.md §D9.
package enum SRPGroup {
    /// The prime in hexadecimal digits.
    package static let primeText = """
        FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD\
        EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED\
        EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF0598DA48361C55D39A69163FA8FD24CF5F\
        83655D23DCA3AD961C62F356208552BB9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3B\
        E39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF6955817183995497CEA956AE515D2261898FA0510\
        15728E5A8AAAC42DAD33170D04507A33A85521ABDF1CBA64ECFB850458DBEF0A8AEA71575D060C7DB3970F85A6E1E4C7\
        ABF5AE8CDB0933D71E8C94E04A25619DCEE3D2261AD2EE6BF12FFA06D98A0864D87602733EC86A64521F2B18177B200C\
        BBE117577A615D6C770988C0BAD946E208E24FA074E5AB3143DB5BFCE0FD108E4B82D120A93AD2CAFFFFFFFFFFFFFFFF
        """
    /// The prime, most significant byte first.
    package static let primeBytes = HexText.decode(primeText) ?? []
    /// Arithmetic modulo the prime.
    package static let prime = MontgomeryModulus(bigEndian: primeBytes)
    /// g = 2.
    package static let generator = prime.residue(bigEndian: [2])
    /// g to the powers of two's digits: verifiers and server numbers are powers of it.
    static let generatorPowers = prime.table(of: generator, exponentBytesMax: 32)
    /// The multiplier k = H(pad(N) ‖ pad(g)).
    package static let multiplier = prime.residue(bigEndian: Digesting.sha256(HexText.padded(primeBytes) + [2]))
}

/// Who a verifier belongs to: the pool's name (its id after `_`) or a device group, and the user id or device key.
package struct SRPIdentity: Sendable, Hashable {
    package let poolName: String
    package let userID: String

    package init(poolName: String, userID: String) {
        self.poolName = poolName
        self.userID = userID
    }
}

/// What is kept of a password: a salt and g^x. The password cannot be read from it.
package struct SRPVerifier: Sendable, Hashable, Codable {
    /// Canonical: first byte not zero and below 0x80, so that every client library hashes the same bytes.
    package let salt: [UInt8]
    /// g^x, most significant byte first.
    package let verifier: [UInt8]

    /// A verifier a client has computed itself, as it does for a device.
    package init(salt: [UInt8], verifier: [UInt8]) {
        self.salt = salt
        self.verifier = verifier
    }

    /// Computes the verifier of a password: a power of 256 bits, some milliseconds.
    /// - Parameter salt: sixteen random bytes.
    package init(password: String, of identity: SRPIdentity, salt: [UInt8]) {
        var canonical = salt
        if let first = canonical.first { canonical[0] = first & 0x7f | 0x10 }
        self.salt = canonical
        verifier = Self.power(password, identity, salt: canonical)
    }

    /// Whether this is the verifier of `password`; costs what making one costs.
    package func matches(_ password: String, of identity: SRPIdentity) -> Bool {
        Digesting.areEqual(Self.power(password, identity, salt: salt), verifier)
    }

    /// x = H(pad(salt) ‖ H(poolName ‖ userID ":" password)).
    package static func privateKey(_ password: String, _ identity: SRPIdentity, salt: [UInt8]) -> [UInt8] {
        let inner = Digesting.sha256(Array("\(identity.poolName)\(identity.userID):\(password)".utf8))
        return Digesting.sha256(HexText.padded(salt) + inner)
    }

    private static func power(_ password: String, _ identity: SRPIdentity, salt: [UInt8]) -> [UInt8] {
        let prime = SRPGroup.prime
        return prime.bytes(prime.power(SRPGroup.generatorPowers, privateKey(password, identity, salt: salt)))
    }
}
