import AWSModel
import ColdframeTesting
import LogsService
import SimTime
import Testing

/// Events: put, read by page, filtered, and gone when they are to be gone.
@Suite struct LogEventTests {
    @Test func pagesForwardsAndBackwards() async throws {
        try await LogsHarness.with { logs in
            try await logs.makeStream()
            try await logs.put((1...5).map { "m\($0)" })
            func page(_ more: AWSObject) async throws -> AWSValue {
                var input: AWSObject = ["logGroupName": "g", "logStreamName": "s", "limit": 2]
                for (key, value) in more.entries { input[key] = value }
                return try await logs.call("GetLogEvents", .object(input))
            }
            // Without a token the newest come first, in order of time.
            let latest = try await page([:])
            #expect(LogsHarness.messages(latest) == ["m4", "m5"])
            let earlier = try await page(["nextToken": latest["nextBackwardToken"]])
            #expect(LogsHarness.messages(earlier) == ["m2", "m3"])
            let first = try await page(["startFromHead": true])
            #expect(LogsHarness.messages(first) == ["m1", "m2"])
            // At the end the token stays the same, and leads on once there is more.
            let end = try await page(["nextToken": latest["nextForwardToken"]])
            #expect(LogsHarness.messages(end).isEmpty)
            #expect(end["nextForwardToken"] == latest["nextForwardToken"])
            try await logs.coldframe.advance(by: .seconds(30))
            try await logs.put(["m6"])
            #expect(LogsHarness.messages(try await page(["nextToken": end["nextForwardToken"]])) == ["m6"])
            let token = latest["nextForwardToken"]?.string ?? ""
            #expect(token.hasPrefix("f/") && token.hasSuffix("/s") && token.count == 60)
            #expect(try await logs.fault("GetLogEvents", ["logGroupName": "g", "logStreamName": "s", "nextToken": "x"])?.code
                == "InvalidParameterException")
        }
    }

    @Test func timestampsFollowTheShownClock() async throws {
        try await LogsHarness.with { logs in
            try await logs.makeStream()
            try await logs.coldframe.advance(by: .hours(3))
            let sent = try await logs.millis()
            try await logs.put(["now"])
            try await logs.coldframe.advance(by: .hours(1))
            let event = try await logs.call("GetLogEvents", ["logGroupName": "g", "logStreamName": "s"])["events"]?.list?.first
            // An hour later the past is an hour older: the client's own clock has not moved.
            #expect(event?["timestamp"] == .integer(sent - 3_600_000))
            let before = try await logs.filtered("", ["endTime": .integer(sent - 3_600_000)])
            let from = try await logs.filtered("", ["startTime": .integer(sent - 3_600_000)])
            #expect(before.isEmpty && from == ["now"])
        }
    }

    struct PatternCase: Sendable, CustomTestStringConvertible {
        let pattern: String
        let found: [Int]
        var testDescription: String { pattern }
    }

    static let messages = [
        "ERROR out of memory", "WARN slow ping", "INFO ping 200", #"{"level":"ERROR","status":500,"tags":["a","b"],"ok":true}"#,
        #"{"level":"INFO","status":200,"peer":null}"#,
    ]

    @Test(arguments: [
        PatternCase(pattern: "", found: [0, 1, 2, 3, 4]),
        PatternCase(pattern: "ERROR", found: [0, 3]),
        PatternCase(pattern: "ERROR memory", found: [0]),
        PatternCase(pattern: "\"out of\"", found: [0]),
        PatternCase(pattern: "?WARN ?memory", found: [0, 1]),
        PatternCase(pattern: "ping -WARN", found: [2]),
        PatternCase(pattern: "-\"slow ping\" -level", found: [0, 2]),
        PatternCase(pattern: "error", found: []),
        PatternCase(pattern: #"{ $.level = "ERROR" }"#, found: [3]),
        PatternCase(pattern: "{ $.status >= 200 && $.status < 500 }", found: [4]),
        PatternCase(pattern: "{ ($.status = 500) || ($.peer IS NULL) }", found: [3, 4]),
        PatternCase(pattern: #"{ $.level != "INFO" }"#, found: [3]),
        PatternCase(pattern: #"{ $.level = "ERR*" }"#, found: [3]),
        PatternCase(pattern: "{ $.tags[1] = b }", found: [3]),
        PatternCase(pattern: "{ $.ok IS TRUE }", found: [3]),
        PatternCase(pattern: "{ $.peer NOT EXISTS }", found: [3]),
    ])
    func patterns(_ row: PatternCase) async throws {
        try await LogsHarness.with { logs in
            try await logs.makeStream()
            try await logs.put(Self.messages)
            #expect(try await logs.filtered(row.pattern) == row.found.map { Self.messages[$0] })
        }
    }

    @Test(arguments: [
        ("{ $.a = }", "InvalidParameterException"), ("\"open", "InvalidParameterException"), ("{ $.a", "InvalidParameterException"),
        ("{ $.a > x }", "InvalidParameterException"), ("%a.*b%", "NotImplementedException"), ("[a, b]", "NotImplementedException"),
        ("{ " + String(repeating: "(", count: 400) + " }", "InvalidParameterException"),
    ])
    func refusedPatterns(_ pattern: String, _ code: String) async throws {
        try await LogsHarness.with { logs in
            try await logs.makeStream()
            let fault = try await logs.fault("FilterLogEvents", ["logGroupName": "g", "filterPattern": .string(pattern)])
            #expect(fault?.code == code)
        }
    }

    @Test func filtersAcrossStreamsInOrderOfTime() async throws {
        try await LogsHarness.with { logs in
            for stream in ["a/1", "a/2", "b/1"] { try await logs.makeStream(stream) }
            try await logs.put(["one"], stream: "a/1", endingAt: -30)
            try await logs.put(["two"], stream: "b/1", endingAt: -20)
            try await logs.put(["three"], stream: "a/2", endingAt: -10)
            #expect(try await logs.filtered("") == ["one", "two", "three"])
            #expect(try await logs.filtered("", ["logStreamNamePrefix": "a/"]) == ["one", "three"])
            #expect(try await logs.filtered("", ["logStreamNames": ["b/1"]]) == ["two"])
            let first = try await logs.call("FilterLogEvents", ["logGroupName": "g", "limit": 2])
            #expect(LogsHarness.messages(first) == ["one", "two"])
            let rest = try await logs.filtered("", ["nextToken": first["nextToken"]])
            #expect(rest == ["three"])
            let unknown = try await logs.fault("FilterLogEvents", ["logGroupName": "g", "logStreamNames": ["zzz"]])
            #expect(unknown?.message == "The specified log stream does not exist.")
        }
    }

    @Test func rejectsWhatIsTooOldOrTooNewAndTheRestIsKept() async throws {
        try await LogsHarness.with { logs in
            try await logs.makeStream()
            let hours = 3600.0
            let now = try await logs.millis()
            func event(_ offset: Double) -> AWSValue { ["timestamp": .integer(now + Int64(offset * 1000)), "message": "m"] }
            let answer = try await logs.call("PutLogEvents", [
                "logGroupName": "g", "logStreamName": "s", "logEvents": [event(-10), event(0), event(3 * hours)],
            ])
            #expect(answer["rejectedLogEventsInfo"] == ["tooNewLogEventStartIndex": 2])
            let old = try await logs.call("PutLogEvents", [
                "logGroupName": "g", "logStreamName": "s", "logEvents": [event(-15 * 24 * hours)],
            ])
            #expect(old["rejectedLogEventsInfo"] == ["tooOldLogEventEndIndex": 1])
            #expect(try await logs.filtered("").count == 2)
            let disordered = try await logs.fault("PutLogEvents", [
                "logGroupName": "g", "logStreamName": "s", "logEvents": [event(0), event(-1)],
            ])
            #expect(disordered?.message == "Log events in a single PutLogEvents request must be in chronological order.")
        }
    }

    @Test func retentionDropsInSimulatedTime() async throws {
        try await LogsHarness.with { logs in
            try await logs.makeStream()
            try await logs.put(["old"])
            try await logs.call("PutRetentionPolicy", ["logGroupName": "g", "retentionInDays": 1])
            try await logs.coldframe.advance(by: .hours(20))
            try await logs.put(["young"])
            try await logs.coldframe.advance(by: .hours(5))
            #expect(try await logs.filtered("") == ["young"])
            let group = try await logs.call("DescribeLogGroups")["logGroups"]?.list?.first
            #expect(group?["retentionInDays"] == 1)
            #expect(group?["storedBytes"] == 31)
            let fault = try await logs.fault("PutRetentionPolicy", ["logGroupName": "g", "retentionInDays": 2])
            #expect(fault?.code == "InvalidParameterException")
            #expect(fault?.message.contains("Member must satisfy enum value set: [1, 3, 5") == true)
        }
    }

    @Test func aStreamKeepsItsNewestEvents() async throws {
        try await LogsHarness.with { logs in
            try await logs.makeStream()
            for round in 0..<6 {
                try await logs.call("PutLogEvents", [
                    "logGroupName": "g", "logStreamName": "s",
                    "logEvents": .list((0..<10_000).map { index in
                        ["timestamp": .integer(LocalColdframe.start.millisecondsSinceEpoch), "message": .string("\(round * 10_000 + index)")]
                    }),
                ])
            }
            let head = try await logs.call("GetLogEvents", ["logGroupName": "g", "logStreamName": "s", "limit": 1, "startFromHead": true])
            #expect(LogsHarness.messages(head) == ["10000"])
        }
    }

    @Test func linesOfContainersMakeGroupAndStream() async throws {
        try await LogsHarness.with { logs in
            logs.printed("Starting")
            logs.printed("Ready", stream: "AllTraffic/i-2")
            #expect(try await logs.filtered("", group: LogsHarness.group) == ["Starting", "Ready"])
            let streams = try await logs.call("DescribeLogStreams", [
                "logGroupName": .string(LogsHarness.group), "logStreamNamePrefix": "AllTraffic/",
            ])
            #expect(streams["logStreams"]?.list?.compactMap { $0["logStreamName"]?.string } == ["AllTraffic/i-1", "AllTraffic/i-2"])
            for _ in 0..<(ContainerLogBuffer.linesMax + 7) { logs.printed("flood") }
            let dropped = try await logs.filtered("dropped", group: LogsHarness.group)
            #expect(dropped == ["[coldframe] 7 log lines were dropped here."])
        }
    }
}
