import AWSModel
import CloudWatchService
import MetricRules
import SimTime
import Testing

@Suite struct MetricDataTests {
    struct Refusal: Sendable {
        let datum: AWSObject
        let code: String
        let message: String
    }

    private static let set: AWSValue = ["SampleCount": 1, "Sum": 1, "Minimum": 1, "Maximum": 1]
    private static let path = "MetricData.member.1"

    /// Texts recorded or inferred — spec/cloudwatch.md §1.
    static let refusals: [Refusal] = [
        Refusal(datum: ["Value": 1, "Values": [1]], code: "InvalidParameterCombinationException",
                message: "The parameters \(path).Value and \(path).Values are mutually exclusive and you have specified both."),
        Refusal(datum: ["Value": 1, "StatisticValues": set], code: "InvalidParameterCombinationException",
                message: "The parameters \(path).Value and \(path).StatisticValues are mutually exclusive and you have specified both."),
        Refusal(datum: ["Values": [1, 2], "Counts": [1]], code: "InvalidParameterValueException",
                message: "The parameters \(path).Values and \(path).Counts must be of the same size."),
        Refusal(datum: [:], code: "MissingRequiredParameterException", message: "The parameter \(path).Value is required."),
        Refusal(datum: ["Value": .double(.nan)], code: "InvalidParameterValueException",
                message: "The value NaN for parameter \(path).Value is invalid."),
        Refusal(datum: ["Value": .double(.infinity)], code: "InvalidParameterValueException",
                message: "The value Infinity for parameter \(path).Value is invalid."),
        Refusal(datum: ["Value": .double(3e108)], code: "InvalidParameterValueException",
                message: "The value 3.0E108 for parameter \(path).Value is invalid."),
        Refusal(datum: ["Value": 1, "StorageResolution": 30], code: "InvalidParameterValueException",
                message: "The value 30 for parameter \(path).StorageResolution is invalid."),
        Refusal(datum: ["Value": 1, "Timestamp": .timestamp(CloudWatchHarness.start - .days(15))],
                code: "InvalidParameterValueException",
                message: "The parameter \(path).Timestamp must specify a time within the past two weeks."),
        Refusal(datum: ["Value": 1, "Timestamp": .timestamp(CloudWatchHarness.start + .minutes(121))],
                code: "InvalidParameterValueException",
                message: "The parameter \(path).Timestamp must specify a time no more than two hours in the future."),
        Refusal(datum: ["Value": 1, "Dimensions": [["Name": ":x", "Value": "v"]]], code: "InvalidParameterValueException",
                message: "The value :x for parameter \(path).Dimensions.member.1.Name is invalid."),
        Refusal(datum: ["Value": 1, "Dimensions": [["Name": "x", "Value": " "]]], code: "InvalidParameterValueException",
                message: "The value   for parameter \(path).Dimensions.member.1.Value is invalid."),
    ]

    @Test(arguments: refusals)
    func aBadDatumIsRefused(refusal: Refusal) async throws {
        let harness = try CloudWatchHarness()
        defer { harness.close() }
        var datum = refusal.datum
        datum["MetricName"] = "m"
        let fault = try await harness.fault("PutMetricData", ["Namespace": "N", "MetricData": [.object(datum)]])
        #expect(fault?.code == refusal.code)
        #expect(fault?.message == refusal.message)
        #expect(try await harness.call("ListMetrics", [:])["Metrics"]?.list == [])
    }

