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
    private let feed: MetricStreamFeed
    private let tags = ResourceTags()
    private let timeline: Timeline

    package static let model = ServiceID("cloudwatch")

    /// The tables of metrics and alarm history.
    package static let migrations = [MetricTables.migration, AlarmHistory.migration, AlarmHistory.typeMigration, AlarmHistory.contributorMigration]

    /// `actionRetryPauses` are waited between attempts to deliver an alarm's action, in real time.
    package init(
        timeline: Timeline, actionRetryPauses: [Duration] = [.milliseconds(100), .milliseconds(400), .milliseconds(1600)],
        logger: Logger = Logger(label: "coldframe.cloudwatch")
    ) {
        self.timeline = timeline
        let metrics = MetricStore(timeline: timeline, logger: logger)
        self.metrics = metrics
        mutes = MuteRules(timeline: timeline, tags: tags)
        feed = MetricStreamFeed(timeline: timeline, metrics: metrics, logger: logger)
        actions = AlarmActions(timeline: timeline, mutes: mutes, retryPauses: actionRetryPauses, logger: logger)
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

    /// Adds who hears of every change of an alarm's state, in the turn that makes it.
    package func onTransition(_ handle: @escaping @Sendable (Turn, AlarmTransition) throws -> Void) {
        alarms.onTransition(handle)
    }

    /// Names who delivers alarm actions. Without anybody, every action fails, and history says so.
    package func deliverActions(by sink: any AlarmActionSink) { actions.deliver(by: sink) }

    /// Names who takes what metric streams send. Without anybody, nothing is sent.
    package func deliverStreams(to sink: any MetricStreamSink) { feed.deliver(to: sink) }

    /// Names where Contributor Insights reads log events. Without anybody, reports are empty.
    package func readLogs(from source: any LogEventSource) { metrics.insights.read(from: source) }

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

    /// Writes every datapoint booked so far: before a snapshot is taken.
    package func flush() async throws { try await metrics.flush() }

    /// Writes nothing by itself any more: the database is about to close.
    package func endFlushing() { metrics.endFlushing() }

    /// `flush` as part of another turn.
    package func flush(in turn: Turn) throws {
        metrics.pullSources()
        try metrics.flush(in: turn)
    }

    /// Drops what is in memory, after the database was erased or replaced. Called on the timeline, between turns.
    package func forget() {
        metrics.forget()
        alarms.forget()
        feed.forget()
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
            Operation("GetMetricData", coverage: .partial("no SERVICE_QUOTA")) {
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
        return [
            Operation(
                "PutMetricAlarm", coverage: .partial("no PromQL"), refusedMembers: ["EvaluationCriteria", "EvaluationInterval"]
            ) { try await put.respond(to: $0) },
            Operation("PutCompositeAlarm") { try await composite.respond(to: $0) },
            Operation("DescribeAlarms") { try await describe.respond(to: $0) },
            Operation("DescribeAlarmsForMetric") { try await describe.respondForMetric(to: $0) },
            Operation("DescribeAlarmContributors") { try await contributors.respond(to: $0) },
            Operation("DeleteAlarms") { try await change.delete($0) },
            Operation("SetAlarmState") { try await change.setState($0) },
            Operation("EnableAlarmActions") { try await change.setActionsEnabled(true, $0) },
            Operation("DisableAlarmActions") { try await change.setActionsEnabled(false, $0) },
            Operation("DescribeAlarmHistory") { try await history.respond(to: $0) },
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
        let dashboards = Dashboards(timeline: timeline, tags: tags), streams = MetricStreams(timeline: timeline, tags: tags, feed: feed)
        let detectors = AnomalyDetectors(timeline: timeline, metrics: metrics), enrichment = OTelEnrichment(timeline: timeline)
        let unusedDetectors = Operation.Coverage.partial("detectors on expressions and PeriodicSpikes do not change bands")
        let unusedEnrichment = Operation.Coverage.partial("the switch is kept; there is nothing to enrich")
        return [
            Operation("PutDashboard") { try await dashboards.put($0) },
            Operation("GetDashboard") { try await dashboards.get($0) },
            Operation("ListDashboards") { try await dashboards.list($0) },
            Operation("DeleteDashboards") { try await dashboards.delete($0) },
            Operation("PutMetricStream") { try await streams.put($0) },
            Operation("GetMetricStream") { try await streams.get($0) },
            Operation("ListMetricStreams") { try await streams.list($0) },
            Operation("DeleteMetricStream") { try await streams.delete($0) },
            Operation("StartMetricStreams") { try await streams.setRunning(true, $0) },
            Operation("StopMetricStreams") { try await streams.setRunning(false, $0) },
            Operation("PutAnomalyDetector", coverage: unusedDetectors) { try await detectors.put($0) },
            Operation("DescribeAnomalyDetectors") {
                try await detectors.describe($0)
            },
            Operation("DeleteAnomalyDetector") {
                try await detectors.delete($0)
            },
            Operation("StartOTelEnrichment", coverage: unusedEnrichment) { try await enrichment.setRunning(true, $0) },
            Operation("StopOTelEnrichment", coverage: unusedEnrichment) { try await enrichment.setRunning(false, $0) },
            Operation("GetOTelEnrichment", coverage: unusedEnrichment) { try await enrichment.get($0) },
        ]
    }

    private var insightOperations: [Operation] {
        let rules = InsightRules(timeline: timeline, tags: tags, insights: metrics.insights)
        return [
            Operation("PutInsightRule") { try await rules.put($0) },
            Operation("DescribeInsightRules") { try await rules.describe($0) },
            Operation("EnableInsightRules") { try await rules.setEnabled(true, $0) },
            Operation("DisableInsightRules") { try await rules.setEnabled(false, $0) },
            Operation("DeleteInsightRules") { try await rules.delete($0) },
            Operation("PutManagedInsightRules") { try await rules.putManaged($0) },
            Operation("ListManagedInsightRules") { try await rules.listManaged($0) },
            Operation("GetInsightRuleReport") { try await rules.report($0) },
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
