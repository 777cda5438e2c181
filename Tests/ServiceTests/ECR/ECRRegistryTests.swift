import AWSModel
import AWSProtocols
import ECRService
import Gateway
import HTTPServer
import RegistryRules
import SimTime
import Store
import Testing
import Timeline

/// The registry's HTTP face: login, blobs, uploads, manifests, lists, and the forms of its errors.
@Suite struct ECRRegistryTests {
    @Test func loginIsBasicAndExpires() async throws {
        let ecr = try await ECRFixture()
        let anonymous = try await ecr.http("GET", "/v2/", authorization: "")
        #expect(anonymous.status == 401)
        #expect(anonymous.text == "Not Authorized\n")
        #expect(anonymous.headers["Www-Authenticate"] == #"Basic realm="https://localhost:4566/",service="ecr.amazonaws.com""#)
        #expect(anonymous.headers["Docker-Distribution-Api-Version"] == "registry/2.0")
        let wrong = "Basic " + Base64.encode(Array("AWS:wrong".utf8))
        #expect(try await ecr.http("GET", "/v2/", authorization: wrong).status == 401)
        #expect(try await ecr.http("GET", "/v2/team/churn/tags/list", authorization: wrong).status == 401)
        let token = "Basic " + (try await ecr.password())
        #expect(try await ecr.http("GET", "/v2/", authorization: token).status == 200)
        #expect(Base64.decode(String(token.dropFirst(6))).map { $0.count > 1_024 } == true)
        _ = try await ecr.timeline.advance(by: .hours(12))
        let expired = try await ecr.http("GET", "/v2/", authorization: token)
        #expect(expired.status == 403)
        #expect(expired.code == "DENIED")
        #expect(expired.message == "Your authorization token has expired. Reauthenticate and try again.")
    }

    @Test func theHostChoosesTheRegistry() async throws {
        let ecr = try await ECRFixture()
        let target = "/v2/team/churn/tags/list"
        let own = "123456789012.dkr.ecr.us-east-1.amazonaws.com"
        #expect(try await ecr.http("GET", target, host: own).status == 200)
        #expect(try await ecr.http("GET", target, host: "123456789012.dkr.ecr.us-east-1.localhost:4566").status == 200)
        #expect(try await ecr.http("GET", target, host: "123456789012.dkr.ecr.eu-west-1.amazonaws.com").status == 401)
        #expect(try await ecr.http("GET", target, host: "111122223333.dkr.ecr.us-east-1.amazonaws.com").code == "NAME_UNKNOWN")
        let other = "Basic " + (try await ecr.password(account: "111122223333"))
        let denied = try await ecr.http("GET", target, authorization: other, host: own)
        #expect(denied.status == 403)
        #expect(denied.message?.hasSuffix("because no resource-based policy allows the ecr:ListImages action") == true)
        let policy = #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"ecr:ListImages"}]}"#
        try await ecr.call("SetRepositoryPolicy", repositoryInput.with("policyText", .string(policy)))
        #expect(try await ecr.http("GET", target, authorization: other, host: own).status == 200)
    }

