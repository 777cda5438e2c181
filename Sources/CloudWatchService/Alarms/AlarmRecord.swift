import AWSModel
import MetricRules
import SimTime
import Vocabulary

/// A metric alarm as it is stored: the configuration as it was sent, and the state.
struct AlarmRecord: Codable, Sendable, Equatable {
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
    var threshold: Double
    var comparisonOperator: String
    var treatMissingData: String?
    var evaluateLowSampleCountPercentile: String?
    /// The `Metrics` member, as sent.
    var metrics: AWSValue?
    var tags: [Tag]

    var state: String
    var stateReason: String
    var stateReasonData: String?
    /// The last time that the state was set, be it to the same value.
    var stateUpdated: SimInstant
    /// The last time that its value changed.
    var stateTransitioned: SimInstant
    var configurationUpdated: SimInstant

    /// The alarm's ARN in a realm.
    func arn(in realm: Realm) -> String { AlarmRecord.arn(name, in: realm) }

    static func arn(_ name: String, in realm: Realm) -> String {
        ARN(service: "cloudwatch", realm: realm, resource: "alarm:\(name)").description
    }

    var stateValue: AlarmState { AlarmState(rawValue: state) ?? .insufficientData }

    /// Actions of entering a state.
    func actions(on state: AlarmState) -> [String] {
        switch state {
        case .ok: okActions
        case .alarm: alarmActions
        case .insufficientData: insufficientDataActions
        }
    }

    /// Whether some action's ARN begins so.
    func hasAction(_ prefix: String) -> Bool {
        [okActions, alarmActions, insufficientDataActions].joined().contains { $0.hasPrefix(prefix) }
    }

    // MARK: What is evaluated

    /// The metric and period the alarm watches, wherever the request put them.
    struct Watched: Sendable {
        var metric: MetricIdentity
        var statistic: StatisticChoice
        var periodSeconds: Int
        var unit: MetricUnit?
    }

    var watched: Watched? {
        if let metrics { return AlarmRecord.watched(by: metrics) }
        guard let metricName, let namespace, let periodSeconds, let text = statistic ?? extendedStatistic,
              let choice = try? StatisticChoice(parsing: text)
        else { return nil }
        let identity = MetricIdentity(
            namespace: namespace, name: metricName, dimensions: dimensions.map { .init(name: $0.name, value: $0.value) })
        return Watched(
            metric: identity, statistic: choice, periodSeconds: periodSeconds, unit: unit.flatMap(MetricUnit.init))
    }

    /// The one query of a `Metrics` list that returns data.
    private static func watched(by metrics: AWSValue) -> Watched? {
        let returned = metrics.list?.first { $0["ReturnData"]?.bool ?? true }
        guard let stat = returned?["MetricStat"], let metric = stat["Metric"], let period = stat["Period"]?.int,
              let choice = stat["Stat"]?.string.flatMap({ try? StatisticChoice(parsing: $0) })
        else { return nil }
        let dimensions = (metric["Dimensions"]?.list ?? []).map {
            MetricDimension(name: $0["Name"]?.string ?? "", value: $0["Value"]?.string ?? "")
        }
        return Watched(
            metric: MetricIdentity(
                namespace: metric["Namespace"]?.string ?? "", name: metric["MetricName"]?.string ?? "", dimensions: dimensions),
            statistic: choice, periodSeconds: period, unit: stat["Unit"]?.string.flatMap(MetricUnit.init))
    }

    /// What decides the state; nil for a record that no release of this server wrote.
    var definition: AlarmDefinition? {
        guard let watched, let comparison = ThresholdOperator(rawValue: comparisonOperator) else { return nil }
        // AWS: doc — spec/cloudwatch.md §7: missing data of DynamoDB metrics is always ignored.
        let missing: MissingDataTreatment = watched.metric.namespace == "AWS/DynamoDB"
            ? .ignore : treatMissingData.flatMap(MissingDataTreatment.init) ?? .missing
        return AlarmDefinition(
            statistic: watched.statistic, periodSeconds: watched.periodSeconds, unit: watched.unit,
            evaluationPeriods: evaluationPeriods, datapointsToAlarm: datapointsToAlarm, threshold: threshold,
            comparison: comparison, missingData: missing,
            lowSamples: evaluateLowSampleCountPercentile.flatMap(LowSampleTreatment.init) ?? .evaluate)
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
            "Threshold": .double(threshold),
            "ComparisonOperator": .string(comparisonOperator),
            "TreatMissingData": treatMissingData.map(AWSValue.string),
            "EvaluateLowSampleCountPercentile": evaluateLowSampleCountPercentile.map(AWSValue.string),
            "Metrics": metrics,
            "StateTransitionedTimestamp": .timestamp(stateTransitioned),
        ]
    }

    private func strings(_ list: [String]) -> AWSValue { .list(list.map(AWSValue.string)) }
}
