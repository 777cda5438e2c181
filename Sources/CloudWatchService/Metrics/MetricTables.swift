import MetricRules
import SimTime
import Store
import Vocabulary

/// The rows of metrics: `metric_series` and `datapoint`.
enum MetricTables {
    static let migration = StoreMigration("cloudwatch-1-metrics", sql: """
        CREATE TABLE metric_series (
            id INTEGER PRIMARY KEY, account TEXT NOT NULL, region TEXT NOT NULL, namespace TEXT NOT NULL,
            name TEXT NOT NULL, dimensions TEXT NOT NULL, newest INTEGER NOT NULL,
            UNIQUE (account, region, namespace, name, dimensions)
        );
        CREATE TABLE datapoint (
            series INTEGER NOT NULL, tier INTEGER NOT NULL, start INTEGER NOT NULL, unit TEXT NOT NULL,
            count REAL NOT NULL, sum REAL NOT NULL, minimum REAL NOT NULL, maximum REAL NOT NULL,
            distribution INTEGER NOT NULL, value_table BLOB,
            PRIMARY KEY (series, tier, start, unit)
        ) WITHOUT ROWID;
        CREATE INDEX datapoint_age ON datapoint (tier, start);
        """)

    struct SeriesRow: Sendable {
        let id: Int64
        let key: SeriesKey
        let newest: SimInstant
    }

    static func allSeries(_ reader: StoreReader) throws -> [SeriesRow] {
        var rows: [SeriesRow] = []
        try reader.query("SELECT id, account, region, namespace, name, dimensions, newest FROM metric_series") { row in
            guard let account = AccountID(row.text(1)), let region = RegionName(row.text(2)) else { return }
            let metric = MetricIdentity(namespace: row.text(3), name: row.text(4), dimensions: dimensions(row.text(5)))
            rows.append(SeriesRow(
                id: row.integer(0), key: SeriesKey(realm: Realm(account: account, region: region), metric: metric),
                newest: SimInstant(millisecondsSinceEpoch: row.integer(6))))
        }
        return rows
    }

    static func insertSeries(_ key: SeriesKey, newest: SimInstant, in transaction: StoreTransaction) throws -> Int64 {
        try transaction.execute(
            """
            INSERT INTO metric_series (account, region, namespace, name, dimensions, newest) VALUES (?, ?, ?, ?, ?, ?)
            """,
            [.text(key.realm.account.digits), .text(key.realm.region.name), .text(key.metric.namespace),
             .text(key.metric.name), .text(text(key.metric.dimensions)), .integer(newest.millisecondsSinceEpoch)])
        return transaction.lastInsertedRowID
    }

    static func touchSeries(_ id: Int64, newest: SimInstant, in transaction: StoreTransaction) throws {
        let instant = SQLValue.integer(newest.millisecondsSinceEpoch)
        try transaction.execute(
            "UPDATE metric_series SET newest = ? WHERE id = ? AND newest < ?", [instant, .integer(id), instant])
    }

    /// The spans of `from ..< to` of a series, ascending within each tier.
    static func spans(
        of series: Int64, from: SimInstant, to: SimInstant, _ reader: StoreReader
    ) throws -> [(key: MemorySeries.SpanKey, samples: SampleSet)] {
        var found: [(key: MemorySeries.SpanKey, samples: SampleSet)] = []
        for tier in RetentionTier.allCases {
            try reader.query(
                """
                SELECT \(columns) FROM datapoint
                WHERE series = ? AND tier = ? AND start >= ? AND start < ? ORDER BY start
                """,
                [.integer(series), .integer(Int64(tier.rawValue)), .integer(from.millisecondsSinceEpoch),
                 .integer(to.millisecondsSinceEpoch)]
            ) { row in
                if let span = span(row, tier: tier) { found.append(span) }
            }
        }
        return found
    }

