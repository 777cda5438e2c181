import AWSModel
import MetricRules
import SimTime
import Vocabulary

/// A metric alarm as it is stored: the configuration as it was sent, and the state.
struct AlarmRecord: StatefulAlarm {
    static let kind = AlarmKind.metric

    struct Dimension: Codable, Sendable, Equatable {
        var name: String
        var value: String
    }

    struct Tag: Codable, Sendable, Equatable {
        var key: String
        var value: String
    }

    var name: String
    var description: String?
    var actionsEnabled: Bool
    var okActions: [String]
    var alarmActions: [String]
    var insufficientDataActions: [String]
    /// Nil, like namespace, statistic and period, when the metric is given by `metrics`.
    var metricName: String?
    var namespace: String?
    var statistic: String?
    var extendedStatistic: String?
    var dimensions: [Dimension]
    var periodSeconds: Int?
    var unit: String?
    var evaluationPeriods: Int
    var datapointsToAlarm: Int?
    /// Nil for alarms on a band.
    var threshold: Double?
    /// The query that yields the band.
    var thresholdMetricID: String?
    var comparisonOperator: String
    var treatMissingData: String?
    var evaluateLowSampleCountPercentile: String?
    /// The `Metrics` member, as sent.
    var metrics: AWSValue?
    var tags: [Tag]
    /// Of an alarm on several series, those that ring; nil when none does.
    var contributors: [AlarmContributor]?

    var state: String
    /// The state before the last change.
    var previous: PriorState?
    var stateReason: String
    var stateReasonData: String?
    /// The last time that the state was set, be it to the same value.
    var stateUpdated: SimInstant
    /// The last time that its value changed.
    var stateTransitioned: SimInstant
    var configurationUpdated: SimInstant

    static func arn(_ name: String, in realm: Realm) -> String {
        ARN(service: "cloudwatch", realm: realm, resource: "alarm:\(name)").description
    }

    // MARK: What is evaluated

    /// What the alarm looks at, wherever the request put it.
    enum Subject: Sendable {
        case metric(MetricStat)
        case math(MathAlarm)
    }

    /// Nil for a record that no release of this server wrote.
    var subject: Subject? {
        if let metrics {
            guard let math = MathAlarm(metrics, thresholdID: thresholdMetricID) else { return nil }
            return math.onlyStat.map { .metric($0) } ?? .math(math)
        }
        guard let metricName, let namespace, let periodSeconds, let text = statistic ?? extendedStatistic,
              let choice = try? StatisticChoice(parsing: text)
        else { return nil }
        let identity = MetricIdentity(
            namespace: namespace, name: metricName, dimensions: dimensions.map { .init(name: $0.name, value: $0.value) })
        return .metric(MetricStat(
            metric: identity, statisticText: text, statistic: choice, periodSeconds: periodSeconds,
            unit: unit.flatMap(MetricUnit.init)))
    }

    /// What decides the state; nil when the criterion cannot be read.
    func definition(of subject: Subject) -> AlarmDefinition? {
        let criterion: AlarmCriterion
        if let threshold, let comparison = ThresholdOperator(rawValue: comparisonOperator) {
            criterion = .threshold(threshold, comparison)
        } else if let comparison = BandOperator(rawValue: comparisonOperator), thresholdMetricID != nil {
            criterion = .band(comparison)
        } else {
            return nil
        }
        var missing = treatMissingData.flatMap(MissingDataTreatment.init) ?? .missing
        let statistic: StatisticChoice?, period: Int, unit: MetricUnit?
        switch subject {
        case .metric(let stat):
            (statistic, period, unit) = (stat.statistic, stat.periodSeconds, stat.unit)
            // AWS: doc — spec/cloudwatch.md §7: missing data of DynamoDB metrics is always ignored.
            if stat.metric.namespace == "AWS/DynamoDB" { missing = .ignore }
        case .math(let math): (statistic, period, unit) = (nil, math.periodSeconds, nil)
        }
        return AlarmDefinition(
            statistic: statistic, periodSeconds: period, unit: unit,
            evaluationPeriods: evaluationPeriods, datapointsToAlarm: datapointsToAlarm, criterion: criterion,
            missingData: missing, lowSamples: evaluateLowSampleCountPercentile.flatMap(LowSampleTreatment.init) ?? .evaluate)
    }

    // MARK: What DescribeAlarms shows

    /// The `MetricAlarm` structure. AWS: recorded key set — spec/cloudwatch.md §7.
    func described(in realm: Realm) -> AWSValue {
        [
            "AlarmName": .string(name),
            "AlarmArn": .string(arn(in: realm)),
            "AlarmDescription": description.map(AWSValue.string),
            "AlarmConfigurationUpdatedTimestamp": .timestamp(configurationUpdated),
            "ActionsEnabled": .boolean(actionsEnabled),
            "OKActions": strings(okActions),
            "AlarmActions": strings(alarmActions),
            "InsufficientDataActions": strings(insufficientDataActions),
            "StateValue": .string(state),
            "StateReason": .string(stateReason),
            "StateReasonData": stateReasonData.map(AWSValue.string),
            "StateUpdatedTimestamp": .timestamp(stateUpdated),
            "MetricName": metricName.map(AWSValue.string),
            "Namespace": namespace.map(AWSValue.string),
            "Statistic": statistic.map(AWSValue.string),
            "ExtendedStatistic": extendedStatistic.map(AWSValue.string),
            "Dimensions": .list(dimensions.map { ["Name": .string($0.name), "Value": .string($0.value)] }),
            "Period": periodSeconds.map { .integer(Int64($0)) },
            "Unit": unit.map(AWSValue.string),
            "EvaluationPeriods": .integer(Int64(evaluationPeriods)),
            "DatapointsToAlarm": datapointsToAlarm.map { .integer(Int64($0)) },
            "Threshold": threshold.map(AWSValue.double),
            "ComparisonOperator": .string(comparisonOperator),
            "TreatMissingData": treatMissingData.map(AWSValue.string),
            "EvaluateLowSampleCountPercentile": evaluateLowSampleCountPercentile.map(AWSValue.string),
            "Metrics": metrics,
            "ThresholdMetricId": thresholdMetricID.map(AWSValue.string),
            "StateTransitionedTimestamp": .timestamp(stateTransitioned),
        ]
    }

    private func strings(_ list: [String]) -> AWSValue { .list(list.map(AWSValue.string)) }

    // MARK: What others are told

    var eventConfiguration: [(key: String, value: String?)] { [("metrics", AlarmEvents.metrics(self))] }

    var messageTrigger: [(key: String, value: String?)] { [("Trigger", AlarmMessage.trigger(self))] }

    /// The keys of `createdAlarm`. AWS: recorded — spec/cloudwatch.md §9.
    func historyConfiguration(in realm: Realm) -> String { AlarmHistory.configuration(self, realm: realm) }
}
