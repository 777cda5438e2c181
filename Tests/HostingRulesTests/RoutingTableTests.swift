import HostingRules
import SimTime
import Testing

/// Who gets a request, spec/hosting.md §B.3 and §E.1.
@Suite struct RoutingTableTests {
    /// Draws per fleet, as parts of the whole.
    static func shares(_ table: RoutingTable, draws: Int = 10_000, seed: UInt64 = 42) -> [String: Double] {
        var random = SeededRandom(seed: seed)
        var counts: [String: Int] = [:]
        for _ in 0..<draws {
            guard let choice = table.choose(random: &random) else { continue }
            let route = table.variants[choice.variant]
            counts["\(route.variant)/\(route.fleets[choice.fleet].configName)", default: 0] += 1
        }
        return counts.mapValues { Double($0) / Double(draws) }
    }

    static func expect(
        _ found: [String: Double], _ wanted: [String: Double], sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(Set(found.keys) == Set(wanted.keys), sourceLocation: sourceLocation)
        for (name, share) in wanted {
            // Four standard deviations of 10,000 draws are at most 0.02.
            #expect(abs((found[name] ?? 0) - share) < 0.02, "\(name)", sourceLocation: sourceLocation)
        }
    }

    struct CanaryCase: Sendable {
        var old: Int
        var new: Int
        var size: CapacitySize
        var green: Double
    }

    @Test(arguments: [
        CanaryCase(old: 3, new: 3, size: .init(.instanceCount, 1), green: 1.0 / 3),  // H.3
        CanaryCase(old: 2, new: 2, size: .init(.instanceCount, 1), green: 0.5),
        CanaryCase(old: 10, new: 10, size: .init(.capacityPercent, 10), green: 0.1),
        CanaryCase(old: 1, new: 4, size: .init(.capacityPercent, 50), green: 0.5),
        CanaryCase(old: 5, new: 1, size: .init(.capacityPercent, 10), green: 1),
    ])
    func canaryShare(_ row: CanaryCase) throws {
        var rehearsal = try Rehearsal.inService(.one(row.old))
        try rehearsal.update(to: .one(row.new, config: "v2"), .given(.canary(row.size)))
        rehearsal.advance(to: 200)
        let found = Self.shares(RoutingTable(rehearsal.endpoint.routing))
        Self.expect(
            found, ["AllTraffic/v1": 1 - row.green, "AllTraffic/v2": row.green].filter { $0.value > 0 })
    }

    @Test func variantWeights() throws {
        let variants: [VariantPlan] = [
            .named("A", 1, weight: 3), .named("Z", 2, weight: 0), .named("B", 5, weight: 1),
        ]
        var rehearsal = try Rehearsal.inService(.init(configName: "v1", variants: variants))
        Self.expect(Self.shares(RoutingTable(rehearsal.endpoint.routing)), ["A/v1": 0.75, "B/v1": 0.25])
        try rehearsal.update(
            to: .init(configName: "v2", variants: variants), .given(.canary(.init(.capacityPercent, 50))))
        rehearsal.advance(to: 200)
        // A has one machine: its canary is all of it. B gives three of five.
        Self.expect(
            Self.shares(RoutingTable(rehearsal.endpoint.routing)), ["A/v2": 0.75, "B/v1": 0.1, "B/v2": 0.15])
    }

    @Test func targetedVariant() throws {
        let rehearsal = try Rehearsal.inService(
            .init(configName: "v1", variants: [
                .named("A", 1), .named("Z", 1, weight: 0), .named("S", 1, isShadow: true),
            ]))
        let table = RoutingTable(rehearsal.endpoint.routing)
        var random = SeededRandom(seed: 1)
        for _ in 0..<100 {
            // Even a variant of weight 0 answers when it is asked by name.
            let choice = try #require(table.choose(random: &random, targetVariant: "Z"))
            #expect(table.variants[choice.variant].variant == "Z")
        }
        #expect(table.choose(random: &random, targetVariant: "nobody") == nil)
        #expect(table.choose(random: &random, targetVariant: "S") == nil)
        #expect(RoutingTable([]).choose(random: &random) == nil)
    }

    @Test func variantsWithoutMachinesGetNothing() throws {
        var rehearsal = try Rehearsal.inService(.init(configName: "v1", variants: [.named("A", 1), .named("B", 1)]))
        try rehearsal.rescale([.init(variant: "A", instanceCount: 0)])
        rehearsal.runUntilIdle()
        Self.expect(Self.shares(RoutingTable(rehearsal.endpoint.routing)), ["B/v1": 1])
    }

    @Test(arguments: [(0.5, 0.5), (1.0, 1.0), (3.0, 1.0), (0.0, 0.0)])
    func shadowSample(_ weight: Double, _ share: Double) throws {
        let rehearsal = try Rehearsal.inService(
            .init(configName: "v1", variants: [.named("A", 1), .named("S", 2, weight: weight, isShadow: true)]))
        let table = RoutingTable(rehearsal.endpoint.routing)
        var random = SeededRandom(seed: 3)
        var copies = 0
        for _ in 0..<10_000 {
            #expect(table.choose(random: &random)?.variant == 0)
            if table.chooseShadow(random: &random) != nil { copies += 1 }
        }
        #expect(abs(Double(copies) / 10_000 - share) < 0.02)
    }

    @Test func randomMachinesAreEven() throws {
        let table = RoutingTable(try Rehearsal.inService(.one(7)).endpoint.routing)
        var random = SeededRandom(seed: 9)
        var counts = [Int](repeating: 0, count: table.instances.count)
        for _ in 0..<7000 { counts[try #require(table.choose(random: &random)).slot] += 1 }
        #expect(counts.allSatisfy { (850...1150).contains($0) })
    }

    @Test func leastOutstandingTakesTheIdlest() throws {
        var plan = EndpointPlan.one(5)
        plan.variants[0].routingStrategy = .leastOutstandingRequests
        let table = RoutingTable(try Rehearsal.inService(plan).endpoint.routing)
        var random = SeededRandom(seed: 5)
        var busy = [3, 1, 4, 1, 5]
        for _ in 0..<100 {
            let slot = try #require(table.choose(random: &random, outstanding: { busy[$0] })).slot
            #expect(busy[slot] == busy.min())
        }
        busy = [0, 0, 0, 0, 0]
        for _ in 0..<500 {
            let slot = try #require(table.choose(random: &random, outstanding: { busy[$0] })).slot
            busy[slot] += 1
        }
        #expect(busy.allSatisfy { $0 == 100 })
    }
}
