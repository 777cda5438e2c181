import AWSModel
import ColdframeServer
import ColdframeTesting
import Dispatch
import HTTPServer
import Outbound
import S3Service
import SageMakerService
import SimTime
import Store
import Testing
import Timeline
import Vocabulary

/// Asynchronous endpoints: queue, slots, results and failures in S3, limits, metrics, notifications; in simulated time.
@Suite struct AsyncEndpointTests {
    static let config: AWSValue = [
        "ClientConfig": ["MaxConcurrentInvocationsPerInstance": 1],
        "OutputConfig": [
            "S3OutputPath": "s3://results/out/", "S3FailurePath": "s3://results/failed",
            "NotificationConfig": [
                "SuccessTopic": "arn:aws:sns:us-east-1:123456789012:good",
                "ErrorTopic": "arn:aws:sns:us-east-1:123456789012:bad",
                "IncludeInferenceResponseIn": ["SUCCESS_NOTIFICATION_TOPIC"],
            ],
        ],
    ]

    /// An asynchronous endpoint of two instances with one slot each, and a bucket for everything.
    static func served(_ body: (Hosting) async throws -> Void) async throws {
        try await Hosting.with { hosting in
            try await hosting.makeBucket("results")
            try await makeConfig(hosting, "async")
            try await hosting.makeEndpoint("churn", config: "async")
            try await body(hosting)
        }
    }

    static func makeConfig(_ hosting: Hosting, _ name: String, model: String = "blue-model") async throws {
        try await hosting.call("CreateEndpointConfig", [
            "EndpointConfigName": .string(name),
            "ProductionVariants": [Hosting.variant(model: model, count: 2)], "AsyncInferenceConfig": config,
        ])
    }

    /// One request on the object `in/KEY`, with further headers.
    static func invoke(_ hosting: Hosting, _ key: String = "a", _ headers: [String: String] = [:]) async throws -> HTTPAnswer {
        var all: HTTPHeaders = [
            "Host": "localhost", "X-Amzn-SageMaker-InputLocation": "s3://results/in/\(key)",
            "X-Amzn-SageMaker-Content-Type": "text/csv",
        ]
        for (name, value) in headers { all.set(name, value) }
        return try await hosting.coldframe.send(HTTPRequest(
            method: "POST", target: "/endpoints/churn/async-invocations", headers: all, body: RequestBody(bytes: [])))
    }

    static func object(_ hosting: Hosting, _ uri: String?) async throws -> String? {
        guard let location = ObjectLocation(uri: uri ?? ""),
              let object = try hosting.coldframe.server.s3.readObject(location) else { return nil }
        return String(decoding: try await object.bytes(limitBytes: 1 << 20), as: UTF8.self)
    }

    static func put(_ hosting: Hosting, _ key: String, _ text: String) async throws {
        try await hosting.coldframe.server.s3.writeObject(
            ObjectLocation(bucket: "results", key: "in/\(key)"), content: RequestBody(bytes: Array(text.utf8)))
    }

    static func scripted(_ hosting: Hosting, _ respond: AWSValue) async throws {
        try await hosting.coldframe.setBehavior("scripted", ["respond": respond])
    }

    @Test func aSuccess() async throws {
        try await Self.served { hosting in
            try await Self.put(hosting, "a", "1,2")
            try await Self.scripted(hosting, [
                "body": "done", "contentType": "text/plain", "latencyMilliseconds": ["p50": 30_000],
            ])
            let answer = try await Self.invoke(hosting, "a", ["X-Amzn-SageMaker-Inference-Id": "mine"])
            #expect(answer.status == 202 && answer.text == #"{"InferenceId":"mine"}"#)
            let output = answer.headers["X-Amzn-SageMaker-OutputLocation"]
            #expect(output?.hasPrefix("s3://results/out/") == true && output?.hasSuffix(".out") == true)
            #expect(answer.headers["X-Amzn-SageMaker-FailureLocation"]?.hasSuffix("-error.out") == true)
            try await hosting.coldframe.advance(by: .seconds(29))
            #expect(try await Self.object(hosting, output) == nil)
            try await hosting.coldframe.advance(by: .seconds(2))
            #expect(try await Self.object(hosting, output) == "done")
            #expect(try await Self.object(hosting, answer.headers["X-Amzn-SageMaker-FailureLocation"]) == nil)

            let event = try await hosting.coldframe.events(endpoint: "churn").last
            #expect(event?["detail"]?["invocationStatus"] == "Completed")
            #expect(event?["detail"]?["inferenceId"] == "mine")
            #expect(event?["detail"]?["responseBody"]?["content"] == "ZG9uZQ==")
            #expect(event?["resources"]?.list?.last == "arn:aws:sns:us-east-1:123456789012:good")
        }
    }

