/// What an endpoint configuration asks for, resolved by the service when the endpoint takes it up.
package struct EndpointPlan: Equatable, Sendable, Codable {
    package var configName: EndpointConfigName
    /// Production and shadow variants, in the configuration's order.
    package var variants: [VariantPlan]

    package init(configName: EndpointConfigName, variants: [VariantPlan]) {
        self.configName = configName
        self.variants = variants
    }

    /// Throws `noVariants`, `duplicateVariant`, `instanceCountOutOfBounds`, `weightOutOfBounds` or `allWeightsZero`.
    package func check() throws(EndpointRejection) {
        var names: [VariantName] = []
        var weights: [Double] = []
        for variant in variants {
            if names.contains(variant.name) { throw .duplicateVariant(variant.name) }
            names.append(variant.name)
            if variant.serverless == nil {
                try InstanceCountBounds.check(variant.initialInstanceCount, of: variant.name)
            }
            try VariantWeight.check(variant.initialWeight, of: variant.name)
            if !variant.isShadow { weights.append(variant.initialWeight) }
        }
        if weights.isEmpty { throw .noVariants }
        if !weights.contains(where: { $0 > 0 }) { throw .allWeightsZero }
    }
}

/// One variant of an `EndpointPlan`.
package struct VariantPlan: Equatable, Sendable, Codable {
    package var name: VariantName
    /// Nil for a variant that hosts inference components.
    package var modelName: ModelName?
    /// With the `ml.` prefix, as configured; nil for a serverless variant.
    package var instanceType: String?
    /// Machines to start with; not looked at when `serverless` is set.
    package var initialInstanceCount: Int
    package var initialWeight: Double
    /// True for a shadow variant: it gets copies of requests, and its answers are dropped.
    package var isShadow: Bool
    package var images: [ImagePlan]
    package var routingStrategy: RoutingStrategy
    /// Set when the variant has no machines of its own.
    package var serverless: ServerlessPlan?
    /// Set when the copies of inference components decide how many machines there are.
    package var managedScaling: ManagedScalingPlan?
    /// Set instead of `instanceType` when machines may be of several types.
    package var instancePools: [InstancePool]?
    /// How long machines that are not to be had are waited for; nil fails at once.
    package var capacityWaitSeconds: Int?

    package init(
        name: VariantName, modelName: ModelName?, instanceType: String?, initialInstanceCount: Int,
        initialWeight: Double = 1, isShadow: Bool = false, images: [ImagePlan] = [],
        routingStrategy: RoutingStrategy = .random, serverless: ServerlessPlan? = nil,
        managedScaling: ManagedScalingPlan? = nil, instancePools: [InstancePool]? = nil,
        capacityWaitSeconds: Int? = nil
    ) {
        self.name = name
        self.modelName = modelName
        self.instanceType = instanceType
        self.initialInstanceCount = initialInstanceCount
        self.initialWeight = initialWeight
        self.isShadow = isShadow
        self.images = images
        self.routingStrategy = routingStrategy
        self.serverless = serverless
        self.managedScaling = managedScaling
        self.instancePools = instancePools
        self.capacityWaitSeconds = capacityWaitSeconds
    }

    /// The machines a fleet of this variant starts with. A serverless variant is one place to run, and clients are
    /// never told its count.
    var startingInstanceCount: Int { serverless == nil ? initialInstanceCount : 1 }
}

/// A container image of a model: what was asked for and what it meant at that moment.
package struct ImagePlan: Equatable, Sendable, Codable {
    /// As in the model, with its tag.
    package var specified: String
    /// Repository and `@sha256:` digest; nil when there was no such image.
    package var resolved: String?

    package init(specified: String, resolved: String?) {
        self.specified = specified
        self.resolved = resolved
    }
}

/// How an instance of a fleet is chosen for a request.
package enum RoutingStrategy: String, Equatable, Sendable, Codable {
    case random = "RANDOM"
    case leastOutstandingRequests = "LEAST_OUTSTANDING_REQUESTS"
}

/// `ManagedInstanceScaling`.
package struct ManagedScalingPlan: Equatable, Sendable, Codable {
    package var isEnabled: Bool
    package var minInstanceCount: Int
    package var maxInstanceCount: Int

    package init(isEnabled: Bool, minInstanceCount: Int, maxInstanceCount: Int) {
        self.isEnabled = isEnabled
        self.minInstanceCount = minInstanceCount
        self.maxInstanceCount = maxInstanceCount
    }
}

/// The capacity of a serverless variant.
package struct ServerlessPlan: Equatable, Sendable, Codable {
    /// Megabytes.
    package var memorySizeInMB: Int
    package var maxConcurrency: Int
    package var provisionedConcurrency: Int?

    package init(memorySizeInMB: Int, maxConcurrency: Int, provisionedConcurrency: Int? = nil) {
        self.memorySizeInMB = memorySizeInMB
        self.maxConcurrency = maxConcurrency
        self.provisionedConcurrency = provisionedConcurrency
    }
}

/// Which properties same-named variants keep through an update.
/// AWS: documented — spec/hosting.md §A.7.
package struct Retention: Equatable, Sendable {
    package var instanceCount: Bool
    package var weight: Bool

    package static let none = Retention(instanceCount: false, weight: false)
    /// `RetainAllVariantProperties` without exclusions.
    package static let all = Retention(instanceCount: true, weight: true)

    package init(instanceCount: Bool, weight: Bool) {
        self.instanceCount = instanceCount
        self.weight = weight
    }
}

/// How many machines one variant may have.
enum InstanceCountBounds {
    /// Far above any account's quota; bounds the work and memory that one request can cause.
    static let max = 1000

    static func check(_ count: Int, of variant: VariantName) throws(EndpointRejection) {
        if count < 0 || count > max { throw .instanceCountOutOfBounds(variant, count: count, max: max) }
    }
}

/// What a variant weight may be.
enum VariantWeight {
    static func check(_ weight: Double, of variant: VariantName) throws(EndpointRejection) {
        if !(weight >= 0 && weight <= 1e12) { throw .weightOutOfBounds(variant) }
    }
}
