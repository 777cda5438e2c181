import AWSModel
import AWSProtocols
import ECRService
import HTTPServer
import RegistryRules
import SimTime
import Testing
import Timeline

/// Seeded random clients against a model of what the registry must answer.
@Suite struct ECRFuzzTests {
    // MARK: Uploads

    /// An upload as a client with perfect memory sees it.
    struct ModelledUpload {
        var location: String
        var bytes: [UInt8] = []
        var isOpen = true

        var range: String { "0-\(max(0, bytes.count - 1))" }
    }

    enum ContentRange: CaseIterable { case none, right, early, late, wrongLength, malformed }

    /// Any sequence of steps is answered as the model says, and what was completed is what was sent.
    @Test(arguments: 0..<12) func uploadSequencesFollowTheModel(_ seed: UInt64) async throws {
        let ecr = try await ECRFixture()
        let token = "Basic " + (try await ecr.password())
        var random = SeededRandom(seed: seed)
        var uploads: [ModelledUpload] = []
        var stored: [String: [UInt8]] = [:]
        for step in 0..<90 {
            if uploads.isEmpty || Int.random(in: 0..<8, using: &random) == 0 {
                let started = try await ecr.http("POST", "/v2/team/churn/blobs/uploads/", authorization: token)
                #expect(started.status == 202)
                uploads.append(ModelledUpload(location: try #require(started.headers["Location"])))
            }
            let index = Int.random(in: 0..<uploads.count, using: &random)
            let chunk = (0..<[0, 1, 7, 400][Int.random(in: 0..<4, using: &random)]).map { _ in UInt8.random(in: 0...3, using: &random) }
            var headers: HTTPHeaders = [:]
            let range = ContentRange.allCases[Int.random(in: 0..<6, using: &random)]
            if let text = Self.text(range, at: uploads[index].bytes.count, chunk.count) { headers.add("Content-Range", text) }
            let refusal = Self.refusal(range, chunk, of: uploads[index])
            let (method, target, expected): (String, String, (Int, String?))
            switch Int.random(in: 0..<10, using: &random) {
            case 0: (method, target, expected) = ("GET", uploads[index].location, uploads[index].isOpen ? (204, nil) : Self.unknown)
            case 1:
                (method, target, expected) = ("DELETE", uploads[index].location, uploads[index].isOpen ? (204, nil) : Self.unknown)
                uploads[index].isOpen = false
            case 2, 3:
                method = "PUT"
                if chunk.isEmpty || refusal == nil { uploads[index].bytes += uploads[index].isOpen ? chunk : [] }
                let digest = ECRFixture.digest(uploads[index].bytes)
                let isRight = Bool.random(using: &random)
                target = uploads[index].location + "?digest=" + (isRight ? digest : ECRFixture.digest([1, 2, 3, 4, UInt8(step)]))
                if let refusal, !chunk.isEmpty { expected = refusal } else if !uploads[index].isOpen { expected = Self.unknown } else {
                    expected = isRight ? (201, nil) : (400, "BLOB_UPLOAD_INVALID")
                    if isRight {
                        stored[digest] = uploads[index].bytes
                        uploads[index].isOpen = false
                    }
                }
            default:
                (method, target, expected) = ("PATCH", uploads[index].location, refusal ?? (202, nil))
                if refusal == nil { uploads[index].bytes += chunk }
            }
            let answer = try await ecr.http(method, target, headers, body: method == "GET" || method == "DELETE" ? [] : chunk, authorization: token)
            #expect(answer.status == expected.0, "step \(step): \(method) \(range) \(chunk.count) bytes: \(answer.text)")
            #expect(answer.code == expected.1, "step \(step): \(method) \(range)")
            if uploads[index].isOpen, [202, 204, 416].contains(answer.status) {
                #expect(answer.headers["Range"] == uploads[index].range, "step \(step)")
            }
        }
        for (digest, bytes) in stored {
            let link = try #require(try await ecr.http("GET", "/v2/team/churn/blobs/\(digest)", authorization: token).headers["Location"])
            let isEqual = try await ecr.http("GET", link).body == bytes
            #expect(isEqual)
        }
    }

    static let unknown: (Int, String?) = (404, "BLOB_UPLOAD_UNKNOWN")

    static func text(_ range: ContentRange, at position: Int, _ count: Int) -> String? {
        let last = max(0, count - 1)
        return switch range {
        case .none: nil
        case .right: "\(position)-\(position + last)"
        case .early: "\(max(0, position - 1))-\(max(0, position - 1) + last)"
        case .late: "\(position + 5)-\(position + 5 + last)"
        case .wrongLength: "\(position)-\(position + last + 3)"
        case .malformed: "bytes=\(position)/x"
        }
    }

    /// What a chunk is refused with; nil when it is taken.
    static func refusal(_ range: ContentRange, _ chunk: [UInt8], of upload: ModelledUpload) -> (Int, String?)? {
        if range == .malformed { return (405, "UNSUPPORTED") }
        guard upload.isOpen else { return unknown }
        switch range {
        case .none: return nil
        case .right: return chunk.isEmpty ? (416, "BLOB_UPLOAD_INVALID") : nil
        case .early where upload.bytes.isEmpty: return chunk.isEmpty ? (416, "BLOB_UPLOAD_INVALID") : nil
        default: return (416, "BLOB_UPLOAD_INVALID")
        }
    }

    // MARK: Manifests

    /// What can be wrong with a manifest, and what is answered to it.
    enum Defect: CaseIterable {
        case none, notJSON, cut, noMediaType, otherMediaType, unknownMediaType, noConfig, badSize, shortDigest, missingLayer
        case missingConfig, foreignLayer, wrongReference, badTag, deep, repeatedKeys

        var answer: (status: Int, code: String?) {
            switch self {
            case .none, .foreignLayer: (201, nil)
            case .missingLayer, .missingConfig: (400, "MANIFEST_BLOB_UNKNOWN")
            case .wrongReference: (400, "MANIFEST_INVALID")
            default: (405, "UNSUPPORTED")
            }
        }
    }

    @Test(arguments: 0..<8) func manifestsAreTakenOrRefusedForWhatTheyAre(_ seed: UInt64) async throws {
        let ecr = try await ECRFixture()
        let token = "Basic " + (try await ecr.password())
        var random = SeededRandom(seed: seed)
        let config = try await ecr.upload("{}")
        var layers: [(digest: String, size: Int)] = []
        for number in 0..<4 {
            let text = String(repeating: "l", count: number * 10 + 1)
            layers.append((try await ecr.upload(text), text.utf8.count))
        }
        var taken: Set<String> = []
        for step in 0..<40 {
            let defect = Defect.allCases[Int.random(in: 0..<Defect.allCases.count, using: &random)]
            let chosen = layers.shuffled(using: &random).prefix(Int.random(in: 1...4, using: &random))
            let (body, type) = Self.manifest(defect, config, Array(chosen), step)
            let reference = switch defect {
            case .wrongReference: ECRFixture.digest([UInt8(step)])
            case .badTag: ".tag"
            default: Bool.random(using: &random) ? "t\(step)" : ECRFixture.digest(body)
            }
            let answer = try await ecr.http(
                "PUT", "/v2/team/churn/manifests/\(reference)", type.map { ["Content-Type": $0] } ?? [:], body: body, authorization: token)
            #expect(answer.status == defect.answer.status, "\(defect): \(answer.text)")
            #expect(answer.code == defect.answer.code, "\(defect)")
            if answer.status == 201 { taken.insert(ECRFixture.digest(body)) }
            // The API refuses the same, in its own words.
            if defect != .badTag, defect != .none, defect != .foreignLayer, let text = String(validating: body, as: UTF8.self) {
                var input = repositoryInput.with("imageManifest", .string(text)).with("imageTag", .string("api\(step)"))
                input["imageManifestMediaType"] = type.map { .string($0) }
                if defect == .wrongReference { input["imageDigest"] = .string(reference) }
                let code = try await ecr.fault("PutImage", input).code
                let expected = switch defect.answer.code {
                case "MANIFEST_BLOB_UNKNOWN": "LayersNotFoundException"
                case "MANIFEST_INVALID": "ImageDigestDoesNotMatchException"
                default: "InvalidParameterException"
                }
                #expect(code == expected, "\(defect)")
            }
        }
        let listed = try await ecr.call("DescribeImages", repositoryInput)["imageDetails"]?.list ?? []
        #expect(Set(listed.compactMap { $0["imageDigest"]?.string }) == taken)
    }

    static func manifest(
        _ defect: Defect, _ config: String, _ layers: [(digest: String, size: Int)], _ step: Int
    ) -> (body: [UInt8], type: String?) {
        let zero = "sha256:" + String(repeating: "0", count: 64)
        var descriptors: [AWSValue] = layers.map { layer in
            ["mediaType": "application/vnd.oci.image.layer.v1.tar", "digest": .string(layer.digest), "size": .integer(Int64(layer.size))]
        }
        let own = ManifestKind.ociManifest.rawValue
        var type: String? = own
        var manifest: AWSObject = ["schemaVersion": 2, "mediaType": .string(own)]
        switch defect {
        case .noMediaType: (manifest["mediaType"], type) = (nil, nil)
        case .otherMediaType: type = ManifestKind.dockerSchema2.rawValue
        case .unknownMediaType: (manifest["mediaType"], type) = ("application/x", "application/x")
        case .badSize: descriptors.append(["mediaType": "x", "digest": .string(zero), "size": -1])
        case .shortDigest: descriptors.append(["mediaType": "x", "digest": "sha256:12", "size": 1])
        case .missingLayer: descriptors.append(["mediaType": "x", "digest": .string(zero), "size": 1])
        case .foreignLayer: descriptors.append(["mediaType": "x", "digest": .string(zero), "size": 1, "urls": ["https://example.com/l"]])
        default: break
        }
        if defect != .noConfig {
            manifest["config"] = [
                "mediaType": "application/vnd.oci.image.config.v1+json", "size": 2,
                "digest": .string(defect == .missingConfig ? zero : config),
            ]
        }
        manifest["layers"] = .list(descriptors)
        manifest["annotations"] = ["step": .string("\(step)")]
        var body = JSON.write(.object(manifest))
        switch defect {
        case .notJSON: body = Array("not a manifest \(step)".utf8)
        case .cut: body = Array(body.prefix(body.count / 2))
        case .deep: body = Array(String(repeating: "[", count: 100_000).utf8)
        case .repeatedKeys: body = Array(#"{"schemaVersion":2,"#.utf8) + body.dropFirst().dropLast() + Array(#","layers":[]"#.utf8)
        default: break
        }
        return (body, type)
    }

    /// Random indexes: every child must be there, none may go before its parent.
    @Test(arguments: 0..<4) func indexesKeepTheirImages(_ seed: UInt64) async throws {
        let ecr = try await ECRFixture()
        var random = SeededRandom(seed: seed)
        var images: [String] = []
        for number in 0..<5 { images.append(try await ecr.push("layer \(number)", tag: nil)) }
        var parents: [String: Set<String>] = [:]
        for step in 0..<30 {
            let count = Int.random(in: 1...3, using: &random)
            var children = Array(images.shuffled(using: &random).prefix(count))
            if Int.random(in: 0..<4, using: &random) == 0 { children.append(ECRFixture.digest([UInt8(step)])) }
            let body = ecr.index(of: children)
            let answer = try await ecr.put(body, "i\(step)", type: ManifestKind.ociIndex.rawValue)
            let isComplete = children.allSatisfy(images.contains)
            #expect(answer.status == (isComplete ? 201 : 400))
            #expect(answer.code == (isComplete ? nil : "MANIFEST_BLOB_UNKNOWN"))
            if isComplete { for child in children { parents[child, default: []].insert(ECRFixture.digest(body)) } }
            let doomed = images[Int.random(in: 0..<images.count, using: &random)]
            let deleted = try await ecr.call("BatchDeleteImage", repositoryInput.with("imageIds", [["imageDigest": .string(doomed)]]))
            if let own = parents[doomed], !own.isEmpty {
                #expect(deleted["failures"]?.list?.first?["failureReason"]?.string
                    == "Requested image referenced by manifest list: [\(own.sorted().joined(separator: ", "))]")
            } else {
                #expect(deleted["imageIds"]?.list?.count == 1)
                images.removeAll { $0 == doomed }
                images.append(try await ecr.push("again \(step)", tag: nil))
            }
        }
    }
}
