import AWSModel
import MetricRules
import SimTime

/// One `MetricDataQuery` with a MetricStat, read and checked. AWS: spec/cloudwatch.md §5.
struct MetricDataQuery: Sendable {
    var id: String
    var metric: MetricIdentity
    /// As the request spells it.
    var statisticText: String
    var statistic: StatisticChoice
    var periodSeconds: Int
    var unit: MetricUnit?
    var label: LabelTemplate?
    var isReturned: Bool

    /// Reads a list of queries. `path` is its name in error texts; `operation` the one that is refused what is not emulated.
    static func queries(
        _ value: AWSValue?, path: String, operation: String, account: String
    ) throws -> [MetricDataQuery] {
        let queries = try (value?.list ?? []).enumerated().map { index, item in
            try query(item, path: "\(path).member.\(index + 1)", operation: operation, account: account)
        }
        guard Set(queries.map(\.id)).count == queries.count else {
            throw AWSFault.validation("The values for parameter id in \(path) are not unique.")
        }
        return queries
    }

    private static func query(
        _ item: AWSValue, path: String, operation: String, account: String
    ) throws -> MetricDataQuery {
        guard let id = item["Id"]?.string else { throw CloudWatchFault.missing("\(path).Id") }
        guard isID(id) else {
            throw AWSFault.validation(
                "The value \(id) for parameter \(path).Id does not match the pattern ^[a-z][a-zA-Z0-9_]*$.")
        }
        if item["Expression"] != nil, item["MetricStat"] != nil {
            throw CloudWatchFault.bothSpecified("\(path).Expression", "\(path).MetricStat")
        }
        if item["Expression"] != nil { throw AWSFault.notEmulated(member: "Expression of \(path)", of: operation) }
        if let owner = item["AccountId"]?.string, owner != account {
            throw AWSFault.notEmulated(member: "AccountId of \(path)", of: operation)
        }
        guard let stat = item["MetricStat"] else { throw CloudWatchFault.missing("\(path).MetricStat") }
        guard let metric = stat["Metric"] else { throw CloudWatchFault.missing("\(path).MetricStat.Metric") }
        guard let name = metric["MetricName"]?.string else {
            throw CloudWatchFault.missing("\(path).MetricStat.Metric.MetricName")
        }
        guard let namespace = metric["Namespace"]?.string else {
            throw CloudWatchFault.missing("\(path).MetricStat.Metric.Namespace")
        }
        let dimensions = try DimensionReading.dimensions(metric["Dimensions"], path: "\(path).MetricStat.Metric.Dimensions")
        guard let period = stat["Period"]?.int else { throw CloudWatchFault.missing("\(path).MetricStat.Period") }
        try GetMetricStatistics.check(periodSeconds: period)
        guard let text = stat["Stat"]?.string else { throw CloudWatchFault.missing("\(path).MetricStat.Stat") }
        guard let statistic = try? StatisticChoice(parsing: text) else {
            throw AWSFault.validation("The value \(text) for parameter \(path).MetricStat.Stat is not supported.")
        }
        let unit = try stat["Unit"]?.string.map { text in
            guard let unit = MetricUnit(rawValue: text) else {
                throw CloudWatchFault.invalid(text, "\(path).MetricStat.Unit")
            }
            return unit
        }
        return MetricDataQuery(
            id: id, metric: MetricIdentity(namespace: namespace, name: name, dimensions: dimensions), statisticText: text,
            statistic: statistic, periodSeconds: period, unit: unit, label: try label(item["Label"]?.string, path: path),
            isReturned: item["ReturnData"]?.bool ?? true)
    }

    private static func label(_ text: String?, path: String) throws -> LabelTemplate? {
        guard let text else { return nil }
        do {
            return try LabelTemplate(parsing: text)
        } catch .tooManyValues {
            throw AWSFault.validation("The label of \(path) has more than \(LabelTemplate.valuesMax) dynamic values.")
        } catch .repeatedLabel {
            throw AWSFault.validation("The label of \(path) has the dynamic value LABEL more than once.")
        } catch .unknownValue(let name) {
            throw AWSFault.validation("The label of \(path) has the unknown dynamic value \(name).")
        }
    }

    /// `^[a-z][a-zA-Z0-9_]*$`
    private static func isID(_ text: String) -> Bool {
        guard let first = text.utf8.first, (0x61...0x7a).contains(first) else { return false }
        return text.utf8.allSatisfy { byte in
            (0x61...0x7a).contains(byte) || (0x41...0x5a).contains(byte) || (0x30...0x39).contains(byte) || byte == 0x5f
        }
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
