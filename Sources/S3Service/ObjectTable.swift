import BlobStore
import SimTime
import Store

/// What a listing shows of an object.
struct ListedObject: Sendable {
    var key: ObjectKey
    var size: Int
    var etag: String
    var modified: SimInstant
    var storageClass: String
    var checksumAlgorithm: String
    var checksumKind: String
}

/// The rows of objects and their segments.
enum ObjectTable {
    static func find(_ key: ObjectKey, in bucket: BucketRecord, _ reader: StoreReader) throws -> ObjectRecord? {
        var found: ObjectRecord?
        try reader.query(
            """
            SELECT id, size, etag, modified, checksum_algorithm, checksum, checksum_kind, parts, headers, tags
            FROM s3_object WHERE bucket = ? AND key = ?
            """,
            [.integer(bucket.id), .blob(key.bytes)]
        ) { row in
            found = ObjectRecord(
                id: row.integer(0), bucket: bucket.id, key: key, size: Int(row.integer(1)), etag: row.text(2),
                modified: SimInstant(millisecondsSinceEpoch: row.integer(3)),
                checksum: try checksum(row.text(4), row.text(5), row.text(6)), partCount: Int(row.integer(7)),
                headers: try StoredText.decode(row.text(8), as: ObjectHeaders.self),
                tags: try StoredText.decode(row.text(9), as: [Tag].self))
        }
        return found
    }

    static func segments(of object: ObjectRecord, _ reader: StoreReader) throws -> [Segment] {
        var segments: [Segment] = []
        try reader.query(
            "SELECT number, size, blob, checksum FROM s3_segment WHERE object = ? ORDER BY number", [.integer(object.id)]
        ) { row in
            segments.append(Segment(
                number: Int(row.integer(0)), size: Int(row.integer(1)), blob: try digest(row.blob(2)), checksum: row.text(3)))
        }
        return segments
    }

    /// Objects with `from` ≤ key < `end`, in byte order.
    static func list(
        _ bucket: BucketRecord, from: ObjectKey, end: ObjectKey?, limit: Int, _ reader: StoreReader
    ) throws -> [ListedObject] {
        var objects: [ListedObject] = []
        let bound = end == nil ? "" : "AND key < ?"
        try reader.query(
            """
            SELECT key, size, etag, modified, storage_class, checksum_algorithm, checksum_kind
            FROM s3_object WHERE bucket = ? AND key >= ? \(bound) ORDER BY key LIMIT ?
            """,
            [.integer(bucket.id), .blob(from.bytes)] + (end.map { [.blob($0.bytes)] } ?? []) + [.integer(Int64(limit))]
        ) { row in
            objects.append(ListedObject(
                key: ObjectKey(bytes: row.blob(0)), size: Int(row.integer(1)), etag: row.text(2),
                modified: SimInstant(millisecondsSinceEpoch: row.integer(3)), storageClass: row.text(4),
                checksumAlgorithm: row.text(5), checksumKind: row.text(6)))
        }
        return objects
    }

    static func isEmpty(_ bucket: BucketRecord, _ reader: StoreReader) throws -> Bool {
        var isEmpty = true
        try reader.query("SELECT 1 FROM s3_object WHERE bucket = ? LIMIT 1", [.integer(bucket.id)]) { _ in isEmpty = false }
        return isEmpty
    }

    /// Writes an object in the place of one of the same key. Answers the blobs that lost a reference by that.
    static func put(
        _ object: ObjectRecord, segments: [Segment], in transaction: StoreTransaction
    ) throws -> Set<BlobDigest> {
        let replaced = try delete(object.key, bucket: object.bucket, in: transaction)
        try transaction.execute(
            """
            INSERT INTO s3_object (bucket, key, size, etag, modified, storage_class, checksum_algorithm, checksum,
                checksum_kind, parts, headers, tags) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [.integer(object.bucket), .blob(object.key.bytes), .integer(Int64(object.size)), .text(object.etag),
             .integer(object.modified.millisecondsSinceEpoch), .text(object.headers.storageClass),
             .text(object.checksum.algorithm.rawValue), .text(object.checksum.text), .text(object.checksum.kind.rawValue),
             .integer(Int64(object.partCount)), .text(try StoredText.encode(object.headers)),
             .text(try StoredText.encode(object.tags))])
        let id = transaction.lastInsertedRowID
        for segment in segments {
            try transaction.execute(
                "INSERT INTO s3_segment (object, number, size, blob, checksum) VALUES (?, ?, ?, ?, ?)",
                [.integer(id), .integer(Int64(segment.number)), .integer(Int64(segment.size)), .blob(segment.blob.bytes),
                 .text(segment.checksum)])
        }
        return replaced
    }

    /// Deletes an object, if there is one. Answers the blobs that lost a reference by that.
    static func delete(_ key: ObjectKey, bucket: Int64, in transaction: StoreTransaction) throws -> Set<BlobDigest> {
        var id: Int64?
        try transaction.query(
            "SELECT id FROM s3_object WHERE bucket = ? AND key = ?", [.integer(bucket), .blob(key.bytes)]
        ) { id = $0.integer(0) }
        guard let id else { return [] }
        var digests: Set<BlobDigest> = []
        try transaction.query("SELECT blob FROM s3_segment WHERE object = ?", [.integer(id)]) { row in
            digests.insert(try digest(row.blob(0)))
        }
        try transaction.execute("DELETE FROM s3_segment WHERE object = ?", [.integer(id)])
        try transaction.execute("DELETE FROM s3_object WHERE id = ?", [.integer(id)])
        return digests
    }

    static func setTags(_ tags: [Tag], of object: ObjectRecord, in transaction: StoreTransaction) throws {
        try transaction.execute(
            "UPDATE s3_object SET tags = ? WHERE id = ?", [.text(try StoredText.encode(tags)), .integer(object.id)])
    }

    /// Whether an object or a part still consists of these bytes.
    static func isReferenced(_ digest: BlobDigest, _ reader: StoreReader) throws -> Bool {
        var isReferenced = false
        try reader.query(
            "SELECT 1 WHERE EXISTS (SELECT 1 FROM s3_segment WHERE blob = ?) OR EXISTS (SELECT 1 FROM s3_part WHERE blob = ?)",
            [.blob(digest.bytes), .blob(digest.bytes)]
        ) { _ in isReferenced = true }
        return isReferenced
    }

    static func digest(_ bytes: [UInt8]) throws -> BlobDigest {
        guard let digest = BlobDigest(bytes: bytes) else { throw S3Breakdown.unreadableRow(table: "s3_segment") }
        return digest
    }

    private static func checksum(_ algorithm: String, _ text: String, _ kind: String) throws -> Checksum {
        guard let algorithm = ChecksumAlgorithm(rawValue: algorithm), let kind = ChecksumKind(rawValue: kind)
        else { throw S3Breakdown.unreadableRow(table: "s3_object") }
        return Checksum(algorithm, text: text, kind: kind)
    }
}
