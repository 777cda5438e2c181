import AWSModel
import Gateway
import MetricRules
import SimTime

/// GetMetricStatistics. AWS: spec/cloudwatch.md §4.
struct GetMetricStatistics: Sendable {
    let metrics: MetricStore

    // AWS: recorded — spec/cloudwatch.md §1.
    private static let datapointsMax = 1440

    func respond(to request: OperationRequest) async throws -> OperationResponse {
        let input = request.input
        guard let namespace = input["Namespace"]?.string else { throw CloudWatchFault.missing("Namespace") }
        guard let name = input["MetricName"]?.string else { throw CloudWatchFault.missing("MetricName") }
        guard let from = input["StartTime"]?.instant else { throw CloudWatchFault.missing("StartTime") }
        guard let to = input["EndTime"]?.instant else { throw CloudWatchFault.missing("EndTime") }
        guard let period = input["Period"]?.int else { throw CloudWatchFault.missing("Period") }
        let dimensions = try DimensionReading.dimensions(input["Dimensions"], path: "Dimensions")
        try Self.check(periodSeconds: period)
        guard from < to else { throw CloudWatchFault.reversedRange }
        let requested = PeriodGrid.datapoints(from: from, to: to, periodSeconds: period)
        guard requested <= Self.datapointsMax else {
            throw CloudWatchFault.invalidCombination(
                "You have requested up to \(requested) datapoints, which exceeds the limit of \(Self.datapointsMax). "
                    + "You may reduce the datapoints requested by increasing Period, or decreasing the time range.")
        }
        let (plain, extended) = try statistics(input)
        let wantedUnit = try input["Unit"]?.string.map { text in
            guard let unit = MetricUnit(rawValue: text) else { throw CloudWatchFault.invalid(text, "Unit") }
            return unit
        }
        let now = request.context.now
        let grid = PeriodGrid(from: from, to: to, periodSeconds: period, now: now)
        let key = SeriesKey(
            realm: request.context.realm,
            metric: MetricIdentity(namespace: namespace, name: name, dimensions: dimensions))
        let query = MetricStore.Query(key: key, from: grid.start, to: grid.end, periodSeconds: period)
        let found = try await metrics.read([query], now: now)[0]
        var datapoints: [AWSValue] = []
        for (unit, spans) in found.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            guard wantedUnit == nil || unit == wantedUnit else { continue }
            for bucket in grid.buckets(spans, needsDistribution: !extended.isEmpty) {
                // AWS: inferred — spec/cloudwatch.md §3: a period without the statistics asked for has no datapoint.
                let isKnown = !plain.isEmpty || extended.contains { bucket.samples.value($0.statistic) != nil }
                if isKnown { datapoints.append(datapoint(bucket, unit, plain, extended)) }
            }
        }
        return OperationResponse(["Label": .string(name), "Datapoints": .list(datapoints)])
    }

    /// Throws unless queries accept the period.
    static func check(periodSeconds: Int) throws {
        guard periodSeconds > 0 else { throw CloudWatchFault.invalidValue("The parameter Period must be greater than 0.") }
        guard PeriodGrid.isQueryPeriod(periodSeconds) else {
            throw CloudWatchFault.invalidValue("The parameter Period must be a multiple of 60.")
        }
    }

    private func statistics(
        _ input: AWSObject
    ) throws -> (plain: [Statistic], extended: [(text: String, statistic: ExtendedStatistic)]) {
        let plain = try (input["Statistics"]?.list ?? []).compactMap(\.string).map { text in
            guard let statistic = Statistic(rawValue: text) else { throw CloudWatchFault.invalid(text, "Statistics") }
            return statistic
        }
        let extended = try (input["ExtendedStatistics"]?.list ?? []).compactMap(\.string).map { text in
            guard let statistic = try? ExtendedStatistic(parsing: text) else {
                throw CloudWatchFault.unsupported(text, "ExtendedStatistics")
            }
            return (text, statistic)
        }
        guard !plain.isEmpty || !extended.isEmpty else {
            throw CloudWatchFault.invalidCombination(
                "At least one of the parameters Statistics and ExtendedStatistics must be specified.")
        }
        return (plain, extended)
    }

    private func datapoint(
        _ bucket: (start: SimInstant, samples: SampleSet), _ unit: MetricUnit, _ plain: [Statistic],
        _ extended: [(text: String, statistic: ExtendedStatistic)]
    ) -> AWSValue {
        var datapoint: AWSObject = ["Timestamp": .timestamp(bucket.start)]
        for statistic in plain where datapoint[statistic.rawValue] == nil {
            if let value = bucket.samples.value(.plain(statistic)) { datapoint.append(statistic.rawValue, .double(value)) }
        }
        datapoint.append("Unit", .string(unit.rawValue))
        var values = AWSObject()
        for (text, statistic) in extended { values[text] = bucket.samples.value(statistic).map(AWSValue.double) }
        if !values.isEmpty { datapoint.append("ExtendedStatistics", .object(values)) }
        return .object(datapoint)
    }
}
