import AWSModel
import ColdframeTesting
import SimTime
import Testing

/// An alarm that rings at the very instant at which the last bake ends: phases say that it comes first.
@Suite struct BakeEndTests {
    static let bake: Int64 = 120

    static func deployment(_ type: String) -> AWSValue {
        [
            "BlueGreenUpdatePolicy": [
                "TrafficRoutingConfiguration": [
                    "Type": .string(type), "WaitIntervalInSeconds": 60,
                    "CanarySize": type == "CANARY" ? ["Type": "INSTANCE_COUNT", "Value": 1] : nil,
                    "LinearStepSize": type == "LINEAR" ? ["Type": "INSTANCE_COUNT", "Value": 1] : nil,
                ],
                "TerminationWaitInSeconds": .integer(bake),
            ],
            "AutoRollbackConfiguration": ["Alarms": [["AlarmName": "errors"]]],
        ]
    }

    static func update(_ hosting: Hosting, to config: String, _ type: String) async throws {
        try await hosting.call("UpdateEndpoint", [
            "EndpointName": "churn", "EndpointConfigName": .string(config), "DeploymentConfig": deployment(type),
        ])
    }

    static func putAlarm(_ hosting: Hosting) async throws {
        try await hosting.call("PutMetricAlarm", [
            "AlarmName": "errors", "Namespace": "AWS/SageMaker", "MetricName": "Invocation5XXErrors",
            "Statistic": "Average", "Period": 60, "EvaluationPeriods": 1, "Threshold": 0.5,
            "ComparisonOperator": "GreaterThanThreshold", "TreatMissingData": "notBreaching",
            "Dimensions": [
                ["Name": "EndpointName", "Value": "churn"], ["Name": "VariantName", "Value": "AllTraffic"],
            ],
        ], service: "cloudwatch")
    }

    /// Advances into the final bake; the instant at which it ends.
    static func endOfBake(_ hosting: Hosting) async throws -> SimInstant {
        for _ in 0..<20_000 {
            let pending = try await hosting.describe()["PendingDeploymentSummary"]
            let status = pending?["ProductionVariants"]?.list?.first?["VariantStatus"]?.list?.first
            if status?["StatusMessage"]?.string?.contains("(TerminationWaitInSeconds)") == true {
                return try #require(try hosting.coldframe.nextTimer())
            }
            let next = try #require(try hosting.coldframe.nextTimer())
            try await hosting.coldframe.advance(to: next)
        }
        Issue.record("there is no final bake")
        return hosting.coldframe.now
    }

    /// How the update ends when the bake ends `offset` after a full minute, and errors began within its last minute.
    static func ending(type: String, offset: SimDuration) async throws -> (config: String?, reason: String?) {
        try await Hosting.served { hosting in
            let coldframe = hosting.coldframe
            try await hosting.makeConfig("green2")
            try await putAlarm(hosting)
            try await coldframe.setTraffic(endpoint: "churn", requestsPerSecond: 10, seed: 1)

            // A rehearsal tells how long after the request the bake ends; it is the same every time.
            let began = coldframe.now
            try await update(hosting, to: "green", type)
            let length = try await endOfBake(hosting) - began
            #expect(try await hosting.settle()["EndpointConfigName"] == "green")

            let minute = coldframe.now.floored(to: .minutes(1)) + .minutes(20)
            let end = minute + offset
            try await coldframe.advance(to: end - length)
            try await update(hosting, to: "green2", type)
            #expect(try await endOfBake(hosting) == end)
            try await coldframe.advance(to: minute - .minutes(1))
            try await coldframe.setBehavior("broken", ["match": ["modelName": "green2*"], "respond": ["status": 500]])
            let alarms = try await hosting.call("DescribeAlarms", service: "cloudwatch")["MetricAlarms"]?.list
            #expect(alarms?.first?["StateValue"] == "OK")
            try await coldframe.advance(to: end)
            let described = try await hosting.settle()
            return (described["EndpointConfigName"]?.string, described["FailureReason"]?.string)
        }
    }

    @Test(arguments: ["ALL_AT_ONCE", "CANARY", "LINEAR"])
    func anAlarmAtTheInstantTheBakeEndsRollsBack(_ type: String) async throws {
        let (config, reason) = try await Self.ending(type: type, offset: .zero)
        #expect(config == "green")
        #expect(reason == "One or more configured alarm for automatic rollback deployment is in ALARM state: [errors].")
    }

    @Test(arguments: [(Int64(-1), "green2"), (1, "green"), (1000, "green")])
    func aMillisecondDecides(_ offset: Int64, _ expected: String) async throws {
        let (config, reason) = try await Self.ending(type: "ALL_AT_ONCE", offset: .milliseconds(offset))
        #expect(config == expected)
        #expect((reason == nil) == (expected == "green2"))
    }
}
