import Foundation
import HostingRules
import SimTime
import Testing

/// Copies come, go and are replaced: transcripts in seconds of the realistic profile.
@Suite struct InferenceComponentTests {
    static let alarmReason =
        "One or more configured alarm for automatic rollback deployment is in ALARM state: [a]."

    static func rolling(
        _ batch: CopySize, wait: Int = 60, limit: Int? = nil, rollback: CopySize? = nil, alarms: [AlarmName] = []
    ) -> ComponentDeploymentConfig {
        ComponentDeploymentConfig(
            maximumBatchSize: batch, waitSeconds: wait, maximumExecutionTimeoutSeconds: limit,
            rollbackMaximumBatchSize: rollback, alarms: alarms, json: "{}")
    }

    @Test func creation() throws {
        var rehearsal = try ComponentRehearsal(copies: 2)
        #expect(rehearsal.component.status == .creating && rehearsal.serving.isEmpty)
        rehearsal.runUntilIdle()
        #expect(rehearsal.log == ["0 Creating", "0 place 2", "0 arm copiesReady at 140", "140 InService"])
        #expect(rehearsal.serving == [1: 2])
        #expect(rehearsal.component.lastModifiedAt == rehearsal.now)
    }

    @Test func failedCreations() throws {
        var full = try ComponentRehearsal(copies: 3, room: 2)
        full.runUntilIdle()
        #expect(full.component.status == .failed && full.component.failureReason == "no room")
        #expect(full.component.copies.isEmpty)
        var sick = try ComponentRehearsal(copies: 1, failures: ["sick"])
        sick.runUntilIdle()
        #expect(sick.component.status == .failed && sick.component.failureReason == "sick")
        // A failed one can be updated into service, or deleted.
        sick.clear()
        try sick.update(to: 2)
        sick.runUntilIdle()
        #expect(sick.component.status == .inService && sick.serving == [2: 1])
        #expect(sick.component.failureReason == nil)
        try full.delete()
        full.runUntilIdle()
        #expect(full.isRemoved)
        #expect(throws: ComponentRejection.noCopies) { _ = try ComponentRehearsal(copies: 0) }
        #expect(throws: ComponentRejection.copyCountOutOfBounds(1001)) { _ = try ComponentRehearsal(copies: 1001) }
    }

