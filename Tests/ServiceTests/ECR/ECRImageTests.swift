import AWSModel
import ECRService
import HTTPServer
import RegistryRules
import SimTime
import Store
import Testing
import Timeline

/// Repositories and images through the control plane.
@Suite struct ECRImageTests {
    @Test func repositoriesAreCreatedOnceAndDeletedWhenEmpty() async throws {
        let ecr = try await ECRFixture(repository: nil)
        let made = try await ecr.call("CreateRepository", repositoryInput)["repository"]
        #expect(made?["repositoryUri"] == "123456789012.dkr.ecr.us-east-1.amazonaws.com/team/churn")
        #expect(made?["repositoryArn"] == "arn:aws:ecr:us-east-1:123456789012:repository/team/churn")
        #expect(made?["imageTagMutability"] == "MUTABLE")
        #expect(made?["encryptionConfiguration"] == ["encryptionType": "AES256"])
        let twice = try await ecr.fault("CreateRepository", repositoryInput)
        #expect(twice.code == "RepositoryAlreadyExistsException")
        #expect(twice.message == "The repository with name 'team/churn' already exists in the registry with id '123456789012'")
        try await ecr.push("layer", tag: "1")
        let full = try await ecr.fault("DeleteRepository", repositoryInput)
        #expect(full.message == "The repository with name 'team/churn' in registry with id '123456789012' cannot be deleted because it still contains images")
        #expect(try ecr.blobCount() == 2)
        try await ecr.call("DeleteRepository", repositoryInput.with("force", true))
        #expect(try ecr.blobCount() == 0)
        #expect(try await ecr.fault("ListImages", repositoryInput).message == "The repository with name 'team/churn' does not exist in the registry with id '123456789012'")
    }

    @Test func registriesAreApart() async throws {
        let ecr = try await ECRFixture()
        #expect(try await ecr.fault("DescribeImages", repositoryInput, region: "eu-west-1").code == "RepositoryNotFoundException")
        #expect(try await ecr.fault("DescribeImages", repositoryInput, account: "111122223333").code == "RepositoryNotFoundException")
        let across = try await ecr.fault("DescribeImages", repositoryInput.with("registryId", "123456789012"), account: "111122223333")
        #expect(across.code == "AccessDeniedException")
    }

    @Test func listingsArePaged() async throws {
        let ecr = try await ECRFixture()
        for name in ["b", "a/x", "c1"] { _ = try? await ecr.call("CreateRepository", ["repositoryName": .string(name + "0")]) }
        for tag in ["1", "2", "3"] { try await ecr.push("layer\(tag)", tag: tag) }
        try await ecr.push("loose", tag: nil)
        func all(_ operation: String, _ member: String, _ input: AWSObject) async throws -> [AWSValue] {
            var found: [AWSValue] = []
            var next: AWSValue?
            repeat {
                var page = input.with("maxResults", 1)
                if let next { page["nextToken"] = next }
                let output = try await ecr.call(operation, page)
                found += output[member]?.list ?? []
                next = output["nextToken"]
            } while next != nil && found.count < 20
            return found
        }
        #expect(try await all("DescribeRepositories", "repositories", [:]).map { $0["repositoryName"] } == ["a/x0", "b0", "c10", "team/churn"])
        #expect(try await all("DescribeImages", "imageDetails", repositoryInput).count == 4)
        #expect(try await all("ListImages", "imageIds", repositoryInput).map { $0["imageTag"]?.string } == ["1", "2", "3", nil])
        let untagged = repositoryInput.with("filter", ["tagStatus": "UNTAGGED"])
        #expect(try await all("ListImages", "imageIds", untagged).count == 1)
        #expect(try await ecr.fault("ListImages", repositoryInput.with("nextToken", "x")).code == "InvalidParameterException")
        let token = try #require(try await ecr.call("ListImages", repositoryInput.with("maxResults", 1))["nextToken"])
        #expect(try await ecr.fault("DescribeImages", repositoryInput.with("nextToken", token)).code == "InvalidParameterException")
    }

