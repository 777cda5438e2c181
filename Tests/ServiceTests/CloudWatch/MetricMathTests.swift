import AWSModel
import CloudWatchService
import MetricRules
import SimTime
import Testing
import Timeline

/// Expressions in GetMetricData. AWS: spec/cloudwatch.md §5.
@Suite struct MetricMathTests {
    private static func metric(_ id: String, _ name: String, hidden: Bool = false, period: Int64 = 60) -> AWSValue {
        [
            "Id": .string(id), "ReturnData": .boolean(!hidden),
            "MetricStat": ["Metric": ["Namespace": "N", "MetricName": .string(name)], "Stat": "Sum", "Period": .integer(period)],
        ]
    }

    private static func expression(_ id: String, _ text: String, _ more: AWSObject = [:]) -> AWSValue {
        .object(CloudWatchHarness.merged(["Id": .string(id), "Expression": .string(text)], more))
    }

    private static func query(_ queries: [AWSValue], _ now: SimInstant) -> AWSObject {
        [
            "MetricDataQueries": .list(queries), "StartTime": .timestamp(now - .minutes(5)), "EndTime": .timestamp(now),
            "ScanBy": "TimestampAscending",
        ]
    }

    private static func results(
        _ harness: CloudWatchHarness, _ queries: [AWSValue]
    ) async throws -> [(id: String, label: String, values: [Double])] {
        let answer = try await harness.call("GetMetricData", query(queries, harness.now))
        return (answer["MetricDataResults"]?.list ?? []).map { result in
            (result["Id"]?.string ?? "", result["Label"]?.string ?? "", (result["Values"]?.list ?? []).compactMap(\.double))
        }
    }

    /// Five minutes of errors 0 1 2 3 4 and requests 10 20 - 40 50.
    private static func filled() async throws -> CloudWatchHarness {
        let harness = try CloudWatchHarness()
        for minute in 0..<5 {
            let start = harness.now - .minutes(5 - Int64(minute))
            try await harness.put(Double(minute), at: start, metric: "errors", ["Dimensions": []])
            if minute != 2 { try await harness.put(Double(minute + 1) * 10, at: start, metric: "requests", ["Dimensions": []]) }
        }
        return harness
    }

    @Test func aRateOfErrors() async throws {
        let harness = try await Self.filled()
        defer { harness.close() }
        let found = try await Self.results(harness, [
            Self.metric("errors", "errors", hidden: true), Self.metric("requests", "requests", hidden: true),
            Self.expression("rate", "100 * errors / requests"),
            Self.expression("named", "errors + requests", ["Label": "both ${MAX}"]),
        ])
        #expect(found.map(\.id) == ["rate", "named"])
        #expect(found.map(\.label) == ["rate", "both 54"])
        // The minute without requests divides by zero, which drops it.
        #expect(found[0].values == [0, 5, 7.5, 8])
        #expect(found[1].values == [10, 21, 2, 43, 54])
    }

    @Test func arraysAreSeveralEntriesOfOneID() async throws {
        let harness = try await Self.filled()
        defer { harness.close() }
        let found = try await Self.results(harness, [
            Self.metric("m1", "errors", hidden: true), Self.metric("m2", "requests", hidden: true),
            Self.expression("all", "METRICS() * 2"), Self.expression("sorted", "SORT(METRICS(), SUM, DESC, 1)", ["Label": "top"]),
        ])
        #expect(found.map(\.id) == ["all", "all", "sorted"])
        #expect(found.map(\.label) == ["errors", "requests", "top requests"])
        #expect(found[0].values == [0, 2, 4, 6, 8])
    }

    @Test func fillsSearchesAndQueries() async throws {
        let harness = try await Self.filled()
        defer { harness.close() }
        for (endpoint, value) in [("a", 1.0), ("b", 2)] {
            try await harness.put(value, at: harness.now - .minutes(1), metric: "Invocations", [
                "Dimensions": [["Name": "EndpointName", "Value": .string(endpoint)]],
            ])
        }
        let found = try await Self.results(harness, [
            Self.metric("m2", "requests", hidden: true),
            Self.expression("filled", "FILL(m2, LINEAR)"),
            Self.expression("search", "SEARCH('{N,EndpointName} Invocations', 'Sum', 60)"),
            Self.expression("total", "SUM(SEARCH('{N,EndpointName} Invocations', 'Sum', 60))"),
            Self.expression("query", "SELECT SUM(Invocations) FROM N GROUP BY EndpointName ORDER BY SUM() DESC", ["Period": 60]),
            Self.expression("line", "TIME_SERIES(7)", ["Period": 60]),
        ])
        #expect(found.map(\.id) == ["filled", "search", "search", "total", "query", "query", "line"])
        #expect(found.map(\.label) == ["filled", "a Invocations", "b Invocations", "total", "b", "a", "line"])
        #expect(found.map(\.values) == [[10, 20, 30, 40, 50], [1], [2], [3], [2], [1], [7, 7, 7, 7, 7]])
    }

    @Test func bandsAreLearnedFromThePast() async throws {
        let harness = try CloudWatchHarness()
        defer { harness.close() }
        let metric = MetricIdentity(namespace: "N", name: "load")
        harness.service.metrics.book(CloudWatchHarness.realm, (1...240).map { number in
            MetricBooking(
                metric: metric, unit: .none, instant: harness.now - .hours(Int64(number)),
                samples: SampleSet(number % 2 == 0 ? 99 : 101))
        })
        let found = try await Self.results(harness, [
            Self.metric("m1", "load"), Self.expression("band", "ANOMALY_DETECTION_BAND(m1, 2)"),
        ])
        #expect(found.map(\.id) == ["m1", "band", "band"])
        #expect(found[1].values.count == 5)
        #expect(found[1].values.allSatisfy { $0 > 100 } && found[2].values.allSatisfy { $0 < 100 })
    }

    struct Refusal: Sendable, CustomTestStringConvertible {
        let expression: String
        let message: String
        var testDescription: String { expression }
    }

    @Test(arguments: [
        Refusal(expression: "m1 +", message: "Error in expression 'e': Unexpected end of expression"),
        Refusal(expression: "m9", message: "Error in expression 'e': Undefined variable 'm9'"),
        Refusal(expression: "SUM(m1)", message: "Error in expression 'e': The result must be a time series or an array of time series, not a scalar"),
        Refusal(expression: "METRICS() + METRICS()",
                message: "Error in expression 'e': Unsupported operand type(s) for +: '[Array[TimeSeries], Array[TimeSeries]]'"),
    ])
    func refuses(refusal: Refusal) async throws {
        let harness = try CloudWatchHarness()
        defer { harness.close() }
        let fault = try await harness.fault("GetMetricData", Self.query(
            [Self.metric("m1", "errors"), Self.expression("e", refusal.expression)], harness.now))
        #expect(fault?.code == "ValidationException")
        #expect(fault?.message == refusal.message)
    }

    @Test func quotasAreNotEmulated() async throws {
        let harness = try CloudWatchHarness()
        defer { harness.close() }
        let fault = try await harness.fault("GetMetricData", Self.query(
            [Self.metric("m1", "errors"), Self.expression("e", "SERVICE_QUOTA(m1)")], harness.now))
        #expect(fault?.code == "NotImplementedException")
    }
}
