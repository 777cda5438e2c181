import MetricRules
import SimTime
import Store
import Timeline
import Vocabulary

/// One line of an alarm's history.
struct AlarmHistoryItem: Sendable {
    enum Kind: String, Sendable {
        case configurationUpdate = "ConfigurationUpdate"
        case stateUpdate = "StateUpdate"
        case action = "Action"
        case contributorStateUpdate = "AlarmContributorStateUpdate"
        case contributorAction = "AlarmContributorAction"
    }

    var alarmName: String
    var instant: SimInstant
    var kind: String
    var summary: String
    /// JSON.
    var data: String
    /// The position in the table: the order in which items were written.
    var number: Int64 = 0
    /// `MetricAlarm` or `CompositeAlarm`.
    var type: String
    /// Of items about one contributor of an alarm.
    var contributorID: String?
    var contributorAttributes: [AlarmRecord.Dimension] = []
}

/// The rows of alarm history; they outlive their alarm.
enum AlarmHistory {
    static let migration = StoreMigration("cloudwatch-2-alarm-history", sql: """
        CREATE TABLE alarm_history (
            number INTEGER PRIMARY KEY AUTOINCREMENT, account TEXT NOT NULL, region TEXT NOT NULL, alarm TEXT NOT NULL,
            instant INTEGER NOT NULL, kind TEXT NOT NULL, summary TEXT NOT NULL, data TEXT NOT NULL
        );
        CREATE INDEX alarm_history_alarm ON alarm_history (account, region, alarm, instant, number);
        CREATE INDEX alarm_history_instant ON alarm_history (instant);
        """)

    static let typeMigration = StoreMigration("cloudwatch-3-alarm-type", sql: """
        ALTER TABLE alarm_history ADD COLUMN type TEXT NOT NULL DEFAULT 'MetricAlarm';
        """)

    static let contributorMigration = StoreMigration("cloudwatch-4-alarm-contributors", sql: """
        ALTER TABLE alarm_history ADD COLUMN contributor TEXT;
        ALTER TABLE alarm_history ADD COLUMN contributor_attributes TEXT;
        """)

    /// AWS: doc — spec/cloudwatch.md §9.
    static let keeps = SimDuration.days(14)

