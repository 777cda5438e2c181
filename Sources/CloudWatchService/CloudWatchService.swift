package import AWSModel
package import Gateway
package import Logging
package import MetricRules
import SimTime
package import Store
package import Timeline
package import Vocabulary

/// Amazon CloudWatch: metrics, metric math, alarms and their actions, and the resources around them.
///
/// Made after the timeline and before it starts, since it registers its ticks there.
package final class CloudWatchService: Service {
    /// Where the data plane books what it measures.
    package let metrics: MetricStore
    let alarms: Alarms
    private let actions: AlarmActions
    private let mutes: MuteRules
    private let tags = ResourceTags()
    private let timeline: Timeline

    package static let model = ServiceID("cloudwatch")

    /// The tables of metrics and alarm history.
    package static let migrations = [MetricTables.migration, AlarmHistory.migration, AlarmHistory.typeMigration]

    package init(timeline: Timeline, logger: Logger = Logger(label: "coldframe.cloudwatch")) {
        self.timeline = timeline
        let metrics = MetricStore(timeline: timeline, logger: logger)
        self.metrics = metrics
        mutes = MuteRules(timeline: timeline, tags: tags)
        actions = AlarmActions(timeline: timeline, mutes: mutes, logger: logger)
        alarms = Alarms(timeline: timeline, metrics: metrics, actions: actions)
        alarms.handleTimers()
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

    /// Names who delivers alarm actions. Without anybody, every action fails, and history says so.
    package func deliverActions(by sink: any AlarmActionSink) { actions.deliver(by: sink) }

    /// The states of alarms of any kind as a turn sees them; names of no alarm are absent.
    package func alarmStates(_ realm: Realm, _ names: [String], in turn: Turn) throws -> [String: AlarmState] {
        var states: [String: AlarmState] = [:]
        for name in names {
            states[name] = try alarms.state(of: AlarmKey(realm: realm, name: name), in: turn)?.state
        }
        return states
    }

    /// The ARN of an alarm as a turn sees it; nil when there is none.
    package func alarmARN(_ realm: Realm, _ name: String, in turn: Turn) throws -> String? {
        let key = AlarmKey(realm: realm, name: name)
        return try alarms.state(of: key, in: turn).map { _ in AlarmRecord.arn(name, in: realm) }
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
        alarms.forget()
    }

    // MARK: Operations

    package var operations: [ServiceID: [Operation]] {
        [Self.model: metricOperations + alarmOperations + muteOperations + resourceOperations + insightOperations + tagOperations]
    }

    private var metricOperations: [Operation] {
        let put = PutMetricData(metrics: metrics), statistics = GetMetricStatistics(metrics: metrics)
        let data = GetMetricData(metrics: metrics), list = ListMetrics(metrics: metrics)
        let image = GetMetricWidgetImage(metrics: metrics, alarms: alarms)
        return [
            Operation("PutMetricData") { try await put.respond(to: $0) },
            Operation("GetMetricStatistics") { try await statistics.respond(to: $0) },
            Operation("GetMetricData", coverage: .partial("no SERVICE_QUOTA; INSIGHT_RULE_METRIC has no log data")) {
                try await data.respond(to: $0)
            },
            Operation("ListMetrics") { try await list.respond(to: $0) },
            Operation("GetMetricWidgetImage", coverage: .partial("lines, stacked areas and numbers, as png")) {
                try await image.respond(to: $0)
            },
        ]
    }

    private var alarmOperations: [Operation] {
        let put = PutMetricAlarm(timeline: timeline, alarms: alarms), describe = DescribeAlarms(alarms: alarms)
        let composite = PutCompositeAlarm(timeline: timeline, alarms: alarms)
        let history = DescribeAlarmHistory(store: timeline.store), change = ChangeAlarms(timeline: timeline, alarms: alarms)
        let contributors = DescribeAlarmContributors(alarms: alarms)
        let noLogAlarms = Operation.Coverage.partial("metric and composite alarms; no log alarms")
        return [
            Operation(
                "PutMetricAlarm", coverage: .partial("no PromQL, no alarms of several contributors"),
                refusedMembers: [
                    "EvaluationCriteria", "EvaluationInterval", "EvaluationWindow", "WarmUpConfiguration", "ActionConfiguration",
                ]
            ) { try await put.respond(to: $0) },
            Operation(
                "PutCompositeAlarm", coverage: .partial("no AT_LEAST in rules"), refusedMembers: ["ActionConfiguration"]
            ) { try await composite.respond(to: $0) },
            Operation("DescribeAlarms", coverage: noLogAlarms) { try await describe.respond(to: $0) },
            Operation("DescribeAlarmsForMetric") { try await describe.respondForMetric(to: $0) },
            Operation("DescribeAlarmContributors", coverage: .partial("no alarm has several contributors")) {
                try await contributors.respond(to: $0)
            },
            Operation("DeleteAlarms", coverage: noLogAlarms) { try await change.delete($0) },
            Operation("SetAlarmState", coverage: noLogAlarms) { try await change.setState($0) },
            Operation("EnableAlarmActions", coverage: noLogAlarms) { try await change.setActionsEnabled(true, $0) },
            Operation("DisableAlarmActions", coverage: noLogAlarms) { try await change.setActionsEnabled(false, $0) },
            Operation("DescribeAlarmHistory", coverage: noLogAlarms, refusedMembers: ["AlarmContributorId"]) {
                try await history.respond(to: $0)
            },
        ]
    }

    private var muteOperations: [Operation] {
        [
            Operation("PutAlarmMuteRule") { [mutes] in try await mutes.put($0) },
            Operation("GetAlarmMuteRule") { [mutes] in try await mutes.get($0) },
            Operation("ListAlarmMuteRules") { [mutes] in try await mutes.list($0) },
            Operation("DeleteAlarmMuteRule") { [mutes] in try await mutes.delete($0) },
        ]
    }

    private var resourceOperations: [Operation] {
        let dashboards = Dashboards(timeline: timeline, tags: tags), streams = MetricStreams(timeline: timeline, tags: tags)
        let detectors = AnomalyDetectors(timeline: timeline, metrics: metrics), enrichment = OTelEnrichment(timeline: timeline)
        let silentStreams = Operation.Coverage.partial("streams are kept; nothing is sent")
        let unusedDetectors = Operation.Coverage.partial("bands are learned without detectors and their configuration")
        let unusedEnrichment = Operation.Coverage.partial("the switch is kept; nothing is enriched")
        return [
            Operation("PutDashboard") { try await dashboards.put($0) },
            Operation("GetDashboard") { try await dashboards.get($0) },
            Operation("ListDashboards") { try await dashboards.list($0) },
            Operation("DeleteDashboards") { try await dashboards.delete($0) },
            Operation("PutMetricStream", coverage: silentStreams) { try await streams.put($0) },
            Operation("GetMetricStream", coverage: silentStreams) { try await streams.get($0) },
            Operation("ListMetricStreams", coverage: silentStreams) { try await streams.list($0) },
            Operation("DeleteMetricStream", coverage: silentStreams) { try await streams.delete($0) },
            Operation("StartMetricStreams", coverage: silentStreams) { try await streams.setRunning(true, $0) },
            Operation("StopMetricStreams", coverage: silentStreams) { try await streams.setRunning(false, $0) },
            Operation("PutAnomalyDetector", coverage: unusedDetectors) { try await detectors.put($0) },
            Operation("DescribeAnomalyDetectors", coverage: unusedDetectors, refusedMembers: ["AnomalyDetectorIds"]) {
                try await detectors.describe($0)
            },
            Operation("DeleteAnomalyDetector", coverage: unusedDetectors, refusedMembers: ["AnomalyDetectorId"]) {
                try await detectors.delete($0)
            },
            Operation("StartOTelEnrichment", coverage: unusedEnrichment) { try await enrichment.start($0) },
            Operation("UpdateOTelEnrichment", coverage: unusedEnrichment) { try await enrichment.update($0) },
            Operation("StopOTelEnrichment", coverage: unusedEnrichment) { try await enrichment.stop($0) },
            Operation("GetOTelEnrichment", coverage: unusedEnrichment) { try await enrichment.get($0) },
        ]
    }

    private var insightOperations: [Operation] {
        let rules = InsightRules(timeline: timeline, tags: tags)
        let noLogs = Operation.Coverage.partial("rules are kept; there are no logs to report on")
        return [
            Operation("PutInsightRule", coverage: noLogs) { try await rules.put($0) },
            Operation("DescribeInsightRules", coverage: noLogs) { try await rules.describe($0) },
            Operation("EnableInsightRules", coverage: noLogs) { try await rules.setEnabled(true, $0) },
            Operation("DisableInsightRules", coverage: noLogs) { try await rules.setEnabled(false, $0) },
            Operation("DeleteInsightRules", coverage: noLogs) { try await rules.delete($0) },
            Operation("PutManagedInsightRules", coverage: noLogs) { try await rules.putManaged($0) },
            Operation("ListManagedInsightRules", coverage: noLogs) { try await rules.listManaged($0) },
            Operation("GetInsightRuleReport", coverage: noLogs) { try await rules.report($0) },
        ]
    }

    private var tagOperations: [Operation] {
        let tagging = TagResources(timeline: timeline, alarms: alarms, tags: tags)
        return [
            Operation("TagResource") { try await tagging.tag($0) },
            Operation("UntagResource") { try await tagging.untag($0) },
            Operation("ListTagsForResource") { try await tagging.list($0) },
        ]
    }
}