    @Test func scaling() throws {
        var rehearsal = try ComponentRehearsal.inService(copies: 2)
        try rehearsal.setCopyCount(4)
        rehearsal.runUntilIdle()
        try rehearsal.setCopyCount(1)
        #expect(rehearsal.serving == [1: 1])
        rehearsal.runUntilIdle()
        try rehearsal.setCopyCount(0)
        rehearsal.runUntilIdle()
        #expect(rehearsal.log == [
            "0 Updating", "0 place 2", "0 arm copiesReady at 140", "140 InService",
            "140 arm copiesRetired at 200", "140 Updating", "200 InService",
            "200 arm copiesRetired at 260", "200 Updating", "260 InService",
        ])
        #expect(rehearsal.component.copies.isEmpty && rehearsal.component.desiredCopyCount == 0)
        try rehearsal.setCopyCount(1)
        rehearsal.runUntilIdle()
        #expect(rehearsal.serving == [1: 1])
    }

    @Test func aScaleOutThatFailsKeepsWhatServes() throws {
        var rehearsal = try ComponentRehearsal.inService(copies: 2, room: 3)
        try rehearsal.setCopyCount(5)
        #expect(rehearsal.component.status == .inService)
        #expect(rehearsal.component.failureReason == "no room")
        #expect(rehearsal.component.desiredCopyCount == 2 && rehearsal.serving == [1: 2])
        rehearsal.failures = ["sick"]
        try rehearsal.setCopyCount(3)
        rehearsal.runUntilIdle()
        #expect(rehearsal.component.failureReason == "sick" && rehearsal.serving == [1: 2])
        try rehearsal.setCopyCount(3)
        rehearsal.runUntilIdle()
        #expect(rehearsal.component.failureReason == nil && rehearsal.serving == [1: 3])
    }

    @Test func rollingBatchAfterBatch() throws {
        var rehearsal = try ComponentRehearsal.inService(copies: 3)
        try rehearsal.update(to: 2, Self.rolling(.init(.copyCount, 1), limit: 3600, alarms: ["a"]))
        rehearsal.runUntilIdle()
        #expect(rehearsal.log == [
            "0 arm executionLimit at 3600", "0 Updating", "0 place 1", "0 arm copiesReady at 140",
            "140 arm bakeEnds at 200", "140 check [a]", "200 arm copiesRetired at 260",
            "260 place 1", "260 arm copiesReady at 400", "400 arm bakeEnds at 460", "460 arm copiesRetired at 520",
            "520 place 1", "520 arm copiesReady at 660", "660 arm bakeEnds at 720", "720 arm copiesRetired at 780",
            "780 disarm executionLimit", "780 InService",
        ])
        #expect(rehearsal.serving == [2: 3] && rehearsal.component.revision == 2)
        #expect(rehearsal.component.lastDeploymentConfig?.json == "{}")
    }

    @Test func anAlarmBringsTheOldCopiesBack() throws {
        var rehearsal = try ComponentRehearsal.inService(copies: 4)
        try rehearsal.update(
            to: 2, Self.rolling(.init(.capacityPercent, 50), rollback: .init(.copyCount, 1), alarms: ["a"]))
        rehearsal.advance(to: 300)  // two old copies are gone, the second batch starts
        #expect(rehearsal.serving == [1: 2, 2: 2])
        rehearsal.clear()
        rehearsal.ring("a")
        rehearsal.runUntilIdle()
        #expect(rehearsal.component.status == .inService && rehearsal.component.revision == 1)
        #expect(rehearsal.component.failureReason == Self.alarmReason)
        #expect(rehearsal.serving == [1: 4])
        #expect(rehearsal.log.filter { $0.contains("place") }.map { $0.suffix(7) } == ["place 1", "place 1"])
    }

    @Test func anAlarmBeforeTheFirstBatchServesDoesNotCountAndOneThatRingsAlreadyDoes() throws {
        var rehearsal = try ComponentRehearsal.inService(copies: 2)
        try rehearsal.update(to: 2, Self.rolling(.init(.copyCount, 1), alarms: ["a"]))
        rehearsal.ring("a")
        #expect(rehearsal.serving == [1: 2] && !rehearsal.log.contains { $0.contains("rolling back") })
        rehearsal.runUntilIdle()
        #expect(rehearsal.log.contains("140 rolling back") && rehearsal.serving == [1: 2])
        #expect(rehearsal.component.failureReason == Self.alarmReason)
    }

    @Test func theTimeLimitAndAFailingBatchRollBack() throws {
        var late = try ComponentRehearsal.inService(copies: 4)
        try late.update(to: 2, Self.rolling(.init(.copyCount, 1), wait: 300, limit: 600))
        late.runUntilIdle()
        #expect(late.component.failureReason
            == "Deployment exceeded MaximumExecutionTimeoutInSeconds of 600 seconds.")
        #expect(late.serving == [1: 4])
        var sick = try ComponentRehearsal.inService(copies: 4)
        sick.failures = [nil, "sick"]
        try sick.update(to: 2, Self.rolling(.init(.copyCount, 2)))
        sick.runUntilIdle()
        #expect(sick.component.failureReason == "sick" && sick.serving == [1: 4])
    }

    @Test func aRollbackThatFailsLeavesAMix() throws {
        var rehearsal = try ComponentRehearsal.inService(copies: 4)
        rehearsal.failures = [nil, "sick", "sicker"]
        try rehearsal.update(to: 2, Self.rolling(.init(.copyCount, 2)))
        rehearsal.runUntilIdle()
        #expect(rehearsal.component.status == .failed)
        #expect(rehearsal.component.failureReason == "sick The rollback failed: sicker")
        #expect(rehearsal.serving == [1: 2, 2: 2])
        try rehearsal.update(to: 3)
        rehearsal.runUntilIdle()
        #expect(rehearsal.component.status == .inService)
    }

    @Test func withoutAPolicyOldCopiesMakeRoomWhenTheyMust() throws {
        var roomy = try ComponentRehearsal.inService(copies: 2)
        try roomy.update(to: 2)
        roomy.advance(to: 100)
        #expect(roomy.serving == [1: 2])  // The old ones serve while the new ones start.
        roomy.runUntilIdle()
        #expect(roomy.serving == [2: 2])
        var full = try ComponentRehearsal.inService(copies: 2, room: 2)
        try full.update(to: 2)
        #expect(full.serving == [:])
        full.runUntilIdle()
        #expect(full.serving == [2: 2] && full.component.failureReason == nil)
        // With a policy, nobody said that there may be fewer.
        try full.update(to: 3, Self.rolling(.init(.copyCount, 1)))
        full.runUntilIdle()
        #expect(full.serving == [2: 2] && full.component.failureReason == "no room")
    }

    @Test func copiesAndSpecificationChangeTogether() throws {
        for (old, new) in [(2, 5), (5, 2), (1, 1), (3, 0)] {
            var rehearsal = try ComponentRehearsal.inService(copies: old)
            try rehearsal.update(to: 2, copies: new, Self.rolling(.init(.capacityPercent, 50), wait: 0))
            rehearsal.runUntilIdle()
            #expect(rehearsal.component.status == .inService, "\(old) to \(new)")
            #expect(rehearsal.serving[2] ?? 0 == new && rehearsal.serving[1] == nil, "\(old) to \(new)")
        }
    }

    @Test func lostMachinesAreMadeGood() throws {
        var rehearsal = try ComponentRehearsal.inService(copies: 3)
        let kept = Set(rehearsal.component.copies.prefix(1).map(\.machine))
        rehearsal.loseMachines(except: kept)
        #expect(rehearsal.component.status == .inService && rehearsal.serving == [1: 3])
        #expect(rehearsal.log == ["0 place 2"])
        // While copies start, those that are lost start again.
        try rehearsal.setCopyCount(4)
        rehearsal.advance(to: 100)
        rehearsal.loseMachines(except: Set(rehearsal.component.copies.prefix(3).map(\.machine)))
        rehearsal.runUntilIdle()
        #expect(rehearsal.serving == [1: 4] && rehearsal.now == rehearsal.origin + .seconds(240))
    }

    @Test func busyComponentsRefuseEverything() throws {
        var creating = try ComponentRehearsal(copies: 1)
        var updating = try ComponentRehearsal.inService()
        try updating.setCopyCount(5)
        var deleting = try ComponentRehearsal.inService()
        try deleting.delete()
        for (status, rehearsal) in [
            (ComponentStatus.creating, creating), (.updating, updating), (.deleting, deleting),
        ] {
            var rehearsal = rehearsal
            let busy = ComponentRejection.busy(status)
            #expect(throws: busy) { try rehearsal.setCopyCount(2) }
            #expect(throws: busy) { try rehearsal.update(to: 2) }
            #expect(throws: busy) { try rehearsal.delete() }
        }
        creating.runUntilIdle()
        #expect(throws: ComponentRejection.batchOutOfBounds("MaximumBatchSize", .init(.capacityPercent, 51), copies: 1)) {
            try creating.update(to: 2, Self.rolling(.init(.capacityPercent, 51)))
        }
        updating.runUntilIdle()
        #expect(throws: ComponentRejection.batchOutOfBounds("MaximumBatchSize", .init(.copyCount, 3), copies: 5)) {
            try updating.update(to: 2, Self.rolling(.init(.copyCount, 3)))
        }
    }

    /// Random requests, alarms, failures and losses: every change ends, and what is in service is as desired.
    @Test(arguments: 1...200)
    func randomRun(seed: Int) throws {
        var random = SeededRandom(seed: UInt64(seed))
        var rehearsal = try ComponentRehearsal.inService(copies: Int.random(in: 1...6, using: &random))
        for revision in 2...9 {
            rehearsal.ringing = []
            rehearsal.room = Int.random(in: 0..<4, using: &random) == 0 ? 8 : nil
            rehearsal.failures = (0..<4).map { _ in Int.random(in: 0..<5, using: &random) == 0 ? "sick" : nil }
            do {
                if Bool.random(using: &random) {
                    try rehearsal.setCopyCount(Int.random(in: 0...8, using: &random))
                } else {
                    let config = Self.rolling(
                        .init(.capacityPercent, Int.random(in: 5...50, using: &random)),
                        wait: [0, 60].randomElement(using: &random) ?? 0, alarms: ["a"])
                    try rehearsal.update(
                        to: revision, copies: Bool.random(using: &random) ? Int.random(in: 0...8, using: &random) : nil,
                        Bool.random(using: &random) ? config : nil)
                }
            } catch is ComponentRejection { continue }
            var steps = 0
            while rehearsal.step(), steps < 300 {
                steps += 1
                if Int.random(in: 0..<12, using: &random) == 0 { rehearsal.ring("a") }
                if Int.random(in: 0..<12, using: &random) == 0 {
                    rehearsal.loseMachines(except: Set(rehearsal.component.copies.dropLast().map(\.machine)))
                }
                let data = try JSONEncoder().encode(rehearsal.component)
                let read = try JSONDecoder().decode(InferenceComponent.self, from: data)
                #expect(read == rehearsal.component)
            }
            let component = rehearsal.component
            #expect(steps < 300 && [.inService, .failed].contains(component.status), "seed \(seed) \(rehearsal.log.suffix(20))")
            #expect(component.timers.isEmpty, "seed \(seed)")
            if component.status == .inService, rehearsal.room == nil {
                #expect(rehearsal.serving == (component.desiredCopyCount == 0
                    ? [:] : [component.revision: component.desiredCopyCount]), "seed \(seed) \(rehearsal.log.suffix(20))")
            }
        }
    }
}

