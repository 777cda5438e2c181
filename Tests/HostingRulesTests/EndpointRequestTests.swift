import Foundation
import HostingRules
import SimTime
import Testing

/// Requests outside deployments: busy rules, retention, rescaling, deletion, forecasts, storage.
@Suite struct EndpointRequestTests {
    struct BusyCase: Sendable {
        var name: String
        var status: EndpointStatus
        var prepare: @Sendable () throws -> Rehearsal
    }

    /// spec/hosting.md §A.6.
    @Test(arguments: [
        BusyCase(name: "creating", status: .creating, prepare: { try Rehearsal(.one(3)) }),
        BusyCase(name: "queued", status: .updating, prepare: { try updated(at: 1) }),
        BusyCase(name: "provisioning", status: .updating, prepare: { try updated(at: 50) }),
        BusyCase(name: "baking", status: .updating, prepare: { try updated(at: 200) }),
        BusyCase(name: "blue going", status: .updating, prepare: { try updated(at: 600) }),
        BusyCase(name: "rolling back", status: .updating, prepare: {
            var rehearsal = try updated(at: 200)
            rehearsal.ring("high5xx")
            return rehearsal
        }),
        BusyCase(name: "rescaling", status: .updating, prepare: {
            var rehearsal = try Rehearsal.inService()
            try rehearsal.rescale([.init(variant: "AllTraffic", instanceCount: 5)])
            return rehearsal
        }),
        BusyCase(name: "undoing a rescale", status: .rollingBack, prepare: {
            var rehearsal = try Rehearsal.inService()
            rehearsal.outcomes = [.failed(.insufficientCapacity)]
            try rehearsal.rescale([.init(variant: "AllTraffic", instanceCount: 5)])
            rehearsal.advance(to: 141)
            return rehearsal
        }),
        BusyCase(name: "deleting", status: .deleting, prepare: {
            var rehearsal = try Rehearsal.inService()
            try rehearsal.delete()
            return rehearsal
        }),
    ])
    func busy(_ row: BusyCase) throws {
        var rehearsal = try row.prepare()
        let before = rehearsal.endpoint
        let busy = EndpointRejection.busy(row.status)
        #expect(throws: busy) { try rehearsal.update(to: .one(3, config: "v9")) }
        #expect(throws: busy) { try rehearsal.rescale([.init(variant: "AllTraffic", weight: 2)]) }
        #expect(throws: busy) { try rehearsal.delete() }
        #expect(rehearsal.endpoint == before)
    }

    static func updated(at seconds: Double) throws -> Rehearsal {
        var rehearsal = try Rehearsal.inService()
        try rehearsal.update(to: .one(3, config: "v2"), .given(.canary()))
        rehearsal.advance(to: seconds)
        return rehearsal
    }

    struct PlanCase: Sendable {
        var variants: [VariantPlan]
        var rejection: EndpointRejection
    }

    @Test(arguments: [
        PlanCase(variants: [], rejection: .noVariants),
        PlanCase(variants: [.named("S", 1, isShadow: true)], rejection: .noVariants),
        PlanCase(variants: [.named("A", 1), .named("A", 1)], rejection: .duplicateVariant("A")),
        PlanCase(variants: [.named("A", 1, weight: 0), .named("B", 1, weight: 0)], rejection: .allWeightsZero),
        PlanCase(variants: [.named("A", 1, weight: .nan)], rejection: .weightOutOfBounds("A")),
        PlanCase(variants: [.named("A", 1, weight: -1)], rejection: .weightOutOfBounds("A")),
        PlanCase(variants: [.named("A", -1)], rejection: .instanceCountOutOfBounds("A", count: -1, max: 1000)),
        PlanCase(variants: [.named("A", .max)], rejection: .instanceCountOutOfBounds("A", count: .max, max: 1000)),
    ])
    func badPlans(_ row: PlanCase) throws {
        #expect(throws: row.rejection) { _ = try Rehearsal(.init(configName: "v1", variants: row.variants)) }
        var rehearsal = try Rehearsal.inService()
        #expect(throws: row.rejection) { try rehearsal.update(to: .init(configName: "v2", variants: row.variants)) }
    }

