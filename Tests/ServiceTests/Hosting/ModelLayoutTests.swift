import AWSModel
import ColdframeTesting
import HTTPServer
import Outbound
import SimTime
import Testing

/// Models of several containers, and containers of several models.
@Suite struct ModelLayoutTests {
    static func container(_ name: String, hostname: Bool = true) -> AWSValue {
        [
            "Image": .string("images/\(name):1"), "ModelDataUrl": .string("s3://b/\(name).tar.gz"),
            "ContainerHostname": hostname ? .string(name) : nil,
        ]
    }

    static func make(_ hosting: Hosting, _ containers: [AWSValue], mode: String? = nil) async throws {
        try await hosting.call("CreateModel", [
            "ModelName": "m", "ExecutionRoleArn": "arn:aws:iam::123456789012:role/r", "Containers": .list(containers),
            "InferenceExecutionConfig": mode.map { ["Mode": .string($0)] },
        ])
        try await hosting.makeConfig("c", [Hosting.variant(model: "m", count: 2)])
        try await hosting.makeEndpoint("churn", config: "c")
    }

    /// The values of a metric with a third dimension, in the last hour.
    static func points(
        _ hosting: Hosting, _ metric: String, container: String, _ statistic: String = "Sum"
    ) async throws -> [Double] {
        let answer = try await hosting.call("GetMetricStatistics", [
            "Namespace": "AWS/SageMaker", "MetricName": .string(metric), "Period": 60, "Statistics": [.string(statistic)],
            "Dimensions": [
                ["Name": "EndpointName", "Value": "churn"], ["Name": "VariantName", "Value": "AllTraffic"],
                ["Name": "ContainerName", "Value": .string(container)],
            ],
            "StartTime": .timestamp(hosting.coldframe.now - .hours(1)),
            "EndTime": .timestamp(hosting.coldframe.now + .minutes(1)),
        ], service: "cloudwatch")
        return (answer["Datapoints"]?.list ?? []).compactMap { $0[statistic]?.double }
    }

    @Test func aPipelineHandsOnWhatEachContainerAnswers() async throws {
        try await Hosting.with { hosting in
            try await Self.make(hosting, [Self.container("prepare"), Self.container("predict")])
            try await hosting.coldframe.setBehavior("prepare", [
                "match": ["image": "*prepare*"],
                "respond": ["body": "1\n2\n3", "contentType": "text/csv", "latencyMilliseconds": ["p50": 10, "p99": 10]],
            ])
            try await hosting.coldframe.setBehavior("predict", [
                "match": ["image": "*predict*"], "respond": ["latencyMilliseconds": ["p50": 30, "p99": 30]],
            ])
            let answer = try await hosting.invoke()
            // One line went in, three came out of the first container: the second scores three.
            #expect(answer.status == 200 && answer.text.split(separator: "\n").count == 3)
            try await hosting.toNextMinute()
            #expect(try await Self.points(hosting, "ContainerLatency", container: "prepare", "Average") == [10_000])
            #expect(try await Self.points(hosting, "ContainerLatency", container: "predict", "Average") == [30_000])
            #expect(try await hosting.points("ModelLatency", "Average") == [40_000])
            #expect(try await hosting.describe()["ProductionVariants"]?.list?.first?["DeployedImages"]?.list?.count == 2)
        }
    }

