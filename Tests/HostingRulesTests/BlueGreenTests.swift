import HostingRules
import SimTime
import Testing

/// The sequences of spec/hosting.md §B.3 and §B.6, as transcripts: seconds, then the action.
@Suite struct BlueGreenTests {
    @Test func creation() throws {
        var rehearsal = try Rehearsal(.one(2))
        rehearsal.runUntilIdle()
        #expect(rehearsal.log == [
            "0 — status Creating", "0 provision fleet-1×2", "0 arm fleetReady at 150",
            "150 probe fleet-1×2", "150 route AllTraffic/fleet-1=100%", "150 — status InService",
        ])
    }

    @Test func withoutConfigurationNothingBakes() throws {
        var rehearsal = try Rehearsal.inService(.one(2))
        try rehearsal.update(to: .one(3, config: "v2"))
        rehearsal.runUntilIdle()
        #expect(rehearsal.log == [
            "0 arm workflowStart at 3", "0 — status Updating",
            "3 — provisioning 3 instance(s)", "3 provision fleet-2×3", "3 arm fleetReady at 143",
            "143 probe fleet-2×3",
            "143 route AllTraffic/fleet-2=100%", "143 — activating traffic, step 1 of 1",
            "143 — traffic AllTraffic: green 3 of 3, blue 0", "143 arm trafficSwitched at 145",
            "145 retire fleet-1×2", "145 — retiring 2 instance(s)", "145 arm fleetRetired at 205",
            "205 — status InService",
        ])
    }

    @Test func canary() throws {
        var rehearsal = try Rehearsal.inService()
        try rehearsal.update(to: .one(3, config: "v2"), .given(.canary(limit: 1800)))
        rehearsal.runUntilIdle()
        #expect(rehearsal.log == [
            "0 arm workflowStart at 3", "0 arm executionLimit at 1800", "0 — status Updating",
            "3 — provisioning 3 instance(s)", "3 provision fleet-2×3", "3 arm fleetReady at 143",
            "143 probe fleet-2×3",
            "143 route AllTraffic/fleet-1=67% AllTraffic/fleet-2=33%", "143 — activating traffic, step 1 of 2",
            "143 — traffic AllTraffic: green 1 of 3, blue 2", "143 watch [high5xx]", "143 arm trafficSwitched at 145",
            "143 check [high5xx]",
            "145 — baking for 300 seconds", "145 arm bakeEnds at 445", "145 check [high5xx]",
            "445 route AllTraffic/fleet-2=100%", "445 — activating traffic, step 2 of 2",
            "445 — traffic AllTraffic: green 3 of 3, blue 0", "445 arm trafficSwitched at 447", "445 check [high5xx]",
            // The recorded deployment reached its final bake after 447 s (§B.3).
            "447 — final bake for 120 seconds", "447 arm bakeEnds at 567", "447 check [high5xx]",
            "567 unwatch", "567 disarm executionLimit", "567 retire fleet-1×3", "567 — retiring 3 instance(s)",
            "567 arm fleetRetired at 627",
            "627 — status InService",
        ])
    }

    @Test func allAtOnceBakesOnlyAtTheEnd() throws {
        var rehearsal = try Rehearsal.inService()
        try rehearsal.update(to: .one(3, config: "v2"), .given(.allAtOnce(termination: 60, alarms: ["a", "b"])))
        rehearsal.runUntilIdle()
        #expect(rehearsal.log.filter { !$0.contains("arm ") } == [
            "0 — status Updating", "3 — provisioning 3 instance(s)", "3 provision fleet-2×3", "143 probe fleet-2×3",
            "143 route AllTraffic/fleet-2=100%", "143 — activating traffic, step 1 of 1",
            "143 — traffic AllTraffic: green 3 of 3, blue 0", "143 watch [a, b]", "143 check [a, b]",
            "145 — final bake for 60 seconds", "145 check [a, b]", "205 unwatch", "205 retire fleet-1×3",
            "205 — retiring 3 instance(s)", "265 — status InService",
        ])
    }

    @Test func linearStepsUntilGreenIsWhole() throws {
        var rehearsal = try Rehearsal.inService(.one(10))
        try rehearsal.update(to: .one(10, config: "v2"), .given(.linear(.init(.capacityPercent, 33))))
        rehearsal.runUntilIdle()
        let steps = rehearsal.log.filter { line in ["traffic AllTraffic", "bak", "route"].contains(where: line.contains) }
        #expect(steps == [
            "143 route AllTraffic/fleet-1=60% AllTraffic/fleet-2=40%",
            "143 — traffic AllTraffic: green 4 of 10, blue 6", "145 — baking for 60 seconds", "145 arm bakeEnds at 205",
            "205 route AllTraffic/fleet-1=20% AllTraffic/fleet-2=80%",
            "205 — traffic AllTraffic: green 8 of 10, blue 2", "207 — baking for 60 seconds", "207 arm bakeEnds at 267",
            "267 route AllTraffic/fleet-2=100%",
            "267 — traffic AllTraffic: green 10 of 10, blue 0", "269 — final bake for 120 seconds",
            "269 arm bakeEnds at 389",
        ])
    }

    @Test func everyVariantHasItsOwnSteps() throws {
        let variants: [VariantPlan] = [.named("A", 4, weight: 3), .named("B", 2)]
        var rehearsal = try Rehearsal.inService(.init(configName: "v1", variants: variants))
        try rehearsal.update(
            to: .init(configName: "v2", variants: variants), .given(.linear(.init(.capacityPercent, 25))))
        rehearsal.runUntilIdle()
        #expect(rehearsal.log.filter { $0.contains("green") } == [
            "143 — traffic A: green 1 of 4, blue 3; B: green 1 of 2, blue 1",
            "205 — traffic A: green 2 of 4, blue 2; B: green 2 of 2, blue 0",
            "267 — traffic A: green 3 of 4, blue 1; B: green 2 of 2, blue 0",
            "329 — traffic A: green 4 of 4, blue 0; B: green 2 of 2, blue 0",
        ])
        #expect(rehearsal.endpoint.configName == "v2")
    }

    @Test func alarmInTheCanaryBakeBringsBlueBack() throws {
        var rehearsal = try Rehearsal.inService()
        try rehearsal.update(to: .one(3, config: "v2"), .given(.canary(limit: 1800)))
        rehearsal.advance(to: 200)
        rehearsal.log = []
        rehearsal.ring("high5xx")
        rehearsal.runUntilIdle()
        let reason = "One or more configured alarm for automatic rollback deployment is in ALARM state: [high5xx]."
        #expect(rehearsal.log == [
            "200 route AllTraffic/fleet-1=100%", "200 disarm executionLimit", "200 disarm bakeEnds",
            "200 — rolling back: \(reason)", "200 retire fleet-2×3", "200 unwatch", "200 arm fleetRetired at 260",
            "260 — status InService: \(reason)",
        ])
        #expect(rehearsal.endpoint.configName == "v1")
    }

    struct AlarmCase: Sendable {
        var at: Double
        var status: EndpointStatus = .updating
        /// When the deployment comes to rest, in seconds since the request.
        var restsAt: Double
        var config: EndpointConfigName
    }

    @Test(arguments: [
        AlarmCase(at: 1, restsAt: 203, config: "v1"),  // seen by the check at the first traffic, 143 s
        AlarmCase(at: 100, restsAt: 203, config: "v1"),
        AlarmCase(at: 144, restsAt: 204, config: "v1"),
        AlarmCase(at: 446, restsAt: 506, config: "v1"),
        AlarmCase(at: 500, restsAt: 560, config: "v1"),
        AlarmCase(at: 600, restsAt: 627, config: "v2"),  // blue is going: too late
    ])
    func alarmAt(_ row: AlarmCase) throws {
        var rehearsal = try Rehearsal.inService()
        try rehearsal.update(to: .one(3, config: "v2"), .given(.canary()))
        rehearsal.advance(to: row.at)
        rehearsal.ring("high5xx")
        rehearsal.runUntilIdle()
        #expect(rehearsal.now == rehearsal.origin + .milliseconds(Int64(row.restsAt * 1000)))
        #expect(rehearsal.endpoint.status == .inService)
        #expect(rehearsal.endpoint.configName == row.config)
        #expect((rehearsal.endpoint.failureReason == nil) == (row.config == "v2"))
        #expect(!rehearsal.log.contains { $0.contains("RollingBack") })
    }

    @Test func theFirstAlarmDecidesAndStrangersDoNotCount() throws {
        var rehearsal = try Rehearsal.inService()
        try rehearsal.update(to: .one(3, config: "v2"), .given(.canary(alarms: ["a", "b", "c"])))
        rehearsal.advance(to: 200)
        #expect(rehearsal.endpoint.alarmTripped(["stranger"], at: rehearsal.now) == [])
        #expect(!rehearsal.endpoint.alarmTripped(["c", "a", "stranger"], at: rehearsal.now).isEmpty)
        #expect(rehearsal.endpoint.alarmTripped(["b"], at: rehearsal.now) == [])
        rehearsal.agenda = [.fleetRetired: rehearsal.now + .seconds(60)]
        rehearsal.runUntilIdle()
        #expect(rehearsal.endpoint.failureReason
            == "One or more configured alarm for automatic rollback deployment is in ALARM state: [a, c].")
    }

    @Test func alarmAlreadyRingingStopsAtTheFirstTraffic() throws {
        var rehearsal = try Rehearsal.inService()
        rehearsal.ring("high5xx")
        try rehearsal.update(to: .one(3, config: "v2"), .given(.canary()))
        #expect(rehearsal.endpoint.status == .updating)
        rehearsal.runUntilIdle()
        #expect(rehearsal.endpoint.configName == "v1")
        #expect(rehearsal.endpoint.routing.flatMap(\.fleets).map(\.fleet) == [FleetID(1)])
    }

    struct FailureCase: Sendable {
        var failure: LaunchFailure
        var reason: String
    }

    static let failures = [
        FailureCase(
            failure: .pingFailed("AllTraffic"),
            reason: "The primary container for production variant AllTraffic did not pass the ping health check. "
                + "Please check CloudWatch logs for this endpoint."),
        FailureCase(
            failure: .insufficientCapacity,
            reason: "Unable to provision requested ML compute capacity due to InsufficientInstanceCapacity error. "
                + "Please retry using a different ML instance type or after some time."),
        FailureCase(
            failure: .imagesMissing("AllTraffic"),
            reason: "Please make sure all images included in the model for the production variant AllTraffic exist, "
                + "and that the execution role used to create the model has permissions to access them"),
        FailureCase(
            failure: .other(reason: String(repeating: "x", count: 2000)), reason: String(repeating: "x", count: 1024)),
    ]

    @Test(arguments: failures)
    func failedGreenFleetLeavesBlueServing(_ row: FailureCase) throws {
        var rehearsal = try Rehearsal.inService()
        rehearsal.outcomes = [.failed(row.failure)]
        try rehearsal.update(to: .one(3, config: "v2"))
        rehearsal.runUntilIdle()
        #expect(rehearsal.log.filter { !$0.contains("—") }.suffix(3) == [
            "143 probe fleet-2×3", "143 retire fleet-2×3", "143 arm fleetRetired at 203",
        ])
        #expect(rehearsal.now == rehearsal.origin + .seconds(203))
        #expect(!rehearsal.log.contains { $0.contains("route") })
        #expect(rehearsal.description.failureReason == row.reason)
        #expect(rehearsal.description.status == .inService)
        #expect(rehearsal.description.configName == "v1")
    }

    @Test(arguments: failures)
    func failedCreationCanOnlyBeDeleted(_ row: FailureCase) throws {
        var rehearsal = try Rehearsal(.one(3), outcomes: [.failed(row.failure)])
        rehearsal.runUntilIdle()
        #expect(rehearsal.description.status == .failed)
        #expect(rehearsal.description.failureReason == row.reason)
        #expect(rehearsal.log.contains("150 retire fleet-1×3"))
        #expect(throws: EndpointRejection.failedEndpoint) { try rehearsal.update(to: .one(3, config: "v2")) }
        #expect(throws: EndpointRejection.failedEndpoint) {
            try rehearsal.rescale([.init(variant: "AllTraffic", weight: 2)])
        }
        try rehearsal.delete()
        rehearsal.runUntilIdle()
        #expect(rehearsal.isRemoved)
    }

    @Test func executionLimitRollsBack() throws {
        var profile = ProvisioningProfile.realistic
        profile.provisioning = .seconds(500)
        var rehearsal = try Rehearsal.inService(.one(3), profile: profile)
        try rehearsal.update(to: .one(3, config: "v2"), .given(.canary(wait: 300, termination: 120, limit: 600)))
        rehearsal.runUntilIdle()
        #expect(rehearsal.log.suffix(7) == [
            "600 route AllTraffic/fleet-1=100%", "600 disarm bakeEnds",
            "600 — rolling back: Deployment exceeded MaximumExecutionTimeoutInSeconds of 600 seconds.",
            "600 retire fleet-2×3", "600 unwatch", "600 arm fleetRetired at 660",
            "660 — status InService: Deployment exceeded MaximumExecutionTimeoutInSeconds of 600 seconds.",
        ])
    }

    @Test func renamedVariantWithoutGuardrails() throws {
        var rehearsal = try Rehearsal.inService()
        try rehearsal.update(to: .init(configName: "v2", variants: [.named("Promoted", 1)]))
        rehearsal.runUntilIdle()
        #expect(rehearsal.log.filter { $0.contains("route") } == ["143 route Promoted/fleet-2=100%"])
        #expect(rehearsal.description.productionVariants.map(\.name) == ["Promoted"])
    }

    @Test func callbacksNobodyAwaitsAreHarmless() throws {
        var rehearsal = try Rehearsal.inService()
        let before = rehearsal.endpoint
        for timer in EndpointTimer.allCases {
            #expect(rehearsal.endpoint.timerFired(timer, at: rehearsal.now) == [])
        }
        #expect(rehearsal.endpoint.fleetProvisioned(.healthy, at: rehearsal.now) == [])
        #expect(rehearsal.endpoint.alarmTripped(["high5xx"], at: rehearsal.now) == [])
        #expect(rehearsal.endpoint == before)
    }
}
