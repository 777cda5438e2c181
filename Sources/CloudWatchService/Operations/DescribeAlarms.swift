import AWSModel
import Gateway
import MetricRules
import SimTime

/// DescribeAlarms and DescribeAlarmsForMetric. AWS: spec/cloudwatch.md §9.
struct DescribeAlarms: Sendable {
    let alarms: Alarms

    // AWS: sdk for the maximum, the default inferred — spec/cloudwatch.md §9.
    private static let recordsDefault = 50
    private static let recordsMax = 100

    func respond(to request: OperationRequest) async throws -> OperationResponse {
        let input = request.input
        let given = (input["AlarmNames"]?.list ?? []).compactMap(\.string), names = given.isEmpty ? nil : given
        let prefix = input["AlarmNamePrefix"]?.string
        if names != nil, prefix != nil { throw CloudWatchFault.bothSpecified("AlarmNames", "AlarmNamePrefix") }
        guard given.count <= Self.recordsMax else { throw CloudWatchFault.tooMany("AlarmNames", maximum: Self.recordsMax) }
        let limit = try Self.limit(input)
        let after = try input["NextToken"]?.string.map(PageToken.decode)
        let state = input["StateValue"]?.string, actionPrefix = input["ActionPrefix"]?.string
        let types = (input["AlarmTypes"]?.list ?? []).compactMap(\.string)
        let isExcluded = !types.isEmpty && !types.contains("MetricAlarm")
        let found = isExcluded ? [] : try await alarms.alarms(in: request.context.realm, named: names)
        let matching = found.filter { alarm in
            let record = alarm.record
            return record.name.hasPrefix(prefix ?? "") && (state == nil || record.state == state)
                && (actionPrefix.map(record.hasAction) ?? true)
        }
        let rest = after.map { name in matching.filter { $0.key.name > name } } ?? matching
        // Named alarms come at once: there are at most a hundred.
        let page = rest.prefix(names == nil ? limit : Self.recordsMax)
        var output: AWSObject = [
            "CompositeAlarms": [],
            "MetricAlarms": .list(page.map { $0.record.described(in: $0.key.realm) }),
        ]
        if let last = page.last, page.count < rest.count {
            output.append("NextToken", .string(PageToken.encode(last.key.name)))
        }
        return OperationResponse(output)
    }

    /// The alarms on exactly one metric.
    func respondForMetric(to request: OperationRequest) async throws -> OperationResponse {
        let input = request.input
        guard let name = input["MetricName"]?.string else { throw CloudWatchFault.missing("MetricName") }
        guard let namespace = input["Namespace"]?.string else { throw CloudWatchFault.missing("Namespace") }
        let metric = MetricIdentity(
            namespace: namespace, name: name,
            dimensions: try DimensionReading.dimensions(input["Dimensions"], path: "Dimensions"))
        func matches(_ value: String?, _ parameter: String) -> Bool { input[parameter].map { $0.string == value } ?? true }
        let found = try await alarms.alarms(in: request.context.realm).filter { alarm in
            let record = alarm.record
            return record.metrics == nil && alarm.series.metric == metric && matches(record.statistic, "Statistic")
                && matches(record.extendedStatistic, "ExtendedStatistic") && matches(record.unit, "Unit")
                && (input["Period"]?.int).map { $0 == record.periodSeconds } ?? true
        }
        return OperationResponse(["MetricAlarms": .list(found.map { $0.record.described(in: $0.key.realm) })])
    }

    /// `MaxRecords`, 1 to 100.
    static func limit(_ input: AWSObject) throws -> Int {
        let limit = input["MaxRecords"]?.int ?? recordsDefault
        guard (1...recordsMax).contains(limit) else { throw CloudWatchFault.invalid("\(limit)", "MaxRecords") }
        return limit
    }
}
