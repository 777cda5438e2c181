import AWSModel
import BlobStore
import Gateway
import SimTime
import Store
import Timeline

extension S3Service {
    func putObject(_ request: OperationRequest) async throws -> OperationResponse {
        let key = try objectKey(of: request)
        try checkACL(request.input)
        let headers = try ObjectHeaders(request)
        let tags = try Tag.list(header: request.input["Tagging"]?.string)
        let conditions = try WriteConditions(request.input)
        // Refuse early what would be refused after the upload.
        try store.read { reader in
            let bucket = try findBucket(for: request, reader)
            try conditions.check(existing: try ObjectTable.find(key, in: bucket, reader)?.etag, key: key)
        }
        let content = try await stage(request)
        try await timeline.turn { [self] turn in
            let bucket = try findBucket(for: request, turn.transaction)
            try put(key, content, headers: headers, tags: tags, into: bucket, if: conditions, turn)
        }
        content.lease.end()
        var output: AWSObject = ["ETag": .string(ETag.quoted(content.etag))]
        content.checksum.add(to: &output)
        headers.addEncryption(to: &output)
        return OperationResponse(output)
    }

    /// Writes an object of one piece in a turn.
    func put(
        _ key: ObjectKey, _ content: StagedContent, headers: ObjectHeaders, tags: [Tag], into bucket: BucketRecord,
        if conditions: WriteConditions, _ turn: Turn
    ) throws {
        try put(
            ObjectRecord(
                bucket: bucket.id, key: key, size: content.byteCount, etag: content.etag, modified: turn.now,
                checksum: content.checksum, headers: headers, tags: tags),
            segments: [Segment(
                number: 1, size: content.byteCount, blob: content.lease.digest, checksum: content.checksum.text)],
            into: bucket, if: conditions, turn)
    }

    /// Writes an object in a turn and lets go of the bytes of the one it replaces.
    func put(
        _ object: ObjectRecord, segments: [Segment], into bucket: BucketRecord, if conditions: WriteConditions, _ turn: Turn
    ) throws {
        if conditions != .none {
            let existing = try ObjectTable.find(object.key, in: bucket, turn.transaction)
            try conditions.check(existing: existing?.etag, key: object.key)
        }
        try release(try ObjectTable.put(object, segments: segments, in: turn.transaction), after: turn)
    }
}

extension Checksum {
    /// Adds the member of its algorithm and `ChecksumType`.
    func add(to output: inout AWSObject) {
        output[algorithm.member] = .string(text)
        output["ChecksumType"] = .string(kind.rawValue)
    }
}