    @Test func fixedTagsRefuseEvenTheSameDigest() async throws {
        let ecr = try await ECRFixture()
        try await ecr.call("PutImageTagMutability", repositoryInput.with("imageTagMutability", "IMMUTABLE"))
        let manifest = try await ecr.imageManifest("one")
        #expect(try await ecr.put(manifest, "v1").status == 201)
        for layer in ["one", "two"] {
            let again = try await ecr.put(try await ecr.imageManifest(layer), "v1")
            #expect(again.status == 400)
            #expect(again.code == "TAG_INVALID")
            #expect(again.message == "The image tag 'v1' already exists in the 'team/churn' repository and cannot be overwritten because the repository is immutable.")
        }
        let input = repositoryInput.with("imageTag", "v1")
        let text = String(decoding: manifest, as: UTF8.self)
        #expect(try await ecr.fault("PutImage", input.with("imageManifest", .string(text))).code == "ImageAlreadyExistsException")
        let two = String(decoding: try await ecr.imageManifest("two"), as: UTF8.self)
        #expect(try await ecr.fault("PutImage", input.with("imageManifest", .string(two))).code == "ImageTagAlreadyExistsException")
        try await ecr.call("PutImageTagMutability", repositoryInput.with("imageTagMutability", "IMMUTABLE_WITH_EXCLUSION")
            .with("imageTagMutabilityExclusionFilters", [["filterType": "WILDCARD", "filter": "dev*"]]))
        for layer in ["one", "two"] { try await ecr.push(layer, tag: "dev1") }
        #expect(try await ecr.put(manifest, "v1").code == "TAG_INVALID")
        try await ecr.call("PutImageTagMutability", repositoryInput.with("imageTagMutability", "MUTABLE"))
        try await ecr.push("two", tag: "v1")
        let bad = try await ecr.fault("PutImageTagMutability", repositoryInput.with("imageTagMutability", "IMMUTABLE_WITH_EXCLUSION"))
        #expect(bad.message?.contains("can't be null when imageTagMutability is set as IMMUTABLE_WITH_EXCLUSION") == true)
    }

    @Test func anImageIsTaggedAgainByItsManifest() async throws {
        let ecr = try await ECRFixture()
        let digest = try await ecr.push("layer", tag: "old")
        let got = try await ecr.call("BatchGetImage", repositoryInput.with("imageIds", [["imageTag": "old"]]))
        let manifest = try #require(got["images"]?.list?.first?["imageManifest"])
        let put = try await ecr.call("PutImage", repositoryInput.with("imageManifest", manifest).with("imageTag", "new"))
        #expect(put["image"]?["imageId"] == ["imageDigest": .string(digest), "imageTag": "new"])
        let again = try await ecr.fault("PutImage", repositoryInput.with("imageManifest", manifest).with("imageTag", "new"))
        #expect(again.code == "ImageAlreadyExistsException")
        #expect(try await ecr.fault("PutImage", repositoryInput.with("imageManifest", manifest)).code == "ImageAlreadyExistsException")
        // A tag that moves leaves its image behind, untagged.
        try await ecr.push("other", tag: "old")
        try await ecr.push("other", tag: "new")
        #expect(try await ecr.call("ListImages", repositoryInput.with("filter", ["tagStatus": "UNTAGGED"]))["imageIds"] == [["imageDigest": .string(digest)]])
    }

