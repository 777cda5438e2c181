import AWSModel
import MetricRules
import SimTime
import Vocabulary

/// Reading PutMetricAlarm's input. AWS: limits doc and sdk — spec/cloudwatch.md §7; texts as marked in §1.
enum AlarmDraft {
    private static let actionsMax = 5
    private static let tagsMax = 50
    private static let daySeconds = 86_400
    private static let weekSeconds = 604_800

    /// The record of a new alarm; its instants are the turn's business. Throws the fault of the first broken rule.
    static func read(_ input: AWSObject, account: String) throws -> AlarmRecord {
        guard let name = input["AlarmName"]?.string else { throw CloudWatchFault.missing("AlarmName") }
        guard name.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f }) else {
            throw AWSFault.validation("AlarmName must not contain ASCII Control characters")
        }
        guard let evaluationPeriods = input["EvaluationPeriods"]?.int else { throw CloudWatchFault.missing("EvaluationPeriods") }
        guard let comparison = input["ComparisonOperator"]?.string else { throw CloudWatchFault.missing("ComparisonOperator") }
        guard ThresholdOperator(rawValue: comparison) != nil else {
            throw CloudWatchFault.invalidCombination(
                "The comparison operator \(comparison) needs the parameter ThresholdMetricId.")
        }
        guard let threshold = input["Threshold"]?.double else { throw CloudWatchFault.missing("Threshold") }
        guard threshold.isFinite else { throw CloudWatchFault.invalid(javaDouble(threshold), "Threshold") }
        var record = AlarmRecord(
            name: name, description: input["AlarmDescription"]?.string,
            actionsEnabled: input["ActionsEnabled"]?.bool ?? true,
            okActions: try actions(input, "OKActions"), alarmActions: try actions(input, "AlarmActions"),
            insufficientDataActions: try actions(input, "InsufficientDataActions"), dimensions: [],
            evaluationPeriods: evaluationPeriods, datapointsToAlarm: input["DatapointsToAlarm"]?.int,
            threshold: threshold, comparisonOperator: comparison,
            treatMissingData: input["TreatMissingData"]?.string,
            evaluateLowSampleCountPercentile: input["EvaluateLowSampleCountPercentile"]?.string,
            tags: try tags(input["Tags"], existing: []), state: AlarmState.insufficientData.rawValue,
            stateReason: AlarmExplanation.initialReason, stateUpdated: SimInstant(millisecondsSinceEpoch: 0),
            stateTransitioned: SimInstant(millisecondsSinceEpoch: 0), configurationUpdated: SimInstant(millisecondsSinceEpoch: 0))
        if let metrics = input["Metrics"] {
            try readMetrics(metrics, input, account: account)
            record.metrics = metrics
        } else {
            try readMetric(input, into: &record)
        }
        try checkWindow(record)
        try checkTreatments(record)
        return record
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

    /// `Metrics` may name several metrics, of which one returns data; expressions are refused by name.
    private static func readMetrics(_ metrics: AWSValue, _ input: AWSObject, account: String) throws {
        let single = ["MetricName", "Namespace", "Statistic", "ExtendedStatistic", "Dimensions", "Period", "Unit"]
        for parameter in single where input[parameter] != nil { throw CloudWatchFault.bothSpecified("Metrics", parameter) }
        let queries = try MetricDataQuery.queries(
            metrics, path: "Metrics", operation: "PutMetricAlarm", account: account)
        guard queries.count <= 10 else { throw CloudWatchFault.tooMany("Metrics", maximum: 10) }
        guard queries.count(where: \.isReturned) == 1 else {
            throw AWSFault.validation("Exactly one element of the metrics list should return data.")
        }
        guard Set(queries.map(\.periodSeconds)).count == 1 else {
            throw AWSFault.validation("All metrics in the metrics list must have the same period.")
        }
    }

    // MARK: Cross-field rules

    private static func checkWindow(_ record: AlarmRecord) throws {
        guard let period = record.watched?.periodSeconds,
              [10, 20, 30].contains(period) || (period > 0 && period % 60 == 0)
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

    private static func actions(_ input: AWSObject, _ parameter: String) throws -> [String] {
        let actions = (input[parameter]?.list ?? []).compactMap(\.string)
        guard actions.count <= actionsMax else { throw CloudWatchFault.tooMany(parameter, maximum: actionsMax) }
        for action in actions where ARN(action) == nil { throw AWSFault.validation("Invalid arn syntax: \(action)") }
        return actions
    }

    /// Adds `[{Key, Value}]` to tags, overwriting by key. Throws for more than 50.
    static func tags(_ value: AWSValue?, existing: [AlarmRecord.Tag]) throws -> [AlarmRecord.Tag] {
        var tags = existing
        for item in value?.list ?? [] {
            let tag = AlarmRecord.Tag(key: item["Key"]?.string ?? "", value: item["Value"]?.string ?? "")
            if let index = tags.firstIndex(where: { $0.key == tag.key }) { tags[index] = tag } else { tags.append(tag) }
        }
        guard tags.count <= tagsMax else { throw CloudWatchFault.tooMany("Tags", maximum: tagsMax) }
        return tags
    }
}
