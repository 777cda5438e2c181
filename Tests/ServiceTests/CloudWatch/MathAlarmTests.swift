import AWSModel
import CloudWatchService
import MetricRules
import SimTime
import Testing
import Timeline

/// Alarms on expressions, bands and queries. AWS: spec/cloudwatch.md §7, §8.
@Suite struct MathAlarmTests {
    private static let single = ["MetricName", "Namespace", "Statistic", "Period"]

    private static func metric(_ id: String, _ name: String, period: Int64 = 60, isReturned: Bool = false) -> AWSValue {
        [
            "Id": .string(id), "ReturnData": .boolean(isReturned),
            "MetricStat": ["Metric": ["Namespace": "N", "MetricName": .string(name)], "Stat": "Sum", "Period": .integer(period)],
        ]
    }

    private static func put(_ harness: CloudWatchHarness, _ metrics: [AWSValue], _ more: AWSObject = [:], without: [String] = []) async throws {
        try await harness.putAlarm(
            CloudWatchHarness.merged(["Metrics": .list(metrics)], more), without: single + without)
    }

    @Test func anErrorRateRings() async throws {
        let harness = try CloudWatchHarness()
        defer { harness.close() }
        let metrics = [
            Self.metric("errors", "errors"), Self.metric("requests", "requests"),
            ["Id": "rate", "Expression": "100 * errors / requests", "Label": "error rate"] as AWSValue,
        ]
        try await Self.put(harness, metrics)
        let fresh = try await harness.described()
        #expect(fresh["Metrics"] == .list(metrics))
        #expect(fresh["Dimensions"] == [] && fresh["MetricName"] == nil && fresh["Threshold"] == 21.0)
        try await harness.put(30, metric: "errors")
        try await harness.put(100, metric: "requests")
        try await harness.advance(.minutes(1))
        let ringing = try await harness.described()
        #expect(ringing["StateValue"] == "ALARM")
        #expect(ringing["StateReason"]?.string == "Threshold Crossed: 1 datapoint [30.0 (26/05/26 14:00:00)] was greater than the threshold (21.0).")
        #expect(ringing["StateReasonData"]?.string == #"{"version":"1.0","queryDate":"2026-05-26T14:01:00.000+0000","startDate":"2026-05-26T14:00:00.000+0000","period":60,"recentDatapoints":[30.0],"threshold":21.0,"evaluatedDatapoints":[{"timestamp":"2026-05-26T14:00:00.000+0000","value":30.0}]}"#)
        try await harness.put(1, metric: "errors")
        try await harness.put(100, metric: "requests")
        try await harness.advance(.minutes(1))
        #expect(try await harness.state() == "OK")
    }

    @Test func gapsCanBeFilled() async throws {
        let harness = try CloudWatchHarness()
        defer { harness.close() }
        try await Self.put(harness, [Self.metric("m1", "m"), ["Id": "e", "Expression": "FILL(m1, 0)"]])
        try await harness.advance(.minutes(1))
        #expect(try await harness.state() == "OK")
    }

    @Test func aMetricsInsightsAlarm() async throws {
        let harness = try CloudWatchHarness()
        defer { harness.close() }
        try await Self.put(harness, [["Id": "q", "Expression": "SELECT MAX(m) FROM N", "Period": 60]])
        for endpoint in ["a", "b"] {
            try await harness.put(endpoint == "a" ? 5 : 25, ["Dimensions": [["Name": "E", "Value": .string(endpoint)]]])
        }
        try await harness.advance(.minutes(1))
        #expect(try await harness.described()["StateReason"]?.string == "Threshold Crossed: 1 datapoint [25.0 (26/05/26 14:00:00)] was greater than the threshold (21.0).")
    }

    private static let bandAlarm: AWSObject = [
        "ComparisonOperator": "LessThanLowerOrGreaterThanUpperThreshold", "ThresholdMetricId": "band",
    ]

    private static let bandMetrics: [AWSValue] = [
        metric("m1", "m", isReturned: true), ["Id": "band", "Expression": "ANOMALY_DETECTION_BAND(m1, 3)", "ReturnData": true],
    ]

    @Test func anAnomalyRings() async throws {
        let harness = try CloudWatchHarness()
        defer { harness.close() }
        harness.service.metrics.book(CloudWatchHarness.realm, (1...336).map { hour in
            MetricBooking(
                metric: MetricIdentity(namespace: "N", name: "m"), unit: .none, instant: harness.now - .hours(Int64(hour)),
                samples: SampleSet(hour % 2 == 0 ? 9 : 11))
        })
        try await Self.put(harness, Self.bandMetrics, Self.bandAlarm, without: ["Threshold"])
        let fresh = try await harness.described()
        #expect(fresh["Threshold"] == nil && fresh["ThresholdMetricId"] == "band")
        try await harness.put(11)
        try await harness.advance(.minutes(1))
        #expect(try await harness.state() == "OK")
        try await harness.put(50)
        try await harness.advance(.minutes(1))
        let ringing = try await harness.described()
        #expect(ringing["StateValue"] == "ALARM")
        #expect(ringing["StateReason"]?.string?.hasPrefix("Thresholds Crossed: 1 datapoint [50.0 (26/05/26 14:01:00)] was less than the lower thresholds [") == true)
    }

