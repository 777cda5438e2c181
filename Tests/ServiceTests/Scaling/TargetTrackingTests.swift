import AWSModel
import ColdframeTesting
import SimTime
import Testing

/// Target tracking on simulated traffic: out, and in again.
@Suite struct TargetTrackingTests {
    @Test func scalesOutUnderTrafficAndInAfterIt() async throws {
        try await Hosting.with { hosting in
            try await hosting.makeModel("m")
            try await hosting.makeConfig("one", [Hosting.variant(model: "m", count: 1)])
            try await hosting.makeEndpoint("churn", config: "one")
            try await hosting.register(1, 4)
            try await hosting.scaling("PutScalingPolicy", Hosting.tracking(550, ["ScaleInCooldown": 60, "ScaleOutCooldown": 60]))
            try await hosting.toNextMinute()
            // 1,500 a minute for one instance; three minutes later there are three instances.
            try await hosting.coldframe.setTraffic(endpoint: "churn", requestsPerSecond: 25)
            try await hosting.coldframe.advance(by: .seconds(175))
            #expect(try await hosting.desired() == 1)
            try await hosting.coldframe.advance(by: .seconds(5))
            #expect(try await hosting.desired() == 3)
            #expect(try await hosting.describe()["EndpointStatus"] == "Updating")
            let running = try await hosting.activities().first
            #expect(running?["StatusCode"] == "InProgress")
            #expect(running?["StatusMessage"] == "Successfully set desired instance count to 3. Waiting for change to be fulfilled by sagemaker.")
            #expect(try await hosting.settle()["EndpointStatus"] == "InService")
            try await hosting.coldframe.advance(by: .minutes(30))
            #expect(try await hosting.desired() == 3)

            // Nobody calls any more: fifteen idle minutes later one instance is enough.
            try await hosting.coldframe.control("DELETE", "traffic/churn")
            try await hosting.coldframe.advance(by: .minutes(14))
            #expect(try await hosting.desired() == 3)
            try await hosting.coldframe.advance(by: .minutes(4))
            #expect(try await hosting.desired() == 1)
            #expect(try await hosting.story() == [
                "monitor alarm TargetTracking-endpoint/churn/variant/AllTraffic-AlarmHigh in state ALARM triggered policy track"
                    + " → Successfully set desired instance count to 3. Change successfully fulfilled by sagemaker.",
                "monitor alarm TargetTracking-endpoint/churn/variant/AllTraffic-AlarmLow in state ALARM triggered policy track"
                    + " → Successfully set desired instance count to 1. Change successfully fulfilled by sagemaker.",
            ])
            let now = try await hosting.activities(notScaled: true).first
            #expect(now?["NotScaledReasons"]?.list?.first?["Code"] == "AlreadyAtMinCapacity")
        }
    }

    @Test func alarmsAreAsAWSMakesThem() async throws {
        try await Hosting.served { hosting in
            try await hosting.register()
            let put = try await hosting.scaling("PutScalingPolicy", Hosting.tracking(70))
            let arn = put["PolicyARN"]?.string ?? ""
            #expect(arn.hasPrefix("arn:aws:autoscaling:us-east-1:123456789012:scalingPolicy:"))
            #expect(arn.hasSuffix(":resource/sagemaker/endpoint/churn/variant/AllTraffic:policyName/track"))
            let alarms = try await hosting.alarms()
            #expect(alarms.map { $0["AlarmName"]?.string?.dropLast(37) } == [
                "TargetTracking-endpoint/churn/variant/AllTraffic-AlarmHigh", "TargetTracking-endpoint/churn/variant/AllTraffic-AlarmLow",
            ])
            #expect(alarms.map { $0["EvaluationPeriods"]?.int } == [3, 15])
            #expect(alarms.map { $0["Threshold"]?.double } == [70, 63])
            #expect(alarms.map { $0["ComparisonOperator"]?.string } == ["GreaterThanThreshold", "LessThanThreshold"])
            #expect(alarms.allSatisfy { $0["MetricName"] == "InvocationsPerInstance" && $0["Statistic"] == "Sum" && $0["Period"] == 60 })
            #expect(alarms[0]["AlarmDescription"] == .string("DO NOT EDIT OR DELETE. For TargetTrackingScaling policy \(arn)."))
            #expect(put["Alarms"]?.list?.count == 2)

            // Another target value keeps the alarms; without scale-in there is no low one; without the policy none.
            try await hosting.scaling("PutScalingPolicy", Hosting.tracking(100, ["DisableScaleIn": true]))
            let changed = try await hosting.alarms()
            #expect(changed.map { $0["AlarmName"] } == [alarms[0]["AlarmName"]])
            #expect(changed.first?["Threshold"]?.double == 100)
            try await hosting.scaling("DeleteScalingPolicy", ["PolicyName": "track"])
            #expect(try await hosting.alarms().isEmpty)
        }
    }

    @Test func aRolloutHoldsScalingBack() async throws {
        try await Hosting.served { hosting in
            try await hosting.register(1, 8)
            try await hosting.scaling("PutScalingPolicy", Hosting.tracking(60))
            try await BakeEndTests.putAlarm(hosting)
            try await hosting.toNextMinute()
            try await hosting.coldframe.setTraffic(endpoint: "churn", requestsPerSecond: 6)
            try await hosting.coldframe.advance(by: .minutes(1))
            // The canary bakes for three minutes; the alarm rings two minutes from now.
            try await BakeEndTests.update(hosting, to: "green", "CANARY")
            try await hosting.coldframe.advance(by: .minutes(2))
            #expect(try await hosting.activities().isEmpty)
            let held = try await hosting.activities(notScaled: true)
            #expect(held.first?["NotScaledReasons"]?.list?.first?["Code"] == "TargetServicePutResourceAsUnscalable")
            #expect(held.count == 1)
            #expect(try await hosting.settle()["EndpointConfigName"] == "green")
            try await hosting.coldframe.advance(by: .minutes(2))
            #expect(try await hosting.settle()["ProductionVariants"]?.list?.first?["CurrentInstanceCount"] == 6)
            #expect(try await hosting.story().count == 1)
        }
    }

    @Test func anUpdateIsRefusedWhileScalingIsUnderWay() async throws {
        try await Hosting.served { hosting in
            try await hosting.register(5, 8)
            #expect(try await hosting.fault("UpdateEndpoint", ["EndpointName": "churn", "EndpointConfigName": "green"])?.message == Hosting.busy)
            #expect(try await hosting.settle()["EndpointStatus"] == "InService")
            try await hosting.call("UpdateEndpoint", ["EndpointName": "churn", "EndpointConfigName": "green", "RetainAllVariantProperties": true])
            try await hosting.settle()
            #expect(try await hosting.desired() == 5)
        }
    }
}
