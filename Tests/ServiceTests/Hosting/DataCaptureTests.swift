import AWSModel
import AWSProtocols
import BlobStore
import ColdframeServer
import ColdframeTesting
import Gateway
import HTTPServer
import Outbound
import S3Service
import SimTime
import Synchronization
import Testing
import Timeline

/// Data capture, sessions and concurrency as the service writes and counts them.
@Suite struct DataCaptureTests {
    static func captured(
        _ capture: AWSObject, isShadowed: Bool = true, _ body: (Hosting) async throws -> Void
    ) async throws {
        try await Hosting.with { hosting in
            try await hosting.makeBucket("captured")
            var config: AWSObject = [
                "EnableCapture": true, "InitialSamplingPercentage": 100, "DestinationS3Uri": "s3://captured/p",
                "CaptureOptions": [["CaptureMode": "InputAndOutput"]],
            ]
            for entry in capture.entries { config[entry.key] = entry.value }
            try await hosting.call("CreateEndpointConfig", [
                "EndpointConfigName": "captured", "DataCaptureConfig": .object(config),
                "ProductionVariants": [Hosting.variant("main", model: "blue-model", count: 1)],
                "ShadowProductionVariants": isShadowed
                    ? [Hosting.variant("shadow", model: "green-model", count: 1)] : nil,
            ])
            try await hosting.makeEndpoint("churn", config: "captured")
            try await body(hosting)
        }
    }

    /// The captured lines below a prefix of keys.
    static func lines(_ hosting: Hosting, under prefix: String) async throws -> [AWSObject] {
        let listed = try await hosting.coldframe.send(HTTPRequest(
            method: "GET", target: "/captured?list-type=2&prefix=\(prefix)", headers: ["Host": "localhost"],
            body: RequestBody(bytes: [])))
        var lines: [AWSObject] = []
        for part in listed.text.split(separator: "<Key>").dropFirst() {
            let key = String(part.prefix { $0 != "<" })
            let object = try await hosting.coldframe.send(HTTPRequest(
                method: "GET", target: "/captured/\(key)", headers: ["Host": "localhost"], body: RequestBody(bytes: [])))
            lines += object.body.split(separator: 0x0a).compactMap { (try? JSON.parse(Array($0)))?.object }
        }
        return lines
    }

    struct Row: CustomTestStringConvertible, Sendable {
        var name: String
        var header: AWSValue?
        var contentType: String
        var body: [UInt8]
        /// The encoding and the data that are written down.
        var encoding: String
        var data: String
        var testDescription: String { name }
    }

    @Test(arguments: [
        Row(name: "named as CSV", header: ["CsvContentTypes": ["text/csv"]], contentType: "text/csv; charset=utf-8",
            body: Array("1,\"a\"".utf8), encoding: "CSV", data: "1,\"a\""),
        Row(name: "named as JSON", header: ["JsonContentTypes": ["application/json"]], contentType: "application/json",
            body: Array("{}".utf8), encoding: "JSON", data: "{}"),
        Row(name: "not named", header: nil, contentType: "text/csv", body: Array("1".utf8), encoding: "BASE64", data: "MQ=="),
        Row(name: "named but no text", header: ["CsvContentTypes": ["text/csv"]], contentType: "text/csv", body: [0xff],
            encoding: "BASE64", data: "/w=="),
    ])
    func encodings(_ row: Row) async throws {
        var config: AWSObject = [:]
        config["CaptureContentTypeHeader"] = row.header
        try await Self.captured(config) { hosting in
            _ = try await hosting.invoke(headers: ["Content-Type": row.contentType], body: row.body)
            try await hosting.coldframe.advance(by: .minutes(1))
            for variant in ["main", "shadow"] {
                let lines = try await Self.lines(hosting, under: "p/churn/\(variant)/")
                #expect(lines.count == 1)
                let input = lines.first?["captureData"]?["endpointInput"]
                #expect(input?["encoding"]?.string == row.encoding && input?["data"]?.string == row.data)
                #expect(input?["observedContentType"]?.string == row.contentType)
            }
        }
    }

    @Test func errorsAreNotCaptured() async throws {
        try await Self.captured([:]) { hosting in
            try await hosting.coldframe.setBehavior("broken", ["respond": ["status": 500]])
            _ = try await hosting.invoke()
            try await hosting.coldframe.advance(by: .minutes(1))
            #expect(try await Self.lines(hosting, under: "p/").isEmpty)
        }
    }

