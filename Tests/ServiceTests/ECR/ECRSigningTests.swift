import AWSModel
import AWSProtocols
import Crypto
import ECRService
import HTTPServer
import SimTime
import Testing
import Timeline
import TokenCrypto

/// Managed signing: what a push gets beside it, and that the signature holds.
@Suite struct ECRSigningTests {
    static let profile = "arn:aws:signer:us-east-1:123456789012:/signing-profiles/p1"

    static func configuration(_ filter: String?) -> AWSObject {
        var rule: AWSObject = ["signingProfileArn": .string(profile)]
        if let filter { rule["repositoryFilters"] = [["filter": .string(filter), "filterType": "WILDCARD_MATCH"]] }
        return ["signingConfiguration": ["rules": [.object(rule)]]]
    }

    @Test func aPushedImageIsSigned() async throws {
        let ecr = try await ECRFixture()
        #expect(try await ecr.fault("GetSigningConfiguration", [:]).code == "SigningConfigurationNotFoundException")
        try await ecr.push("before", tag: "before")
        try await ecr.call("PutSigningConfiguration", Self.configuration("team/*"))
        let digest = try await ecr.push("layer", tag: "x")
        let input = repositoryInput.with("imageId", ["imageTag": "x"])
        let during = try await ecr.call("DescribeImageSigningStatus", input)
        #expect(during["signingStatuses"] == [["signingProfileArn": .string(Self.profile), "status": "IN_PROGRESS"]])
        _ = try await ecr.timeline.advance(by: .minutes(1))
        #expect(try await ecr.call("DescribeImageSigningStatus", input)["signingStatuses"]?.list?.first?["status"] == "COMPLETE")

        let referrers = try JSON.parse(try await ecr.http("GET", "/v2/team/churn/referrers/\(digest)").body)["manifests"]?.list ?? []
        #expect(referrers.count == 1)
        #expect(referrers.first?["artifactType"] == "application/vnd.cncf.notary.signature")
        let signature = try #require(referrers.first?["digest"]?.string)
        let manifest = try JSON.parse(try await ecr.http("GET", "/v2/team/churn/manifests/\(signature)").body)
        #expect(manifest["subject"]?["digest"]?.string == digest)
        let layer = try #require(manifest["layers"]?.list?.first?["digest"]?.string)
        let link = try #require(try await ecr.http("GET", "/v2/team/churn/blobs/\(layer)").headers["Location"])
        let envelope = try JSON.parse(try await ecr.http("GET", link).body)
        try check(envelope, signs: digest)
        // Images of before, and signatures themselves, are left alone.
        let before = repositoryInput.with("imageId", ["imageTag": "before"])
        #expect(try await ecr.call("DescribeImageSigningStatus", before)["signingStatuses"] == [])
        let own = repositoryInput.with("imageId", ["imageDigest": .string(signature)])
        #expect(try await ecr.call("DescribeImageSigningStatus", own)["signingStatuses"] == [])
    }

    private func check(_ envelope: AWSValue, signs digest: String) throws {
        func part(_ name: String) throws -> String { try #require(envelope[name]?.string) }
        let jwk = try #require(envelope["header"]?["jwk"])
        var point: [UInt8] = []
        for name in ["x", "y"] {
            let text = try #require(jwk[name]?.string)
            point += try #require(Base64URL.decode(text))
        }
        let key = try P384.Signing.PublicKey(rawRepresentation: point)
        let bytes = try #require(Base64URL.decode(try part("signature")))
        let signed = Array("\(try part("protected")).\(try part("payload"))".utf8)
        #expect(key.isValidSignature(try P384.Signing.ECDSASignature(rawRepresentation: bytes), for: signed))
        let decoded = try #require(Base64URL.decode(try part("payload")))
        let payload = try JSON.parse(decoded)
        #expect(payload["targetArtifact"]?["digest"]?.string == digest)
    }

    @Test(arguments: [(String?.none, true), ("other/*", false), ("team/churn", true)])
    func rulesSayWhichRepositories(_ filter: String?, _ isSigned: Bool) async throws {
        let ecr = try await ECRFixture()
        try await ecr.call("PutSigningConfiguration", Self.configuration(filter))
        try await ecr.push("layer", tag: "x")
        let status = try await ecr.call("DescribeImageSigningStatus", repositoryInput.with("imageId", ["imageTag": "x"]))
        #expect((status["signingStatuses"]?.list?.count == 1) == isSigned)
        #expect(try await ecr.call("DeleteSigningConfiguration", [:])["registryId"]?.string == ECRFixture.account)
        #expect(try await ecr.fault("DeleteSigningConfiguration", [:]).code == "SigningConfigurationNotFoundException")
    }
}
