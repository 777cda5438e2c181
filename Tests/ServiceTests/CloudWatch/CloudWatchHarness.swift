import AWSModel
import CloudWatchService
import Gateway
import HTTPServer
import Logging
import MetricRules
import SimTime
import Store
import Synchronization
import Timeline
import Vocabulary

/// CloudWatch over a real store and timeline, on a manual clock, called without HTTP.
final class CloudWatchHarness: Sendable {
    static let start = CivilTime(year: 2026, month: 5, day: 26, hour: 14)!.instant
    static let realm = Realm(account: .fallback, region: .fallback)

    let store: Store
    let timeline: Timeline
    let service: CloudWatchService
    private let behaviors: [String: Operation.Behavior]

    /// A fresh server, or the next one over a store that another has left.
    init(store: Store? = nil) throws {
        let store = try store ?? Store(
            location: .ephemeral, migrations: Timeline.migrations + CloudWatchService.migrations)
        self.store = store
        timeline = try Timeline(
            store: store, clock: .init(mode: .manual), realNow: { Self.start }, logger: Logger(label: "test"))
        service = CloudWatchService(timeline: timeline, actionRetryPauses: [.zero, .zero])
        let operations = service.operations[CloudWatchService.model] ?? []
        behaviors = Dictionary(uniqueKeysWithValues: operations.map { ($0.name, $0.behavior) })
        timeline.start()
    }

    /// The store is deleted with its last harness.
    func close() {
        service.endFlushing()
        store.close()
    }

    var now: SimInstant { timeline.now }

    @discardableResult
    func call(_ operation: String, _ input: AWSObject, realm: Realm = CloudWatchHarness.realm) async throws -> AWSObject {
        let context = RequestContext(
            requestID: "r", caller: .root(of: realm.account, accessKeyID: nil), region: realm.region, now: timeline.now,
            clockShift: timeline.clockShift, service: CloudWatchService.model, operation: operation, method: "POST",
            target: "/", headers: [:])
        guard let behavior = behaviors[operation] else { throw AWSFault.notEmulated(service: "cloudwatch", operation: operation) }
        return try await behavior(OperationRequest(input: input, payload: RequestBody(bytes: []), context: context)).output
    }

    /// The fault an operation answers, or nil when it succeeds.
    func fault(_ operation: String, _ input: AWSObject) async throws -> AWSFault? {
        do {
            try await call(operation, input)
            return nil
        } catch let fault as AWSFault {
            return fault
        }
    }

    func advance(_ duration: SimDuration) async throws { _ = try await timeline.advance(by: duration) }

    // MARK: Short hands

    func put(_ value: Double, at instant: SimInstant? = nil, metric: String = "m", _ more: AWSObject = [:]) async throws {
        var datum: AWSObject = [
            "MetricName": .string(metric), "Value": .double(value), "Timestamp": .timestamp(instant ?? now),
        ]
        for (key, value) in more.entries { datum[key] = value }
        try await call("PutMetricData", ["Namespace": "N", "MetricData": [.object(datum)]])
    }

    static let alarm: AWSObject = [
        "AlarmName": "a", "Namespace": "N", "MetricName": "m", "Statistic": "Average", "Period": 60,
        "EvaluationPeriods": 1, "Threshold": 21, "ComparisonOperator": "GreaterThanThreshold",
    ]

    func putAlarm(_ changes: AWSObject = [:], without: [String] = []) async throws {
        try await call("PutMetricAlarm", Self.merged(Self.alarm, changes, without: without))
    }

    static func merged(_ base: AWSObject, _ changes: AWSObject, without: [String] = []) -> AWSObject {
        var input = base
        for (key, value) in changes.entries { input[key] = value }
        for key in without { input[key] = nil }
        return input
    }

    func described(_ name: String = "a") async throws -> AWSObject {
        try await call("DescribeAlarms", ["AlarmNames": [.string(name)]])["MetricAlarms"]?.list?.first?.object ?? [:]
    }

    func state(_ name: String = "a") async throws -> String? { try await described(name)["StateValue"]?.string }

    func summaries(_ name: String = "a", types: [AWSValue] = ["MetricAlarm"]) async throws -> [String] {
        let items = try await call("DescribeAlarmHistory", [
            "AlarmName": .string(name), "ScanBy": "TimestampAscending", "AlarmTypes": .list(types),
        ])
        return (items["AlarmHistoryItems"]?.list ?? []).compactMap { $0["HistorySummary"]?.string }
    }

    /// `[(minutes since start, value)]` of one statistic.
    func sums(
        _ metric: String = "m", from: SimInstant = CloudWatchHarness.start - .hours(1), to: SimInstant? = nil, period: Int64 = 60
    ) async throws -> [[Double]] {
        let answer = try await call("GetMetricStatistics", [
            "Namespace": "N", "MetricName": .string(metric), "StartTime": .timestamp(from),
            "EndTime": .timestamp(to ?? now + .minutes(1)), "Period": .integer(period), "Statistics": ["Sum"],
        ])
        return (answer["Datapoints"]?.list ?? []).compactMap { point in
            guard let instant = point["Timestamp"]?.instant, let sum = point["Sum"]?.double else { return nil }
            return [(instant - CloudWatchHarness.start).seconds / 60, sum]
        }
    }
}

/// Collects what listeners are told.
final class TransitionLog: Sendable {
    private let entries = Mutex<[AlarmTransition]>([])
    func add(_ transition: AlarmTransition) { entries.withLock { $0.append(transition) } }
    var all: [AlarmTransition] { entries.withLock { $0 } }
}
