import AWSModel
import AWSProtocols
import BlobStore
import ECRService
import Gateway
import HTTPServer
import Logging
import RegistryRules
import SimTime
import Store
import Testing
import Timeline
import Vocabulary

/// ECR on a store of its own: operations called as the gateway would call them, the registry as a client would.
/// Time stands still unless advanced.
final class ECRFixture: Sendable {
    static let start = SimInstant(millisecondsSinceEpoch: 1_767_225_600_000)
    static let account = "123456789012"

    let store: Store
    let timeline: Timeline
    let blobs: BlobStore
    let service: ECRService
    private let operations: [String: Operation]

    /// - Parameter folder: where the state is kept; nil keeps it in one that goes with the fixture.
    init(
        repository: String? = "team/churn", settings: ECRSettings = ECRSettings(), folder: String? = nil
    ) async throws {
        store = try Store(
            location: folder.map { .folder($0) } ?? .ephemeral, migrations: Timeline.migrations + ECRService.migrations)
        timeline = try Timeline(
            store: store, clock: .init(mode: .manual), realNow: { ECRFixture.start }, logger: Logger(label: "test"))
        blobs = try BlobStore(folder: store.folder + "/ecr-blobs", keepsUploads: true)
        service = try ECRService(store: store, timeline: timeline, blobs: blobs, settings: settings)
        timeline.start()
        operations = Dictionary(
            uniqueKeysWithValues: (service.operations[ECRService.modelID] ?? []).map { ($0.name, $0) })
        if let repository { _ = try await call("CreateRepository", ["repositoryName": .string(repository)]) }
    }

    deinit { end() }

    /// Ends the service as a server that stops does.
    func end() {
        service.suspend()
        store.close()
    }

    // MARK: Control plane

