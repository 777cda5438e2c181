/// Why a deployment configuration cannot be used. AWS's texts for these are unknown; the service words them.
/// AWS: no evidence for texts — spec/hosting.md §G.3.
package enum DeploymentPolicyRejection: Error, Equatable, Sendable {
    /// A blue/green and a rolling policy at once.
    case bothPolicies
    /// Rollback alarms, but no policy they could stop.
    case alarmsWithoutPolicy
    /// The routing type needs this size.
    case sizeMissing(CapacityMember, TrafficRoutingType)
    /// The routing type has no use for this size.
    case sizeSuperfluous(CapacityMember, TrafficRoutingType)
    /// The size is outside its member's `allowedPercent` of the variant's instances.
    case sizeOutOfBounds(CapacityMember, CapacitySize, variant: VariantName, isShadow: Bool, instanceCount: Int)
    /// A wait or time limit outside its bounds.
    case secondsOutOfBounds(DeploymentLimit, seconds: Int)
    /// The execution limit is shorter than the bakes alone.
    case executionLimitBelowWaits(limitSeconds: Int, waitsSeconds: Int)
    /// A guarded update may not rename, add or drop production variants. AWS: documented — spec/hosting.md §B.2.
    case variantNamesDiffer(current: [VariantName], new: [VariantName])
    /// The same of shadow variants, when the production variants agree. AWS: assumed.
    case shadowNamesDiffer(current: [VariantName], new: [VariantName])
    /// A rolling update takes one variant only. AWS: documented — spec/hosting.md §C.
    case rollingSeveralVariants(production: Int, shadows: Int)
    /// Guardrails are not for serverless variants. AWS: documented — spec/hosting.md §B.2.
    case serverlessVariant(VariantName)
    /// `RetainDeploymentConfig`, but no request ever carried a configuration.
    case nothingRetained
}

/// A member of a deployment policy that holds a `CapacitySize`; the spellings are those of the AWS API.
package enum CapacityMember: String, Equatable, Sendable {
    case canarySize = "CanarySize"
    case linearStepSize = "LinearStepSize"
    case maximumBatchSize = "MaximumBatchSize"
    case rollbackMaximumBatchSize = "RollbackMaximumBatchSize"

    /// AWS: documented — spec/hosting.md §B.1, §C; the rollback batch may be the whole fleet.
    package var allowedPercent: ClosedRange<Int> {
        switch self {
        case .canarySize: 1...50
        case .linearStepSize: 10...50
        case .maximumBatchSize: 5...50
        case .rollbackMaximumBatchSize: 5...100
        }
    }
}

extension DeploymentConfig {
    /// Judges the sizes and waits against the green fleets, and the variants against the blue ones.
    func check(green: [Fleet], blue: [Fleet]) throws(DeploymentPolicyRejection) {
        switch policy {
        case .unguarded:
            return
        case .blueGreen(let policy):
            try DeploymentConfig.checkVariants(green: green, blue: blue)
            var steps = 1
            for fleet in green {
                switch policy.routing {
                case .allAtOnce: break
                case .canary(let size, _): try DeploymentConfig.check(.canarySize, size, fleet)
                case .linear(let step, _): try DeploymentConfig.check(.linearStepSize, step, fleet)
                }
                steps = max(steps, policy.routing.stepCount(of: fleet.desiredInstanceCount))
            }
            let waits = (steps - 1) * policy.routing.waitSeconds + policy.terminationWaitSeconds
            try DeploymentConfig.check(limit: policy.maximumExecutionTimeoutSeconds, waits: waits)
        case .rolling(let policy):
            if green.count != 1 {
                let shadows = green.count { $0.plan.isShadow }
                throw .rollingSeveralVariants(production: green.count - shadows, shadows: shadows)
            }
            try DeploymentConfig.checkVariants(green: green, blue: blue)
            var batches = 1
            for fleet in green {
                try DeploymentConfig.check(.maximumBatchSize, policy.maximumBatchSize, fleet)
                if let size = policy.rollbackMaximumBatchSize {
                    try DeploymentConfig.check(.rollbackMaximumBatchSize, size, fleet)
                }
                let count = fleet.desiredInstanceCount
                batches = CapacityRounding.steps(of: policy.maximumBatchSize.instances(of: count), covering: count)
            }
            try DeploymentConfig.check(
                limit: policy.maximumExecutionTimeoutSeconds, waits: batches * policy.waitSeconds)
        }
    }

    private static func checkVariants(green: [Fleet], blue: [Fleet]) throws(DeploymentPolicyRejection) {
        for fleet in green where fleet.plan.serverless != nil { throw .serverlessVariant(fleet.variant) }
        if Set(blue.map(\.variant)) == Set(green.map(\.variant)) { return }
        let (current, new) = (names(blue, shadows: false), names(green, shadows: false))
        if current != new { throw .variantNamesDiffer(current: current, new: new) }
        throw .shadowNamesDiffer(current: names(blue, shadows: true), new: names(green, shadows: true))
    }

    /// Sorted, each once.
    private static func names(_ fleets: [Fleet], shadows: Bool) -> [VariantName] {
        Set(fleets.filter { $0.plan.isShadow == shadows }.map(\.variant)).sorted { $0.text < $1.text }
    }

    private static func check(
        _ member: CapacityMember, _ size: CapacitySize, _ fleet: Fleet
    ) throws(DeploymentPolicyRejection) {
        let count = fleet.desiredInstanceCount
        if !size.lies(within: member.allowedPercent, of: count) {
            throw .sizeOutOfBounds(
                member, size, variant: fleet.variant, isShadow: fleet.plan.isShadow, instanceCount: count)
        }
    }

    private static func check(limit: Int?, waits: Int) throws(DeploymentPolicyRejection) {
        if let limit, limit < waits { throw .executionLimitBelowWaits(limitSeconds: limit, waitsSeconds: waits) }
    }
}