    /// AWS: doc — what a detector excludes is not learned from.
    @Test func aDetectorsExcludedRangesAreNotLearned() async throws {
        let harness = try CloudWatchHarness()
        defer { harness.close() }
        let outage = harness.now - .days(2)
        harness.service.metrics.book(CloudWatchHarness.realm, (1...336).map { hour in
            let instant = harness.now - .hours(Int64(hour))
            return MetricBooking(
                metric: MetricIdentity(namespace: "N", name: "m"), unit: .none, instant: instant,
                samples: SampleSet(instant >= outage && instant < outage + .days(1) ? 1000 : 10 + Double(hour % 3)))
        })
        func upper() async throws -> Double? {
            let answer = try await harness.call("GetMetricData", [
                "MetricDataQueries": .list([Self.metric("m1", "m"), ["Id": "band", "Expression": "ANOMALY_DETECTION_BAND(m1, 2)"]]),
                "StartTime": .timestamp(harness.now - .minutes(5)), "EndTime": .timestamp(harness.now),
            ])
            return answer["MetricDataResults"]?.list?.first?["Values"]?.list?.first?.double
        }
        #expect(try #require(try await upper()) > 100)
        var detector: AWSObject = ["SingleMetricAnomalyDetector": ["Namespace": "N", "MetricName": "m", "Stat": "Sum"]]
        detector["Configuration"] = [
            "ExcludedTimeRanges": [["StartTime": .timestamp(outage), "EndTime": .timestamp(outage + .days(1))]],
            "MetricTimezone": "Europe/Berlin",
        ]
        try await harness.call("PutAnomalyDetector", detector)
        #expect(try #require(try await upper()) < 20)
        detector["Configuration"] = ["MetricTimezone": "Mars/Olympus"]
        #expect(try await harness.fault("PutAnomalyDetector", detector)?.code == "InvalidParameterValueException")
        detector["Configuration"] = ["ExcludedTimeRanges": [["StartTime": .timestamp(outage), "EndTime": .timestamp(outage)]]]
        #expect(try await harness.fault("PutAnomalyDetector", detector)?.code == "InvalidParameterValueException")
    }

    @Test func anUntrainedBandKnowsNothing() async throws {
        let harness = try CloudWatchHarness()
        defer { harness.close() }
        try await Self.put(harness, Self.bandMetrics, Self.bandAlarm, without: ["Threshold"])
        try await harness.put(50)
        try await harness.advance(.minutes(1))
        #expect(try await harness.state() == "INSUFFICIENT_DATA")
    }

    struct Refusal: Sendable, CustomTestStringConvertible {
        let metrics: [AWSValue]
        var changes: AWSObject = [:]
        var without: [String] = []
        let message: String
        var testDescription: String { message }
    }

    static let refusals: [Refusal] = [
        Refusal(metrics: [metric("m1", "m"), ["Id": "e", "Expression": "m1 +"]], message: "Error in expression 'e': Unexpected end of expression"),
        Refusal(metrics: [metric("m1", "m"), ["Id": "e", "Expression": "m2"]], message: "Error in expression 'e': Undefined variable 'm2'"),
        Refusal(metrics: [metric("m1", "m", isReturned: true), ["Id": "e", "Expression": "m1"]],
                message: "Exactly one element of the metrics list should return data."),
        Refusal(metrics: [metric("m1", "m"), ["Id": "e", "Expression": "METRICS()"]],
                message: "The expression of an alarm must return a single time series."),
        Refusal(metrics: [metric("m1", "m"), ["Id": "e", "Expression": "SUM(m1)"]],
                message: "The expression of an alarm must return a single time series."),
        Refusal(metrics: [["Id": "e", "Expression": "SUM(SEARCH('x', 'Sum'))"]], message: "SEARCH is not supported on Metric Alarms."),
        Refusal(metrics: [metric("m1", "m"), metric("m2", "n", period: 300), ["Id": "e", "Expression": "m1 + m2"]],
                message: "All metrics in the metrics list must have the same period."),
        Refusal(metrics: [["Id": "q", "Expression": "SELECT MAX(m) FROM N GROUP BY E", "Period": 60]],
                message: "The expression of an alarm must return a single time series."),
        Refusal(metrics: [metric("m1", "m", isReturned: true)], changes: bandAlarm, without: ["Threshold"],
                message: "ThresholdMetricId must be the Id of an ANOMALY_DETECTION_BAND expression."),
        Refusal(metrics: bandMetrics, changes: bandAlarm,
                message: "The parameters Threshold and ThresholdMetricId are mutually exclusive and you have specified both."),
        Refusal(metrics: bandMetrics, changes: ["ThresholdMetricId": "band"],
                message: "The comparison operator GreaterThanThreshold cannot be used with the parameter ThresholdMetricId."),
    ]

    @Test(arguments: refusals)
    func refuses(refusal: Refusal) async throws {
        let harness = try CloudWatchHarness()
        defer { harness.close() }
        let input = CloudWatchHarness.merged(
            CloudWatchHarness.alarm, CloudWatchHarness.merged(["Metrics": .list(refusal.metrics)], refusal.changes),
            without: Self.single + refusal.without)
        #expect(try await harness.fault("PutMetricAlarm", input)?.message == refusal.message)
    }
}
