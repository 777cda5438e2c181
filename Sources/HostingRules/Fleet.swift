package import SimTime

/// The machines of one variant under one endpoint configuration.
package struct Fleet: Equatable, Sendable, Codable {
    package let id: FleetID
    package let configName: EndpointConfigName
    package let plan: VariantPlan
    /// When the image tags were resolved.
    package let imagesResolvedAt: SimInstant
    /// The weight requests are routed by now.
    package internal(set) var currentWeight: Double
    package internal(set) var desiredWeight: Double
    package internal(set) var desiredInstanceCount: Int
    /// Machines alive or starting, oldest first.
    package internal(set) var instances: [Instance] = []
    /// A serverless variant's capacity once it has been changed, and while it is being changed.
    var changedServerless: ServerlessPlan?
    var wantedServerless: ServerlessPlan?

    /// The capacity of a serverless variant now; nil for one with machines.
    package var serverless: ServerlessPlan? { changedServerless ?? plan.serverless }
    /// The capacity it is to have.
    package var desiredServerless: ServerlessPlan? { wantedServerless ?? serverless }
    /// Machines that go last when some must go, because copies of inference components are on them.
    var spared: Set<InstanceID>?

    package var variant: VariantName { plan.name }

    /// A fleet without machines yet.
    init(
        id: FleetID, configName: EndpointConfigName, plan: VariantPlan, imagesResolvedAt: SimInstant,
        weight: Double, instanceCount: Int
    ) {
        self.id = id
        self.configName = configName
        self.plan = plan
        self.imagesResolvedAt = imagesResolvedAt
        currentWeight = weight
        desiredWeight = weight
        desiredInstanceCount = instanceCount
    }

    package func count(_ state: Instance.State) -> Int {
        instances.reduce(0) { $0 + ($1.state == state ? 1 : 0) }
    }

    /// Machines that pass their health check, with or without traffic.
    package var aliveCount: Int { count(.ready) + count(.serving) }

    /// Starts `count` machines.
    mutating func launch(_ count: Int, ids: inout IDSequence) -> Launch {
        let new = (0..<count).map { _ in ids.nextInstance() }
        instances += new.map { Instance(id: $0, state: .launching) }
        return Launch(fleet: id, configName: configName, plan: plan, instances: new)
    }

    /// The launching machines passed their health check.
    mutating func launchesPassed() {
        for index in instances.indices where instances[index].state == .launching {
            instances[index].state = .ready
        }
    }

    /// Removes the launching machines at once and names them.
    mutating func abandonLaunches() -> [InstanceID] {
        let abandoned = instances.filter { $0.state == .launching }.map(\.id)
        instances.removeAll { $0.state == .launching }
        return abandoned
    }

    /// Gives the oldest `count` live machines traffic, and no others.
    mutating func setServing(_ count: Int) {
        var left = count
        for index in instances.indices {
            switch instances[index].state {
            case .launching, .retiring:
                continue
            case .ready, .serving:
                instances[index].state = left > 0 ? .serving : .ready
                left -= 1
            }
        }
    }

    /// Takes the newest `count` live machines out; they stay listed until `dropRetired`.
    mutating func retire(_ count: Int) -> [InstanceID] {
        var retired: [InstanceID] = []
        var order = Array(instances.indices.reversed())
        if let pools = plan.instancePools {
            // What was second best goes first, so that a fleet tends towards the machines it would rather have.
            order = pools.ranked(order) { instances[$0].instanceType }
        }
        if let spared {
            order = order.filter { !spared.contains(instances[$0].id) } + order.filter { spared.contains(instances[$0].id) }
        }
        for index in order where retired.count < count {
            switch instances[index].state {
            case .launching, .retiring:
                continue
            case .ready, .serving:
                instances[index].state = .retiring
                retired.append(instances[index].id)
            }
        }
        return retired
    }

    mutating func dropRetired() {
        instances.removeAll { $0.state == .retiring }
    }
}

