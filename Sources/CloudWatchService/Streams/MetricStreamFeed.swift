import AWSModel
import Logging
import MetricRules
import SimTime
import Store
import Synchronization
import Timeline
import Vocabulary

/// Sends what running metric streams want to the sink: at each simulated minute, the minutes that are over and have
/// changed since. A datapoint that changes later is sent again, as AWS does with late data.
final class MetricStreamFeed: Sendable {
    static let eventType = "CloudWatch Metric Stream Delivery"

    private let timeline: Timeline
    private let metrics: MetricStore
    private let logger: Logger
    private let sink = Mutex<(any MetricStreamSink)?>(nil)
    /// The running streams as last committed; nil until they are loaded.
    private let running = Mutex<[Realm: [MetricStreamRecord]]?>(nil)

    init(timeline: Timeline, metrics: MetricStore, logger: Logger) {
        self.timeline = timeline
        self.metrics = metrics
        self.logger = logger
        timeline.add(Tick(
            name: "metric streams", phase: Phase.metricFlush, period: .minutes(1), isNeeded: { [weak self] in self?.isNeeded ?? false },
            run: { [weak self] turn in try self?.send(in: turn) }))
    }

    func deliver(to sink: any MetricStreamSink) { self.sink.withLock { $0 = sink } }

    /// Drops what is known, after streams have changed or the database was replaced.
    func forget() {
        running.withLock { $0 = nil }
        metrics.marksMinutes(true)
    }

    private var isNeeded: Bool { running.withLock { $0?.isEmpty != true } }

    private func streams(_ reader: StoreReader) throws -> [Realm: [MetricStreamRecord]] {
        if let known = running.withLock({ $0 }) { return known }
        let stored = try reader.documentsEverywhere(
            service: AlarmBook.service, type: MetricStreamRecord.documentType, as: MetricStreamRecord.self)
        let found = Dictionary(grouping: stored.filter(\.value.isRunning), by: \.key.collection.realm)
            .mapValues { $0.map(\.value) }
        running.withLock { $0 = found }
        metrics.marksMinutes(!found.isEmpty)
        return found
    }

    private func send(in turn: Turn) throws {
        let streams = try streams(turn.transaction)
        guard !streams.isEmpty, let sink = sink.withLock({ $0 }) else { return }
        let minutes = try metrics.takeMarkedMinutes(before: turn.now.floored(to: .minutes(1)), in: turn)
        let shift = timeline.clockShift
        for (realm, own) in Dictionary(grouping: minutes, by: \.key.realm) {
            for stream in streams[realm] ?? [] {
                let selection = StreamSelection(stream)
                let records = own.compactMap { selection.record(of: $0, shift: shift) }
                guard !records.isEmpty, let format = selection.format else { continue }
                let identity = StreamIdentity(
                    name: stream.name, account: realm.account.digits, region: realm.region.name, arn: stream.arn(in: realm))
                let batch = MetricStreamBatch(
                    realm: realm, streamName: stream.name,
                    deliveryStreamARN: stream.members["FirehoseArn"]?.string ?? "",
                    bytes: format.encoded(records, of: identity), recordCount: records.count, instant: shift.shown(turn.now))
                let isWritten = try sink.write(batch, in: turn)
                if !isWritten {
                    logger.warning("no bucket takes a metric stream", metadata: [
                        "stream": "\(batch.streamName)", "deliveryStream": "\(batch.deliveryStreamARN)",
                    ])
                }
                turn.record(Self.event(batch, isWritten: isWritten, at: turn.now))
            }
        }
    }

    private static func event(_ batch: MetricStreamBatch, isWritten: Bool, at instant: SimInstant) -> LoggedEvent {
        let json = JSONText.object([
            ("version", "\"0\""), ("detail-type", JSONText.string(eventType)), ("source", "\"coldframe.cloudwatch\""),
            ("account", JSONText.string(batch.realm.account.digits)), ("region", JSONText.string(batch.realm.region.name)),
            ("resources", JSONText.array([JSONText.string(batch.deliveryStreamARN)])),
            ("detail", JSONText.object([
                ("streamName", JSONText.string(batch.streamName)), ("records", String(batch.recordCount)),
                ("written", isWritten ? "true" : "false"),
            ])),
        ])
        return LoggedEvent(instant: instant, detailType: eventType, subject: batch.streamName, json: json)
    }
}

/// What of the metrics a stream sends, and with which statistics.
struct StreamSelection {
    private struct Filter {
        let namespace: String?
        /// Empty takes every metric of the namespace.
        let names: Set<String>
    }

    let format: StreamFormat?
    private let included: [Filter]
    private let excluded: [Filter]
    private let additional: [(metrics: Set<MetricIdentity>, statistics: [(name: String, choice: StatisticChoice)])]

    init(_ stream: MetricStreamRecord) {
        func filters(_ member: String) -> [Filter] {
            (stream.members[member]?.list ?? []).map { item in
                Filter(namespace: item["Namespace"]?.string, names: Set((item["MetricNames"]?.list ?? []).compactMap(\.string)))
            }
        }
        format = stream.members["OutputFormat"]?.string.flatMap(StreamFormat.init)
        included = filters("IncludeFilters")
        excluded = filters("ExcludeFilters")
        additional = (stream.members["StatisticsConfigurations"]?.list ?? []).map { item in
            let metrics = (item["IncludeMetrics"]?.list ?? []).map {
                MetricIdentity(namespace: $0["Namespace"]?.string ?? "", name: $0["MetricName"]?.string ?? "")
            }
            let statistics = (item["AdditionalStatistics"]?.list ?? []).compactMap(\.string).compactMap { name in
                (try? StatisticChoice(parsing: name)).map { (name: name, choice: $0) }
            }
            return (Set(metrics), statistics)
        }
    }

    /// AWS: doc — a filter names a namespace, or some metrics of it.
    func takes(_ metric: MetricIdentity) -> Bool {
        func matches(_ filter: Filter) -> Bool {
            filter.namespace == metric.namespace && (filter.names.isEmpty || filter.names.contains(metric.name))
        }
        if excluded.contains(where: matches) { return false }
        return included.isEmpty || included.contains(where: matches)
    }

    /// Nil for a metric that the stream does not send.
    func record(of minute: MarkedMinute, shift: ClockShift) -> StreamRecord? {
        let metric = minute.key.metric
        guard takes(metric) else { return nil }
        let name = MetricIdentity(namespace: metric.namespace, name: metric.name)
        let values = additional.filter { $0.metrics.contains(name) }.flatMap(\.statistics).compactMap { statistic in
            minute.samples.value(statistic.choice).map { (name: statistic.name, value: $0) }
        }
        return StreamRecord(
            metric: metric, unit: minute.unit, start: shift.shown(minute.start), samples: minute.samples, additional: values)
    }
}
