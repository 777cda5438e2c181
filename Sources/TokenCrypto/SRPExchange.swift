/// The server's side of one password proof (SRP-6a). A value: it can be kept between the two calls.
package struct SRPExchange: Sendable, Codable, Equatable {
    /// The client's A, as it was sent.
    package let clientPublic: [UInt8]
    /// The server's secret exponent b.
    private let serverSecret: [UInt8]
    /// B = k·v + g^b.
    package let serverPublic: [UInt8]

    /// Why no exchange can be made.
    package enum Refusal: Error, Equatable, Sendable {
        /// A mod N is zero: the key would not depend on the password.
        case degenerateClientPublic
        /// A is longer than any client sends.
        case clientPublicTooLong
    }

    private static let clientPublicBytesMax = 1024

    /// Throws `Refusal` for an A that would give the secret away.
    /// - Parameter secret: random; 32 bytes are as strong as the group needs.
    package init(clientPublic: [UInt8], verifier: SRPVerifier, secret: [UInt8]) throws(Refusal) {
        guard clientPublic.count <= Self.clientPublicBytesMax else { throw .clientPublicTooLong }
        let prime = SRPGroup.prime
        guard !prime.residue(bigEndian: clientPublic).isZero else { throw .degenerateClientPublic }
        self.clientPublic = clientPublic
        serverSecret = secret
        let verifier = prime.residue(bigEndian: verifier.verifier)
        serverPublic = prime.bytes(prime.sum(
            prime.product(SRPGroup.multiplier, verifier), prime.power(SRPGroup.generatorPowers, secret)))
    }

    /// SRP_B as it is sent: lower-case, without leading zero bytes.
    package var serverPublicText: String { HexText.encode(HexText.minimal(serverPublic)) }

    /// u = H(pad(A) ‖ pad(B)).
    package var scrambler: [UInt8] { Digesting.sha256(HexText.padded(clientPublic) + HexText.padded(serverPublic)) }

    /// The sixteen bytes both sides derive: HKDF of S = (A·v^u)^b with the info text of AWS's clients.
    // AWS: sdk — spec/cognito.md §D9.
    package func sessionKey(_ verifier: SRPVerifier) -> [UInt8] {
        let prime = SRPGroup.prime
        let u = scrambler
        let base = prime.product(
            prime.residue(bigEndian: clientPublic), prime.power(prime.residue(bigEndian: verifier.verifier), u))
        let shared = prime.bytes(prime.power(base, serverSecret))
        let extracted = Digesting.hmacSHA256(key: HexText.padded(u), HexText.padded(shared))
        return Array(Digesting.hmacSHA256(key: extracted, Array("Caldera Derived Key".utf8) + [1]).prefix(16))
    }

    /// The signature the client has to send for a secret block and a timestamp.
    package func signature(
        _ verifier: SRPVerifier, of identity: SRPIdentity, secretBlock: [UInt8], timestamp: String
    ) -> [UInt8] {
        let message = Array("\(identity.poolName)\(identity.userID)".utf8) + secretBlock + Array(timestamp.utf8)
        return Digesting.hmacSHA256(key: sessionKey(verifier), message)
    }
}
