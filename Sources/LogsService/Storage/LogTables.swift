import SimTime
import Store
import Vocabulary

/// The rows of streams and events: the only place with SQL of logs.
enum LogTables {
    static let migration = StoreMigration("logs-1-streams-events", sql: """
        CREATE TABLE log_stream (
            number INTEGER PRIMARY KEY AUTOINCREMENT, account TEXT NOT NULL, region TEXT NOT NULL, log_group TEXT NOT NULL,
            name TEXT NOT NULL, created INTEGER NOT NULL, first_event INTEGER, last_event INTEGER, last_ingestion INTEGER,
            events INTEGER NOT NULL DEFAULT 0, bytes INTEGER NOT NULL DEFAULT 0, UNIQUE (account, region, log_group, name)
        );
        CREATE TABLE log_event (
            number INTEGER PRIMARY KEY AUTOINCREMENT, stream INTEGER NOT NULL, instant INTEGER NOT NULL,
            ingested INTEGER NOT NULL, message TEXT NOT NULL
        );
        CREATE INDEX log_event_order ON log_event (stream, instant, number);
        """)

    private static let streamColumns = "number, name, created, first_event, last_event, last_ingestion"

    private static func stream(_ row: SQLRow) -> LogStream {
        func instant(_ column: Int) -> SimInstant? {
            row.isNull(column) ? nil : SimInstant(millisecondsSinceEpoch: row.integer(column))
        }
        return LogStream(
            number: row.integer(0), name: row.text(1), created: SimInstant(millisecondsSinceEpoch: row.integer(2)),
            firstEvent: instant(3), lastEvent: instant(4), lastIngestion: instant(5))
    }

    private static func owner(_ realm: Realm, _ group: String) -> [SQLValue] {
        [.text(realm.account.digits), .text(realm.region.name), .text(group)]
    }

    // MARK: Streams

    static func stream(_ name: String, of group: String, _ realm: Realm, _ reader: StoreReader) throws -> LogStream? {
        var found: LogStream?
        try reader.query(
            "SELECT \(streamColumns) FROM log_stream WHERE account = ? AND region = ? AND log_group = ? AND name = ?",
            owner(realm, group) + [.text(name)]) { found = stream($0) }
        return found
    }

    /// The streams of a group whose names begin with `prefix`, ordered by name.
    static func streams(of group: String, _ realm: Realm, prefix: String, _ reader: StoreReader) throws -> [LogStream] {
        var found: [LogStream] = []
        try reader.query(
            "SELECT \(streamColumns) FROM log_stream WHERE account = ? AND region = ? AND log_group = ? ORDER BY name",
            owner(realm, group)) { row in
                let stream = stream(row)
                if stream.name.hasPrefix(prefix) { found.append(stream) }
            }
        return found
    }

    static func create(
        _ name: String, of group: String, _ realm: Realm, at instant: SimInstant, _ transaction: StoreTransaction
    ) throws -> LogStream {
        try transaction.execute(
            "INSERT INTO log_stream (account, region, log_group, name, created) VALUES (?, ?, ?, ?, ?)",
            owner(realm, group) + [.text(name), .integer(instant.millisecondsSinceEpoch)])
        return LogStream(number: transaction.lastInsertedRowID, name: name, created: instant)
    }

    static func delete(_ stream: LogStream, _ transaction: StoreTransaction) throws {
        try transaction.execute("DELETE FROM log_event WHERE stream = ?", [.integer(stream.number)])
        try transaction.execute("DELETE FROM log_stream WHERE number = ?", [.integer(stream.number)])
    }

    /// Stored bytes by group of a realm.
    static func bytesByGroup(_ realm: Realm, _ reader: StoreReader) throws -> [String: Int64] {
        var bytes: [String: Int64] = [:]
        try reader.query(
            "SELECT log_group, SUM(bytes) FROM log_stream WHERE account = ? AND region = ? GROUP BY log_group",
            [.text(realm.account.digits), .text(realm.region.name)]) { bytes[$0.text(0)] = $0.integer(1) }
        return bytes
    }

    // MARK: Events

    /// What AWS counts of an event besides its message. AWS: doc — PutLogEvents.
    static let eventOverheadBytes = 26

    static func append(
        _ events: [(instant: SimInstant, message: String)], to stream: LogStream, at now: SimInstant,
        _ transaction: StoreTransaction
    ) throws {
        guard let first = events.map(\.instant).min(), let last = events.map(\.instant).max() else { return }
        var bytes = 0
        for event in events {
            bytes += event.message.utf8.count + eventOverheadBytes
            try transaction.execute(
                "INSERT INTO log_event (stream, instant, ingested, message) VALUES (?, ?, ?, ?)",
                [.integer(stream.number), .integer(event.instant.millisecondsSinceEpoch),
                 .integer(now.millisecondsSinceEpoch), .text(event.message)])
        }
        try transaction.execute(
            """
            UPDATE log_stream SET events = events + ?, bytes = bytes + ?, last_ingestion = ?,
                first_event = MIN(COALESCE(first_event, ?), ?), last_event = MAX(COALESCE(last_event, ?), ?)
            WHERE number = ?
            """,
            [.integer(Int64(events.count)), .integer(Int64(bytes)), .integer(now.millisecondsSinceEpoch)]
                + [first, first, last, last].map { .integer($0.millisecondsSinceEpoch) } + [.integer(stream.number)])
    }

    /// Events between two positions (exclusive) and within `instants`, in order or in reverse, handed over until `take`
    /// answers false.
    static func events(
        of streams: [Int64], after: LogPosition, before: LogPosition, in instants: Range<SimInstant>, isReversed: Bool,
        _ reader: StoreReader, limit: Int, take: (LogEvent, _ stream: Int64) -> Bool
    ) throws {
        let places = Array(repeating: "?", count: streams.count).joined(separator: ", ")
        let direction = isReversed ? "DESC" : "ASC"
        var isOver = false
        try reader.query(
            """
            SELECT instant, number, ingested, message, stream FROM log_event
            WHERE stream IN (\(places)) AND instant >= ? AND instant < ? AND (instant, number) > (?, ?) AND (instant, number) < (?, ?)
            ORDER BY instant \(direction), number \(direction) LIMIT ?
            """,
            streams.map { .integer($0) } + [
                .integer(instants.lowerBound.millisecondsSinceEpoch), .integer(instants.upperBound.millisecondsSinceEpoch),
                .integer(after.instant.millisecondsSinceEpoch), .integer(after.number),
                .integer(before.instant.millisecondsSinceEpoch), .integer(before.number), .integer(Int64(limit)),
            ]
        ) { row in
            guard !isOver else { return }
            let event = LogEvent(
                position: LogPosition(instant: SimInstant(millisecondsSinceEpoch: row.integer(0)), number: row.integer(1)),
                ingested: SimInstant(millisecondsSinceEpoch: row.integer(2)), message: row.text(3))
            isOver = !take(event, row.integer(4))
        }
    }
}
