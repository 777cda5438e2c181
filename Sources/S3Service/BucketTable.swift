import SimTime
import Store
import Vocabulary

/// The rows of buckets.
enum BucketTable {
    private static let columns = "id, name, account, region, location, created, tags, policy"

    static func find(_ name: BucketName, in reader: StoreReader) throws -> BucketRecord? {
        try list("SELECT \(columns) FROM s3_bucket WHERE name = ?", [.text(name.name)], in: reader).first
    }

    /// The buckets of an account behind the name `after`, ordered by name.
    static func list(
        account: AccountID, prefix: String, after: String, region: String?, limit: Int, in reader: StoreReader
    ) throws -> [BucketRecord] {
        let filter = region == nil ? "" : "AND region = ?"
        return try list(
            """
            SELECT \(columns) FROM s3_bucket
            WHERE account = ? AND name > ? AND substr(name, 1, ?) = ? \(filter) ORDER BY name LIMIT ?
            """,
            [.text(account.digits), .text(after), .integer(Int64(prefix.unicodeScalars.count)), .text(prefix)]
                + (region.map { [.text($0)] } ?? []) + [.integer(Int64(limit))],
            in: reader)
    }

    static func insert(_ bucket: BucketRecord, in transaction: StoreTransaction) throws {
        try transaction.execute(
            "INSERT INTO s3_bucket (name, account, region, location, created, tags) VALUES (?, ?, ?, ?, ?, ?)",
            [.text(bucket.name.name), .text(bucket.account.digits), .text(bucket.region.name), .text(bucket.location),
             .integer(bucket.created.millisecondsSinceEpoch), .text(try StoredText.encode(bucket.tags))])
    }

    static func setTags(_ tags: [Tag], of bucket: BucketRecord, in transaction: StoreTransaction) throws {
        try transaction.execute(
            "UPDATE s3_bucket SET tags = ? WHERE id = ?", [.text(try StoredText.encode(tags)), .integer(bucket.id)])
    }

    static func setPolicy(_ policy: String?, of bucket: BucketRecord, in transaction: StoreTransaction) throws {
        try transaction.execute(
            "UPDATE s3_bucket SET policy = ? WHERE id = ?", [.text(policy ?? ""), .integer(bucket.id)])
    }

    static func delete(_ bucket: BucketRecord, in transaction: StoreTransaction) throws {
        try transaction.execute("DELETE FROM s3_bucket WHERE id = ?", [.integer(bucket.id)])
    }

    private static func list(_ sql: String, _ arguments: [SQLValue], in reader: StoreReader) throws -> [BucketRecord] {
        var buckets: [BucketRecord] = []
        try reader.query(sql, arguments) { row in
            guard let name = BucketName(row.text(1)), let account = AccountID(row.text(2)),
                  let region = RegionName(row.text(3)) else { throw S3Breakdown.unreadableRow(table: "s3_bucket") }
            buckets.append(BucketRecord(
                id: row.integer(0), name: name, account: account, region: region, location: row.text(4),
                created: SimInstant(millisecondsSinceEpoch: row.integer(5)),
                tags: try StoredText.decode(row.text(6), as: [Tag].self),
                policy: row.text(7).isEmpty ? nil : row.text(7)))
        }
        return buckets
    }
}

/// A row that this service did not write. Never shown to clients.
enum S3Breakdown: Error {
    case unreadableRow(table: String)
}