    @Test func theSpecificationsVectorsHold() async throws {
        let ecr = try await ECRFixture()
        let layer = try await ecr.upload("hello layer\n")
        #expect(layer == "sha256:f138e3eebb0e49daacab1b742ee6907a476ef98ab81ede2b4defa0949e6e9062")
        let config = try await ecr.upload(
            #"{"architecture":"amd64","os":"linux","config":{},"rootfs":{"type":"layers","diff_ids":["\#(layer)"]}}"#)
        #expect(config == "sha256:e122f3c72c52043eddb47e317ab18040b8bbde80952fcb995107ba4c83f63002")
        #expect(try await ecr.upload("{}") == "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a")
        let manifest = #"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"\#(config)","size":163},"layers":[{"mediaType":"application/vnd.oci.image.layer.v1.tar","digest":"\#(layer)","size":12}]}"#
        let answer = try await ecr.put(Array(manifest.utf8), "1.0")
        #expect(answer.status == 201)
        let digest = "sha256:2a47cebece096e4047e282f10c65a8f77da8024b985c5d2a9dece00b871eb232"
        #expect(answer.headers["Docker-Content-Digest"] == digest)
        let pulled = try await ecr.http("GET", "/v2/team/churn/manifests/1.0")
        #expect(pulled.text == manifest)
        let images = try await ecr.call("DescribeImages", repositoryInput)["imageDetails"]?.list
        #expect(images?.first?["imageSizeInBytes"] == 175)
        #expect(images?.first?["imageDigest"]?.string == digest)
    }

    @Test func chunksAreResumedAndRefusedOutOfOrder() async throws {
        let ecr = try await ECRFixture()
        let begun = try await ecr.http("POST", "/v2/team/churn/blobs/uploads/")
        #expect(begun.status == 202)
        #expect(begun.headers["Range"] == "0-0")
        let location = try #require(begun.headers["Location"])
        #expect(location.hasSuffix(try #require(begun.headers["Docker-Upload-UUID"])))
        let first = try await ecr.http("PATCH", location, ["Content-Range": "0-4"], body: Array("hello".utf8))
        #expect(first.status == 202)
        #expect(first.headers["Range"] == "0-4")
        let early = try await ecr.http("PATCH", location, ["Content-Range": "7-9"], body: Array("xxx".utf8))
        #expect(early.status == 416)
        #expect(early.headers["Range"] == "0-4")
        let status = try await ecr.http("GET", location)
        #expect(status.status == 204)
        #expect(status.headers["Range"] == "0-4")
        _ = try await ecr.http("PATCH", location, ["Content-Range": "5-9"], body: Array(" laye".utf8))
        let digest = ECRFixture.digest(Array("hello layer\n".utf8))
        let done = try await ecr.http(
            "PUT", location + "?digest=" + digest, ["Content-Range": "10-11"], body: Array("r\n".utf8))
        #expect(done.status == 201)
        #expect(done.headers["Location"] == "/v2/team/churn/blobs/\(digest)")
        #expect(try await ecr.http("GET", location).code == "BLOB_UPLOAD_UNKNOWN")
        #expect(try await ecr.http("HEAD", "/v2/team/churn/blobs/\(digest)").status == 200)
    }

    @Test func aWrongDigestIsOneHundredAndTwentyFiveBytes() async throws {
        let ecr = try await ECRFixture()
        let wrong = "sha256:" + String(repeating: "0", count: 64)
        let answer = try await ecr.http("POST", "/v2/team/churn/blobs/uploads/?digest=\(wrong)", body: [1])
        #expect(answer.status == 400)
        #expect(answer.text == #"{"errors":[{"code":"BLOB_UPLOAD_INVALID","message":"None of the provided layer digests match the calculated layer digest"}]}"# + "\n")
        #expect(answer.body.count == 125)
        #expect(try ecr.blobCount() == 0)
    }

    @Test func anUploadIsCancelledAndAnEmptyBlobStored() async throws {
        let ecr = try await ECRFixture()
        let location = try #require(try await ecr.http("POST", "/v2/team/churn/blobs/uploads/").headers["Location"])
        #expect(try await ecr.http("DELETE", location).status == 204)
        #expect(try await ecr.http("DELETE", location).status == 404)
        let empty = try await ecr.upload("")
        #expect(try await ecr.http("HEAD", "/v2/team/churn/blobs/\(empty)").status == 200)
        #expect(try ecr.blobCount() == 1)
    }

    @Test func blobsAreServedByALinkThatExpires() async throws {
        let ecr = try await ECRFixture()
        let digest = try await ecr.upload("0123456789")
        let redirect = try await ecr.http("GET", "/v2/team/churn/blobs/\(digest)")
        #expect(redirect.status == 307)
        let link = try #require(redirect.headers["Location"])
        #expect(try await ecr.http("GET", link, authorization: "").text == "0123456789")
        for (range, status, text, content) in [
            ("bytes=2-4", 206, "234", "bytes 2-4/10"), ("bytes=7-", 206, "789", "bytes 7-9/10"), ("bytes=-2", 206, "89", "bytes 8-9/10"),
            ("bytes=8-99", 206, "89", "bytes 8-9/10"), ("bytes=10-", 416, "", "bytes */10"), ("bytes=x", 200, "0123456789", nil),
        ] as [(String, Int, String, String?)] {
            let answer = try await ecr.http("GET", link, ["Range": range], authorization: "")
            #expect(answer.status == status, "\(range)")
            #expect(answer.text == text, "\(range)")
            #expect(answer.headers["Content-Range"] == content, "\(range)")
        }
        let forged = link.replacing(digest, with: "sha256:" + String(repeating: "0", count: 64))
        #expect(try await ecr.http("GET", forged, authorization: "").status == 403)
        _ = try await ecr.timeline.advance(by: .hours(1))
        #expect(try await ecr.http("GET", link, authorization: "").status == 403)
    }

    struct Refusal: Sendable, CustomTestStringConvertible {
        var method: String
        var target: String
        var headers: HTTPHeaders = [:]
        var body = ""
        var status: Int
        var code: String?
        var testDescription: String { "\(method) \(target)" }
    }

    static let zero = "sha256:" + String(repeating: "0", count: 64)

    @Test(arguments: [
        Refusal(method: "GET", target: "/v2/nowhere/tags/list", status: 404, code: "NAME_UNKNOWN"),
        Refusal(method: "POST", target: "/v2/nowhere/blobs/uploads/", status: 404, code: "NAME_UNKNOWN"),
        Refusal(method: "GET", target: "/v2/team/churn/manifests/none", status: 404, code: "MANIFEST_UNKNOWN"),
        Refusal(method: "GET", target: "/v2/team/churn/manifests/\(zero)", status: 404, code: "MANIFEST_UNKNOWN"),
        Refusal(method: "HEAD", target: "/v2/team/churn/manifests/-bad", status: 400),
        Refusal(method: "GET", target: "/v2/team/churn/manifests/-bad", status: 405, code: "UNSUPPORTED"),
        Refusal(method: "GET", target: "/v2/team/churn/manifests/sha256:1", status: 405, code: "UNSUPPORTED"),
        Refusal(method: "GET", target: "/v2/team/churn/blobs/\(zero)", status: 404, code: "BLOB_UNKNOWN"),
        Refusal(method: "DELETE", target: "/v2/team/churn/blobs/\(zero)", status: 405, code: "UNSUPPORTED"),
        Refusal(method: "POST", target: "/v2/team/churn/manifests/x", status: 405, code: "UNSUPPORTED"),
        Refusal(method: "GET", target: "/v2/Team/tags/list", status: 405, code: "UNSUPPORTED"),
        Refusal(method: "GET", target: "/v2/team/churn/tags/list?n=1001", status: 405, code: "UNSUPPORTED"),
        Refusal(method: "GET", target: "/v2/team/churn/tags/list?n=x", status: 405, code: "UNSUPPORTED"),
        Refusal(method: "GET", target: "/v2/team/churn/referrers/x", status: 400, code: "DIGEST_INVALID"),
        Refusal(method: "PUT", target: "/v2/team/churn/blobs/uploads/nothing?digest=\(zero)", status: 404, code: "BLOB_UPLOAD_UNKNOWN"),
        Refusal(method: "PUT", target: "/v2/team/churn/blobs/uploads/nothing", status: 405, code: "UNSUPPORTED"),
        Refusal(method: "PUT", target: "/v2/team/churn/manifests/x", body: "{", status: 405, code: "UNSUPPORTED"),
        Refusal(method: "PUT", target: "/v2/team/churn/manifests/x", body: #"{"schemaVersion":2,"layers":[]}"#, status: 405, code: "UNSUPPORTED"),
        Refusal(method: "DELETE", target: "/v2/team/churn/manifests/none", status: 404, code: "MANIFEST_UNKNOWN"),
        Refusal(method: "GET", target: "/v2/team/churn", status: 404), Refusal(method: "GET", target: "/v2/%zz", status: 404),
    ])
    func refusals(_ refusal: Refusal) async throws {
        let ecr = try await ECRFixture()
        let answer = try await ecr.http(refusal.method, refusal.target, refusal.headers, body: Array(refusal.body.utf8))
        #expect(answer.status == refusal.status)
        if let code = refusal.code {
            #expect(answer.code == code)
            #expect(answer.text.hasSuffix("}\n"))
        } else if refusal.method != "HEAD" {
            #expect(answer.text == "404 page not found\n")
        }
    }

    @Test func manifestsNeedTheirParts() async throws {
        let ecr = try await ECRFixture()
        let manifest = try await ecr.imageManifest("layer")
        try await ecr.call("CreateRepository", ["repositoryName": "other"])
        let foreign = try await ecr.put(manifest, "x", to: "other")
        #expect(foreign.status == 400)
        #expect(foreign.code == "MANIFEST_BLOB_UNKNOWN")
        #expect(foreign.message?.hasPrefix("Layers with digests '[sha256:") == true)
        let childless = try await ecr.put(ecr.index(of: [Self.zero]), "x", type: ManifestKind.ociIndex.rawValue)
        #expect(childless.message == "Images with digests '[\(Self.zero)]' required for pushing image into repository with name 'team/churn' in the registry with id '123456789012' do not exist")
        let mismatch = try await ecr.put(manifest, Self.zero)
        #expect(mismatch.code == "MANIFEST_INVALID")
        #expect(mismatch.message == "The image with digest '\(Self.zero)' in repository 'team/churn' and registry ID '123456789012' does not match the image digest that Amazon ECR has calculated.")
    }

    @Test func acceptLinesAreReadTogether() async throws {
        let ecr = try await ECRFixture()
        let digest = try await ecr.push("layer", tag: "x")
        var both: HTTPHeaders = ["Accept": "application/vnd.docker.distribution.manifest.v1+json"]
        both.add("Accept", "text/html;q=0.5, \(ManifestKind.ociManifest.rawValue) ; q=0.9")
        #expect(try await ecr.http("GET", "/v2/team/churn/manifests/x", both).headers["Content-Type"] == ManifestKind.ociManifest.rawValue)
        let old: HTTPHeaders = ["Accept": ManifestKind.dockerSchema2.rawValue]
        let translated = try await ecr.http("GET", "/v2/team/churn/manifests/x", old)
        #expect(translated.headers["Content-Type"] == ManifestKind.dockerSchema2.rawValue)
        #expect(translated.headers["Docker-Content-Digest"] == ECRFixture.digest(translated.body))
        #expect(try await ecr.http("GET", "/v2/team/churn/manifests/\(digest)", old).headers["Docker-Content-Digest"] == digest)
        #expect(try await ecr.http("GET", "/v2/team/churn/manifests/x", ["Accept": "text/html"]).code == "MANIFEST_UNKNOWN")
        let head = try await ecr.http("HEAD", "/v2/team/churn/manifests/x", ["Accept": "*/*"])
        #expect(head.headers["Docker-Content-Digest"] == digest)
    }

    @Test func tagsAreListedInPages() async throws {
        let ecr = try await ECRFixture()
        #expect(try await ecr.http("GET", "/v2/team/churn/tags/list").text == #"{"name":"team/churn","tags":[]}"#)
        let manifest = try await ecr.imageManifest("layer")
        for tag in ["b", "a", "C", "a.1"] { _ = try await ecr.put(manifest, tag) }
        let first = try await ecr.http("GET", "/v2/team/churn/tags/list?n=2")
        #expect(first.text == #"{"name":"team/churn","tags":["C","a"]}"#)
        #expect(first.headers["Content-Type"] == "text/plain; charset=utf-8")
        #expect(first.headers["Link"] == #"</v2/team/churn/tags/list?last=a&n=2>; rel="next""#)
        let second = try await ecr.http("GET", "/v2/team/churn/tags/list?last=a&n=2")
        #expect(second.text == #"{"name":"team/churn","tags":["a.1","b"]}"#)
        #expect(second.headers["Link"] == nil)
        #expect(try await ecr.http("GET", "/v2/team/churn/tags/list?n=0").text == #"{"name":"team/churn","tags":[]}"#)
        #expect(try await ecr.http("GET", "/v2/_catalog").text == #"{"repositories":["team/churn"]}"#)
    }

    @Test func referrersAreListedAndFiltered() async throws {
        let ecr = try await ECRFixture()
        let subject = ECRFixture.digest(try await ecr.imageManifest("layer"))
        // Attached before the subject is there.
        let note = try await ecr.imageManifest("note", subject: subject)
        let pushed = try await ecr.put(note, ECRFixture.digest(note))
        #expect(pushed.headers["OCI-Subject"] == subject)
        try await ecr.push("layer", tag: "x")
        let all = try await ecr.http("GET", "/v2/team/churn/referrers/\(subject)")
        #expect(all.headers["Content-Type"] == ManifestKind.ociIndex.rawValue)
        let manifests = try JSON.parse(all.body)["manifests"]?.list
        #expect(manifests?.count == 1)
        #expect(manifests?.first?["artifactType"] == "application/x-note")
        #expect(manifests?.first?["annotations"]?["k"] == "v")
        #expect(manifests?.first?["size"]?.int == note.count)
        let filtered = try await ecr.http("GET", "/v2/team/churn/referrers/\(subject)?artifactType=other")
        #expect(filtered.headers["OCI-Filters-Applied"] == "artifactType")
        #expect(try JSON.parse(filtered.body)["manifests"]?.list?.isEmpty == true)
        let referrers = try await ecr.call("ListImageReferrers", repositoryInput.with("subjectId", ["imageDigest": .string(subject)]))
        #expect(referrers["referrers"]?.list?.count == 1)
        // The subject goes, and within a day what was attached to it.
        #expect(try await ecr.http("DELETE", "/v2/team/churn/manifests/\(subject)").status == 202)
        #expect(try await ecr.call("ListImages", repositoryInput)["imageIds"]?.list?.count == 1)
        _ = try await ecr.timeline.advance(by: .hours(24))
        #expect(try await ecr.call("ListImages", repositoryInput)["imageIds"]?.list?.isEmpty == true)
    }

    @Test func blobsAreMountedOnlyWhenTheSettingAllows() async throws {
        let ecr = try await ECRFixture()
        try await ecr.call("CreateRepository", ["repositoryName": "other"])
        let loose = try await ecr.upload("loose")
        try await ecr.push("layer", tag: "x")
        let layer = ECRFixture.digest(Array("layer".utf8))
        func mount(_ digest: String) async throws -> Int {
            try await ecr.http("POST", "/v2/other/blobs/uploads/?mount=\(digest.replacing(":", with: "%3A"))&from=team%2Fchurn").status
        }
        #expect(try await mount(layer) == 202)
        try await ecr.call("PutAccountSetting", ["name": "BLOB_MOUNTING", "value": "ENABLED"])
        #expect(try await mount(layer) == 201)
        #expect(try await ecr.http("HEAD", "/v2/other/blobs/\(layer)").status == 200)
        #expect(try await mount(loose) == 202)
        #expect(try ecr.blobCount() == 3)
    }

    @Test func pushingCreatesARepositoryOnlyByTemplate() async throws {
        let ecr = try await ECRFixture()
        #expect(try await ecr.http("POST", "/v2/auto/x/blobs/uploads/").code == "NAME_UNKNOWN")
        try await ecr.call("CreateRepositoryCreationTemplate", [
            "prefix": "auto", "appliedFor": ["CREATE_ON_PUSH"], "imageTagMutability": "IMMUTABLE",
            "resourceTags": [["Key": "made", "Value": "by-template"]],
        ])
        try await ecr.push("layer", tag: "1", to: "auto/x")
        let made = try await ecr.call("DescribeRepositories", ["repositoryNames": ["auto/x"]])["repositories"]?.list?.first
        #expect(made?["imageTagMutability"] == "IMMUTABLE")
        #expect(try await ecr.http("POST", "/v2/automatic/blobs/uploads/").code == "NAME_UNKNOWN")
    }

    @Test(arguments: [
        ("/v2", "localhost", nil, true), ("/v2/", "localhost", nil, true), ("/v2/team/churn/tags/list", "localhost", "Basic x", true),
        ("/v2x", "localhost", nil, false), ("/v1/", "localhost", nil, false), ("/v2/key", "pots.s3.localhost:4566", nil, false),
        ("/v2/key", "pots.s3-us-west-2.amazonaws.com", nil, false), ("/v2/key", "localhost", "AWS4-HMAC-SHA256 Credential=x", false),
        ("/v2/key?X-Amz-Signature=x", "localhost", nil, false),
    ] as [(String, String, String?, Bool)])
    func theRegistryLeavesSThreeAlone(_ target: String, _ host: String, _ authorization: String?, _ isMeant: Bool) async throws {
        let ecr = try await ECRFixture(repository: nil)
        var headers: HTTPHeaders = ["Host": host]
        if let authorization { headers.add("Authorization", authorization) }
        let route = try #require(ecr.service.routes.first)
        let request = HTTPRequest(method: "GET", target: target, headers: headers)
        #expect(route.covers(request, path: request.rawPath) == isMeant)
    }

    /// Anything a client may send is refused or taken, never answered with a breakdown.
    @Test(arguments: 0..<8) func fuzzedRequestsNeverBreakTheServer(_ seed: UInt64) async throws {
        let ecr = try await ECRFixture()
        var random = SeededRandom(seed: seed)
        let manifest = try await ecr.imageManifest("layer")
        let token = "Basic " + (try await ecr.password())
        var location = "/v2/team/churn/blobs/uploads/x"
        for _ in 0..<120 {
            var body = manifest
            for _ in 0..<Int.random(in: 0...3, using: &random) {
                body[Int.random(in: 0..<body.count, using: &random)] = UInt8.random(in: .min ... .max, using: &random)
            }
            if Bool.random(using: &random) { body = Array(body.prefix(Int.random(in: 0...body.count, using: &random))) }
            let target = [
                "/v2/team/churn/manifests/t", "/v2/team/churn/manifests/\(Self.zero)", location, "\(location)?digest=\(ECRFixture.digest(body))",
                "/v2/team/churn/blobs/uploads/", "/v2/team/churn/tags/list?n=\(Int.random(in: -5...2000, using: &random))", "/v2//manifests/x", "/v2/_catalog?last=%00",
            ][Int.random(in: 0..<8, using: &random)]
            let method = ["GET", "PUT", "POST", "PATCH", "DELETE", "HEAD"][Int.random(in: 0..<6, using: &random)]
            var headers: HTTPHeaders = ["Content-Type": ManifestKind.ociManifest.rawValue]
            if Bool.random(using: &random) {
                headers.add("Content-Range", "\(Int.random(in: 0...9, using: &random))-\(Int.random(in: 0...2000, using: &random))")
            }
            let answer = try await ecr.http(method, target, headers, body: body, authorization: token)
            #expect(answer.status < 500, "\(method) \(target): \(answer.text)")
            if answer.status == 202, let next = answer.headers["Location"] { location = next }
        }
    }
}
