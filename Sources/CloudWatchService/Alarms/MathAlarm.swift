import AWSModel
import MetricRules
import SimTime
import Store
import Synchronization
import Vocabulary

/// What an alarm with a `Metrics` list looks at. AWS: spec/cloudwatch.md §7.
struct MathAlarm: Sendable {
    let plan: MathPlan
    /// The queries that are metrics, by id.
    let stats: [(id: String, stat: MetricStat)]
    /// The query whose series is judged.
    let watchedID: String
    /// The query that yields the band it is judged by.
    let bandID: String?

    /// Nil for a list that PutMetricAlarm would refuse.
    init?(_ metrics: AWSValue, thresholdID: String?) {
        let items = metrics.list ?? []
        // The account was checked when the alarm was put.
        guard let queries = try? items.map({ item in
            var item = item.object ?? AWSObject()
            item["AccountId"] = nil
            return try MetricDataQuery.queries([.object(item)], path: "Metrics", operation: "PutMetricAlarm", account: "")[0]
        }), let plan = try? MathPlan(queries.map(\.source)),
            let watched = queries.first(where: { $0.isReturned && $0.id != thresholdID })
        else { return nil }
        self.plan = plan
        stats = queries.compactMap { query in query.stat.map { (query.id, $0) } }
        watchedID = watched.id
        bandID = thresholdID
    }

    var periodSeconds: Int { plan.queries.first { $0.id == watchedID }?.periodSeconds ?? 60 }

    /// The query, when every series it yields is judged by itself.
    var groupedQuery: MathPlan.Query? {
        guard bandID == nil, let query = plan.queries.first(where: { $0.id == watchedID }), query.isGrouped else { return nil }
        return query
    }

    var isOnSeveralSeries: Bool { groupedQuery != nil }

    /// The metric, when the alarm judges one as it is: nothing is computed then.
    var onlyStat: MetricStat? { bandID == nil ? stats.first { $0.id == watchedID }?.stat : nil }
}

/// Trained bands, kept for an hour of simulated time: training reads two weeks of datapoints.
final class BandModelCache: Sendable {
    private struct Entry: Sendable {
        var until: SimInstant
        var configured: SimInstant
        var models: [MathExpression: BandModel]
    }

    private let entries = Mutex<[AlarmKey: Entry]>([:])

    /// The models for an evaluation at `instant`, trained anew where there are none or the alarm has changed since.
    func models(
        _ key: AlarmKey, at instant: SimInstant, configured: SimInstant, train: (SimInstant) throws -> [MathExpression: BandModel]
    ) throws -> [MathExpression: BandModel] {
        let known = entries.withLock { $0[key] }
        if let known, instant < known.until, known.until - .hours(1) <= instant, known.configured == configured { return known.models }
        let hour = instant.floored(to: .hours(1))
        let models = try train(hour)
        entries.withLock { $0[key] = Entry(until: hour + .hours(1), configured: configured, models: models) }
        return models
    }

    func forget() { entries.withLock { $0 = [:] } }
}

/// One evaluation of an alarm on expressions, in a turn.
struct MathAlarmEvaluation {
    let alarm: MathAlarm
    let definition: AlarmDefinition
    let realm: Realm
    let metrics: MetricStore
    /// The end of the newest bucket.
    let end: SimInstant

    func window(models: BandModelCache, key: AlarmKey, configured: SimInstant, _ reader: StoreReader) throws -> AlarmWindow {
        var environment = MathEnvironment(from: end - definition.evaluationSpan, to: end)
        for (id, stat) in alarm.stats {
            environment.values[id] = .series(try series(stat, label: id, reader))
        }
        for query in alarm.plan.queries {
            guard case .insights(let insights) = query.formula else { continue }
            environment.values[query.id] = .series(try series(
                insights, periodSeconds: query.periodSeconds, from: environment.from, to: end, reader))
        }
        for call in alarm.plan.insightCalls {
            environment.insightRules[call] = try metrics.insights.series(
                call, realm, from: environment.from, to: end, eventsMax: ContributorInsights.eventsOfAlarmMax, reader)
        }
        if !alarm.plan.bandArguments.isEmpty {
            environment.bands = try models.models(key, at: end, configured: configured) { try train(until: $0, reader) }
        }
        // An expression that cannot be computed on these values has no datapoints; it must not stop other alarms.
        let values = (try? alarm.plan.values(in: environment)) ?? [:]
        let nothing = MathSeries(points: [], periodSeconds: definition.periodSeconds)
        guard case .series(let watched)? = values[alarm.watchedID] else {
            return AlarmWindow(of: definition, endingAt: end, series: nothing)
        }
        guard let bandID = alarm.bandID else { return AlarmWindow(of: definition, endingAt: end, series: watched) }
        guard case .array(let band)? = values[bandID], band.count == 2 else {
            return AlarmWindow(of: definition, endingAt: end, series: nothing)
        }
        return AlarmWindow(of: definition, endingAt: end, series: watched, band: (upper: band[0], lower: band[1]))
    }

