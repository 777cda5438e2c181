import AWSModel
import MetricRules
import SimTime

/// A metric, and the statistic and period asked of it: the `MetricStat` structure. AWS: spec/cloudwatch.md §5.
struct MetricStat: Hashable, Sendable {
    var metric: MetricIdentity
    /// As the request spells it.
    var statisticText: String
    var statistic: StatisticChoice
    var periodSeconds: Int
    var unit: MetricUnit?

    /// `path` is the structure's name in error texts. Throws the fault of the first broken rule.
    init(reading stat: AWSValue, path: String) throws {
        guard let metric = stat["Metric"] else { throw CloudWatchFault.missing("\(path).Metric") }
        guard let name = metric["MetricName"]?.string else { throw CloudWatchFault.missing("\(path).Metric.MetricName") }
        guard let namespace = metric["Namespace"]?.string else { throw CloudWatchFault.missing("\(path).Metric.Namespace") }
        let dimensions = try DimensionReading.dimensions(metric["Dimensions"], path: "\(path).Metric.Dimensions")
        guard let period = stat["Period"]?.int else { throw CloudWatchFault.missing("\(path).Period") }
        try GetMetricStatistics.check(periodSeconds: period)
        guard let text = stat["Stat"]?.string else { throw CloudWatchFault.missing("\(path).Stat") }
        guard let statistic = try? StatisticChoice(parsing: text) else {
            throw AWSFault.validation("The value \(text) for parameter \(path).Stat is not supported.")
        }
        let unit = try stat["Unit"]?.string.map { text in
            guard let unit = MetricUnit(rawValue: text) else { throw CloudWatchFault.invalid(text, "\(path).Unit") }
            return unit
        }
        self.init(
            metric: MetricIdentity(namespace: namespace, name: name, dimensions: dimensions), statisticText: text,
            statistic: statistic, periodSeconds: period, unit: unit)
    }

    init(
        metric: MetricIdentity, statisticText: String, statistic: StatisticChoice, periodSeconds: Int, unit: MetricUnit? = nil
    ) {
        self.metric = metric
        self.statisticText = statisticText
        self.statistic = statistic
        self.periodSeconds = periodSeconds
        self.unit = unit
    }

    /// The datapoints of what was found, in the unit asked for or the one that is chosen.
    func points(of units: [MetricUnit: [Span]], on grid: PeriodGrid) -> [MathPoint] {
        guard let unit = unit ?? MetricUnit.chosen(from: units.keys), let spans = units[unit] else { return [] }
        guard case .plain = statistic, grid.period == .minutes(1) else {
            return grid.buckets(spans, needsDistribution: statistic.needsDistribution).compactMap { bucket in
                bucket.samples.value(statistic).map { MathPoint(start: bucket.start, value: $0) }
            }
        }
        // Spans of a minute are the buckets themselves.
        var points: [MathPoint] = []
        points.reserveCapacity(spans.count)
        for span in spans where span.start >= grid.start && span.start < grid.end {
            if let value = span.samples.value(statistic) { points.append(MathPoint(start: span.start, value: value)) }
        }
        return points
    }

    /// What `${PROP('…')}` shows.
    func properties(account: String, region: String) -> [String: String] {
        var properties = [
            "AccountId": account, "Region": region, "MetricName": metric.name, "Namespace": metric.namespace,
            "Period": String(periodSeconds), "Stat": statisticText,
        ]
        for dimension in metric.dimensions { properties["Dim.\(dimension.name)"] = dimension.value }
        return properties
    }
}
