import HostingRules
import Testing

/// Which configurations are refused, spec/hosting.md §B.1, §B.2, §C, §G.3.
@Suite struct DeploymentPolicyTests {
    struct DraftCase: Sendable {
        var draft: DeploymentConfigDraft
        var rejection: DeploymentPolicyRejection?
    }

    static let one = CapacitySize(.instanceCount, 1)

    @Test(arguments: [
        DraftCase(draft: .init(json: "{}"), rejection: nil),
        DraftCase(draft: .init(blueGreen: .init(type: .allAtOnce), json: "{}"), rejection: nil),
        DraftCase(
            draft: .init(
                blueGreen: .init(type: .allAtOnce),
                rolling: .init(maximumBatchSize: one, waitIntervalSeconds: 0), json: ""),
            rejection: .bothPolicies),
        DraftCase(draft: .init(alarms: ["a"], json: ""), rejection: .alarmsWithoutPolicy),
        DraftCase(
            draft: .init(blueGreen: .init(type: .canary), json: ""), rejection: .sizeMissing(.canarySize, .canary)),
        DraftCase(
            draft: .init(blueGreen: .init(type: .linear), json: ""), rejection: .sizeMissing(.linearStepSize, .linear)),
        DraftCase(
            draft: .init(blueGreen: .init(type: .allAtOnce, canarySize: one), json: ""),
            rejection: .sizeSuperfluous(.canarySize, .allAtOnce)),
        DraftCase(
            draft: .init(blueGreen: .init(type: .allAtOnce, linearStepSize: one), json: ""),
            rejection: .sizeSuperfluous(.linearStepSize, .allAtOnce)),
        DraftCase(
            draft: .init(blueGreen: .init(type: .canary, canarySize: one, linearStepSize: one), json: ""),
            rejection: .sizeSuperfluous(.linearStepSize, .canary)),
        DraftCase(
            draft: .init(blueGreen: .init(type: .linear, canarySize: one, linearStepSize: one), json: ""),
            rejection: .sizeSuperfluous(.canarySize, .linear)),
        DraftCase(
            draft: .init(blueGreen: .init(type: .canary, waitIntervalSeconds: 3601, canarySize: one), json: ""),
            rejection: .secondsOutOfBounds(.waitIntervalInSeconds, seconds: 3601)),
        DraftCase(
            draft: .init(blueGreen: .init(type: .allAtOnce, terminationWaitSeconds: -1), json: ""),
            rejection: .secondsOutOfBounds(.terminationWaitInSeconds, seconds: -1)),
        DraftCase(
            draft: .init(blueGreen: .init(type: .allAtOnce, maximumExecutionTimeoutSeconds: 599), json: ""),
            rejection: .secondsOutOfBounds(.maximumExecutionTimeoutInSeconds, seconds: 599)),
        DraftCase(
            draft: .init(
                rolling: .init(maximumBatchSize: one, waitIntervalSeconds: 0, maximumExecutionTimeoutSeconds: 28_801),
                json: ""),
            rejection: .secondsOutOfBounds(.maximumExecutionTimeoutInSeconds, seconds: 28_801)),
        DraftCase(
            draft: .init(rolling: .init(maximumBatchSize: one, waitIntervalSeconds: .max), json: ""),
            rejection: .secondsOutOfBounds(.waitIntervalInSeconds, seconds: .max)),
    ])
    func drafts(_ row: DraftCase) {
        var thrown: DeploymentPolicyRejection?
        do { _ = try DeploymentConfig(row.draft) } catch { thrown = error }
        #expect(thrown == row.rejection)
    }

    struct UpdateCase: Sendable {
        var plan: EndpointPlan
        var config: @Sendable () throws -> DeploymentConfig
        var rejection: DeploymentPolicyRejection?
    }

    static let shadowed = EndpointPlan(
        configName: "v2", variants: [.named("AllTraffic", 3), .named("S", 3, isShadow: true)])
    static let two = EndpointPlan(configName: "v2", variants: [.named("A", 4), .named("B", 2)])