    @Test func aManifestWithoutMediaTypeIsCuredByTheParameter() async throws {
        let ecr = try await ECRFixture()
        let bare = String(decoding: try await ecr.imageManifest("layer"), as: UTF8.self)
            .replacing(#""mediaType":"\#(ManifestKind.ociManifest.rawValue)","config""#, with: #""config""#)
        let input = repositoryInput.with("imageManifest", .string(bare)).with("imageTag", "x")
        let fault = try await ecr.fault("PutImage", input)
        #expect(fault.message == "Invalid parameter at 'ImageManifest' failed to satisfy constraint: 'Invalid JSON syntax'")
        try await ecr.call("PutImage", input.with("imageManifestMediaType", .string(ManifestKind.ociManifest.rawValue)))
    }

    @Test func deletionTakesTagsThenImages() async throws {
        let ecr = try await ECRFixture()
        let digest = try await ecr.push("layer", tag: "a")
        for tag in ["b", "c"] { try await ecr.push("layer", tag: tag) }
        let one = try await ecr.call("BatchDeleteImage", repositoryInput.with("imageIds", [["imageTag": "a"], ["imageTag": "none"], [:], ["imageDigest": "x"]]))
        #expect(one["imageIds"] == [["imageDigest": .string(digest), "imageTag": "a"]])
        #expect(one.failureCodes == ["ImageNotFound", "MissingDigestAndTag", "InvalidImageDigest"])
        let rest = try await ecr.call("BatchDeleteImage", repositoryInput.with("imageIds", [["imageDigest": .string(digest)]]))
        #expect(rest.imageTags == ["b", "c"])
        let gone = try await ecr.fault("DescribeImages", repositoryInput.with("imageIds", [["imageTag": "b"]]))
        #expect(gone.message == "The image with imageId {imageDigest:'null', imageTag:'b'} does not exist within the repository with name 'team/churn' in the registry with id '123456789012'")
    }

    @Test func childrenOfAnIndexStay() async throws {
        let ecr = try await ECRFixture()
        let child = try await ecr.push("layer", tag: "child")
        let index = ecr.index(of: [child])
        #expect(try await ecr.put(index, "multi", type: ManifestKind.ociIndex.rawValue).status == 201)
        let parent = ECRFixture.digest(index)
        for id in [["imageDigest": .string(child)], ["imageTag": "child"]] as [AWSValue] {
            let output = try await ecr.call("BatchDeleteImage", repositoryInput.with("imageIds", [id]))
            #expect(output.failureCodes == ["ImageReferencedByManifestList"])
            #expect(output["failures"]?.list?.first?["failureReason"]?.string == "Requested image referenced by manifest list: [\(parent)]")
        }
        #expect(try await ecr.http("DELETE", "/v2/team/churn/manifests/\(child)").code == "UNSUPPORTED")
        let details = try await ecr.call("DescribeImages", repositoryInput.with("imageIds", [["imageTag": "multi"]]))
        #expect(details["imageDetails"]?.list?.first?["imageSizeInBytes"] == 7)
        try await ecr.call("BatchDeleteImage", repositoryInput.with("imageIds", [["imageDigest": .string(parent)], ["imageDigest": .string(child)]]))
        #expect(try await ecr.call("ListImages", repositoryInput)["imageIds"]?.list?.isEmpty == true)
    }

    @Test func layersComeInByParts() async throws {
        let ecr = try await ECRFixture()
        let begun = try await ecr.call("InitiateLayerUpload", repositoryInput)
        #expect(begun["partSize"] == 10_485_760)
        let upload = repositoryInput.with("uploadId", try #require(begun["uploadId"]))
        func part(_ first: Int64, _ bytes: [UInt8]) -> AWSObject {
            upload.with("partFirstByte", .integer(first)).with("partLastByte", .integer(first + Int64(bytes.count) - 1)).with("layerPartBlob", .blob(bytes))
        }
        let digest = ECRFixture.digest(Array("hello layer\n".utf8))
        let complete = upload.with("layerDigests", [.string(digest)])
        #expect(try await ecr.fault("CompleteLayerUpload", complete).code == "EmptyUploadException")
        let sent = try await ecr.call("UploadLayerPart", part(0, Array("hello layer\n".utf8)))
        #expect(sent["lastByteReceived"] == 11)
        let wrong = try await ecr.fault("UploadLayerPart", part(20, [1]))
        #expect(wrong.code == "InvalidLayerPartException")
        #expect(wrong.members["lastValidByteReceived"] == 11)
        let zero: AWSValue = .string("sha256:" + String(repeating: "0", count: 64))
        #expect(try await ecr.fault("CompleteLayerUpload", upload.with("layerDigests", [zero])).code == "InvalidLayerException")
        #expect(try await ecr.call("CompleteLayerUpload", complete)["layerDigest"]?.string == digest)
        #expect(try await ecr.fault("CompleteLayerUpload", complete).code == "UploadNotFoundException")
        let check = try await ecr.call("BatchCheckLayerAvailability", repositoryInput.with("layerDigests", [.string(digest), zero, "", "x"]))
        #expect(check["layers"]?.list?.map { $0["layerAvailability"] } == ["AVAILABLE", "UNAVAILABLE"])
        #expect(check.failureCodes == ["MissingLayerDigest", "InvalidLayerDigest"])
        #expect(try await ecr.fault("GetDownloadUrlForLayer", repositoryInput.with("layerDigest", .string(digest))).code == "LayerInaccessibleException")
        try await ecr.push("hello layer\n", tag: "x")
        let link = try await ecr.call("GetDownloadUrlForLayer", repositoryInput.with("layerDigest", .string(digest)))["downloadUrl"]?.string
        let target = try #require(link?.dropFirst("http://localhost:4566".count))
        #expect(try await ecr.http("GET", String(target), authorization: "").text == "hello layer\n")
    }

    @Test func smallPartsAreRefusedAtTheEnd() async throws {
        let ecr = try await ECRFixture()
        let upload = repositoryInput.with("uploadId", try #require(try await ecr.call("InitiateLayerUpload", repositoryInput)["uploadId"]))
        for first in 0..<2 {
            try await ecr.call("UploadLayerPart", upload.with("partFirstByte", .integer(Int64(first))).with("partLastByte", .integer(Int64(first))).with("layerPartBlob", .blob([7])))
        }
        let fault = try await ecr.fault("CompleteLayerUpload", upload.with("layerDigests", [.string(ECRFixture.digest([7, 7]))]))
        #expect(fault.message == "All layer parts except the last part should be at least 5MB")
    }

    @Test func pullsAreRecordedOnceADay() async throws {
        let ecr = try await ECRFixture()
        try await ecr.push("layer", tag: "x")
        func lastPull() async throws -> SimInstant? {
            try await ecr.call("DescribeImages", repositoryInput)["imageDetails"]?.list?.first?["lastRecordedPullTime"]?.instant
        }
        #expect(try await lastPull() == nil)
        _ = try await ecr.http("GET", "/v2/team/churn/manifests/x")
        let first = try #require(try await lastPull())
        _ = try await ecr.timeline.advance(by: .hours(23))
        _ = try await ecr.http("GET", "/v2/team/churn/manifests/x")
        #expect(try await lastPull() == first)
        _ = try await ecr.timeline.advance(by: .hours(1))
        _ = try await ecr.call("BatchGetImage", repositoryInput.with("imageIds", [["imageTag": "x"]]))
        #expect(try await lastPull() == first + .hours(24))
    }

    @Test func theArchiveIsLeftSlowly() async throws {
        let ecr = try await ECRFixture()
        try await ecr.push("layer", tag: "x")
        let input = repositoryInput.with("imageId", ["imageTag": "x"])
        #expect(try await ecr.call("UpdateImageStorageClass", input.with("targetStorageClass", "ARCHIVE"))["imageStatus"] == "ARCHIVED")
        #expect(try await ecr.http("GET", "/v2/team/churn/manifests/x").status == 403)
        #expect(try await ecr.call("ListImages", repositoryInput)["imageIds"]?.list?.isEmpty == true)
        #expect(try await ecr.call("UpdateImageStorageClass", input.with("targetStorageClass", "STANDARD"))["imageStatus"] == "ACTIVATING")
        #expect(try await ecr.fault("UpdateImageStorageClass", input.with("targetStorageClass", "STANDARD")).code == "ImageStorageClassUpdateNotSupportedException")
        _ = try await ecr.timeline.advance(by: .minutes(1))
        #expect(try await ecr.http("GET", "/v2/team/churn/manifests/x").status == 200)
    }

    @Test func referencesResolve() async throws {
        let ecr = try await ECRFixture()
        let digest = try await ecr.push("layer", tag: "1")
        let uri = "123456789012.dkr.ecr.us-east-1.amazonaws.com/team/churn"
        #expect(try ecr.resolve("\(uri):1") == .resolved("\(uri)@\(digest)"))
        #expect(try ecr.resolve("\(uri)@\(digest)") == .resolved("\(uri)@\(digest)"))
        #expect(try ecr.resolve("localhost:4566/team/churn:1") == .resolved("localhost:4566/team/churn@\(digest)"))
        #expect(try ecr.resolve("localhost:4566/team/churn:1", account: "210987654321") == .unknown)
        #expect(try ecr.resolve(uri) == .missing("Requested image \(uri) not found."))
        // Neither `team` nor `quay.io` is a registry of ours.
        #expect(try ecr.resolve("team/churn:1") == .unknown)
        #expect(try ecr.resolve("quay.io/team/churn:1") == .unknown)
    }

    @Test(arguments: [
        (ECRSettings.ImageCheck.known, "123456789012", false), (.known, "683313688378", false),
        (.own, "123456789012", true), (.own, "683313688378", false), (.all, "683313688378", true),
    ])
    func unknownRepositoriesAreMissingWhenToldSo(
        _ check: ECRSettings.ImageCheck, _ account: String, _ isMissing: Bool
    ) async throws {
        var settings = ECRSettings()
        settings.images = check
        let ecr = try await ECRFixture(settings: settings)
        let image = "\(account).dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:1.7-1"
        #expect(try ecr.resolve(image) == (isMissing ? .missing("Requested image \(image) not found.") : .unknown))
        #expect(try ecr.resolve("quay.io/x:1") == .unknown)
    }

    @Test func garbageIsWhatNoImageNeeds() async throws {
        let ecr = try await ECRFixture()
        try await ecr.push("kept", tag: "x")
        let loose = try await ecr.upload("loose")
        _ = try await ecr.service.collectGarbage(graceSeconds: 3600)
        #expect(try await ecr.http("HEAD", "/v2/team/churn/blobs/\(loose)").status == 200)
        _ = try await ecr.timeline.advance(by: .hours(2))
        _ = try await ecr.service.collectGarbage(graceSeconds: 0)
        #expect(try await ecr.http("HEAD", "/v2/team/churn/blobs/\(loose)").status == 404)
        #expect(try ecr.blobCount() == 2)
        #expect(try await ecr.http("GET", "/v2/team/churn/manifests/x").status == 200)
    }
}
