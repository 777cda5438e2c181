import AWSModel
import ColdframeTesting
import HTTPServer
import Outbound
import SimTime
import Testing

/// Shadow variants: what a configuration may say of them, the share they get, and that nobody sees their answers.
@Suite struct ShadowVariantTests {
    /// An endpoint whose production variant runs `blue-model`, with a shadow of `green-model` of that weight.
    static func shadowed(weight: Double, _ body: (Hosting) async throws -> Void) async throws {
        try await Hosting.with { hosting in
            try await hosting.call("CreateEndpointConfig", [
                "EndpointConfigName": "shadowed",
                "ProductionVariants": [Hosting.variant("main", model: "blue-model", count: 1)],
                "ShadowProductionVariants": [Hosting.variant("shadow", model: "green-model", count: 2, weight: weight)],
            ])
            try await hosting.makeEndpoint("churn", config: "shadowed")
            try await body(hosting)
        }
    }

    @Test(arguments: [(1.0, 1.0), (0.5, 0.5), (0.0, 0.0), (4.0, 1.0)])
    func theShareOfCopies(_ weight: Double, _ expected: Double) async throws {
        try await Self.shadowed(weight: weight) { hosting in
            try await hosting.coldframe.setBehavior("shadow", [
                "match": ["modelName": "green-model"], "respond": ["status": 500, "body": "nobody sees this"],
            ])
            try await hosting.toNextMinute()
            let count = 400
            for _ in 0..<count {
                let answer = try await hosting.invoke()
                #expect(answer.status == 200 && answer.headers["x-Amzn-Invoked-Production-Variant"] == "main")
            }
            try await hosting.coldframe.advance(by: .minutes(1))
            #expect(try await hosting.points("Invocations", variant: "main").reduce(0, +) == Double(count))
            #expect(try await hosting.points("Invocation5XXErrors", variant: "main").reduce(0, +) == 0)
            let copies = try await hosting.points("Invocations", variant: "shadow").reduce(0, +)
            let tolerance = 4 * (expected * (1 - expected) * Double(count)).squareRoot()
            #expect(abs(copies - expected * Double(count)) <= tolerance)
            #expect(try await hosting.points("Invocation5XXErrors", variant: "shadow").reduce(0, +) == copies)
        }
    }

    @Test func simulatedTrafficIsCopiedToo() async throws {
        try await Self.shadowed(weight: 1) { hosting in
            try await hosting.toNextMinute()
            try await hosting.coldframe.setTraffic(endpoint: "churn", requestsPerSecond: 5, seed: 1)
            try await hosting.coldframe.advance(by: .minutes(1))
            #expect(try await hosting.points("Invocations", variant: "main").reduce(0, +) == 300)
            #expect(try await hosting.points("Invocations", variant: "shadow").reduce(0, +) == 300)
        }
    }

    @Test func aShadowIsDescribedApartAndCannotBeTargeted() async throws {
        try await Self.shadowed(weight: 0.5) { hosting in
            let described = try await hosting.describe()
            #expect(described["ProductionVariants"]?.list?.compactMap { $0["VariantName"]?.string } == ["main"])
            let shadow = described["ShadowProductionVariants"]?.list?.first
            #expect(shadow?["VariantName"] == "shadow" && shadow?["CurrentInstanceCount"] == 2)
            #expect(shadow?["CurrentWeight"]?.double == 0.5)
            let answer = try await hosting.invoke(headers: ["X-Amzn-SageMaker-Target-Variant": "shadow"])
            #expect(answer.status == 400)
        }
    }

    @Test(arguments: [true, false]) func aShadowIsPromotedByAnUpdate(_ keepsName: Bool) async throws {
        try await Self.shadowed(weight: 1) { hosting in
            let name = keepsName ? "shadow" : "main2"
            try await hosting.makeConfig("promoted", [Hosting.variant(name, model: "green-model", count: 2)])
            try await hosting.call("UpdateEndpoint", ["EndpointName": "churn", "EndpointConfigName": "promoted"])
            let described = try await hosting.settle()
            #expect(described["EndpointConfigName"] == "promoted" && described["ShadowProductionVariants"] == nil)
            #expect(try await hosting.invoke().headers["x-Amzn-Invoked-Production-Variant"] == name)
        }
    }

