import SimTime
import Store
import Vocabulary

/// What keeps logs from growing for ever.
extension LogTables {
    /// Of one stream the newest so many events are kept.
    static let eventsOfStreamMax: Int64 = 50_000
    /// Of the whole server so many events and bytes; beyond them a tenth goes, the oldest first.
    static let eventsMax: Int64 = 500_000
    static let bytesMax: Int64 = 512 << 20

    /// Drops what is beyond the bounds after an append to `stream`.
    static func trim(_ stream: LogStream, _ transaction: StoreTransaction) throws {
        var events: Int64 = 0
        try transaction.query("SELECT events FROM log_stream WHERE number = ?", [.integer(stream.number)]) {
            events = $0.integer(0)
        }
        // Some slack, so that not every append deletes.
        if events > eventsOfStreamMax + 1000 {
            try drop(
                """
                number IN (SELECT number FROM log_event WHERE stream = ? ORDER BY instant, number LIMIT ?)
                """, [.integer(stream.number), .integer(events - eventsOfStreamMax)], transaction)
        }
        var all: Int64 = 0, bytes: Int64 = 0
        try transaction.query("SELECT COALESCE(SUM(events), 0), COALESCE(SUM(bytes), 0) FROM log_stream") { row in
            (all, bytes) = (row.integer(0), row.integer(1))
        }
        if all > eventsMax || bytes > bytesMax {
            try drop(
                "number IN (SELECT number FROM log_event ORDER BY number LIMIT ?)", [.integer(max(1, all / 10))], transaction)
        }
    }

    /// Drops the events of a group before `instant`.
    static func drop(before instant: SimInstant, of group: String, _ realm: Realm, _ transaction: StoreTransaction) throws {
        try drop(
            """
            instant < ? AND stream IN (SELECT number FROM log_stream WHERE account = ? AND region = ? AND log_group = ?)
            """,
            [.integer(instant.millisecondsSinceEpoch), .text(realm.account.digits), .text(realm.region.name), .text(group)],
            transaction)
    }

    /// Drops events and brings their streams' counts up to date.
    private static func drop(_ condition: String, _ arguments: [SQLValue], _ transaction: StoreTransaction) throws {
        var counts: [(stream: Int64, events: Int64, bytes: Int64)] = []
        try transaction.query(
            """
            SELECT stream, COUNT(*), SUM(LENGTH(CAST(message AS BLOB)) + \(eventOverheadBytes)) FROM log_event
            WHERE \(condition) GROUP BY stream
            """, arguments
        ) { counts.append(($0.integer(0), $0.integer(1), $0.integer(2))) }
        guard !counts.isEmpty else { return }
        try transaction.execute("DELETE FROM log_event WHERE \(condition)", arguments)
        for count in counts {
            try transaction.execute(
                """
                UPDATE log_stream SET events = events - ?, bytes = bytes - ?,
                    first_event = (SELECT MIN(instant) FROM log_event WHERE stream = log_stream.number) WHERE number = ?
                """, [.integer(count.events), .integer(count.bytes), .integer(count.stream)])
        }
    }
}