    static func record(
        _ kind: AlarmHistoryItem.Kind, of key: AlarmKey, _ type: AlarmKind, summary: String, data: String,
        contributor: AlarmContributor? = nil, in turn: Turn
    ) throws {
        try turn.transaction.execute(
            """
            INSERT INTO alarm_history (account, region, alarm, instant, kind, summary, data, type, contributor, contributor_attributes)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [.text(key.realm.account.digits), .text(key.realm.region.name), .text(key.name),
             .integer(turn.now.millisecondsSinceEpoch), .text(kind.rawValue), .text(summary), .text(data),
             .text(type.rawValue), contributor.map { .text($0.id) } ?? .null,
             contributor.map { .text(MetricTables.text($0.attributes.map { MetricDimension(name: $0.name, value: $0.value) })) } ?? .null])
    }

    struct Query: Sendable {
        var realm: Realm
        var alarmName: String?
        var kind: String?
        var types: Set<AlarmKind>
        var contributorID: String?
        var from: SimInstant
        var to: SimInstant
        var isNewestFirst: Bool
        /// Where the last page ended.
        var after: (instant: SimInstant, number: Int64)?
        var limit: Int
    }

    static func items(_ query: Query, _ reader: StoreReader) throws -> [AlarmHistoryItem] {
        var sql = """
            SELECT alarm, instant, kind, summary, data, number, type, contributor, contributor_attributes FROM alarm_history
            WHERE account = ? AND region = ? AND instant >= ? AND instant <= ?
            """
        var arguments: [SQLValue] = [
            .text(query.realm.account.digits), .text(query.realm.region.name),
            .integer(query.from.millisecondsSinceEpoch), .integer(query.to.millisecondsSinceEpoch),
        ]
        if let name = query.alarmName {
            sql += " AND alarm = ?"
            arguments.append(.text(name))
        }
        if let kind = query.kind {
            sql += " AND kind = ?"
            arguments.append(.text(kind))
        }
        if let contributor = query.contributorID {
            sql += " AND contributor = ?"
            arguments.append(.text(contributor))
        }
        sql += " AND type IN (\(query.types.map { _ in "?" }.joined(separator: ", ")))"
        arguments += query.types.map { .text($0.rawValue) }
        if let after = query.after {
            sql += " AND (instant, number) \(query.isNewestFirst ? "<" : ">") (?, ?)"
            arguments += [.integer(after.instant.millisecondsSinceEpoch), .integer(after.number)]
        }
        let direction = query.isNewestFirst ? "DESC" : "ASC"
        sql += " ORDER BY instant \(direction), number \(direction) LIMIT ?"
        arguments.append(.integer(Int64(query.limit)))
        var found: [AlarmHistoryItem] = []
        try reader.query(sql, arguments) { row in
            found.append(AlarmHistoryItem(
                alarmName: row.text(0), instant: SimInstant(millisecondsSinceEpoch: row.integer(1)), kind: row.text(2),
                summary: row.text(3), data: row.text(4), number: row.integer(5), type: row.text(6),
                contributorID: row.isNull(7) ? nil : row.text(7),
                contributorAttributes: row.isNull(8) ? [] : MetricTables.dimensions(row.text(8)).map {
                    .init(name: $0.name, value: $0.value)
                }))
        }
        return found
    }

    static func retire(now: SimInstant, in transaction: StoreTransaction) throws {
        let horizon = (now - keeps).millisecondsSinceEpoch
        try transaction.execute("DELETE FROM alarm_history WHERE instant < ?", [.integer(horizon)])
    }

    // MARK: Texts

    /// AWS: recorded for creation, the others inferred from it — spec/cloudwatch.md §9.
    static func configurationData(type: String, member: String, _ record: some StatefulAlarm, realm: Realm) -> String {
        JSONText.object([
            ("version", "\"1.0\""), ("type", JSONText.string(type)), (member, record.historyConfiguration(in: realm)),
        ])
    }

    /// The keys of `createdAlarm`. AWS: recorded — spec/cloudwatch.md §9.
    static func configuration(_ record: AlarmRecord, realm: Realm) -> String {
        func strings(_ list: [String]) -> String { JSONText.array(list.map(JSONText.string)) }
        return JSONText.object([
            ("alarmName", JSONText.string(record.name)),
            ("alarmDescription", record.description.map(JSONText.string)),
            ("alarmArn", JSONText.string(record.arn(in: realm))),
            ("alarmConfigurationUpdatedTimestamp", JSONText.string(alarmTimestamp(record.configurationUpdated))),
            ("namespace", record.namespace.map(JSONText.string)),
            ("metricName", record.metricName.map(JSONText.string)),
            ("statistic", (record.statistic ?? record.extendedStatistic).map(JSONText.string)),
            ("period", record.periodSeconds.map(String.init)),
            ("dimensions", JSONText.array(record.dimensions.map {
                JSONText.object([("value", JSONText.string($0.value)), ("name", JSONText.string($0.name))])
            })),
            ("threshold", record.threshold.map(JSONText.number)),
            ("thresholdMetricId", record.thresholdMetricID.map(JSONText.string)),
            ("comparisonOperator", JSONText.string(record.comparisonOperator)),
            ("evaluationPeriods", String(record.evaluationPeriods)),
            ("datapointsToAlarm", record.datapointsToAlarm.map(String.init)),
            ("treatMissingData", record.treatMissingData.map(JSONText.string)),
            ("stateValue", JSONText.string(record.state)),
            ("stateUpdatedTimestamp", JSONText.string(alarmTimestamp(record.stateUpdated))),
            ("actionsEnabled", record.actionsEnabled ? "true" : "false"),
            ("alarmActions", strings(record.alarmActions)),
            ("insufficientDataActions", strings(record.insufficientDataActions)),
            ("okactions", strings(record.okActions)),
        ])
    }

    /// AWS: inferred from `stateData`.
    static func contributorData(_ change: ContributorChange) -> String {
        func state(_ value: String, _ reason: String) -> String {
            JSONText.object([("stateValue", JSONText.string(value)), ("stateReason", JSONText.string(reason))])
        }
        return JSONText.object([
            ("version", "\"1.0\""), ("alarmContributorId", JSONText.string(change.contributor.id)),
            ("alarmContributorAttributes", change.contributor.attributesJSON),
            ("oldState", state(change.prior.state, change.prior.reason)),
            ("newState", state(change.state.rawValue, change.contributor.stateReason)),
        ])
    }

    /// AWS: recorded — spec/cloudwatch.md §9.
    static func stateData(from old: some StatefulAlarm, to new: some StatefulAlarm) -> String {
        func state(_ record: some StatefulAlarm) -> String {
            JSONText.object([
                ("stateValue", JSONText.string(record.state)), ("stateReason", JSONText.string(record.stateReason)),
                ("stateReasonData", record.stateReasonData),
            ])
        }
        return JSONText.object([("version", "\"1.0\""), ("oldState", state(old)), ("newState", state(new))])
    }
}