    @Test func aGuardedUpdateShiftsProductionAndShadow() async throws {
        try await Self.shadowed(weight: 1) { hosting in
            try await hosting.call("CreateEndpointConfig", [
                "EndpointConfigName": "next",
                "ProductionVariants": [Hosting.variant("main", model: "green-model", count: 2)],
                "ShadowProductionVariants": [Hosting.variant("shadow", model: "blue-model", count: 2)],
            ])
            try await hosting.call("UpdateEndpoint", [
                "EndpointName": "churn", "EndpointConfigName": "next",
                "DeploymentConfig": ["BlueGreenUpdatePolicy": [
                    "TrafficRoutingConfiguration": [
                        "Type": "CANARY", "WaitIntervalInSeconds": 60,
                        "CanarySize": ["Type": "INSTANCE_COUNT", "Value": 1],
                    ],
                ]],
            ])
            try await hosting.coldframe.advance(by: .seconds(10))
            let pending = try await hosting.describe()["PendingDeploymentSummary"]
            #expect(pending?["ShadowProductionVariants"]?.list?.count == 1)
            #expect(try await hosting.settle()["EndpointConfigName"] == "next")
        }
    }

    @Test(arguments: [
        (UpdateTests.canary(), "needs the same shadow variants in both configurations: [] are deployed, [shadow] are requested."),
        (UpdateTests.rolling(1), "takes one production variant and no shadow variants; the endpoint configuration has 1 and 1."),
    ])
    func aGuardedUpdateAddsNoShadow(_ config: AWSValue, _ says: String) async throws {
        try await Hosting.with { hosting in
            try await hosting.makeConfig("alone", [Hosting.variant("main", model: "blue-model")])
            try await hosting.makeEndpoint("churn", config: "alone")
            try await hosting.call("CreateEndpointConfig", [
                "EndpointConfigName": "shadowed",
                "ProductionVariants": [Hosting.variant("main", model: "blue-model")],
                "ShadowProductionVariants": [Hosting.variant("shadow", model: "green-model")],
            ])
            let fault = try await hosting.fault("UpdateEndpoint", [
                "EndpointName": "churn", "EndpointConfigName": "shadowed", "DeploymentConfig": config,
            ])
            #expect(fault?.message.hasSuffix(says) == true, "\(fault?.message ?? "")")
        }
    }

    /// The size of a step is judged for a shadow too, and the message does not call it a production variant.
    @Test func aStepThatIsTooLargeForTheShadow() async throws {
        try await Self.shadowed(weight: 1) { hosting in
            try await hosting.call("CreateEndpointConfig", [
                "EndpointConfigName": "next",
                "ProductionVariants": [Hosting.variant("main", model: "green-model", count: 4)],
                "ShadowProductionVariants": [Hosting.variant("shadow", model: "blue-model", count: 3)],
            ])
            let fault = try await hosting.fault("UpdateEndpoint", [
                "EndpointName": "churn", "EndpointConfigName": "next",
                "DeploymentConfig": ["BlueGreenUpdatePolicy": ["TrafficRoutingConfiguration": [
                    "Type": "CANARY", "WaitIntervalInSeconds": 60, "CanarySize": ["Type": "INSTANCE_COUNT", "Value": 2],
                ]]],
            ])
            #expect(fault?.message.hasSuffix("of the 3 instance(s) of the shadow variant shadow.") == true, "\(fault?.message ?? "")")
        }
    }

    struct Refusal: CustomTestStringConvertible, Sendable {
        var name: String
        var production: [AWSValue]
        var shadows: [AWSValue]
        var testDescription: String { name }
    }

    @Test(arguments: [
        Refusal(
            name: "two production variants",
            production: [Hosting.variant("a", model: "blue-model"), Hosting.variant("b", model: "blue-model")],
            shadows: [Hosting.variant("s", model: "blue-model")]),
        Refusal(
            name: "two shadows", production: [Hosting.variant("a", model: "blue-model")],
            shadows: [Hosting.variant("s", model: "blue-model"), Hosting.variant("t", model: "blue-model")]),
        Refusal(
            name: "one name twice", production: [Hosting.variant("a", model: "blue-model")],
            shadows: [Hosting.variant("a", model: "blue-model")]),
        Refusal(
            name: "unknown model", production: [Hosting.variant("a", model: "blue-model")],
            shadows: [Hosting.variant("s", model: "none")]),
    ])
    func aConfigurationThatCannotBe(_ refusal: Refusal) async throws {
        try await Hosting.with { hosting in
            let fault = try await hosting.fault("CreateEndpointConfig", [
                "EndpointConfigName": "bad", "ProductionVariants": .list(refusal.production),
                "ShadowProductionVariants": .list(refusal.shadows),
            ])
            #expect(fault?.code == "ValidationException")
        }
    }
}
