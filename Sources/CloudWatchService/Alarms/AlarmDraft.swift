import AWSModel
import MetricRules
import SimTime
import Vocabulary

/// Reading PutMetricAlarm's input. AWS: limits doc and sdk — spec/cloudwatch.md §7; texts as marked in §1.
enum AlarmDraft {
    private static let actionsMax = 5
    private static let queriesMax = 10
    private static let daySeconds = 86_400
    private static let weekSeconds = 604_800

    /// The record of a new alarm; its instants are the turn's business. Throws the fault of the first broken rule.
    static func read(_ input: AWSObject, account: String) throws -> AlarmRecord {
        guard let name = input["AlarmName"]?.string else { throw CloudWatchFault.missing("AlarmName") }
        try checkName(name)
        guard let evaluationPeriods = input["EvaluationPeriods"]?.int else { throw CloudWatchFault.missing("EvaluationPeriods") }
        guard let comparison = input["ComparisonOperator"]?.string else { throw CloudWatchFault.missing("ComparisonOperator") }
        let (threshold, thresholdID) = try criterion(input, comparison: comparison)
        var record = AlarmRecord(
            name: name, description: input["AlarmDescription"]?.string,
            actionsEnabled: input["ActionsEnabled"]?.bool ?? true,
            okActions: try actions(input, "OKActions"), alarmActions: try actions(input, "AlarmActions"),
            insufficientDataActions: try actions(input, "InsufficientDataActions"), dimensions: [],
            evaluationPeriods: evaluationPeriods, datapointsToAlarm: input["DatapointsToAlarm"]?.int,
            threshold: threshold, thresholdMetricID: thresholdID, comparisonOperator: comparison,
            treatMissingData: input["TreatMissingData"]?.string,
            evaluateLowSampleCountPercentile: input["EvaluateLowSampleCountPercentile"]?.string,
            tags: try ResourceTags.read(input["Tags"]), state: AlarmState.insufficientData.rawValue,
            stateReason: AlarmExplanation.initialReason, stateUpdated: SimInstant(millisecondsSinceEpoch: 0),
            stateTransitioned: SimInstant(millisecondsSinceEpoch: 0), configurationUpdated: SimInstant(millisecondsSinceEpoch: 0))
        if let metrics = input["Metrics"] {
            try readMetrics(metrics, input, thresholdID: thresholdID, account: account)
            record.metrics = metrics
        } else {
            try readMetric(input, into: &record)
        }
        try checkWindow(record)
        try checkTreatments(record)
        return record
    }

