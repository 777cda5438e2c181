extension EndpointPlan {
    /// Whether an endpoint of these fleets may become this plan. Throws `instancesToServerless`,
    /// `autoscaledInstanceType` and `autoscaledVariantRemoved`.
    func checkUpdate(of fleets: [Fleet], autoscaled: Set<VariantName>) throws(EndpointRejection) {
        for variant in variants where variant.serverless != nil {
            let wasMachines = fleets.contains { $0.variant == variant.name && $0.plan.serverless == nil }
            if wasMachines { throw .instancesToServerless(variant.name) }
        }
        // AWS: documented — spec/hosting.md §A.6, and the guide's "Update endpoints that use auto scaling": another
        // model is taken, another instance type is not. That the variant must stay is assumed.
        for variant in autoscaled.sorted(by: { $0.text < $1.text }) {
            let types = fleets.filter { $0.variant == variant }.map(\.plan.instanceType)
            if types.isEmpty { continue }
            guard let new = variants.first(where: { $0.name == variant }) else {
                throw .autoscaledVariantRemoved(variant)
            }
            if !types.contains(new.instanceType) { throw .autoscaledInstanceType(variant) }
        }
    }
}
