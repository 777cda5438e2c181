import HTTPServer
import MetricRules
import SimTime
import Store
import Vocabulary

/// Reads everything a plan needs, so that computing it is pure.
struct MathReading: Sendable {
    let metrics: MetricStore
    let realm: Realm
    let now: SimInstant
    let from: SimInstant
    let to: SimInstant

    /// A metric as it was read.
    struct Found: Sendable {
        var series: MathSeries
        /// The text about several units, if there were.
        var message: String?
    }

    // AWS: doc — spec/cloudwatch.md §5: searches find what was active within two weeks.
    private static let activeWithin = SimDuration.days(14)

    /// Reads metrics, each on the grid of its period. `labels` name the series.
    func read(_ stats: [MetricStat], labels: [String]) async throws -> [Found] {
        let grids = stats.map { grid($0.periodSeconds) }
        let units = try await metrics.read(
            zip(stats, grids).map { stat, grid in
                .init(
                    key: SeriesKey(realm: realm, metric: stat.metric), from: grid.start, to: grid.end,
                    periodSeconds: stat.periodSeconds)
            }, now: now)
        return stats.indices.map { index in
            let stat = stats[index], found = units[index]
            return Found(
                series: MathSeries(
                    points: stat.points(of: found, on: grids[index]), periodSeconds: stat.periodSeconds, label: labels[index]),
                message: stat.unit == nil && found.count > 1 ? MetricUnit.multipleUnitsMessage(found.keys) : nil)
        }
    }

    /// The environment a plan is computed in; `values` holds its metrics.
    func environment(
        of plan: MathPlan, values: [String: MathValue], stats: [String: MetricStat]
    ) async throws -> MathEnvironment {
        let shortest = plan.queries.map(\.periodSeconds).min() ?? 60
        var environment = MathEnvironment(from: grid(shortest).start, to: to, values: values)
        for query in plan.queries {
            guard case .insights(let insights) = query.formula else { continue }
            environment.values[query.id] = try await value(of: insights, periodSeconds: query.periodSeconds)
        }
        for call in plan.searches where environment.searches[call] == nil {
            environment.searches[call] = try await series(of: call)
        }
        if !plan.insightCalls.isEmpty {
            try await metrics.insights.prepare()
            let from = environment.from
            environment.insightRules = try await offPool(on: metrics.insights.thread) {
                try metrics.insightSeries(plan.insightCalls, realm, from: from, to: to)
            }
        }
        if !plan.bandArguments.isEmpty { environment.bands = try await bands(of: plan, stats: stats) }
        return environment
    }

    private func grid(_ periodSeconds: Int) -> PeriodGrid {
        PeriodGrid(from: from, to: to, periodSeconds: periodSeconds, now: now)
    }

    private func series(of call: SearchCall) async throws -> [MathSeries] {
        let search = try MetricSearch(parsing: call.search), statistic = try StatisticChoice(parsing: call.statistic)
        let found = try await metrics.metrics(realm, since: now - Self.activeWithin) { search.matches($0) }
        let stats = found.prefix(MetricSearch.seriesMax).map { metric in
            MetricStat(
                metric: metric, statisticText: call.statistic, statistic: statistic,
                periodSeconds: call.periodSeconds)
        }
        return try await read(Array(stats), labels: stats.map { search.label(of: $0.metric) }).map(\.series)
    }

    /// One series, or with groups as many as there are.
    private func value(of insights: InsightsQuery, periodSeconds: Int) async throws -> MathValue {
        let series = try await series(of: insights, periodSeconds: periodSeconds)
        return insights.groups.isEmpty
            ? .series(series.first ?? MathSeries(points: [], periodSeconds: periodSeconds)) : .array(series)
    }

    private func series(of insights: InsightsQuery, periodSeconds: Int) async throws -> [MathSeries] {
        let found = try await metrics.metrics(realm, since: now - Self.activeWithin) { insights.matches($0) }
        let grid = grid(periodSeconds)
        let units = try await metrics.read(
            found.map {
                .init(key: SeriesKey(realm: realm, metric: $0), from: grid.start, to: grid.end, periodSeconds: periodSeconds)
            }, now: now)
        let members = zip(found, units).map { metric, units in
            let unit = MetricUnit.chosen(from: units.keys)
            return (metric: metric, buckets: grid.buckets(unit.flatMap { units[$0] } ?? [], needsDistribution: false))
        }
        return insights.series(of: members, periodSeconds: periodSeconds)
    }

    /// Models trained on the two weeks before the range.
    private func bands(of plan: MathPlan, stats: [String: MetricStat]) async throws -> [MathExpression: BandModel] {
        let past = MathReading(
            metrics: metrics, realm: realm, now: now, from: from - BandModel.trainingSpan, to: from)
        let ids = stats.keys.sorted()
        let found = try await past.read(ids.compactMap { stats[$0] }, labels: ids)
        var environment = MathEnvironment(from: past.from, to: past.to)
        for (id, metric) in zip(ids, found) { environment.values[id] = .series(metric.series) }
        for query in plan.queries {
            guard case .insights(let insights) = query.formula else { continue }
            environment.values[query.id] = try await past.value(of: insights, periodSeconds: query.periodSeconds)
        }
        let settings = try metrics.store.read { reader in
            try AnomalyDetectorRecord.settings(of: stats.map { ($0.key, $0.value) }, realm, at: now, reader)
        }
        return try plan.bands(trainedOn: environment, settings: settings)
    }
}
