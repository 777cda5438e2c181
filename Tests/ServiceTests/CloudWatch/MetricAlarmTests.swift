import AWSModel
import CloudWatchService
import MetricRules
import SimTime
import Testing
import Timeline

@Suite struct MetricAlarmTests {
    /// AWS: recorded key set — spec/cloudwatch.md §7.
    @Test func aFreshAlarm() async throws {
        let harness = try CloudWatchHarness()
        defer { harness.close() }
        try await harness.putAlarm()
        let start = AWSValue.timestamp(CloudWatchHarness.start)
        #expect(try await harness.described() == [
            "AlarmName": "a", "AlarmArn": "arn:aws:cloudwatch:us-east-1:123456789012:alarm:a",
            "AlarmConfigurationUpdatedTimestamp": start, "ActionsEnabled": true, "OKActions": [], "AlarmActions": [],
            "InsufficientDataActions": [], "StateValue": "INSUFFICIENT_DATA",
            "StateReason": "Unchecked: Initial alarm creation", "StateUpdatedTimestamp": start, "MetricName": "m",
            "Namespace": "N", "Statistic": "Average", "Dimensions": [], "Period": 60, "EvaluationPeriods": 1,
            "Threshold": 21.0, "ComparisonOperator": "GreaterThanThreshold", "StateTransitionedTimestamp": start,
        ])
        #expect(try await harness.summaries() == [#"Alarm "a" created"#])
    }

    struct Refusal: Sendable {
        var changes: AWSObject = [:]
        var without: [String] = []
        let code: String
        let message: String
    }

    private static func validation(_ changes: AWSObject, _ message: String) -> Refusal {
        Refusal(changes: changes, code: "ValidationException", message: message)
    }

    static let refusals: [Refusal] = [
        validation(["Period": 45], "Period must be 10, 20, 30 or a multiple of 60"),
        validation(["Period": 0], "Period must be 10, 20, 30 or a multiple of 60"),
        validation(["EvaluationPeriods": 1441],
                   "Metrics cannot be checked across more than a day (EvaluationPeriods * Period must be <= 86400) for alarms using period < 3600"),
        validation(["EvaluationPeriods": .integer(.max)],
                   "Metrics cannot be checked across more than a day (EvaluationPeriods * Period must be <= 86400) for alarms using period < 3600"),
        validation(["EvaluationPeriods": 169, "Period": 3600],
                   "Metrics cannot be checked across more than a week (EvaluationPeriods * Period must be <= 604800) for alarms using period >= 3600"),
        validation(["DatapointsToAlarm": 2], "DatapointsToAlarm must be less than or equal to EvaluationPeriods"),
        validation(["TreatMissingData": "maybe"],
                   "The value maybe is not supported for TreatMissingData parameter. Supported values are [breaching, notBreaching, ignore, missing]."),
        validation(["EvaluateLowSampleCountPercentile": "maybe"],
                   "Option maybe is not supported. Supported options for parameter EvaluateLowSampleCountPercentile are evaluate and ignore."),
        validation(["AlarmActions": ["nonsense"]], "Invalid arn syntax: nonsense"),
        validation(["AlarmName": "a\u{7}"], "AlarmName must not contain ASCII Control characters"),
        Refusal(changes: ["ExtendedStatistic": "p99"], code: "InvalidParameterCombinationException",
                message: "The parameters Statistic and ExtendedStatistic are mutually exclusive and you have specified both."),
        Refusal(changes: ["ExtendedStatistic": "p101"], without: ["Statistic"], code: "InvalidParameterValueException",
                message: "The value p101 for parameter ExtendedStatistic is not supported."),
        Refusal(without: ["Statistic"], code: "MissingRequiredParameterException", message: "The parameter Statistic is required."),
        Refusal(without: ["Threshold"], code: "MissingRequiredParameterException", message: "The parameter Threshold is required."),
        Refusal(without: ["Period"], code: "MissingRequiredParameterException", message: "The parameter Period is required."),
        Refusal(without: ["MetricName"], code: "MissingRequiredParameterException", message: "The parameter MetricName is required."),
        Refusal(changes: ["OKActions": .list([AWSValue](repeating: "arn:aws:sns:us-east-1:123456789012:t", count: 6))],
                code: "InvalidParameterValueException",
                message: "The collection OKActions must not have a size greater than 5."),
        Refusal(changes: ["ComparisonOperator": "LessThanLowerThreshold"], code: "InvalidParameterCombinationException",
                message: "The comparison operator LessThanLowerThreshold needs the parameter ThresholdMetricId."),
        Refusal(changes: ["Metrics": []], code: "InvalidParameterCombinationException",
                message: "The parameters Metrics and MetricName are mutually exclusive and you have specified both."),
    ]

    @Test(arguments: refusals)
    func aBadAlarmIsRefused(refusal: Refusal) async throws {
        let harness = try CloudWatchHarness()
        defer { harness.close() }
        let input = CloudWatchHarness.merged(CloudWatchHarness.alarm, refusal.changes, without: refusal.without)
        let fault = try await harness.fault("PutMetricAlarm", input)
        #expect(fault?.code == refusal.code)
        #expect(fault?.message == refusal.message)
        #expect(try await harness.call("DescribeAlarms", [:])["MetricAlarms"] == [])
    }

    /// AWS: recorded — spec/cloudwatch.md §12.3.
    @Test func itRingsAndSaysWhy() async throws {
        let harness = try CloudWatchHarness()
        defer { harness.close() }
        let log = TransitionLog()
        harness.service.onTransition { _, transition in log.add(transition) }
        try await harness.putAlarm()
        try await harness.put(21.5)
        try await harness.advance(.seconds(59))
        #expect(try await harness.state() == "INSUFFICIENT_DATA")
        try await harness.advance(.seconds(1))
        let ringing = try await harness.described()
        let reason = "Threshold Crossed: 1 datapoint [21.5 (26/05/26 14:00:00)] was greater than the threshold (21.0)."
        #expect(ringing["StateReason"]?.string == reason)
        #expect(ringing["StateReasonData"]?.string == #"{"version":"1.0","queryDate":"2026-05-26T14:01:00.000+0000","startDate":"2026-05-26T14:00:00.000+0000","statistic":"Average","period":60,"recentDatapoints":[21.5],"threshold":21.0,"evaluatedDatapoints":[{"timestamp":"2026-05-26T14:00:00.000+0000","sampleCount":1.0,"value":21.5}]}"#)
        #expect(ringing["StateTransitionedTimestamp"]?.instant == CloudWatchHarness.start + .minutes(1))
        #expect(log.all == [AlarmTransition(
            realm: CloudWatchHarness.realm, alarmName: "a", from: .insufficientData, to: .alarm, reason: reason,
            instant: CloudWatchHarness.start + .minutes(1))])
        #expect(try await harness.summaries().last == "Alarm updated from INSUFFICIENT_DATA to ALARM")
        let data = try await harness.call("DescribeAlarmHistory", ["HistoryItemType": "StateUpdate"])
        let json = try #require(data["AlarmHistoryItems"]?.list?.first?["HistoryData"]?.string)
        #expect(json.hasPrefix(#"{"version":"1.0","oldState":{"stateValue":"INSUFFICIENT_DATA","stateReason":"Unchecked: Initial alarm creation"},"newState":{"stateValue":"ALARM","stateReason":"Threshold Crossed: 1 datapoint [21.5"#))
        #expect(json.contains(#","stateReasonData":{"version":"1.0","queryDate""#))
    }

    /// AWS: recorded — spec/cloudwatch.md §12.2.
    @Test func tenSecondAlarmsRunEveryTenSeconds() async throws {
        let harness = try CloudWatchHarness()
        defer { harness.close() }
        try await harness.putAlarm(["Period": 10, "EvaluationPeriods": 2, "TreatMissingData": "breaching"])
        try await harness.advance(.seconds(10))
        #expect(try await harness.described()["StateReason"]?.string == "Threshold Crossed: no datapoints were received for 2 periods and 2 missing datapoints were treated as [Breaching].")
        for second in [1, 12] { try await harness.put(1, at: harness.now + .seconds(Int64(second)), ["StorageResolution": 1]) }
        try await harness.advance(.seconds(20))
        #expect(try await harness.state() == "OK")
    }

    /// A window of less than a minute holds seconds, though no minute begins in it.
    @Test func shortWindowsSeeTheirSeconds() async throws {
        let harness = try CloudWatchHarness()
        defer { harness.close() }
        try await harness.putAlarm(["Period": 10, "Threshold": 2])
        for second in 0..<60 as Range<Int64> {
            try await harness.put(second < 35 ? 1 : 3, at: harness.now + .seconds(second), ["StorageResolution": 1])
        }
        var states: [String?] = []
        for _ in 0..<6 {
            try await harness.advance(.seconds(10))
            states.append(try await harness.state())
        }
        #expect(states == ["OK", "OK", "OK", "OK", "ALARM", "ALARM"])
    }

    /// Alarms go through OK and ALARM as their metric does, each change at the minute that ends with it.
    @Test func everyTransitionIsToldOnce() async throws {
        let harness = try CloudWatchHarness()
        defer { harness.close() }
        let log = TransitionLog()
        harness.service.onTransition { _, transition in log.add(transition) }
        try await harness.putAlarm(["EvaluationPeriods": 2, "DatapointsToAlarm": 2])
        for value in [1.0, 30, 30, 30, 1, 1, 30] {
            try await harness.put(value)
            try await harness.advance(.minutes(1))
        }
        #expect(log.all.map { [$0.from.rawValue, $0.to.rawValue, "\(Int(($0.instant - CloudWatchHarness.start).seconds / 60))"] } == [
            ["INSUFFICIENT_DATA", "OK", "1"], ["OK", "ALARM", "3"], ["ALARM", "OK", "5"],
        ])
        #expect(try await harness.summaries().count == 4)
    }

    @Test(arguments: [
        ("missing", "INSUFFICIENT_DATA"), ("ignore", "ALARM"), ("breaching", "ALARM"), ("notBreaching", "OK"),
    ])
    func whenTheDataStop(treatment: String, state: String) async throws {
        let harness = try CloudWatchHarness()
        defer { harness.close() }
        try await harness.putAlarm(["TreatMissingData": .string(treatment)])
        try await harness.put(22)
        try await harness.advance(.minutes(2))
        #expect(try await harness.state() == "ALARM")
        try await harness.advance(.minutes(10))
        #expect(try await harness.state() == state)
    }

    /// AWS: doc and recorded — spec/cloudwatch.md §9.
    @Test func aStateSetByHand() async throws {
        let harness = try CloudWatchHarness()
        defer { harness.close() }
        let log = TransitionLog()
        harness.service.onTransition { _, transition in log.add(transition) }
        try await harness.putAlarm(["TreatMissingData": "ignore", "AlarmActions": ["arn:aws:sns:us-east-1:123456789012:t"]])
        let set: AWSObject = ["AlarmName": "a", "StateValue": "ALARM", "StateReason": "by hand"]
        try await harness.call("SetAlarmState", set)
        var alarm = try await harness.described()
        #expect(alarm["StateValue"] == "ALARM" && alarm["StateReason"] == "by hand" && alarm["StateReasonData"] == nil)
        #expect(try await harness.summaries() == [
            #"Alarm "a" created"#, "Alarm updated from INSUFFICIENT_DATA to ALARM",
            #"Failed to execute action arn:aws:sns:us-east-1:123456789012:t. Received error: "No target is set for this action in alarmActions.""#,
        ])
        try await harness.advance(.minutes(5))
        #expect(try await harness.state() == "ALARM")
        try await harness.call("SetAlarmState", CloudWatchHarness.merged(set, ["StateReasonData": #"{"a":1}"#]))
        alarm = try await harness.described()
        #expect(alarm["StateUpdatedTimestamp"]?.instant == harness.now)
        #expect(alarm["StateTransitionedTimestamp"]?.instant == CloudWatchHarness.start)
        #expect(log.all.count == 1)
        let unknown = try await harness.fault("SetAlarmState", CloudWatchHarness.merged(set, ["AlarmName": "none"]))
        #expect(unknown == AWSFault("ResourceNotFound", nil))
        let notJSON = try await harness.fault("SetAlarmState", CloudWatchHarness.merged(set, ["StateReasonData": "{"]))
        #expect(notJSON?.message == "StateReasonData was not syntactically valid JSON")
    }

    /// A forced state does not outlive data that say otherwise.
    @Test func theNextEvaluationCorrectsAForcedState() async throws {
        let harness = try CloudWatchHarness()
        defer { harness.close() }
        try await harness.putAlarm(["TreatMissingData": "notBreaching"])
        try await harness.call("SetAlarmState", ["AlarmName": "a", "StateValue": "ALARM", "StateReason": "r"])
        try await harness.advance(.minutes(1))
        #expect(try await harness.state() == "OK")
    }

    @Test func anUpdateKeepsTheStateAndNothingElse() async throws {
        let harness = try CloudWatchHarness()
        defer { harness.close() }
        try await harness.putAlarm(["TreatMissingData": "ignore", "AlarmDescription": "before", "Tags": [["Key": "k", "Value": "v"]]])
        try await harness.call("SetAlarmState", ["AlarmName": "a", "StateValue": "ALARM", "StateReason": "r"])
        let before = try await harness.described()
        try await harness.advance(.seconds(5))
        try await harness.putAlarm(["Threshold": 99, "ExtendedStatistic": "p99.9", "Tags": [["Key": "x", "Value": "y"]]], without: ["Statistic"])
        let after = try await harness.described()
        for key in ["StateValue", "StateReason", "StateUpdatedTimestamp", "StateTransitionedTimestamp"] { #expect(after[key] == before[key]) }
        #expect(after["Threshold"] == 99.0 && after["ExtendedStatistic"] == "p99.9")
        #expect(after["AlarmConfigurationUpdatedTimestamp"]?.instant == harness.now)
        for key in ["Statistic", "AlarmDescription", "TreatMissingData"] { #expect(after[key] == nil) }
        let tags = try await harness.call("ListTagsForResource", ["ResourceARN": after["AlarmArn"] ?? .null])
        #expect(tags == ["Tags": [["Key": "k", "Value": "v"]]])
    }

    @Test func alarmsOnAMetricOfTheMetricsList() async throws {
        let harness = try CloudWatchHarness()
        defer { harness.close() }
        let query: AWSValue = ["Id": "m1", "MetricStat": ["Metric": ["Namespace": "N", "MetricName": "m"], "Stat": "Sum", "Period": 60]]
        let single = ["MetricName", "Namespace", "Statistic", "Period"]
        try await harness.putAlarm(["Metrics": [query]], without: single)
        #expect(try await harness.described()["Metrics"] == [query])
        #expect(try await harness.described()["MetricName"] == nil)
        try await harness.put(22)
        try await harness.advance(.minutes(1))
        #expect(try await harness.state() == "ALARM")
    }

    @Test func aRestartGoesOnWhereItStopped() async throws {
        let first = try CloudWatchHarness()
        defer { first.close() }
        try await first.putAlarm(["EvaluationPeriods": 2, "DatapointsToAlarm": 2])
        try await first.put(22)
        try await first.advance(.minutes(1))
        try await first.service.flush()
        first.timeline.stop()
        let second = try CloudWatchHarness(store: first.store)
        try await second.put(23)
        try await second.advance(.minutes(1))
        #expect(try await second.described()["StateReason"]?.string == "Threshold Crossed: 2 out of the last 2 datapoints [23.0 (26/05/26 14:01:00), 22.0 (26/05/26 14:00:00)] were greater than the threshold (21.0) (minimum 2 datapoints for OK -> ALARM transition).")
    }

    @Test func longWindowsReachBackToStoredData() async throws {
        let first = try CloudWatchHarness()
        defer { first.close() }
        try await first.put(100)
        try await first.service.flush()
        try await first.advance(.hours(20))
        first.timeline.stop()
        let second = try CloudWatchHarness(store: first.store)
        try await second.putAlarm(["Period": 3600, "EvaluationPeriods": 24, "DatapointsToAlarm": 1])
        try await second.advance(.minutes(1))
        #expect(try await second.state() == "ALARM")
    }

    @Test func statesAreReadableInATurn() async throws {
        let harness = try CloudWatchHarness()
        defer { harness.close() }
        try await harness.putAlarm()
        let service = harness.service
        let states = try await harness.timeline.turn { try service.alarmStates(CloudWatchHarness.realm, ["a", "none"], in: $0) }
        #expect(states == ["a": .insufficientData])
    }
}
