import AWSModel
import MetricRules
import SimTime
import Timeline
import Vocabulary

/// What the event log says of alarms, in EventBridge's shape. AWS: doc — spec/cloudwatch.md §9.
enum AlarmEvents {
    static func stateChange(
        _ key: AlarmKey, from old: some StatefulAlarm, to new: some StatefulAlarm, at instant: SimInstant
    ) -> LoggedEvent {
        event("CloudWatch Alarm State Change", key, new, at: instant, detail: [
            ("alarmName", JSONText.string(key.name)), ("state", state(new)), ("previousState", state(old)),
            ("configuration", configuration(new)),
        ])
    }

    /// `operation` is create, update or delete.
    static func configurationChange(
        _ key: AlarmKey, _ alarm: some StatefulAlarm, operation: String, at instant: SimInstant
    ) -> LoggedEvent {
        event("CloudWatch Alarm Configuration Change", key, alarm, at: instant, detail: [
            ("alarmName", JSONText.string(key.name)), ("operation", JSONText.string(operation)), ("state", state(alarm)),
            ("configuration", configuration(alarm)),
        ])
    }

    private static func event(
        _ type: String, _ key: AlarmKey, _ alarm: some StatefulAlarm, at instant: SimInstant,
        detail: [(key: String, value: String?)]
    ) -> LoggedEvent {
        let json = JSONText.object([
            ("version", "\"0\""), ("detail-type", JSONText.string(type)), ("source", "\"aws.cloudwatch\""),
            ("account", JSONText.string(key.realm.account.digits)), ("region", JSONText.string(key.realm.region.name)),
            ("resources", JSONText.array([JSONText.string(alarm.arn(in: key.realm))])), ("detail", JSONText.object(detail)),
        ])
        return LoggedEvent(instant: instant, detailType: type, subject: key.name, json: json)
    }

    private static func configuration(_ alarm: some StatefulAlarm) -> String {
        JSONText.object([("description", alarm.description.map(JSONText.string))] + alarm.eventConfiguration)
    }

    private static func state(_ record: some StatefulAlarm) -> String {
        JSONText.object([
            ("value", JSONText.string(record.state)), ("reason", JSONText.string(record.stateReason)),
            ("reasonData", record.stateReasonData.map(JSONText.string)),
            ("timestamp", JSONText.string(alarmTimestamp(record.stateUpdated))),
        ])
    }

    /// `[{id, metricStat: {…}, returnData}]`, whichever way the request named what is watched.
    static func metrics(_ record: AlarmRecord) -> String {
        if let list = record.metrics?.list { return JSONText.array(list.map(query)) }
        guard case .metric(let stat)? = record.subject else { return "[]" }
        return JSONText.array([JSONText.object([
            ("id", "\"m1\""), ("metricStat", metricStat(stat)), ("returnData", "true"),
        ])])
    }

    private static func query(_ item: AWSValue) -> String {
        let stat = item["MetricStat"].flatMap { try? MetricStat(reading: $0, path: "MetricStat") }
        return JSONText.object([
            ("id", item["Id"]?.string.map(JSONText.string)), ("label", item["Label"]?.string.map(JSONText.string)),
            ("expression", item["Expression"]?.string.map(JSONText.string)), ("metricStat", stat.map(metricStat)),
            ("returnData", item["ReturnData"]?.bool == false ? "false" : "true"),
        ])
    }

    private static func metricStat(_ stat: MetricStat) -> String {
        let dimensions = JSONText.object(stat.metric.dimensions.map { ($0.name, JSONText.string($0.value)) })
        let metric = JSONText.object([
            ("namespace", JSONText.string(stat.metric.namespace)), ("name", JSONText.string(stat.metric.name)),
            ("dimensions", dimensions),
        ])
        return JSONText.object([
            ("metric", metric), ("period", String(stat.periodSeconds)), ("stat", JSONText.string(stat.statistic.name)),
            ("unit", stat.unit.map { JSONText.string($0.rawValue) }),
        ])
    }
}
