package import SimTime

extension Endpoint {
    /// What DescribeEndpoint tells at this instant. AWS: recorded — spec/hosting.md §A.3, §B.5.
    package func description(at now: SimInstant) -> EndpointDescription {
        EndpointDescription(
            status: status, configName: configName,
            productionVariants: servingSummaries(isShadow: false, at: now),
            shadowVariants: servingSummaries(isShadow: true, at: now),
            pendingDeployment: pendingDeployment(at: now), lastDeploymentConfig: lastDeploymentConfig?.json,
            failureReason: failureReason, createdAt: createdAt,
            // Modified slightly after the creation, but never seen before it has happened.
            lastModifiedAt: max(createdAt, min(lastModifiedAt, now)))
    }

    private func servingSummaries(isShadow: Bool, at now: SimInstant) -> [VariantSummary] {
        var summaries: [VariantSummary] = []
        for fleet in fleets where fleet.plan.isShadow == isShadow {
            if let index = summaries.firstIndex(where: { $0.name == fleet.variant }) {
                // After a failed rollback both fleets serve one variant; the first one says what is desired.
                summaries[index].deployedImages += Endpoint.images(fleet, at: now)
                summaries[index].currentInstanceCount? += fleet.count(.serving)
                summaries[index].statuses += servingStatuses(fleet)
                for count in fleet.poolCounts ?? [] { summaries[index].add(count) }
            } else {
                var summary = Endpoint.summary(fleet, at: now, statuses: servingStatuses(fleet))
                if fleet.plan.serverless == nil { summary.desiredInstanceCount = desiredCount(fleet) }
                summaries.append(summary)
            }
        }
        return summaries
    }

    /// A rolling update shows the old fleet's wish falling with its machines. AWS: assumed — spec/hosting.md §C.
    private func desiredCount(_ fleet: Fleet) -> Int {
        switch state {
        case .updating(.rolling(let deployment)):
            deployment.isRollingBack ? fleet.desiredInstanceCount : fleets.alive(fleet.variant)
        case .creating, .inService, .updating(.blueGreen), .rescaling, .updateRollbackFailed, .failed, .deleting,
            .removed:
            fleet.desiredInstanceCount
        }
    }

    /// What the serving fleet is going through.
    private func servingStatuses(_ fleet: Fleet) -> [VariantStatus] {
        if fleet.plan.serverless != nil { return [] }
        let status: VariantStatus? = switch state {
        case .creating:
            .launching(fleet.count(.launching), since: createdAt)
        case .updating(.blueGreen(let deployment)):
            .terminating(fleet.count(.retiring), since: deployment.stageStartedAt)
        case .updating(.rolling(let deployment)):
            .launching(fleet.count(.launching), since: deployment.stageStartedAt)
                ?? .terminating(fleet.count(.retiring), since: deployment.stageStartedAt)
        case .rescaling(let rescale):
            // AWS: documented — spec/hosting.md §A.4; a decrease has no recorded status.
            .launching(fleet.count(.launching), as: .updating, since: rescale.stageStartedAt)
        case .deleting:
            .terminating(fleet.count(.retiring), since: lastModifiedAt)
        case .inService, .updateRollbackFailed, .failed, .removed:
            nil
        }
        return status.map { [$0] } ?? []
    }

    private func pendingDeployment(at now: SimInstant) -> PendingDeployment? {
        guard case .updating(let deployment) = state, let startedAt = deployment.workflowStartedAt else { return nil }
        func summaries(isShadow: Bool) -> [VariantSummary] {
            deployment.green.filter { $0.plan.isShadow == isShadow }.map { fleet in
                var summary = Endpoint.summary(fleet, at: now, statuses: Endpoint.pendingStatuses(fleet, deployment))
                summary.instanceType = fleet.plan.instanceType.map {
                    $0.hasPrefix("ml.") ? String($0.dropFirst(3)) : $0
                }
                return summary
            }
        }
        return PendingDeployment(
            configName: deployment.configName, productionVariants: summaries(isShadow: false),
            shadowVariants: summaries(isShadow: true), startedAt: startedAt.floored(to: .seconds(1)))
    }

    /// What the green fleet is going through.
    private static func pendingStatuses(_ fleet: Fleet, _ deployment: Deployment) -> [VariantStatus] {
        if fleet.plan.serverless != nil { return [] }
        let status: VariantStatus? = switch deployment {
        case .blueGreen(let deployment): pendingStatus(fleet, deployment)
        case .rolling(let deployment): pendingStatus(fleet, deployment)
        }
        return status.map { [$0] } ?? []
    }

    private static func pendingStatus(_ fleet: Fleet, _ deployment: BlueGreenDeployment) -> VariantStatus? {
        let since = deployment.stageStartedAt
        switch deployment.stage {
        case .queued, .retiringBlue:
            return nil
        case .provisioning, .probing:
            return .launching(fleet.count(.launching), since: since)
        case .activating:
            return .activating(fleet, since: since)
        case .baking:
            return .baking(fleet, seconds: deployment.routing.waitSeconds, .waitIntervalInSeconds, since: since)
        case .finalBake:
            return .baking(fleet, seconds: deployment.terminationWaitSeconds, .terminationWaitInSeconds, since: since)
        case .rollingBack:
            return .terminating(fleet.count(.retiring), since: since)
        }
    }

    private static func pendingStatus(_ fleet: Fleet, _ deployment: RollingDeployment) -> VariantStatus? {
        let since = deployment.stageStartedAt
        switch deployment.stage {
        case .queued, .retiring, .restoring, .restoreProbing:
            return nil
        case .provisioning, .probing:
            return .launching(fleet.count(.launching), since: since)
        case .activating:
            return .activating(fleet, since: since)
        case .baking:
            return .baking(fleet, seconds: deployment.policy.waitSeconds, .waitIntervalInSeconds, since: since)
        case .restoreActivating, .retiringGreen:
            return .terminating(fleet.count(.retiring), since: since)
        }
    }

    private static func summary(_ fleet: Fleet, at now: SimInstant, statuses: [VariantStatus]) -> VariantSummary {
        let isServerless = fleet.plan.serverless != nil
        return VariantSummary(
            name: fleet.variant, deployedImages: images(fleet, at: now),
            currentWeight: fleet.currentWeight, desiredWeight: fleet.desiredWeight,
            currentInstanceCount: isServerless ? nil : fleet.count(.serving),
            desiredInstanceCount: isServerless ? nil : fleet.desiredInstanceCount,
            instanceType: nil, instancePools: fleet.poolCounts, routingStrategy: fleet.plan.routingStrategy,
            managedScaling: fleet.plan.managedScaling, serverless: fleet.serverless,
            desiredServerless: fleet.desiredServerless, statuses: statuses)
    }

    private static func images(_ fleet: Fleet, at now: SimInstant) -> [DeployedImage] {
        fleet.plan.images.map {
            DeployedImage(specified: $0.specified, resolved: $0.resolved, resolvedAt: min(fleet.imagesResolvedAt, now))
        }
    }
}

extension VariantSummary {
    /// Counts machines of another fleet of the same variant too.
    fileprivate mutating func add(_ count: PoolCount) {
        var counts = instancePools ?? []
        if let index = counts.firstIndex(where: { $0.instanceType == count.instanceType }) {
            counts[index].currentInstanceCount += count.currentInstanceCount
        } else {
            counts.append(count)
        }
        instancePools = counts
    }
}