    /// Requests that are looked at while the endpoint serves, and carried out when it is gone: nothing of them outlives
    /// it.
    @Test func whatMeetsADeletionLeavesNothingBehind() async throws {
        try await Self.served { hosting in
            let server = hosting.coldframe.server, gate = DispatchSemaphore(value: 0)
            func pause() async { for _ in 0..<200 { await Task.yield() } }
            async let held: Void = server.timeline.betweenTurns { gate.wait() }
            await pause()
            let deletion = Task { try await hosting.call("DeleteEndpoint", ["EndpointName": "churn"]) }
            await pause()
            let end = Task { try await hosting.coldframe.advance(by: .hours(1)) }
            await pause()
            let request = Task { try await Self.invoke(hosting) }
            let traffic = Task {
                try await hosting.coldframe.setTraffic(endpoint: "churn", requestsPerSecond: 1)
            }
            await pause()
            gate.signal()
            try await held
            _ = try await deletion.value
            _ = try await end.value
            _ = await (request.result, traffic.result)
            var rows: Int64 = 0
            try server.store.read { try $0.query("SELECT COUNT(*) FROM async_invocation") { rows = $0.integer(0) } }
            #expect(rows == 0)
            let realm = Realm(account: .fallback, region: .fallback)
            #expect(server.sageMaker.traffic.source(endpoint: "churn", realm: realm) == nil)
        }
    }

    /// Large inputs are read in several turns, at one instant.
    @Test func largeInputsAreStartedTogether() async throws {
        try await Hosting.with { hosting in
            try await hosting.makeBucket("results")
            try await hosting.call("CreateEndpointConfig", [
                "EndpointConfigName": "wide", "ProductionVariants": [Hosting.variant(model: "blue-model", count: 1)],
                "AsyncInferenceConfig": [
                    "ClientConfig": ["MaxConcurrentInvocationsPerInstance": 10],
                    "OutputConfig": ["S3OutputPath": "s3://results/out"],
                ],
            ])
            try await hosting.makeEndpoint("churn", config: "wide")
            try await Self.put(hosting, "a", String(repeating: "1", count: 5 << 20))
            try await Self.scripted(hosting, ["body": "done", "latencyMilliseconds": ["p50": 30_000]])
            var outputs: [String?] = []
            // The clock stands still: no request is started before all wait.
            for _ in 0..<9 { outputs.append(try await Self.invoke(hosting).headers["X-Amzn-SageMaker-OutputLocation"]) }
            try await hosting.coldframe.advance(by: .seconds(31))
            var done = 0
            for output in outputs where try await Self.object(hosting, output) == "done" { done += 1 }
            #expect(done == 9)
        }
    }

    struct Failure: CustomTestStringConvertible, Sendable {
        var name: String
        var key = "a"
        var headers: [String: String] = [:]
        var respond: AWSValue = [:]
        var failure: String
        var metric: String
        var testDescription: String { name }
    }