    struct ScaledCase: Sendable, CustomTestStringConvertible {
        var testDescription: String
        /// What the update is from; both of type ml.m5.xlarge without further notice.
        var old: [VariantPlan] = [.named("AllTraffic", 2), .named("Other", 2)]
        var variants: [VariantPlan]
        var rejection: EndpointRejection?
    }

    static func pooled(_ name: VariantName, _ types: String...) -> VariantPlan {
        var variant = VariantPlan.named(name, 2)
        variant.instanceType = nil
        variant.instancePools = types.enumerated().map { InstancePool(instanceType: $1, priority: $0 + 1) }
        return variant
    }

    static func typed(_ name: VariantName, _ type: String, model: ModelName = "churn") -> VariantPlan {
        var variant = VariantPlan.named(name, 2)
        (variant.instanceType, variant.modelName) = (type, model)
        return variant
    }

    /// What may become of a variant that auto scaling looks after, spec/hosting.md §A.6.
    @Test(arguments: [
        ScaledCase(testDescription: "another model", variants: [typed("AllTraffic", "ml.m5.xlarge", model: "new")]),
        ScaledCase(testDescription: "another type of the other one", variants: [
            typed("AllTraffic", "ml.m5.xlarge"), typed("Other", "ml.c5.xlarge"),
        ]),
        ScaledCase(testDescription: "another type", variants: [
            typed("AllTraffic", "ml.m5.2xlarge"), typed("Other", "ml.m5.xlarge"),
        ], rejection: .autoscaledInstanceType("AllTraffic")),
        ScaledCase(
            testDescription: "gone", variants: [typed("Other", "ml.m5.xlarge")],
            rejection: .autoscaledVariantRemoved("AllTraffic")),
        ScaledCase(
            testDescription: "pools instead", variants: [pooled("AllTraffic", "ml.m5.xlarge", "ml.c5.xlarge")],
            rejection: .autoscaledInstanceType("AllTraffic")),
        ScaledCase(testDescription: "the same pools in another order", old: [pooled("AllTraffic", "ml.a", "ml.b")], variants: [
            pooled("AllTraffic", "ml.b", "ml.a"),
        ]),
        ScaledCase(testDescription: "other pools", old: [pooled("AllTraffic", "ml.a", "ml.b")], variants: [
            pooled("AllTraffic", "ml.a", "ml.c"),
        ], rejection: .autoscaledInstanceType("AllTraffic")),
        ScaledCase(testDescription: "one pool less", old: [pooled("AllTraffic", "ml.a", "ml.b")], variants: [
            pooled("AllTraffic", "ml.a"),
        ], rejection: .autoscaledInstanceType("AllTraffic")),
    ])
    func scaledVariants(_ row: ScaledCase) throws {
        let old = EndpointPlan(configName: "v1", variants: row.old)
        let new = EndpointPlan(configName: "v2", variants: row.variants)
        var rehearsal = try Rehearsal.inService(old)
        let before = rehearsal.endpoint
        // A name that the endpoint does not have binds nothing.
        let scaled: Set<VariantName> = ["AllTraffic", "elsewhere"]
        if let rejection = row.rejection {
            #expect(throws: rejection) { try rehearsal.update(to: new, autoscaled: scaled) }
            #expect(rehearsal.endpoint == before)
            try rehearsal.update(to: new)
        } else {
            try rehearsal.update(to: new, autoscaled: scaled)
        }
        rehearsal.runUntilIdle()
        #expect(rehearsal.endpoint.configName == "v2")
    }

    struct RetentionCase: Sendable {
        var retention: Retention
        var count: Int
        var weight: Double
    }

