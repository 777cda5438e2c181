import AWSModel
import Testing
import TokenCrypto

/// What a sign-in costs this server; the bounds are loose enough for a debug build on a busy machine.
struct CognitoSpeedTests {
    @Test func `a sign-in is quick`() async throws {
        let cognito = try CognitoHarness()
        let (pool, client) = try await cognito.pool()
        try await cognito.makeUser(in: pool)
        _ = try await cognito.signIn(client)  // makes the keys
        let clock = ContinuousClock()
        let rounds = 20
        var password = Duration.zero, begun = Duration.zero, answered = Duration.zero
        let group = SRPGroup.prime
        let (a, salted) = ([UInt8](repeating: 0x5a, count: 32), SRPIdentity(poolName: String(pool.dropFirst("us-east-1_".count)), userID: "alice"))
        let clientPublic = group.bytes(group.power(SRPGroup.generator, a))
        for _ in 0..<rounds {
            password += try await clock.measure { _ = try await cognito.signIn(client) }
            var challenge = AWSObject()
            begun += try await clock.measure {
                challenge = try await cognito.call("InitiateAuth", [
                    "ClientId": .string(client), "AuthFlow": "USER_SRP_AUTH",
                    "AuthParameters": ["USERNAME": "alice", "SRP_A": .string(HexText.encode(clientPublic))],
                ])
            }
            let answer = try Self.answer(challenge, a, clientPublic, salted, client)
            answered += try await clock.measure {
                let output = try await cognito.call("RespondToAuthChallenge", answer)
                #expect(output["AuthenticationResult"]?["AccessToken"] != nil)
            }
        }
        print("password sign-in \(password / rounds); SRP: challenge \(begun / rounds), proof and tokens \(answered / rounds)")
        #expect((begun + answered) / rounds < .seconds(2))
    }

    /// The client's half of the exchange.
    private static func answer(
        _ challenge: AWSObject, _ a: [UInt8], _ clientPublic: [UInt8], _ identity: SRPIdentity, _ client: String
    ) throws -> AWSObject {
        let parameters = try #require(challenge["ChallengeParameters"])
        let salt = try #require(HexText.decode(parameters["SALT"]?.string ?? ""))
        let serverPublic = try #require(HexText.decode(parameters["SRP_B"]?.string ?? ""))
        let blockText = parameters["SECRET_BLOCK"]?.string ?? ""
        let block = try #require(Base64URL.decode(blockText.map { $0 == "+" ? "-" : $0 == "/" ? "_" : String($0) }.joined()))
        let group = SRPGroup.prime
        let u = Digesting.sha256(HexText.padded(clientPublic) + HexText.padded(serverPublic))
        let x = SRPVerifier.privateKey(CognitoHarness.password, identity, salt: salt)
        var minusOne = SRPGroup.primeBytes
        minusOne[minusOne.count - 1] &-= 1
        let negated = group.product(
            group.residue(bigEndian: minusOne), group.product(SRPGroup.multiplier, group.power(SRPGroup.generator, x)))
        let base = group.sum(group.residue(bigEndian: serverPublic), negated)
        let shared = group.bytes(group.product(group.power(base, a), group.power(group.power(base, u), x)))
        let extracted = Digesting.hmacSHA256(key: HexText.padded(u), HexText.padded(shared))
        let key = Array(Digesting.hmacSHA256(key: extracted, Array("Caldera Derived Key".utf8) + [1]).prefix(16))
        let timestamp = "Fri Jan 2 03:04:05 UTC 2026"
        let signature = Digesting.hmacSHA256(
            key: key, Array("\(identity.poolName)\(identity.userID)".utf8) + block + Array(timestamp.utf8))
        let text = Base64URL.encode(signature).map { $0 == "-" ? "+" : $0 == "_" ? "/" : String($0) }.joined() + "="
        return [
            "ClientId": .string(client), "ChallengeName": "PASSWORD_VERIFIER",
            "ChallengeResponses": [
                "USERNAME": "alice", "PASSWORD_CLAIM_SECRET_BLOCK": .string(blockText),
                "PASSWORD_CLAIM_SIGNATURE": .string(text), "TIMESTAMP": .string(timestamp),
            ],
        ]
    }
}
