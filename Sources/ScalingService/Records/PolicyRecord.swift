import AWSModel
import ScalingRules
import SimTime
import Vocabulary

/// A scaling policy as it is stored.
struct PolicyRecord: Codable, Sendable, Equatable {
    let name: String
    let target: TargetKey
    let arn: String
    let created: SimInstant
    var kind: Kind
    /// The configuration as it was sent.
    var configuration: AWSValue
    /// The alarms that a target tracking policy keeps.
    var alarms: [String: String]

    enum Kind: Codable, Sendable, Equatable {
        case step(StepPolicy)
        case tracking(TrackingPolicy)

        /// AWS's PolicyType.
        var type: String {
            switch self {
            case .step: "StepScaling"
            case .tracking: "TargetTrackingScaling"
            }
        }
    }

    func alarm(_ alarm: TrackingAlarm) -> String? { alarms[alarm.rawValue] }

    /// What target tracking policies of one target must not have in common.
    var metricSpecification: AWSValue? {
        configuration["PredefinedMetricSpecification"] ?? configuration["CustomizedMetricSpecification"]
    }

    func shown(alarms: [(name: String, arn: String)]) -> AWSValue {
        [
            "PolicyARN": .string(arn), "PolicyName": .string(name), "ServiceNamespace": "sagemaker",
            "ResourceId": .string(target.resourceID), "ScalableDimension": .string(target.dimension.rawValue),
            "PolicyType": .string(kind.type), "\(kind.type)PolicyConfiguration": configuration,
            "Alarms": Self.shown(alarms), "CreationTime": .timestamp(created),
        ]
    }

    static func shown(_ alarms: [(name: String, arn: String)]) -> AWSValue {
        .list(alarms.map { ["AlarmName": .string($0.name), "AlarmARN": .string($0.arn)] })
    }
}
