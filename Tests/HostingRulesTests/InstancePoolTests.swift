import HostingRules
import SimTime
import Testing

/// Which machines an endpoint with instance pools gets, and which it lets go.
@Suite struct InstancePoolTests {
    static let now = SimInstant(millisecondsSinceEpoch: 1_767_268_800_000)

    struct Row: CustomTestStringConvertible, Sendable {
        var name: String
        /// Type and priority, in the configuration's order.
        var pools: [(String, Int)]
        /// Machines there are; a type that is not named never runs short.
        var capacity: [String: Int]
        var wanted = 3
        /// What is got, in the order of priority; nil when the pools are exhausted.
        var counts: [Int]?
        var testDescription: String { name }
    }

    static let rows = [
        Row(name: "the first of them, when it never runs short", pools: [("a", 1), ("b", 2)], capacity: [:], counts: [3, 0]),
        Row(name: "priority, not order", pools: [("a", 3), ("b", 1)], capacity: [:], counts: [3, 0]),
        Row(name: "order among equals", pools: [("a", 2), ("b", 2)], capacity: [:], counts: [3, 0]),
        Row(name: "the rest from the next", pools: [("a", 1), ("b", 2)], capacity: ["a": 2], counts: [2, 1]),
        Row(name: "none of the first", pools: [("a", 1), ("b", 2)], capacity: ["a": 0], counts: [0, 3]),
        Row(name: "a bit of each", pools: [("a", 1), ("b", 2), ("c", 5)], capacity: ["a": 1, "b": 1], counts: [1, 1, 1]),
        Row(name: "exhausted", pools: [("a", 1), ("b", 2)], capacity: ["a": 1, "b": 1], counts: nil),
        Row(name: "no machine at all", pools: [("a", 1)], capacity: ["a": 0], wanted: 0, counts: [0]),
    ]

    static func created(_ pools: [(String, Int)], count: Int) throws -> Endpoint {
        let plan = EndpointPlan(configName: "c", variants: [VariantPlan(
            name: "v", modelName: "m", instanceType: nil, initialInstanceCount: count,
            instancePools: pools.map { InstancePool(instanceType: $0.0, priority: $0.1) })])
        var endpoint = try Endpoint.create(plan, seed: 1, profile: .short, at: now).endpoint
        _ = endpoint.timerFired(.fleetReady, at: now + .seconds(1))
        return endpoint
    }

    static func counts(_ endpoint: Endpoint) -> [Int]? {
        endpoint.description(at: now + .hours(1)).productionVariants.first?.instancePools?.map(\.currentInstanceCount)
    }

    @Test(arguments: rows) func draws(_ row: Row) throws {
        var endpoint = try Self.created(row.pools, count: row.wanted)
        let exhausted = endpoint.drawFromPools { row.capacity[$0] }
        #expect(exhausted == (row.counts == nil ? ["v"] : []))
        guard let counts = row.counts else { return }
        // Asked again, as after a restart, nothing is drawn anew.
        let once = endpoint
        let exhaustedNow = endpoint.drawFromPools { _ in 0 }
        #expect(exhaustedNow.isEmpty && endpoint == once)
        _ = endpoint.fleetProvisioned(.healthy, at: Self.now + .seconds(1))
        #expect(Self.counts(endpoint) == counts)
        for (type, _) in row.pools {
            let limit = row.capacity[type] ?? .max
            #expect(endpoint.machineCount(of: type, countingLaunches: true) <= limit)
        }
    }

    @Test func scalingInEndsTheLastPoolFirst() throws {
        var endpoint = try Self.created([("a", 1), ("b", 2)], count: 4)
        let exhausted = endpoint.drawFromPools { $0 == "a" ? 2 : nil }
        #expect(exhausted.isEmpty)
        _ = endpoint.fleetProvisioned(.healthy, at: Self.now + .seconds(1))
        #expect(Self.counts(endpoint) == [2, 2])
        func rescale(to count: Int, available: Int) throws {
            _ = try endpoint.updateWeightsAndCapacities([.init(variant: "v", instanceCount: count)], at: Self.now)
            _ = endpoint.timerFired(.rescaled, at: Self.now + .seconds(2))
            guard endpoint.openProbe != nil else { return }
            let exhausted = endpoint.drawFromPools { $0 == "a" ? available : nil }
            #expect(exhausted.isEmpty)
            _ = endpoint.fleetProvisioned(.healthy, at: Self.now + .seconds(2))
        }
        // A machine of the better type comes, and later the others go before it.
        try rescale(to: 5, available: 3)
        #expect(Self.counts(endpoint) == [3, 2])
        try rescale(to: 3, available: 3)
        #expect(Self.counts(endpoint) == [3, 0])
    }

    @Test func anEndpointWithoutPoolsDrawsNothing() throws {
        let plan = EndpointPlan(configName: "c", variants: [
            VariantPlan(name: "v", modelName: "m", instanceType: "a", initialInstanceCount: 2),
        ])
        var endpoint = try Endpoint.create(plan, seed: 1, profile: .short, at: Self.now).endpoint
        let exhausted = endpoint.drawFromPools { _ in 0 }
        #expect(exhausted.isEmpty)
        #expect(endpoint.machineCount(of: "a", countingLaunches: true) == 2)
        #expect(endpoint.machineCount(of: "a", countingLaunches: false) == 0)
        #expect(Self.counts(endpoint) == nil)
    }

    // MARK: Waiting for capacity

    struct Wait: CustomTestStringConvertible, Sendable {
        var name: String
        var limit: Int?
        /// Seconds after the machines were first due at which there are some.
        var capacityAt: Int?
        var status: EndpointStatus
        /// Seconds after the machines were first due at which that status is reached.
        var reached: Int64
        var testDescription: String { name }
    }

