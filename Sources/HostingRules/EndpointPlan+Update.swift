extension EndpointPlan {
    /// Whether an endpoint of these fleets may become this plan. Throws `instancesToServerless`,
    /// `autoscaledInstanceType` and `autoscaledVariantRemoved`.
    func checkUpdate(of fleets: [Fleet], autoscaled: Set<VariantName>) throws(EndpointRejection) {
        // AWS: documented — spec/hosting.md §A.6, one way only. What the variants are called does not matter.
        if let serverless = variants.first(where: { $0.serverless != nil }),
           fleets.contains(where: { $0.plan.serverless == nil }) {
            throw .instancesToServerless(serverless.name)
        }
        // AWS: documented — spec/hosting.md §A.6, and the guide's "Update endpoints that use auto scaling": another
        // model is taken, another instance type is not. That the variant must stay is assumed.
        for variant in autoscaled.sorted(by: { $0.text < $1.text }) {
            // Of a variant with pools they are its type.
            let types = fleets.filter { $0.variant == variant }.map(\.plan.instanceTypes)
            if types.isEmpty { continue }
            guard let new = variants.first(where: { $0.name == variant }) else {
                throw .autoscaledVariantRemoved(variant)
            }
            if !types.contains(new.instanceTypes) { throw .autoscaledInstanceType(variant) }
        }
    }
}
