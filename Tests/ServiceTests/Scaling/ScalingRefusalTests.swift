import AWSModel
import ColdframeTesting
import SimTime
import Testing

/// What Application Auto Scaling refuses, and in which words.
@Suite struct ScalingRefusalTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let operation: String
        var input: AWSObject = [:]
        let code: String
        let message: String
        var testDescription: String { "\(operation) \(message)" }
    }

    static let place = "service namespace: sagemaker, resource ID: endpoint/churn/variant/AllTraffic, "
        + "scalable dimension: sagemaker:variant:DesiredInstanceCount"

    static let unregistered: [Row] = [
        Row(operation: "PutScalingPolicy", input: Hosting.tracking(1), code: "ObjectNotFoundException",
            message: "No scalable target registered for \(place)"),
        Row(operation: "DeregisterScalableTarget", code: "ObjectNotFoundException", message: "No scalable target found for \(place)"),
        Row(operation: "DeleteScalingPolicy", input: ["PolicyName": "p"], code: "ObjectNotFoundException",
            message: "No scaling policy found for \(place), policy name: p"),
        Row(operation: "DeleteScheduledAction", input: ["ScheduledActionName": "p"], code: "ObjectNotFoundException",
            message: "No scheduled action found for \(place), scheduled action name: p"),
        Row(operation: "RegisterScalableTarget", input: ["MinCapacity": 3, "MaxCapacity": 2], code: "ValidationException",
            message: "Maximum capacity cannot be less than minimum capacity"),
        Row(operation: "RegisterScalableTarget", input: ["MinCapacity": 1], code: "ValidationException",
            message: "Both MinCapacity and MaxCapacity are required to register a scalable target."),
        Row(operation: "RegisterScalableTarget", input: ["ResourceId": "table/t", "MinCapacity": 1, "MaxCapacity": 2],
            code: "ValidationException", message: "Unsupported service namespace, resource type or scalable dimension"),
        Row(operation: "RegisterScalableTarget",
            input: ["ResourceId": "endpoint/none/variant/v", "MinCapacity": 1, "MaxCapacity": 2], code: "ValidationException",
            message: "SageMaker resource doesn't exist: endpoint/none/variant/v"),
        Row(operation: "RegisterScalableTarget",
            input: ["ServiceNamespace": "ecs", "ResourceId": "service/a/b", "ScalableDimension": "ecs:service:DesiredCount"],
            code: "NotImplementedException",
            message: "Coldframe does not emulate the member ServiceNamespace ecs of RegisterScalableTarget. "
                + "See the README's list of differences from AWS."),
        Row(operation: "DescribeScalingActivities", input: ["NextToken": "x"], code: "InvalidNextTokenException",
            message: "The next token is not valid."),
    ]

    @Test(arguments: unregistered)
    func withoutATarget(_ row: Row) async throws {
        try await Hosting.served { hosting in
            let fault = try await hosting.scalingFault(row.operation, row.input)
            #expect(fault?.code == row.code)
            #expect(fault?.message == row.message)
        }
    }

    static func configured(_ more: AWSObject, without: [String] = []) -> AWSObject {
        var input = Hosting.tracking(70, more)
        guard var configuration = input["TargetTrackingScalingPolicyConfiguration"]?.object else { return input }
        for key in without { configuration[key] = nil }
        input["TargetTrackingScalingPolicyConfiguration"] = .object(configuration)
        return input
    }

    @Test(arguments: [
        (configured([:], without: ["PredefinedMetricSpecification"]),
         "One of PredefinedMetricSpecification and CustomizedMetricSpecification must be specified"),
        (configured(["PredefinedMetricSpecification": ["PredefinedMetricType": "ECSServiceAverageCPUUtilization"]]),
         "Unsupported predefined metric type: ECSServiceAverageCPUUtilization"),
        (configured(["PredefinedMetricSpecification": ["PredefinedMetricType": "SageMakerInferenceComponentInvocationsPerCopy"]]),
         "Unsupported predefined metric type: SageMakerInferenceComponentInvocationsPerCopy"),
        (configured(["TargetValue": 0]), "TargetValue is out of bounds"),
        (configured(["ScaleInCooldown": -1]), "Cooldown cannot be less than 0"),
        (["PolicyName": "track", "PolicyType": "TargetTrackingScaling"],
         "TargetTrackingScalingPolicyConfiguration must be specified for the policy type TargetTrackingScaling"),
        (["PolicyName": "p", "PolicyType": "PredictiveScaling"],
         "Predictive scaling is not supported for the service namespace sagemaker"),
        (Hosting.step(1, ["StepAdjustments": []]), "At least one StepAdjustment must be specified"),
        (Hosting.step(1, ["StepAdjustments": [
            ["MetricIntervalLowerBound": 0, "MetricIntervalUpperBound": 5, "ScalingAdjustment": 1],
            ["MetricIntervalLowerBound": 9, "ScalingAdjustment": 2],
        ]]), "StepAdjustment intervals can't have gaps between them"),
        (Hosting.step(1, ["MinAdjustmentMagnitude": 1]),
         "MinAdjustmentMagnitude can only be specified with AdjustmentType PercentChangeInCapacity"),
    ] as [(AWSObject, String)])
    func policies(_ input: AWSObject, _ message: String) async throws {
        try await Hosting.served { hosting in
            try await hosting.register()
            #expect(try await hosting.scalingFault("PutScalingPolicy", input)?.message == message)
            #expect(try await hosting.scaling("DescribeScalingPolicies")["ScalingPolicies"]?.list?.isEmpty == true)
            #expect(try await hosting.alarms().isEmpty)
        }
    }

    @Test func oneTrackingPolicyAMetric() async throws {
        try await Hosting.served { hosting in
            try await hosting.register()
            try await hosting.scaling("PutScalingPolicy", Hosting.tracking(70))
            var second = Hosting.tracking(90)
            second["PolicyName"] = "other"
            #expect(try await hosting.scalingFault("PutScalingPolicy", second)?.message
                == "Only one TargetTrackingScaling policy for a given metric specification is allowed.")
            #expect(try await hosting.scalingFault("GetPredictiveScalingForecast", [
                "PolicyName": "track", "StartTime": .timestamp(hosting.coldframe.now),
                "EndTime": .timestamp(hosting.coldframe.now + .hours(1)),
            ])?.message == "The scaling policy track is not a predictive scaling policy.")
        }
    }

    @Test(arguments: [
        ("cron(0 8 * * * *)", "Exactly one of the day-of-month and day-of-week fields of the cron expression must be ?"),
        ("rate(0 hours)", "0 hours is not a rate of the form value unit"),
        ("soon", "Schedule must be at(yyyy-mm-ddThh:mm:ss), rate(value unit) or cron(fields)"),
    ])
    func schedules(_ schedule: String, _ message: String) async throws {
        try await Hosting.served { hosting in
            try await hosting.register()
            #expect(try await hosting.scalingFault("PutScheduledAction", [
                "ScheduledActionName": "a", "Schedule": .string(schedule), "ScalableTargetAction": ["MinCapacity": 1],
            ])?.message == message)
        }
    }

    @Test func tags() async throws {
        try await Hosting.served { hosting in
            try await hosting.register(1, 2, ["Tags": ["a": "1"]])
            let arn = try await hosting.scaling("DescribeScalableTargets", without: ["ScalableDimension"])["ScalableTargets"]?.list?.first?["ScalableTargetARN"]
            func call(_ operation: String, _ input: AWSValue) async throws -> AWSValue {
                try await hosting.call(operation, input, service: "application-autoscaling")
            }
            _ = try await call("TagResource", ["ResourceARN": arn, "Tags": ["b": "2"]])
            _ = try await call("UntagResource", ["ResourceARN": arn, "TagKeys": ["a"]])
            #expect(try await call("ListTagsForResource", ["ResourceARN": arn])["Tags"] == ["b": "2"])
            let fault = try await hosting.fault("ListTagsForResource", [
                "ResourceARN": "arn:aws:application-autoscaling:us-east-1:123456789012:scalable-target/none",
            ], service: "application-autoscaling")
            #expect(fault?.code == "ResourceNotFoundException")
        }
    }
}
