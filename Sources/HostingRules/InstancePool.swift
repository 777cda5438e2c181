/// One of the types that machines of a variant may be of.
package struct InstancePool: Equatable, Sendable, Codable {
    /// With the `ml.` prefix.
    package var instanceType: String
    /// 1 is tried first.
    package var priority: Int

    package init(instanceType: String, priority: Int) {
        self.instanceType = instanceType
        self.priority = priority
    }
}

extension [InstancePool] {
    /// The pools in the order in which they are tried.
    // AWS: doc — the guide's page on instance pools. Of equal priorities the configuration's order decides: assumed.
    package var inOrder: [InstancePool] {
        enumerated().sorted { ($0.element.priority, $0.offset) < ($1.element.priority, $1.offset) }.map(\.element)
    }

    /// The type of the next machine, given how many more of each type there are, nil for as many as anybody wants.
    /// Nil when all pools are exhausted.
    func next(left: (String) -> Int?) -> String? {
        inOrder.first { pool in left(pool.instanceType).map { $0 > 0 } ?? true }?.instanceType
    }

    /// The same machines, those of the pools that are tried last first.
    // AWS: doc for the rule that scaling in ends machines of lower priority first.
    func ranked<Machine>(_ machines: [Machine], by type: (Machine) -> String?) -> [Machine] {
        let order = inOrder.map(\.instanceType)
        func rank(_ machine: Machine) -> Int { type(machine).flatMap { order.firstIndex(of: $0) } ?? 0 }
        return machines.enumerated().sorted {
            let (a, b) = (rank($0.element), rank($1.element))
            return a == b ? $0.offset < $1.offset : a > b
        }.map(\.element)
    }
}

extension VariantPlan {
    /// The types that its machines may be of; none for a serverless variant.
    var instanceTypes: Set<String> {
        Set(instancePools?.map(\.instanceType) ?? []).union(instanceType.map { [$0] } ?? [])
    }
}

extension Fleet {
    /// The type of one of its machines; nil for one that is not drawn from its pools yet, and for a serverless variant.
    package func instanceType(of instance: Instance) -> String? { instance.instanceType ?? plan.instanceType }

    /// How many of its machines have traffic, by pool in the order they are tried; nil without pools.
    var poolCounts: [PoolCount]? {
        plan.instancePools?.inOrder.map { pool in
            PoolCount(
                instanceType: pool.instanceType,
                currentInstanceCount: instances.count {
                    $0.state == .serving && $0.instanceType == pool.instanceType
                })
        }
    }
}

extension Endpoint {
    /// The types of its machines, blue and green; those without one yet are absent.
    package var instanceTypes: [InstanceID: String] {
        var types: [InstanceID: String] = [:]
        for fleet in fleets + greenFleets {
            for instance in fleet.instances { types[instance.id] = fleet.instanceType(of: instance) }
        }
        return types
    }

    /// Its machines of that type, those that end included, and those that start if asked for.
    package func machineCount(of instanceType: String, countingLaunches: Bool) -> Int {
        (fleets + greenFleets).reduce(0) { sum, fleet in
            sum + fleet.instances.count {
                fleet.instanceType(of: $0) == instanceType && (countingLaunches || $0.state != .launching)
            }
        }
    }

    /// Draws the types of machines that start in fleets with pools, each from the first pool that has one left.
    /// `available` tells how many machines of a type there are for this endpoint, its own included; nil for as many as
    /// it wants. Answers the variants whose pools are all exhausted; if there is one, nothing is drawn, so that who waits
    /// keeps none back.
    // AWS: doc — the guide's page on instance pools.
    package mutating func drawFromPools(available: (String) -> Int?) -> [VariantName] {
        var counts: [String: Int] = [:]
        for pool in (fleets + greenFleets).flatMap({ $0.plan.instancePools ?? [] }) {
            counts[pool.instanceType] = machineCount(of: pool.instanceType, countingLaunches: true)
        }
        var short: [VariantName] = []
        if counts.isEmpty { return short }
        func draw(_ fleets: inout [Fleet]) {
            for index in fleets.indices {
                guard let pools = fleets[index].plan.instancePools else { continue }
                for machine in fleets[index].instances.indices
                where fleets[index].instances[machine].state == .launching
                    && fleets[index].instances[machine].instanceType == nil {
                    let drawn = pools.next { type in available(type).map { $0 - counts[type, default: 0] } }
                    guard let drawn else {
                        if !short.contains(fleets[index].variant) { short.append(fleets[index].variant) }
                        continue
                    }
                    counts[drawn, default: 0] += 1
                    fleets[index].instances[machine].instanceType = drawn
                }
            }
        }
        changeAllFleets(draw)
        if !short.isEmpty { changeAllFleets { $0.forgetDraws() } }
        return short
    }

    private mutating func changeAllFleets(_ change: (inout [Fleet]) -> Void) {
        change(&fleets)
        guard case .updating(var deployment) = state else { return }
        deployment.changeGreen(change)
        state = .updating(deployment)
    }
}

extension [Fleet] {
    fileprivate mutating func forgetDraws() {
        for index in indices {
            for machine in self[index].instances.indices where self[index].instances[machine].state == .launching {
                self[index].instances[machine].instanceType = nil
            }
        }
    }
}
