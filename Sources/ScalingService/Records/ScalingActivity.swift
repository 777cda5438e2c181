import AWSModel
import ScalingRules
import SimTime
import Store
import Timeline
import Vocabulary

/// What scaling did, or did not: rows, newest last, bounded.
struct ScalingActivity: Sendable, Equatable {
    /// The row; 0 until it is stored.
    var number: Int64 = 0
    let target: TargetKey
    let id: String
    let start: SimInstant
    var end: SimInstant?
    let description: String
    let cause: String
    /// `InProgress`, `Successful` or `Failed`.
    var status: String
    var message: String?
    var notScaled: NotScaled?
    var limits: CapacityLimits?
    var capacity: Int?

    // AWS: recorded form of the members; the reason's numbers are those its code is about.
    var shown: AWSValue {
        let reason = notScaled.map { reason -> AWSValue in
            [
                "Code": .string(reason.rawValue),
                "MaxCapacity": reason == .atMaximum ? limits.map { .integer(Int64($0.maximum)) } : nil,
                "MinCapacity": reason == .atMinimum ? limits.map { .integer(Int64($0.minimum)) } : nil,
                "CurrentCapacity": capacity.map { .integer(Int64($0)) },
            ]
        }
        return [
            "ActivityId": .string(id), "ServiceNamespace": "sagemaker", "ResourceId": .string(target.resourceID),
            "ScalableDimension": .string(target.dimension.rawValue), "Description": .string(description),
            "Cause": .string(cause), "StartTime": .timestamp(start), "EndTime": end.map { .timestamp($0) },
            "StatusCode": .string(status), "StatusMessage": message.map { .string($0) },
            "NotScaledReasons": reason.map { .list([$0]) },
        ]
    }
}

/// The table of activities: the only place with SQL of scaling.
enum ScalingActivities {
    static let migration = StoreMigration("scaling-1-activities", sql: """
        CREATE TABLE scaling_activity (
            number INTEGER PRIMARY KEY AUTOINCREMENT, account TEXT NOT NULL, region TEXT NOT NULL, resource TEXT NOT NULL,
            dimension TEXT NOT NULL, id TEXT NOT NULL, start INTEGER NOT NULL, finish INTEGER, description TEXT NOT NULL,
            cause TEXT NOT NULL, status TEXT NOT NULL, message TEXT, reason TEXT, minimum INTEGER, maximum INTEGER,
            capacity INTEGER
        );
        CREATE INDEX scaling_activity_target ON scaling_activity (account, region, resource, dimension, number);
        """)

    /// Of one target the newest so many are kept, and none longer than six weeks. AWS: doc for the weeks.
    private static let perTargetMax = 2_000
    private static let kept = SimDuration.days(42)

    private static func owner(_ target: TargetKey) -> [SQLValue] {
        [.text(target.realm.account.digits), .text(target.realm.region.name), .text(target.resourceID),
         .text(target.dimension.rawValue)]
    }

    private static let isOwner = "account = ? AND region = ? AND resource = ? AND dimension = ?"

    /// Adds one and answers its row. The same reason for not scaling is told once until something else happens.
    @discardableResult
    static func add(_ activity: ScalingActivity, in turn: Turn) throws -> Int64 {
        let transaction = turn.transaction
        if let reason = activity.notScaled {
            var last: (Int64, String?, String)?
            try transaction.query(
                "SELECT number, reason, cause FROM scaling_activity WHERE \(isOwner) ORDER BY number DESC LIMIT 1", owner(activity.target)
            ) { row in last = (row.integer(0), row.isNull(1) ? nil : row.text(1), row.text(2)) }
            if let last, last.1 == reason.rawValue, last.2 == activity.cause { return last.0 }
        }
        func integer(_ value: Int?) -> SQLValue { value.map { .integer(Int64($0)) } ?? .null }
        try transaction.execute(
            """
            INSERT INTO scaling_activity (account, region, resource, dimension, id, start, finish, description, cause, status,
                message, reason, minimum, maximum, capacity) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            owner(activity.target) + [
                .text(activity.id), .integer(activity.start.millisecondsSinceEpoch),
                activity.end.map { .integer($0.millisecondsSinceEpoch) } ?? .null, .text(activity.description),
                .text(activity.cause), .text(activity.status), activity.message.map { .text($0) } ?? .null,
                activity.notScaled.map { .text($0.rawValue) } ?? .null, integer(activity.limits?.minimum),
                integer(activity.limits?.maximum), integer(activity.capacity),
            ])
        let number = transaction.lastInsertedRowID
        try transaction.execute(
            """
            DELETE FROM scaling_activity WHERE \(isOwner) AND (start < ? OR number <= COALESCE(
                (SELECT number FROM scaling_activity WHERE \(isOwner) ORDER BY number DESC LIMIT 1 OFFSET \(perTargetMax)), 0))
            """,
            owner(activity.target) + [.integer((turn.now - kept).millisecondsSinceEpoch)] + owner(activity.target))
        return number
    }

    static func finish(_ number: Int64, status: String, message: String, in turn: Turn) throws {
        try turn.transaction.execute(
            "UPDATE scaling_activity SET finish = ?, status = ?, message = ? WHERE number = ?",
            [.integer(turn.now.millisecondsSinceEpoch), .text(status), .text(message), .integer(number)])
    }

    /// The activities of a realm, of one resource and dimension where those are named, newest first, before a row.
    static func list(
        _ realm: Realm, resourceID: String?, dimension: String?, includesNotScaled: Bool, before: Int64, limit: Int,
        _ reader: StoreReader
    ) throws -> [ScalingActivity] {
        var found: [ScalingActivity] = []
        var conditions = "account = ? AND region = ? AND number < ?"
        var arguments: [SQLValue] = [.text(realm.account.digits), .text(realm.region.name), .integer(before)]
        if let resourceID {
            conditions += " AND resource = ?"
            arguments.append(.text(resourceID))
        }
        if let dimension {
            conditions += " AND dimension = ?"
            arguments.append(.text(dimension))
        }
        if !includesNotScaled { conditions += " AND reason IS NULL" }
        try reader.query(
            """
            SELECT number, resource, dimension, id, start, finish, description, cause, status, message, reason, minimum,
                maximum, capacity FROM scaling_activity WHERE \(conditions) ORDER BY number DESC LIMIT ?
            """, arguments + [.integer(Int64(limit))]
        ) { row in
            guard let dimension = ScalableDimension(rawValue: row.text(2)) else { return }
            let limits = row.isNull(11) || row.isNull(12)
                ? nil : CapacityLimits(minimum: Int(row.integer(11)), maximum: Int(row.integer(12)))
            found.append(ScalingActivity(
                number: row.integer(0), target: TargetKey(realm: realm, resourceID: row.text(1), dimension: dimension),
                id: row.text(3), start: SimInstant(millisecondsSinceEpoch: row.integer(4)),
                end: row.isNull(5) ? nil : SimInstant(millisecondsSinceEpoch: row.integer(5)), description: row.text(6),
                cause: row.text(7), status: row.text(8), message: row.isNull(9) ? nil : row.text(9),
                notScaled: row.isNull(10) ? nil : NotScaled(rawValue: row.text(10)), limits: limits,
                capacity: row.isNull(13) ? nil : Int(row.integer(13))))
        }
        return found
    }
}
