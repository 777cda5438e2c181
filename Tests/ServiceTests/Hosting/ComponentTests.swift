import AWSModel
import ColdframeTesting
import HTTPServer
import Outbound
import SimTime
import Testing

/// Inference components through the API: what they are, where their copies go, and what a request to them gets.
@Suite struct ComponentTests {
    static let noRoom = "There is not enough hardware resources on the instances for this endpoint to create a copy of "
        + "the inference component."

    @Test func aComponentFromCreationToDeletion() async throws {
        try await Hosting.forComponents { hosting in
            #expect(try await hosting.describe()["ProductionVariants"]?.list?.first?["DeployedImages"] == nil)
            let arn = Hosting.arn("inference-component/llama")
            let created = try await hosting.call("CreateInferenceComponent", Hosting.component("llama", copies: 2))
            #expect(created["InferenceComponentArn"] == .string(arn))
            var described = try await hosting.describeComponent("llama")
            #expect(described["InferenceComponentStatus"] == "Creating")
            #expect(described["RuntimeConfig"]?["DesiredCopyCount"] == 2)
            #expect(described["RuntimeConfig"]?["CurrentCopyCount"] == 0)
            let busy = try await hosting.fault("DeleteInferenceComponent", ["InferenceComponentName": "llama"])
            #expect(busy?.message == "Cannot update in-progress inference component \"\(arn)\".")
            let early = try await hosting.invokeComponent("llama")
            #expect(early.status == 400 && early.json["Message"]?.string?.hasPrefix("Inference Component has no capacity") == true)
            described = try await hosting.settleComponent("llama")
            #expect(described["InferenceComponentStatus"] == "InService")
            #expect(described["RuntimeConfig"]?["CurrentCopyCount"] == 2)
            #expect(described["Specification"]?["ModelName"] == "blue-model")
            #expect(described["EndpointArn"] == .string(Hosting.endpointARN) && described["VariantName"] == "AllTraffic")
            let answer = try await hosting.invokeComponent("llama")
            #expect(answer.status == 200 && answer.headers["x-Amzn-Invoked-Production-Variant"] == "AllTraffic")
            try await hosting.call("DeleteInferenceComponent", ["InferenceComponentName": "llama"])
            #expect(try await hosting.describeComponent("llama")["InferenceComponentStatus"] == "Deleting")
            try await hosting.coldframe.advance(by: .seconds(1))
            let gone = try await hosting.fault("DescribeInferenceComponent", ["InferenceComponentName": "llama"])
            #expect(gone?.code == "ValidationException")
            #expect(gone?.message == "Could not find inference component \"\(arn)\".")
        }
    }

