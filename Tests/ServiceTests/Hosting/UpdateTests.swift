import AWSModel
import ColdframeTesting
import Outbound
import SimTime
import Testing

/// UpdateEndpoint with everything around it: what is retained, what is gone, and what fails on the way.
@Suite struct UpdateTests {
    static let noCapacity = "Unable to provision requested ML compute capacity due to InsufficientInstanceCapacity error."
        + " Please retry using a different ML instance type or after some time."

    static func canary(_ alarms: [String] = []) -> AWSValue {
        let policy: AWSValue = [
            "TrafficRoutingConfiguration": [
                "Type": "CANARY", "WaitIntervalInSeconds": 60, "CanarySize": ["Type": "INSTANCE_COUNT", "Value": 1],
            ],
            "TerminationWaitInSeconds": 30,
        ]
        return with(alarms, ["BlueGreenUpdatePolicy": policy])
    }

    static func rolling(_ batch: Int64, rollback: Int64? = nil, limit: Int64? = nil, _ alarms: [String] = []) -> AWSValue {
        func size(_ count: Int64) -> AWSValue { ["Type": "INSTANCE_COUNT", "Value": .integer(count)] }
        return with(alarms, [
            "RollingUpdatePolicy": [
                "MaximumBatchSize": size(batch), "WaitIntervalInSeconds": 60,
                "MaximumExecutionTimeoutInSeconds": limit.map { .integer($0) },
                "RollbackMaximumBatchSize": rollback.map(size),
            ],
        ])
    }

    private static func with(_ alarms: [String], _ policy: AWSObject) -> AWSValue {
        var config = policy
        if !alarms.isEmpty {
            config["AutoRollbackConfiguration"] = ["Alarms": .list(alarms.map { ["AlarmName": .string($0)] })]
        }
        return .object(config)
    }

    static func update(_ hosting: Hosting, to config: String, _ options: AWSObject = [:]) async throws {
        var input: AWSObject = ["EndpointName": "churn", "EndpointConfigName": .string(config)]
        for (member, value) in options.entries { input[member] = value }
        try await hosting.call("UpdateEndpoint", .object(input))
    }

    /// Advances until the endpoint has left Updating and RollingBack.
    static func rest(_ hosting: Hosting) async throws -> AWSValue {
        for _ in 0..<3000 {
            let described = try await hosting.describe()
            if !["Updating", "RollingBack"].contains(described["EndpointStatus"]?.string) { return described }
            try await hosting.coldframe.advance(by: .seconds(1))
        }
        Issue.record("the endpoint does not come to rest")
        return .null
    }

    // MARK: Retention

    struct Retained: Sendable, CustomTestStringConvertible {
        var retains: Bool
        var excluded: [String] = []
        var counts: [Int?]
        var weights: [Double?]
        var testDescription: String { "\(retains) without \(excluded)" }
    }

    /// `a` was rescaled to 4 machines of weight 6, `b` has 1 of 1; the new configuration says 2 of 1, 2 of 3, and 3 of 2.
    @Test(arguments: [
        Retained(retains: false, counts: [2, 2, 3], weights: [1, 3, 2]),
        Retained(retains: false, excluded: ["DesiredWeight"], counts: [2, 2, 3], weights: [1, 3, 2]),
        Retained(retains: true, counts: [4, 1, 3], weights: [6, 1, 2]),
        Retained(retains: true, excluded: ["DesiredInstanceCount"], counts: [2, 2, 3], weights: [6, 1, 2]),
        Retained(retains: true, excluded: ["DesiredWeight"], counts: [4, 1, 3], weights: [1, 3, 2]),
        Retained(
            retains: true, excluded: ["DesiredWeight", "DesiredInstanceCount", "DataCaptureConfig"], counts: [2, 2, 3],
            weights: [1, 3, 2]),
    ])
    func variantPropertiesAreRetained(_ row: Retained) async throws {
        try await Hosting.with { hosting in
            func variant(_ name: String, _ count: Int64, _ weight: Double) -> AWSValue {
                Hosting.variant(name, model: "blue-model", count: count, weight: weight)
            }
            try await hosting.makeConfig("old", [variant("a", 1, 1), variant("b", 1, 1)])
            try await hosting.makeConfig("new", [variant("a", 2, 1), variant("b", 2, 3), variant("c", 3, 2)])
            try await hosting.makeEndpoint("churn", config: "old")
            try await hosting.call("UpdateEndpointWeightsAndCapacities", [
                "EndpointName": "churn",
                "DesiredWeightsAndCapacities": [["VariantName": "a", "DesiredWeight": 6, "DesiredInstanceCount": 4]],
            ])
            try await hosting.settle()
            try await Self.update(hosting, to: "new", [
                "RetainAllVariantProperties": .boolean(row.retains),
                "ExcludeRetainedVariantProperties": .list(row.excluded.map { ["VariantPropertyType": .string($0)] }),
            ])
            let variants = try await hosting.settle()["ProductionVariants"]?.list ?? []
            #expect(variants.map { $0["CurrentInstanceCount"]?.int } == row.counts)
            #expect(variants.map { $0["CurrentWeight"]?.double } == row.weights)
        }
    }

