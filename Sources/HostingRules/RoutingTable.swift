package import SimTime

/// `Endpoint.routing` flattened for choosing millions of times: a choice allocates nothing.
package struct RoutingTable: Equatable, Sendable {
    /// What a request was given to. Indices are into `variants`, their `fleets`, and `instances`.
    package struct Choice: Equatable, Sendable {
        /// Into `RoutingTable.variants`.
        package let variant: Int
        /// Into that variant's `fleets`.
        package let fleet: Int
        /// Into `RoutingTable.instances`.
        package let slot: Int
    }

    private struct VariantEntry: Equatable, Sendable {
        /// The sum of weights up to this variant; not advanced by shadow variants.
        var cumulativeWeight: Double
        /// False for shadow variants and weight 0.
        var canBeDrawn: Bool
        var fleets: Range<Int>
    }

    private struct FleetEntry: Equatable, Sendable {
        /// The sum of shares up to this fleet of its variant.
        var cumulativeShare: Double
        var strategy: RoutingStrategy
        var slots: Range<Int>
    }

    package let variants: [VariantRoute]
    /// Every machine with traffic; its index is its slot, by which the owner counts outstanding requests.
    package let instances: [InstanceID]
    private let entries: [VariantEntry]
    private let fleetEntries: [FleetEntry]
    private let totalWeight: Double
    /// Nil without a shadow variant.
    package let shadowVariant: Int?

    package init(_ routes: [VariantRoute]) {
        var entries: [VariantEntry] = []
        var fleetEntries: [FleetEntry] = []
        var instances: [InstanceID] = []
        var weight = 0.0
        for route in routes {
            let firstFleet = fleetEntries.count
            var share = 0.0
            for fleet in route.fleets {
                share += fleet.share
                let firstSlot = instances.count
                instances += fleet.active
                fleetEntries.append(FleetEntry(
                    cumulativeShare: share, strategy: fleet.strategy, slots: firstSlot..<instances.count))
            }
            if !route.isShadow { weight += route.weight }
            entries.append(VariantEntry(
                cumulativeWeight: weight, canBeDrawn: !route.isShadow && route.weight > 0,
                fleets: firstFleet..<fleetEntries.count))
        }
        variants = routes
        self.entries = entries
        self.fleetEntries = fleetEntries
        self.instances = instances
        totalWeight = weight
        shadowVariant = routes.firstIndex(where: \.isShadow)
    }

    /// Chooses for one request: the variant by weight or as targeted, then the fleet by share, then a machine by the
    /// fleet's strategy. `outstanding` says how many requests a slot is busy with.
    /// Nil when the target is unknown, or nothing has a weight. AWS: documented — spec/hosting.md §E.1.
    package func choose(
        random: inout SeededRandom, targetVariant: VariantName? = nil, outstanding: (_ slot: Int) -> Int = { _ in 0 }
    ) -> Choice? {
        let index: Int
        if let targetVariant {
            guard let found = variants.firstIndex(where: { $0.variant == targetVariant && !$0.isShadow })
            else { return nil }
            index = found
        } else {
            guard let drawn = drawVariant(&random) else { return nil }
            index = drawn
        }
        return choose(in: index, &random, outstanding)
    }

    /// Whether and where a copy of a request goes: the shadow variant takes a sample by its weight.
    /// AWS: documented — spec/hosting.md §E.1.
    package func chooseShadow(
        random: inout SeededRandom, outstanding: (_ slot: Int) -> Int = { _ in 0 }
    ) -> Choice? {
        guard let shadowVariant, random.unit() < variants[shadowVariant].weight else { return nil }
        return choose(in: shadowVariant, &random, outstanding)
    }

    private func drawVariant(_ random: inout SeededRandom) -> Int? {
        if totalWeight <= 0 { return nil }
        let drawn = random.unit() * totalWeight
        var last: Int?
        for index in entries.indices where entries[index].canBeDrawn {
            if drawn < entries[index].cumulativeWeight { return index }
            last = index
        }
        return last  // Reached only when rounding put the draw on the very end.
    }

    private func choose(
        in variant: Int, _ random: inout SeededRandom, _ outstanding: (Int) -> Int
    ) -> Choice? {
        let range = entries[variant].fleets
        if range.isEmpty { return nil }
        var fleet = range.lowerBound
        if range.count > 1 {
            let drawn = random.unit()
            while fleet < range.upperBound - 1, drawn >= fleetEntries[fleet].cumulativeShare { fleet += 1 }
        }
        let slots = fleetEntries[fleet].slots
        // Multiplying instead of dividing: the bias is below 2^-40 for any fleet.
        let offset = Int(UInt64(slots.count).multipliedFullWidth(by: random.next()).high)
        var slot = slots.lowerBound + offset
        switch fleetEntries[fleet].strategy {
        case .random:
            break
        case .leastOutstandingRequests:
            // Starting anywhere, so that equally idle machines take turns.
            var least = outstanding(slot)
            var candidate = slot
            for _ in 1..<max(2, slots.count) where least > 0 {
                candidate = candidate + 1 == slots.upperBound ? slots.lowerBound : candidate + 1
                let busy = outstanding(candidate)
                if busy < least {
                    least = busy
                    slot = candidate
                }
            }
        }
        return Choice(variant: variant, fleet: fleet - range.lowerBound, slot: slot)
    }
}