    static func put(
        _ samples: SampleSet, at key: MemorySeries.SpanKey, of series: Int64, in transaction: StoreTransaction
    ) throws {
        let (kind, table) = coded(samples.distribution)
        try transaction.execute(
            """
            INSERT OR REPLACE INTO datapoint
            (series, tier, start, unit, count, sum, minimum, maximum, distribution, value_table)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [.integer(series), .integer(Int64(key.tier.rawValue)), .integer(key.start.millisecondsSinceEpoch),
             .text(key.unit.rawValue), .real(samples.count), .real(samples.sum), .real(samples.minimum),
             .real(samples.maximum), .integer(kind), table])
    }

    /// Adds samples to what is stored at `key`.
    static func add(
        _ samples: SampleSet, at key: MemorySeries.SpanKey, of series: Int64, in transaction: StoreTransaction
    ) throws {
        var merged = samples
        try transaction.query(
            "SELECT \(columns) FROM datapoint WHERE series = ? AND tier = ? AND start = ? AND unit = ?",
            [.integer(series), .integer(Int64(key.tier.rawValue)), .integer(key.start.millisecondsSinceEpoch),
             .text(key.unit.rawValue)]
        ) { row in
            if let stored = span(row, tier: key.tier) { merged.merge(stored.samples) }
        }
        try put(merged, at: key, of: series, in: transaction)
    }

    /// Applies the retention tiers: spans that have outlived one are merged into the next, or go.
    /// AWS: doc — spec/cloudwatch.md §2.
    static func retire(now: SimInstant, in transaction: StoreTransaction) throws {
        for tier in RetentionTier.allCases {
            // Whole spans of the next tier only, so that each is written once.
            let horizon = (now - tier.keeps).floored(to: (tier.successor ?? tier).span)
            let aged: [SQLValue] = [.integer(Int64(tier.rawValue)), .integer(horizon.millisecondsSinceEpoch)]
            if let successor = tier.successor { try rollUp(tier, into: successor, aged, in: transaction) }
            try transaction.execute("DELETE FROM datapoint WHERE tier = ? AND start < ?", aged)
        }
        let horizon = seriesHorizon(now).millisecondsSinceEpoch
        try transaction.execute("DELETE FROM metric_series WHERE newest < ?", [.integer(horizon)])
    }

    private static func rollUp(
        _ tier: RetentionTier, into successor: RetentionTier, _ aged: [SQLValue], in transaction: StoreTransaction
    ) throws {
        var groups: [(series: Int64, key: MemorySeries.SpanKey, samples: SampleSet)] = []
        try transaction.query(
            """
            SELECT \(columns), series FROM datapoint INDEXED BY datapoint_age
            WHERE tier = ? AND start < ? ORDER BY series, unit, start
            """, aged
        ) { row in
            guard let span = span(row, tier: tier) else { return }
            let series = row.integer(8), start = span.key.start.floored(to: successor.span)
            let key = MemorySeries.SpanKey(unit: span.key.unit, tier: successor, start: start)
            if let last = groups.last, last.series == series, last.key == key {
                groups[groups.count - 1].samples.merge(span.samples)
            } else {
                groups.append((series, key, span.samples))
            }
        }
        for group in groups { try add(group.samples, at: group.key, of: group.series, in: transaction) }
    }

    /// Series without a datapoint since then are forgotten: an hour after their last span went, so that none is left
    /// for a later series of the same row id.
    static func seriesHorizon(_ now: SimInstant) -> SimInstant { now - RetentionTier.hour.keeps - RetentionTier.hour.span }

    // MARK: Coding

    private static let columns = "start, unit, count, sum, minimum, maximum, distribution, value_table"

    private static func span(_ row: SQLRow, tier: RetentionTier) -> (key: MemorySeries.SpanKey, samples: SampleSet)? {
        guard let unit = MetricUnit(rawValue: row.text(1)) else { return nil }
        let key = MemorySeries.SpanKey(unit: unit, tier: tier, start: SimInstant(millisecondsSinceEpoch: row.integer(0)))
        let distribution: SampleSet.Distribution =
            switch row.integer(6) {
            case 0: .uniform
            case 1, 2: valueTable(row.blob(7), isSketch: row.integer(6) == 2).map { .table($0) } ?? .unavailable
            default: .unavailable
            }
        return (key, SampleSet(
            count: row.real(2), sum: row.real(3), minimum: row.real(4), maximum: row.real(5), distribution: distribution))
    }

    private static func coded(_ distribution: SampleSet.Distribution) -> (kind: Int64, table: SQLValue) {
        switch distribution {
        case .uniform: (0, .null)
        case .table(let table): (table.isSketch ? 2 : 1, .blob(bytes(table)))
        case .unavailable: (3, .null)
        }
    }

    /// Values, then counts: little-endian doubles.
    private static func bytes(_ table: ValueTable) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(table.values.count * 16)
        for number in table.values + table.counts {
            withUnsafeBytes(of: number.bitPattern.littleEndian) { bytes.append(contentsOf: $0) }
        }
        return bytes
    }

    private static func valueTable(_ bytes: [UInt8], isSketch: Bool) -> ValueTable? {
        guard bytes.count % 16 == 0 else { return nil }
        let numbers = bytes.withUnsafeBytes { buffer in
            (0..<bytes.count / 8).map { index in
                Double(bitPattern: UInt64(littleEndian: buffer.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self)))
            }
        }
        let half = numbers.count / 2
        return ValueTable(values: Array(numbers[..<half]), counts: Array(numbers[half...]), isSketch: isSketch)
    }

    /// `name␟value␞…`: separators that no dimension can hold.
    static func text(_ dimensions: [MetricDimension]) -> String {
        dimensions.map { "\($0.name)\u{1f}\($0.value)" }.joined(separator: "\u{1e}")
    }

    static func dimensions(_ text: String) -> [MetricDimension] {
        text.split(separator: "\u{1e}").compactMap { part in
            let sides = part.split(separator: "\u{1f}", maxSplits: 1, omittingEmptySubsequences: false)
            return sides.count == 2 ? MetricDimension(name: String(sides[0]), value: String(sides[1])) : nil
        }
    }
}
