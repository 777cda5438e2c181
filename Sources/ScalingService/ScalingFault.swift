import AWSModel
import ScalingRules

/// The errors of Application Auto Scaling. AWS: sdk for the names; texts recorded where marked, else our own.
enum ScalingFault {
    // AWS: recorded.
    static let unsupported = AWSFault.validation("Unsupported service namespace, resource type or scalable dimension")
    // AWS: recorded.
    static let reversedLimits = AWSFault.validation("Maximum capacity cannot be less than minimum capacity")
    static let limitsMissing = AWSFault.validation(
        "Both MinCapacity and MaxCapacity are required to register a scalable target.")
    static let negativeCapacity = AWSFault.validation("Capacity cannot be less than 0")

    static func notFound(_ message: String) -> AWSFault { AWSFault("ObjectNotFoundException", message, status: 400) }

    // AWS: recorded form for Amazon ECS ("ECS service doesn't exist: …").
    static func noResource(_ id: String) -> AWSFault { .validation("SageMaker resource doesn't exist: \(id)") }

    private static func place(_ key: TargetKey) -> String {
        "service namespace: sagemaker, resource ID: \(key.resourceID), scalable dimension: \(key.dimension.rawValue)"
    }

    // AWS: recorded.
    static func notRegistered(_ key: TargetKey) -> AWSFault { notFound("No scalable target registered for \(place(key))") }
    // AWS: recorded.
    static func noTarget(_ key: TargetKey) -> AWSFault { notFound("No scalable target found for \(place(key))") }
    // AWS: recorded.
    static func noPolicy(_ key: TargetKey, _ name: String) -> AWSFault {
        notFound("No scaling policy found for \(place(key)), policy name: \(name)")
    }
    // AWS: recorded.
    static func noAction(_ key: TargetKey, _ name: String) -> AWSFault {
        notFound("No scheduled action found for \(place(key)), scheduled action name: \(name)")
    }

    static func limit(_ message: String) -> AWSFault { AWSFault("LimitExceededException", message, status: 400) }

    static let invalidToken = AWSFault("InvalidNextTokenException", "The next token is not valid.", status: 400)

    static func noARN(_ arn: String) -> AWSFault {
        AWSFault(
            "ResourceNotFoundException", "The resource with the ARN \(arn) was not found.", status: 400,
            members: ["ResourceName": .string(arn)])
    }

    static func tooManyTags(_ arn: String) -> AWSFault {
        AWSFault(
            "TooManyTagsException", "A scalable target can have at most 50 tags.", status: 400,
            members: ["ResourceName": .string(arn)])
    }

    // AWS: recorded.
    static let sameMetric = AWSFault.validation(
        "Only one TargetTrackingScaling policy for a given metric specification is allowed.")

    static func fault(_ rejection: StepPolicyRejection) -> AWSFault {
        switch rejection {
        case .noSteps: .validation("At least one StepAdjustment must be specified")
        case .tooManySteps(let count): limit("A step scaling policy has at most \(StepPolicy.stepsMax) step adjustments, not \(count).")
        case .emptyInterval: .validation("The lower bound of a step adjustment must be less than its upper bound.")
        case .overlap: .validation("StepAdjustment intervals can't overlap")
        case .gap: .validation("StepAdjustment intervals can't have gaps between them")
        case .severalOpenLower: .validation("At most one StepAdjustment may have an unspecified lower bound")
        case .severalOpenUpper: .validation("At most one StepAdjustment may have an unspecified upper bound")
        case .negativeCooldown: .validation("Cooldown cannot be less than 0")
        case .magnitudeWithoutPercent:
            .validation("MinAdjustmentMagnitude can only be specified with AdjustmentType PercentChangeInCapacity")
        case .magnitudeOutOfBounds(let value): .validation("MinAdjustmentMagnitude is \(value); it must be greater than 0")
        case .negativeExactCapacity: .validation("ScalingAdjustment cannot be less than 0 with AdjustmentType ExactCapacity")
        }
    }

    static func fault(_ rejection: TrackingPolicyRejection) -> AWSFault {
        switch rejection {
        case .targetOutOfBounds: .validation("TargetValue is out of bounds")
        case .neitherMetric:
            .validation("One of PredefinedMetricSpecification and CustomizedMetricSpecification must be specified")
        case .bothMetrics:
            .validation("Only one of PredefinedMetricSpecification and CustomizedMetricSpecification can be specified")
        case .negativeCooldown: .validation("Cooldown cannot be less than 0")
        case .metricNotForResource(let metric), .unknownMetric(let metric):
            .validation("Unsupported predefined metric type: \(metric)")
        case .resourceLabel: .validation("ResourceLabel cannot be specified for this predefined metric type")
        }
    }

    static func fault(_ rejection: ScheduleRejection) -> AWSFault {
        switch rejection {
        case .unreadable: .validation("Schedule must be at(yyyy-mm-ddThh:mm:ss), rate(value unit) or cron(fields)")
        case .badInstant(let text): .validation("\(text) is not a date and time of the form yyyy-mm-ddThh:mm:ss")
        case .badRate(let text): .validation("\(text) is not a rate of the form value unit")
        case .badField(let field): .validation("The \(field) field of the cron expression is not valid or not supported")
        case .bothDays:
            .validation("Exactly one of the day-of-month and day-of-week fields of the cron expression must be ?")
        }
    }
}
