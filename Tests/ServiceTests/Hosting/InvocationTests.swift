import AWSModel
import AWSProtocols
import ColdframeTesting
import HTTPServer
import Outbound
import SimTime
import Testing

/// InvokeEndpoint as HTTP sees it: choice of the variant, limits, errors word for word.
@Suite struct InvocationTests {
    static let seeLogs = "See https://us-east-1.console.aws.amazon.com/cloudwatch/home?region=us-east-1"
        + "#logEventViewer:group=/aws/sagemaker/Endpoints/churn in account 123456789012 for more information."

    /// Variants `a` and `b` of one instance each, with these weights.
    static func withVariants(
        _ weights: [(String, Double)], _ body: (Hosting) async throws -> Void
    ) async throws {
        try await Hosting.with { hosting in
            try await hosting.makeConfig("two", weights.map {
                Hosting.variant($0.0, model: "blue-model", count: 1, weight: $0.1)
            })
            try await hosting.makeEndpoint("churn", config: "two")
            try await body(hosting)
        }
    }

    @Test func aSuccess() async throws {
        try await Hosting.served { hosting in
            let answer = try await hosting.invoke()
            #expect(answer.status == 200 && !answer.body.isEmpty)
            #expect(answer.headers["x-Amzn-Invoked-Production-Variant"] == "AllTraffic")
            #expect(answer.headers["Content-Type"] != nil && answer.headers["x-amzn-RequestId"] != nil)
            #expect(answer.headers["X-Coldframe-Model"] == "synthetic")
            #expect(try await hosting.invoke().body == answer.body)
        }
    }

    @Test(arguments: [(3.0, 1.0, 0.75), (1, 1, 0.5), (1, 0, 1), (0, 5, 0)])
    func weightsShareTheTraffic(_ a: Double, _ b: Double, _ expected: Double) async throws {
        try await Self.withVariants([("a", a), ("b", b)]) { hosting in
            let count = 400
            var chosen = 0
            for _ in 0..<count {
                let variant = try await hosting.invoke().headers["x-Amzn-Invoked-Production-Variant"]
                #expect(variant == "a" || variant == "b")
                if variant == "a" { chosen += 1 }
            }
            // Four standard deviations; exact where there is no chance.
            let tolerance = 4 * (expected * (1 - expected) / Double(count)).squareRoot()
            #expect(abs(Double(chosen) / Double(count) - expected) <= tolerance)
        }
    }

    @Test func aTargetVariantOverridesWeights() async throws {
        try await Self.withVariants([("a", 1), ("b", 0)]) { hosting in
            for _ in 0..<20 {
                let answer = try await hosting.invoke(headers: ["X-Amzn-SageMaker-Target-Variant": "b"])
                #expect(answer.headers["x-Amzn-Invoked-Production-Variant"] == "b")
            }
            for name in ["c", "B"] {
                let answer = try await hosting.invoke(headers: ["X-Amzn-SageMaker-Target-Variant": name])
                #expect(answer.status == 400 && answer.errorType == "ValidationError", "\(name)")
            }
            let long = try await hosting.invoke(
                headers: ["X-Amzn-SageMaker-Target-Variant": String(repeating: "v", count: 64)])
            #expect(long.status == 400 && long.errorType == "ValidationError")
        }
    }

    @Test func weightsChangeWhileServing() async throws {
        try await Self.withVariants([("a", 1), ("b", 0)]) { hosting in
            try await hosting.call("UpdateEndpointWeightsAndCapacities", [
                "EndpointName": "churn", "DesiredWeightsAndCapacities": [
                    ["VariantName": "a", "DesiredWeight": 0], ["VariantName": "b", "DesiredWeight": 1],
                ],
            ])
            #expect(try await hosting.describe()["PendingDeploymentSummary"] == nil)
            let described = try await hosting.settle()
            #expect(described["ProductionVariants"]?.list?.map { $0["CurrentWeight"]?.double } == [0, 1])
            for _ in 0..<20 {
                #expect(try await hosting.invoke().headers["x-Amzn-Invoked-Production-Variant"] == "b")
            }
        }
    }

