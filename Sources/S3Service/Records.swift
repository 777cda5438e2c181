import BlobStore
import SimTime
import Vocabulary

/// One bucket: unique in the whole server, owned by one account.
struct BucketRecord: Sendable {
    var id: Int64 = 0
    var name: BucketName
    var account: AccountID
    var region: RegionName
    /// What GetBucketLocation answers: empty for us-east-1, `EU` where the client said so.
    var location: String
    var created: SimInstant
    var tags: [Tag] = []
    /// The bucket policy's JSON.
    var policy: String?
}

/// One object, without its bytes.
struct ObjectRecord: Sendable {
    var id: Int64 = 0
    var bucket: Int64
    var key: ObjectKey
    var size: Int
    /// Without quotes.
    var etag: String
    var modified: SimInstant
    var checksum: Checksum
    /// How many parts a multipart upload gave it; 0 for an object put in one piece.
    var partCount = 0
    var headers: ObjectHeaders
    var tags: [Tag] = []
}

/// A run of an object's bytes.
struct Segment: Sendable {
    /// The part's number, as the client chose it.
    var number: Int
    var size: Int
    var blob: BlobDigest
    /// The part's own checksum in base64.
    var checksum: String
}

/// A multipart upload in progress.
struct UploadRecord: Sendable {
    /// The order in which uploads were started.
    var number: Int64 = 0
    var id: String
    var bucket: Int64
    var key: ObjectKey
    var initiated: SimInstant
    /// The ARN of who started it.
    var initiator: String
    var algorithm: ChecksumAlgorithm
    var kind: ChecksumKind
    /// Whether the client named an algorithm, or S3 chose its own.
    var isChecksumAsked: Bool
    var headers: ObjectHeaders
    var tags: [Tag] = []
}

/// An uploaded part.
struct PartRecord: Sendable {
    var number: Int
    var size: Int
    /// The MD5 in hexadecimal.
    var etag: String
    var modified: SimInstant
    var blob: BlobDigest
    /// Of the upload's algorithm, in base64.
    var checksum: String
}
