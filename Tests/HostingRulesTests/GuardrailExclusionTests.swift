import HostingRules
import Testing

/// What takes no guardrails and is updated all at once, spec/hosting.md §B.2.
@Suite struct GuardrailExclusionTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let old: String
        let new: String
        let isGuarded: Bool
        var testDescription: String { "\(old) to \(new)" }
    }

    static func plan(_ type: String, config: EndpointConfigName) -> EndpointPlan {
        var variant = VariantPlan.named("AllTraffic", 4)
        variant.instanceType = type
        return EndpointPlan(configName: config, variants: [variant])
    }

    static let rows = [
        Row(old: "ml.inf1.xlarge", new: "ml.inf1.xlarge", isGuarded: false),
        Row(old: "ml.inf1.6xlarge", new: "ml.m5.xlarge", isGuarded: false),
        Row(old: "ml.m5.xlarge", new: "ml.inf1.24xlarge", isGuarded: false),
        Row(old: "ml.inf2.xlarge", new: "ml.inf2.xlarge", isGuarded: true),
        Row(old: "ml.m5.xlarge", new: "ml.m5.xlarge", isGuarded: true),
    ]

    @Test(arguments: rows)
    func inferentia(_ row: Row) throws {
        let configs: [DeploymentConfig] = [
            try .canary(limit: 1800), try .linear(.init(.instanceCount, 1), alarms: ["high5xx"]),
            try .rolling(.init(.instanceCount, 1), alarms: ["high5xx"]), try .allAtOnce(termination: 60),
        ]
        for config in configs {
            var rehearsal = try Rehearsal.inService(Self.plan(row.old, config: "v1"))
            // An alarm that rings all the time stops every guarded update, and no other.
            rehearsal.ringing = ["high5xx"]
            try rehearsal.update(to: Self.plan(row.new, config: "v2"), .given(config))
            rehearsal.runUntilIdle()
            let stages = rehearsal.log.filter { ["bak", "watch", "executionLimit"].contains(where: $0.contains) }
            #expect(stages.isEmpty != row.isGuarded, "\(config.json): \(stages)")
            if !row.isGuarded {
                #expect(rehearsal.endpoint.configName == "v2")
                #expect(rehearsal.log.contains("143 — traffic AllTraffic: green 4 of 4, blue 0"))
            }
            // What was asked for is shown all the same.
            #expect(rehearsal.description.lastDeploymentConfig == config.json)
        }
    }

    /// Machines that may be Inf1 ones, and those of shadow variants.
    @Test(arguments: [(["ml.m5.xlarge", "ml.inf1.xlarge"], nil, false), (["ml.m5.xlarge", "ml.c5.xlarge"], nil, true),
        (["ml.m5.xlarge"], "ml.inf1.xlarge", true)] as [([String], String?, Bool)])
    func poolsAndShadows(_ pools: [String], _ shadowType: String?, _ isGuarded: Bool) throws {
        func plan(_ config: EndpointConfigName) -> EndpointPlan {
            var variants = [VariantPlan.named("AllTraffic", 4)]
            variants[0].instanceType = nil
            variants[0].instancePools = pools.map { InstancePool(instanceType: $0, priority: 1) }
            if let shadowType {
                variants.append(.named("Shadow", 4, isShadow: true))
                variants[1].instanceType = shadowType
            }
            return EndpointPlan(configName: config, variants: variants)
        }
        var rehearsal = try Rehearsal.inService(plan("v1"))
        try rehearsal.update(to: plan("v2"), .given(.allAtOnce(termination: 60)))
        rehearsal.runUntilIdle()
        #expect(rehearsal.endpoint.configName == "v2")
        #expect(rehearsal.log.contains { $0.contains("final bake") } == isGuarded)
    }
}
