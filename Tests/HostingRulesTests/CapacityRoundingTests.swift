import HostingRules
import Testing

/// spec/hosting.md §B.4.
@Suite struct CapacityRoundingTests {
    struct SizeCase: Sendable {
        var size: CapacitySize
        var total: Int
        var instances: Int
        var steps: Int
    }

    @Test(arguments: [
        SizeCase(size: .init(.instanceCount, 1), total: 3, instances: 1, steps: 3),
        SizeCase(size: .init(.instanceCount, 2), total: 5, instances: 2, steps: 3),
        SizeCase(size: .init(.capacityPercent, 33), total: 3, instances: 1, steps: 3),
        SizeCase(size: .init(.capacityPercent, 5), total: 2, instances: 1, steps: 2),
        SizeCase(size: .init(.capacityPercent, 33), total: 10, instances: 4, steps: 3),
        SizeCase(size: .init(.capacityPercent, 50), total: 3, instances: 2, steps: 2),
        SizeCase(size: .init(.capacityPercent, 10), total: 1, instances: 1, steps: 1),
        SizeCase(size: .init(.capacityPercent, 100), total: 7, instances: 7, steps: 1),
        SizeCase(size: .init(.capacityPercent, 50), total: 0, instances: 0, steps: 1),
    ])
    func sizes(_ row: SizeCase) {
        #expect(row.size.instances(of: row.total) == row.instances)
        #expect(CapacityRounding.steps(of: row.instances, covering: row.total) == row.steps)
    }

    struct BlueCase: Sendable {
        var blue: Int
        var active: Int
        var green: Int
        var left: Int
    }

    @Test(arguments: [
        BlueCase(blue: 3, active: 0, green: 3, left: 3),
        BlueCase(blue: 3, active: 1, green: 3, left: 2),
        BlueCase(blue: 3, active: 3, green: 3, left: 0),
        BlueCase(blue: 4, active: 1, green: 2, left: 2),
        BlueCase(blue: 2, active: 1, green: 4, left: 2),  // 1.5 goes up
        BlueCase(blue: 1, active: 2, green: 3, left: 1),  // its third of the requests needs a machine
        BlueCase(blue: 0, active: 1, green: 3, left: 0),
    ])
    func blueGivesUpWhatGreenTakes(_ row: BlueCase) {
        #expect(
            CapacityRounding.blueActive(blue: row.blue, greenActive: row.active, green: row.green) == row.left)
    }

    @Test func linearStepsOf33PercentOf10() throws {
        let routing = TrafficRouting.linear(step: .init(.capacityPercent, 33), waitSeconds: 60)
        #expect(routing.stepCount(of: 10) == 3)
        #expect((1...3).map { routing.active(afterStep: $0, of: 10) } == [4, 8, 10])
    }

    struct BoundsCase: Sendable {
        var member: CapacityMember
        var size: CapacitySize
        var total: Int
        var isAllowed: Bool
    }

    @Test(arguments: [
        BoundsCase(member: .canarySize, size: .init(.instanceCount, 1), total: 3, isAllowed: true),
        BoundsCase(member: .canarySize, size: .init(.instanceCount, 2), total: 3, isAllowed: false),
        BoundsCase(member: .canarySize, size: .init(.instanceCount, 1), total: 1, isAllowed: false),
        BoundsCase(member: .canarySize, size: .init(.instanceCount, .max), total: 3, isAllowed: false),
        BoundsCase(member: .canarySize, size: .init(.capacityPercent, 50), total: 1, isAllowed: true),
        BoundsCase(member: .canarySize, size: .init(.capacityPercent, 51), total: 10, isAllowed: false),
        BoundsCase(member: .linearStepSize, size: .init(.instanceCount, 1), total: 2, isAllowed: true),
        BoundsCase(member: .linearStepSize, size: .init(.capacityPercent, 9), total: 10, isAllowed: false),
        BoundsCase(member: .linearStepSize, size: .init(.instanceCount, 1), total: 11, isAllowed: false),
        BoundsCase(member: .maximumBatchSize, size: .init(.capacityPercent, 5), total: 2, isAllowed: true),
        BoundsCase(member: .maximumBatchSize, size: .init(.capacityPercent, 4), total: 2, isAllowed: false),
        BoundsCase(member: .maximumBatchSize, size: .init(.instanceCount, 3), total: 4, isAllowed: false),
        BoundsCase(member: .rollbackMaximumBatchSize, size: .init(.capacityPercent, 100), total: 4, isAllowed: true),
        BoundsCase(member: .rollbackMaximumBatchSize, size: .init(.instanceCount, 0), total: 4, isAllowed: false),
    ])
    func bounds(_ row: BoundsCase) {
        #expect(row.size.lies(within: row.member.allowedPercent, of: row.total) == row.isAllowed)
    }
}
