import AWSModel
import BlobStore
import Gateway
import HTTPServer
import Logging
import S3Service
import SimTime
import Store
import Testing
import Timeline
import Vocabulary

/// S3 on a store of its own, called as the gateway would call it. Time stands still unless advanced.
final class S3Fixture: Sendable {
    static let start = SimInstant(millisecondsSinceEpoch: 1_767_225_600_250)

    let store: Store
    let timeline: Timeline
    let blobs: BlobStore
    let service: S3Service
    private let operations: [String: Operation]

    init(bucket: String? = "pots") async throws {
        store = try Store(location: .ephemeral, migrations: Timeline.migrations + S3Service.migrations)
        timeline = try Timeline(
            store: store, clock: .init(mode: .manual), realNow: { S3Fixture.start }, logger: Logger(label: "test"))
        timeline.start()
        blobs = try BlobStore(folder: store.folder + "/blobs")
        service = S3Service(store: store, timeline: timeline, blobs: blobs)
        operations = Dictionary(
            uniqueKeysWithValues: (service.operations[S3Service.modelID] ?? []).map { ($0.name, $0) })
        if let bucket { _ = try await call("CreateBucket", ["Bucket": .string(bucket)]) }
    }

    deinit { store.close() }

    /// Calls an operation. `pieces` is the body as it arrives from the network; `input` lacks what headers say.
    func call(
        _ name: String, _ input: AWSObject, pieces: [[UInt8]]? = nil, body: [UInt8] = [], headers: HTTPHeaders = [:],
        account: String = "123456789012", region: String = "us-east-1", target: String = "/"
    ) async throws -> OperationResponse {
        let operation = try #require(operations[name])
        let payload: RequestBody
        if let pieces {
            let source = Pieces(pieces)
            payload = RequestBody(contentLength: nil) { await source.next() }
        } else {
            payload = RequestBody(bytes: body)
        }
        let reading = timeline.reading
        let context = RequestContext(
            requestID: "r", caller: .root(of: try #require(AccountID(account)), accessKeyID: nil),
            region: try #require(RegionName(region)), now: reading.now, clockShift: reading.shift,
            service: S3Service.modelID, operation: name, method: "GET", target: target, headers: headers)
        return try await operation.behavior(OperationRequest(input: input, payload: payload, context: context))
    }

    /// The fault an operation answers.
    func fault(
        _ name: String, _ input: AWSObject, pieces: [[UInt8]]? = nil, body: [UInt8] = [], headers: HTTPHeaders = [:],
        account: String = "123456789012", region: String = "us-east-1", target: String = "/"
    ) async throws -> AWSFault {
        do {
            _ = try await call(
                name, input, pieces: pieces, body: body, headers: headers, account: account, region: region, target: target)
        } catch let fault as AWSFault {
            return fault
        }
        throw Unexpected.success(name)
    }

    enum Unexpected: Error { case success(String) }

    @discardableResult
    func put(_ key: String, _ body: [UInt8], _ more: AWSObject = [:], headers: HTTPHeaders = [:]) async throws -> AWSObject {
        var input: AWSObject = ["Bucket": "pots", "Key": .string(key)]
        for entry in more.entries { input[entry.key] = entry.value }
        return try await call("PutObject", input, body: body, headers: headers).output
    }

    func get(_ key: String, _ more: AWSObject = [:]) async throws -> (response: OperationResponse, body: [UInt8]) {
        var input: AWSObject = ["Bucket": "pots", "Key": .string(key)]
        for entry in more.entries { input[entry.key] = entry.value }
        var response = try await call("GetObject", input)
        let bytes = try await bytes(of: response.payload)
        // A response that is kept would keep its blobs from deletion.
        response.payload = .empty
        return (response, bytes)
    }

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

/// A body that arrives in pieces.
private actor Pieces {
    private var rest: ArraySlice<[UInt8]>
    init(_ pieces: [[UInt8]]) { rest = pieces.filter { !$0.isEmpty }[...] }
    func next() -> [UInt8]? { rest.popFirst() }
}

func bytes(of body: ResponseBody) async throws -> [UInt8] {
    switch body {
    case .empty, .headOnly: return []
    case .bytes(let bytes): return bytes
    case .file(let run): return try #require(run.bytes())
    case .stream(let length, let next):
        var collected: [UInt8] = []
        while let chunk = try await next() { collected += chunk }
        #expect(length == nil || length == collected.count)
        return collected
    }
}

extension String {
    var bytes: [UInt8] { Array(utf8) }
}