    @Test func aBucketThatIsNotThereLosesOnlyTheCapture() async throws {
        try await Self.captured(["DestinationS3Uri": "s3://nowhere/p"]) { hosting in
            #expect(try await hosting.invoke().status == 200)
            try await hosting.coldframe.advance(by: .minutes(2))
            #expect(try await hosting.points("Invocations", variant: "main").reduce(0, +) == 1)
        }
    }

    /// Whoever else writes in the same turn may make it fail: what was taken to be written is written by the next one.
    @Test func aTurnThatFailsLosesNeitherCapturesNorLogLines() async throws {
        struct Refused: Error {}
        try await Self.captured([:], isShadowed: false) { hosting in
            let refusals = Mutex(0)
            hosting.coldframe.server.timeline.beforeAdvanceAnswers { _ in
                let isLeft = refusals.withLock { left in
                    defer { left -= 1 }
                    return left > 0
                }
                if isLeft { throw Refused() }
            }
            try await hosting.coldframe.setBehavior("scripted", ["respond": ["body": "first"]])
            #expect(try await hosting.invoke().status == 200)
            try await hosting.coldframe.setBehavior("broken", ["respond": ["status": 500, "body": "out of memory"]])
            #expect(try await hosting.invoke().status == 424)
            refusals.withLock { $0 = 1 }
            await #expect(throws: (any Error).self) { try await hosting.coldframe.advance(by: .seconds(1)) }
            try await hosting.coldframe.setBehavior("broken", ["respond": ["body": "second"]])
            #expect(try await hosting.invoke().status == 200)
            try await hosting.coldframe.advance(by: .seconds(1))
            let bodies = try await Self.lines(hosting, under: "p/churn/main/").map {
                $0["captureData"]?["endpointOutput"]?["data"]?.string
            }
            #expect(bodies == [Base64.encode(Array("first".utf8)), Base64.encode(Array("second".utf8))])
            #expect(try await ContainerLogTests.messages(hosting, "memory").count == 1)
        }
    }

    struct Stream: CustomTestStringConvertible, Sendable {
        var name: String
        var stream: AWSValue
        var captured: [String]
        var testDescription: String { name }
    }

    @Test(arguments: [
        Stream(name: "chunks are one line", stream: ["chunks": ["a", "", "bc"], "delayMilliseconds": 5], captured: ["abc"]),
        Stream(name: "no chunks", stream: ["chunks": []], captured: [""]),
        Stream(name: "what broke off is not captured", stream: [
            "chunks": ["a", "b"], "error": ["afterChunks": 1, "code": "StreamBroken", "message": "gone"],
        ], captured: []),
    ])
    func streams(_ row: Stream) async throws {
        let header: AWSValue = ["CsvContentTypes": ["text/csv", "text/plain"]]
        try await Self.captured(["CaptureContentTypeHeader": header]) { hosting in
            try await hosting.coldframe.setBehavior(
                "scripted", ["respond": ["contentType": "text/plain", "stream": row.stream]])
            let answer = try await ResponseStreamTests.stream(hosting, headers: ["X-Amzn-SageMaker-Inference-Id": "one"])
            #expect(answer.status == 200)
            try await hosting.coldframe.advance(by: .minutes(1))
            let lines = try await Self.lines(hosting, under: "p/churn/main/")
            #expect(lines.map { $0["captureData"]?["endpointOutput"]?["data"]?.string } == row.captured)
            for line in lines {
                #expect(line["captureData"]?["endpointInput"]?["data"]?.string == "1,2")
                #expect(line["captureData"]?["endpointOutput"]?["observedContentType"]?.string == "text/plain")
                #expect(line["eventMetadata"]?["inferenceId"]?.string == "one")
            }
        }
    }

    /// The requests of streams under way count towards what these may hold together; those that are not captured do not.
    @Test(arguments: [("Input", 1), ("Output", 2)])
    func openStreamsHoldABoundedAmount(_ mode: String, _ captured: Int) async throws {
        func open(_ hosting: Hosting, _ byteCount: Int) async -> ResponseBody {
            await hosting.coldframe.server.gateway.respond(to: HTTPRequest(
                method: "POST", target: "/endpoints/churn/invocations-response-stream",
                headers: ["Host": "localhost", "Content-Type": "text/csv"],
                body: RequestBody(bytes: Array(repeating: 0x31, count: byteCount)))).body
        }
        func complete(_ body: ResponseBody) async throws {
            guard case .stream(_, let next) = body else { Issue.record("no stream"); return }
            while try await next() != nil {}
        }
        try await Self.captured([
            "CaptureOptions": [["CaptureMode": .string(mode)]],
            "CaptureContentTypeHeader": ["CsvContentTypes": ["text/csv"]],
        ], isShadowed: false) { hosting in
            try await hosting.coldframe.setBehavior("scripted", ["respond": ["contentType": "text/csv", "body": "1"]])
            var held: [ResponseBody] = []
            for _ in 0..<10 { held.append(await open(hosting, 6 << 20)) }
            held.append(await open(hosting, 3_990 << 10))
            try await complete(await open(hosting, 200 << 10))
            // The clients leave; what their streams held is free again.
            held = []
            try await complete(await open(hosting, 200 << 10))
            try await hosting.coldframe.advance(by: .minutes(1))
            let lines = try await Self.lines(hosting, under: "p/churn/main/")
            #expect(lines.count == captured)
        }
    }

