import BlobStore
import SimTime
import Store

/// The rows of multipart uploads and their parts.
enum UploadTable {
    private static let columns = """
        number, id, bucket, key, initiated, initiator, checksum_algorithm, checksum_kind, is_checksum_asked, headers, tags
        """

    /// The upload of that id, if it is one of this bucket and key.
    static func find(
        _ id: String, key: ObjectKey, in bucket: BucketRecord, _ reader: StoreReader
    ) throws -> UploadRecord? {
        try list(
            "SELECT \(columns) FROM s3_upload WHERE id = ? AND bucket = ? AND key = ?",
            [.text(id), .integer(bucket.id), .blob(key.bytes)], reader
        ).first
    }

    /// A bucket's uploads with `from` ≤ key < `end`, ordered by key, then by start.
    static func list(
        _ bucket: BucketRecord, from: ObjectKey, end: ObjectKey?, _ reader: StoreReader
    ) throws -> [UploadRecord] {
        let bound = end == nil ? "" : "AND key < ?"
        return try list(
            "SELECT \(columns) FROM s3_upload WHERE bucket = ? AND key >= ? \(bound) ORDER BY key, number",
            [.integer(bucket.id), .blob(from.bytes)] + (end.map { [.blob($0.bytes)] } ?? []), reader)
    }

    static func insert(_ upload: UploadRecord, in transaction: StoreTransaction) throws {
        try transaction.execute(
            """
            INSERT INTO s3_upload (id, bucket, key, initiated, initiator, checksum_algorithm, checksum_kind,
                is_checksum_asked, headers, tags) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [.text(upload.id), .integer(upload.bucket), .blob(upload.key.bytes),
             .integer(upload.initiated.millisecondsSinceEpoch), .text(upload.initiator), .text(upload.algorithm.rawValue),
             .text(upload.kind.rawValue), .integer(upload.isChecksumAsked ? 1 : 0),
             .text(try StoredText.encode(upload.headers)), .text(try StoredText.encode(upload.tags))])
    }

    /// Deletes an upload with its parts. Answers the blobs that lost a reference by that.
    static func delete(_ upload: UploadRecord, in transaction: StoreTransaction) throws -> Set<BlobDigest> {
        var digests: Set<BlobDigest> = []
        try transaction.query("SELECT blob FROM s3_part WHERE upload = ?", [.integer(upload.number)]) { row in
            digests.insert(try ObjectTable.digest(row.blob(0)))
        }
        try transaction.execute("DELETE FROM s3_part WHERE upload = ?", [.integer(upload.number)])
        try transaction.execute("DELETE FROM s3_upload WHERE number = ?", [.integer(upload.number)])
        return digests
    }

    // MARK: Parts

    /// Up to `limit` parts numbered above `after`, in order.
    static func parts(of upload: UploadRecord, after: Int = 0, limit: Int, _ reader: StoreReader) throws -> [PartRecord] {
        var parts: [PartRecord] = []
        try reader.query(
            """
            SELECT number, size, etag, modified, blob, checksum FROM s3_part
            WHERE upload = ? AND number > ? ORDER BY number LIMIT ?
            """,
            [.integer(upload.number), .integer(Int64(after)), .integer(Int64(limit))]
        ) { row in
            parts.append(PartRecord(
                number: Int(row.integer(0)), size: Int(row.integer(1)), etag: row.text(2),
                modified: SimInstant(millisecondsSinceEpoch: row.integer(3)), blob: try ObjectTable.digest(row.blob(4)),
                checksum: row.text(5)))
        }
        return parts
    }

    /// Writes a part in the place of one of the same number. Answers the blob that lost a reference by that.
    static func put(
        _ part: PartRecord, of upload: UploadRecord, in transaction: StoreTransaction
    ) throws -> Set<BlobDigest> {
        var replaced: Set<BlobDigest> = []
        try transaction.query(
            "SELECT blob FROM s3_part WHERE upload = ? AND number = ?", [.integer(upload.number), .integer(Int64(part.number))]
        ) { row in
            replaced.insert(try ObjectTable.digest(row.blob(0)))
        }
        try transaction.execute(
            "INSERT OR REPLACE INTO s3_part (upload, number, size, etag, modified, blob, checksum) VALUES (?, ?, ?, ?, ?, ?, ?)",
            [.integer(upload.number), .integer(Int64(part.number)), .integer(Int64(part.size)), .text(part.etag),
             .integer(part.modified.millisecondsSinceEpoch), .blob(part.blob.bytes), .text(part.checksum)])
        return replaced
    }

    private static func list(_ sql: String, _ arguments: [SQLValue], _ reader: StoreReader) throws -> [UploadRecord] {
        var uploads: [UploadRecord] = []
        try reader.query(sql, arguments) { row in
            guard let algorithm = ChecksumAlgorithm(rawValue: row.text(6)), let kind = ChecksumKind(rawValue: row.text(7))
            else { throw S3Breakdown.unreadableRow(table: "s3_upload") }
            uploads.append(UploadRecord(
                number: row.integer(0), id: row.text(1), bucket: row.integer(2), key: ObjectKey(bytes: row.blob(3)),
                initiated: SimInstant(millisecondsSinceEpoch: row.integer(4)), initiator: row.text(5), algorithm: algorithm,
                kind: kind, isChecksumAsked: row.integer(8) != 0,
                headers: try StoredText.decode(row.text(9), as: ObjectHeaders.self),
                tags: try StoredText.decode(row.text(10), as: [Tag].self)))
        }
        return uploads
    }
}
