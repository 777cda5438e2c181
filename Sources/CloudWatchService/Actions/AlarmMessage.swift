import AWSModel
import Foundation
import MetricRules
import SimTime
import Vocabulary

/// What SNS subscribers are told of an alarm. AWS: recorded — spec/cloudwatch.md §9, actions and notifications.
enum AlarmMessage {
    static func notification(
        of occasion: ActionOccasion<some StatefulAlarm>, in realm: Realm, action: String, shift: ClockShift
    ) -> AlarmNotification {
        let alarm = occasion.alarm
        let subject = "\(occasion.state.rawValue): \"\(alarm.name)\" in \(regionName(realm.region))"
        let message = message(of: occasion, in: realm, shift: shift), id = UUID().uuidString.lowercased()
        let payload = AlarmNotification.isFunction(action)
            ? FunctionEvent.json(of: occasion, in: realm, shift: shift)
            : envelope(subject: subject, message: message, topic: action, at: shift.shown(occasion.since), id: id)
        return AlarmNotification(
            realm: realm, alarmName: alarm.name, actionARN: action, state: occasion.state, instant: occasion.since,
            subject: subject, message: message, messageID: id, payload: payload)
    }

    static func message(of occasion: ActionOccasion<some StatefulAlarm>, in realm: Realm, shift: ClockShift) -> String {
        func strings(_ list: [String]) -> String { JSONText.array(list.map(JSONText.string)) }
        func time(_ instant: SimInstant) -> String { JSONText.string(alarmTimestamp(shift.shown(instant))) }
        let alarm = occasion.alarm
        return JSONText.object([
            ("AlarmName", JSONText.string(alarm.name)),
            ("AlarmDescription", alarm.description.map(JSONText.string) ?? "null"),
            ("AWSAccountId", JSONText.string(realm.account.digits)),
            ("AlarmConfigurationUpdatedTimestamp", time(alarm.configurationUpdated)),
            ("NewStateValue", JSONText.string(occasion.state.rawValue)), ("NewStateReason", JSONText.string(occasion.reason)),
            ("StateChangeTime", time(occasion.since)), ("Region", JSONText.string(regionName(realm.region))),
            ("AlarmArn", JSONText.string(alarm.arn(in: realm))), ("OldStateValue", JSONText.string(occasion.prior.state)),
            ("OKActions", strings(alarm.okActions)), ("AlarmActions", strings(alarm.alarmActions)),
            ("InsufficientDataActions", strings(alarm.insufficientDataActions)),
        ] + alarm.messageTrigger + contributorMembers(occasion.contributor))
    }

    /// AWS: inferred from the names of the API.
    static func contributorMembers(_ contributor: AlarmContributor?) -> [(key: String, value: String?)] {
        guard let contributor else { return [] }
        return [
            ("AlarmContributorId", JSONText.string(contributor.id)),
            ("AlarmContributorAttributes", contributor.attributesJSON),
        ]
    }

    /// The body SNS posts to HTTP subscribers, without its signature. AWS: doc of SNS.
    static func envelope(subject: String, message: String, topic: String, at instant: SimInstant, id: String) -> String {
        JSONText.object([
            ("Type", "\"Notification\""), ("MessageId", JSONText.string(id)), ("TopicArn", JSONText.string(topic)),
            ("Subject", JSONText.string(subject)), ("Message", JSONText.string(message)),
            ("Timestamp", JSONText.string(CivilTime(instant).iso8601Milliseconds)),
        ])
    }

    /// SNS's `Trigger`. AWS: recorded — spec/cloudwatch.md §9.
    static func trigger(_ record: AlarmRecord) -> String {
        var members: [(key: String, value: String?)] = []
        if let list = record.metrics?.list {
            let period: Int? = switch record.subject {
            case .metric(let stat)?: stat.periodSeconds
            case .math(let math)?: math.periodSeconds
            case nil: nil
            }
            members = [("Period", period.map(String.init))]
            members += judgement(record)
            members.append(("Metrics", JSONText.array(list.map { JSONText.value($0) })))
        } else {
            let statistic = record.statistic.map(upperSnake) ?? record.extendedStatistic
            members = [
                ("MetricName", record.metricName.map(JSONText.string)), ("Namespace", record.namespace.map(JSONText.string)),
                ("StatisticType", record.statistic == nil ? "\"ExtendedStatistic\"" : "\"Statistic\""),
                (record.statistic == nil ? "ExtendedStatistic" : "Statistic", statistic.map(JSONText.string)),
                ("Unit", record.unit.map(JSONText.string) ?? "null"),
                ("Dimensions", JSONText.array(record.dimensions.map {
                    JSONText.object([("value", JSONText.string($0.value)), ("name", JSONText.string($0.name))])
                })),
                ("Period", record.periodSeconds.map(String.init)),
            ]
            members += judgement(record)
        }
        return JSONText.object(members)
    }

    private static func judgement(_ record: AlarmRecord) -> [(key: String, value: String?)] {
        [
            ("EvaluationPeriods", String(record.evaluationPeriods)),
            ("DatapointsToAlarm", record.datapointsToAlarm.map(String.init)),
            ("ComparisonOperator", JSONText.string(record.comparisonOperator)),
            ("Threshold", record.threshold.map(JSONText.number)),
            ("ThresholdMetricId", record.thresholdMetricID.map(JSONText.string)),
            ("TreatMissingData", JSONText.string(record.treatMissingData ?? MissingDataTreatment.missing.rawValue)),
            ("EvaluateLowSampleCountPercentile", JSONText.string(record.evaluateLowSampleCountPercentile ?? "")),
        ]
    }

    /// `SampleCount` is `SAMPLE_COUNT` here.
    private static func upperSnake(_ name: String) -> String {
        name.reduce(into: "") { result, character in
            if character.isUppercase, !result.isEmpty { result.append("_") }
            result += character.uppercased()
        }
    }

    /// The long name of a region; its code for those that are not in the table.
    static func regionName(_ region: RegionName) -> String { regionNames[region.name] ?? region.name }

    private static let regionNames = [
        "us-east-1": "US East (N. Virginia)", "us-east-2": "US East (Ohio)", "us-west-1": "US West (N. California)",
        "us-west-2": "US West (Oregon)", "ca-central-1": "Canada (Central)", "eu-central-1": "EU (Frankfurt)",
        "eu-west-1": "EU (Ireland)", "eu-west-2": "EU (London)", "eu-west-3": "EU (Paris)", "eu-north-1": "EU (Stockholm)",
        "eu-south-1": "EU (Milan)", "ap-south-1": "Asia Pacific (Mumbai)", "ap-northeast-1": "Asia Pacific (Tokyo)",
        "ap-northeast-2": "Asia Pacific (Seoul)", "ap-northeast-3": "Asia Pacific (Osaka)",
        "ap-southeast-1": "Asia Pacific (Singapore)", "ap-southeast-2": "Asia Pacific (Sydney)",
        "ap-east-1": "Asia Pacific (Hong Kong)", "sa-east-1": "South America (Sao Paulo)", "me-south-1": "Middle East (Bahrain)",
        "af-south-1": "Africa (Cape Town)",
    ]
}
