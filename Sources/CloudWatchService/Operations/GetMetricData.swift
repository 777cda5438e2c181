import AWSModel
import Gateway
import MetricRules
import SimTime
import Vocabulary

/// GetMetricData for queries of metrics; expressions are refused by name. AWS: spec/cloudwatch.md §5.
struct GetMetricData: Sendable {
    let metrics: MetricStore

    // AWS: doc — spec/cloudwatch.md §5.
    private static let queriesMax = 500
    private static let datapointsMax = 100_800

    private struct Series {
        var query: MetricDataQuery
        var label: String
        /// In the order asked for.
        var points: [(start: SimInstant, value: Double)]
        var message: String?
    }

    func respond(to request: OperationRequest) async throws -> OperationResponse {
        let input = request.input, context = request.context
        guard let items = input["MetricDataQueries"]?.list, !items.isEmpty else {
            throw CloudWatchFault.missing("MetricDataQueries")
        }
        guard items.count <= Self.queriesMax else {
            throw CloudWatchFault.tooMany("MetricDataQueries", maximum: Self.queriesMax)
        }
        guard let from = input["StartTime"]?.instant else { throw CloudWatchFault.missing("StartTime") }
        guard let to = input["EndTime"]?.instant else { throw CloudWatchFault.missing("EndTime") }
        guard from < to else { throw CloudWatchFault.reversedRange }
        let pageMax = input["MaxDatapoints"]?.int ?? Self.datapointsMax
        guard (1...Self.datapointsMax).contains(pageMax) else {
            throw CloudWatchFault.invalidValue("The parameter MaxDatapoints must be between 1 and \(Self.datapointsMax).")
        }
        let timezone = try input["LabelOptions"]?["Timezone"]?.string.map { text in
            guard let offset = labelTimezone(text) else { throw CloudWatchFault.invalid(text, "LabelOptions.Timezone") }
            return offset
        }
        let offset = try input["NextToken"]?.string.map(Self.offset) ?? 0
        let queries = try MetricDataQuery.queries(
            input["MetricDataQueries"], path: "MetricDataQueries", operation: "GetMetricData",
            account: context.caller.account.digits)
        let isAscending = input["ScanBy"]?.string == "TimestampAscending"
        let series = try await series(
            queries.filter(\.isReturned), from: from, to: to, isAscending: isAscending, timezone: timezone ?? .zero, context)
        return OperationResponse(Self.page(series, offset: offset, limit: pageMax))
    }

    private func series(
        _ queries: [MetricDataQuery], from: SimInstant, to: SimInstant, isAscending: Bool, timezone: SimDuration,
        _ context: RequestContext
    ) async throws -> [Series] {
        let grids = queries.map { PeriodGrid(from: from, to: to, periodSeconds: $0.periodSeconds, now: context.now) }
        let found = try await metrics.read(
            zip(queries, grids).map { query, grid in
                .init(
                    key: SeriesKey(realm: context.realm, metric: query.metric), from: grid.start, to: grid.end,
                    periodSeconds: query.periodSeconds)
            }, now: context.now)
        let labels = defaultLabels(queries.map {
            LabelledQuery(metric: $0.metric, statistic: $0.statisticText, periodSeconds: $0.periodSeconds)
        })
        return queries.indices.map { index in
            let query = queries[index], units = found[index]
            var points: [(start: SimInstant, value: Double)] = []
            if let unit = query.unit ?? MetricUnit.chosen(from: units.keys), let spans = units[unit] {
                let buckets = grids[index].buckets(spans, needsDistribution: query.statistic.needsDistribution)
                points = buckets.compactMap { bucket in
                    bucket.samples.value(query.statistic).map { (bucket.start, $0) }
                }
            }
            let label = query.label?.rendered(for: LabelTemplate.Series(
                points: points, defaultLabel: labels[index],
                properties: query.properties(account: context.caller.account.digits, region: context.region.name),
                now: context.now, timezone: timezone, shift: context.clockShift))
            return Series(
                query: query, label: label ?? labels[index], points: isAscending ? points : points.reversed(),
                message: query.unit == nil ? MetricUnit.multipleUnitsMessage(units.keys) : nil)
        }
    }

    // MARK: Pages

    /// The datapoints `offset ..< offset + limit` of all series laid end to end. A series is on every page that holds
    /// some of its datapoints; one without any is on the page its turn comes.
    private static func page(_ series: [Series], offset: Int, limit: Int) -> AWSObject {
        var results: [AWSValue] = []
        var position = 0
        let end = offset + limit, total = series.reduce(0) { $0 + $1.points.count }
        for series in series {
            let begin = position, count = series.points.count
            position += count
            let shown = series.points[clamp(offset - begin, count)..<clamp(end - begin, count)]
            let isItsTurn = begin >= offset && (begin < end || total == end)
            let isDue = count == 0 ? isItsTurn : !shown.isEmpty
            guard isDue else { continue }
            var result: AWSObject = [
                "Id": .string(series.query.id), "Label": .string(series.label),
                "Timestamps": .list(shown.map { .timestamp($0.start) }), "Values": .list(shown.map { .double($0.value) }),
                "StatusCode": position > end ? "PartialData" : "Complete",
            ]
            if let message = series.message {
                result.append("Messages", [["Code": "MultipleUnits", "Value": .string(message)]])
            }
            results.append(.object(result))
        }
        var output: AWSObject = ["MetricDataResults": .list(results), "Messages": []]
        if total > end { output.append("NextToken", .string(PageToken.encode("data \(end)"))) }
        return output
    }

    private static func clamp(_ index: Int, _ count: Int) -> Int { min(max(index, 0), count) }

    private static func offset(_ token: String) throws -> Int {
        let parts = try PageToken.decode(token).split(separator: " ")
        guard parts.count == 2, parts[0] == "data", let offset = Int(parts[1]), (1...1_000_000_000).contains(offset)
        else { throw CloudWatchFault.invalidNextToken }
        return offset
    }
}