    @Test func anErrorNamesItsContainer() async throws {
        try await Hosting.with { hosting in
            try await Self.make(hosting, [Self.container("a", hostname: false), Self.container("b", hostname: false)])
            try await hosting.coldframe.setBehavior("b", ["match": ["image": "*/b:*"], "respond": ["status": 400, "body": "no"]])
            let answer = try await hosting.invoke()
            #expect(answer.status == 424 && answer.json["OriginalStatusCode"] == 400)
            #expect(answer.json["Message"] == .string(
                "Received client error (400) from container-2 with message \"no\". \(InvocationTests.seeLogs)"))
            // The first failure ends it.
            try await hosting.coldframe.setBehavior("a", ["match": ["image": "*/a:*"], "respond": ["status": 500]])
            #expect(try await hosting.invoke().json["Message"]?.string?.contains("(500) from container-1") == true)
            let header = try await hosting.invoke(headers: ["X-Amzn-SageMaker-Target-Container-Hostname": "a"])
            #expect(header.status == 400 && header.errorType == "ValidationError")
        }
    }

    @Test func directInvocationNamesTheContainer() async throws {
        try await Hosting.with { hosting in
            try await Self.make(hosting, [Self.container("a"), Self.container("b")], mode: "Direct")
            for name in ["a", "b"] {
                try await hosting.coldframe.setBehavior(name, [
                    "match": ["image": .string("*/\(name):*")], "respond": ["body": .string(name)],
                ])
            }
            for name in ["a", "b", "b"] {
                let answer = try await hosting.invoke(headers: ["X-Amzn-SageMaker-Target-Container-Hostname": name])
                #expect(answer.status == 200 && answer.text == name)
            }
            for headers in [[:], ["X-Amzn-SageMaker-Target-Container-Hostname": "c"]] {
                let refused = try await hosting.invoke(headers: headers)
                #expect(refused.status == 400 && refused.errorType == "ValidationError")
            }
            try await hosting.coldframe.setBehavior("b", ["match": ["image": "*/b:*"], "respond": ["status": 500]])
            let failed = try await hosting.invoke(headers: ["X-Amzn-SageMaker-Target-Container-Hostname": "b"])
            #expect(failed.json["Message"]?.string?.contains("(500) from b with message") == true)
            try await hosting.toNextMinute()
            #expect(try await Self.points(hosting, "Invocations", container: "a") == [1])
            #expect(try await Self.points(hosting, "Invocations", container: "b") == [3])
            #expect(try await Self.points(hosting, "Invocation5XXErrors", container: "b") == [1])
            #expect(try await hosting.points("Invocations") == [4])
        }
    }

    @Test func aContainerThatDoesNotPassItsPingFailsTheFleet() async throws {
        try await Hosting.with { hosting in
            try await hosting.coldframe.setBehavior("sick", ["match": ["image": "*/b:*"], "ping": ["status": 500]])
            try await Self.make(hosting, [Self.container("a"), Self.container("b")])
            let described = try await hosting.describe()
            #expect(described["EndpointStatus"] == "Failed")
            #expect(described["FailureReason"] == .string(
                "The b container for production variant AllTraffic did not pass the ping health check."
                    + " Please check CloudWatch logs for this endpoint."))
        }
    }

    // MARK: Multi-model

    static func makeMultiModel(_ hosting: Hosting, archives: [String], cache: String? = nil) async throws {
        try await hosting.call("CreateModel", [
            "ModelName": "m", "ExecutionRoleArn": "arn:aws:iam::123456789012:role/r",
            "PrimaryContainer": [
                "Image": "images/mme:1", "Mode": "MultiModel", "ModelDataUrl": "s3://models/churn/",
                "MultiModelConfig": cache.map { ["ModelCacheSetting": .string($0)] },
            ],
        ])
        try await hosting.makeConfig("c", [Hosting.variant(model: "m", count: 2)])
        try await hosting.makeEndpoint("churn", config: "c")
        _ = try await hosting.coldframe.send(HTTPRequest(
            method: "PUT", target: "/models", headers: ["Host": "localhost"], body: RequestBody(bytes: [])))
        for archive in archives {
            let answer = try await hosting.coldframe.send(HTTPRequest(
                method: "PUT", target: "/models/churn/\(archive)", headers: ["Host": "localhost"],
                body: RequestBody(bytes: Array("model".utf8))))
            #expect(answer.status == 200)
        }
    }

    static func invoke(_ hosting: Hosting, _ model: String?) async throws -> HTTPAnswer {
        try await hosting.invoke(headers: model.map { ["X-Amzn-SageMaker-Target-Model": $0] } ?? [:])
    }

    @Test func modelsAreLoadedWhenTheyAreAskedFor() async throws {
        try await Hosting.with { hosting in
            try await Self.makeMultiModel(hosting, archives: ["a.tar.gz", "sub/b.tar.gz"])
            try await hosting.coldframe.setBehavior("b", ["match": ["modelDataUrl": "*b.tar.gz"], "respond": ["body": "b"]])
            for _ in 0..<3 { #expect(try await Self.invoke(hosting, "a.tar.gz").status == 200) }
            #expect(try await Self.invoke(hosting, "sub/b.tar.gz").text == "b")
            let missing = try await Self.invoke(hosting, "c.tar.gz")
            #expect(missing.status == 400 && missing.errorType == "ValidationError")
            #expect(missing.json["Message"] == .string(
                "Failed to download model data(bucket: models, key: churn/c.tar.gz). Please ensure that there is an object "
                    + "located at the URL and that the role passed to CreateModel has permissions to download the model."))
            let unnamed = try await Self.invoke(hosting, nil)
            #expect(unnamed.status == 400 && unnamed.json["ErrorCode"] == "TARGET_MODEL_HEADER_MISSING")
            try await hosting.toNextMinute()
            #expect(try await hosting.points("ModelCacheHit") == [2])
            #expect(try await hosting.points("ModelCacheHit", "SampleCount") == [4])
            #expect(try await hosting.points("ModelLoadingTime", "SampleCount") == [2])
            #expect(try await hosting.points("ModelLoadingWaitTime", "Maximum") == [200_000])
            #expect(try await hosting.points("Invocations") == [4])
        }
    }

    @Test func aModelThatLoadsLongIsNotReady() async throws {
        try await Hosting.with { hosting in
            try await Self.makeMultiModel(hosting, archives: ["big.tar.gz"])
            try await hosting.coldframe.setBehavior("big", [
                "match": ["modelDataUrl": "s3://models/churn/big*"], "models": ["loadMilliseconds": 90_000],
            ])
            for seconds in [20.0, 9, 60] {
                let answer = try await Self.invoke(hosting, "big.tar.gz")
                let isReady = seconds == 60
                #expect(isReady ? answer.status == 200 : answer.status == 429)
                if !isReady { #expect(answer.errorType == "ModelNotReadyException") }
                try await hosting.coldframe.advance(by: .seconds(Int64(seconds == 9 ? 70 : seconds)))
            }
            #expect(try await Self.invoke(hosting, "big.tar.gz").status == 200)
        }
    }

    @Test func theModelThatWasNotUsedTheLongestGoes() async throws {
        try await Hosting.with { hosting in
            try await Self.makeMultiModel(hosting, archives: ["a", "b", "c"])
            try await hosting.call("UpdateEndpointWeightsAndCapacities", [
                "EndpointName": "churn",
                "DesiredWeightsAndCapacities": [["VariantName": "AllTraffic", "DesiredInstanceCount": 1]],
            ])
            try await hosting.settle()
            try await hosting.coldframe.setBehavior("small", ["match": ["image": "*mme*"], "models": ["max": 2]])
            for model in ["a", "b", "a", "c", "a", "b"] {
                #expect(try await Self.invoke(hosting, model).status == 200)
            }
            try await hosting.toNextMinute()
            // a b miss, a hits, c takes b's place, a hits, b takes c's.
            #expect(try await hosting.points("ModelCacheHit") == [2])
            #expect(try await hosting.points("ModelUnloadingTime", "SampleCount") == [2])
        }
    }

    @Test func withoutACacheEveryRequestLoads() async throws {
        try await Hosting.with { hosting in
            try await Self.makeMultiModel(hosting, archives: ["a"], cache: "Disabled")
            for _ in 0..<3 { _ = try await Self.invoke(hosting, "a") }
            try await hosting.toNextMinute()
            #expect(try await hosting.points("ModelCacheHit") == [0])
            #expect(try await hosting.points("ModelLoadingTime", "SampleCount") == [3])
        }
    }

    struct Refusal: Sendable, CustomTestStringConvertible {
        var says: String
        var containers: [AWSValue]
        var mode: String?
        var testDescription: String { says }
    }

    @Test(arguments: [
        Refusal(says: "for every container or for none", containers: [container("a"), container("b", hostname: false)]),
        Refusal(says: "must be unique", containers: [container("a"), container("a")]),
        Refusal(says: "Mode Direct needs several", containers: [container("a")], mode: "Direct"),
        Refusal(
            says: "Mode Direct needs several", containers: [container("a", hostname: false), container("b", hostname: false)],
            mode: "Direct"),
        Refusal(says: "must be the only container", containers: [
            container("a"), ["Image": "i", "Mode": "MultiModel", "ModelDataUrl": "s3://b/p/", "ContainerHostname": "x"],
        ]),
        Refusal(says: "needs a ModelDataUrl", containers: [["Image": "i", "Mode": "MultiModel"]]),
    ])
    func modelsThatMakeNoSense(_ row: Refusal) async throws {
        try await Hosting.with { hosting in
            let fault = try await hosting.fault("CreateModel", [
                "ModelName": "m", "ExecutionRoleArn": "arn:aws:iam::123456789012:role/r",
                "Containers": .list(row.containers),
                "InferenceExecutionConfig": row.mode.map { ["Mode": .string($0)] },
            ])
            #expect(fault?.code == "ValidationException" && fault?.message.contains(row.says) == true, "\(String(describing: fault))")
        }
    }
}
