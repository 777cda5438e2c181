import AWSModel

/// What only S3 does on the wire.
package struct S3RequestIDs: Sendable {
    /// Sixteen upper-case characters, taken from the request id so that a log line can be found by them.
    package let requestID: String
    package let hostID: String

    package init(_ requestID: String) {
        let letters = requestID.uppercased().utf8.filter { (0x30...0x39).contains($0) || (0x41...0x5a).contains($0) }
        self.requestID = String(decoding: letters.prefix(16), as: UTF8.self)
        hostID = Base64.encode(Array((requestID + requestID).utf8))
    }
}

enum S3ErrorCode {
    /// S3 has its own names for a few of the framework's faults.
    static func name(of names: FaultNames) -> String {
        guard names.shape == nil else { return names.queryCode }
        switch names.fault.code {
        case "SerializationException": return "MalformedXML"
        case "UnrecognizedClientException": return "InvalidAccessKeyId"
        case "NotImplementedException": return "NotImplemented"
        case "InternalFailure": return "InternalError"
        default: return names.queryCode
        }
    }
}

enum S3Document {
    static let namespace = "http://s3.amazonaws.com/doc/2006-03-01/"

    /// The root elements of answers, which the model does not carry: strict XML clients check them.
    // AWS: recorded — spec/support-services.md §F5; the rest documented in the S3 API reference's response syntax.
    static let rootElements: [String: String] = [
        "ListBuckets": "ListAllMyBucketsResult",
        "ListDirectoryBuckets": "ListAllMyDirectoryBucketsResult",
        "ListObjects": "ListBucketResult",
        "ListObjectsV2": "ListBucketResult",
        "ListObjectVersions": "ListVersionsResult",
        "ListParts": "ListPartsResult",
        "ListMultipartUploads": "ListMultipartUploadsResult",
        "CreateMultipartUpload": "InitiateMultipartUploadResult",
        "CompleteMultipartUpload": "CompleteMultipartUploadResult",
        "DeleteObjects": "DeleteResult",
        "GetBucketTagging": "Tagging",
        "GetObjectTagging": "Tagging",
        "GetBucketVersioning": "VersioningConfiguration",
        "GetBucketAcl": "AccessControlPolicy",
        "GetObjectAcl": "AccessControlPolicy",
        "GetBucketLifecycle": "LifecycleConfiguration",
        "GetBucketLifecycleConfiguration": "LifecycleConfiguration",
        "GetBucketCors": "CORSConfiguration",
        "GetBucketLogging": "BucketLoggingStatus",
        "GetBucketWebsite": "WebsiteConfiguration",
        "GetBucketNotification": "NotificationConfiguration",
        "GetBucketNotificationConfiguration": "NotificationConfiguration",
        "GetBucketRequestPayment": "RequestPaymentConfiguration",
        "GetBucketAccelerateConfiguration": "AccelerateConfiguration",
        "GetObjectAttributes": "GetObjectAttributesResponse",
        "CreateSession": "CreateSessionResult",
        "ListBucketAnalyticsConfigurations": "ListBucketAnalyticsConfigurationResult",
        "ListBucketIntelligentTieringConfigurations": "ListBucketIntelligentTieringConfigurationsOutput",
        "ListBucketInventoryConfigurations": "ListInventoryConfigurationsResult",
        "ListBucketMetricsConfigurations": "ListMetricsConfigurationsResult",
    ]
}