    @Test func anUnknownEndpoint() async throws {
        try await Hosting.with { hosting in
            try await hosting.call("CreateEndpoint", ["EndpointName": "young", "EndpointConfigName": "blue"])
            for name in ["none", "young"] {
                let answer = try await hosting.invoke(name)
                #expect(answer.status == 400)
                #expect(answer.text == """
                    {"ErrorCode":"NO_SUCH_ENDPOINT","Message":"Endpoint \(name) of account 123456789012 not found."}
                    """)
                #expect(answer.headers["x-amzn-ErrorType"]
                    == "ValidationError:http://internal.amazon.com/coral/com.amazon.sagemaker/")
            }
        }
    }

    @Test func anotherAccountOrRegionHasNoSuchEndpoint() async throws {
        try await Hosting.served { hosting in
            for (key, region, account) in [
                ("210987654321", "us-east-1", "210987654321"), ("123456789012", "eu-west-1", "123456789012"),
            ] {
                let answer = try await hosting.invoke(headers: [
                    "Authorization": "AWS4-HMAC-SHA256 Credential=\(key)/20260105/\(region)/sagemaker/aws4_request, "
                        + "SignedHeaders=host, Signature=00",
                ])
                #expect(answer.json["Message"]?.string == "Endpoint churn of account \(account) not found.")
            }
        }
    }

    @Test func aTargetModelNeedsAMultiModelEndpoint() async throws {
        try await Hosting.served { hosting in
            let answer = try await hosting.invoke(headers: ["X-Amzn-SageMaker-Target-Model": "m.tar.gz"])
            #expect(answer.status == 400)
            #expect(answer.text == #"{"ErrorCode":"TARGET_MODEL_HEADER_NOT_SUPPORTED","Message":"Endpoint churn is not a "#
                + #"multi-model endpoint and does not support target model header."}"#)
        }
    }

    struct ModelError: CustomTestStringConvertible {
        var status: Int64
        var opening: String
        var code: String
        var testDescription: String { "\(status)" }
    }

    @Test(arguments: [
        ModelError(status: 400, opening: "Received client error (400) from primary", code: "CLIENT_ERROR_FROM_MODEL"),
        ModelError(status: 404, opening: "Received client error (404) from primary", code: "CLIENT_ERROR_FROM_MODEL"),
        ModelError(status: 500, opening: "Received server error (500) from primary", code: "SERVER_ERROR_FROM_MODEL"),
        ModelError(status: 503, opening: "Received server error (503) from primary", code: "SERVER_ERROR_FROM_MODEL"),
    ])
    func aModelError(_ expected: ModelError) async throws {
        try await Hosting.served { hosting in
            let text = "bad \"row\"\n\u{e9}\u{1}/"
            try await hosting.coldframe.setBehavior("broken", [
                "respond": ["status": .integer(expected.status), "body": .string(text)],
            ])
            let answer = try await hosting.invoke()
            #expect(answer.status == 424 && answer.errorType == "ModelError")
            #expect(answer.json.entries.map(\.key) == [
                "ErrorCode", "LogStreamArn", "Message", "OriginalMessage", "OriginalStatusCode",
            ])
            #expect(answer.json == [
                "ErrorCode": .string(expected.code), "OriginalMessage": .string(text),
                "LogStreamArn": "arn:aws:logs:us-east-1:123456789012:log-group:/aws/sagemaker/Endpoints/churn",
                "Message": .string("\(expected.opening) with message \"\(text)\". \(Self.seeLogs)"),
                "OriginalStatusCode": .integer(expected.status),
            ])
        }
    }

    struct ServiceFault: CustomTestStringConvertible {
        var name: String
        var status: Int
        var testDescription: String { name }
    }

    @Test(arguments: [
        ServiceFault(name: "InternalDependencyException", status: 530), ServiceFault(name: "InternalFailure", status: 500),
        ServiceFault(name: "ModelNotReadyException", status: 429), ServiceFault(name: "ServiceUnavailable", status: 503),
        ServiceFault(name: "ThrottlingException", status: 400),
    ])
    func anErrorOfTheServiceItself(_ expected: ServiceFault) async throws {
        try await Hosting.served { hosting in
            try await hosting.coldframe.setBehavior("fault", ["respond": ["fault": .string(expected.name)]])
            try await hosting.toNextMinute()
            let answer = try await hosting.invoke()
            #expect(answer.status == expected.status && answer.errorType == expected.name)
            #expect(answer.json.entries.map { $0.key.lowercased() } == ["message"])
            try await hosting.coldframe.setBehavior("fault", [
                "respond": ["fault": .string(expected.name), "errorRate": 0],
            ])
            #expect(try await hosting.invoke().status == 200)
            try await hosting.coldframe.advance(by: .minutes(1))
            #expect(try await hosting.points("Invocations").reduce(0, +) == 1)
        }
    }

    @Test(arguments: [(Int64(59_999), false), (60_001, true), (500_000, true)])
    func aModelHasSixtySeconds(_ milliseconds: Int64, _ isTimeout: Bool) async throws {
        try await Hosting.served { hosting in
            try await hosting.coldframe.setBehavior("slow", [
                "respond": ["latencyMilliseconds": ["p50": .integer(milliseconds), "p99": .integer(milliseconds)]],
            ])
            let answer = try await hosting.invoke()
            guard isTimeout else {
                #expect(answer.status == 200)
                return
            }
            let text = "Your invocation timed out while waiting for a response from container primary. Review the latency "
                + "metrics for each container in Amazon CloudWatch, resolve the issue, and try again."
            #expect(answer.status == 424 && answer.json["OriginalStatusCode"] == 0)
            #expect(answer.json["OriginalMessage"] == .string(text))
            #expect(answer.json["Message"] == .string(
                "Received server error (0) from primary with message \"\(text)\". \(Self.seeLogs)"))
            try await hosting.coldframe.advance(by: .minutes(1))
            #expect(try await hosting.points("Invocation5XXErrors").reduce(0, +) == 1)
            #expect(try await hosting.points("InvocationModelErrors").reduce(0, +) == 1)
            #expect(try await hosting.points("ModelLatency", "Maximum").max() == 60_000_000)
        }
    }

    @Test(arguments: [(0, 200), (6 << 20, 200), ((6 << 20) + 1, 400)])
    func aBodyHasSixMebibytes(_ byteCount: Int, _ status: Int) async throws {
        try await Hosting.served { hosting in
            try await hosting.coldframe.setBehavior("plain", ["respond": ["status": 200, "body": "ok"]])
            let answer = try await hosting.invoke(body: [UInt8](repeating: 0x31, count: byteCount))
            #expect(answer.status == status)
            if status == 400 {
                #expect(answer.errorType == "ValidationError")
                let text = answer.json["Message"]?.string ?? ""
                #expect(text.hasSuffix("Member must have length less than or equal to 6291456"))
            } else {
                #expect(answer.text == "ok" && answer.headers["X-Coldframe-Model"] == "scripted")
            }
        }
    }

    @Test func refusedCallsAreNotCounted() async throws {
        try await Hosting.served { hosting in
            try await hosting.toNextMinute()
            _ = try await hosting.invoke(headers: ["X-Amzn-SageMaker-Target-Model": "m"])
            _ = try await hosting.invoke(headers: ["X-Amzn-SageMaker-Target-Variant": "none"])
            _ = try await hosting.invoke(body: [UInt8](repeating: 0, count: (6 << 20) + 1))
            try await hosting.coldframe.advance(by: .minutes(1))
            #expect(try await hosting.points("Invocations").reduce(0, +) == 0)
            #expect(try await hosting.points("Invocation4XXErrors", "SampleCount") == [])
        }
    }

    // MARK: Metrics

    @Test func bothSetsOfDimensionsCount() async throws {
        try await Hosting.served { hosting in
            try await hosting.toNextMinute()
            for _ in 0..<6 { _ = try await hosting.invoke() }
            try await hosting.coldframe.advance(by: .minutes(1))
            for config in [nil, "blue"] as [String?] {
                #expect(try await hosting.points("Invocations", config: config).last == 6)
                #expect(try await hosting.points("Invocations", "SampleCount", config: config).last == 6)
                for metric in ["Invocation4XXErrors", "Invocation5XXErrors", "InvocationModelErrors"] {
                    #expect(try await hosting.points(metric, "Average", config: config) == [0])
                    #expect(try await hosting.points(metric, "SampleCount", config: config) == [6])
                }
                #expect(try await hosting.points("ModelLatency", "SampleCount", config: config) == [6])
                #expect(try await hosting.points("OverheadLatency", "SampleCount", config: config) == [6])
            }
            // Six invocations over three instances; the fleet's own set does not have it.
            #expect(abs((try await hosting.points("InvocationsPerInstance").last ?? 0) - 2) < 1e-9)
            #expect(try await hosting.points("InvocationsPerInstance", config: "blue") == [])
        }
    }

    @Test func idleMinutes() async throws {
        try await Hosting.served { hosting in
            try await hosting.toNextMinute()
            let before = try await hosting.points("Invocations").count
            try await hosting.coldframe.advance(by: .minutes(3))
            #expect(try await hosting.points("Invocations").count == before + 3)
            #expect(try await hosting.points("Invocations").allSatisfy { $0 == 0 })
            #expect(try await hosting.points("Invocations", config: "blue") == [])
            for metric in ["ModelLatency", "OverheadLatency", "Invocation4XXErrors", "Invocation5XXErrors"] {
                #expect(try await hosting.points(metric, "SampleCount") == [], "\(metric)")
            }
        }
    }

    @Test func anUpdateSplitsOnlyTheFleetsOwnSet() async throws {
        try await Hosting.served { hosting in
            try await hosting.toNextMinute()
            for _ in 0..<2 { _ = try await hosting.invoke() }
            try await hosting.call("UpdateEndpoint", ["EndpointName": "churn", "EndpointConfigName": "green"])
            try await hosting.settle()
            for _ in 0..<3 { _ = try await hosting.invoke() }
            try await hosting.toNextMinute()
            #expect(try await hosting.points("Invocations").reduce(0, +) == 5)
            #expect(try await hosting.points("Invocations", config: "blue") == [2])
            #expect(try await hosting.points("Invocations", config: "green") == [3])
        }
    }

    @Test func aSharedModelSplitsByVariant() async throws {
        try await Self.withVariants([("a", 1), ("b", 0)]) { hosting in
            try await hosting.toNextMinute()
            for _ in 0..<4 { _ = try await hosting.invoke() }
            _ = try await hosting.invoke(headers: ["X-Amzn-SageMaker-Target-Variant": "b"])
            try await hosting.coldframe.advance(by: .minutes(1))
            #expect(try await hosting.points("Invocations", variant: "a").last == 4)
            #expect(try await hosting.points("Invocations", variant: "b").last == 1)
            #expect(try await hosting.points("InvocationsPerInstance", variant: "a").last == 4)
        }
    }
}
