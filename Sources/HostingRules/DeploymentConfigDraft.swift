/// A `DeploymentConfig` as the client sent it, member by member, not yet judged.
package struct DeploymentConfigDraft: Equatable, Sendable {
    /// `BlueGreenUpdatePolicy` with its `TrafficRoutingConfiguration`.
    package struct BlueGreen: Equatable, Sendable {
        package var type: TrafficRoutingType
        package var waitIntervalSeconds: Int?
        package var canarySize: CapacitySize?
        package var linearStepSize: CapacitySize?
        package var terminationWaitSeconds: Int?
        package var maximumExecutionTimeoutSeconds: Int?

        package init(
            type: TrafficRoutingType, waitIntervalSeconds: Int? = nil, canarySize: CapacitySize? = nil,
            linearStepSize: CapacitySize? = nil, terminationWaitSeconds: Int? = nil,
            maximumExecutionTimeoutSeconds: Int? = nil
        ) {
            self.type = type
            self.waitIntervalSeconds = waitIntervalSeconds
            self.canarySize = canarySize
            self.linearStepSize = linearStepSize
            self.terminationWaitSeconds = terminationWaitSeconds
            self.maximumExecutionTimeoutSeconds = maximumExecutionTimeoutSeconds
        }
    }

    /// `RollingUpdatePolicy`.
    package struct Rolling: Equatable, Sendable {
        package var maximumBatchSize: CapacitySize
        package var waitIntervalSeconds: Int
        package var maximumExecutionTimeoutSeconds: Int?
        package var rollbackMaximumBatchSize: CapacitySize?

        package init(
            maximumBatchSize: CapacitySize, waitIntervalSeconds: Int, maximumExecutionTimeoutSeconds: Int? = nil,
            rollbackMaximumBatchSize: CapacitySize? = nil
        ) {
            self.maximumBatchSize = maximumBatchSize
            self.waitIntervalSeconds = waitIntervalSeconds
            self.maximumExecutionTimeoutSeconds = maximumExecutionTimeoutSeconds
            self.rollbackMaximumBatchSize = rollbackMaximumBatchSize
        }
    }

    package var blueGreen: BlueGreen?
    package var rolling: Rolling?
    package var alarms: [AlarmName]
    /// The whole configuration as it was sent.
    package var json: String

    package init(blueGreen: BlueGreen? = nil, rolling: Rolling? = nil, alarms: [AlarmName] = [], json: String) {
        self.blueGreen = blueGreen
        self.rolling = rolling
        self.alarms = alarms
        self.json = json
    }

    func policy() throws(DeploymentPolicyRejection) -> DeploymentPolicy {
        switch (blueGreen, rolling) {
        case (nil, nil): .unguarded
        case (_?, _?): throw .bothPolicies
        case (let draft?, nil): .blueGreen(try draft.policy())
        case (nil, let draft?): .rolling(try draft.policy())
        }
    }
}

extension DeploymentConfigDraft.BlueGreen {
    func policy() throws(DeploymentPolicyRejection) -> BlueGreenPolicy {
        let wait = waitIntervalSeconds ?? 0
        try DeploymentLimit.check(wait, .waitIntervalInSeconds)
        try DeploymentLimit.check(terminationWaitSeconds ?? 0, .terminationWaitInSeconds)
        if let limit = maximumExecutionTimeoutSeconds {
            try DeploymentLimit.check(limit, .maximumExecutionTimeoutInSeconds)
        }
        let routing: TrafficRouting
        switch type {
        case .allAtOnce:
            if canarySize != nil { throw .sizeSuperfluous(.canarySize, type) }
            if linearStepSize != nil { throw .sizeSuperfluous(.linearStepSize, type) }
            routing = .allAtOnce
        case .canary:
            if linearStepSize != nil { throw .sizeSuperfluous(.linearStepSize, type) }
            guard let canarySize else { throw .sizeMissing(.canarySize, type) }
            routing = .canary(size: canarySize, waitSeconds: wait)
        case .linear:
            if canarySize != nil { throw .sizeSuperfluous(.canarySize, type) }
            guard let linearStepSize else { throw .sizeMissing(.linearStepSize, type) }
            routing = .linear(step: linearStepSize, waitSeconds: wait)
        }
        return BlueGreenPolicy(
            routing: routing, terminationWaitSeconds: terminationWaitSeconds ?? 0,
            maximumExecutionTimeoutSeconds: maximumExecutionTimeoutSeconds)
    }
}

extension DeploymentConfigDraft.Rolling {
    func policy() throws(DeploymentPolicyRejection) -> RollingPolicy {
        try DeploymentLimit.check(waitIntervalSeconds, .waitIntervalInSeconds)
        if let limit = maximumExecutionTimeoutSeconds {
            try DeploymentLimit.check(limit, .maximumExecutionTimeoutInSeconds)
        }
        return RollingPolicy(
            maximumBatchSize: maximumBatchSize, waitSeconds: waitIntervalSeconds,
            maximumExecutionTimeoutSeconds: maximumExecutionTimeoutSeconds,
            rollbackMaximumBatchSize: rollbackMaximumBatchSize)
    }
}

/// The `Type` of a `TrafficRoutingConfiguration`; the spellings are those of the AWS API.
package enum TrafficRoutingType: String, Equatable, Sendable {
    case allAtOnce = "ALL_AT_ONCE"
    case canary = "CANARY"
    case linear = "LINEAR"
}

/// A member that holds seconds, with its bounds. AWS: sdk — spec/hosting.md §B.1, §C.
package enum DeploymentLimit: String, Equatable, Sendable {
    case waitIntervalInSeconds = "WaitIntervalInSeconds"
    case terminationWaitInSeconds = "TerminationWaitInSeconds"
    case maximumExecutionTimeoutInSeconds = "MaximumExecutionTimeoutInSeconds"

    package var bounds: ClosedRange<Int> {
        switch self {
        case .waitIntervalInSeconds, .terminationWaitInSeconds: 0...3600
        case .maximumExecutionTimeoutInSeconds: 600...28_800
        }
    }

    static func check(_ seconds: Int, _ limit: DeploymentLimit) throws(DeploymentPolicyRejection) {
        if !limit.bounds.contains(seconds) { throw .secondsOutOfBounds(limit, seconds: seconds) }
    }
}
