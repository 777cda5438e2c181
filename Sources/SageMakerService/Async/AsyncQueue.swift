import Foundation
import HostingRules
import SimTime
import Store
import Vocabulary

/// The rows of accepted asynchronous requests: what a restart must not lose.
enum AsyncQueue {
    static let migrations = [
        StoreMigration("hosting-1-async", sql: """
            CREATE TABLE async_invocation (
                number INTEGER PRIMARY KEY AUTOINCREMENT, endpoint TEXT NOT NULL, variant TEXT,
                accepted INTEGER NOT NULL, expires INTEGER NOT NULL, body BLOB NOT NULL
            );
            CREATE INDEX async_invocation_endpoint ON async_invocation (endpoint, variant, number);
            """),
        StoreMigration("hosting-2-async-awaited", sql: """
            ALTER TABLE async_invocation ADD COLUMN is_awaited INTEGER NOT NULL DEFAULT 0;
            CREATE INDEX async_invocation_awaited ON async_invocation (is_awaited) WHERE is_awaited = 1;
            """),
    ]

    /// An accepted request and its number: they start in the order of their numbers.
    struct Row {
        let number: Int64
        var invocation: AsyncInvocation
    }

    @discardableResult
    static func add(_ invocation: AsyncInvocation, to key: EndpointKey, in transaction: StoreTransaction) throws -> Int64 {
        try transaction.execute(
            "INSERT INTO async_invocation (endpoint, accepted, expires, body) VALUES (?, ?, ?, ?)",
            [.text(key.owner), .integer(invocation.acceptedAt.millisecondsSinceEpoch),
             .integer(invocation.expiresAt.millisecondsSinceEpoch), .blob(try encode(invocation))])
        return transaction.lastInsertedRowID
    }

    static func update(_ row: Row, in transaction: StoreTransaction) throws {
        try transaction.execute(
            "UPDATE async_invocation SET variant = ?, is_awaited = ?, body = ? WHERE number = ?",
            [row.invocation.run.map { .text($0.variant.text) } ?? .null,
             .integer(row.invocation.run.map { $0.answer == nil ? 1 : 0 } ?? 0), .blob(try encode(row.invocation)),
             .integer(row.number)])
    }

    static func remove(_ number: Int64, in transaction: StoreTransaction) throws {
        try transaction.execute("DELETE FROM async_invocation WHERE number = ?", [.integer(number)])
    }

    static func removeAll(of key: EndpointKey, in transaction: StoreTransaction) throws {
        try transaction.execute("DELETE FROM async_invocation WHERE endpoint = ?", [.text(key.owner)])
    }

    static func row(_ number: Int64, of key: EndpointKey, _ reader: StoreReader) throws -> Row? {
        try rows("number = ? AND endpoint = ?", [.integer(number), .text(key.owner)], limit: 1, reader).first
    }

    /// The oldest requests that wait.
    static func waiting(_ key: EndpointKey, limit: Int, _ reader: StoreReader) throws -> [Row] {
        try rows("endpoint = ? AND variant IS NULL", [.text(key.owner)], limit: limit, reader)
    }

    /// The requests that wait though they should not any more at `instant`.
    static func expired(_ key: EndpointKey, at instant: Int64, limit: Int, _ reader: StoreReader) throws -> [Row] {
        try rows(
            "endpoint = ? AND variant IS NULL AND expires <= ?", [.text(key.owner), .integer(instant)], limit: limit,
            reader)
    }

    /// Every request that a runner is working on.
    static func awaited(_ reader: StoreReader) throws -> [(owner: String, row: Row)] {
        var found: [(String, Row)] = []
        try reader.query("SELECT endpoint, number, body FROM async_invocation WHERE is_awaited = 1 ORDER BY number") {
            found.append(($0.text(0), Row(number: $0.integer(1), invocation: try decode($0.blob(2)))))
        }
        return found
    }

    /// How many requests are under way, by variant.
    static func busy(_ key: EndpointKey, _ reader: StoreReader) throws -> [VariantName: Int] {
        var busy: [VariantName: Int] = [:]
        try reader.query(
            "SELECT variant, COUNT(*) FROM async_invocation WHERE endpoint = ? AND variant IS NOT NULL GROUP BY variant",
            [.text(key.owner)]
        ) { busy[VariantName($0.text(0))] = Int($0.integer(1)) }
        return busy
    }

    /// What is not over yet.
    struct Backlog {
        /// Waiting and under way.
        var count = 0
        /// Of those, the ones that wait.
        var waiting = 0
        /// When the oldest was accepted, and when the first that waits expires, in milliseconds since the epoch.
        var oldestAccepted: Int64?
        var nextExpiry: Int64?
    }

    static func backlog(_ key: EndpointKey, _ reader: StoreReader) throws -> Backlog {
        var backlog = Backlog()
        try reader.query(
            """
            SELECT COUNT(*), COUNT(*) - COUNT(variant), MIN(accepted),
                MIN(CASE WHEN variant IS NULL THEN expires END) FROM async_invocation WHERE endpoint = ?
            """,
            [.text(key.owner)]
        ) { row in
            backlog.count = Int(row.integer(0))
            backlog.waiting = Int(row.integer(1))
            backlog.oldestAccepted = row.isNull(2) ? nil : row.integer(2)
            backlog.nextExpiry = row.isNull(3) ? nil : row.integer(3)
        }
        return backlog
    }

    private static func rows(
        _ condition: String, _ arguments: [SQLValue], limit: Int, _ reader: StoreReader
    ) throws -> [Row] {
        var rows: [Row] = []
        try reader.query(
            "SELECT number, body FROM async_invocation WHERE \(condition) ORDER BY number LIMIT ?",
            arguments + [.integer(Int64(limit))]
        ) { rows.append(Row(number: $0.integer(0), invocation: try decode($0.blob(1)))) }
        return rows
    }

    private static func encode(_ invocation: AsyncInvocation) throws -> [UInt8] {
        Array(try JSONEncoder().encode(invocation))
    }

    private static func decode(_ bytes: [UInt8]) throws -> AsyncInvocation {
        try JSONDecoder().decode(AsyncInvocation.self, from: Data(bytes))
    }
}
