import HostingRules
import SimTime
import Testing

/// The sequences of spec/hosting.md §C, as transcripts: seconds, then the action.
@Suite struct RollingTests {
    @Test func batchAfterBatch() throws {
        var rehearsal = try Rehearsal.inService(.one(3))
        try rehearsal.update(
            to: .one(3, config: "v2"), .given(.rolling(.init(.instanceCount, 1), limit: 3600, alarms: ["a"])))
        rehearsal.advance(to: 300)
        #expect(rehearsal.log == [
            "0 arm workflowStart at 3", "0 arm executionLimit at 3600", "0 — status Updating",
            "3 — provisioning 1 instance(s)", "3 provision fleet-2×1", "3 arm fleetReady at 143",
            "143 probe fleet-2×1",
            "143 route AllTraffic/fleet-1=75% AllTraffic/fleet-2=25%", "143 — activating traffic, step 1 of 3",
            "143 — traffic AllTraffic: green 1 of 3, blue 3", "143 watch [a]", "143 arm trafficSwitched at 145",
            "143 check [a]",
            "145 — baking for 60 seconds", "145 arm bakeEnds at 205", "145 check [a]",
            "205 route AllTraffic/fleet-1=67% AllTraffic/fleet-2=33%", "205 — retiring 1 instance(s)",
            "205 retire fleet-1×1", "205 — traffic AllTraffic: green 1 of 3, blue 2", "205 arm fleetRetired at 265",
            "205 check [a]",
            "265 — provisioning 1 instance(s)", "265 provision fleet-2×1", "265 arm fleetReady at 405",
        ])
        rehearsal.runUntilIdle()
        #expect(rehearsal.log.filter { $0.contains("— traffic") } == [
            "143 — traffic AllTraffic: green 1 of 3, blue 3", "205 — traffic AllTraffic: green 1 of 3, blue 2",
            "405 — traffic AllTraffic: green 2 of 3, blue 2", "467 — traffic AllTraffic: green 2 of 3, blue 1",
            "667 — traffic AllTraffic: green 3 of 3, blue 1", "729 — traffic AllTraffic: green 3 of 3, blue 0",
        ])
        #expect(rehearsal.log.suffix(8) == [
            "729 route AllTraffic/fleet-2=100%", "729 unwatch", "729 disarm executionLimit",
            "729 — retiring 1 instance(s)", "729 retire fleet-1×1", "729 — traffic AllTraffic: green 3 of 3, blue 0",
            "729 arm fleetRetired at 789", "789 — status InService",
        ])
        #expect(rehearsal.endpoint.configName == "v2")
        #expect(rehearsal.endpoint.failureReason == nil)
    }

    @Test func growingAndShrinking() throws {
        for (old, new) in [(2, 4), (4, 2), (1, 3), (5, 1)] {
            var rehearsal = try Rehearsal.inService(.one(old))
            try rehearsal.update(to: .one(new, config: "v2"), .given(.rolling(.init(.capacityPercent, 50))))
            rehearsal.runUntilIdle()
            #expect(rehearsal.endpoint.fleets.map { $0.count(.serving) } == [new])
            #expect(rehearsal.endpoint.status == .inService)
        }
    }

    static let alarmReason =
        "One or more configured alarm for automatic rollback deployment is in ALARM state: [a]."

    @Test func alarmInTheFirstBakeNeedsNoNewMachines() throws {
        var rehearsal = try Rehearsal.inService(.one(4))
        try rehearsal.update(to: .one(4, config: "v2"), .given(.rolling(.init(.instanceCount, 1), alarms: ["a"])))
        rehearsal.advance(to: 150)
        rehearsal.log = []
        rehearsal.ring("a")
        rehearsal.runUntilIdle()
        #expect(rehearsal.log == [
            "150 route AllTraffic/fleet-1=100%", "150 disarm bakeEnds", "150 — rolling back: \(Self.alarmReason)",
            "150 unwatch", "150 retire fleet-2×1", "150 — retiring 1 instance(s)", "150 arm fleetRetired at 210",
            "210 — status InService: \(Self.alarmReason)",
        ])
    }

    @Test func laterAlarmRestoresTheOldCapacityAtOnce() throws {
        var rehearsal = try Rehearsal.inService(.one(4))
        try rehearsal.update(to: .one(4, config: "v2"), .given(.rolling(.init(.instanceCount, 2), alarms: ["a"])))
        rehearsal.advance(to: 406)  // The second batch has just got traffic: two blue machines are gone.
        rehearsal.log = []
        rehearsal.ring("a")
        rehearsal.runUntilIdle()
        #expect(rehearsal.log == [
            "406 disarm trafficSwitched", "406 — rolling back: \(Self.alarmReason)", "406 unwatch",
            "406 — restoring 2 instance(s)", "406 provision fleet-1×2", "406 arm fleetReady at 546",
            "546 probe fleet-1×2",
            "546 route AllTraffic/fleet-1=100%", "546 — traffic AllTraffic: green 0 of 4, blue 4",
            "546 arm trafficSwitched at 548",
            "548 retire fleet-2×4", "548 — retiring 4 instance(s)", "548 arm fleetRetired at 608",
            "608 — status InService: \(Self.alarmReason)",
        ])
        #expect(rehearsal.endpoint.configName == "v1")
    }

    @Test func rollbackInBatches() throws {
        var rehearsal = try Rehearsal.inService(.one(4))
        try rehearsal.update(
            to: .one(4, config: "v2"),
            .given(.rolling(.init(.instanceCount, 2), rollback: .init(.instanceCount, 1), alarms: ["a"])))
        rehearsal.advance(to: 406)
        rehearsal.log = []
        rehearsal.ring("a")
        rehearsal.runUntilIdle()
        let batches = rehearsal.log.filter { line in ["traffic ", "retire", "provision"].contains(where: line.contains) }
        #expect(batches == [
            "406 provision fleet-1×1", "546 — traffic AllTraffic: green 2 of 4, blue 3", "548 retire fleet-2×2",
            "608 provision fleet-1×1", "748 — traffic AllTraffic: green 0 of 4, blue 4", "750 retire fleet-2×2",
        ])
        #expect(rehearsal.endpoint.status == .inService)
        #expect(rehearsal.endpoint.fleets.map { $0.count(.serving) } == [4])
    }

    @Test func failedRollbackLeavesAMixAndAnUpdateRepairsIt() throws {
        var rehearsal = try Rehearsal.inService(.one(4))
        try rehearsal.update(to: .one(4, config: "v2"), .given(.rolling(.init(.instanceCount, 2), alarms: ["a"])))
        rehearsal.advance(to: 406)
        rehearsal.outcomes = [.failed(.insufficientCapacity)]
        rehearsal.ring("a")
        rehearsal.runUntilIdle()
        #expect(rehearsal.endpoint.status == .updateRollbackFailed)
        #expect(rehearsal.endpoint.configName == "v1")
        #expect(rehearsal.endpoint.routing.flatMap(\.fleets).map(\.active.count) == [2, 4])
        #expect(rehearsal.description.productionVariants.map(\.currentInstanceCount) == [6])
        #expect(rehearsal.description.failureReason?.contains("The rollback failed: Unable to provision") == true)
        #expect(throws: EndpointRejection.busy(.updateRollbackFailed)) {
            try rehearsal.rescale([.init(variant: "AllTraffic", weight: 2)])
        }
        // A failing repair ends where it began.
        rehearsal.outcomes = [.failed(.insufficientCapacity)]
        try rehearsal.update(to: .one(4, config: "v3"))
        rehearsal.runUntilIdle()
        #expect(rehearsal.endpoint.status == .updateRollbackFailed)
        #expect(rehearsal.endpoint.routing.flatMap(\.fleets).map(\.active.count) == [2, 4])
        // A good one, with any policy, ends it.
        for config in [try DeploymentConfig.rolling(.init(.instanceCount, 2)), try .canary(), nil] {
            var repaired = rehearsal
            try repaired.update(to: .one(4, config: "v4"), config.map { .given($0) } ?? .unguarded)
            repaired.runUntilIdle()
            #expect(repaired.endpoint.status == .inService)
            #expect(repaired.endpoint.failureReason == nil)
            #expect(repaired.description.productionVariants.map(\.currentInstanceCount) == [4])
        }
        try rehearsal.delete()
        rehearsal.runUntilIdle()
        #expect(rehearsal.isRemoved)
    }

    @Test func failedLaunchOfALaterBatch() throws {
        var rehearsal = try Rehearsal.inService(.one(2))
        rehearsal.outcomes = [.healthy, .failed(.pingFailed("AllTraffic"))]
        try rehearsal.update(to: .one(2, config: "v2"), .given(.rolling(.init(.instanceCount, 1))))
        rehearsal.runUntilIdle()
        #expect(rehearsal.endpoint.status == .inService)
        #expect(rehearsal.endpoint.configName == "v1")
        #expect(rehearsal.endpoint.fleets.map { $0.count(.serving) } == [2])
        #expect(rehearsal.endpoint.failureReason?.hasPrefix("The primary container") == true)
    }

    @Test func executionLimit() throws {
        var rehearsal = try Rehearsal.inService(.one(4))
        try rehearsal.update(
            to: .one(4, config: "v2"), .given(.rolling(.init(.instanceCount, 1), wait: 100, limit: 600)))
        rehearsal.runUntilIdle()
        #expect(rehearsal.endpoint.failureReason
            == "Deployment exceeded MaximumExecutionTimeoutInSeconds of 600 seconds.")
        #expect(rehearsal.endpoint.fleets.map { $0.count(.serving) } == [4])
    }

    struct Stage: Sendable {
        var at: Double
        var blue: [Int]
        var pending: [Int?]?
        var pendingStatus: String?
        var blueStatus: String?
    }

    @Test(arguments: [
        Stage(at: 1, blue: [2, 2]),
        Stage(at: 10, blue: [2, 2], pending: [0, 2], pendingStatus: "Creating Launching 1 instance(s)."),
        Stage(
            at: 144, blue: [2, 2], pending: [1, 2],
            pendingStatus: "ActivatingTraffic Activating traffic on canary capacity of 1 instance(s)."),
        Stage(
            at: 150, blue: [2, 2], pending: [1, 2],
            pendingStatus: "Baking Baking for 60 seconds (WaitIntervalInSeconds) with traffic enabled"
                + " on canary capacity of 1 instance(s)."),
        Stage(at: 210, blue: [1, 1], pending: [1, 2], blueStatus: "Deleting Terminating 1 instance(s)."),
        Stage(at: 300, blue: [1, 1], pending: [1, 2], pendingStatus: "Creating Launching 1 instance(s)."),
        Stage(
            at: 410, blue: [1, 1], pending: [2, 2],
            pendingStatus: "Baking Baking for 60 seconds (WaitIntervalInSeconds) with traffic enabled"
                + " on full capacity of 2 instance(s)."),
        Stage(at: 470, blue: [0, 0], pending: [2, 2], blueStatus: "Deleting Terminating 1 instance(s)."),
        Stage(at: 530, blue: [2, 2]),
    ])
    func described(_ row: Stage) throws {
        var rehearsal = try Rehearsal.inService(.one(2))
        try rehearsal.update(to: .one(2, config: "v2"), .given(.rolling(.init(.instanceCount, 1))))
        rehearsal.advance(to: row.at)
        let description = rehearsal.description
        let blue = try #require(description.productionVariants.first)
        #expect([blue.currentInstanceCount, blue.desiredInstanceCount] == row.blue)
        #expect(blue.statuses.map { "\($0.phase.rawValue) \($0.message)" } == [row.blueStatus].compactMap(\.self))
        let pending = description.pendingDeployment?.productionVariants.first
        #expect([pending?.currentInstanceCount, pending?.desiredInstanceCount] == row.pending ?? [nil, nil])
        #expect((pending?.statuses ?? []).map { "\($0.phase.rawValue) \($0.message)" }
            == [row.pendingStatus].compactMap(\.self))
    }
}