    @Test(arguments: [
        UpdateCase(plan: .one(3), config: { try .canary() }),
        UpdateCase(
            plan: .one(3), config: { try .canary(.init(.instanceCount, 2)) },
            rejection: .sizeOutOfBounds(
                .canarySize, .init(.instanceCount, 2), variant: "AllTraffic", isShadow: false, instanceCount: 3)),
        UpdateCase(
            plan: .one(20), config: { try .linear(.init(.capacityPercent, 60)) },
            rejection: .sizeOutOfBounds(
                .linearStepSize, .init(.capacityPercent, 60), variant: "AllTraffic", isShadow: false, instanceCount: 20)),
        UpdateCase(plan: .one(2), config: { try .linear(.init(.instanceCount, 1)) }),
        UpdateCase(plan: .one(2), config: { try .rolling(.init(.capacityPercent, 5)) }),
        UpdateCase(
            plan: .one(4), config: { try .rolling(.init(.instanceCount, 3)) },
            rejection: .sizeOutOfBounds(
                .maximumBatchSize, .init(.instanceCount, 3), variant: "AllTraffic", isShadow: false, instanceCount: 4)),
        UpdateCase(
            plan: .one(4), config: { try .rolling(.init(.instanceCount, 1), rollback: .init(.instanceCount, 5)) },
            rejection: .sizeOutOfBounds(
                .rollbackMaximumBatchSize, .init(.instanceCount, 5), variant: "AllTraffic", isShadow: false, instanceCount: 4)),
        UpdateCase(
            plan: .one(3), config: { try .canary(wait: 600, termination: 120, limit: 600) },
            rejection: .executionLimitBelowWaits(limitSeconds: 600, waitsSeconds: 720)),
        UpdateCase(
            plan: .one(4), config: { try .rolling(.init(.instanceCount, 1), wait: 200, limit: 700) },
            rejection: .executionLimitBelowWaits(limitSeconds: 700, waitsSeconds: 800)),
        UpdateCase(
            plan: two, config: { try .canary() },
            rejection: .variantNamesDiffer(current: ["AllTraffic"], new: ["A", "B"])),
        UpdateCase(
            plan: two, config: { try .rolling(.init(.instanceCount, 1)) },
            rejection: .rollingSeveralVariants(production: 2, shadows: 0)),
        UpdateCase(
            plan: .init(configName: "v2", variants: [.named("B", 4)]),
            config: { try .rolling(.init(.instanceCount, 1)) },
            rejection: .variantNamesDiffer(current: ["AllTraffic"], new: ["B"])),
        UpdateCase(
            plan: shadowed, config: { try .canary() },
            rejection: .shadowNamesDiffer(current: [], new: ["S"])),
        UpdateCase(
            plan: shadowed, config: { try .rolling(.init(.instanceCount, 1)) },
            rejection: .rollingSeveralVariants(production: 1, shadows: 1)),
        UpdateCase(
            plan: .init(configName: "v2", variants: [.named("B", 3), .named("AllTraffic", 3, isShadow: true)]),
            config: { try .canary() }, rejection: .variantNamesDiffer(current: ["AllTraffic"], new: ["B"])),
    ])
    func judgedAgainstTheFleets(_ row: UpdateCase) throws {
        var rehearsal = try Rehearsal.inService(.one(3))
        let before = rehearsal.endpoint
        if let rejection = row.rejection {
            #expect(throws: EndpointRejection.policy(rejection)) {
                try rehearsal.update(to: row.plan, .given(row.config()))
            }
            #expect(rehearsal.endpoint == before)
        } else {
            try rehearsal.update(to: row.plan, .given(row.config()))
            #expect(rehearsal.endpoint.status == .updating)
        }
    }

    @Test func sizesAreJudgedAgainstRetainedCounts() throws {
        var rehearsal = try Rehearsal.inService(.one(2))
        try rehearsal.rescale([.init(variant: "AllTraffic", instanceCount: 4)])
        rehearsal.runUntilIdle()
        let two = try DeploymentConfig.canary(.init(.instanceCount, 2))
        #expect(throws: EndpointRejection.self) {
            try rehearsal.update(to: .one(2, config: "v2"), .given(two))
        }
        try rehearsal.update(to: .one(2, config: "v2"), retaining: .all, .given(two))
        #expect(rehearsal.endpoint.greenFleets.map(\.desiredInstanceCount) == [4])
    }

    @Test func retainedConfiguration() throws {
        var rehearsal = try Rehearsal.inService()
        #expect(throws: EndpointRejection.policy(.nothingRetained)) {
            try rehearsal.update(to: .one(3, config: "v2"), .retained)
        }
        try rehearsal.update(to: .one(3, config: "v2"), .given(.canary()))
        rehearsal.runUntilIdle()
        try rehearsal.update(to: .one(3, config: "v3"))
        rehearsal.runUntilIdle()
        #expect(rehearsal.description.lastDeploymentConfig == #"{"canary":1}"#)
        rehearsal.clear()
        try rehearsal.update(to: .one(3, config: "v4"), .retained)
        rehearsal.runUntilIdle()
        #expect(rehearsal.log.contains("145 — baking for 300 seconds"))
    }

    @Test func serverlessTakesNoGuardrails() throws {
        let plan = EndpointPlan(configName: "s1", variants: [.serverless("AllTraffic")])
        var rehearsal = try Rehearsal.inService(plan)
        #expect(throws: EndpointRejection.policy(.serverlessVariant("AllTraffic"))) {
            try rehearsal.update(to: plan, .given(.allAtOnce()))
        }
        #expect(throws: EndpointRejection.serverlessInstanceCount("AllTraffic")) {
            try rehearsal.rescale([.init(variant: "AllTraffic", instanceCount: 2)])
        }
        try rehearsal.update(to: plan)
        rehearsal.runUntilIdle()
        #expect(rehearsal.description.productionVariants.map(\.currentInstanceCount) == [nil])
        // One way only: machines to serverless is refused.
        try rehearsal.update(to: .one(1, config: "v2"))
        rehearsal.runUntilIdle()
        for name: VariantName in ["AllTraffic", "other"] {
            #expect(throws: EndpointRejection.instancesToServerless(name)) {
                try rehearsal.update(to: .init(configName: "s2", variants: [.serverless(name)]))
            }
        }
    }
}
