import AWSModel
import AWSProtocols
import BlobStore
import Gateway
import HTTPServer
import Timeline

/// DeleteObject and DeleteObjects.
extension S3Service {
    private static let deletesMax = 1000

    func deleteObject(_ request: OperationRequest) async throws -> OperationResponse {
        try checkVersion(request.input)
        let key = try objectKey(of: request)
        let ifMatch = request.input["IfMatch"]?.string
        try await timeline.turn { [self] turn in
            let bucket = try findBucket(for: request, turn.transaction)
            if let ifMatch {
                let existing = try ObjectTable.find(key, in: bucket, turn.transaction)
                guard let existing else { throw S3Fault.noSuchKey(key) }
                guard ETag.list(ifMatch, contains: existing.etag)
                else { throw S3Fault.preconditionFailed(condition: "If-Match") }
            }
            try release(try ObjectTable.delete(key, bucket: bucket.id, in: turn.transaction), after: turn)
        }
        return OperationResponse()
    }

    func deleteObjects(_ request: OperationRequest) async throws -> OperationResponse {
        try checkBodyDigest(request)
        let list = request.input["Delete"]
        let isQuiet = list?["Quiet"]?.bool ?? false
        guard let items = list?["Objects"]?.list, (1...Self.deletesMax).contains(items.count)
        else { throw S3Fault.malformedXML }
        let deletions = try items.map { item in
            guard let key = item["Key"]?.string, !key.isEmpty else { throw S3Fault.malformedXML }
            return Deletion(key: key, version: item["VersionId"]?.string, etag: item["ETag"]?.string)
        }
        let outcomes = try await timeline.turn { [self] turn in
            let bucket = try findBucket(for: request, turn.transaction)
            var orphans: Set<BlobDigest> = []
            let outcomes = try deletions.map { deletion -> AWSFault? in
                if let fault = try refusal(of: deletion, in: bucket, turn) { return fault }
                orphans.formUnion(
                    try ObjectTable.delete(ObjectKey(deletion.key), bucket: bucket.id, in: turn.transaction))
                return nil
            }
            try release(orphans, after: turn)
            return outcomes
        }
        var (deleted, errors): ([AWSValue], [AWSValue]) = ([], [])
        for (deletion, fault) in zip(deletions, outcomes) {
            var entry: AWSObject = ["Key": .string(deletion.key)]
            entry["VersionId"] = deletion.version.map { .string($0) }
            if let fault {
                entry["Code"] = .string(fault.code)
                entry["Message"] = .string(fault.message ?? "")
                errors.append(.object(entry))
            } else if !isQuiet {
                deleted.append(.object(entry))
            }
        }
        return OperationResponse(["Deleted": .list(deleted), "Errors": .list(errors)])
    }

    private struct Deletion: Sendable {
        var key: String
        var version: String?
        var etag: String?
    }

    private func refusal(of deletion: Deletion, in bucket: BucketRecord, _ turn: Turn) throws -> AWSFault? {
        if let version = deletion.version, version != "null" {
            return AWSFault("NoSuchVersion", "The specified version does not exist.", status: 404)
        }
        guard let etag = deletion.etag,
              let existing = try ObjectTable.find(ObjectKey(deletion.key), in: bucket, turn.transaction),
              !ETag.list(etag, contains: existing.etag) else { return nil }
        return S3Fault.preconditionFailed(condition: "If-Match")
    }

    /// A body that destroys data has to prove that it arrived whole.
    // AWS: recorded — spec/support-services.md §F5.
    private func checkBodyDigest(_ request: OperationRequest) throws {
        let headers = request.context.headers
        let isTrailing = headers["x-amz-trailer"]?.lowercased().contains("x-amz-checksum-") ?? false
        let hasChecksum = isTrailing || ChecksumAlgorithm.allCases.contains { headers[$0.header] != nil }
        if let header = headers["Content-MD5"] {
            guard let bytes = Base64.decode(header), bytes.count == 16 else { throw S3Fault.invalidMD5(header) }
        } else if !hasChecksum {
            throw S3Fault.invalidRequest("Missing required header for this request: Content-MD5 OR x-amz-checksum-*")
        }
    }
}
