import AWSModel
import Gateway
import HTTPServer

/// What an object answers beside its bytes, as it was put.
struct ObjectHeaders: Codable, Sendable, Equatable {
    struct Entry: Codable, Sendable, Equatable {
        var name: String
        var value: String
    }

    var contentType = ObjectHeaders.defaultContentType
    var cacheControl: String?
    var contentDisposition: String?
    var contentEncoding: String?
    var contentLanguage: String?
    /// As it was sent: S3 keeps even what is no date.
    var expires: String?
    var redirect: String?
    /// `x-amz-meta-*` with lower-case names, without the prefix.
    var metadata: [Entry] = []
    var storageClass = "STANDARD"
    var encryption = "AES256"
    var keyID: String?
    var isBucketKeyEnabled: Bool?

    static let defaultContentType = "binary/octet-stream"
    private static let metadataBytesMax = 2048
    private static let storageClasses: Set<String> = [
        "STANDARD", "REDUCED_REDUNDANCY", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER", "DEEP_ARCHIVE",
        "GLACIER_IR",
    ]

    init() {}

    /// Reads them from the members that PutObject, CopyObject and CreateMultipartUpload share. Throws `AWSFault`.
    init(_ request: OperationRequest) throws {
        let input = request.input
        contentType = input["ContentType"]?.string ?? Self.defaultContentType
        cacheControl = input["CacheControl"]?.string
        contentDisposition = input["ContentDisposition"]?.string
        contentEncoding = input["ContentEncoding"]?.string.flatMap(Self.withoutChunking)
        contentLanguage = input["ContentLanguage"]?.string
        expires = request.context.headers["Expires"]
        redirect = input["WebsiteRedirectLocation"]?.string
        for entry in input["Metadata"]?.object?.entries ?? [] {
            metadata.append(Entry(name: entry.key.lowercased(), value: entry.value.string ?? ""))
        }
        let metadataBytes = metadata.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count }
        guard metadataBytes <= Self.metadataBytesMax else { throw S3Fault.metadataTooLarge }
        try readStorage(input)
    }

    /// Storage class and encryption, which a copy takes from its request even when it keeps the rest.
    mutating func readStorage(_ input: AWSObject) throws {
        storageClass = input["StorageClass"]?.string ?? "STANDARD"
        guard Self.storageClasses.contains(storageClass) else {
            throw AWSFault("InvalidStorageClass", "The storage class you specified is not valid", status: 400)
        }
        encryption = input["ServerSideEncryption"]?.string ?? "AES256"
        guard ["AES256", "aws:kms", "aws:kms:dsse"].contains(encryption) else {
            throw S3Fault.invalidArgument(
                "The encryption method specified is not supported", name: "x-amz-server-side-encryption", value: encryption)
        }
        keyID = input["SSEKMSKeyId"]?.string
        isBucketKeyEnabled = input["BucketKeyEnabled"]?.bool
    }

    /// The stored Content-Encoding: all codings but S3's own framing.
    // AWS: recorded — spec/support-services.md §F4.
    static func withoutChunking(_ codings: String) -> String? {
        let kept = codings.split(separator: ",").map { coding in
            String(coding.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
        }.filter { !equalIgnoringCase($0, "aws-chunked") && !$0.isEmpty }
        return kept.isEmpty ? nil : kept.joined(separator: ",")
    }

    /// Adds the members a write answers.
    func addEncryption(to output: inout AWSObject) {
        output["ServerSideEncryption"] = .string(encryption)
        output["SSEKMSKeyId"] = keyID.map { .string($0) }
        output["BucketKeyEnabled"] = isBucketKeyEnabled.map { .boolean($0) }
    }

    /// Adds the members that GetObject and HeadObject answer. `Expires` is a header, since it need not be a date.
    func add(to output: inout AWSObject, headers: inout HTTPHeaders) {
        output["ContentType"] = .string(contentType)
        output["CacheControl"] = cacheControl.map { .string($0) }
        output["ContentDisposition"] = contentDisposition.map { .string($0) }
        output["ContentEncoding"] = contentEncoding.map { .string($0) }
        output["ContentLanguage"] = contentLanguage.map { .string($0) }
        output["WebsiteRedirectLocation"] = redirect.map { .string($0) }
        if let expires { headers.set("Expires", expires) }
        if !metadata.isEmpty {
            var entries = AWSObject()
            for entry in metadata { entries.append(entry.name, .string(entry.value)) }
            output["Metadata"] = .object(entries)
        }
        if storageClass != "STANDARD" { output["StorageClass"] = .string(storageClass) }
        addEncryption(to: &output)
    }
}
