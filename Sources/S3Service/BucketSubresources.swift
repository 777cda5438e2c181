import AWSModel
import Gateway
import Store

/// What buckets are configured with. Nothing of it can be changed here, so that these answer what a bucket has
/// that nobody configured; the operations that would change it are not emulated.
extension S3Service {
    var subresourceOperations: [Operation] { absentSubresources + defaultSubresources }

    // AWS: recorded — spec/support-services.md §F5 for policy and lifecycle; documented in the S3 API reference
    // for the rest.
    private static let absences: [(operation: String, code: String, message: String)] = [
        ("GetBucketLifecycleConfiguration", "NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist"),
        ("GetBucketCors", "NoSuchCORSConfiguration", "The CORS configuration does not exist"),
        ("GetBucketWebsite", "NoSuchWebsiteConfiguration", "The specified bucket does not have a website configuration"),
        ("GetBucketReplication", "ReplicationConfigurationNotFoundError", "The replication configuration was not found"),
        (
            "GetPublicAccessBlock", "NoSuchPublicAccessBlockConfiguration",
            "The public access block configuration was not found"
        ),
        (
            "GetObjectLockConfiguration", "ObjectLockConfigurationNotFoundError",
            "Object Lock configuration does not exist for this bucket"
        ),
    ]

    private var absentSubresources: [Operation] {
        Self.absences.map { absence in
            operation(absence.operation, coverage: .partial("always not configured")) { [self] request in
                let bucket = try store.read { try findBucket(for: request, $0) }
                throw S3Fault.absent(absence.code, absence.message, bucket: bucket.name)
            }
        }
    }

    private var defaultSubresources: [Operation] {
        [
            fixed("GetBucketVersioning", [:]),
            fixed("GetBucketLogging", [:]),
            fixed("GetBucketNotificationConfiguration", [:]),
            fixed("GetBucketAccelerateConfiguration", [:]),
            fixed("GetBucketRequestPayment", ["Payer": "BucketOwner"]),
            fixed("GetBucketOwnershipControls", [
                "OwnershipControls": ["Rules": [["ObjectOwnership": "BucketOwnerEnforced"]]],
            ]),
            fixed("GetBucketEncryption", [
                "ServerSideEncryptionConfiguration": ["Rules": [
                    ["ApplyServerSideEncryptionByDefault": ["SSEAlgorithm": "AES256"], "BucketKeyEnabled": false],
                ]],
            ]),
            operation("GetBucketAcl", coverage: .partial("always the owner's full control")) { [self] request in
                Self.accessControl(try store.read { try findBucket(for: request, $0) })
            },
            operation("GetObjectAcl", coverage: .partial("always the owner's full control")) { [self] request in
                try checkVersion(request.input)
                let key = try objectKey(of: request)
                return Self.accessControl(try store.read { reader in
                    let bucket = try findBucket(for: request, reader)
                    guard try ObjectTable.find(key, in: bucket, reader) != nil else { throw S3Fault.noSuchKey(key) }
                    return bucket
                })
            },
        ]
    }

    private func fixed(_ name: String, _ output: AWSObject) -> Operation {
        operation(name, coverage: .partial("always the default of a new bucket")) { [self] request in
            _ = try store.read { try findBucket(for: request, $0) }
            return OperationResponse(output)
        }
    }

    private static func accessControl(_ bucket: BucketRecord) -> OperationResponse {
        let owner = owner(bucket.account)
        let grantee: AWSValue = ["ID": owner["ID"], "Type": "CanonicalUser"]
        return OperationResponse([
            "Owner": owner, "Grants": [["Grantee": grantee, "Permission": "FULL_CONTROL"]],
        ])
    }
}
