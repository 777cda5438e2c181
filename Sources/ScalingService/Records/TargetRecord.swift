import AWSModel
import ScalingRules
import SimTime
import Store
import Vocabulary

/// Which scalable target.
struct TargetKey: Hashable, Sendable, Codable {
    let realm: Realm
    let resourceID: String
    let dimension: ScalableDimension

    static let service = "application-autoscaling"

    var resource: ScalableResource? { ScalableResource(resourceID) }

    /// Unique within the realm; also the beginning of the names of what belongs to the target.
    var name: String { "\(dimension.rawValue)|\(resourceID)" }

    var document: DocumentKey { Self.targets(realm).key(name) }

    static func targets(_ realm: Realm) -> DocumentCollection { DocumentCollection(realm, service: service, type: "target") }
    static func policies(_ realm: Realm) -> DocumentCollection { DocumentCollection(realm, service: service, type: "policy") }
    static func actions(_ realm: Realm) -> DocumentCollection { DocumentCollection(realm, service: service, type: "action") }

    func policy(_ policyName: String) -> DocumentKey { Self.policies(realm).key("\(name)|\(policyName)") }
    func action(_ actionName: String) -> DocumentKey { Self.actions(realm).key("\(name)|\(actionName)") }

    /// The part of the ARNs of policies and actions that names the resource.
    var arnResource: String { "resource/sagemaker/\(resourceID)" }
}

/// A registered target as it is stored.
struct TargetRecord: Codable, Sendable, Equatable {
    let key: TargetKey
    let arn: String
    let roleARN: String
    let created: SimInstant
    var limits: CapacityLimits
    var suspended: SuspendedScaling
    var tags: [Tag]
    var memory: ScalingMemory
    /// The change under way.
    var pending: Pending?
    /// Limits were set, and the capacity has not been brought within them yet.
    var needsClamp: Bool

    struct Tag: Codable, Sendable, Equatable {
        var key: String
        var value: String
    }

    struct Pending: Codable, Sendable, Equatable {
        /// The activity's row.
        let activity: Int64
        let capacity: Int
        let startedAt: SimInstant
        /// Nil for a change that limits asked for: it has no cooldown.
        let isOut: Bool?
    }

    static let tagsMax = 50

    var shown: AWSValue {
        [
            "ServiceNamespace": "sagemaker", "ResourceId": .string(key.resourceID),
            "ScalableDimension": .string(key.dimension.rawValue), "MinCapacity": .integer(Int64(limits.minimum)),
            "MaxCapacity": .integer(Int64(limits.maximum)), "RoleARN": .string(roleARN), "CreationTime": .timestamp(created),
            "SuspendedState": [
                "DynamicScalingInSuspended": .boolean(suspended.scaleIn),
                "DynamicScalingOutSuspended": .boolean(suspended.scaleOut),
                "ScheduledScalingSuspended": .boolean(suspended.scheduled),
            ],
            "ScalableTargetARN": .string(arn),
        ]
    }
}
