import HostingRules
import SimTime
import Testing

/// What DescribeEndpoint shows, spec/hosting.md §A.3–A.5, §B.5 and the checklist §H.
@Suite struct DescribeTests {
    struct Stage: Sendable {
        var at: Double
        /// Current and desired counts of the serving variant.
        var blue: [Int]
        var blueStatus: String?
        /// The same of the pending one; nil while there is none.
        var pending: [Int]?
        var pendingStatus: String?
        /// When the pending status began, in seconds since the request.
        var since: Double?
        var config: EndpointConfigName = "v1"
        var status: EndpointStatus = .updating
    }

    static let baking = "with traffic enabled on"

    @Test(arguments: [
        Stage(at: 0, blue: [3, 3]),
        Stage(at: 2.9, blue: [3, 3]),
        Stage(
            at: 3, blue: [3, 3], pending: [0, 3], pendingStatus: "Creating: Launching 3 instance(s).", since: 3),
        Stage(
            at: 143, blue: [2, 3], pending: [1, 3],
            pendingStatus: "ActivatingTraffic: Activating traffic on canary capacity of 1 instance(s).", since: 143),
        Stage(
            at: 145, blue: [2, 3], pending: [1, 3],
            pendingStatus: "Baking: Baking for 300 seconds (WaitIntervalInSeconds) \(baking) canary capacity of"
                + " 1 instance(s).", since: 145),
        Stage(
            at: 445, blue: [0, 3], pending: [3, 3],
            pendingStatus: "ActivatingTraffic: Activating traffic on full capacity of 3 instance(s).", since: 445),
        Stage(
            at: 447, blue: [0, 3], pending: [3, 3],
            pendingStatus: "Baking: Baking for 120 seconds (TerminationWaitInSeconds) \(baking) full capacity of"
                + " 3 instance(s).", since: 447),
        Stage(at: 567, blue: [0, 3], blueStatus: "Deleting: Terminating 3 instance(s).", pending: [3, 3]),
        Stage(at: 627, blue: [3, 3], config: "v2", status: .inService),
    ])
    func throughACanary(_ row: Stage) throws {
        var rehearsal = try Rehearsal.inService()
        try rehearsal.update(to: .one(3, config: "v2", digest: "bb"), .given(.canary()))
        rehearsal.advance(to: row.at)
        let description = rehearsal.description
        let request = rehearsal.origin
        #expect(description.status == row.status)
        #expect(description.configName == row.config)
        #expect(description.lastDeploymentConfig == #"{"canary":1}"#)
        #expect(description.lastModifiedAt == (row.status == .inService ? request + .seconds(627) : request))
        let blue = try #require(description.productionVariants.first)
        #expect([blue.currentInstanceCount, blue.desiredInstanceCount] == row.blue)
        #expect([blue.currentWeight, blue.desiredWeight] == [1, 1])
        #expect(blue.instanceType == nil)
        #expect(blue.statuses.map { "\($0.phase.rawValue): \($0.message)" } == [row.blueStatus].compactMap(\.self))
        let image = try #require(blue.deployedImages.first)
        #expect(image.resolved?.hasSuffix(row.config == "v1" ? ":aa" : ":bb") == true)
        #expect(row.config == "v1" || image.resolvedAt == request + .milliseconds(300))

        guard let counts = row.pending else {
            #expect(description.pendingDeployment == nil)
            return
        }
        let pending = try #require(description.pendingDeployment)
        #expect(pending.configName == "v2")
        #expect(pending.startedAt == (request + .seconds(3)).floored(to: .seconds(1)))
        let green = try #require(pending.productionVariants.first)
        #expect([green.currentInstanceCount, green.desiredInstanceCount] == counts)
        #expect([green.currentWeight, green.desiredWeight] == [1, 1])
        #expect(green.instanceType == "m5.xlarge")
        #expect(green.statuses.map { "\($0.phase.rawValue): \($0.message)" } == [row.pendingStatus].compactMap(\.self))
        #expect(green.statuses.first?.startedAt
            == row.since.map { (request + .milliseconds(Int64($0 * 1000))).floored(to: .seconds(1)) })
    }

    @Test func whileCreating() throws {
        var rehearsal = try Rehearsal(.one(2), deploymentConfig: .canary(.init(.instanceCount, 1), alarms: []))
        #expect(rehearsal.description.lastModifiedAt == Rehearsal.start)  // Nobody sees the future.
        rehearsal.advance(seconds: 100)
        let description = rehearsal.description
        #expect(description.status == .creating)
        #expect(description.createdAt == Rehearsal.start)
        #expect(description.lastModifiedAt == Rehearsal.start + .milliseconds(400))
        #expect(description.pendingDeployment == nil)
        #expect(description.productionVariants.map(\.currentInstanceCount) == [0])
        #expect(description.productionVariants.flatMap(\.statuses).map(\.message) == ["Launching 2 instance(s)."])
        #expect(rehearsal.endpoint.routing == [])
        // H.13: the configuration is shown, and the creation is not guarded by it.
        rehearsal.advance(seconds: 50)
        #expect(rehearsal.description.status == .inService)
        #expect(rehearsal.description.lastModifiedAt == Rehearsal.start + .seconds(150))
        #expect(rehearsal.description.lastDeploymentConfig == #"{"canary":1}"#)
        #expect(rehearsal.description.productionVariants.flatMap(\.statuses) == [])
    }

    @Test func failureReasonOutlivesTheNextUpdateUntilItSucceeds() throws {
        var rehearsal = try Rehearsal.inService(.one(3, digest: "aa"))
        let before = rehearsal.description.productionVariants
        try rehearsal.update(to: .one(3, config: "v2"), .given(.canary()))
        rehearsal.advance(to: 200)
        rehearsal.ring("high5xx")
        rehearsal.advance(to: 210)
        #expect(rehearsal.description.status == .updating)
        #expect(rehearsal.description.productionVariants.map(\.currentInstanceCount) == [3])
        #expect(rehearsal.description.pendingDeployment?.productionVariants.flatMap(\.statuses).map(\.message)
            == ["Terminating 3 instance(s)."])
        rehearsal.advance(to: 260)
        // H.5: all of it back as it was, but for the reason and the attempted configuration.
        let after = rehearsal.description
        #expect(after.status == .inService)
        #expect(after.configName == "v1")
        #expect(after.productionVariants == before)
        #expect(after.pendingDeployment == nil)
        #expect(after.lastDeploymentConfig == #"{"canary":1}"#)
        #expect(after.lastModifiedAt == rehearsal.origin + .seconds(260))
        let reason = try #require(after.failureReason)
        // H.7
        rehearsal.ringing = []
        try rehearsal.update(to: .one(3, config: "v3"))
        rehearsal.advance(seconds: 100)
        #expect(rehearsal.description.failureReason == reason)
        rehearsal.runUntilIdle()
        #expect(rehearsal.description.failureReason == nil)
        #expect(rehearsal.description.configName == "v3")
    }

    @Test func noConfigurationEverGiven() throws {
        var rehearsal = try Rehearsal.inService()
        try rehearsal.update(to: .one(3, config: "v2"))
        #expect(rehearsal.description.lastDeploymentConfig == nil)
        rehearsal.runUntilIdle()
        #expect(rehearsal.description.lastDeploymentConfig == nil)
        #expect(!rehearsal.log.contains { $0.contains("bak") })  // H.14
    }

    @Test func shadowVariantsAreListedApart() throws {
        var rehearsal = try Rehearsal.inService(
            .init(configName: "v1", variants: [.named("A", 2), .named("S", 1, weight: 0.5, isShadow: true)]))
        #expect(rehearsal.description.productionVariants.map(\.name) == ["A"])
        #expect(rehearsal.description.shadowVariants.map(\.currentWeight) == [0.5])
        // Promoting the shadow, spec/hosting.md §A.6.
        try rehearsal.update(to: .init(configName: "v2", variants: [.named("S", 2)]))
        rehearsal.runUntilIdle()
        #expect(rehearsal.description.productionVariants.map(\.name) == ["S"])
        #expect(rehearsal.description.shadowVariants == [])
    }

    @Test func sameConfigurationAgain() throws {
        var rehearsal = try Rehearsal.inService()
        try rehearsal.update(to: .one(3, config: "v1"))
        rehearsal.runUntilIdle()
        #expect(rehearsal.endpoint.fleets.map(\.id) == [FleetID(2)])
        #expect(rehearsal.description.configName == "v1")
    }
}