    private func series(_ stat: MetricStat, label: String, _ reader: StoreReader) throws -> MathSeries {
        var own = definition
        own.statistic = stat.statistic
        own.periodSeconds = stat.periodSeconds
        own.unit = stat.unit
        let window = try metrics.window(
            of: own, SeriesKey(realm: realm, metric: stat.metric), endingAt: end, reader)
        return window.series(periodSeconds: stat.periodSeconds, label: label)
    }

    /// One series of a query with GROUP BY.
    struct Group: Sendable {
        let attributes: [AlarmRecord.Dimension]
        let window: AlarmWindow
    }

    /// The series of the alarm's query, each with the window it is judged on.
    func groups(_ reader: StoreReader) throws -> [Group] {
        guard let query = alarm.groupedQuery, case .insights(let insights) = query.formula else { return [] }
        let from = end - definition.evaluationSpan
        let members = try members(of: insights, periodSeconds: query.periodSeconds, from: from, to: end, reader)
        return insights.groupedSeries(of: members, periodSeconds: query.periodSeconds).map { key, series in
            Group(
                attributes: zip(insights.groups, key).map { .init(name: $0, value: $1) },
                window: AlarmWindow(of: definition, endingAt: end, series: series))
        }
    }

    private func series(
        _ insights: InsightsQuery, periodSeconds: Int, from: SimInstant, to: SimInstant, _ reader: StoreReader
    ) throws -> MathSeries {
        let members = try members(of: insights, periodSeconds: periodSeconds, from: from, to: to, reader)
        return insights.series(of: members, periodSeconds: periodSeconds).first
            ?? MathSeries(points: [], periodSeconds: periodSeconds)
    }

    /// The metrics a query is about, in buckets of its period.
    private func members(
        of insights: InsightsQuery, periodSeconds: Int, from: SimInstant, to: SimInstant, _ reader: StoreReader
    ) throws -> [InsightsQuery.Member] {
        let found = try metrics.metrics(realm, since: end - .days(14), reader, where: insights.matches)
        let spans = try metrics.spans(
            found.map {
                .init(key: SeriesKey(realm: realm, metric: $0), from: from, to: to, periodSeconds: periodSeconds)
            }, reader)
        let period = SimDuration.seconds(Int64(periodSeconds))
        return zip(found, spans).map { metric, units in
            var buckets: [(start: SimInstant, samples: SampleSet)] = []
            for span in MetricUnit.chosen(from: units.keys).flatMap({ units[$0] }) ?? [] {
                let start = from + period * ((span.start - from).milliseconds / period.milliseconds)
                if buckets.last?.start == start {
                    buckets[buckets.count - 1].samples.mergeTotals(span.samples)
                } else {
                    buckets.append((start, span.samples))
                }
            }
            return (metric: metric, buckets: buckets)
        }
    }

    private func train(until hour: SimInstant, _ reader: StoreReader) throws -> [MathExpression: BandModel] {
        let from = hour - BandModel.trainingSpan
        var past = MathEnvironment(from: from, to: hour)
        for (id, stat) in alarm.stats {
            let grid = PeriodGrid(from: from, to: hour, periodSeconds: stat.periodSeconds, now: end)
            let units = try metrics.spans(
                [.init(
                    key: SeriesKey(realm: realm, metric: stat.metric), from: grid.start, to: grid.end,
                    periodSeconds: stat.periodSeconds)], reader)[0]
            past.values[id] = .series(MathSeries(points: stat.points(of: units, on: grid), periodSeconds: stat.periodSeconds))
        }
        for query in alarm.plan.queries {
            guard case .insights(let insights) = query.formula else { continue }
            past.values[query.id] = .series(try series(
                insights, periodSeconds: query.periodSeconds, from: from, to: hour, reader))
        }
        let settings = try AnomalyDetectorRecord.settings(
            of: alarm.stats.map { ($0.id, $0.stat) }, realm, at: hour, reader)
        return try alarm.plan.bands(trainedOn: past, settings: settings)
    }
}
