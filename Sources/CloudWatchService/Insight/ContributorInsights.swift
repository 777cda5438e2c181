import Dispatch
import MetricRules
import SimTime
import Store
import Synchronization
import Vocabulary

/// Evaluates Contributor Insights rules on the log events that are stored, when they are asked: also those from before a
/// rule was made, where AWS counts from then on.
final class ContributorInsights: Sendable {
    private let source = Mutex<(any LogEventSource)?>(nil)

    /// Events of one group that a report looks at, the newest first.
    static let eventsMax = 200_000
    /// The same for an alarm, which looks at them in a turn: everybody waits for it.
    static let eventsOfAlarmMax = 10_000

    /// Reports are made one after the other: a dozen at once would take every reader of the database from everybody else.
    let thread = DispatchQueue(label: "coldframe.contributor-insights")

    func read(from source: any LogEventSource) { self.source.withLock { $0 = source } }

    /// Makes the newest events readable. Called before reports outside a turn.
    func prepare() async throws { try await source.withLock { $0 }?.flush() }

    /// A rule and what it finds; nil when there is none of that name.
    func report(
        _ name: String, _ realm: Realm, from: SimInstant, to: SimInstant, periodSeconds: Int, eventsMax: Int,
        _ reader: StoreReader
    ) throws -> (rule: ContributorRule, report: ContributorReport)? {
        guard let record = try reader.document(InsightRuleRecord.collection(realm).key(name), as: InsightRuleRecord.self)
        else { return nil }
        let rule = try RuleDefinition.read(record.definition).rule
        var report = ContributorReport(rule: rule, periodSeconds: periodSeconds)
        let end = record.disabledAt.map { min($0, to) } ?? to
        guard from < end, let source = source.withLock({ $0 }) else { return (rule, report) }
        try source.forEachEvent(
            in: realm, groups: rule.reads, from: from, to: end, limit: eventsMax, reader
        ) { instant, message in
            if let event = RuleDefinition.event(message, of: rule) { report.add(event, at: instant) }
        }
        return (rule, report)
    }

    /// The series of `INSIGHT_RULE_METRIC`; without datapoints when there is no such rule.
    func series(
        _ call: InsightCall, _ realm: Realm, from: SimInstant, to: SimInstant, eventsMax: Int, _ reader: StoreReader
    ) throws -> MathSeries {
        let found = try report(
            call.rule, realm, from: from, to: to, periodSeconds: call.periodSeconds, eventsMax: eventsMax, reader)
        return MathSeries(
            points: found?.report.points(call.measure) ?? [], periodSeconds: call.periodSeconds,
            label: "\(call.rule) \(call.measure.rawValue)")
    }
}
