import AWSModel
import ScalingRules
import Vocabulary

/// PutScalingPolicy's configuration, read and checked.
struct PolicyDraft: Sendable {
    let kind: PolicyRecord.Kind
    let configuration: AWSValue
    /// What a target tracking policy watches.
    let metric: TrackedMetric?

    /// Throws the fault of the first broken rule.
    init(_ input: AWSObject, type: String, key: TargetKey) throws {
        // AWS: doc — predictive scaling is for Amazon ECS only.
        guard type != "PredictiveScaling" else {
            throw AWSFault.validation("Predictive scaling is not supported for the service namespace sagemaker")
        }
        for other in ["StepScaling", "TargetTrackingScaling", "PredictiveScaling"] where other != type {
            if input["\(other)PolicyConfiguration"] != nil {
                throw AWSFault.validation("\(other)PolicyConfiguration cannot be specified for the policy type \(type)")
            }
        }
        guard let configuration = input["\(type)PolicyConfiguration"] else {
            throw AWSFault.validation("\(type)PolicyConfiguration must be specified for the policy type \(type)")
        }
        self.configuration = configuration
        if type == "StepScaling" {
            kind = .step(try Self.step(configuration))
            metric = nil
        } else {
            let policy = TrackingPolicy(
                target: configuration["TargetValue"]?.double ?? 0,
                scaleOutCooldownSeconds: configuration["ScaleOutCooldown"]?.int,
                scaleInCooldownSeconds: configuration["ScaleInCooldown"]?.int,
                isScaleInDisabled: configuration["DisableScaleIn"]?.bool ?? false)
            do {
                try policy.check()
                metric = try TrackedMetric(configuration, key: key)
            } catch let rejection as TrackingPolicyRejection { throw ScalingFault.fault(rejection) }
            kind = .tracking(policy)
        }
    }

    private static func step(_ configuration: AWSValue) throws -> StepPolicy {
        guard let type = StepPolicy.AdjustmentType(rawValue: configuration["AdjustmentType"]?.string ?? "") else {
            throw AWSFault.validation("AdjustmentType must be specified")
        }
        let steps = (configuration["StepAdjustments"]?.list ?? []).map { step in
            StepPolicy.Step(
                lower: step["MetricIntervalLowerBound"]?.double, upper: step["MetricIntervalUpperBound"]?.double,
                adjustment: step["ScalingAdjustment"]?.int ?? 0)
        }
        let policy = StepPolicy(
            type: type, steps: steps, minimumMagnitude: configuration["MinAdjustmentMagnitude"]?.int,
            cooldownSeconds: configuration["Cooldown"]?.int,
            aggregation: StepPolicy.Aggregation(rawValue: configuration["MetricAggregationType"]?.string ?? "") ?? .average)
        do { try policy.check() } catch { throw ScalingFault.fault(error) }
        return policy
    }
}

/// The metric of a target tracking policy, as its alarms name it.
struct TrackedMetric: Sendable {
    /// Members of PutMetricAlarm that say what is watched.
    private let watched: AWSObject
    private let periodSeconds: Int

    /// Throws `TrackingPolicyRejection`, and faults of members that do not fit together.
    init(_ configuration: AWSValue, key: TargetKey) throws {
        switch (configuration["PredefinedMetricSpecification"], configuration["CustomizedMetricSpecification"]) {
        case (nil, nil): throw TrackingPolicyRejection.neitherMetric
        case (_?, _?): throw TrackingPolicyRejection.bothMetrics
        case (let predefined?, nil):
            let text = predefined["PredefinedMetricType"]?.string ?? ""
            guard let metric = PredefinedMetric(rawValue: text) else { throw TrackingPolicyRejection.unknownMetric(text) }
            guard metric.dimension == key.dimension else { throw TrackingPolicyRejection.metricNotForResource(text) }
            if predefined["ResourceLabel"] != nil { throw TrackingPolicyRejection.resourceLabel }
            periodSeconds = metric.periodSeconds
            watched = [
                "Namespace": "AWS/SageMaker", "MetricName": .string(metric.metricName), "Statistic": .string(metric.statistic),
                "Period": .integer(Int64(metric.periodSeconds)), "Dimensions": Self.dimensions(key),
            ]
        case (nil, let custom?):
            periodSeconds = 60
            watched = try Self.customized(custom)
        }
    }

    private static func dimensions(_ key: TargetKey) -> AWSValue {
        switch key.resource {
        case .variant(let endpoint, let variant)?:
            [["Name": "EndpointName", "Value": .string(endpoint)], ["Name": "VariantName", "Value": .string(variant)]]
        case .component(let name)?: [["Name": "InferenceComponentName", "Value": .string(name)]]
        case nil: []
        }
    }

    private static func customized(_ custom: AWSValue) throws -> AWSObject {
        let single = ["MetricName", "Namespace", "Statistic"]
        if let metrics = custom["Metrics"]?.list {
            for member in single + ["Dimensions", "Unit"] where custom[member] != nil {
                throw AWSFault.validation("\(member) cannot be specified with Metrics")
            }
            // AWS: doc — the queries have no period of their own: it is a minute.
            return ["Metrics": .list(metrics.map { query in
                guard var shown = query.object, var stat = query["MetricStat"]?.object else { return query }
                stat["Period"] = 60
                shown["MetricStat"] = .object(stat)
                return .object(shown)
            })]
        }
        for member in single where custom[member] == nil { throw AWSFault.validation("\(member) must be specified") }
        return [
            "Namespace": custom["Namespace"], "MetricName": custom["MetricName"], "Statistic": custom["Statistic"],
            "Period": 60, "Dimensions": custom["Dimensions"], "Unit": custom["Unit"],
        ]
    }

    /// PutMetricAlarm's input for one of the policy's alarms.
    // AWS: recorded form of the description and the action; thresholds and windows in ScalingRules.
    func alarm(named name: String, _ alarm: TrackingAlarm, _ policy: TrackingPolicy, policyARN: String) -> AWSObject {
        var input = watched
        input["AlarmName"] = .string(name)
        input["AlarmDescription"] = .string("DO NOT EDIT OR DELETE. For TargetTrackingScaling policy \(policyARN).")
        input["ActionsEnabled"] = true
        input["AlarmActions"] = [.string("\(policyARN):createdBy/\(name.suffix(36))")]
        input["EvaluationPeriods"] = .integer(Int64(alarm.evaluationPeriods(periodSeconds: periodSeconds)))
        input["Threshold"] = .double(alarm == .high ? policy.target : policy.lowThreshold)
        input["ComparisonOperator"] = alarm == .high ? "GreaterThanThreshold" : "LessThanThreshold"
        return input
    }
}
