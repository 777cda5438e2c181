import AWSModel
import ColdframeTesting
import SimTime
import Testing

/// Words of the scaling tests: a target, its policies, and what happened.
extension Hosting {
    static let resourceID = "endpoint/churn/variant/AllTraffic"
    static let target: AWSObject = [
        "ServiceNamespace": "sagemaker", "ResourceId": .string(resourceID),
        "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
    ]

    @discardableResult
    func scaling(_ operation: String, _ more: AWSObject = [:], without: [String] = []) async throws -> AWSValue {
        try await call(operation, .object(Self.merged(more, without)), service: "application-autoscaling")
    }

    func scalingFault(_ operation: String, _ more: AWSObject = [:], without: [String] = []) async throws -> CallFault? {
        try await fault(operation, .object(Self.merged(more, without)), service: "application-autoscaling")
    }

    private static func merged(_ more: AWSObject, _ without: [String]) -> AWSObject {
        var input = target
        for (key, value) in more.entries { input[key] = value }
        for key in without { input[key] = nil }
        return input
    }

    func register(_ minimum: Int64 = 1, _ maximum: Int64 = 6, _ more: AWSObject = [:]) async throws {
        var input: AWSObject = ["MinCapacity": .integer(minimum), "MaxCapacity": .integer(maximum)]
        for (key, value) in more.entries { input[key] = value }
        try await scaling("RegisterScalableTarget", input)
    }

    static func tracking(_ target: Double, _ more: AWSObject = [:]) -> AWSObject {
        var configuration: AWSObject = [
            "TargetValue": .double(target),
            "PredefinedMetricSpecification": ["PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"],
        ]
        for (key, value) in more.entries { configuration[key] = value }
        return [
            "PolicyName": "track", "PolicyType": "TargetTrackingScaling",
            "TargetTrackingScalingPolicyConfiguration": .object(configuration),
        ]
    }

    static func step(_ adjustment: Int64, type: String = "ChangeInCapacity", _ more: AWSObject = [:]) -> AWSObject {
        var configuration: AWSObject = [
            "AdjustmentType": .string(type),
            "StepAdjustments": [["MetricIntervalLowerBound": 0, "ScalingAdjustment": .integer(adjustment)]],
        ]
        for (key, value) in more.entries { configuration[key] = value }
        return ["PolicyName": "step", "PolicyType": "StepScaling", "StepScalingPolicyConfiguration": .object(configuration)]
    }

    /// The desired instance count.
    func desired() async throws -> Int? {
        try await describe()["ProductionVariants"]?.list?.first?["DesiredInstanceCount"]?.int
    }

    func activities(notScaled: Bool = false) async throws -> [AWSValue] {
        try await scaling(
            "DescribeScalingActivities", ["IncludeNotScaledActivities": .boolean(notScaled)])["ScalingActivities"]?.list ?? []
    }

    /// Oldest first: `cause → message`, with alarm ids cut.
    func story() async throws -> [String] {
        try await activities().reversed().map { activity in
            let cause = activity["Cause"]?.string ?? "", message = activity["StatusMessage"]?.string ?? ""
            return cause.replacing(#/-[0-9a-f]{8}-[0-9a-f-]{27}/#, with: "") + " → " + message
        }
    }

    func alarms() async throws -> [AWSValue] {
        try await call("DescribeAlarms", service: "cloudwatch")["MetricAlarms"]?.list ?? []
    }

    func setAlarm(_ name: String, _ state: String = "ALARM") async throws {
        try await call("SetAlarmState", [
            "AlarmName": .string(name), "StateValue": .string(state), "StateReason": "test",
        ], service: "cloudwatch")
    }
}
