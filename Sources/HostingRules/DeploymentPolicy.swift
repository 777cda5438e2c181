/// How an update replaces the old fleet; checked, so that every value in it can be carried out.
package enum DeploymentPolicy: Equatable, Sendable, Codable {
    /// No guardrails: the whole green fleet takes over at once, without baking and without alarms.
    /// AWS: documented — spec/hosting.md §B.2.
    case unguarded
    case blueGreen(BlueGreenPolicy)
    case rolling(RollingPolicy)
}

/// A second, complete fleet is brought up and takes over the traffic.
package struct BlueGreenPolicy: Equatable, Sendable, Codable {
    package var routing: TrafficRouting
    /// The final bake, with blue alive and without traffic; 0 for none.
    package var terminationWaitSeconds: Int
    /// Counted from the request; nil for no limit.
    package var maximumExecutionTimeoutSeconds: Int?
}

/// In what portions traffic moves to the green fleet.
package enum TrafficRouting: Equatable, Sendable, Codable {
    case allAtOnce
    case canary(size: CapacitySize, waitSeconds: Int)
    case linear(step: CapacitySize, waitSeconds: Int)

    /// The bake between two steps.
    package var waitSeconds: Int {
        switch self {
        case .allAtOnce: 0
        case .canary(_, let waitSeconds), .linear(_, let waitSeconds): waitSeconds
        }
    }

    /// Steps until a fleet of `total` has all the traffic.
    package func stepCount(of total: Int) -> Int {
        switch self {
        case .allAtOnce: 1
        case .canary: 2
        case .linear(let step, _): CapacityRounding.steps(of: step.instances(of: total), covering: total)
        }
    }

    /// Instances of a fleet of `total` with traffic after `step` steps, counted from 1.
    package func active(afterStep step: Int, of total: Int) -> Int {
        switch self {
        case .allAtOnce: total
        case .canary(let size, _): step <= 1 ? size.instances(of: total) : total
        case .linear(let size, _): min(total, step * size.instances(of: total))
        }
    }
}

/// The old fleet is replaced batch by batch.
package struct RollingPolicy: Equatable, Sendable, Codable {
    package var maximumBatchSize: CapacitySize
    /// The bake of each batch.
    package var waitSeconds: Int
    /// Counted from the request; nil for no limit.
    package var maximumExecutionTimeoutSeconds: Int?
    /// Nil: the whole old capacity is brought back at once. AWS: documented — spec/hosting.md §C.
    package var rollbackMaximumBatchSize: CapacitySize?
}

/// A `DeploymentConfig` as an endpoint keeps it: parsed, beside the text it came as.
package struct DeploymentConfig: Equatable, Sendable, Codable {
    package let policy: DeploymentPolicy
    /// The alarms that stop the deployment, in the client's order.
    package let alarms: [AlarmName]
    /// The JSON the client sent. Describe echoes it exactly. AWS: recorded — spec/hosting.md §A.2.
    package let json: String

    /// Throws the problems a configuration has in itself; those of its sizes show when an update names the fleets.
    package init(_ draft: DeploymentConfigDraft) throws(DeploymentPolicyRejection) {
        policy = try draft.policy()
        alarms = draft.alarms
        json = draft.json
        if !alarms.isEmpty, case .unguarded = policy { throw .alarmsWithoutPolicy }
    }

    /// The whole time a deployment may take; nil for no limit.
    var executionLimitSeconds: Int? {
        switch policy {
        case .unguarded: nil
        case .blueGreen(let policy): policy.maximumExecutionTimeoutSeconds
        case .rolling(let policy): policy.maximumExecutionTimeoutSeconds
        }
    }
}

extension [Fleet] {
    /// Whether an update of these fleets can be guarded at all; if not, it is carried out as one without a policy.
    // AWS: documented — spec/hosting.md §B.2: endpoints on Inf1 instances fall back to all at once without a final bake.
    // That one type of the pools is enough for it, and that shadow variants do not count, is assumed.
    var takesGuardrails: Bool {
        !contains { fleet in !fleet.plan.isShadow && fleet.plan.instanceTypes.contains { $0.hasPrefix("ml.inf1.") } }
    }
}

/// Which deployment configuration an update uses.
package enum DeploymentChoice: Equatable, Sendable {
    /// None sent and none retained: unguarded.
    case unguarded
    /// Sent with the request; wins over `RetainDeploymentConfig`. AWS: assumed — spec/hosting.md §A.7.
    case given(DeploymentConfig)
    /// `RetainDeploymentConfig`: the one that DescribeEndpoint shows as the last.
    case retained
}
