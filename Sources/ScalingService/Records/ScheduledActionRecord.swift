import AWSModel
import Foundation
import ScalingRules
import SimTime

/// A scheduled action as it is stored.
struct ScheduledActionRecord: Codable, Sendable, Equatable {
    let name: String
    let target: TargetKey
    let arn: String
    let created: SimInstant
    var schedule: String
    /// Nil is UTC.
    var timeZone: String?
    var start: SimInstant?
    var end: SimInstant?
    var minimum: Int?
    var maximum: Int?

    /// The first run after `instant`, within start and end; nil when there is none.
    func nextRun(after instant: SimInstant) -> SimInstant? {
        guard let schedule = try? Schedule(parsing: schedule) else { return nil }
        let zone = timeZone.flatMap { TimeZone(identifier: $0) }
        // A run at the very start counts.
        let after = start.map { max($0 - .milliseconds(1), instant) } ?? instant
        let next = schedule.next(after: after, start: start ?? created) { instant in
            .seconds(Int64(zone?.secondsFromGMT(for: Date(timeIntervalSince1970: instant.secondsSinceEpoch)) ?? 0))
        }
        guard let next, end.map({ next <= $0 }) ?? true else { return nil }
        return next
    }

    var shown: AWSValue {
        [
            "ScheduledActionName": .string(name), "ScheduledActionARN": .string(arn), "ServiceNamespace": "sagemaker",
            "Schedule": .string(schedule), "Timezone": timeZone.map { .string($0) }, "ResourceId": .string(target.resourceID),
            "ScalableDimension": .string(target.dimension.rawValue), "StartTime": start.map { .timestamp($0) },
            "EndTime": end.map { .timestamp($0) },
            "ScalableTargetAction": [
                "MinCapacity": minimum.map { .integer(Int64($0)) }, "MaxCapacity": maximum.map { .integer(Int64($0)) },
            ],
            "CreationTime": .timestamp(created),
        ]
    }
}
