import AWSModel
import Gateway
import MetricRules
import SimTime
import Vocabulary

/// GetMetricData: metrics, metric math and Metrics Insights queries. AWS: spec/cloudwatch.md §5.
struct GetMetricData: Sendable {
    let metrics: MetricStore

    // AWS: doc — spec/cloudwatch.md §5.
    private static let queriesMax = 500
    private static let datapointsMax = 100_800

    /// One entry of the answer.
    private struct Result {
        var id: String
        var label: String
        /// In the order asked for.
        var points: [MathPoint]
        var message: String?
    }

    /// What labels depend on besides their series.
    private struct Labelling {
        var timezone: SimDuration
        var context: RequestContext
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
        let reading = MathReading(metrics: metrics, realm: context.realm, now: context.now, from: from, to: to)
        var results = try await results(
            of: queries, reading: reading, labelling: Labelling(timezone: timezone ?? .zero, context: context))
        if input["ScanBy"]?.string != "TimestampAscending" {
            for index in results.indices { results[index].points.reverse() }
        }
        return OperationResponse(Self.page(results, offset: offset, limit: pageMax))
    }

    // MARK: Results

    private func results(
        of queries: [MetricDataQuery], reading: MathReading, labelling: Labelling
    ) async throws -> [Result] {
        let plan = try MetricDataQuery.plan(queries)
        let isPlain = queries.allSatisfy { $0.stat != nil }
        // Metrics that are neither shown nor used cost nothing where there is no math.
        let metricQueries = queries.filter { $0.stat != nil && ($0.isReturned || !isPlain) }
        let stats = metricQueries.compactMap(\.stat)
        let labels = Self.defaultLabels(of: metricQueries)
        let found = try await reading.read(stats, labels: labels)
        var messages: [String: String] = [:]
        var values: [String: MathValue] = [:]
        for (query, metric) in zip(metricQueries, found) {
            values[query.id] = .series(metric.series)
            messages[query.id] = metric.message
        }
        if !isPlain {
            let statsByID = Dictionary(
                zip(metricQueries.map(\.id), stats).map { ($0, $1) }, uniquingKeysWith: { first, _ in first })
            let environment = try await reading.environment(of: plan, values: values, stats: statsByID)
            values = try MetricDataQuery.namingDefects { try plan.values(in: environment) }
        }
        return try queries.filter(\.isReturned).flatMap { query in
            try Self.results(of: query, values[query.id], message: messages[query.id], labelling)
        }
    }

    /// The entries of one query: an array of series is as many entries of one id.
    private static func results(
        of query: MetricDataQuery, _ value: MathValue?, message: String?, _ labelling: Labelling
    ) throws -> [Result] {
        let series: [MathSeries]
        switch value {
        case .series(let single)?: series = [single]
        case .array(let array)?: series = array
        case .scalar?:
            throw AWSFault.validation(MathPlan.Defect(id: query.id, fault: .scalarResult).text)
        case nil: series = []
        }
        let isArray = if case .array? = value { true } else { false }
        let context = labelling.context
        return series.map { series in
            let own = series.label.flatMap { $0.isEmpty ? nil : $0 }
            // AWS: doc — an expression without a label is called by its id.
            let fallback = query.stat != nil || isArray ? own ?? query.id : query.id
            var properties = query.stat?.properties(account: context.caller.account.digits, region: context.region.name) ?? [:]
            properties["Period"] = String(series.periodSeconds)
            let rendered = query.label?.rendered(for: LabelTemplate.Series(
                points: series.points.map { ($0.start, $0.value) }, defaultLabel: fallback, properties: properties,
                now: context.now, timezone: labelling.timezone, shift: context.clockShift))
            var label = rendered ?? fallback
            // AWS: inferred — one label for several series is told apart by the series' own.
            if isArray, let rendered, let own, query.label?.isDynamic == false { label = "\(rendered) \(own)" }
            return Result(id: query.id, label: label, points: series.points, message: message)
        }
    }

    private static func defaultLabels(of queries: [MetricDataQuery]) -> [String] {
        let labelled = queries.compactMap(\.stat).map {
            LabelledQuery(metric: $0.metric, statistic: $0.statisticText, periodSeconds: $0.periodSeconds)
        }
        // Only what is shown is told apart; hidden inputs do not lengthen labels.
        let shown = zip(queries, labelled).filter { $0.0.isReturned }.map(\.1)
        var names = MetricRules.defaultLabels(shown)[...]
        return zip(queries, labelled).map { query, own in
            query.isReturned ? names.popFirst() ?? own.metric.name : own.metric.name
        }
    }

    // MARK: Pages

    /// The datapoints `offset ..< offset + limit` of all series laid end to end. A series is on every page that holds
    /// some of its datapoints; one without any is on the page its turn comes.
    private static func page(_ results: [Result], offset: Int, limit: Int) -> AWSObject {
        var shownResults: [AWSValue] = []
        var position = 0
        let end = offset + limit, total = results.reduce(0) { $0 + $1.points.count }
        for result in results {
            let begin = position, count = result.points.count
            position += count
            let shown = result.points[clamp(offset - begin, count)..<clamp(end - begin, count)]
            let isItsTurn = begin >= offset && (begin < end || total == end)
            let isDue = count == 0 ? isItsTurn : !shown.isEmpty
            guard isDue else { continue }
            var entry: AWSObject = [
                "Id": .string(result.id), "Label": .string(result.label),
                "Timestamps": .list(shown.map { .timestamp($0.start) }), "Values": .list(shown.map { .double($0.value) }),
                "StatusCode": position > end ? "PartialData" : "Complete",
            ]
            if let message = result.message {
                entry.append("Messages", [["Code": "MultipleUnits", "Value": .string(message)]])
            }
            shownResults.append(.object(entry))
        }
        var output: AWSObject = ["MetricDataResults": .list(shownResults), "Messages": []]
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
