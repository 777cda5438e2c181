package import AWSModel
package import Gateway
package import MetricRules
import SimTime
package import Store
package import Timeline
package import Vocabulary

/// Amazon CloudWatch: metrics and metric alarms.
///
/// Made after the timeline and before it starts, since it registers its ticks there.
package final class CloudWatchService: Service {
    /// Where the data plane books what it measures.
    package let metrics: MetricStore
    private let alarms: Alarms
    private let timeline: Timeline

    package static let model = ServiceID("cloudwatch")

    /// The tables of metrics and alarm history.
    package static let migrations = [MetricTables.migration, AlarmHistory.migration]

    package init(timeline: Timeline) {
        self.timeline = timeline
        let metrics = MetricStore(timeline: timeline)
        self.metrics = metrics
        alarms = Alarms(timeline: timeline, metrics: metrics)
        timeline.add(Tick(
            name: "metric retention", phase: Phase.metricFlush, period: .hours(1), isNeeded: { metrics.hasSeries },
            run: { turn in
                try metrics.retire(in: turn)
                try AlarmHistory.retire(now: turn.now, in: turn.transaction)
            }))
    }

    // MARK: Ports

    /// Names who hears of every change of an alarm's state, in the turn that makes it.
    package func onTransition(_ handle: @escaping @Sendable (Turn, AlarmTransition) throws -> Void) {
        alarms.onTransition(handle)
    }

    /// The states of alarms as a turn sees them; names of no alarm are absent.
    package func alarmStates(_ realm: Realm, _ names: [String], in turn: Turn) throws -> [String: AlarmState] {
        var states: [String: AlarmState] = [:]
        for name in names {
            states[name] = try alarms.record(AlarmKey(realm: realm, name: name), in: turn)?.stateValue
        }
        return states
    }

    /// The ARN of an alarm as a turn sees it; nil when there is none.
    package func alarmARN(_ realm: Realm, _ name: String, in turn: Turn) throws -> String? {
        try alarms.record(AlarmKey(realm: realm, name: name), in: turn)?.arn(in: realm)
    }

    /// Writes every datapoint booked so far: before the server stops, and before a snapshot is taken.
    package func flush() async throws { try await metrics.flush() }

    /// `flush` as part of another turn.
    package func flush(in turn: Turn) throws {
        metrics.pullSources()
        try metrics.flush(in: turn)
    }

    /// Drops what is in memory, after the database was erased or replaced. Called on the timeline, between turns.
    package func forget() {
        metrics.forget()
        alarms.book.forget()
    }

    // MARK: Operations

    package var operations: [ServiceID: [Operation]] { [Self.model: metricOperations + alarmOperations] }

    private var metricOperations: [Operation] {
        let put = PutMetricData(metrics: metrics), statistics = GetMetricStatistics(metrics: metrics)
        let data = GetMetricData(metrics: metrics), list = ListMetrics(metrics: metrics)
        return [
            Operation("PutMetricData") { try await put.respond(to: $0) },
            Operation("GetMetricStatistics") { try await statistics.respond(to: $0) },
            Operation("GetMetricData", coverage: .partial("queries of metrics; no expressions")) {
                try await data.respond(to: $0)
            },
            Operation("ListMetrics") { try await list.respond(to: $0) },
        ]
    }

    private var alarmOperations: [Operation] {
        let put = PutMetricAlarm(timeline: timeline, alarms: alarms), describe = DescribeAlarms(alarms: alarms)
        let history = DescribeAlarmHistory(store: timeline.store), change = ChangeAlarms(timeline: timeline, alarms: alarms)
        let tags = TagAlarms(timeline: timeline, alarms: alarms)
        let metricAlarmsOnly = Operation.Coverage.partial("metric alarms; no composite alarms")
        return [
            Operation(
                "PutMetricAlarm",
                coverage: .partial("fixed thresholds on a metric; no expressions, bands or PromQL; no delivery of actions"),
                refusedMembers: ["ThresholdMetricId", "EvaluationCriteria", "EvaluationInterval"]
            ) { try await put.respond(to: $0) },
            Operation(
                "DescribeAlarms", coverage: metricAlarmsOnly, refusedMembers: ["ChildrenOfAlarmName", "ParentsOfAlarmName"]
            ) { try await describe.respond(to: $0) },
            Operation("DescribeAlarmsForMetric") { try await describe.respondForMetric(to: $0) },
            Operation("DeleteAlarms", coverage: metricAlarmsOnly) { try await change.delete($0) },
            Operation("SetAlarmState", coverage: metricAlarmsOnly) { try await change.setState($0) },
            Operation("EnableAlarmActions", coverage: metricAlarmsOnly) { try await change.setActionsEnabled(true, $0) },
            Operation("DisableAlarmActions", coverage: metricAlarmsOnly) { try await change.setActionsEnabled(false, $0) },
            Operation("DescribeAlarmHistory", coverage: metricAlarmsOnly, refusedMembers: ["AlarmContributorId"]) {
                try await history.respond(to: $0)
            },
            Operation("TagResource", coverage: .partial("alarms")) { try await tags.tag($0) },
            Operation("UntagResource", coverage: .partial("alarms")) { try await tags.untag($0) },
            Operation("ListTagsForResource", coverage: .partial("alarms")) { try await tags.list($0) },
        ]
    }
}