    @Test(arguments: [
        Wait(name: "no limit fails at once", limit: nil, status: .failed, reached: 0),
        Wait(name: "to the limit", limit: 305, status: .failed, reached: 305),
        Wait(name: "capacity comes", limit: 300, capacityAt: 42, status: .inService, reached: 50),
        Wait(name: "capacity comes at the last try", limit: 305, capacityAt: 305, status: .inService, reached: 305),
        Wait(name: "there from the start", limit: 300, capacityAt: 0, status: .inService, reached: 0),
    ])
    func waits(_ row: Wait) throws {
        let plan = EndpointPlan(configName: "c", variants: [VariantPlan(
            name: "v", modelName: "m", instanceType: "a", initialInstanceCount: 1, capacityWaitSeconds: row.limit)])
        var endpoint = try Endpoint.create(plan, seed: 1, profile: .short, at: Self.now).endpoint
        let due = Self.now + ProvisioningProfile.short.creation
        var instant = due
        for _ in 0..<100 where endpoint.status == .creating {
            guard let timer = endpoint.timers.first else { break }
            instant = timer.at
            _ = endpoint.timerFired(timer.timer, at: instant)
            let seconds = (instant - due).milliseconds / 1000
            let isThere = row.capacityAt.map { seconds >= $0 } ?? false
            _ = endpoint.fleetProvisioned(isThere ? .healthy : .short(["v"]), at: instant)
        }
        #expect(endpoint.status == row.status && instant == due + .seconds(row.reached))
    }

    /// What a variant may wait says nothing of another one that is short.
    @Test(arguments: [
        Pair(limits: [300, nil], short: ["a"], reached: 300), Pair(limits: [300, nil], short: ["b"], reached: 0),
        Pair(limits: [300, nil], short: ["a", "b"], reached: 0), Pair(limits: [300, 120], short: ["a", "b"], reached: 120),
        Pair(limits: [300, 120], short: ["a"], reached: 300), Pair(limits: [nil, 120], short: ["a"], reached: 0),
    ])
    func eachVariantWaitsAsLongAsItMay(_ row: Pair) throws {
        let variants = zip(["a", "b"] as [VariantName], row.limits).map { name, limit in
            VariantPlan(
                name: name, modelName: "m", instanceType: "t", initialInstanceCount: 1, capacityWaitSeconds: limit)
        }
        var rehearsal = try Rehearsal(
            EndpointPlan(configName: "c", variants: variants), profile: .short,
            outcomes: Array(repeating: .short(row.short), count: 50))
        rehearsal.runUntilIdle()
        #expect(rehearsal.endpoint.status == .failed)
        #expect(rehearsal.now == Rehearsal.start + ProvisioningProfile.short.creation + .seconds(row.reached))
    }

    struct Pair: CustomTestStringConvertible, Sendable {
        /// The time-outs of variants `a` and `b`.
        var limits: [Int?]
        var short: [VariantName]
        /// Seconds after the machines were first due at which the endpoint fails.
        var reached: Int64
        var testDescription: String { "\(limits), short: \(short)" }
    }

    /// A wait that the deployment's own limit ends does not count for the next one.
    @Test func aLimitEndsTheWait() throws {
        func plan(_ config: EndpointConfigName) -> EndpointPlan {
            EndpointPlan(configName: config, variants: [VariantPlan(
                name: "v", modelName: "m", instanceType: "a", initialInstanceCount: 1, capacityWaitSeconds: 900)])
        }
        var rehearsal = try Rehearsal.inService(plan("blue"), profile: .short)
        rehearsal.outcomes = Array(repeating: .short(["v"]), count: 200)
        try rehearsal.update(to: plan("green"), .given(.allAtOnce(limit: 600)))
        rehearsal.runUntilIdle()
        #expect(rehearsal.endpoint.failureReason?.contains("MaximumExecutionTimeoutInSeconds") == true)
        rehearsal.advance(seconds: 1000)
        rehearsal.outcomes = Array(repeating: .short(["v"]), count: 5)
        try rehearsal.update(to: plan("green"))
        rehearsal.runUntilIdle()
        #expect(rehearsal.endpoint.configName == "green" && rehearsal.endpoint.failureReason == nil)
    }

    /// An update and a scaling wait where they are, and go on or back as they do without waiting.
    @Test(arguments: [true, false]) func changesWait(_ comes: Bool) throws {
        func plan(_ config: EndpointConfigName, count: Int = 2) -> EndpointPlan {
            EndpointPlan(configName: config, variants: [VariantPlan(
                name: "v", modelName: "m", instanceType: "a", initialInstanceCount: count, capacityWaitSeconds: 300)])
        }
        func short(_ rehearsal: inout Rehearsal) {
            let outcomes = comes ? 3 : 31
            rehearsal.outcomes = Array(repeating: .short(["v"]), count: outcomes)
        }
        var updated = try Rehearsal.inService(plan("blue"), profile: .short)
        short(&updated)
        try updated.update(to: plan("green"))
        updated.runUntilIdle()
        #expect(updated.endpoint.status == .inService)
        #expect(updated.endpoint.configName == (comes ? "green" : "blue"))
        var scaled = try Rehearsal.inService(plan("blue"), profile: .short)
        short(&scaled)
        try scaled.rescale([.init(variant: "v", instanceCount: 4)])
        scaled.runUntilIdle()
        #expect(scaled.endpoint.status == .inService)
        #expect(scaled.endpoint.fleets.first?.aliveCount == (comes ? 4 : 2))
        #expect((scaled.endpoint.failureReason == nil) == comes)
    }
}
