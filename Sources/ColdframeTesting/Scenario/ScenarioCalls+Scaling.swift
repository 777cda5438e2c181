import AWSModel
import SimTime

/// Application Auto Scaling.
extension ScenarioCalls {
    static func target(_ target: Scenario.ScalingTarget) -> AWSObject {
        let (resource, dimension) =
            switch target {
            case .instances(let endpoint, let variant):
                ("endpoint/\(endpoint)/variant/\(variant)", "sagemaker:variant:DesiredInstanceCount")
            case .provisionedConcurrency(let endpoint, let variant):
                ("endpoint/\(endpoint)/variant/\(variant)", "sagemaker:variant:DesiredProvisionedConcurrency")
            case .copies(let component):
                ("inference-component/\(component)", "sagemaker:inference-component:DesiredCopyCount")
            }
        return [
            "ServiceNamespace": "sagemaker", "ResourceId": .string(resource), "ScalableDimension": .string(dimension),
        ]
    }

    static func registration(_ target: Scenario.ScalingTarget, minimum: Int, maximum: Int) -> AWSValue {
        var input = self.target(target)
        input["MinCapacity"] = .integer(Int64(minimum))
        input["MaxCapacity"] = .integer(Int64(maximum))
        return .object(input)
    }

    static func tracking(_ policy: Scenario.TrackingPolicy) -> AWSValue {
        let configuration: AWSObject = [
            "TargetValue": .double(policy.value),
            "PredefinedMetricSpecification": policy.isPredefined ? ["PredefinedMetricType": .string(policy.metric)] : nil,
            "CustomizedMetricSpecification": policy.isPredefined ? nil : [
                "Namespace": "AWS/SageMaker", "MetricName": .string(policy.metric),
                "Statistic": .string(policy.statistic), "Dimensions": dimensions(metricOwner(policy)),
            ],
            "ScaleOutCooldown": policy.outCooldownSeconds.map { .integer(Int64($0)) },
            "ScaleInCooldown": policy.inCooldownSeconds.map { .integer(Int64($0)) },
            "DisableScaleIn": policy.isScaleInDisabled ? true : nil,
        ]
        var input = target(policy.target)
        input["PolicyName"] = .string(policy.name)
        input["PolicyType"] = "TargetTrackingScaling"
        input["TargetTrackingScalingPolicyConfiguration"] = .object(configuration)
        return .object(input)
    }

    /// The metrics of a backlog are the endpoint's, all others the variant's.
    // AWS: doc — spec/hosting.md §D.3.
    private static func metricOwner(_ policy: Scenario.TrackingPolicy) -> Scenario.MetricQuestion.Owner {
        let isBacklog = policy.metric.hasPrefix("Approximate") || policy.metric.hasPrefix("HasBacklog")
        switch policy.target {
        case .instances(let endpoint, let variant), .provisionedConcurrency(let endpoint, let variant):
            return .endpoint(endpoint, variant: isBacklog ? nil : variant, config: nil, container: nil)
        case .copies(let component): return .component(component)
        }
    }

    /// - Parameter isBelow: the alarm rings below its threshold, so that steps lie below it too.
    static func step(_ policy: Scenario.StepPolicy, isBelow: Bool) -> AWSValue {
        let steps = policy.steps.indices.map { index -> AWSValue in
            let step = policy.steps[index]
            let next = index + 1 < policy.steps.count ? policy.steps[index + 1].beyond : nil
            let (near, far) = isBelow ? (-step.beyond, next.map { -$0 }) : (step.beyond, next)
            return [
                (isBelow ? "MetricIntervalUpperBound" : "MetricIntervalLowerBound"): .double(near),
                (isBelow ? "MetricIntervalLowerBound" : "MetricIntervalUpperBound"): far.map { .double($0) },
                "ScalingAdjustment": .integer(Int64(step.adjustment)),
            ]
        }
        var input = target(policy.target)
        input["PolicyName"] = .string(policy.name)
        input["PolicyType"] = "StepScaling"
        input["StepScalingPolicyConfiguration"] = [
            "AdjustmentType": .string(policy.type), "StepAdjustments": .list(steps),
            "Cooldown": policy.cooldownSeconds.map { .integer(Int64($0)) },
        ]
        return .object(input)
    }

    /// - Parameter origin: the instant of 0s.
    static func scheduled(_ action: Scenario.ScheduledAction, origin: SimInstant) -> AWSValue {
        let schedule =
            switch action.when {
            case .expression(let text): text
            // AWS: doc — at(…) has no zone: it is UTC.
            case .at(let duration): "at(\(CivilTime(origin + duration).iso8601.prefix { $0 != "Z" }))"
            }
        var input = target(action.target)
        input["ScheduledActionName"] = .string(action.name)
        input["Schedule"] = .string(schedule)
        input["ScalableTargetAction"] = [
            "MinCapacity": action.minimum.map { .integer(Int64($0)) },
            "MaxCapacity": action.maximum.map { .integer(Int64($0)) },
        ]
        return .object(input)
    }
}
