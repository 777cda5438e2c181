import AWSModel
import ColdframeTesting
import SimTime
import Testing

/// Shares of ten thousand simulated requests, counted by CloudWatch, within four standard deviations.
@Suite struct RoutingShareTests {
    static let count = 10_000.0

    /// Ten thousand requests in a hundred seconds.
    static func send(_ hosting: Hosting) async throws {
        try await hosting.toNextMinute()
        try await hosting.coldframe.setTraffic(endpoint: "churn", requestsPerSecond: 100, seed: 5)
        try await hosting.coldframe.advance(by: .seconds(100))
        try await hosting.coldframe.setTraffic(endpoint: "churn", requestsPerSecond: 0, seed: 5)
    }

    static func expect(_ found: Double, _ share: Double, _ what: String) {
        let noise = 4 * (share * (1 - share) / count).squareRoot()
        #expect(abs(found / count - share) <= noise, "\(what): \(found / count) instead of \(share)")
    }

    @Test(arguments: [[3.0, 1.0], [1, 1, 1], [0.5, 9.5], [1, 0]])
    func weights(_ weights: [Double]) async throws {
        try await Hosting.with { hosting in
            let names = ["a", "b", "c"].prefix(weights.count)
            try await hosting.makeConfig("split", zip(names, weights).map {
                Hosting.variant($0, model: "blue-model", count: 2, weight: $1)
            })
            try await hosting.makeEndpoint("churn", config: "split")
            try await Self.send(hosting)
            for (name, weight) in zip(names, weights) {
                let found = try await hosting.points("Invocations", variant: name).reduce(0, +)
                Self.expect(found, weight / weights.reduce(0, +), name)
            }
        }
    }

    struct Stage: Sendable, CustomTestStringConvertible {
        var machines: Int64
        var deployment: AWSValue
        var green: Double
        var testDescription: String { "\(green) of \(machines) machines" }
    }

    static func blueGreen(_ type: String, _ member: String, _ size: AWSValue) -> AWSValue {
        var routing: AWSObject = ["Type": .string(type), "WaitIntervalInSeconds": 3600]
        routing[member] = size
        return ["BlueGreenUpdatePolicy": ["TrafficRoutingConfiguration": .object(routing)]]
    }

    @Test(arguments: [
        Stage(
            machines: 3, deployment: blueGreen("CANARY", "CanarySize", ["Type": "INSTANCE_COUNT", "Value": 1]),
            green: 1.0 / 3),
        Stage(
            machines: 10, deployment: blueGreen("CANARY", "CanarySize", ["Type": "CAPACITY_PERCENT", "Value": 5]),
            green: 0.1),
        Stage(
            machines: 4, deployment: blueGreen("LINEAR", "LinearStepSize", ["Type": "CAPACITY_PERCENT", "Value": 50]),
            green: 0.5),
        Stage(
            machines: 4,
            deployment: ["RollingUpdatePolicy": [
                "MaximumBatchSize": ["Type": "INSTANCE_COUNT", "Value": 1], "WaitIntervalInSeconds": 3600,
            ]], green: 0.2),
    ])
    func green(_ stage: Stage) async throws {
        try await Hosting.with { hosting in
            for config in ["old", "new"] {
                try await hosting.makeConfig(config, [Hosting.variant(model: "blue-model", count: stage.machines)])
            }
            try await hosting.makeEndpoint("churn", config: "old")
            try await UpdateTests.update(hosting, to: "new", ["DeploymentConfig": stage.deployment])
            try await hosting.coldframe.advance(by: .seconds(10))
            try await Self.send(hosting)
            let found = try await hosting.points("Invocations", config: "new").reduce(0, +)
            Self.expect(found, stage.green, "green")
            let all = try await hosting.points("Invocations").reduce(0, +)
            #expect(all == Self.count)
        }
    }

    @Test func copiesOfAComponent() async throws {
        try await Hosting.forComponents(machines: 4) { hosting in
            try await hosting.makeComponent("a", copies: 4)
            try await hosting.coldframe.setBehavior("new", [
                "match": ["modelName": "green-model"], "respond": ["status": 500],
            ])
            try await hosting.call("UpdateInferenceComponent", [
                "InferenceComponentName": "a", "Specification": ["ModelName": "green-model"],
                "DeploymentConfig": ComponentTests.rolling(wait: 3600),
            ])
            try await hosting.coldframe.advance(by: .seconds(10))
            try await hosting.toNextMinute()
            try await hosting.coldframe.control("PUT", "traffic/churn", [
                "requestsPerSecond": 100, "inferenceComponent": "a", "seed": 5,
            ])
            try await hosting.coldframe.advance(by: .seconds(100))
            try await hosting.coldframe.control("DELETE", "traffic/churn")
            let failed = try await hosting.componentPoints("Invocation5XXErrors", of: "a").reduce(0, +)
            Self.expect(failed, 0.2, "new copies")
        }
    }
}