    static func checkName(_ name: String) throws {
        guard name.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f }) else {
            throw AWSFault.validation("AlarmName must not contain ASCII Control characters")
        }
    }

    // MARK: The metric

    private static func readMetric(_ input: AWSObject, into record: inout AlarmRecord) throws {
        guard let metricName = input["MetricName"]?.string else { throw CloudWatchFault.missing("MetricName") }
        guard let namespace = input["Namespace"]?.string else { throw CloudWatchFault.missing("Namespace") }
        guard let period = input["Period"]?.int else { throw CloudWatchFault.missing("Period") }
        record.metricName = metricName
        record.namespace = namespace
        record.periodSeconds = period
        record.dimensions = try DimensionReading.dimensions(input["Dimensions"], path: "Dimensions").map {
            .init(name: $0.name, value: $0.value)
        }
        record.unit = input["Unit"]?.string
        if let unit = record.unit, MetricUnit(rawValue: unit) == nil { throw CloudWatchFault.invalid(unit, "Unit") }
        record.statistic = input["Statistic"]?.string
        record.extendedStatistic = input["ExtendedStatistic"]?.string
        switch (record.statistic, record.extendedStatistic) {
        case (.some, .some): throw CloudWatchFault.bothSpecified("Statistic", "ExtendedStatistic")
        case (nil, nil): throw CloudWatchFault.missing("Statistic")
        case (let statistic?, nil):
            guard Statistic(rawValue: statistic) != nil else { throw CloudWatchFault.invalid(statistic, "Statistic") }
        case (nil, let extended?):
            guard (try? ExtendedStatistic(parsing: extended)) != nil else {
                throw CloudWatchFault.unsupported(extended, "ExtendedStatistic")
            }
        }
    }

    /// A fixed threshold or the id of a band, as the comparison wants it.
    private static func criterion(_ input: AWSObject, comparison: String) throws -> (threshold: Double?, bandID: String?) {
        let bandID = input["ThresholdMetricId"]?.string
        if ThresholdOperator(rawValue: comparison) == nil {
            guard let bandID else {
                throw CloudWatchFault.invalidCombination(
                    "The comparison operator \(comparison) needs the parameter ThresholdMetricId.")
            }
            if input["Threshold"] != nil { throw CloudWatchFault.bothSpecified("Threshold", "ThresholdMetricId") }
            guard input["Metrics"] != nil else { throw CloudWatchFault.missing("Metrics") }
            return (nil, bandID)
        }
        if bandID != nil {
            throw CloudWatchFault.invalidCombination(
                "The comparison operator \(comparison) cannot be used with the parameter ThresholdMetricId.")
        }
        guard let threshold = input["Threshold"]?.double else { throw CloudWatchFault.missing("Threshold") }
        guard threshold.isFinite else { throw CloudWatchFault.invalid(javaDouble(threshold), "Threshold") }
        return (threshold, nil)
    }

    /// AWS: limits doc, the text about returned data recorded — spec/cloudwatch.md §7.
    private static func readMetrics(
        _ metrics: AWSValue, _ input: AWSObject, thresholdID: String?, account: String
    ) throws {
        let single = ["MetricName", "Namespace", "Statistic", "ExtendedStatistic", "Dimensions", "Period", "Unit"]
        for parameter in single where input[parameter] != nil { throw CloudWatchFault.bothSpecified("Metrics", parameter) }
        let queries = try MetricDataQuery.queries(
            metrics, path: "Metrics", operation: "PutMetricAlarm", account: account)
        guard queries.count(where: { $0.stat != nil }) <= queriesMax, queries.count(where: { $0.stat == nil }) <= queriesMax
        else { throw CloudWatchFault.tooMany("Metrics", maximum: queriesMax) }
        // A band may return its data too; it is not what is watched.
        let watched = queries.filter { $0.isReturned && $0.id != thresholdID }
        guard watched.count == 1 else {
            throw AWSFault.validation("Exactly one element of the metrics list should return data.")
        }
        let plan = try MetricDataQuery.plan(queries)
        guard plan.searches.isEmpty else { throw AWSFault.validation("SEARCH is not supported on Metric Alarms.") }
        let values = try MetricDataQuery.namingDefects { try plan.emptyValues() }
        let isGrouped = thresholdID == nil && (plan.queries.first { $0.id == watched[0].id }?.isGrouped ?? false)
        guard isGrouped || values[watched[0].id]?.isSeries == true else {
            throw AWSFault.validation("The expression of an alarm must return a single time series.")
        }
        if let thresholdID {
            guard case .array(let band)? = values[thresholdID], band.count == 2 else {
                throw AWSFault.validation("ThresholdMetricId must be the Id of an ANOMALY_DETECTION_BAND expression.")
            }
        }
        guard Set(plan.queries.map(\.periodSeconds)).count == 1 else {
            throw AWSFault.validation("All metrics in the metrics list must have the same period.")
        }
    }

    // MARK: Cross-field rules

    private static func checkWindow(_ record: AlarmRecord) throws {
        let watched: Int? = switch record.subject {
        case .metric(let stat)?: stat.periodSeconds
        case .math(let math)?: math.periodSeconds
        case nil: nil
        }
        guard let period = watched, [10, 20, 30].contains(period) || (period > 0 && period % 60 == 0)
        else { throw AWSFault.validation("Period must be 10, 20, 30 or a multiple of 60") }
        let periods = record.evaluationPeriods
        guard periods >= 1 else { throw CloudWatchFault.invalid("\(periods)", "EvaluationPeriods") }
        let (span, overflow) = periods.multipliedReportingOverflow(by: period)
        if period < 3600, overflow || span > daySeconds {
            throw AWSFault.validation(
                "Metrics cannot be checked across more than a day (EvaluationPeriods * Period must be <= 86400) "
                    + "for alarms using period < 3600")
        }
        if overflow || span > weekSeconds {
            throw AWSFault.validation(
                "Metrics cannot be checked across more than a week (EvaluationPeriods * Period must be <= 604800) "
                    + "for alarms using period >= 3600")
        }
        if let needed = record.datapointsToAlarm {
            guard needed >= 1 else { throw CloudWatchFault.invalid("\(needed)", "DatapointsToAlarm") }
            guard needed <= periods else {
                throw AWSFault.validation("DatapointsToAlarm must be less than or equal to EvaluationPeriods")
            }
        }
    }

    private static func checkTreatments(_ record: AlarmRecord) throws {
        if let treatment = record.treatMissingData, MissingDataTreatment(rawValue: treatment) == nil {
            throw AWSFault.validation(
                "The value \(treatment) is not supported for TreatMissingData parameter. "
                    + "Supported values are [breaching, notBreaching, ignore, missing].")
        }
        guard let treatment = record.evaluateLowSampleCountPercentile else { return }
        guard LowSampleTreatment(rawValue: treatment) != nil else {
            throw AWSFault.validation(
                "Option \(treatment) is not supported. "
                    + "Supported options for parameter EvaluateLowSampleCountPercentile are evaluate and ignore.")
        }
    }

    // MARK: Lists

    static func actions(_ input: AWSObject, _ parameter: String) throws -> [String] {
        let actions = (input[parameter]?.list ?? []).compactMap(\.string)
        guard actions.count <= actionsMax else { throw CloudWatchFault.tooMany(parameter, maximum: actionsMax) }
        for action in actions where ARN(action) == nil { throw AWSFault.validation("Invalid arn syntax: \(action)") }
        return actions
    }
}