    /// spec/hosting.md §A.7.
    @Test(arguments: [
        RetentionCase(retention: .none, count: 3, weight: 1),
        RetentionCase(retention: .all, count: 5, weight: 7),
        RetentionCase(retention: .init(instanceCount: false, weight: true), count: 3, weight: 7),
        RetentionCase(retention: .init(instanceCount: true, weight: false), count: 5, weight: 1),
    ])
    func retained(_ row: RetentionCase) throws {
        var rehearsal = try Rehearsal.inService()
        try rehearsal.rescale([.init(variant: "AllTraffic", weight: 7, instanceCount: 5)])
        rehearsal.runUntilIdle()
        let plan = EndpointPlan(configName: "v2", variants: [.named("AllTraffic", 3), .named("New", 2, weight: 4)])
        try rehearsal.update(to: plan, retaining: row.retention)
        rehearsal.runUntilIdle()
        let variants = rehearsal.description.productionVariants
        #expect(variants.map(\.currentInstanceCount) == [row.count, 2])
        #expect(variants.map(\.currentWeight) == [row.weight, 4])
    }

    /// spec/hosting.md §A.8.
    @Test func rescaling() throws {
        var rehearsal = try Rehearsal.inService(
            .init(configName: "v1", variants: [.named("A", 2), .named("B", 3)]))
        try rehearsal.rescale([
            .init(variant: "A", instanceCount: 4), .init(variant: "B", weight: 3, instanceCount: 1),
        ])
        let running = rehearsal.description
        #expect(running.status == .updating)
        #expect(running.pendingDeployment == nil)
        #expect(running.lastModifiedAt == rehearsal.now)
        #expect(running.productionVariants.map(\.currentInstanceCount) == [2, 3])
        #expect(running.productionVariants.map(\.desiredInstanceCount) == [4, 1])
        #expect(running.productionVariants.map(\.currentWeight) == [1, 1])
        #expect(running.productionVariants.map(\.desiredWeight) == [1, 3])
        #expect(running.productionVariants.map { $0.statuses.map { "\($0.phase.rawValue) \($0.message)" } }
            == [["Updating Launching 2 instance(s)."], []])
        rehearsal.runUntilIdle()
        #expect(rehearsal.log == [
            "0 provision fleet-1×2", "0 arm rescaled at 140", "0 — status Updating",
            "140 probe fleet-1×2", "140 route A/fleet-1=100% B/fleet-2=100%", "140 retire fleet-2×2",
            "140 — status InService",
        ])
        #expect(rehearsal.endpoint.routing.map(\.weight) == [0.25, 0.75])
        #expect(rehearsal.endpoint.routing.flatMap(\.fleets).map(\.active.count) == [4, 1])
        #expect(rehearsal.description.lastModifiedAt == rehearsal.now)
    }

    @Test func failedRescaleRollsBack() throws {
        var rehearsal = try Rehearsal.inService()
        rehearsal.outcomes = [.failed(.insufficientCapacity)]
        let before = rehearsal.description.productionVariants
        try rehearsal.rescale([.init(variant: "AllTraffic", weight: 2, instanceCount: 5)])
        rehearsal.runUntilIdle()
        #expect(rehearsal.log.filter { $0.contains("status") || $0.contains("retire") }.map { $0.prefix(24) } == [
            "0 — status Updating", "140 retire fleet-1×2", "140 — status RollingBack", "200 — status InService: ",
        ])
        #expect(rehearsal.description.productionVariants == before)
    }

    @Test func refusedRescales() throws {
        var rehearsal = try Rehearsal.inService()
        func refused(_ changes: [VariantChange]) -> EndpointRejection? {
            do { try rehearsal.rescale(changes) } catch { return error as? EndpointRejection }
            return nil
        }
        #expect(refused([]) == .noChanges)
        #expect(refused([.init(variant: "X", weight: 1)]) == .unknownVariant("X"))
        #expect(refused([.init(variant: "AllTraffic", weight: 0)]) == .allWeightsZero)
        #expect(refused([.init(variant: "AllTraffic", weight: .infinity)]) == .weightOutOfBounds("AllTraffic"))
        #expect(refused([.init(variant: "AllTraffic", weight: 1), .init(variant: "AllTraffic", weight: 2)])
            == .duplicateVariant("AllTraffic"))
        #expect(refused([.init(variant: "AllTraffic", instanceCount: 1001)])
            == .instanceCountOutOfBounds("AllTraffic", count: 1001, max: 1000))
    }

    @Test func deletion() throws {
        var rehearsal = try Rehearsal.inService()
        try rehearsal.delete()
        #expect(rehearsal.endpoint.routing == [])
        #expect(rehearsal.description.status == .deleting)
        rehearsal.runUntilIdle()
        #expect(rehearsal.log == [
            "0 route ", "0 retire fleet-1×3", "0 arm deleted at 60", "0 — status Deleting", "60 removed",
        ])
    }

    @Test func shortProfileTakesASecond() throws {
        var rehearsal = try Rehearsal(.one(3), profile: .short)
        rehearsal.runUntilIdle()
        #expect((rehearsal.now - Rehearsal.start).milliseconds == 1000)
        try rehearsal.update(to: .one(3, config: "v2"))
        rehearsal.runUntilIdle()
        #expect((rehearsal.now - Rehearsal.start).milliseconds == 2000)
    }

    @Test func forecastIsWhatHappens() throws {
        var rehearsal = try Rehearsal.inService()
        #expect(rehearsal.endpoint.nextStatusChange(at: rehearsal.now) == nil)
        try rehearsal.update(to: .one(3, config: "v2"), .given(.canary()))
        let end = rehearsal.origin + .seconds(627)
        for seconds in [0.0, 2, 100, 143, 300, 500, 626] {
            rehearsal.advance(to: seconds)
            #expect(rehearsal.endpoint.nextStatusChange(at: rehearsal.now) == end)
            #expect(rehearsal.endpoint.nextStatusChange(at: rehearsal.now, notAfter: end) == end)
            #expect(rehearsal.endpoint.nextStatusChange(at: rehearsal.now, notAfter: end - .milliseconds(1)) == nil)
        }
        rehearsal.runUntilIdle()
        #expect(rehearsal.now == end)
        try rehearsal.delete()
        #expect(rehearsal.endpoint.nextStatusChange(at: rehearsal.now) == end + .seconds(60))
    }

    @Test func openProbeHasNoForecastAndCanBeAskedAgain() throws {
        var created = try Endpoint.create(.one(2), seed: 1, profile: .short, at: Rehearsal.start)
        let actions = created.endpoint.timerFired(.fleetReady, at: Rehearsal.start + .seconds(1))
        #expect(actions == [.probe(try #require(created.endpoint.openProbe))])
        #expect(created.endpoint.nextStatusChange(at: Rehearsal.start) == nil)
        // The answer may take its time.
        _ = created.endpoint.fleetProvisioned(.healthy, at: Rehearsal.start + .seconds(90))
        #expect(created.endpoint.status == .inService)
        #expect(created.endpoint.openProbe == nil)
    }

    @Test func instanceIdsComeFromTheSeed() throws {
        func ids(_ seed: UInt64) throws -> [String] {
            try Endpoint.create(.one(3), seed: seed, profile: .short, at: Rehearsal.start)
                .endpoint.fleets.flatMap { $0.instances.map(\.id.text) }
        }
        let first = try ids(1)
        #expect(first == (try ids(1)))
        #expect(first != (try ids(2)))
        #expect(Set(first).count == 3)
        #expect(first.allSatisfy { $0.count == 19 && $0.hasPrefix("i-0") })
    }

    /// Documents written today must be readable by later versions, and the other way round.
    @Test func unknownFieldsInStoredEndpointsAreIgnored() throws {
        var rehearsal = try Rehearsal.inService()
        try rehearsal.update(to: .one(3, config: "v2"), .given(.canary()))
        rehearsal.advance(to: 200)
        let data = try JSONEncoder().encode(rehearsal.endpoint)
        var object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        object["fieldOfTheFuture"] = ["x": 1]
        let read = try JSONDecoder().decode(
            Endpoint.self, from: try JSONSerialization.data(withJSONObject: object))
        #expect(read == rehearsal.endpoint)
        #expect(Set(object.keys).isSuperset(of: ["state", "fleets", "timers", "configName", "createdAt"]))
        #expect((object["state"] as? [String: Any])?.keys.first == "updating")
    }
}
