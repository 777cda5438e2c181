import AWSModel
import Crypto
import Gateway
import SimTime
import Store
import Timeline
import Vocabulary

/// ListBuckets, CreateBucket, HeadBucket, GetBucketLocation, DeleteBucket.
extension S3Service {
    var bucketOperations: [Operation] {
        [
            operation("ListBuckets", listBuckets),
            operation(
                "CreateBucket", refusing: ["ObjectLockEnabledForBucket", "BucketNamespace"], createBucket),
            operation("HeadBucket", headBucket),
            operation("GetBucketLocation", getBucketLocation),
            operation("DeleteBucket", deleteBucket),
        ]
    }

    /// The canonical user of an account: 64 hexadecimal digits, as S3 shows owners.
    static func owner(_ account: AccountID) -> AWSValue {
        ["ID": .string(ETag.hex(SHA256.hash(data: Array("canonical-user-\(account)".utf8))))]
    }

    private static let bucketsMax = 10_000

    private func listBuckets(_ request: OperationRequest) async throws -> OperationResponse {
        let input = request.input
        let account = request.context.caller.account
        let prefix = input["Prefix"]?.string ?? ""
        let limit = input["MaxBuckets"]?.int
        if let limit, !(1...Self.bucketsMax).contains(limit) {
            throw S3Fault.invalidArgument(
                "Argument max-buckets must be an integer between 1 and 10000", name: "max-buckets", value: "\(limit)")
        }
        let after = try input["ContinuationToken"]?.string.map(ContinuationToken.read)?.description ?? ""
        // One more than a page tells whether there is a next one.
        let found = try store.read {
            try BucketTable.list(
                account: account, prefix: prefix, after: after, region: input["BucketRegion"]?.string,
                limit: (limit ?? Self.bucketsMax) + 1, in: $0)
        }
        let page = found.prefix(limit ?? Self.bucketsMax)
        let isDetailed = limit != nil
        let buckets = page.map { bucket -> AWSValue in
            [
                "Name": .string(bucket.name.name), "CreationDate": .timestamp(bucket.created.floored(to: .seconds(1))),
                "BucketRegion": isDetailed ? .string(bucket.region.name) : nil,
                "BucketArn": isDetailed ? .string(bucket.name.arn) : nil,
            ]
        }
        var output: AWSObject = ["Owner": Self.owner(account), "Buckets": .list(buckets)]
        output["Prefix"] = input["Prefix"]
        if found.count > page.count, let last = page.last {
            output["ContinuationToken"] = .string(ContinuationToken.write(ObjectKey(last.name.name)))
        }
        return OperationResponse(output)
    }

    private func createBucket(_ request: OperationRequest) async throws -> OperationResponse {
        let (input, context) = (request.input, request.context)
        let text = input["Bucket"]?.string ?? ""
        guard let name = BucketName(text) else { throw S3Fault.invalidBucketName(text) }
        try checkCreateBucketOptions(input)
        let configuration = input["CreateBucketConfiguration"]
        let (region, location) = try Self.placement(
            constraint: configuration?["LocationConstraint"]?.string, endpoint: context.region)
        let tags = try configuration?["Tags"].map { try Tag.list($0, forBucket: true) } ?? []
        try await timeline.turn { turn in
            if let existing = try BucketTable.find(name, in: turn.transaction) {
                guard existing.account == context.caller.account else { throw S3Fault.bucketAlreadyExists(text) }
                // AWS: recorded — in us-east-1 creating one's own bucket again succeeds and changes nothing.
                guard existing.region == .fallback, region == .fallback else { throw S3Fault.bucketAlreadyOwnedByYou(text) }
                return
            }
            try BucketTable.insert(
                BucketRecord(
                    name: name, account: context.caller.account, region: region, location: location, created: turn.now,
                    tags: tags),
                in: turn.transaction)
        }
        let shown = region == .fallback ? "/\(name)" : "http://\(name).s3.amazonaws.com/"
        return OperationResponse(["Location": .string(shown), "BucketArn": .string(name.arn)])
    }

    private func checkCreateBucketOptions(_ input: AWSObject) throws {
        let configuration = input["CreateBucketConfiguration"]
        for member in ["Location", "Bucket"] where configuration?[member] != nil {
            throw AWSFault.notEmulated(member: "CreateBucketConfiguration." + member, of: "CreateBucket")
        }
        if let ownership = input["ObjectOwnership"]?.string, ownership != "BucketOwnerEnforced" {
            throw AWSFault.notEmulated(member: "ObjectOwnership \(ownership)", of: "CreateBucket")
        }
        let grants = ["GrantFullControl", "GrantRead", "GrantReadACP", "GrantWrite", "GrantWriteACP"]
        guard input["ACL"]?.string ?? "private" == "private", grants.allSatisfy({ input[$0] == nil }) else {
            throw AWSFault(
                "InvalidBucketAclWithObjectOwnership",
                "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting", status: 400)
        }
    }

    /// The region a new bucket is put in, and what GetBucketLocation will say.
    // AWS: recorded — spec/support-services.md §F5: the endpoint of us-east-1 takes every constraint, others only
    // their own.
    static func placement(constraint: String?, endpoint: RegionName) throws -> (RegionName, location: String) {
        guard let constraint, !constraint.isEmpty else {
            guard endpoint == .fallback else { throw S3Fault.incompatibleLocation("unspecified") }
            return (endpoint, "")
        }
        let text = constraint == "EU" ? "eu-west-1" : constraint
        guard let region = RegionName(text), region != .fallback, isRegionShaped(text)
        else { throw S3Fault.invalidLocation(constraint) }
        guard endpoint == .fallback || endpoint == region else { throw S3Fault.incompatibleLocation(constraint) }
        return (region, constraint)
    }

    /// Two letters, one or more words, a digit: `us-gov-west-1`.
    private static func isRegionShaped(_ text: String) -> Bool {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        return parts.count >= 3 && parts[0].count == 2 && parts.dropLast().allSatisfy { part in
            !part.isEmpty && part.utf8.allSatisfy { (0x61...0x7a).contains($0) }
        } && parts[parts.count - 1].count == 1 && parts[parts.count - 1].utf8.allSatisfy { (0x31...0x39).contains($0) }
    }

    private func headBucket(_ request: OperationRequest) async throws -> OperationResponse {
        let bucket = try store.read { try findBucket(for: request, $0) }
        return OperationResponse([
            "BucketRegion": .string(bucket.region.name), "AccessPointAlias": false, "BucketArn": .string(bucket.name.arn),
        ])
    }

    private func getBucketLocation(_ request: OperationRequest) async throws -> OperationResponse {
        let bucket = try store.read { try findBucket(for: request, $0) }
        return OperationResponse(bucket.location.isEmpty ? [:] : ["LocationConstraint": .string(bucket.location)])
    }

    private func deleteBucket(_ request: OperationRequest) async throws -> OperationResponse {
        try await timeline.turn { [self] turn in
            let bucket = try findBucket(for: request, turn.transaction)
            guard try ObjectTable.isEmpty(bucket, turn.transaction) else { throw S3Fault.bucketNotEmpty(bucket.name.name) }
            let orphans = Set(try UploadTable.list(bucket, from: ObjectKey(""), end: nil, turn.transaction).flatMap {
                try UploadTable.delete($0, in: turn.transaction)
            })
            try BucketTable.delete(bucket, in: turn.transaction)
            try release(orphans, after: turn)
        }
        return OperationResponse()
    }
}