/// One simulated machine.
package struct Instance: Equatable, Sendable, Codable {
    /// launching → ready ⇄ serving → retiring, then gone; a launch that fails goes at once.
    package enum State: String, Equatable, Sendable, Codable {
        /// Starting, or waiting for its health check.
        case launching
        /// Healthy, without traffic.
        case ready
        /// Healthy, with traffic.
        case serving
        /// Ending, without traffic.
        case retiring
    }

    package let id: InstanceID
    package internal(set) var state: State
    /// Its type, when its fleet draws machines from pools and it was drawn; `Fleet.instanceType(of:)` knows the others'.
    package internal(set) var instanceType: String?
}

/// Makes the ids of one endpoint, the same ones from the same seed.
struct IDSequence: Equatable, Sendable, Codable {
    private var random: SeededRandom
    private var lastFleet = 0

    init(seed: UInt64) { random = SeededRandom(seed: seed) }

    mutating func nextFleet() -> FleetID {
        lastFleet += 1
        return FleetID(lastFleet)
    }

    mutating func nextInstance() -> InstanceID {
        let digits = Array("0123456789abcdef".utf8)
        // The real service's ids start with a zero and have 17 digits; 16 of them are drawn.
        var drawn = random.next()
        var text: [UInt8] = Array("i-0".utf8)
        for _ in 0..<16 {
            text.append(digits[Int(drawn >> 60)])
            drawn <<= 4
        }
        return InstanceID(String(decoding: text, as: UTF8.self))
    }
}

extension [Fleet] {
    /// Machines with traffic, over all fleets of the variant.
    func serving(_ variant: VariantName) -> Int {
        reduce(0) { $0 + ($1.variant == variant ? $1.count(.serving) : 0) }
    }

    /// Healthy machines, over all fleets of the variant.
    func alive(_ variant: VariantName) -> Int {
        reduce(0) { $0 + ($1.variant == variant ? $1.aliveCount : 0) }
    }

    /// Gives `count` live machines of the variant traffic, in the order of the fleets.
    mutating func setServing(_ count: Int, _ variant: VariantName) {
        var left = count
        for index in indices where self[index].variant == variant {
            let share = Swift.min(left, self[index].aliveCount)
            self[index].setServing(share)
            left -= share
        }
    }

    /// Every live machine has traffic.
    mutating func serveAll() {
        for index in indices { self[index].setServing(self[index].aliveCount) }
    }

    /// Takes `count` live machines out, from the last fleet backwards.
    mutating func retire(_ count: Int) -> [Retirement] {
        var left = count
        var retirements: [Retirement] = []
        for index in indices.reversed() where left > 0 {
            let retired = self[index].retire(left)
            left -= retired.count
            if !retired.isEmpty {
                retirements.append(.init(fleet: self[index].id, variant: self[index].variant, instances: retired))
            }
        }
        return retirements
    }

    /// Takes every machine out; those still launching go at once.
    mutating func retireAll() -> [Retirement] {
        var retirements: [Retirement] = []
        for index in indices {
            let gone = self[index].abandonLaunches() + self[index].retire(self[index].instances.count)
            if !gone.isEmpty {
                retirements.append(.init(fleet: self[index].id, variant: self[index].variant, instances: gone))
            }
        }
        return retirements
    }

    mutating func dropRetired() {
        for index in indices { self[index].dropRetired() }
    }

    mutating func launchesPassed() {
        for index in indices { self[index].launchesPassed() }
    }

    /// Removes all launching machines at once.
    mutating func abandonLaunches() -> [Retirement] {
        var retirements: [Retirement] = []
        for index in indices {
            let gone = self[index].abandonLaunches()
            if !gone.isEmpty {
                retirements.append(.init(fleet: self[index].id, variant: self[index].variant, instances: gone))
            }
        }
        return retirements
    }

    /// The launches under way, as they were ordered.
    var launches: [Launch] {
        compactMap { fleet in
            let ids = fleet.instances.filter { $0.state == .launching }.map(\.id)
            return ids.isEmpty
                ? nil : Launch(fleet: fleet.id, configName: fleet.configName, plan: fleet.plan, instances: ids)
        }
    }

    func total(_ state: Instance.State) -> Int { reduce(0) { $0 + $1.count(state) } }
}
