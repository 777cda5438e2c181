import AWSModel
import ColdframeServer
import ColdframeTesting
import Dispatch
import HTTPServer
import Outbound
import SimTime
import Synchronization
import Testing
import Timeline

/// The client and the driver against a server on a port.
@Suite struct LiveTests {
    static func withServer(_ body: (ServerURL) async throws -> Void) async throws {
        var settings = ServerSettings()
        settings.port = 0
        settings.clock = .init(mode: .manual)
        settings.seed = 1
        let server = try ColdframeServer(settings)
        let address = try await server.start()
        do {
            try await body(ServerURL(host: address.host, port: address.port))
            await server.stop(drainingSeconds: 0)
        } catch {
            await server.stop(drainingSeconds: 0)
            throw error
        }
    }

    static func offLoop<T: Sendable>(_ work: @escaping @Sendable () throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(with: Result { try work() }) }
        }
    }

    @Test func theLiveDriverSpeaksLikeTheLocalOne() async throws {
        try await Self.withServer { url in
            let live = LiveColdframe(url: url)
            try await live.call(service: "sagemaker", operation: "CreateModel", input: [
                "ModelName": "m", "ExecutionRoleArn": "arn:aws:iam::123456789012:role/r", "PrimaryContainer": ["Image": "i"],
            ])
            try await live.advance(by: .seconds(100))
            #expect(try await live.clockShift().duration == .minutes(2))
            let models = try await live.call(service: "sagemaker", operation: "ListModels")
            #expect(models["Models"]?.list?.first?["ModelName"] == "m")
            #expect(try await live.events().isEmpty)
            let fault = await #expect(throws: CallFault.self) {
                try await live.call(service: "sagemaker", operation: "DescribeModel", input: ["ModelName": "other"])
            }
            #expect(fault?.code == "ValidationException" && fault?.status == 400)
        }
    }

    @Test func filesGoOutAndInOverTheWire() async throws {
        try await Self.withServer { url in
            let client = HTTPClient(url: url, timeoutMilliseconds: 20_000)
            let live = LiveColdframe(url: url)
            for (target, size) in [("/bucket", 0), ("/bucket/k", 3_000_000)] {
                let body = [UInt8](repeating: 0x61, count: size)
                let answer = try await Self.offLoop { try client.exchange("PUT", target, body: body) }
                #expect(answer.status == 200)
            }
            let snapshot = try await Self.offLoop { try client.exchange("POST", "/_coldframe/state/export") }
            #expect(snapshot.status == 200 && snapshot.headers["Content-Length"] == "\(snapshot.body.count)")
            try await live.control("POST", "reset")
            let answer = try await Self.offLoop {
                var position = 0
                let upload = HTTPClient.Upload(byteCount: snapshot.body.count) {
                    defer { position = min(snapshot.body.count, position + 100_000) }
                    return Array(snapshot.body[position..<min(snapshot.body.count, position + 100_000)])
                }
                var status = 0
                try client.exchange("POST", "/_coldframe/state/import", upload: upload) { found, _ in
                    status = found
                } body: { _ in true }
                return status
            }
            #expect(answer == 200)
            let object = try await Self.offLoop { try client.exchange("GET", "/bucket/k") }
            // Compared outside of the macro, which would look for the difference of two long arrays.
            let isWhole = object.body == [UInt8](repeating: 0x61, count: 3_000_000)
            #expect(isWhole)
        }
    }

    /// The server says no long before all has arrived, and the client hears it.
    @Test func aRefusalIsReadThoughTheUploadBrokeOff() async throws {
        try await Self.withServer { url in
            let client = HTTPClient(url: url, timeoutMilliseconds: 20_000)
            let answer = try await Self.offLoop {
                try client.exchange("POST", "/_coldframe/state/import", body: [UInt8](repeating: 0x61, count: 40_000_000))
            }
            #expect(answer.status == 400)
            #expect(String(decoding: answer.body, as: UTF8.self).contains("not a tar archive"))
        }
    }

    @Test func eventsAreFollowed() async throws {
        try await Self.withServer { url in
            let client = HTTPClient(url: url, timeoutMilliseconds: 20_000)
            let live = LiveColdframe(url: url)
            let isOpen = AsyncStream<Void>.makeStream()
            async let heard: [String] = Self.offLoop {
                defer { isOpen.continuation.finish() }
                var (events, stream) = ([String](), ServerSentEvents())
                try client.exchange("GET", "/_coldframe/events/stream", upload: .init([])) { _, _ in } body: { run in
                    isOpen.continuation.finish()
                    events += stream.read(run)
                    return events.isEmpty
                }
                return events
            }
            for await _ in isOpen.stream {}
            try await live.call(service: "sagemaker", operation: "CreateModel", input: [
                "ModelName": "m", "ExecutionRoleArn": "arn:aws:iam::123456789012:role/r", "PrimaryContainer": ["Image": "i"],
            ])
            try await live.call(service: "sagemaker", operation: "CreateEndpointConfig", input: [
                "EndpointConfigName": "c",
                "ProductionVariants": [["VariantName": "A", "ModelName": "m", "InstanceType": "ml.m5.large", "InitialInstanceCount": 1]],
            ])
            try await live.call(
                service: "sagemaker", operation: "CreateEndpoint", input: ["EndpointName": "e", "EndpointConfigName": "c"])
            #expect(try await heard.first?.contains("status Creating") == true)
        }
    }

    @Test func noServerIsSaidPlainly() {
        let client = HTTPClient(url: ServerURL(host: "127.0.0.1", port: 1), timeoutMilliseconds: 1000)
        let error = #expect(throws: HTTPClientError.self) { try client.exchange("GET", "/") }
        #expect(error?.description.hasPrefix("no server answers at http://127.0.0.1:1: start one with `coldframe serve`") == true)
    }
}