    @Test(arguments: [
        Failure(
            name: "model error", respond: ["status": 500, "body": "no memory"],
            failure: #"Received server error (500) from primary with message "no memory"."#, metric: "InvocationFailures"),
        Failure(
            name: "time-out", headers: ["X-Amzn-SageMaker-InvocationTimeoutSeconds": "5"],
            respond: ["latencyMilliseconds": ["p50": 6000]],
            failure: "Received server error (0) from primary with message \"Your invocation timed out", metric: "InvocationFailures"),
        Failure(
            name: "no input", key: "none", failure: "The input object does not exist",
            metric: "RequestDownloadFailures"),
    ])
    func aFailure(_ expected: Failure) async throws {
        try await Self.served { hosting in
            try await Self.put(hosting, "a", "1,2")
            try await Self.scripted(hosting, expected.respond)
            try await hosting.toNextMinute()
            let answer = try await Self.invoke(hosting, expected.key, expected.headers)
            #expect(answer.status == 202)
            try await hosting.coldframe.advance(by: .seconds(60))
            let text = try await Self.object(hosting, answer.headers["X-Amzn-SageMaker-FailureLocation"])
            #expect(text?.hasPrefix(expected.failure) == true, "\(text ?? "none")")
            #expect(try await Self.object(hosting, answer.headers["X-Amzn-SageMaker-OutputLocation"]) == nil)
            #expect(try await hosting.points(expected.metric) == [1])
            let event = try await hosting.coldframe.events(endpoint: "churn").last
            #expect(event?["detail"]?["invocationStatus"] == "Failed")
        }
    }

    @Test func slotsBacklogAndMetrics() async throws {
        try await Self.served { hosting in
            try await Self.put(hosting, "a", "1,2")
            try await Self.scripted(hosting, ["body": "ok", "latencyMilliseconds": ["p50": 40_000]])
            try await hosting.toNextMinute()
            // Two instances with one slot each: two pairs, 40 seconds each, and the fifth after them.
            for _ in 0..<5 { _ = try await Self.invoke(hosting) }
            try await hosting.coldframe.advance(by: .seconds(60))
            #expect(try await Self.gauge(hosting, "ApproximateBacklogSize").last == 3)
            #expect(try await Self.gauge(hosting, "ApproximateBacklogSizePerInstance").last == 1.5)
            #expect(try await Self.gauge(hosting, "HasBacklogWithoutCapacity").last == 0)
            #expect(try await Self.gauge(hosting, "ApproximateAgeOfOldestRequest").last == 60)
            try await hosting.coldframe.advance(by: .seconds(120))
            #expect(try await Self.gauge(hosting, "ApproximateBacklogSize").last == 0)
            #expect(try await hosting.points("InvocationsProcessed").reduce(0, +) == 5)
            #expect(try await hosting.points("TimeInBacklog", "Maximum").max() ?? 0 >= 80_000)
            #expect(try await hosting.points("ModelLatency", "Maximum").max() == 40_000_000)
            for metric in ["Invocations", "OverheadLatency", "InvocationsPerInstance"] {
                #expect(try await hosting.points(metric) == [], "\(metric)")
            }
        }
    }

    @Test func withoutMachinesRequestsWaitAndExpire() async throws {
        try await Self.served { hosting in
            try await Self.put(hosting, "a", "1,2")
            try await hosting.call("UpdateEndpointWeightsAndCapacities", [
                "EndpointName": "churn",
                "DesiredWeightsAndCapacities": [["VariantName": "AllTraffic", "DesiredInstanceCount": 0]],
            ])
            try await hosting.settle()
            try await hosting.toNextMinute()
            let first = try await Self.invoke(hosting, "a", ["X-Amzn-SageMaker-RequestTTLSeconds": "60"])
            let second = try await Self.invoke(hosting)
            try await hosting.coldframe.advance(by: .seconds(120))
            #expect(try await Self.gauge(hosting, "HasBacklogWithoutCapacity").max() == 1)
            let text = try await Self.object(hosting, first.headers["X-Amzn-SageMaker-FailureLocation"])
            #expect(text?.contains("expired") == true)
            // Counted although no machine has traffic.
            #expect(try await hosting.points("ExpiredRequests").reduce(0, +) == 1)
            try await hosting.call("UpdateEndpointWeightsAndCapacities", [
                "EndpointName": "churn",
                "DesiredWeightsAndCapacities": [["VariantName": "AllTraffic", "DesiredInstanceCount": 1]],
            ])
            try await hosting.settle()
            try await hosting.coldframe.advance(by: .seconds(5))
            #expect(try await Self.object(hosting, second.headers["X-Amzn-SageMaker-OutputLocation"]) != nil)
        }
    }

    /// A request under way when the last machine goes is done, and counted.
    @Test func aRequestOutlivesItsMachine() async throws {
        try await Self.served { hosting in
            try await Self.put(hosting, "a", "1,2")
            try await Self.scripted(hosting, ["body": "ok", "latencyMilliseconds": ["p50": 40_000]])
            try await hosting.toNextMinute()
            let answer = try await Self.invoke(hosting)
            try await hosting.coldframe.advance(by: .seconds(1))
            try await hosting.call("UpdateEndpointWeightsAndCapacities", [
                "EndpointName": "churn",
                "DesiredWeightsAndCapacities": [["VariantName": "AllTraffic", "DesiredInstanceCount": 0]],
            ])
            try await hosting.settle()
            try await hosting.coldframe.advance(by: .seconds(60))
            #expect(try await Self.object(hosting, answer.headers["X-Amzn-SageMaker-OutputLocation"]) == "ok")
            #expect(try await hosting.points("InvocationsProcessed").reduce(0, +) == 1)
            #expect(try await hosting.points("ModelLatency", "Maximum").max() == 40_000_000)
        }
    }

    @Test func theKindStays() async throws {
        try await Self.served { hosting in
            let described = try await hosting.describe()
            #expect(described["AsyncInferenceConfig"] == Self.config)
            let refused = try await hosting.fault("UpdateEndpoint", ["EndpointName": "churn", "EndpointConfigName": "green"])
            #expect(refused?.message.hasPrefix(
                "The AsyncInferenceConfig parameter cannot be removed from this endpoint churn. To change the e") == true)
            #expect(try await hosting.invoke().errorType == "ValidationError")
            try await hosting.makeEndpoint("plain", config: "green")
            let plain = try await hosting.coldframe.send(HTTPRequest(
                method: "POST", target: "/endpoints/plain/async-invocations",
                headers: ["Host": "localhost", "X-Amzn-SageMaker-InputLocation": "s3://results/in/a"],
                body: RequestBody(bytes: [])))
            #expect(plain.status == 400 && plain.errorType == "ValidationError")
        }
    }

    @Test func aGuardedUpdateLosesNoRequest() async throws {
        try await Self.served { hosting in
            try await Self.put(hosting, "a", "1,2")
            try await Self.scripted(hosting, ["body": "ok", "latencyMilliseconds": ["p50": 20_000]])
            var outputs: [String?] = []
            for _ in 0..<6 { outputs.append(try await Self.invoke(hosting).headers["X-Amzn-SageMaker-OutputLocation"]) }
            try await Self.makeConfig(hosting, "next", model: "green-model")
            try await hosting.call("UpdateEndpoint", [
                "EndpointName": "churn", "EndpointConfigName": "next",
                "DeploymentConfig": ["BlueGreenUpdatePolicy": [
                    "TrafficRoutingConfiguration": [
                        "Type": "CANARY", "WaitIntervalInSeconds": 30,
                        "CanarySize": ["Type": "INSTANCE_COUNT", "Value": 1],
                    ],
                ]],
            ])
            #expect(try await hosting.settle()["EndpointConfigName"] == "next")
            try await hosting.coldframe.advance(by: .minutes(2))
            for output in outputs { #expect(try await Self.object(hosting, output) == "ok") }
        }
    }

    @Test func aDeletedEndpointForgetsItsQueue() async throws {
        try await Self.served { hosting in
            try await Self.put(hosting, "a", "1,2")
            try await Self.scripted(hosting, ["body": "ok", "latencyMilliseconds": ["p50": 50_000]])
            let output = try await Self.invoke(hosting).headers["X-Amzn-SageMaker-OutputLocation"]
            try await hosting.call("DeleteEndpoint", ["EndpointName": "churn"])
            try await hosting.coldframe.advance(by: .minutes(2))
            #expect(try await Self.object(hosting, output) == nil)
            #expect(try hosting.coldframe.nextTimer() == nil)
        }
    }

    static func gauge(_ hosting: Hosting, _ metric: String) async throws -> [Double] {
        let answer = try await hosting.call("GetMetricStatistics", [
            "Namespace": "AWS/SageMaker", "MetricName": .string(metric), "Period": 60, "Statistics": ["Maximum"],
            "Dimensions": [["Name": "EndpointName", "Value": "churn"]],
            "StartTime": .timestamp(hosting.coldframe.now - .hours(1)),
            "EndTime": .timestamp(hosting.coldframe.now + .minutes(1)),
        ], service: "cloudwatch")
        return (answer["Datapoints"]?.list ?? []).sorted {
            ($0["Timestamp"]?.instant ?? hosting.coldframe.now) < ($1["Timestamp"]?.instant ?? hosting.coldframe.now)
        }.compactMap { $0["Maximum"]?.double }
    }
}

extension Hosting {
    /// Makes a bucket.
    func makeBucket(_ bucket: String) async throws {
        let answer = try await coldframe.send(HTTPRequest(
            method: "PUT", target: "/\(bucket)", headers: ["Host": "localhost"], body: RequestBody(bytes: [])))
        #expect(answer.status == 200)
    }
}