    @Test func requestsAreBounded() async throws {
        let harness = try CloudWatchHarness()
        defer { harness.close() }
        #expect(try await harness.fault("PutMetricData", ["Namespace": "N"])?.message == "The parameter MetricData is required.")
        #expect(try await harness.fault("PutMetricData", ["Namespace": "AWS/X", "MetricData": []])?.message
            == "The value AWS/X for parameter Namespace is invalid.")
        let data = [AWSValue](repeating: ["MetricName": "m", "Value": 1], count: 1001)
        #expect(try await harness.fault("PutMetricData", ["Namespace": "N", "MetricData": .list(data)])?.message
            == "The collection MetricData must not have a size greater than 1000.")
    }

    @Test func everyStatisticOfValuesAndCounts() async throws {
        let harness = try CloudWatchHarness()
        defer { harness.close() }
        try await harness.call("PutMetricData", ["Namespace": "N", "MetricData": [
            ["MetricName": "m", "Values": [1.5, 4], "Counts": [2, 3], "Unit": "Seconds"],
        ]])
        let answer = try await harness.call("GetMetricStatistics", [
            "Namespace": "N", "MetricName": "m", "StartTime": .timestamp(harness.now - .hours(1)),
            "EndTime": .timestamp(harness.now + .minutes(1)), "Period": 60,
            "Statistics": ["SampleCount", "Sum", "Minimum", "Maximum", "Average"], "ExtendedStatistics": ["p100", "tm50"],
        ])
        #expect(answer == ["Label": "m", "Datapoints": [[
            "Timestamp": .timestamp(CloudWatchHarness.start), "SampleCount": 5.0, "Sum": 15.0, "Minimum": 1.5, "Maximum": 4.0,
            "Average": 3.0, "Unit": "Seconds", "ExtendedStatistics": ["p100": 4.0, "tm50": 2.0],
        ]]])
    }

    /// AWS: recorded — spec/cloudwatch.md §1.
    @Test func rangesAndPeriodsAreChecked() async throws {
        let harness = try CloudWatchHarness()
        defer { harness.close() }
        let base: AWSObject = [
            "Namespace": "N", "MetricName": "m", "StartTime": .timestamp(harness.now - .days(1)),
            "EndTime": .timestamp(harness.now), "Period": 1, "Statistics": ["Sum"],
        ]
        let tooMany = try await harness.fault("GetMetricStatistics", base)
        #expect(tooMany?.code == "InvalidParameterCombinationException")
        #expect(tooMany?.message == "You have requested up to 86400 datapoints, which exceeds the limit of 1440. You may reduce the datapoints requested by increasing Period, or decreasing the time range.")
        func message(_ changes: AWSObject, without: [String] = []) async throws -> String? {
            try await harness.fault("GetMetricStatistics", CloudWatchHarness.merged(base, changes, without: without))?.message
        }
        #expect(try await message(["StartTime": .timestamp(harness.now)])
            == "The parameter StartTime must be less than the parameter EndTime.")
        #expect(try await message(["Period": 61]) == "The parameter Period must be a multiple of 60.")
        #expect(try await message(["Period": 0]) == "The parameter Period must be greater than 0.")
        #expect(try await message(["Period": 60, "ExtendedStatistics": ["p101"]])
            == "The value p101 for parameter ExtendedStatistics is not supported.")
        #expect(try await message(["Period": 60], without: ["Statistics"])
            == "At least one of the parameters Statistics and ExtendedStatistics must be specified.")
    }

    @Test func unitsAreKeptApart() async throws {
        let harness = try CloudWatchHarness()
        defer { harness.close() }
        try await harness.put(1, ["Unit": "Seconds"])
        try await harness.put(2, ["Unit": "Milliseconds"])
        #expect(try await harness.sums() == [[0, 2], [0, 1]])
        let answer = try await harness.call("GetMetricData", Self.query([["Id": "q"]], harness.now))
        #expect(answer["MetricDataResults"]?.list?.first?["Values"] == [2.0])
        #expect(answer["MetricDataResults"]?.list?.first?["Messages"]
            == [["Code": "MultipleUnits", "Value": "Multiple units returned: '[Milliseconds, Seconds]'"]])
    }

    @Test func secondsAnswerShortPeriods() async throws {
        let harness = try CloudWatchHarness()
        defer { harness.close() }
        for second in [0, 4, 11, 59] {
            try await harness.put(1, at: harness.now + .seconds(Int64(second)), ["StorageResolution": 1])
        }
        try await harness.put(10, at: harness.now - .seconds(30))
        let from = CloudWatchHarness.start - .minutes(1), to = CloudWatchHarness.start + .minutes(1)
        let tens = try await harness.sums(from: from, to: to, period: 10)
        #expect(tens.map(\.[1]) == [10, 2, 1, 1])
        let partOfAMinute = try await harness.sums(from: CloudWatchHarness.start, to: CloudWatchHarness.start + .seconds(5), period: 1)
        #expect(partOfAMinute.map(\.[1]) == [1, 1])
        #expect(try await harness.sums(from: CloudWatchHarness.start, to: CloudWatchHarness.start + .seconds(3), period: 1).count == 1)
        #expect(try await harness.sums(from: from, to: to) == [[-1, 10], [0, 4]])
    }

    // MARK: GetMetricData

    private static func query(_ queries: [AWSObject], _ now: SimInstant, _ more: AWSObject = [:]) -> AWSObject {
        var input: AWSObject = [
            "MetricDataQueries": .list(queries.map { query in
                let stat: AWSValue = [
                    "Metric": ["Namespace": "N", "MetricName": query["Name"] ?? "m"], "Stat": query["Stat"] ?? "Sum", "Period": 60,
                ]
                var item: AWSObject = ["Id": query["Id"], "MetricStat": stat]
                for key in ["Label", "ReturnData"] { item[key] = query[key] }
                return .object(item)
            }),
            "StartTime": .timestamp(now - .hours(1)), "EndTime": .timestamp(now + .minutes(1)),
        ]
        for (key, value) in more.entries { input[key] = value }
        return input
    }

    @Test func newestFirstAndEmptySeriesToo() async throws {
        let harness = try CloudWatchHarness()
        defer { harness.close() }
        for (minutes, value) in [(3, 3.0), (2, 0), (1, 1)] { try await harness.put(value, at: harness.now - .minutes(Int64(minutes))) }
        let queries: [AWSObject] = [["Id": "q1"], ["Id": "q2", "Name": "none"], ["Id": "q3", "ReturnData": false]]
        let answer = try await harness.call("GetMetricData", Self.query(queries, harness.now))
        #expect(answer == [
            "MetricDataResults": [
                ["Id": "q1", "Label": "m", "Timestamps": .list((1...3).map { .timestamp(harness.now - .minutes($0)) }),
                 "Values": [1.0, 0.0, 3.0], "StatusCode": "Complete"],
                ["Id": "q2", "Label": "none", "Timestamps": [], "Values": [], "StatusCode": "Complete"],
            ], "Messages": [],
        ])
        let ascending = try await harness.call("GetMetricData", Self.query(queries, harness.now, ["ScanBy": "TimestampAscending"]))
        #expect(ascending["MetricDataResults"]?.list?.first?["Values"] == [3.0, 0.0, 1.0])
    }

    @Test func labels() async throws {
        let harness = try CloudWatchHarness()
        defer { harness.close() }
        try await harness.put(4)
        let answer = try await harness.call("GetMetricData", Self.query(
            [["Id": "q1"], ["Id": "q2", "Stat": "Minimum"], ["Id": "q3", "Label": "${LABEL}: ${MAX} ${PROP('Region')}"]], harness.now))
        #expect(answer["MetricDataResults"]?.list?.map { $0["Label"]?.string } == ["m Sum", "m Minimum", "m Sum: 4 us-east-1"])
    }

    @Test(arguments: [1, 2, 3, 4, 7, 100])
    func pagesJoinToTheWhole(size: Int64) async throws {
        let harness = try CloudWatchHarness()
        defer { harness.close() }
        for minute in 1...4 as ClosedRange<Int64> {
            try await harness.put(Double(minute), at: harness.now - .minutes(minute), metric: "a")
            try await harness.put(Double(minute), at: harness.now - .minutes(minute), metric: "c")
        }
        let names = ["none0", "a", "none1", "c", "none2"]
        let queries = names.map { name -> AWSObject in ["Id": .string(name), "Name": .string(name)] }
        var token: AWSValue?, pages = 0
        var values: [String: [Double]] = [:], completions: [String: Int] = [:]
        repeat {
            var more: AWSObject = ["MaxDatapoints": .integer(size)]
            more["NextToken"] = token
            let answer = try await harness.call("GetMetricData", Self.query(queries, harness.now, more))
            for result in answer["MetricDataResults"]?.list ?? [] {
                let id = result["Id"]?.string ?? ""
                values[id, default: []] += (result["Values"]?.list ?? []).compactMap(\.double)
                completions[id, default: 0] += result["StatusCode"] == "Complete" ? 1 : 0
            }
            token = answer["NextToken"]
            pages += 1
        } while token != nil && pages < 20
        #expect(pages == Int(max(1, (8 + size - 1) / size)))
        #expect(values == ["none0": [], "a": [1, 2, 3, 4], "none1": [], "c": [1, 2, 3, 4], "none2": []])
        #expect(completions.values.allSatisfy { $0 == 1 })
    }

    @Test func badQueriesAreRefused() async throws {
        let harness = try CloudWatchHarness()
        defer { harness.close() }
        func fault(_ input: AWSObject) async throws -> AWSFault? { try await harness.fault("GetMetricData", input) }
        let good = Self.query([["Id": "q"]], harness.now)
        #expect(try await fault(good) == nil)
        #expect(try await fault(Self.query([["Id": "q"], ["Id": "q"]], harness.now))?.message
            == "The values for parameter id in MetricDataQueries are not unique.")
        #expect(try await fault(Self.query([["Id": "Q"]], harness.now))?.code == "ValidationException")
        #expect(try await fault(Self.query([["Id": "q", "Stat": "p101"]], harness.now))?.code == "ValidationException")
        #expect(try await fault(Self.query([["Id": "q", "Label": "${NOPE}"]], harness.now))?.code == "ValidationException")
        #expect(try await fault(CloudWatchHarness.merged(good, ["NextToken": "zz"]))?.code == "InvalidNextToken")
        #expect(try await fault(CloudWatchHarness.merged(good, ["MaxDatapoints": 100_801]))?.code == "InvalidParameterValueException")
        let many = (0...500).map { number -> AWSObject in ["Id": .string("q\(number)")] }
        #expect(try await fault(Self.query(many, harness.now))?.message
            == "The collection MetricDataQueries must not have a size greater than 500.")
    }

    // MARK: ListMetrics

    @Test func listsInPagesAndByFilter() async throws {
        let harness = try CloudWatchHarness()
        defer { harness.close() }
        let bookings = (0...500).map { number in
            MetricBooking(
                metric: MetricIdentity(namespace: "N", name: "m\(number)", dimensions: [.init(name: "E", value: "\(number % 2)")]),
                unit: .none, instant: harness.now, samples: SampleSet(1))
        }
        harness.service.metrics.book(CloudWatchHarness.realm, bookings)
        let first = try await harness.call("ListMetrics", ["Namespace": "N"])
        #expect(first["Metrics"]?.list?.count == 500)
        let second = try await harness.call("ListMetrics", ["Namespace": "N", "NextToken": first["NextToken"] ?? .null])
        #expect(second["Metrics"]?.list?.count == 1 && second["NextToken"] == nil)
        func count(_ input: AWSObject) async throws -> Int? { try await harness.call("ListMetrics", input)["Metrics"]?.list?.count }
        #expect(try await count(["Dimensions": [["Name": "E", "Value": "0"]]]) == 251)
        #expect(try await count(["MetricName": "m7", "Dimensions": [["Name": "E"]]]) == 1)
        #expect(try await count(["Dimensions": [["Name": "F"]]]) == 0)
        #expect(try await count(["Namespace": "O"]) == 0)
        #expect(try await count(["OwningAccount": "111111111111"]) == 0)
        try await harness.advance(.hours(4))
        #expect(try await count(["RecentlyActive": "PT3H"]) == 0)
        #expect(try await count([:]) == 500)
        try await harness.advance(.days(14))
        #expect(try await count([:]) == 0)
    }
}
