import SimTime

/// How requests are let in, and how what they began comes to rest.
extension Endpoint {
    /// Throws unless the endpoint is InService or `other`. AWS: recorded — spec/hosting.md §A.6.
    func requireIdle(allowing other: EndpointStatus?) throws(EndpointRejection) {
        switch state {
        case .inService: return
        case .failed: throw .failedEndpoint
        case .updateRollbackFailed: if other != .updateRollbackFailed { throw .busy(.updateRollbackFailed) }
        case .creating, .updating, .rescaling, .deleting, .removed: throw .busy(status)
        }
    }

    func deploymentConfig(for choice: DeploymentChoice) throws(EndpointRejection) -> DeploymentConfig? {
        switch choice {
        case .unguarded:
            return nil
        case .given(let config):
            return config
        case .retained:
            guard let lastDeploymentConfig else { throw .policy(.nothingRetained) }
            return lastDeploymentConfig
        }
    }

    /// Image tags are resolved this long after a request. AWS: recorded — spec/hosting.md §A.3.
    private static let imageResolution = SimDuration.milliseconds(300)

    /// Fleets without machines for the plan; same-named variants keep what `retention` says.
    func makeFleets(
        _ plan: EndpointPlan, retaining retention: Retention, ids: inout IDSequence, at now: SimInstant
    ) -> [Fleet] {
        plan.variants.map { variant in
            let old = fleets.first { $0.variant == variant.name && $0.plan.serverless == nil }
            let keepsCount = retention.instanceCount && variant.serverless == nil
            let weight = fleets.first { $0.variant == variant.name }?.desiredWeight
            return Fleet(
                id: ids.nextFleet(), configName: plan.configName, plan: variant,
                imagesResolvedAt: now + Endpoint.imageResolution,
                weight: retention.weight ? weight ?? variant.initialWeight : variant.initialWeight,
                instanceCount: keepsCount
                    ? old?.desiredInstanceCount ?? variant.startingInstanceCount : variant.startingInstanceCount)
        }
    }

    var executionLimitSeconds: Int { lastDeploymentConfig?.executionLimitSeconds ?? 0 }

    mutating func settleCreation(_ failure: LaunchFailure?, turn: inout Turn) {
        lastModifiedAt = turn.now
        if let failure {
            turn.record(.launchFailed(failure))
            turn.retire(fleets.abandonLaunches())
            fleets = []
            failureReason = Endpoint.bounded(failure.failureReason)
            state = .failed
        } else {
            fleets.launchesPassed()
            fleets.serveAll()
            state = .inService
        }
    }

    mutating func settle(_ deployment: Deployment, _ progress: Deployment.Progress, at now: SimInstant) {
        switch progress {
        case .running:
            state = .updating(deployment)
            return
        case .succeeded(let green):
            fleets = green
            configName = deployment.configName
            failureReason = nil
            state = .inService
        case .rolledBack(let cause):
            failureReason = Endpoint.bounded(cause.failureReason)
            state = startedFromFailedRollback == true ? .updateRollbackFailed : .inService
        case .rollbackFailed(let cause, let failure, let green):
            fleets += green.filter { $0.aliveCount > 0 }
            failureReason = Endpoint.bounded(
                "\(cause.failureReason) The rollback failed: \(failure.failureReason)")
            state = .updateRollbackFailed
        }
        startedFromFailedRollback = nil
        lastModifiedAt = now
    }

    mutating func settle(_ rescale: Rescale, _ isComplete: Bool, at now: SimInstant) {
        guard isComplete else {
            state = .rescaling(rescale)
            return
        }
        failureReason = rescale.failure.map { Endpoint.bounded($0.failureReason) }
        state = .inService
        lastModifiedAt = now
    }

    /// At most 1024 characters. AWS: sdk — spec/hosting.md §0.
    private static func bounded(_ reason: String) -> String { String(reason.prefix(1024)) }
}
