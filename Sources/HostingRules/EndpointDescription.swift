package import SimTime

/// What DescribeEndpoint tells about an endpoint at one instant. AWS: recorded — spec/hosting.md §A.3.
package struct EndpointDescription: Equatable, Sendable {
    package var status: EndpointStatus
    package var configName: EndpointConfigName
    /// In the configuration's order; empty while there is nothing to tell.
    package var productionVariants: [VariantSummary]
    package var shadowVariants: [VariantSummary]
    package var pendingDeployment: PendingDeployment?
    /// The JSON of the last deployment configuration as the client sent it.
    package var lastDeploymentConfig: String?
    package var failureReason: String?
    package var createdAt: SimInstant
    package var lastModifiedAt: SimInstant
}

/// `PendingDeploymentSummary`.
package struct PendingDeployment: Equatable, Sendable {
    package var configName: EndpointConfigName
    package var productionVariants: [VariantSummary]
    package var shadowVariants: [VariantSummary]
    /// Whole seconds. AWS: recorded — spec/hosting.md §0.
    package var startedAt: SimInstant
}

/// `ProductionVariantSummary`, and with `instanceType` `PendingProductionVariantSummary`.
package struct VariantSummary: Equatable, Sendable {
    package var name: VariantName
    package var deployedImages: [DeployedImage]
    package var currentWeight: Double
    package var desiredWeight: Double
    /// Machines with traffic, not machines alive; nil for serverless. AWS: recorded — spec/hosting.md §A.3.
    package var currentInstanceCount: Int?
    /// Nil for serverless.
    package var desiredInstanceCount: Int?
    /// Without the `ml.` prefix, and only in pending summaries. AWS: recorded — spec/hosting.md §A.3.
    package var instanceType: String?
    /// Machines with traffic by type, when they are drawn from pools.
    package var instancePools: [PoolCount]?
    package var routingStrategy: RoutingStrategy
    package var managedScaling: ManagedScalingPlan?
    package var serverless: ServerlessPlan?
    package var desiredServerless: ServerlessPlan?
    package var statuses: [VariantStatus]
}

/// `InstancePoolSummary`.
package struct PoolCount: Equatable, Sendable {
    /// With the `ml.` prefix.
    package var instanceType: String
    package var currentInstanceCount: Int
}

/// One of a variant's `DeployedImages`.
package struct DeployedImage: Equatable, Sendable {
    package var specified: String
    /// Nil for an image that does not exist.
    package var resolved: String?
    package var resolvedAt: SimInstant

    package init(specified: String, resolved: String?, resolvedAt: SimInstant) {
        self.specified = specified
        self.resolved = resolved
        self.resolvedAt = resolvedAt
    }
}

/// One of a variant's `VariantStatus` entries. AWS: recorded and documented — spec/hosting.md §A.4.
package struct VariantStatus: Equatable, Sendable {
    package enum Phase: String, Equatable, Sendable {
        case creating = "Creating"
        case updating = "Updating"
        case deleting = "Deleting"
        case activatingTraffic = "ActivatingTraffic"
        case baking = "Baking"
    }

    package var phase: Phase
    package var message: String
    /// Whole seconds. AWS: recorded — spec/hosting.md §0.
    package var startedAt: SimInstant
}

extension VariantStatus {
    /// Nil when nothing is launched.
    static func launching(_ count: Int, as phase: Phase = .creating, since: SimInstant) -> VariantStatus? {
        count == 0 ? nil : .init(phase, "Launching \(count) instance(s).", since)
    }

    /// Nil when nothing is terminated.
    static func terminating(_ count: Int, since: SimInstant) -> VariantStatus? {
        count == 0 ? nil : .init(.deleting, "Terminating \(count) instance(s).", since)
    }

    static func activating(_ fleet: Fleet, since: SimInstant) -> VariantStatus {
        .init(.activatingTraffic, "Activating traffic on \(capacity(fleet)).", since)
    }

    static func baking(_ fleet: Fleet, seconds: Int, _ limit: DeploymentLimit, since: SimInstant) -> VariantStatus {
        .init(
            .baking, "Baking for \(seconds) seconds (\(limit.rawValue)) with traffic enabled on \(capacity(fleet)).",
            since)
    }

    /// `canary capacity of 1 instance(s)` while partial, `full capacity of 3 instance(s)` when complete.
    private static func capacity(_ fleet: Fleet) -> String {
        let serving = fleet.count(.serving)
        return "\(serving < fleet.desiredInstanceCount ? "canary" : "full") capacity of \(serving) instance(s)"
    }

    private init(_ phase: Phase, _ message: String, _ since: SimInstant) {
        self.init(phase: phase, message: message, startedAt: since.floored(to: .seconds(1)))
    }
}
