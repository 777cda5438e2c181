import AWSModel
import BlobStore
import Gateway
import SimTime
import Store
import Timeline

extension S3Service {
    /// What a copy starts from. The stream keeps the source's bytes from deletion.
    struct SourceObject: Sendable {
        var bucket: BucketRecord
        var object: ObjectRecord
        var segments: [Segment]
    }

    /// The source of CopyObject and UploadPartCopy, if the caller may read it and its conditions hold.
    func copySource(_ request: OperationRequest, _ reader: StoreReader) throws -> SourceObject {
        let header = request.input["CopySource"]?.string ?? ""
        let source = try CopySource(header)
        let bucket = try findBucket(
            named: source.bucket, caller: request.context.caller,
            expectedOwner: request.input["ExpectedSourceBucketOwner"]?.string, isAuthorized: request.context.isAuthorized, reader)
        guard let object = try ObjectTable.find(source.key, in: bucket, reader) else { throw S3Fault.noSuchKey(source.key) }
        try Preconditions(request.input, prefix: "CopySource").check(source: object)
        return SourceObject(bucket: bucket, object: object, segments: try ObjectTable.segments(of: object, reader))
    }

    func copyObject(_ request: OperationRequest) async throws -> OperationResponse {
        let key = try objectKey(of: request)
        try checkACL(request.input)
        let conditions = try WriteConditions(request.input)
        let plan = try CopyPlan(request)
        let source = try store.read { reader in
            let target = try findBucket(for: request, reader)
            let source = try copySource(request, reader)
            if target.id == source.bucket.id, key == source.object.key, !plan.changesAnything {
                throw S3Fault.invalidRequest(
                    "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.")
            }
            return source
        }
        guard source.object.size <= UploadExpectations.bytesMax else {
            throw S3Fault.invalidRequest(
                "The specified copy source is larger than the maximum allowable size for a copy source: \(UploadExpectations.bytesMax)")
        }
        let stream = try ObjectStream(blobs, segments: source.segments, range: 0..<source.object.size)
        let (etag, checksum) = try await digests(of: source, stream, plan.algorithm)
        let written = try await timeline.turn { [self] turn in
            let bucket = try findBucket(for: request, turn.transaction)
            let object = ObjectRecord(
                bucket: bucket.id, key: key, size: source.object.size, etag: etag, modified: turn.now, checksum: checksum,
                headers: try plan.headers(from: source.object), tags: plan.tags ?? source.object.tags)
            try put(object, segments: source.segments, into: bucket, if: conditions, turn)
            return object
        }
        // The stream's leases hold the source's bytes until the copy refers to them.
        withExtendedLifetime(stream) {}
        var result: AWSObject = [
            "ETag": .string(ETag.quoted(etag)), "LastModified": .timestamp(written.modified.floored(to: .seconds(1))),
        ]
        checksum.add(to: &result)
        var output: AWSObject = ["CopyObjectResult": .object(result)]
        written.headers.addEncryption(to: &output)
        return OperationResponse(output)
    }

    /// A copy is an object of one piece: what the source cannot tell of its bytes as a whole is computed anew.
    private func digests(
        of source: SourceObject, _ stream: ObjectStream, _ algorithm: ChecksumAlgorithm?
    ) async throws -> (etag: String, Checksum) {
        let object = source.object
        let wanted = algorithm ?? object.checksum.algorithm
        if object.partCount == 0, object.checksum.algorithm == wanted, object.checksum.kind == .fullObject {
            return (object.etag, object.checksum)
        }
        var hasher = BodyHasher(wanted)
        while let bytes = try await stream.next() {
            hasher.update(bytes)
            // A large source must not hold an event loop.
            await Task.yield()
        }
        return (hasher.etag, hasher.checksum)
    }
}

/// What a copy takes from its request rather than from its source.
struct CopyPlan {
    private let replacement: ObjectHeaders?
    private let input: AWSObject
    /// Nil keeps the source's tags.
    let tags: [Tag]?
    /// Nil keeps the source's algorithm.
    let algorithm: ChecksumAlgorithm?

    /// Throws InvalidArgument for directives S3 does not know.
    init(_ request: OperationRequest) throws {
        input = request.input
        let isReplaced = try Self.replaces(input, "MetadataDirective", "Unknown metadata directive.")
        replacement = isReplaced ? try ObjectHeaders(request) : nil
        let header = input["Tagging"]?.string
        tags = try Self.replaces(input, "TaggingDirective", "Unknown tagging directive.") ? Tag.list(header: header) : nil
        algorithm = try input["ChecksumAlgorithm"]?.string.map { text in
            guard let algorithm = ChecksumAlgorithm(rawValue: text.uppercased())
            else { throw S3Fault.unsupportedChecksum }
            return algorithm
        }
    }

    /// Whether a copy onto itself would change the object.
    var changesAnything: Bool {
        replacement != nil || algorithm != nil || tags != nil || input["StorageClass"] != nil
            || input["ServerSideEncryption"] != nil || input["WebsiteRedirectLocation"] != nil
    }

    func headers(from source: ObjectRecord) throws -> ObjectHeaders {
        if let replacement { return replacement }
        var headers = source.headers
        try headers.readStorage(input)
        // AWS: documented — the redirect is never copied.
        headers.redirect = input["WebsiteRedirectLocation"]?.string
        return headers
    }

    private static func replaces(_ input: AWSObject, _ member: String, _ complaint: String) throws -> Bool {
        switch input[member]?.string {
        case nil, "COPY": return false
        case "REPLACE": return true
        case let other?:
            let header = member == "MetadataDirective" ? "x-amz-metadata-directive" : "x-amz-tagging-directive"
            throw S3Fault.invalidArgument(complaint, name: header, value: other)
        }
    }
}
