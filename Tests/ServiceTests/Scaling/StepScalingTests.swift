import AWSModel
import ColdframeTesting
import SimTime
import Testing

/// Step scaling by alarms of the user's own, scheduled actions, limits and suspension.
@Suite struct StepScalingTests {
    /// An alarm on a metric of its own, whose action is the policy.
    static func putAlarm(_ hosting: Hosting, policyARN: AWSValue?, comparison: String = "GreaterThanThreshold") async throws {
        try await hosting.call("PutMetricAlarm", [
            "AlarmName": "busy", "Namespace": "N", "MetricName": "m", "Statistic": "Average", "Period": 60,
            "EvaluationPeriods": 1, "Threshold": 10, "ComparisonOperator": .string(comparison),
            "AlarmActions": .list([policyARN ?? .null]),
        ], service: "cloudwatch")
    }

    static func put(_ hosting: Hosting, _ value: Double) async throws {
        try await hosting.call("PutMetricData", [
            "Namespace": "N", "MetricData": [["MetricName": "m", "Value": .double(value), "Timestamp": .timestamp(hosting.coldframe.now)]],
        ], service: "cloudwatch")
    }

    @Test func stepsByHowFarTheMetricIs() async throws {
        try await Hosting.served { hosting in
            try await hosting.register(1, 20)
            let steps: AWSValue = [
                ["MetricIntervalLowerBound": 0, "MetricIntervalUpperBound": 20, "ScalingAdjustment": 1],
                ["MetricIntervalLowerBound": 20, "ScalingAdjustment": 100],
            ]
            let policy = try await hosting.scaling("PutScalingPolicy", Hosting.step(
                0, type: "PercentChangeInCapacity", ["StepAdjustments": steps, "Cooldown": 120]))
            try await Self.putAlarm(hosting, policyARN: policy["PolicyARN"])
            try await hosting.toNextMinute()
            try await Self.put(hosting, 50)
            try await hosting.toNextMinute()
            #expect(try await hosting.desired() == 6)
            #expect(try await hosting.story().first?.hasPrefix("monitor alarm busy in state ALARM triggered policy step →") == true)
            let described = try await hosting.scaling("DescribeScalingPolicies")["ScalingPolicies"]?.list?.first
            #expect(described?["Alarms"]?.list?.first?["AlarmName"] == "busy")
            // Still ringing a minute later, but in the cooldown what was added counts.
            try await Self.put(hosting, 50)
            try await hosting.toNextMinute()
            #expect(try await hosting.desired() == 6)
            for _ in 0..<2 {
                try await Self.put(hosting, 50)
                try await hosting.toNextMinute()
            }
            #expect(try await hosting.desired() == 12)
            // A step policy's alarm is the user's: it outlives the policy.
            try await hosting.scaling("DeleteScalingPolicy", ["PolicyName": "step"])
            #expect(try await hosting.alarms().count == 1)
        }
    }

    @Test func anAlarmSetByHandActsAtOnce() async throws {
        try await Hosting.served { hosting in
            try await hosting.register(1, 20)
            let policy = try await hosting.scaling("PutScalingPolicy", Hosting.step(2, type: "ExactCapacity", [
                "StepAdjustments": [["ScalingAdjustment": 2]],
            ]))
            try await Self.putAlarm(hosting, policyARN: policy["PolicyARN"])
            try await Self.put(hosting, 50)
            try await hosting.toNextMinute()
            try await hosting.setAlarm("busy", "OK")
            try await hosting.settle()
            #expect(try await hosting.desired() == 2)
            let history = try await hosting.call("DescribeAlarmHistory", [
                "AlarmName": "busy", "HistoryItemType": "Action",
            ], service: "cloudwatch")["AlarmHistoryItems"]?.list
            #expect(history?.first?["HistorySummary"]?.string?.hasPrefix("Successfully executed action arn:aws:autoscaling:") == true)
        }
    }

