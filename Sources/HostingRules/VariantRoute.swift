/// Where the requests of one variant go at this moment.
package struct VariantRoute: Equatable, Sendable {
    package let variant: VariantName
    package let isShadow: Bool
    /// For production variants their part of all requests; these sum to 1 unless all weights are zero.
    /// For a shadow variant the part of requests that is copied to it, at most 1.
    package let weight: Double
    /// Fleets with traffic, blue before green.
    package let fleets: [FleetRoute]
}

/// One fleet's part in a `VariantRoute`.
package struct FleetRoute: Equatable, Sendable {
    package let fleet: FleetID
    package let configName: EndpointConfigName
    package let modelName: ModelName?
    package let strategy: RoutingStrategy
    /// The part of the variant's requests that this fleet gets; the shares of a variant sum to 1.
    package let share: Double
    /// The machines with traffic; never empty.
    package let active: [InstanceID]
    /// Healthy machines of the fleet, with or without traffic.
    package let total: Int

    /// The part of an inference component: its copies, wherever they are.
    package static func component(copiesOn machines: [InstanceID], config: EndpointConfigName) -> FleetRoute {
        FleetRoute(
            fleet: FleetID(0), configName: config, modelName: nil, strategy: .random, share: 1, active: machines,
            total: machines.count)
    }
}

extension Endpoint {
    /// Where requests go now; empty when the endpoint is not invocable. Variants without a serving machine are absent.
    package var routing: [VariantRoute] {
        switch state {
        case .creating, .failed, .deleting, .removed:
            return []
        case .inService, .rescaling, .updateRollbackFailed:
            return Endpoint.routes(blue: fleets, green: []) { _, _ in 0 }
        case .updating(.blueGreen(let deployment)):
            // AWS: recorded — spec/hosting.md §B.3, 1 of 3 green gave a third of the requests.
            return Endpoint.routes(blue: fleets, green: deployment.green) { green, _ in
                min(1, Double(green.count(.serving)) / Double(max(1, green.desiredInstanceCount)))
            }
        case .updating(.rolling(let deployment)):
            // AWS: assumed — spec/hosting.md §C, old and new machines count alike.
            return Endpoint.routes(blue: fleets, green: deployment.green) { green, blueServing in
                let serving = green.count(.serving)
                return Double(serving) / Double(max(1, serving + blueServing))
            }
        }
    }

    /// `greenShare` says what part of a variant's requests its green fleet gets while both colours serve.
    private static func routes(
        blue: [Fleet], green: [Fleet], greenShare: (Fleet, _ blueServing: Int) -> Double
    ) -> [VariantRoute] {
        let blueWeight = productionWeight(blue)
        let greenWeight = productionWeight(green)
        var routes: [VariantRoute] = []
        for first in blue + green where !routes.contains(where: { $0.variant == first.variant }) {
            let variant = first.variant
            let blueServing = blue.serving(variant)
            let greenServing = green.serving(variant)
            let greenFleet = green.first { $0.variant == variant }
            var share = 0.0
            if let greenFleet, greenServing > 0 {
                share = blueServing == 0 ? 1 : greenShare(greenFleet, blueServing)
            }
            let parts = fleetRoutes(blue, variant, share: 1 - share) + fleetRoutes(green, variant, share: share)
            if parts.isEmpty { continue }
            // Configurations may weigh variants differently; the mix moves with the traffic.
            // AWS: assumed, equal weights are the only recorded case.
            let old = blue.first { $0.variant == variant }.map { $0.currentWeight / blueWeight } ?? 0
            let new = greenFleet.map { $0.currentWeight / greenWeight } ?? 0
            routes.append(VariantRoute(
                variant: variant, isShadow: (greenServing > 0 ? greenFleet ?? first : first).plan.isShadow,
                weight: old * (1 - share) + new * share, fleets: parts))
        }
        return normalised(routes)
    }

    private static func fleetRoutes(_ fleets: [Fleet], _ variant: VariantName, share: Double) -> [FleetRoute] {
        let serving = fleets.serving(variant)
        return fleets.compactMap { fleet in
            guard fleet.variant == variant, share > 0 else { return nil }
            let active = fleet.instances.filter { $0.state == .serving }.map(\.id)
            if active.isEmpty { return nil }
            return FleetRoute(
                fleet: fleet.id, configName: fleet.configName, modelName: fleet.plan.modelName,
                strategy: fleet.plan.routingStrategy,
                share: active.count == serving ? share : share * Double(active.count) / Double(serving),
                active: active, total: fleet.aliveCount)
        }
    }

    /// The sum of production weights, each variant once; 1 when they are all zero, for dividing by it.
    private static func productionWeight(_ fleets: [Fleet]) -> Double {
        var seen: [VariantName] = []
        var sum = 0.0
        for fleet in fleets where !fleet.plan.isShadow && !seen.contains(fleet.variant) {
            seen.append(fleet.variant)
            sum += fleet.currentWeight
        }
        return sum > 0 ? sum : 1
    }

    /// Scales production weights to a sum of 1 and caps shadow sampling at 1.
    private static func normalised(_ routes: [VariantRoute]) -> [VariantRoute] {
        let sum = routes.reduce(0) { $0 + ($1.isShadow ? 0 : $1.weight) }
        return routes.map { route in
            let weight = route.isShadow ? min(1, route.weight) : (sum > 0 ? route.weight / sum : 0)
            return VariantRoute(
                variant: route.variant, isShadow: route.isShadow, weight: weight, fleets: route.fleets)
        }
    }
}