    @Test func anAsynchronousRequestIsCapturedWhenItEnds() async throws {
        try await Hosting.with { hosting in
            for bucket in ["captured", "results"] { try await hosting.makeBucket(bucket) }
            try await hosting.call("CreateEndpointConfig", [
                "EndpointConfigName": "async", "ProductionVariants": [Hosting.variant(model: "blue-model", count: 1)],
                "AsyncInferenceConfig": AsyncEndpointTests.config,
                "DataCaptureConfig": [
                    "EnableCapture": true, "InitialSamplingPercentage": 100, "DestinationS3Uri": "s3://captured/p",
                    "CaptureOptions": [["CaptureMode": "InputAndOutput"]],
                    "CaptureContentTypeHeader": ["CsvContentTypes": ["text/csv"]],
                ],
            ])
            try await hosting.makeEndpoint("churn", config: "async")
            try await AsyncEndpointTests.put(hosting, "a", "1,2")
            try await AsyncEndpointTests.scripted(hosting, [
                "body": "done", "contentType": "text/csv", "latencyMilliseconds": ["p50": 90_000],
            ])
            try await hosting.toNextMinute()
            let inference = "X-Amzn-SageMaker-Inference-Id"
            _ = try await AsyncEndpointTests.invoke(hosting, "a", [inference: "good"])
            _ = try await AsyncEndpointTests.invoke(hosting, "none", [inference: "bad"])
            try await hosting.coldframe.advance(by: .minutes(1))
            #expect(try await Self.lines(hosting, under: "p/churn/AllTraffic/").isEmpty)
            try await hosting.coldframe.advance(by: .minutes(1))
            let lines = try await Self.lines(hosting, under: "p/churn/AllTraffic/")
            #expect(lines.count == 1)
            let data = lines.first?["captureData"]
            #expect(data?["endpointInput"]?["data"]?.string == "1,2" && data?["endpointInput"]?["encoding"]?.string == "CSV")
            #expect(data?["endpointOutput"]?["data"]?.string == "done" && data?["endpointOutput"]?["mode"]?.string == "OUTPUT")
            #expect(lines.first?["eventMetadata"]?["inferenceId"]?.string == "good")
        }
    }

    /// 6 requests a second of 500 ms each are 3 at once; over 3 instances, 1 each.
    @Test func concurrencyIsLatencyTimesRate() async throws {
        try await Hosting.served { hosting in
            try await hosting.coldframe.setBehavior("slow", ["respond": ["latencyMilliseconds": ["p50": 500]]])
            try await hosting.toNextMinute()
            try await hosting.coldframe.setTraffic(endpoint: "churn", requestsPerSecond: 6, seed: 1)
            try await hosting.coldframe.advance(by: .minutes(3))
            let concurrency = try await hosting.points("ConcurrentRequestsPerModel", "Average").last ?? 0
            #expect(abs(concurrency - 1) < 0.02)
        }
    }

    @Test func aSessionStaysOnItsMachine() async throws {
        try await Hosting.served { hosting in
            let name = "X-Amzn-SageMaker-Session-Id"
            let opened = try await hosting.invoke(headers: [name: "NEW_SESSION"])
            let told = opened.headers["X-Amzn-SageMaker-New-Session-Id"] ?? ""
            let session = String(told.prefix { $0 != ";" })
            #expect(session.utf8.count == 36)
            #expect(try await hosting.invoke(headers: [name: session]).status == 200)
            try await hosting.coldframe.setBehavior("close", ["respond": ["closesSession": true]])
            let closed = try await hosting.invoke(headers: [name: session])
            #expect(closed.headers["X-Amzn-SageMaker-Closed-Session-Id"] == session)
            let after = try await hosting.invoke(headers: [name: session])
            #expect(after.status == 400 && after.errorType == "ValidationError")
        }
    }
}
