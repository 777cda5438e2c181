import AWSModel
import ColdframeTesting
import HTTPServer
import Outbound
import SimTime
import Testing

/// Serverless endpoints: what a configuration may be, cold starts, the limit of concurrency, updates.
@Suite struct ServerlessEndpointTests {
    static func variant(_ model: String = "blue-model", _ config: AWSValue, _ more: AWSObject = [:]) -> AWSValue {
        var variant: AWSObject = [
            "VariantName": "AllTraffic", "ModelName": .string(model), "InitialVariantWeight": 1, "ServerlessConfig": config,
        ]
        for entry in more.entries { variant[entry.key] = entry.value }
        return .object(variant)
    }

    static func served(_ config: AWSValue, _ body: (Hosting) async throws -> Void) async throws {
        try await Hosting.with { hosting in
            try await hosting.makeConfig("serverless", [variant("blue-model", config)])
            try await hosting.makeEndpoint("churn", config: "serverless")
            try await body(hosting)
        }
    }

    @Test func aColdStartIsCountedOnce() async throws {
        try await Self.served(["MemorySizeInMB": 2048, "MaxConcurrency": 5]) { hosting in
            try await hosting.toNextMinute()
            for _ in 0..<3 { #expect(try await hosting.invoke().status == 200) }
            try await hosting.coldframe.advance(by: .minutes(1))
            #expect(try await hosting.points("ModelSetupTime", "SampleCount") == [1])
            let setUp = try await hosting.points("ModelSetupTime", "Maximum").last ?? 0
            #expect(setUp > 500_000)
            let overhead = try await hosting.points("OverheadLatency", "Maximum")
            #expect(overhead.last ?? 0 >= setUp)
            #expect(try await hosting.points("Invocations").reduce(0, +) == 3)
            try await hosting.coldframe.advance(by: .minutes(10))
            #expect(try await hosting.invoke().status == 200)
            try await hosting.coldframe.advance(by: .minutes(1))
            #expect(try await hosting.points("ModelSetupTime", "SampleCount").reduce(0, +) == 2)
        }
    }

    @Test func provisionedWorkersAreWarm() async throws {
        try await Self.served(["MemorySizeInMB": 1024, "MaxConcurrency": 5, "ProvisionedConcurrency": 1]) { hosting in
            _ = try await hosting.invoke()
            try await hosting.coldframe.advance(by: .minutes(1))
            #expect(try await hosting.points("ModelSetupTime", "SampleCount") == [])
        }
    }

    @Test func concurrencyIsCountedAgainstBothLimits() async throws {
        try await Self.served(["MemorySizeInMB": 1024, "MaxConcurrency": 8, "ProvisionedConcurrency": 2]) { hosting in
            try await hosting.coldframe.setBehavior("slow", ["respond": ["latencyMilliseconds": ["p50": 1000]]])
            try await hosting.toNextMinute()
            // Four a second, each a second long: four at once.
            try await hosting.coldframe.setTraffic(endpoint: "churn", requestsPerSecond: 4, seed: 1)
            try await hosting.coldframe.advance(by: .minutes(2))
            #expect(try await hosting.points("ServerlessConcurrentExecutionsUtilization", "Maximum").last == 0.5)
            #expect(try await hosting.points("ServerlessProvisionedConcurrencyExecutions", "Maximum").last == 4)
            #expect(try await hosting.points("ServerlessProvisionedConcurrencyUtilization", "Maximum").last == 2)
            // Two of the four at once find a provisioned worker, once the cold starts of the first minute are over.
            let handled = try await hosting.points("ServerlessProvisionedConcurrencyInvocations").dropFirst().first ?? 0
            let spilled = try await hosting.points(
                "ServerlessProvisionedConcurrencySpilloverInvocations").dropFirst().first ?? 0
            #expect(handled + spilled == 240 && handled == 120)
            try await hosting.coldframe.control("DELETE", "traffic/churn")
            try await hosting.coldframe.advance(by: .minutes(2))
            #expect(try await hosting.points("ServerlessProvisionedConcurrencyUtilization", "Maximum").last == 0)
            #expect(try await hosting.points("ServerlessConcurrentExecutionsUtilization", "Maximum").last == 0)
        }
    }

    /// Requests are counted against the limits when they begin: a minute in which none can begin, because all workers are
    /// busy, is not idle.
    @Test func aMinuteOfBusyWorkersHasNoZero() async throws {
        try await Self.served(["MemorySizeInMB": 1024, "MaxConcurrency": 2]) { hosting in
            try await hosting.coldframe.setBehavior("slow", ["respond": ["latencyMilliseconds": ["p50": 150_000]]])
            try await hosting.toNextMinute()
            let start = hosting.coldframe.now
            try await hosting.coldframe.setTraffic(endpoint: "churn", requestsPerSecond: 1, seed: 1)
            try await hosting.coldframe.advance(by: .seconds(10))
            try await hosting.coldframe.control("DELETE", "traffic/churn")
            try await hosting.coldframe.advance(by: .seconds(230))
            let metric = "ServerlessConcurrentExecutionsUtilization"
            let points = try await MetricFrequencyTests.points(hosting, metric, "Minimum", period: 60, from: start)
            // Busy for two and a half minutes, and some.
            #expect(points == [0: 0.5, 180: 0])
            let idle = try await MetricFrequencyTests.points(hosting, "Invocations", period: 60, from: start)
            #expect(idle[60] == 0 && idle[120] == 0)
        }
    }

    @Test func withoutProvisionedConcurrencyThereIsOneMetric() async throws {
        try await Self.served(["MemorySizeInMB": 1024, "MaxConcurrency": 4]) { hosting in
            try await hosting.toNextMinute()
            _ = try await hosting.invoke()
            try await hosting.coldframe.advance(by: .minutes(1))
            #expect(try await hosting.points("ServerlessConcurrentExecutionsUtilization", "Maximum").last == 0.25)
            #expect(try await hosting.points("ServerlessProvisionedConcurrencyUtilization", "Maximum").isEmpty)
        }
    }

    @Test func simulatedTrafficIsThrottled() async throws {
        try await Self.served(["MemorySizeInMB": 1024, "MaxConcurrency": 1]) { hosting in
            try await hosting.coldframe.setBehavior("slow", ["respond": ["latencyMilliseconds": ["p50": 2000]]])
            try await hosting.toNextMinute()
            try await hosting.coldframe.setTraffic(endpoint: "churn", requestsPerSecond: 1, seed: 1)
            try await hosting.coldframe.advance(by: .seconds(60))
            // A worker that is busy for two seconds takes every second request at most.
            let count = try await hosting.points("Invocations").reduce(0, +)
            #expect(count >= 20 && count <= 31)
        }
    }

    @Test func aBodyHasFourMebibytes() async throws {
        try await Self.served(["MemorySizeInMB": 1024, "MaxConcurrency": 1]) { hosting in
            #expect(try await hosting.invoke(body: [UInt8](repeating: 0x31, count: 4 << 20)).status == 200)
            let answer = try await hosting.invoke(body: [UInt8](repeating: 0x31, count: (4 << 20) + 1))
            #expect(answer.status == 400 && answer.errorType == "ValidationError")
        }
    }

    @Test func descriptionAndChangeOfConcurrency() async throws {
        let config: AWSValue = ["MemorySizeInMB": 2048, "MaxConcurrency": 5]
        try await Self.served(config) { hosting in
            let variant = try await hosting.describe()["ProductionVariants"]?.list?.first
            #expect(variant?["CurrentServerlessConfig"] == config && variant?["DesiredServerlessConfig"] == config)
            #expect(variant?["CurrentInstanceCount"] == nil && variant?["DesiredInstanceCount"] == nil)
            try await hosting.call("UpdateEndpointWeightsAndCapacities", [
                "EndpointName": "churn",
                "DesiredWeightsAndCapacities": [[
                    "VariantName": "AllTraffic",
                    "ServerlessUpdateConfig": ["MaxConcurrency": 8, "ProvisionedConcurrency": 2],
                ]],
            ])
            let changing = try await hosting.describe()["ProductionVariants"]?.list?.first
            let wanted: AWSValue = ["MemorySizeInMB": 2048, "MaxConcurrency": 8, "ProvisionedConcurrency": 2]
            #expect(changing?["CurrentServerlessConfig"] == config && changing?["DesiredServerlessConfig"] == wanted)
            let settled = try await hosting.settle()["ProductionVariants"]?.list?.first
            #expect(settled?["CurrentServerlessConfig"] == wanted)
            let refused = try await hosting.fault("UpdateEndpointWeightsAndCapacities", [
                "EndpointName": "churn",
                "DesiredWeightsAndCapacities": [[
                    "VariantName": "AllTraffic", "ServerlessUpdateConfig": ["ProvisionedConcurrency": 9],
                ]],
            ])
            #expect(refused?.code == "ValidationException")
        }
    }

    @Test func updatesOfServerlessEndpoints() async throws {
        try await Self.served(["MemorySizeInMB": 2048, "MaxConcurrency": 5]) { hosting in
            try await hosting.makeConfig("larger", [Self.variant("green-model", ["MemorySizeInMB": 4096, "MaxConcurrency": 5])])
            let guarded = try await hosting.fault("UpdateEndpoint", [
                "EndpointName": "churn", "EndpointConfigName": "larger",
                "DeploymentConfig": ["BlueGreenUpdatePolicy": [
                    "TrafficRoutingConfiguration": ["Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": 0],
                ]],
            ])
            #expect(guarded?.message.hasPrefix(
                "One or more endpoint features are not supported using this configuration") == true)
            try await hosting.call("UpdateEndpoint", ["EndpointName": "churn", "EndpointConfigName": "larger"])
            #expect(try await hosting.settle()["EndpointConfigName"] == "larger")
            // One way only: to instances, never back.
            try await hosting.call("UpdateEndpoint", ["EndpointName": "churn", "EndpointConfigName": "green"])
            #expect(try await hosting.settle()["EndpointConfigName"] == "green")
            let back = try await hosting.fault("UpdateEndpoint", ["EndpointName": "churn", "EndpointConfigName": "larger"])
            #expect(back?.code == "ValidationException")
            // The names of variants do not matter.
            try await hosting.makeConfig("renamed", [Self.variant("green-model", Self.plain, ["VariantName": "other"])])
            let renamed = try await hosting.fault("UpdateEndpoint", ["EndpointName": "churn", "EndpointConfigName": "renamed"])
            #expect(renamed?.code == "ValidationException" && renamed?.message.contains("serverless") == true)
        }
    }

    struct Refusal: CustomTestStringConvertible, Sendable {
        var name: String
        var variants: [AWSValue]
        var more: AWSObject = [:]
        var testDescription: String { name }
    }

    static let plain: AWSValue = ["MemorySizeInMB": 1024, "MaxConcurrency": 5]

    @Test(arguments: [
        Refusal(name: "odd memory", variants: [variant("blue-model", ["MemorySizeInMB": 1500, "MaxConcurrency": 5])]),
        Refusal(name: "too much memory", variants: [variant("blue-model", ["MemorySizeInMB": 7168, "MaxConcurrency": 5])]),
        Refusal(name: "too concurrent", variants: [variant("blue-model", ["MemorySizeInMB": 1024, "MaxConcurrency": 201])]),
        Refusal(name: "more provisioned than allowed", variants: [
            variant("blue-model", ["MemorySizeInMB": 1024, "MaxConcurrency": 5, "ProvisionedConcurrency": 6]),
        ]),
        Refusal(name: "with instances", variants: [variant("blue-model", plain, ["InstanceType": "ml.m5.xlarge"])]),
        Refusal(name: "two variants", variants: [
            variant("blue-model", plain, ["VariantName": "a"]), variant("blue-model", plain, ["VariantName": "b"]),
        ]),
        Refusal(
            name: "data capture", variants: [variant("blue-model", plain)],
            more: ["DataCaptureConfig": [
                "EnableCapture": true, "InitialSamplingPercentage": 100, "DestinationS3Uri": "s3://b/c",
                "CaptureOptions": [["CaptureMode": "Input"]],
            ]]),
        Refusal(
            name: "asynchronous", variants: [variant("blue-model", plain)],
            more: ["AsyncInferenceConfig": ["OutputConfig": ["S3OutputPath": "s3://b/c"]]]),
    ])
    func aConfigurationThatCannotBe(_ refusal: Refusal) async throws {
        try await Hosting.with { hosting in
            var members: AWSObject = ["EndpointConfigName": "bad", "ProductionVariants": .list(refusal.variants)]
            for entry in refusal.more.entries { members[entry.key] = entry.value }
            let input = members
            let fault = try await hosting.fault("CreateEndpointConfig", .object(input))
            #expect(fault?.code == "ValidationException")
        }
    }

    struct Model: Sendable, CustomTestStringConvertible {
        let testDescription: String
        var container: AWSObject = ["Image": "images/m:1", "ModelDataUrl": "s3://b/m.tar.gz"]
        var more: AWSObject = [:]
        let says: String

        var input: AWSValue {
            var model: AWSObject = [
                "ModelName": "m", "ExecutionRoleArn": "arn:aws:iam::123456789012:role/r", "PrimaryContainer": .object(container),
            ]
            for (key, value) in more.entries { model[key] = value }
            return .object(model)
        }
    }

    /// What serverless endpoints do not run. AWS: doc — the exclusions of serverless inference and of ModelDataSource.
    static let excludedModels = [
        Model(
            testDescription: "in a VPC", more: ["VpcConfig": ["SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1"]]],
            says: "VpcConfig"),
        Model(testDescription: "isolated", more: ["EnableNetworkIsolation": true], says: "EnableNetworkIsolation"),
        Model(
            testDescription: "multi-model", container: ["Image": "i", "ModelDataUrl": "s3://b/p/", "Mode": "MultiModel"],
            says: "MultiModel"),
        Model(
            testDescription: "uncompressed", container: ["Image": "i", "ModelDataSource": ["S3DataSource": [
                "S3Uri": "s3://b/p/", "S3DataType": "S3Prefix", "CompressionType": "None",
            ]]], says: "ModelDataSource"),
    ]

    @Test(arguments: excludedModels)
    func aModelThatServerlessDoesNotRun(_ model: Model) async throws {
        try await Hosting.with { hosting in
            try await hosting.call("CreateModel", model.input)
            let fault = try await hosting.fault("CreateEndpointConfig", [
                "EndpointConfigName": "bad", "ProductionVariants": [Self.variant("m", Self.plain)],
            ])
            #expect(fault?.code == "ValidationException")
            #expect(fault?.message.hasPrefix(
                "One or more endpoint features are not supported using this configuration") == true)
            #expect(fault?.message.contains(model.says) == true)
            // The same model runs on instances.
            try await hosting.makeConfig("good", [Hosting.variant(model: "m")])
        }
    }

    /// A model may be made anew after the configuration that names it.
    @Test func aModelThatWasReplaced() async throws {
        try await Hosting.with { hosting in
            try await hosting.makeConfig("serverless", [Self.variant("blue-model", Self.plain)])
            try await hosting.call("DeleteModel", ["ModelName": "blue-model"])
            try await hosting.call("CreateModel", [
                "ModelName": "blue-model", "ExecutionRoleArn": "arn:aws:iam::123456789012:role/r",
                "PrimaryContainer": ["Image": "i", "ModelDataUrl": "s3://b/m.tar.gz"], "EnableNetworkIsolation": true,
            ])
            let fault = try await hosting.fault(
                "CreateEndpoint", ["EndpointName": "churn", "EndpointConfigName": "serverless"])
            #expect(fault?.message.contains("EnableNetworkIsolation") == true)
        }
    }
}
