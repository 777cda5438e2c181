import AWSModel
import ColdframeServer
import ColdframeTesting
import LogsService
import SimTime
import Testing
import Vocabulary

/// CloudWatch Logs in a whole server on a manual clock.
struct LogsHarness {
    static let group = "/aws/sagemaker/Endpoints/churn"
    let coldframe: LocalColdframe

    static func with<T: Sendable>(_ body: (LogsHarness) async throws -> T) async throws -> T {
        try await LocalColdframe.with { try await body(LogsHarness(coldframe: $0)) }
    }

    @discardableResult
    func call(_ operation: String, _ input: AWSValue = [:]) async throws -> AWSValue {
        try await coldframe.call(service: "logs", operation: operation, input: input)
    }

    func fault(_ operation: String, _ input: AWSValue = [:]) async throws -> CallFault? {
        do {
            try await call(operation, input)
            return nil
        } catch let fault as CallFault {
            return fault
        }
    }

    /// Milliseconds as a client would send them, `seconds` after now.
    func millis(_ seconds: Double = 0) async throws -> Int64 {
        try await coldframe.clockShift().shown(coldframe.now).millisecondsSinceEpoch + Int64(seconds * 1000)
    }

    func makeStream(_ stream: String = "s", of group: String = "g") async throws {
        if try await fault("CreateLogGroup", ["logGroupName": .string(group)]) != nil {}
        try await call("CreateLogStream", ["logGroupName": .string(group), "logStreamName": .string(stream)])
    }

    /// Puts messages a second apart, the last one `endingAt` seconds from now.
    @discardableResult
    func put(_ messages: [String], stream: String = "s", group: String = "g", endingAt: Double = 0) async throws -> AWSValue {
        let now = try await millis(endingAt)
        let events = messages.enumerated().map { index, message -> AWSValue in
            ["timestamp": .integer(now - Int64(messages.count - 1 - index) * 1000), "message": .string(message)]
        }
        return try await call("PutLogEvents", [
            "logGroupName": .string(group), "logStreamName": .string(stream), "logEvents": .list(events),
        ])
    }

    func filtered(_ pattern: String, _ more: AWSObject = [:], group: String = "g") async throws -> [String] {
        var input: AWSObject = ["logGroupName": .string(group), "filterPattern": .string(pattern)]
        for (key, value) in more.entries { input[key] = value }
        return Self.messages(try await call("FilterLogEvents", .object(input)))
    }

    static func messages(_ answer: AWSValue) -> [String] {
        (answer["events"]?.list ?? []).compactMap { $0["message"]?.string }
    }

    /// What a container printed, as hosting leaves it.
    func printed(_ message: String, stream: String = "AllTraffic/i-1", group: String = LogsHarness.group) {
        coldframe.server.logs.containerLogs.append([ContainerLogLine(
            realm: Realm(account: .fallback, region: .fallback), group: group, stream: stream, instant: coldframe.now,
            message: message)])
    }
}
