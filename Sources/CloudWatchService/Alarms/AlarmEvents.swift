import MetricRules
import SimTime
import Timeline
import Vocabulary

/// What the event log says of alarms, in EventBridge's shape. AWS: doc — spec/cloudwatch.md §9.
enum AlarmEvents {
    static func stateChange(
        _ key: AlarmKey, from old: AlarmRecord, to new: AlarmRecord, at instant: SimInstant
    ) -> LoggedEvent {
        let detail = JSONText.object([
            ("alarmName", JSONText.string(key.name)), ("state", state(new)), ("previousState", state(old)),
            ("configuration", JSONText.object([
                ("description", new.description.map(JSONText.string)), ("metrics", metrics(new)),
            ])),
        ])
        let json = JSONText.object([
            ("version", "\"0\""), ("detail-type", "\"CloudWatch Alarm State Change\""), ("source", "\"aws.cloudwatch\""),
            ("account", JSONText.string(key.realm.account.digits)), ("region", JSONText.string(key.realm.region.name)),
            ("resources", JSONText.array([JSONText.string(new.arn(in: key.realm))])), ("detail", detail),
        ])
        return LoggedEvent(
            instant: instant, detailType: "CloudWatch Alarm State Change", subject: key.name, json: json)
    }

    private static func state(_ record: AlarmRecord) -> String {
        JSONText.object([
            ("value", JSONText.string(record.state)), ("reason", JSONText.string(record.stateReason)),
            ("reasonData", record.stateReasonData.map(JSONText.string)),
            ("timestamp", JSONText.string(alarmTimestamp(record.stateUpdated))),
        ])
    }

    private static func metrics(_ record: AlarmRecord) -> String {
        guard let watched = record.watched else { return "[]" }
        let dimensions = JSONText.object(watched.metric.dimensions.map { ($0.name, JSONText.string($0.value)) })
        let metric = JSONText.object([
            ("namespace", JSONText.string(watched.metric.namespace)), ("name", JSONText.string(watched.metric.name)),
            ("dimensions", dimensions),
        ])
        let stat = JSONText.object([
            ("metric", metric), ("period", String(watched.periodSeconds)), ("stat", JSONText.string(watched.statistic.name)),
        ])
        return JSONText.array([JSONText.object([("id", "\"m1\""), ("metricStat", stat), ("returnData", "true")])])
    }
}
