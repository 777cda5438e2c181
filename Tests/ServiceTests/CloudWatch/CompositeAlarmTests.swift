import AWSModel
import CloudWatchService
import MetricRules
import SimTime
import Synchronization
import Testing
import Timeline

/// Composite alarms, suppression and mute rules. AWS: spec/cloudwatch.md §10, §11.
@Suite struct CompositeAlarmTests {
    private static let topic = "arn:aws:sns:us-east-1:123456789012:t"

    private static func harness(_ children: [String] = ["a", "b"]) async throws -> CloudWatchHarness {
        let harness = try CloudWatchHarness()
        for name in children { try await harness.putAlarm(["AlarmName": .string(name), "TreatMissingData": "ignore"]) }
        return harness
    }

    private static func put(_ harness: CloudWatchHarness, _ rule: String, _ more: AWSObject = [:]) async throws {
        try await harness.call("PutCompositeAlarm", CloudWatchHarness.merged(
            ["AlarmName": "c", "AlarmRule": .string(rule)], more))
    }

    private static func described(_ harness: CloudWatchHarness, _ name: String = "c") async throws -> AWSObject {
        let answer = try await harness.call(
            "DescribeAlarms", ["AlarmNames": [.string(name)], "AlarmTypes": ["CompositeAlarm", "MetricAlarm"]])
        return answer["CompositeAlarms"]?.list?.first?.object ?? [:]
    }

    private static func set(_ harness: CloudWatchHarness, _ name: String, _ state: String) async throws {
        try await harness.call("SetAlarmState", ["AlarmName": .string(name), "StateValue": .string(state), "StateReason": "test"])
    }

    private static func arn(_ name: String) -> String { "arn:aws:cloudwatch:us-east-1:123456789012:alarm:\(name)" }

