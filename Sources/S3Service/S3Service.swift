package import AWSModel
package import BlobStore
package import Gateway
import SimTime
package import Store
package import Timeline
import Vocabulary

/// S3: buckets and objects. Metadata is in SQL tables, bytes are in the blob store; a write is visible once both
/// are committed, and bytes that no object refers to any more are deleted right after the commit.
package final class S3Service: Service {
    package static let modelID = ServiceID("s3")

    let store: Store
    let timeline: Timeline
    let blobs: BlobStore

    /// - Parameter blobs: a store of this service's own; its blobs are deleted when no S3 object refers to them.
    package init(store: Store, timeline: Timeline, blobs: BlobStore) {
        self.store = store
        self.timeline = timeline
        self.blobs = blobs
    }

    package var operations: [ServiceID: [Operation]] {
        let objects = objectOperations + multipartOperations
        return [S3Service.modelID: bucketOperations + objects + taggingOperations + subresourceOperations
            + policyOperations]
    }

    /// Deletes stored bytes that no object refers to: what a crash between two steps left behind, and what was being
    /// read when it was deleted. Answers how many blobs went. Run it at start, away from event loops.
    package func sweepUnreferencedBlobs(graceSeconds: Int = 3600) throws -> Int {
        try blobs.sweep(graceSeconds: graceSeconds) { digest in
            try store.read { try ObjectTable.isReferenced(digest, $0) }
        }
    }

    /// An operation of this service: refuses expired presigned URLs before anything else.
    func operation(
        _ name: String, coverage: Operation.Coverage = .full, refusing members: [String] = [],
        _ behavior: @escaping @Sendable (OperationRequest) async throws -> OperationResponse
    ) -> Operation {
        Operation(name, coverage: coverage, refusedMembers: members) { request in
            try PresignedURL.check(request.context)
            return try await behavior(request)
        }
    }

    // MARK: Access

    /// The bucket a request names, if its caller may use it. Throws NoSuchBucket, AccessDenied and their kin.
    func findBucket(for request: OperationRequest, _ reader: StoreReader) throws -> BucketRecord {
        try findBucket(
            named: request.input["Bucket"]?.string ?? "", caller: request.context.caller,
            expectedOwner: request.input["ExpectedBucketOwner"]?.string, isAuthorized: request.context.isAuthorized, reader)
    }

    /// Only the owner's account may use a bucket, unless policies were asked and allow it.
    func findBucket(
        named text: String, caller: Caller, expectedOwner: String?, isAuthorized: Bool, _ reader: StoreReader
    ) throws -> BucketRecord {
        guard let name = BucketName(text) else { throw S3Fault.invalidBucketName(text) }
        if let expectedOwner, AccountID(expectedOwner) == nil { throw S3Fault.invalidOwner(expectedOwner) }
        guard let bucket = try BucketTable.find(name, in: reader) else { throw S3Fault.noSuchBucket(text) }
        guard isAuthorized || bucket.account == caller.account, expectedOwner == nil || expectedOwner == bucket.account.digits
        else { throw S3Fault.accessDenied }
        return bucket
    }

    /// The key a request names. Throws KeyTooLongError.
    func objectKey(of request: OperationRequest) throws -> ObjectKey {
        let key = ObjectKey(request.input["Key"]?.string ?? "")
        guard key.bytes.count <= ObjectKey.bytesMax else { throw S3Fault.keyTooLong(byteCount: key.bytes.count) }
        return key
    }

    /// Buckets are not versioned: the only version is `null`.
    func checkVersion(_ input: AWSObject) throws {
        guard let version = input["VersionId"]?.string, version != "null" else { return }
        throw S3Fault.invalidArgument("Invalid version id specified", name: "versionId", value: version)
    }

    /// Buckets have ACLs disabled (BucketOwnerEnforced, the default of new buckets): only those that say what holds
    /// anyway pass.
    // AWS: documented — S3 user guide, disabled ACLs.
    func checkACL(_ input: AWSObject) throws {
        let allowed = ["private", "bucket-owner-full-control"]
        let grants = ["GrantFullControl", "GrantRead", "GrantReadACP", "GrantWrite", "GrantWriteACP"]
        guard input["ACL"]?.string.map(allowed.contains) ?? true, grants.allSatisfy({ input[$0] == nil })
        else { throw AWSFault("AccessControlListNotSupported", "The bucket does not allow ACLs", status: 400) }
    }

    // MARK: Blobs

    /// Deletes those of `digests` that lost their last reference in this turn, once the turn is committed.
    func release(_ digests: Set<BlobDigest>, after turn: Turn) throws {
        let orphans = try digests.filter { try !ObjectTable.isReferenced($0, turn.transaction) }
        guard !orphans.isEmpty else { return }
        turn.afterCommit { [blobs] in
            // The commit stands whatever happens here; the next sweep takes what stays behind.
            try? blobs.release(orphans)
        }
    }
}

/// Members of objects' operations that this emulator does not do.
enum RefusedMembers {
    static let customerKeys = ["SSECustomerAlgorithm", "SSECustomerKey", "SSECustomerKeyMD5"]
    static let copySourceKeys = ["CopySourceSSECustomerAlgorithm", "CopySourceSSECustomerKey", "CopySourceSSECustomerKeyMD5"]
    static let objectLock = [
        "ObjectLockMode", "ObjectLockRetainUntilDate", "ObjectLockLegalHoldStatus", "ObjectLockEventHold",
        "ObjectLockEventHoldDurationDays", "ObjectLockEventHoldDurationYears",
    ]
    static let checksums = ["ChecksumSHA512", "ChecksumMD5", "ChecksumXXHASH64", "ChecksumXXHASH3", "ChecksumXXHASH128"]
}