    @discardableResult
    func call(
        _ name: String, _ input: AWSObject, account: String = ECRFixture.account, region: String = "us-east-1"
    ) async throws -> AWSObject {
        let operation = try #require(operations[name])
        let reading = timeline.reading
        let context = RequestContext(
            requestID: "r", caller: .root(of: try #require(AccountID(account)), accessKeyID: nil),
            region: try #require(RegionName(region)), now: reading.now, clockShift: reading.shift,
            service: ECRService.modelID, operation: name, method: "POST", target: "/", headers: ["Host": "localhost:4566"])
        return try await operation.behavior(
            OperationRequest(input: input, payload: RequestBody(bytes: []), context: context)).output
    }

    /// The fault an operation answers.
    func fault(
        _ name: String, _ input: AWSObject, account: String = ECRFixture.account, region: String = "us-east-1"
    ) async throws -> AWSFault {
        do { try await call(name, input, account: account, region: region) } catch let fault as AWSFault { return fault }
        throw Unexpected.success(name)
    }

    enum Unexpected: Error { case success(String) }

    /// What an image reference means to a caller of that account.
    func resolve(_ image: String, account: String = ECRFixture.account) throws -> ImageResolution {
        let realm = Realm(account: try #require(AccountID(account)), region: .fallback)
        return try store.read { try service.resolve(image, in: realm, $0) }
    }

    // MARK: Registry

    struct Answer: Sendable {
        var status: Int
        var headers: HTTPHeaders
        var body: [UInt8]

        var text: String { String(decoding: body, as: UTF8.self) }
        /// The code of the first error.
        var code: String? { (try? JSON.parse(body))?["errors"]?.list?.first?["code"]?.string }
        var message: String? { (try? JSON.parse(body))?["errors"]?.list?.first?["message"]?.string }
    }

    func password(account: String = ECRFixture.account, region: String = "us-east-1") async throws -> String {
        let output = try await call("GetAuthorizationToken", [:], account: account, region: region)
        return try #require(output["authorizationData"]?.list?.first?["authorizationToken"]?.string)
    }

    /// Sends a request; logged in unless `authorization` says otherwise (empty: not at all).
    func http(
        _ method: String, _ target: String, _ headers: HTTPHeaders = [:], body: [UInt8] = [], authorization: String? = nil,
        host: String = "localhost:4566"
    ) async throws -> Answer {
        var all: HTTPHeaders = ["Host": host]
        headers.forEach { all.add($0, $1) }
        let credential = if let authorization { authorization } else { "Basic \(try await password())" }
        if !credential.isEmpty { all.add("Authorization", credential) }
        let route = try #require(service.routes.first)
        let response = await route.respond(
            HTTPRequest(method: method, target: target, headers: all, body: RequestBody(bytes: body)))
        var bytes: [UInt8] = []
        switch response.body {
        case .bytes(let whole): bytes = whole
        case .file(let run): bytes = try #require(run.bytes())
        case .stream(_, let next): while let chunk = try await next() { bytes += chunk }
        case .empty, .headOnly: break
        }
        return Answer(status: response.status, headers: response.headers, body: bytes)
    }

    /// Uploads a blob in one request and answers its digest.
    @discardableResult
    func upload(_ text: String, to repository: String = "team/churn") async throws -> String {
        let bytes = Array(text.utf8)
        let digest = Self.digest(bytes)
        let answer = try await http("POST", "/v2/\(repository)/blobs/uploads/?digest=\(digest)", body: bytes)
        try #require(answer.status == 201, "\(answer.text)")
        return digest
    }

    /// Uploads a one-layer image and puts its manifest. Answers the manifest's digest.
    @discardableResult
    func push(_ layer: String, tag: String?, to repository: String = "team/churn") async throws -> String {
        let manifest = try await imageManifest(layer, in: repository)
        let reference = tag ?? Self.digest(manifest)
        let answer = try await put(manifest, reference, to: repository)
        try #require(answer.status == 201, "\(answer.text)")
        return Self.digest(manifest)
    }

    /// Uploads the blobs of a one-layer image and answers its manifest's bytes.
    func imageManifest(_ layer: String, in repository: String = "team/churn", subject: String? = nil) async throws -> [UInt8] {
        let config = try await upload("{}", to: repository)
        let digest = try await upload(layer, to: repository)
        let extra = subject.map {
            #","artifactType":"application/x-note","subject":{"mediaType":"\#(ManifestKind.ociManifest.rawValue)","digest":"\#($0)","size":1},"annotations":{"k":"v"}"#
        } ?? ""
        let text = #"{"schemaVersion":2,"mediaType":"\#(ManifestKind.ociManifest.rawValue)","config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"\#(config)","size":2},"layers":[{"mediaType":"application/vnd.oci.image.layer.v1.tar","digest":"\#(digest)","size":\#(layer.utf8.count)}]\#(extra)}"#
        return Array(text.utf8)
    }

    func index(of digests: [String]) -> [UInt8] {
        let entries = digests.map { #"{"mediaType":"\#(ManifestKind.ociManifest.rawValue)","digest":"\#($0)","size":1}"# }
        return Array(#"{"schemaVersion":2,"mediaType":"\#(ManifestKind.ociIndex.rawValue)","manifests":[\#(entries.joined(separator: ","))]}"#.utf8)
    }

    func put(
        _ manifest: [UInt8], _ reference: String, to repository: String = "team/churn",
        type: String = ManifestKind.ociManifest.rawValue
    ) async throws -> Answer {
        try await http("PUT", "/v2/\(repository)/manifests/\(reference)", ["Content-Type": type], body: manifest)
    }

    static func digest(_ bytes: [UInt8]) -> String { ECRService.digest(of: bytes) }

    /// How many blobs are on the disk.
    func blobCount() throws -> Int {
        var count = 0
        _ = try blobs.sweep(graceSeconds: 0) { _ in
            count += 1
            return true
        }
        return count
    }
}

extension AWSObject {
    /// Digests and tags of `imageIds`, as `digest:tag` pairs without the algorithm.
    var imageTags: [String] { (self["imageIds"]?.list ?? []).map { $0["imageTag"]?.string ?? "-" } }
    var failureCodes: [String] { (self["failures"]?.list ?? []).compactMap { $0["failureCode"]?.string } }
}

let repositoryInput: AWSObject = ["repositoryName": "team/churn"]

extension AWSObject {
    func with(_ key: String, _ value: AWSValue) -> AWSObject {
        var copy = self
        copy[key] = value
        return copy
    }
}