    /// AWS: recorded — spec/cloudwatch.md §12.14.
    @Test func followsItsChildrenInTheSameInstant() async throws {
        let harness = try await Self.harness()
        defer { harness.close() }
        try await Self.put(harness, "ALARM(a) OR ALARM(\(Self.arn("b")))")
        let fresh = try await Self.described(harness)
        #expect(fresh["StateValue"] == "OK")
        #expect(fresh["StateReason"]?.string == "\(Self.arn("c")) was created and its alarm rule evaluates to OK")
        #expect(fresh["StateReasonData"]?.string?.contains(Self.arn("a")) == true)
        let summaries = try await harness.call("DescribeAlarmHistory", ["AlarmTypes": ["CompositeAlarm"], "ScanBy": "TimestampAscending"])
        #expect(summaries["AlarmHistoryItems"]?.list?.map { $0["HistorySummary"]?.string } == [
            #"Alarm "c" created"#, "Alarm updated from INSUFFICIENT_DATA to OK",
        ])
        #expect(summaries["AlarmHistoryItems"]?.list?.first?["AlarmType"] == "CompositeAlarm")
        try await harness.advance(.minutes(3))
        try await Self.set(harness, "a", "ALARM")
        let ringing = try await Self.described(harness)
        #expect(ringing["StateValue"] == "ALARM")
        #expect(ringing["StateReason"]?.string == "\(Self.arn("a")) transitioned to ALARM at Tuesday 26 May, 2026 14:03:00 UTC")
        #expect(ringing["StateReasonData"]?.string == #"{"triggeringAlarms":[{"arn":"\#(Self.arn("a"))","state":{"value":"ALARM","timestamp":"2026-05-26T14:03:00.000+0000"}}]}"#)
        // A second child changes nothing.
        try await Self.set(harness, "b", "ALARM")
        #expect(try await Self.described(harness) == ringing)
        try await Self.set(harness, "a", "OK")
        #expect(try await Self.described(harness)["StateValue"] == "ALARM")
        try await Self.set(harness, "b", "OK")
        #expect(try await Self.described(harness)["StateValue"] == "OK")
    }

    @Test func aMetricCanRingAWholeTree() async throws {
        let harness = try await Self.harness()
        defer { harness.close() }
        let log = TransitionLog()
        harness.service.onTransition { _, transition in log.add(transition) }
        try await Self.put(harness, "ALARM(a)")
        try await harness.call("PutCompositeAlarm", ["AlarmName": "d", "AlarmRule": "ALARM(c) AND NOT ALARM(b)"])
        try await harness.put(22)
        try await harness.advance(.minutes(1))
        // Both metric alarms watch the same metric: a rings c and d, then b takes d back.
        let rung = log.all.filter { $0.instant == CloudWatchHarness.start + .minutes(1) }
        #expect(rung.map { "\($0.alarmName) \($0.to.rawValue)" } == ["a ALARM", "c ALARM", "d ALARM", "b ALARM", "d OK"])
    }

    @Test func familiesAreShown() async throws {
        let harness = try await Self.harness()
        defer { harness.close() }
        try await Self.put(harness, "ALARM(a)")
        try await harness.call("PutCompositeAlarm", ["AlarmName": "d", "AlarmRule": "ALARM(c) OR OK(a)"])
        let children = try await harness.call("DescribeAlarms", ["ChildrenOfAlarmName": "d"])
        #expect(children["MetricAlarms"]?.list?.map { $0["AlarmName"]?.string } == ["a"])
        #expect(children["CompositeAlarms"]?.list?.map { $0.object?.entries.map(\.key).sorted() } == [
            ["AlarmArn", "AlarmName", "StateUpdatedTimestamp", "StateValue"],
        ])
        let parents = try await harness.call("DescribeAlarms", ["ParentsOfAlarmName": "a"])
        #expect(parents["CompositeAlarms"] == .list(["c", "d"].map {
            ["AlarmArn": .string(Self.arn($0)), "AlarmName": .string($0)]
        }))
        #expect(try await harness.fault("DescribeAlarms", ["ParentsOfAlarmName": "a", "StateValue": "OK"])?.code
            == "InvalidParameterCombinationException")
        #expect(try await harness.call("DescribeAlarms", [:])["CompositeAlarms"] == [])
    }

    /// AWS: recorded — spec/cloudwatch.md §1.
    @Test func refusals() async throws {
        let harness = try await Self.harness()
        defer { harness.close() }
        func put(_ input: AWSObject) async throws -> String? {
            try await harness.fault("PutCompositeAlarm", CloudWatchHarness.merged(["AlarmName": "c", "AlarmRule": "TRUE"], input))?.message
        }
        #expect(try await put(["AlarmRule": "ALARM(a) OR ALARM(x) OR OK(y)"])
            == "Could not save the composite alarm as alarms [x, y] in the alarm rule do not exist")
        #expect(try await put(["AlarmRule": "ALARM(a"]) == "The alarm rule is invalid: a closing parenthesis is missing")
        #expect(try await put(["AlarmName": "a"]) == "A metric alarm with the name a exists already.")
        #expect(try await put(["ActionsSuppressor": "a"]) == "The parameter ActionsSuppressorWaitPeriod is required.")
        #expect(try await put(["ActionsSuppressor": "x", "ActionsSuppressorWaitPeriod": 1, "ActionsSuppressorExtensionPeriod": 1])
            == "Could not save the composite alarm as the actions suppressor [x] does not exist")
        try await Self.put(harness, "ALARM(a)")
        #expect(try await harness.fault("DeleteAlarms", ["AlarmNames": ["a"]])?.message
            == "Cannot delete a as there are composite alarm(s) depending on it.")
        try await harness.call("PutCompositeAlarm", ["AlarmName": "d", "AlarmRule": "ALARM(b)"])
        #expect(try await harness.fault("DeleteAlarms", ["AlarmNames": ["c", "d"]])?.code == "ValidationException")
        try await harness.call("DeleteAlarms", ["AlarmNames": ["c", "a"]])
        #expect(try await Self.described(harness).isEmpty)
    }

    @Test func cyclesStandStillUntilOneRuleIsFalse() async throws {
        let harness = try await Self.harness()
        defer { harness.close() }
        try await Self.put(harness, "ALARM(a)")
        try await harness.call("PutCompositeAlarm", ["AlarmName": "d", "AlarmRule": "ALARM(c)"])
        try await Self.put(harness, "ALARM(a) OR ALARM(d)")
        try await Self.set(harness, "a", "ALARM")
        #expect(try await Self.described(harness)["StateValue"] == "OK")
        #expect(try await harness.fault("DeleteAlarms", ["AlarmNames": ["c"]])?.code == "ValidationException")
        try await Self.put(harness, "FALSE")
        try await harness.call("DeleteAlarms", ["AlarmNames": ["d"]])
        try await harness.call("DeleteAlarms", ["AlarmNames": ["c"]])
    }

    @Test func anUpdateEvaluatesAgain() async throws {
        let harness = try await Self.harness()
        defer { harness.close() }
        try await Self.put(harness, "ALARM(a)")
        try await harness.advance(.minutes(1))
        try await Self.put(harness, "NOT ALARM(a)")
        let updated = try await Self.described(harness)
        #expect(updated["StateReason"]?.string == "\(Self.arn("c")) was updated and its alarm rule evaluates to ALARM")
        #expect(updated["StateTransitionedTimestamp"] == .timestamp(CloudWatchHarness.start + .minutes(1)))
    }

    // MARK: Actions

    @Test func aSuppressorHoldsActions() async throws {
        let harness = try await Self.harness(["a", "s"])
        defer { harness.close() }
        let sink = RecordingSink()
        harness.service.deliverActions(by: sink)
        try await Self.put(harness, "ALARM(a)", [
            "AlarmActions": [.string(Self.topic)], "OKActions": [.string(Self.topic)], "ActionsSuppressor": "s",
            "ActionsSuppressorWaitPeriod": 120, "ActionsSuppressorExtensionPeriod": 180,
        ])
        try await harness.advance(.minutes(3))
        sink.clear()
        func by() async throws -> String? { try await Self.described(harness)["ActionsSuppressedBy"]?.string }
        func actions() async throws -> Int { try await harness.summaries("c", types: ["CompositeAlarm"]).count { $0.hasPrefix("Successfully") } }
        let before = try await actions()
        try await Self.set(harness, "a", "ALARM")
        #expect(try await by() == "WaitPeriod")
        try await harness.advance(.minutes(1))
        try await Self.set(harness, "s", "ALARM")
        #expect(try await by() == "Alarm")
        try await harness.advance(.minutes(10))
        #expect(try await actions() == before)
        try await Self.set(harness, "s", "OK")
        #expect(try await by() == "ExtensionPeriod")
        try await harness.advance(.minutes(2))
        #expect(try await actions() == before)
        try await harness.advance(.minutes(1))
        #expect(try await by() == nil)
        #expect(try await actions() == before + 1)
        // Without the suppressor, actions run when the wait is over.
        try await Self.set(harness, "a", "OK")
        try await harness.advance(.seconds(119))
        #expect(try await actions() == before + 1)
        try await harness.advance(.seconds(1))
        #expect(try await actions() == before + 2)
    }

    @Test func actionsGoToTheEventStreamAndToWebhooks() async throws {
        let harness = try await Self.harness([])
        defer { harness.close() }
        let sink = RecordingSink(webhooks: ["arn:aws:lambda:us-east-1:123456789012:function:f"], failing: false)
        harness.service.deliverActions(by: sink)
        try await harness.putAlarm([
            "AlarmDescription": "says \"hi\"",
            "AlarmActions": [.string(Self.topic), "arn:aws:lambda:us-east-1:123456789012:function:f", "arn:aws:sns:us-east-1:123456789012:none"],
        ])
        try await harness.put(22)
        try await harness.advance(.minutes(1))
        await sink.waitForDelivery()
        #expect(try await Self.actionSummaries(harness, count: 3).sorted() == [
            "Failed to execute action arn:aws:sns:us-east-1:123456789012:none. Received error: \"No target is set for this action in alarmActions.\"",
            "Successfully executed action arn:aws:lambda:us-east-1:123456789012:function:f",
            "Successfully executed action \(Self.topic)",
        ])
        // Its instants are shown as to a client: the simulated minute is still to come in reality.
        let notification = try #require(sink.all.first)
        #expect(notification.subject == "ALARM: \"a\" in US East (N. Virginia)")
        #expect(notification.message == #"{"AlarmName":"a","AlarmDescription":"says \"hi\"","AWSAccountId":"123456789012","AlarmConfigurationUpdatedTimestamp":"2026-05-26T13:59:00.000+0000","NewStateValue":"ALARM","NewStateReason":"Threshold Crossed: 1 datapoint [22.0 (26/05/26 14:00:00)] was greater than the threshold (21.0).","StateChangeTime":"2026-05-26T14:00:00.000+0000","Region":"US East (N. Virginia)","AlarmArn":"arn:aws:cloudwatch:us-east-1:123456789012:alarm:a","OldStateValue":"INSUFFICIENT_DATA","OKActions":[],"AlarmActions":["arn:aws:sns:us-east-1:123456789012:t","arn:aws:lambda:us-east-1:123456789012:function:f","arn:aws:sns:us-east-1:123456789012:none"],"InsufficientDataActions":[],"Trigger":{"MetricName":"m","Namespace":"N","StatisticType":"Statistic","Statistic":"AVERAGE","Unit":null,"Dimensions":[],"Period":60,"EvaluationPeriods":1,"ComparisonOperator":"GreaterThanThreshold","Threshold":21.0,"TreatMissingData":"missing","EvaluateLowSampleCountPercentile":""}}"#)
        #expect(notification.isFunctionCall)
        #expect(notification.payload == #"{"source":"aws.cloudwatch","alarmArn":"arn:aws:cloudwatch:us-east-1:123456789012:alarm:a","accountId":"123456789012","time":"2026-05-26T14:00:00.000+0000","region":"us-east-1","alarmData":{"alarmName":"a","state":{"value":"ALARM","reason":"Threshold Crossed: 1 datapoint [22.0 (26/05/26 14:00:00)] was greater than the threshold (21.0).","reasonData":"{\"version\":\"1.0\",\"queryDate\":\"2026-05-26T14:01:00.000+0000\",\"startDate\":\"2026-05-26T14:00:00.000+0000\",\"statistic\":\"Average\",\"period\":60,\"recentDatapoints\":[22.0],\"threshold\":21.0,\"evaluatedDatapoints\":[{\"timestamp\":\"2026-05-26T14:00:00.000+0000\",\"sampleCount\":1.0,\"value\":22.0}]}","timestamp":"2026-05-26T14:00:00.000+0000"},"previousState":{"value":"INSUFFICIENT_DATA","reason":"Unchecked: Initial alarm creation","timestamp":"2026-05-26T13:59:00.000+0000"},"configuration":{"description":"says \"hi\"","metrics":[{"id":"m1","metricStat":{"metric":{"namespace":"N","name":"m","dimensions":{}},"period":60,"stat":"Average"},"returnData":true}]}}}"#)
        let events = try harness.timeline.events.events(subject: "a").filter { $0.detailType == "CloudWatch Alarm Action" }
        #expect(events.count == 2)
    }

    /// What the history says of actions, once it says it of so many: the outcome of a webhook is told in a turn of its
    /// own.
    private static func actionSummaries(_ harness: CloudWatchHarness, count: Int) async throws -> [String] {
        let deadline = ContinuousClock.now + .seconds(10)
        while true {
            let found = try await harness.summaries().filter { $0.contains("action") }
            if found.count >= count || ContinuousClock.now > deadline { return found }
            await Task.yield()
        }
    }

    @Test func aFailingWebhookIsToldInTheHistory() async throws {
        let harness = try await Self.harness([])
        defer { harness.close() }
        let sink = RecordingSink(webhooks: [Self.topic], failing: true)
        harness.service.deliverActions(by: sink)
        try await harness.putAlarm(["AlarmActions": [.string(Self.topic)]])
        try await Self.set(harness, "a", "ALARM")
        await sink.waitForDelivery()
        #expect(try await Self.actionSummaries(harness, count: 1) == [
            "Failed to execute action \(Self.topic). Received error: \"refused\"",
        ])
    }

    @Test func aMuteRuleHoldsActions() async throws {
        let harness = try await Self.harness([])
        defer { harness.close() }
        let sink = RecordingSink()
        harness.service.deliverActions(by: sink)
        try await harness.putAlarm(["AlarmActions": [.string(Self.topic)], "OKActions": [.string(Self.topic)], "TreatMissingData": "ignore"])
        let rule: AWSObject = [
            "Name": "night", "Rule": ["Schedule": ["Expression": "cron(0 16 * * *)", "Duration": "PT1H", "Timezone": "Europe/Berlin"]],
            "MuteTargets": ["AlarmNames": ["a"]], "Tags": [["Key": "k", "Value": "v"]],
        ]
        try await harness.call("PutAlarmMuteRule", rule)
        let found = try await harness.call("GetAlarmMuteRule", ["AlarmMuteRuleName": "night"])
        #expect(found["Status"] == "ACTIVE" && found["MuteType"] == "RECURRING")
        #expect(found["AlarmMuteRuleArn"] == "arn:aws:cloudwatch:us-east-1:123456789012:alarm-mute-rule:night")
        let listed = try await harness.call("ListAlarmMuteRules", ["AlarmName": "a", "Statuses": ["ACTIVE"]])
        #expect(listed["AlarmMuteRuleSummaries"]?.list?.count == 1)
        func actions() async throws -> Int { try await harness.summaries().count { $0.hasPrefix("Successfully") } }
        try await Self.set(harness, "a", "ALARM")
        try await harness.advance(.minutes(30))
        try await Self.set(harness, "a", "OK")
        try await Self.set(harness, "a", "ALARM")
        #expect(try await actions() == 0)
        // What the alarm still says when the window ends is acted on, once.
        try await harness.advance(.minutes(31))
        #expect(try await actions() == 1)
        try await Self.set(harness, "a", "OK")
        #expect(try await actions() == 2)
        try await harness.call("DeleteAlarmMuteRule", ["AlarmMuteRuleName": "night"])
        #expect(try await harness.fault("GetAlarmMuteRule", ["AlarmMuteRuleName": "night"])?.code == "ResourceNotFoundException")
    }

    @Test func disabledActionsDoNothing() async throws {
        let harness = try await Self.harness([])
        defer { harness.close() }
        let sink = RecordingSink()
        harness.service.deliverActions(by: sink)
        try await harness.putAlarm(["AlarmActions": [.string(Self.topic)]])
        try await harness.call("DisableAlarmActions", ["AlarmNames": ["a", "none"]])
        try await Self.set(harness, "a", "ALARM")
        #expect(try await harness.summaries().allSatisfy { !$0.contains("action") })
        #expect(try await harness.state() == "ALARM")
    }
}

/// Takes every action; some of them as webhooks.
private final class RecordingSink: AlarmActionSink {
    struct Refused: Error, CustomStringConvertible { var description: String { "refused" } }

    private let webhooks: Set<String>
    private let isFailing: Bool
    private let taken = Mutex<[AlarmNotification]>([])
    private let (deliveries, continuation) = AsyncStream.makeStream(of: Void.self)

    init(webhooks: Set<String> = [], failing: Bool = false) {
        self.webhooks = webhooks
        isFailing = failing
    }

    func target(of actionARN: String) -> AlarmActionTarget? {
        if webhooks.contains(actionARN) { return .webhook }
        return actionARN.hasSuffix(":none") ? nil : .eventStream
    }

    func deliver(_ notification: AlarmNotification) async throws {
        taken.withLock { $0.append(notification) }
        continuation.yield()
        if isFailing { throw Refused() }
    }

    func waitForDelivery() async {
        for await _ in deliveries { return }
    }

    func clear() { taken.withLock { $0 = [] } }
    var all: [AlarmNotification] { taken.withLock { $0 } }
}
