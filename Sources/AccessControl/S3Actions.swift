import AWSModel
import AWSProtocols
import Gateway
import HTTPServer
import PolicyRules

/// S3's actions: many operations share one, and some need another for a version or a tag.
/// AWS: doc — S3 user guide, "Required permissions for Amazon S3 API operations".
enum S3Actions {
    static func questions(_ builder: QuestionBuilder) -> [AccessQuestion] {
        let (operation, input) = (builder.context.operation, builder.input)
        let bucket = "arn:aws:s3:::\(input["Bucket"]?.string ?? "*")"
        var needs: [(action: String, resource: String)] = []
        if let action = onObjects[operation] {
            let object = "\(bucket)/\(input["Key"]?.string ?? "*")"
            let hasVersion = input["VersionId"]?.string.map { $0 != "null" } ?? false
            needs.append((hasVersion ? versioned[action] ?? action : action, object))
            needs += extras(operation, input, object)
        } else if operation == "DeleteObjects" {
            let keys = (input["Delete"]?["Objects"]?.list ?? []).compactMap { $0["Key"]?.string }
            needs += keys.map { ("DeleteObject", "\(bucket)/\($0)") }
        } else if operation == "ListBuckets" {
            // AWS: doc — ListAllMyBuckets is on all buckets at once.
            needs.append(("ListAllMyBuckets", "arn:aws:s3:::*"))
        } else {
            needs.append((onBuckets[operation] ?? operation, bucket))
        }
        return needs.map { need in
            var question = builder.question("s3:\(need.action)", need.resource)
            question.resourceForm = .quoted
            addKeys(to: &question, builder)
            return question
        }
    }

    /// What an operation on an object needs beside its main action.
    private static func extras(
        _ operation: String, _ input: AWSObject, _ object: String
    ) -> [(action: String, resource: String)] {
        var needs: [(String, String)] = []
        if ["CopyObject", "UploadPartCopy"].contains(operation), let source = input["CopySource"]?.string {
            let path = source.hasPrefix("/") ? source.dropFirst() : source[...]
            let plain = path.prefix { $0 != "?" }
            needs.append((
                path.contains("?versionId=") ? "GetObjectVersion" : "GetObject",
                "arn:aws:s3:::" + (PercentCoding.percentDecoded(plain, plusIsSpace: false) ?? String(plain))))
        }
        if input["Tagging"]?.string != nil { needs.append(("PutObjectTagging", object)) }
        if input["ACL"] != nil { needs.append(("PutObjectAcl", object)) }
        return needs
    }

    private static let onObjects = [
        "GetObject": "GetObject", "HeadObject": "GetObject", "GetObjectAttributes": "GetObject", "PutObject": "PutObject",
        "CopyObject": "PutObject", "CreateMultipartUpload": "PutObject", "UploadPart": "PutObject",
        "UploadPartCopy": "PutObject", "CompleteMultipartUpload": "PutObject",
        "AbortMultipartUpload": "AbortMultipartUpload", "ListParts": "ListMultipartUploadParts",
        "DeleteObject": "DeleteObject", "GetObjectAcl": "GetObjectAcl", "PutObjectAcl": "PutObjectAcl",
        "GetObjectTagging": "GetObjectTagging", "PutObjectTagging": "PutObjectTagging",
        "DeleteObjectTagging": "DeleteObjectTagging", "RestoreObject": "RestoreObject",
        "GetObjectLegalHold": "GetObjectLegalHold", "PutObjectLegalHold": "PutObjectLegalHold",
        "GetObjectRetention": "GetObjectRetention", "PutObjectRetention": "PutObjectRetention",
        "GetObjectTorrent": "GetObjectTorrent", "SelectObjectContent": "GetObject",
    ]

    private static let versioned = [
        "GetObject": "GetObjectVersion", "DeleteObject": "DeleteObjectVersion", "GetObjectAcl": "GetObjectVersionAcl",
        "PutObjectAcl": "PutObjectVersionAcl", "GetObjectTagging": "GetObjectVersionTagging",
        "PutObjectTagging": "PutObjectVersionTagging", "DeleteObjectTagging": "DeleteObjectVersionTagging",
    ]

    private static let onBuckets = [
        "HeadBucket": "ListBucket", "ListObjects": "ListBucket", "ListObjectsV2": "ListBucket",
        "ListObjectVersions": "ListBucketVersions", "ListMultipartUploads": "ListBucketMultipartUploads",
        "DeleteBucketTagging": "PutBucketTagging", "GetBucketEncryption": "GetEncryptionConfiguration",
        "PutBucketEncryption": "PutEncryptionConfiguration", "DeleteBucketEncryption": "PutEncryptionConfiguration",
        "GetBucketCors": "GetBucketCORS", "PutBucketCors": "PutBucketCORS", "DeleteBucketCors": "PutBucketCORS",
        "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
        "PutBucketLifecycleConfiguration": "PutLifecycleConfiguration", "DeleteBucketLifecycle": "PutLifecycleConfiguration",
        "GetBucketReplication": "GetReplicationConfiguration", "PutBucketReplication": "PutReplicationConfiguration",
        "DeleteBucketReplication": "PutReplicationConfiguration",
        "GetPublicAccessBlock": "GetBucketPublicAccessBlock", "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
        "DeletePublicAccessBlock": "PutBucketPublicAccessBlock",
        "GetBucketNotificationConfiguration": "GetBucketNotification",
        "PutBucketNotificationConfiguration": "PutBucketNotification",
        "GetBucketAccelerateConfiguration": "GetAccelerateConfiguration",
        "PutBucketAccelerateConfiguration": "PutAccelerateConfiguration",
        "GetObjectLockConfiguration": "GetBucketObjectLockConfiguration",
        "PutObjectLockConfiguration": "PutBucketObjectLockConfiguration",
        "DeleteBucketOwnershipControls": "PutBucketOwnershipControls",
    ]

    /// AWS: doc — Service Authorization Reference, condition keys of Amazon S3.
    private static let keysByMember = [
        "Prefix": "prefix", "Delimiter": "delimiter", "MaxKeys": "max-keys", "VersionId": "VersionId", "ACL": "x-amz-acl",
        "ServerSideEncryption": "x-amz-server-side-encryption", "StorageClass": "x-amz-storage-class",
        "SSEKMSKeyId": "x-amz-server-side-encryption-aws-kms-key-id", "CopySource": "x-amz-copy-source",
        "MetadataDirective": "x-amz-metadata-directive", "IfNoneMatch": "if-none-match", "IfMatch": "if-match",
    ]

    private static func addKeys(to question: inout AccessQuestion, _ builder: QuestionBuilder) {
        for (member, key) in keysByMember {
            if let text = builder.input[member]?.conditionText { question.keys["s3:\(key)"] = [text] }
        }
        if let text = builder.input["Tagging"]?.string, let items = QueryItems(parsing: text[...]) {
            for item in items.items { question.keys["s3:RequestObjectTag/\(item.name)"] = [item.value ?? ""] }
            question.keys["s3:RequestObjectTagKeys"] = items.items.map(\.name)
        }
        let location = builder.input["CreateBucketConfiguration"]?["LocationConstraint"]?.string
        if let location { question.keys["s3:LocationConstraint"] = [location] }
        question.keys["s3:signatureversion"] = ["AWS4-HMAC-SHA256"]
        let isPresigned = builder.context.target.contains("X-Amz-Signature=") || builder.context.target.contains("Signature=")
        question.keys["s3:authType"] = [isPresigned ? "REST-QUERY-STRING" : "REST-HEADER"]
    }
}