    @Test func limitsAreBroughtAboutAndSuspensionHolds() async throws {
        try await Hosting.served { hosting in
            try await hosting.register(5, 8)
            try await hosting.settle()
            #expect(try await hosting.desired() == 5)
            try await hosting.coldframe.advance(by: .seconds(2))
            #expect(try await hosting.story() == [
                "minimum capacity was set to 5 → Successfully set desired instance count to 5. Change successfully fulfilled by sagemaker.",
            ])
            try await hosting.register(1, 2, ["SuspendedState": ["DynamicScalingOutSuspended": true]])
            try await hosting.settle()
            #expect(try await hosting.desired() == 2)
            try await hosting.register(1, 9)
            let target = try await hosting.scaling("DescribeScalableTargets", without: ["ResourceId", "ScalableDimension"])
            #expect(target["ScalableTargets"]?.list?.first?["SuspendedState"]?["DynamicScalingOutSuspended"] == true)
            try await hosting.scaling("PutScalingPolicy", Hosting.tracking(60))
            try await hosting.coldframe.setTraffic(endpoint: "churn", requestsPerSecond: 10)
            try await hosting.coldframe.advance(by: .minutes(5))
            #expect(try await hosting.desired() == 2)
            try await hosting.scaling("RegisterScalableTarget", ["SuspendedState": ["DynamicScalingOutSuspended": false]])
            #expect(try await hosting.desired() == 9)
        }
    }

    @Test func scheduledActionsSetLimits() async throws {
        try await Hosting.served { hosting in
            try await hosting.register(1, 4)
            // Simulated time begins on Monday, 2026-01-05, at midnight UTC: eight in Zurich is seven in London.
            try await hosting.scaling("PutScheduledAction", [
                "ScheduledActionName": "morning", "Schedule": "cron(0 8 ? * MON-FRI *)", "Timezone": "Europe/Zurich",
                "ScalableTargetAction": ["MinCapacity": 6, "MaxCapacity": 10],
            ])
            let evening = hosting.coldframe.now.floored(to: .days(1)) + .hours(20)
            try await hosting.scaling("PutScheduledAction", [
                "ScheduledActionName": "evening", "Schedule": .string("at(\(CivilTime(evening).iso8601.dropLast()))"),
                "ScalableTargetAction": ["MinCapacity": 1, "MaxCapacity": 2],
            ])
            try await hosting.coldframe.advance(to: LocalColdframe.start + .hours(7) - .seconds(1))
            #expect(try await hosting.desired() == 3)
            try await hosting.coldframe.advance(to: LocalColdframe.start + .hours(7) + .minutes(1))
            #expect(try await hosting.desired() == 6)
            try await hosting.coldframe.advance(to: evening + .minutes(1))
            #expect(try await hosting.desired() == 2)
            #expect(try await hosting.story() == [
                "scheduled action name morning was triggered → Successfully set min capacity to 6 and max capacity to 10",
                "minimum capacity was set to 6 → Successfully set desired instance count to 6. Change successfully fulfilled by sagemaker.",
                "scheduled action name evening was triggered → Successfully set min capacity to 1 and max capacity to 2",
                "maximum capacity was set to 2 → Successfully set desired instance count to 2. Change successfully fulfilled by sagemaker.",
            ])
            try await hosting.scaling("DeleteScheduledAction", ["ScheduledActionName": "morning"])
            #expect(try await hosting.scaling("DescribeScheduledActions")["ScheduledActions"]?.list?.count == 1)
        }
    }

    @Test func aDeletedEndpointTakesItsTargetWithIt() async throws {
        try await Hosting.served { hosting in
            try await hosting.register()
            try await hosting.scaling("PutScalingPolicy", Hosting.tracking(60))
            try await hosting.call("DeleteEndpoint", ["EndpointName": "churn"])
            try await hosting.coldframe.advance(by: .minutes(2))
            #expect(try await hosting.scaling("DescribeScalableTargets", without: ["ScalableDimension", "ResourceId"])["ScalableTargets"]?.list?.isEmpty == true)
            #expect(try await hosting.alarms().isEmpty)
        }
    }

    @Test func aRefusedScaleOutFails() async throws {
        try await Hosting.served { hosting in
            try await hosting.coldframe.setCapacity("ml.m5.xlarge", instances: 4)
            try await hosting.register(6, 8)
            try await hosting.coldframe.advance(by: .minutes(5))
            let activity = try await hosting.activities().first
            #expect(activity?["StatusCode"] == "Failed")
            #expect(activity?["StatusMessage"] == "Failed to set desired instance count to 6. The change was not fulfilled by sagemaker.")
        }
    }
}