    @Test func theDeploymentConfigIsRetainedOnRequest() async throws {
        try await Hosting.served { hosting in
            let nothing = try await hosting.fault("UpdateEndpoint", [
                "EndpointName": "churn", "EndpointConfigName": "green", "RetainDeploymentConfig": true,
            ])
            #expect(nothing?.code == "ValidationException")
            try await Self.update(hosting, to: "green", ["DeploymentConfig": Self.canary()])
            let first = try await hosting.settle()
            // Without it, the next update is unguarded, and what was sent last is still shown.
            try await Self.update(hosting, to: "blue")
            try await hosting.coldframe.advance(by: .seconds(2))
            var described = try await hosting.describe()
            #expect(described["EndpointStatus"] == "InService")
            #expect(described["LastDeploymentConfig"] == first["LastDeploymentConfig"])
            try await Self.update(hosting, to: "green", ["RetainDeploymentConfig": true])
            try await hosting.coldframe.advance(by: .seconds(2))
            described = try await hosting.describe()
            let pending = described["PendingDeploymentSummary"]?["ProductionVariants"]?.list?.first
            #expect(pending?["VariantStatus"]?.list?.first?["StatusMessage"] == .string(
                "Baking for 60 seconds (WaitIntervalInSeconds) with traffic enabled on canary capacity of 1 instance(s)."))
            // Both: the one that is sent wins.
            try await hosting.settle()
            try await Self.update(hosting, to: "blue", [
                "RetainDeploymentConfig": true, "DeploymentConfig": Self.rolling(1),
            ])
            #expect(try await hosting.describe()["LastDeploymentConfig"]?["RollingUpdatePolicy"] != nil)
        }
    }

    // MARK: What is gone

    @Test func configurationsAndModelsMayGoWhileAnUpdateRuns() async throws {
        try await Hosting.served { hosting in
            try await Self.update(hosting, to: "green", ["DeploymentConfig": Self.canary(["bell"])])
            try await hosting.coldframe.advance(by: .seconds(5))
            for name in ["blue", "green"] {
                try await hosting.call("DeleteEndpointConfig", ["EndpointConfigName": .string(name)])
                try await hosting.call("DeleteModel", ["ModelName": .string(name + "-model")])
            }
            // The way back to blue needs neither.
            try await hosting.call("PutMetricAlarm", [
                "AlarmName": "bell", "Namespace": "N", "MetricName": "M", "Statistic": "Sum", "Period": 60,
                "EvaluationPeriods": 1, "Threshold": 1, "ComparisonOperator": "GreaterThanThreshold",
            ], service: "cloudwatch")
            try await hosting.call(
                "SetAlarmState", ["AlarmName": "bell", "StateValue": "ALARM", "StateReason": "r"], service: "cloudwatch")
            let described = try await hosting.settle()
            #expect(described["EndpointConfigName"] == "blue")
            #expect(try await hosting.invoke().status == 200)
            // Machines can still be added: the endpoint has its own copy of the configuration.
            try await hosting.call("UpdateEndpointWeightsAndCapacities", [
                "EndpointName": "churn",
                "DesiredWeightsAndCapacities": [["VariantName": "AllTraffic", "DesiredInstanceCount": 5]],
            ])
            #expect(try await hosting.settle()["ProductionVariants"]?.list?.first?["CurrentInstanceCount"] == 5)
            // An update needs the current configuration, and a new one the models it names.
            try await hosting.makeModel("green-model")
            try await hosting.makeConfig("green", [Hosting.variant(model: "green-model")])
            let refused = try await hosting.fault(
                "UpdateEndpoint", ["EndpointName": "churn", "EndpointConfigName": "green"])
            #expect(refused?.message == "Could not find endpoint configuration \"\(Hosting.arn("endpoint-config/blue"))\".")
            try await hosting.makeConfig("blue", [Hosting.variant(model: "green-model")])
            try await hosting.call("DeleteModel", ["ModelName": "green-model"])
            let noModel = try await hosting.fault(
                "UpdateEndpoint", ["EndpointName": "churn", "EndpointConfigName": "green"])
            #expect(noModel?.message == "Could not find model \"\(Hosting.arn("model/green-model"))\".")
            #expect(try await hosting.describe()["EndpointStatus"] == "InService")
        }
    }

    // MARK: What fails

    @Test func machinesRunOut() async throws {
        try await Hosting.served { hosting in
            try await hosting.coldframe.setCapacity("ml.m5.xlarge", instances: 5)
            // A creation fails, and only that.
            try await hosting.makeEndpoint("other", config: "green")
            let other = try await hosting.describe("other")
            #expect(other["EndpointStatus"] == "Failed" && other["FailureReason"] == .string(Self.noCapacity))
            try await hosting.call("DeleteEndpoint", ["EndpointName": "other"])
            try await hosting.coldframe.advance(by: .seconds(5))
            // Blue/green needs three more, of two.
            try await Self.update(hosting, to: "green", ["DeploymentConfig": Self.canary()])
            var described = try await hosting.settle()
            #expect(described["EndpointConfigName"] == "blue")
            #expect(described["FailureReason"] == .string(Self.noCapacity))
            #expect(described["PendingDeploymentSummary"] == nil)
            // Scaling out beyond it goes back through RollingBack.
            try await hosting.call("UpdateEndpointWeightsAndCapacities", [
                "EndpointName": "churn", "DesiredWeightsAndCapacities": [
                    ["VariantName": "AllTraffic", "DesiredInstanceCount": 6, "DesiredWeight": 7],
                ],
            ])
            try await hosting.coldframe.advance(by: .milliseconds(500))
            described = try await hosting.describe()
            #expect(described["EndpointStatus"] == "RollingBack")
            #expect(try await hosting.invoke().status == 200)
            #expect(try await hosting.fault("DeleteEndpoint", ["EndpointName": "churn"])?.message == Hosting.busy)
            described = try await Self.rest(hosting)
            let variant = described["ProductionVariants"]?.list?.first
            #expect(described["EndpointStatus"] == "InService")
            #expect(described["FailureReason"] == .string(Self.noCapacity))
            #expect(variant?["DesiredInstanceCount"] == 3 && variant?["DesiredWeight"] == 1.0)
            // Rolling needs one more at a time, and there are two.
            try await Self.update(hosting, to: "green", ["DeploymentConfig": Self.rolling(1)])
            described = try await hosting.settle()
            #expect(described["EndpointConfigName"] == "green" && described["FailureReason"] == nil)
        }
    }

    @Test func aRollbackThatFailsIsRepairedByAnUpdate() async throws {
        try await Hosting.served { hosting in
            try await hosting.call("PutMetricAlarm", [
                "AlarmName": "bell", "Namespace": "N", "MetricName": "M", "Statistic": "Sum", "Period": 60,
                "EvaluationPeriods": 1, "Threshold": 1, "ComparisonOperator": "GreaterThanThreshold",
                "TreatMissingData": "ignore",
            ], service: "cloudwatch")
            try await Self.update(
                hosting, to: "green", ["DeploymentConfig": Self.rolling(1, rollback: 1, ["bell"])])
            try await hosting.coldframe.advance(by: .seconds(70))  // one old machine is gone, the second batch bakes
            try await hosting.coldframe.setCapacity("ml.m5.xlarge", instances: 4)
            try await hosting.call(
                "SetAlarmState", ["AlarmName": "bell", "StateValue": "ALARM", "StateReason": "r"], service: "cloudwatch")
            let failed = try await Self.rest(hosting)
            #expect(failed["EndpointStatus"] == "UpdateRollbackFailed")
            #expect(failed["EndpointConfigName"] == "blue")
            #expect(failed["ProductionVariants"]?.list?.first?["CurrentInstanceCount"] == 4)
            #expect(failed["FailureReason"]?.string?.hasSuffix("The rollback failed: \(Self.noCapacity)") == true)
            #expect(try await hosting.invoke().status == 200)
            let busy = try await hosting.fault("UpdateEndpointWeightsAndCapacities", [
                "EndpointName": "churn",
                "DesiredWeightsAndCapacities": [["VariantName": "AllTraffic", "DesiredInstanceCount": 1]],
            ])
            #expect(busy?.code == "ValidationException")
            // A repair that fails too leaves it as it was.
            try await Self.update(hosting, to: "green")
            #expect(try await Self.rest(hosting)["EndpointStatus"] == "UpdateRollbackFailed")
            try await hosting.coldframe.removeCapacity("ml.m5.xlarge")
            try await Self.update(hosting, to: "green")
            let repaired = try await Self.rest(hosting)
            #expect(repaired["EndpointStatus"] == "InService" && repaired["EndpointConfigName"] == "green")
            #expect(repaired["ProductionVariants"]?.list?.first?["CurrentInstanceCount"] == 3)
        }
    }

    struct Limits: Sendable {
        var instanceType: String
        var body: AWSValue
    }

    @Test(arguments: [
        Limits(instanceType: "ml.m5.xlarge", body: [:]),
        Limits(instanceType: "ml.m5.xlarge", body: ["instances": -1]),
        Limits(instanceType: "ml.m5.xlarge", body: ["instances": 1_000_001]),
        Limits(instanceType: "ml.m5.xlarge", body: ["instances": "four"]),
        Limits(instanceType: "ml.m5.xlarge", body: ["count": 4]),
        Limits(instanceType: "ml.m5.xlarge", body: ["instances": 1.5]),
        Limits(instanceType: "m5.xlarge", body: ["instances": 4]),
        Limits(instanceType: "ml.m5.xlage", body: ["instances": 4]),
    ])
    func limitsThatMakeNoSense(_ row: Limits) async throws {
        try await Hosting.with { hosting in
            let fault = await #expect(throws: CallFault.self) {
                try await hosting.coldframe.control("PUT", "capacity/\(row.instanceType)", row.body)
            }
            #expect(fault?.status == 400)
            let limits = try await hosting.coldframe.control("GET", "capacity")
            #expect(limits["capacity"]?.list?.count == 0)
        }
    }
}
