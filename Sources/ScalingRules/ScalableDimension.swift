/// What can be scaled, of those dimensions of AWS's that belong to SageMaker.
package enum ScalableDimension: String, CaseIterable, Sendable, Codable {
    case variantInstanceCount = "sagemaker:variant:DesiredInstanceCount"
    case variantProvisionedConcurrency = "sagemaker:variant:DesiredProvisionedConcurrency"
    case componentCopyCount = "sagemaker:inference-component:DesiredCopyCount"

    /// What is counted, as activities word it.
    // AWS: recorded for "desired instance count"; the others inferred from it.
    package var noun: String {
        switch self {
        case .variantInstanceCount: "desired instance count"
        case .variantProvisionedConcurrency: "desired provisioned concurrency"
        case .componentCopyCount: "desired copy count"
        }
    }

    /// The name of the service-linked role's last part.
    // AWS: doc — "Service-linked roles for Application Auto Scaling".
    package static let roleName = "AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint"
}

/// The resource that a ResourceId names.
package enum ScalableResource: Hashable, Sendable {
    case variant(endpoint: String, variant: String)
    case component(String)

    /// Reads `endpoint/E/variant/V` and `inference-component/N`; nil for any other form.
    package init?(_ id: String) {
        let parts = id.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        if parts.count == 4, parts[0] == "endpoint", parts[2] == "variant", !parts[1].isEmpty, !parts[3].isEmpty {
            self = .variant(endpoint: parts[1], variant: parts[3])
        } else if parts.count == 2, parts[0] == "inference-component", !parts[1].isEmpty {
            self = .component(parts[1])
        } else {
            return nil
        }
    }

    package var id: String {
        switch self {
        case .variant(let endpoint, let variant): "endpoint/\(endpoint)/variant/\(variant)"
        case .component(let name): "inference-component/\(name)"
        }
    }

    /// Whether the resource has that dimension.
    package func has(_ dimension: ScalableDimension) -> Bool {
        switch self {
        case .variant: dimension != .componentCopyCount
        case .component: dimension == .componentCopyCount
        }
    }
}

/// The bounds of a scalable target.
package struct CapacityLimits: Hashable, Sendable, Codable {
    package var minimum: Int
    package var maximum: Int

    package init(minimum: Int, maximum: Int) {
        self.minimum = minimum
        self.maximum = maximum
    }

    package func clamp(_ capacity: Int) -> Int { min(max(capacity, minimum), maximum) }
}

/// Which kinds of scaling a target suspends.
package struct SuspendedScaling: Hashable, Sendable, Codable {
    package var scaleIn: Bool
    package var scaleOut: Bool
    package var scheduled: Bool

    package init(scaleIn: Bool = false, scaleOut: Bool = false, scheduled: Bool = false) {
        self.scaleIn = scaleIn
        self.scaleOut = scaleOut
        self.scheduled = scheduled
    }
}
