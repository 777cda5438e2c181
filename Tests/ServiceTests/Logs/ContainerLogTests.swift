import AWSModel
import ColdframeTesting
import SimTime
import Testing

/// What containers of endpoints print, as CloudWatch Logs shows it.
@Suite struct ContainerLogTests {
    static func messages(_ hosting: Hosting, _ pattern: String = "", endpoint: String = "churn") async throws -> [String] {
        let answer = try await hosting.call("FilterLogEvents", [
            "logGroupName": .string("/aws/sagemaker/Endpoints/\(endpoint)"), "filterPattern": .string(pattern),
        ], service: "logs")
        return (answer["events"]?.list ?? []).compactMap { $0["message"]?.string }
    }

    static func streams(_ hosting: Hosting) async throws -> [String] {
        let answer = try await hosting.call(
            "DescribeLogStreams", ["logGroupName": "/aws/sagemaker/Endpoints/churn"], service: "logs")
        return (answer["logStreams"]?.list ?? []).compactMap { $0["logStreamName"]?.string }
    }

    @Test func eachInstanceHasAStreamThatBeginsWithItsStart() async throws {
        try await Hosting.served { hosting in
            let streams = try await Self.streams(hosting)
            #expect(streams.count == 3)
            #expect(streams.allSatisfy { $0.hasPrefix("AllTraffic/i-") && $0.count == "AllTraffic/i-".count + 17 })
            #expect(try await Self.messages(hosting, "images/m:1").count == 3)
            #expect(try await Self.messages(hosting, "ping 200").count == 3)
        }
    }

    @Test func failuresAreToldWithTheirWords() async throws {
        try await Hosting.served { hosting in
            try await hosting.coldframe.setBehavior("broken", ["match": [:], "respond": ["status": 503, "body": "out of\nmemory"]])
            _ = try await hosting.invoke()
            #expect(try await Self.messages(hosting, "invocations") == [
                "169.254.178.2 \"POST /invocations HTTP/1.1\" 503 out of memory",
            ])
        }
    }

    @Test func anHourOfFailuresIsBounded() async throws {
        try await Hosting.served { hosting in
            try await hosting.coldframe.setBehavior("broken", ["match": [:], "respond": ["status": 500]])
            try await hosting.toNextMinute()
            try await hosting.coldframe.setTraffic(endpoint: "churn", requestsPerSecond: 50)
            try await hosting.coldframe.advance(by: .minutes(10))
            let told = try await Self.messages(hosting, "simulated")
            // The request at the last boundary opens the next minute.
            #expect((1800...1803).contains(told.count))
            #expect(try await Self.messages(hosting, "\"left out\"").count == 10 * 3)
        }
    }

    @Test func aFailingPingIsSeen() async throws {
        try await Hosting.with { hosting in
            try await hosting.coldframe.setBehavior("sick", ["match": [:], "ping": ["status": 500]])
            try await hosting.makeEndpoint("churn", config: "blue")
            #expect(try await Self.messages(hosting, "ping 500").count == 3)
            #expect(try await Self.messages(hosting, "SIGTERM").count == 3)
        }
    }
}
