import AWSModel
import BlobStore
import Gateway
import SimTime
import Store
import Timeline

/// CreateMultipartUpload, UploadPart, UploadPartCopy, AbortMultipartUpload.
extension S3Service {
    static let partNumbers = 1...10_000

    func createMultipartUpload(_ request: OperationRequest) async throws -> OperationResponse {
        let input = request.input
        let key = try objectKey(of: request)
        try checkACL(input)
        let headers = try ObjectHeaders(request)
        let tags = try Tag.list(header: input["Tagging"]?.string)
        let (algorithm, kind) = try Self.uploadChecksum(input)
        let id = Self.newUploadID()
        let bucket = try await timeline.turn { [self] turn in
            let bucket = try findBucket(for: request, turn.transaction)
            try UploadTable.insert(
                UploadRecord(
                    id: id, bucket: bucket.id, key: key, initiated: turn.now,
                    initiator: request.context.caller.principalARN, algorithm: algorithm ?? .crc64NVME, kind: kind,
                    isChecksumAsked: algorithm != nil, headers: headers, tags: tags),
                in: turn.transaction)
            return bucket
        }
        var output: AWSObject = [
            "Bucket": .string(bucket.name.name), "Key": .string(key.description), "UploadId": .string(id),
        ]
        if let algorithm {
            output["ChecksumAlgorithm"] = .string(algorithm.rawValue)
            output["ChecksumType"] = .string(kind.rawValue)
        }
        headers.addEncryption(to: &output)
        return OperationResponse(output)
    }

    /// The algorithm asked for, and how the object's checksum will be made.
    // AWS: documented — S3 user guide, checksum types of multipart uploads.
    private static func uploadChecksum(_ input: AWSObject) throws -> (ChecksumAlgorithm?, ChecksumKind) {
        let kindText = input["ChecksumType"]?.string
        let kind = try kindText.map { text in
            guard let kind = ChecksumKind(rawValue: text) else {
                throw S3Fault.invalidRequest("Value for x-amz-checksum-type header is invalid.")
            }
            return kind
        }
        guard let text = input["ChecksumAlgorithm"]?.string else {
            guard kind == nil else {
                throw S3Fault.invalidRequest(
                    "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.")
            }
            return (nil, .fullObject)
        }
        guard let algorithm = ChecksumAlgorithm(rawValue: text.uppercased()) else { throw S3Fault.unsupportedChecksum }
        let chosen = kind ?? algorithm.defaultKind
        guard algorithm.supports(chosen) else {
            throw S3Fault.invalidRequest(
                "The \(chosen.rawValue) checksum type cannot be used with the \(algorithm.rawValue.lowercased()) checksum algorithm.")
        }
        return (algorithm, chosen)
    }

    /// Opaque, and as long as S3's.
    private static func newUploadID() -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._")
        return String((0..<128).map { _ in alphabet[Int.random(in: 0..<alphabet.count)] })
    }

    /// The upload a request names. Throws NoSuchUpload.
    func findUpload(for request: OperationRequest, in bucket: BucketRecord, _ reader: StoreReader) throws -> UploadRecord {
        let id = request.input["UploadId"]?.string ?? ""
        guard let upload = try UploadTable.find(id, key: try objectKey(of: request), in: bucket, reader)
        else { throw S3Fault.noSuchUpload(id) }
        return upload
    }

    // MARK: Parts

    func uploadPart(_ request: OperationRequest) async throws -> OperationResponse {
        let number = try partNumber(request)
        let upload = try store.read { try findUpload(for: request, in: try findBucket(for: request, $0), $0) }
        if upload.isChecksumAsked, let used = try UploadExpectations(request).algorithm, used != upload.algorithm {
            throw S3Fault.invalidRequest(
                "Checksum Type mismatch occurred, expected checksum Type: \(upload.algorithm.rawValue.lowercased()), actual checksum Type: \(used.rawValue.lowercased())")
        }
        let content = try await stage(request, keeping: upload.algorithm)
        _ = try await put(content, as: number, request)
        var output: AWSObject = [
            "ETag": .string(ETag.quoted(content.etag)), content.checksum.algorithm.member: .string(content.checksum.text),
        ]
        upload.headers.addEncryption(to: &output)
        return OperationResponse(output)
    }

    func uploadPartCopy(_ request: OperationRequest) async throws -> OperationResponse {
        let number = try partNumber(request)
        let (upload, source) = try store.read { reader in
            (try findUpload(for: request, in: try findBucket(for: request, reader), reader), try copySource(request, reader))
        }
        let range = try Self.copyRange(request.input["CopySourceRange"]?.string, size: source.object.size)
        let stream = try ObjectStream(blobs, segments: source.segments, range: range)
        var writer = try StagingWriter(blobs, computing: [upload.algorithm])
        while let bytes = try await stream.next() {
            try writer.append(bytes[...])
            // A large source must not hold an event loop.
            await Task.yield()
        }
        let content = try await writer.commit(writer.received(), keeping: upload.algorithm)
        let part = try await put(content, as: number, request)
        let result: AWSObject = [
            "ETag": .string(ETag.quoted(part.etag)), "LastModified": .timestamp(part.modified.floored(to: .seconds(1))),
            content.checksum.algorithm.member: .string(content.checksum.text),
        ]
        var output: AWSObject = ["CopyPartResult": .object(result)]
        upload.headers.addEncryption(to: &output)
        return OperationResponse(output)
    }

    private func partNumber(_ request: OperationRequest) throws -> Int {
        let number = request.input["PartNumber"]?.int ?? 0
        guard Self.partNumbers.contains(number) else { throw S3Fault.invalidPartNumber(number) }
        return number
    }

    private func put(_ content: StagedContent, as number: Int, _ request: OperationRequest) async throws -> PartRecord {
        let part = try await timeline.turn { [self] turn in
            let bucket = try findBucket(for: request, turn.transaction)
            let upload = try findUpload(for: request, in: bucket, turn.transaction)
            let part = PartRecord(
                number: number, size: content.byteCount, etag: content.etag, modified: turn.now,
                blob: content.lease.digest, checksum: content.checksum.text)
            try release(try UploadTable.put(part, of: upload, in: turn.transaction), after: turn)
            return part
        }
        content.lease.end()
        return part
    }

    /// The bytes of a copied part: both ends have to be given and to exist.
    // AWS: documented — UploadPartCopy.
    static func copyRange(_ header: String?, size: Int) throws -> Range<Int> {
        guard let header else { return 0..<size }
        guard case .from(let first, let last?)? = ByteRange(header) else {
            throw S3Fault.invalidArgument(
                "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets of the first and last bytes to copy",
                name: "x-amz-copy-source-range", value: header)
        }
        guard last < size else {
            throw S3Fault.invalidArgument(
                "Range specified is not valid for source object of size: \(size)", name: "x-amz-copy-source-range", value: header)
        }
        return first..<last + 1
    }

    func abortMultipartUpload(_ request: OperationRequest) async throws -> OperationResponse {
        try await timeline.turn { [self] turn in
            let bucket = try findBucket(for: request, turn.transaction)
            let upload = try findUpload(for: request, in: bucket, turn.transaction)
            try release(try UploadTable.delete(upload, in: turn.transaction), after: turn)
        }
        return OperationResponse()
    }
}
