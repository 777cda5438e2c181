import Testing
import TokenCrypto

/// What a sign-in costs this server; the bound is loose enough for a debug build on a busy machine.
struct SpeedTests {
    @Test func `the server's side of a password proof is fast enough`() throws {
        let identity = SRPIdentity(poolName: "ExAmPLe01", userID: "alice")
        let verifier = SRPVerifier(password: "Passw0rd!", of: identity, salt: [UInt8](repeating: 0x31, count: 16))
        let key = try SigningKey.generate()
        let clientPublic = verifier.verifier
        var proof = Duration.zero, signing = Duration.zero
        let clock = ContinuousClock()
        for _ in 0..<3 {
            proof += try clock.measure {
                let exchange = try SRPExchange(
                    clientPublic: clientPublic, verifier: verifier, secret: [UInt8](repeating: 0xa5, count: 32))
                _ = exchange.signature(verifier, of: identity, secretBlock: [1], timestamp: "t")
            }
            signing += try clock.measure { for _ in 0..<2 { _ = try key.signature(of: [1, 2, 3]) } }
        }
        print("server side of one SRP proof: \(proof / 3); two RS256 signatures: \(signing / 3)")
        #expect(proof / 3 < .seconds(2))
    }
}