/// Machines, what they offer, and who goes where.
@Suite struct ComponentPlacementTests {
    struct Resources: Sendable {
        var instanceType: String
        var cores: Double
        var gibibytes: Int
        var accelerators: Double
    }

    @Test(arguments: [
        Resources(instanceType: "ml.m5.xlarge", cores: 4, gibibytes: 16, accelerators: 0),
        Resources(instanceType: "ml.c5.18xlarge", cores: 72, gibibytes: 144, accelerators: 0),
        Resources(instanceType: "ml.r5.large", cores: 2, gibibytes: 16, accelerators: 0),
        Resources(instanceType: "ml.g5.xlarge", cores: 4, gibibytes: 16, accelerators: 1),
        Resources(instanceType: "ml.g5.12xlarge", cores: 48, gibibytes: 192, accelerators: 4),
        Resources(instanceType: "ml.g5.16xlarge", cores: 64, gibibytes: 256, accelerators: 1),
        Resources(instanceType: "ml.g5.48xlarge", cores: 192, gibibytes: 768, accelerators: 8),
        Resources(instanceType: "ml.p3.2xlarge", cores: 8, gibibytes: 61, accelerators: 1),
        Resources(instanceType: "ml.p4d.24xlarge", cores: 96, gibibytes: 1152, accelerators: 8),
        Resources(instanceType: "ml.inf2.24xlarge", cores: 96, gibibytes: 384, accelerators: 6),
        Resources(instanceType: "ml.trn1.32xlarge", cores: 128, gibibytes: 512, accelerators: 16),
        Resources(instanceType: "nonsense", cores: 2, gibibytes: 8, accelerators: 0),
    ])
    func typesOffer(_ row: Resources) {
        #expect(InstanceResources(instanceType: row.instanceType) == InstanceResources(
            cpuCores: row.cores, memoryInMB: row.gibibytes * 1024, accelerators: row.accelerators))
    }

    static let two: [(id: InstanceID, resources: InstanceResources)] = [
        ("m1", .init(cpuCores: 4, memoryInMB: 16_384, accelerators: 1)),
        ("m2", .init(cpuCores: 4, memoryInMB: 16_384, accelerators: 1)),
    ]

    struct Case: Sendable {
        var strategy: ComponentPlacement.Strategy
        var demand: ComponentDemand
        var machines: [InstanceID]
    }

    @Test(arguments: [
        Case(strategy: .spread, demand: .init(cpuCores: 1, memoryInMB: 4096), machines: ["m1", "m2", "m1", "m2", "m1"]),
        Case(strategy: .binpack, demand: .init(cpuCores: 1, memoryInMB: 4096), machines: ["m1", "m1", "m1", "m1", "m2"]),
        Case(strategy: .spread, demand: .init(memoryInMB: 1024, accelerators: 1), machines: ["m1", "m2"]),
        Case(strategy: .spread, demand: .init(cpuCores: 3, memoryInMB: 128), machines: ["m1", "m2"]),
        Case(strategy: .spread, demand: .init(memoryInMB: 16_385), machines: []),
        Case(strategy: .binpack, demand: .init(cpuCores: 4.5, memoryInMB: 1), machines: []),
    ])
    func copiesGo(_ row: Case) {
        var placement = ComponentPlacement(Self.two)
        var machines: [InstanceID] = []
        while machines.count < 5, let machine = placement.place("a", row.demand, row.strategy) { machines.append(machine) }
        #expect(machines == row.machines)
    }

    @Test func othersTakeRoomAndEmptyMachinesAreKnown() {
        var placement = ComponentPlacement(Self.two)
        placement.occupy("m1", by: "b", .init(memoryInMB: 12_000))
        placement.occupy("gone", by: "b", .init(memoryInMB: 12_000))
        #expect(placement.emptyMachines == ["m2"])
        #expect(placement.place("a", .init(memoryInMB: 8000), .binpack) == "m2")
        #expect(placement.place("a", .init(memoryInMB: 4000), .spread) == "m1")
        #expect(placement.emptyMachines.isEmpty)
    }
}