    @Test func requestsNameTheirComponent() async throws {
        try await Hosting.forComponents { hosting in
            try await hosting.makeComponent("a")
            try await hosting.makeComponent("b", Hosting.specification(model: "green-model"))
            try await hosting.coldframe.setBehavior("b", ["match": ["modelName": "green-model"], "respond": ["body": "b"]])
            #expect(try await hosting.invokeComponent("b").text == "b")
            #expect(try await hosting.invokeComponent("a").text != "b")
            let missing = try await hosting.invoke()
            #expect(missing.status == 400 && missing.errorType == "ValidationError")
            #expect(missing.json["Message"] == .string(
                "Inference Component Name header is required for endpoints to which you plan to deploy inference components. "
                    + "Please include Inference Component Name header or consider using SageMaker models."))
            let unknown = try await hosting.invokeComponent("c")
            #expect(unknown.status == 400 && unknown.errorType == "ValidationError")
            try await hosting.makeEndpoint("plain", config: "blue")
            let plain = try await hosting.invoke("plain", headers: ["X-Amzn-SageMaker-Inference-Component": "a"])
            #expect(plain.status == 400 && plain.errorType == "ValidationError")
        }
    }

    @Test func metricsAreOfTheComponent() async throws {
        try await Hosting.forComponents { hosting in
            try await hosting.makeComponent("a", copies: 2)
            try await hosting.toNextMinute()
            for _ in 0..<4 { _ = try await hosting.invokeComponent("a") }
            try await hosting.coldframe.setBehavior("bad", ["respond": ["status": 500]])
            _ = try await hosting.invokeComponent("a")
            try await hosting.toNextMinute()
            try await hosting.toNextMinute()
            #expect(try await hosting.componentPoints("Invocations", of: "a").suffix(2) == [5, 0])
            #expect(try await hosting.componentPoints("Invocation5XXErrors", of: "a") == [1])
            #expect(try await hosting.componentPoints("InvocationsPerCopy", of: "a").suffix(2) == [2.5, 0])
            #expect(try await hosting.componentPoints("ModelLatency", of: "a", "SampleCount") == [5])
            // Nothing under the endpoint's own dimensions; utilisation stays there.
            #expect(try await hosting.points("Invocations").isEmpty)
            try await hosting.coldframe.removeBehavior("bad")
            try await hosting.setCopies("a", 0)
            try await hosting.settleComponent("a")
            #expect(try await hosting.invokeComponent("a").status == 400)
            try await hosting.toNextMinute()
            #expect(try await hosting.componentPoints("NoCapacityInvocationFailures", of: "a") == [1])
        }
    }

    @Test func copiesFillMachinesAndNoMore() async throws {
        try await Hosting.forComponents(machines: 2) { hosting in
            // Four cores each: three copies of two cores fit beside nothing else, a fourth on the other machine.
            try await hosting.makeComponent("wide", copies: 4, Hosting.specification(cores: 2))
            let full = try await hosting.call(
                "CreateInferenceComponent", Hosting.component("late", Hosting.specification(cores: 1)))
            #expect(full["InferenceComponentArn"] != nil)
            let failed = try await hosting.settleComponent("late")
            #expect(failed["InferenceComponentStatus"] == "Failed" && failed["FailureReason"] == .string(Self.noRoom))
            try await hosting.setCopies("wide", 5)
            let kept = try await hosting.settleComponent("wide")
            #expect(kept["InferenceComponentStatus"] == "InService" && kept["FailureReason"] == .string(Self.noRoom))
            #expect(kept["RuntimeConfig"]?["DesiredCopyCount"] == 4 && kept["RuntimeConfig"]?["CurrentCopyCount"] == 4)
            // A request beyond any machine fails at once.
            try await hosting.call(
                "CreateInferenceComponent", Hosting.component("huge", Hosting.specification(memory: 20_000)))
            #expect(try await hosting.describeComponent("huge")["InferenceComponentStatus"] == "Failed")
        }
    }

    @Test func managedScalingFollowsTheCopiesToZeroAndBack() async throws {
        try await Hosting.forComponents(machines: 1, scaling: (0, 3)) { hosting in
            let described = try await hosting.describe()["ProductionVariants"]?.list?.first
            #expect(described?["ManagedInstanceScaling"]?["MaxInstanceCount"] == 3)
            try await hosting.call(
                "CreateInferenceComponent", Hosting.component("a", copies: 3, Hosting.specification(cores: 3)))
            #expect(try await hosting.describe()["EndpointStatus"] == "Updating")
            #expect(try await hosting.machines() == [1, 3])
            #expect(try await hosting.settleComponent("a")["InferenceComponentStatus"] == "InService")
            #expect(try await hosting.machines() == [3, 3])
            // Beyond the maximum there is no room.
            try await hosting.setCopies("a", 4)
            #expect(try await hosting.settleComponent("a")["FailureReason"] == .string(Self.noRoom))
            try await hosting.setCopies("a", 1)
            try await hosting.settleComponent("a")
            #expect(try await hosting.machines() == [3, 3])  // for a while
            try await hosting.coldframe.advance(by: .seconds(10))
            #expect(try await hosting.machines() == [1, 1])
            #expect(try await hosting.invokeComponent("a").status == 200)
            #expect(try await hosting.describeComponent("a")["RuntimeConfig"]?["CurrentCopyCount"] == 1)
            try await hosting.setCopies("a", 0)
            try await hosting.coldframe.advance(by: .seconds(10))
            #expect(try await hosting.machines() == [0, 0])
            #expect(try await hosting.invokeComponent("a").json["Message"]?.string?.hasPrefix("Inference Component has no cap") == true)
            try await hosting.setCopies("a", 2)
            #expect(try await hosting.settleComponent("a")["RuntimeConfig"]?["CurrentCopyCount"] == 2)
            #expect(try await hosting.machines() == [2, 2])
            #expect(try await hosting.invokeComponent("a").status == 200)
        }
    }

    @Test func autoScalingSetsTheCopies() async throws {
        try await Hosting.forComponents(machines: 1, scaling: (0, 3)) { hosting in
            try await hosting.makeComponent("a")
            try await hosting.call("RegisterScalableTarget", [
                "ServiceNamespace": "sagemaker", "ResourceId": "inference-component/a",
                "ScalableDimension": "sagemaker:inference-component:DesiredCopyCount", "MinCapacity": 2,
                "MaxCapacity": 4,
            ], service: "application-autoscaling")
            try await hosting.coldframe.advance(by: .minutes(2))
            #expect(try await hosting.settleComponent("a")["RuntimeConfig"]?["CurrentCopyCount"] == 2)
        }
    }

    @Test func machinesThatDoNotComeFailTheComponent() async throws {
        try await Hosting.forComponents(machines: 1, scaling: (1, 5)) { hosting in
            try await hosting.coldframe.setCapacity("ml.m5.xlarge", instances: 2)
            try await hosting.call(
                "CreateInferenceComponent", Hosting.component("a", copies: 4, Hosting.specification(cores: 4)))
            for _ in 0..<20 { try await hosting.coldframe.advance(by: .seconds(1)) }
            let described = try await hosting.describeComponent("a")
            #expect(described["InferenceComponentStatus"] == "Failed")
            #expect(described["FailureReason"]?.string?.contains("InsufficientInstanceCapacity") == true)
            #expect(try await hosting.describe()["EndpointStatus"] == "InService")
        }
    }

    static func rolling(wait: Int64 = 60, alarm: String? = nil) -> AWSValue {
        [
            "RollingUpdatePolicy": [
                "MaximumBatchSize": ["Type": "COPY_COUNT", "Value": 1], "WaitIntervalInSeconds": .integer(wait),
                "RollbackMaximumBatchSize": ["Type": "CAPACITY_PERCENT", "Value": 100],
            ],
            "AutoRollbackConfiguration": alarm.map { ["Alarms": [["AlarmName": .string($0)]]] },
        ]
    }

    @Test func aRollingUpdate() async throws {
        try await Hosting.forComponents(machines: 2) { hosting in
            try await hosting.makeComponent("a", copies: 2)
            try await hosting.coldframe.setBehavior("new", ["match": ["modelName": "green-model"], "respond": ["body": "new"]])
            try await hosting.call("UpdateInferenceComponent", [
                "InferenceComponentName": "a", "Specification": ["ModelName": "green-model"],
                "DeploymentConfig": Self.rolling(),
            ])
            try await hosting.coldframe.advance(by: .seconds(30))
            var described = try await hosting.describeComponent("a")
            #expect(described["InferenceComponentStatus"] == "Updating")
            #expect(described["Specification"]?["ModelName"] == "blue-model")
            #expect(described["RuntimeConfig"]?["CurrentCopyCount"] == 3)
            var news = 0
            for _ in 0..<300 where try await hosting.invokeComponent("a").text == "new" { news += 1 }
            #expect((60...140).contains(news), "a third of 300: \(news)")
            described = try await hosting.settleComponent("a")
            #expect(described["Specification"]?["ModelName"] == "green-model")
            #expect(described["Specification"]?["ComputeResourceRequirements"]?["MinMemoryRequiredInMb"] == 1024)
            #expect(described["LastDeploymentConfig"] == Self.rolling())
            #expect(described["RuntimeConfig"]?["CurrentCopyCount"] == 2)
            for _ in 0..<10 { #expect(try await hosting.invokeComponent("a").text == "new") }
        }
    }

    @Test func anAlarmOnTheComponentRollsItBack() async throws {
        try await Hosting.forComponents(machines: 2) { hosting in
            try await hosting.makeComponent("a", copies: 4)
            try await hosting.call("PutMetricAlarm", [
                "AlarmName": "bell", "Namespace": "AWS/SageMaker", "MetricName": "Invocation5XXErrors",
                "Dimensions": [["Name": "InferenceComponentName", "Value": "a"]], "Statistic": "Sum", "Period": 60,
                "EvaluationPeriods": 1, "Threshold": 3, "ComparisonOperator": "GreaterThanThreshold",
                "TreatMissingData": "notBreaching",
            ], service: "cloudwatch")
            try await hosting.coldframe.control("PUT", "traffic/churn", [
                "requestsPerSecond": 5, "inferenceComponent": "a", "seed": 3,
            ])
            try await hosting.coldframe.setBehavior("bad", ["match": ["modelName": "green-model"], "respond": ["status": 500]])
            try await hosting.toNextMinute()
            try await hosting.call("UpdateInferenceComponent", [
                "InferenceComponentName": "a", "Specification": ["ModelName": "green-model"],
                "DeploymentConfig": Self.rolling(wait: 300, alarm: "bell"),
            ])
            try await hosting.coldframe.advance(by: .seconds(50))
            #expect(try await hosting.describeComponent("a")["InferenceComponentStatus"] == "Updating")
            try await hosting.coldframe.advance(by: .seconds(20))
            let described = try await hosting.describeComponent("a")
            #expect(described["InferenceComponentStatus"] == "InService")
            #expect(described["Specification"]?["ModelName"] == "blue-model")
            #expect(described["FailureReason"]
                == "One or more configured alarm for automatic rollback deployment is in ALARM state: [bell].")
            #expect(described["RuntimeConfig"]?["CurrentCopyCount"] == 4)
        }
    }

    @Test func adaptersLiveWithTheirBase() async throws {
        try await Hosting.forComponents { hosting in
            try await hosting.makeComponent("base")
            let adapter: AWSValue = [
                "InferenceComponentName": "tuned", "EndpointName": "churn",
                "Specification": [
                    "BaseInferenceComponentName": "base", "Container": ["ArtifactUrl": "s3://b/adapters/tuned.tar.gz"],
                ],
            ]
            try await hosting.call("CreateInferenceComponent", adapter)
            let described = try await hosting.settleComponent("tuned")
            #expect(described["InferenceComponentStatus"] == "InService" && described["VariantName"] == "AllTraffic")
            #expect(described["Specification"]?["Container"]?["ArtifactUrl"] == "s3://b/adapters/tuned.tar.gz")
            try await hosting.coldframe.setBehavior("t", ["match": ["modelDataUrl": "*tuned*"], "respond": ["body": "t"]])
            #expect(try await hosting.invokeComponent("tuned").text == "t")
            #expect(try await hosting.invokeComponent("base").text != "t")
            let copies = try await hosting.fault("UpdateInferenceComponentRuntimeConfig", [
                "InferenceComponentName": "tuned", "DesiredRuntimeConfig": ["CopyCount": 2],
            ])
            #expect(copies?.code == "ValidationException")
            let base = try await hosting.fault("DeleteInferenceComponent", ["InferenceComponentName": "base"])
            #expect(base?.code == "ValidationException")
            try await hosting.call("DeleteInferenceComponent", ["InferenceComponentName": "tuned"])
            try await hosting.coldframe.advance(by: .seconds(1))
            try await hosting.call("DeleteInferenceComponent", ["InferenceComponentName": "base"])
        }
    }

    @Test func anUpdateOfTheEndpointTakesTheCopiesAlong() async throws {
        try await Hosting.forComponents(machines: 2) { hosting in
            try await hosting.makeComponent("a", copies: 3)
            try await hosting.makeComponentConfig("larger", machines: 3)
            try await hosting.call("UpdateEndpoint", [
                "EndpointName": "churn", "EndpointConfigName": "larger", "DeploymentConfig": UpdateTests.canary(),
            ])
            for _ in 0..<30 {
                try await hosting.coldframe.advance(by: .seconds(5))
                #expect(try await hosting.invokeComponent("a").status == 200)
            }
            #expect(try await hosting.describe()["EndpointConfigName"] == "larger")
            #expect(try await hosting.describeComponent("a")["RuntimeConfig"]?["CurrentCopyCount"] == 3)
        }
    }

    /// AWS: recorded by users of scale to zero: components survive their endpoint.
    @Test func aDeletedEndpointLeavesItsComponents() async throws {
        try await Hosting.forComponents { hosting in
            try await hosting.makeComponent("a")
            try await hosting.call("DeleteEndpoint", ["EndpointName": "churn"])
            try await hosting.coldframe.advance(by: .seconds(5))
            #expect(try await hosting.describeComponent("a")["InferenceComponentStatus"] == "InService")
            try await hosting.makeEndpoint("churn", config: "pool")
            #expect(try await hosting.fault("CreateInferenceComponent", Hosting.component("a"))?.message
                == "Cannot create already existing inference component \"\(Hosting.arn("inference-component/a"))\".")
            #expect(try await hosting.invokeComponent("a").status == 400)
            try await hosting.call("DeleteInferenceComponent", ["InferenceComponentName": "a"])
            try await hosting.coldframe.advance(by: .seconds(1))
            try await hosting.makeComponent("a")
            #expect(try await hosting.invokeComponent("a").status == 200)
        }
    }

    /// What is without machines says so, as after DeleteEndpoint; what was on its way fails, so that it can be deleted.
    @Test(arguments: ["UpdateEndpoint", "DeleteEndpoint"])
    func anEndpointThatHostsNoComponentsAnyMore(_ operation: String) async throws {
        try await Hosting.forComponents { hosting in
            try await hosting.makeComponent("a", copies: 2)
            var input: AWSObject = ["EndpointName": "churn"]
            if operation == "UpdateEndpoint" { input["EndpointConfigName"] = "blue" }
            try await hosting.call(operation, .object(input))
            if operation == "UpdateEndpoint" {
                // While the old machines serve, so do the copies on them.
                #expect(try await hosting.describeComponent("a")["RuntimeConfig"]?["CurrentCopyCount"] == 2)
                try await hosting.settle()
            }
            try await hosting.coldframe.advance(by: .seconds(10))
            let left = try await hosting.describeComponent("a")
            #expect(left["InferenceComponentStatus"] == "InService")
            #expect(left["RuntimeConfig"] == ["DesiredCopyCount": 2, "CurrentCopyCount": 0])
            #expect(try await hosting.invokeComponent("a").status == 400)
            try await hosting.call("DeleteInferenceComponent", ["InferenceComponentName": "a"])
            try await hosting.coldframe.advance(by: .seconds(1))
            #expect(try await hosting.fault("DescribeInferenceComponent", ["InferenceComponentName": "a"]) != nil)
        }
    }

    @Test(arguments: ["UpdateEndpoint", "DeleteEndpoint"])
    func aComponentUnderWayWhenItsMachinesGo(_ operation: String) async throws {
        try await Hosting.forComponents { hosting in
            try await hosting.makeComponent("old", copies: 1)
            var input: AWSObject = ["EndpointName": "churn"]
            if operation == "UpdateEndpoint" { input["EndpointConfigName"] = "blue" }
            try await hosting.call(operation, .object(input))
            if operation == "UpdateEndpoint" {
                // Too wide for what is left: it waits for the update to end.
                try await hosting.call(
                    "CreateInferenceComponent", Hosting.component("late", copies: 1, Hosting.specification(cores: 4)))
                try await hosting.settle()
                try await hosting.coldframe.advance(by: .seconds(10))
                let late = try await hosting.describeComponent("late")
                #expect(late["InferenceComponentStatus"] == "Failed" && late["FailureReason"] != nil)
            } else {
                try await hosting.coldframe.advance(by: .seconds(10))
            }
            try await hosting.setCopies("old", 3)
            let old = try await hosting.settleComponent("old")
            #expect(old["InferenceComponentStatus"] == "InService")
            #expect(old["RuntimeConfig"]?["CurrentCopyCount"] == 0)
        }
    }

    struct Refusal: Sendable, CustomTestStringConvertible {
        var says: String
        var change: @Sendable (inout AWSObject) -> Void
        var code = "ValidationException"
        var testDescription: String { says }
    }

    @Test(arguments: [
        Refusal(says: "Could not find endpoint", change: { $0["EndpointName"] = "none" }),
        Refusal(says: "no production variant named", change: { $0["VariantName"] = "other" }),
        Refusal(says: "Specify the VariantName", change: { $0["VariantName"] = nil }),
        Refusal(says: "Specify a specification", change: { $0["Specification"] = nil }),
        Refusal(says: "ModelName or Container", change: { $0["Specification"] = ["ComputeResourceRequirements": ["MinMemoryRequiredInMb": 128]] }),
        Refusal(says: "Could not find model", change: { $0["Specification"] = Hosting.specification(model: "none") }),
        Refusal(says: "ComputeResourceRequirements", change: { $0["Specification"] = ["ModelName": "blue-model"] }),
        Refusal(says: "Could not find inference component", change: {
            $0["Specification"] = ["BaseInferenceComponentName": "none", "Container": ["ArtifactUrl": "s3://b/a"]]
        }),
        Refusal(says: "Specify a RuntimeConfig", change: { $0["RuntimeConfig"] = nil }),
        Refusal(says: "Inference components copy count an integer larger than 0", change: { $0["RuntimeConfig"] = ["CopyCount": 0] }),
        Refusal(says: "from 0 to 1000", change: { $0["RuntimeConfig"] = ["CopyCount": 1001] }),
        Refusal(says: "greater than or equal to 128", change: { $0["Specification"] = Hosting.specification(memory: 127) }),
        Refusal(says: "Specifications", change: {
            $0["Specification"] = nil
            $0["Specifications"] = [Hosting.specification()]
        }, code: "NotImplementedException"),
    ])
    func refusedCreations(_ row: Refusal) async throws {
        try await Hosting.forComponents { hosting in
            var input = Hosting.component("a").object ?? [:]
            row.change(&input)
            let fault = try await hosting.fault("CreateInferenceComponent", .object(input))
            #expect(fault?.code == row.code && fault?.message.contains(row.says) == true, "\(String(describing: fault))")
            let listed = try await hosting.call("ListInferenceComponents")
            #expect(listed["InferenceComponents"]?.list?.count == 0)
        }
    }

    @Test func configurationsForComponents() async throws {
        try await Hosting.with { hosting in
            let variant: AWSObject = [
                "VariantName": "A", "InstanceType": "ml.m5.xlarge", "InitialInstanceCount": 1,
            ]
            func fault(_ variants: [AWSObject], role: Bool = true) async throws -> String? {
                try await hosting.fault("CreateEndpointConfig", [
                    "EndpointConfigName": "c", "ProductionVariants": .list(variants.map { .object($0) }),
                    "ExecutionRoleArn": role ? "arn:aws:iam::123456789012:role/r" : nil,
                ])?.message
            }
            #expect(try await fault([variant], role: false)?.contains("ExecutionRoleArn is required") == true)
            var model = variant
            model["VariantName"] = "B"
            model["ModelName"] = "blue-model"
            #expect(try await fault([variant, model])?.contains("none of them") == true)
            model["ManagedInstanceScaling"] = ["Status": "ENABLED", "MinInstanceCount": 1, "MaxInstanceCount": 2]
            #expect(try await fault([model]) == "ManagedInstanceScaling is only supported for inference component endpoints.")
            var scaled = variant
            scaled["ManagedInstanceScaling"] = ["Status": "ENABLED", "MinInstanceCount": 3, "MaxInstanceCount": 2]
            #expect(try await fault([scaled])?.contains("MinInstanceCount must not be greater") == true)
            // A model's endpoint takes no components.
            try await hosting.makeEndpoint("churn", config: "blue")
            #expect(try await hosting.fault("CreateInferenceComponent", Hosting.component("a"))?.message
                .contains("need a variant without ModelName") == true)
        }
    }

    @Test func listsAreFilteredSortedAndPaged() async throws {
        try await Hosting.forComponents { hosting in
            for name in ["alpha", "beta", "gamma"] {
                try await hosting.makeComponent(name)
                try await hosting.coldframe.advance(by: .seconds(1))
            }
            func names(_ input: AWSValue) async throws -> [String] {
                (try await hosting.call("ListInferenceComponents", input)["InferenceComponents"]?.list ?? [])
                    .compactMap { $0["InferenceComponentName"]?.string }
            }
            #expect(try await names([:]) == ["gamma", "beta", "alpha"])
            #expect(try await names(["SortBy": "Name", "SortOrder": "Ascending"]) == ["alpha", "beta", "gamma"])
            #expect(try await names(["NameContains": "et"]) == ["beta"])
            #expect(try await names(["EndpointNameEquals": "other"]).isEmpty)
            #expect(try await names(["VariantNameEquals": "AllTraffic", "StatusEquals": "InService"]).count == 3)
            let page = try await hosting.call("ListInferenceComponents", ["MaxResults": 2])
            #expect(page["InferenceComponents"]?.list?.count == 2)
            #expect(try await names(["MaxResults": 2, "NextToken": page["NextToken"] ?? .null]) == ["alpha"])
            try await hosting.call("AddTags", [
                "ResourceArn": .string(Hosting.arn("inference-component/alpha")), "Tags": [["Key": "k", "Value": "v"]],
            ])
        }
    }
}
