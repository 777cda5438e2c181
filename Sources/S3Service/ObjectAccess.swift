import BlobStore
package import HTTPServer
package import SimTime
import Store
import Timeline
import Vocabulary

/// An object as other services read it.
package struct ObjectContent: Sendable {
    package let location: ObjectLocation
    package let byteCount: Int
    /// Without quotes.
    package let etag: String
    package let contentType: String
    /// `x-amz-meta-*`, names in lower case without the prefix.
    package let metadata: [(name: String, value: String)]
    package let modified: SimInstant
    /// The bytes in runs of at most 256 KiB, then nil. They stay what they are though the object be overwritten.
    package let next: @Sendable () async throws -> [UInt8]?

    /// The bytes as a response's body.
    package var body: ResponseBody { byteCount == 0 ? .bytes([]) : .stream(length: byteCount, next: next) }

    /// All bytes. Throws `RequestBodyError.tooLarge` beyond `limitBytes`.
    package func bytes(limitBytes: Int) async throws -> [UInt8] {
        try await RequestBody(contentLength: byteCount, next: next).collect(limitBytes: limitBytes)
    }
}

/// What the server's other parts may do with objects, without requests or access checks: the adapters of their ports.
extension S3Service {
    /// Whether there is a bucket of that name, whoever owns it.
    package func bucketExists(_ name: BucketName) throws -> Bool {
        try store.read { try BucketTable.find(name, in: $0) != nil }
    }

    /// Whether there is an object at that place.
    package func objectExists(_ location: ObjectLocation) throws -> Bool {
        try store.read { try record(location, $0) != nil }
    }

    /// Whether any object's key starts with the location's key, as S3 prefixes of models and outputs are checked.
    package func anyObjectExists(under location: ObjectLocation) throws -> Bool {
        guard let name = BucketName(location.bucket) else { return false }
        let prefix = ObjectKey(location.key)
        return try store.read { reader in
            guard let bucket = try BucketTable.find(name, in: reader) else { return false }
            let end = prefix.bytes.isEmpty ? nil : prefix.afterPrefix
            return try !ObjectTable.list(bucket, from: prefix, end: end, limit: 1, reader).isEmpty
        }
    }

    /// Opens an object; nil when there is none.
    package func readObject(_ location: ObjectLocation) throws -> ObjectContent? {
        let found = try store.read { reader in
            try record(location, reader).map { ($0, try ObjectTable.segments(of: $0, reader)) }
        }
        guard let (object, segments) = found else { return nil }
        let stream = try ObjectStream(blobs, segments: segments, range: 0..<object.size)
        return ObjectContent(
            location: location, byteCount: object.size, etag: object.etag, contentType: object.headers.contentType,
            metadata: object.headers.metadata.map { ($0.name, $0.value) }, modified: object.modified,
            next: stream.download)
    }

    /// Writes an object, replacing one that is there. It is visible when this returns.
    /// Throws the fault NoSuchBucket when the bucket does not exist, KeyTooLongError, and what reading `content` throws.
    package func writeObject(
        _ location: ObjectLocation, content: RequestBody, contentType: String? = nil,
        metadata: [(name: String, value: String)] = []
    ) async throws {
        let key = ObjectKey(location.key)
        guard key.bytes.count <= ObjectKey.bytesMax else { throw S3Fault.keyTooLong(byteCount: key.bytes.count) }
        guard let name = BucketName(location.bucket), try bucketExists(name)
        else { throw S3Fault.noSuchBucket(location.bucket) }
        var headers = ObjectHeaders()
        headers.contentType = contentType ?? ObjectHeaders.defaultContentType
        headers.metadata = metadata.map { ObjectHeaders.Entry(name: $0.name.lowercased(), value: $0.value) }
        var writer = try StagingWriter(blobs, computing: [.crc64NVME])
        try await content.forEachChunk { try writer.append($0) }
        let staged = try await writer.commit(writer.received(), keeping: .crc64NVME)
        try await timeline.turn { [self, headers] turn in
            guard let bucket = try BucketTable.find(name, in: turn.transaction)
            else { throw S3Fault.noSuchBucket(location.bucket) }
            try put(key, staged, headers: headers, tags: [], into: bucket, if: .none, turn)
        }
        staged.lease.end()
    }

    func record(_ location: ObjectLocation, _ reader: StoreReader) throws -> ObjectRecord? {
        guard let name = BucketName(location.bucket), let bucket = try BucketTable.find(name, in: reader) else { return nil }
        return try ObjectTable.find(ObjectKey(location.key), in: bucket, reader)
    }
}
