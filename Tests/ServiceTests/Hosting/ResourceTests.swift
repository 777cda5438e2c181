import AWSModel
import ColdframeTesting
import Outbound
import SimTime
import Testing

/// Models, configurations and endpoints: what is stored is shown, and refusals have AWS's texts.
@Suite struct ResourceTests {
    struct Kind: CustomTestStringConvertible {
        var noun: String
        var create: String
        var describe: String
        var delete: String
        var list: String
        var nameMember: String
        var arnMember: String
        var listMember: String
        var arnPart: String
        var testDescription: String { noun }

        func input(_ name: String) -> AWSValue {
            switch noun {
            case "model":
                ["ModelName": .string(name), "ExecutionRoleArn": "arn:aws:iam::123456789012:role/r",
                 "PrimaryContainer": ["Image": "i"]]
            case "endpoint": ["EndpointName": .string(name), "EndpointConfigName": "blue"]
            default:
                ["EndpointConfigName": .string(name), "ProductionVariants": [Hosting.variant(model: "blue-model")]]
            }
        }

        func arn(_ name: String) -> String { Hosting.arn("\(arnPart)/\(name)") }
    }

    static let kinds = [
        Kind(noun: "model", create: "CreateModel", describe: "DescribeModel", delete: "DeleteModel", list: "ListModels",
             nameMember: "ModelName", arnMember: "ModelArn", listMember: "Models", arnPart: "model"),
        Kind(noun: "endpoint configuration", create: "CreateEndpointConfig", describe: "DescribeEndpointConfig",
             delete: "DeleteEndpointConfig", list: "ListEndpointConfigs", nameMember: "EndpointConfigName",
             arnMember: "EndpointConfigArn", listMember: "EndpointConfigs", arnPart: "endpoint-config"),
        Kind(noun: "endpoint", create: "CreateEndpoint", describe: "DescribeEndpoint", delete: "DeleteEndpoint",
             list: "ListEndpoints", nameMember: "EndpointName", arnMember: "EndpointArn", listMember: "Endpoints",
             arnPart: "endpoint"),
    ]

    @Test(arguments: kinds)
    func aLife(_ kind: Kind) async throws {
        try await Hosting.with { hosting in
            let name: AWSValue = [kind.nameMember: "Thing-1"]
            let missing = CallFault(
                status: 400, code: "ValidationException",
                    message: "Could not find \(kind.noun) \"\(kind.arn("Thing-1"))\".")
            let taken = CallFault(
                status: 400, code: "ValidationException",
                message: "Cannot create already existing \(kind.noun) \"\(kind.arn("Thing-1"))\".")
            #expect(try await hosting.fault(kind.describe, name) == missing)
            #expect(try await hosting.fault(kind.delete, name) == missing)

            let created = try await hosting.call(kind.create, kind.input("Thing-1"))
            #expect(created == [kind.arnMember: .string(kind.arn("Thing-1"))])
            #expect(try await hosting.fault(kind.create, kind.input("Thing-1")) == taken)
            if kind.noun == "endpoint" { try await hosting.settle("Thing-1") }
            #expect(try await hosting.fault(kind.create, kind.input("Thing-1")) == taken)

            let described = try await hosting.call(kind.describe, name)
            #expect(described[kind.nameMember] == "Thing-1")
            #expect(described[kind.arnMember] == .string(kind.arn("Thing-1")))
            #expect(described["CreationTime"]?.instant.map { $0 <= hosting.coldframe.now } == true)
            let listed = try await hosting.call(kind.list)[kind.listMember]?.list ?? []
            let entry = listed.first { $0[kind.nameMember] == "Thing-1" }
            #expect(entry?[kind.arnMember] == described[kind.arnMember])

            #expect(try await hosting.call(kind.delete, name) == [:])
            try await hosting.coldframe.advance(by: .seconds(30))
            #expect(try await hosting.fault(kind.describe, name) == missing)
            #expect(try await hosting.fault(kind.delete, name) == missing)
            try await hosting.call(kind.create, kind.input("Thing-1"))
        }
    }

    @Test func whatIsCreatedIsDescribed() async throws {
        try await Hosting.with { hosting in
            let container: AWSValue = [
                "ContainerHostname": "box", "Image": "images/x:2", "ModelDataUrl": "s3://b/k.tar.gz",
                "Environment": ["A": "1", "B": ""], "Mode": "SingleModel",
            ]
            let vpc: AWSValue = ["SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1", "subnet-2"]]
            try await hosting.call("CreateModel", [
                "ModelName": "m", "ExecutionRoleArn": "arn:aws:iam::123456789012:role/r", "PrimaryContainer": container,
                "VpcConfig": vpc, "EnableNetworkIsolation": true, "Tags": [["Key": "k", "Value": "v"]],
            ])
            let model = try await hosting.call("DescribeModel", ["ModelName": "m"])
            #expect(model["PrimaryContainer"] == container)
            #expect(model["VpcConfig"] == vpc && model["EnableNetworkIsolation"] == true)
            #expect(model["ExecutionRoleArn"] == "arn:aws:iam::123456789012:role/r" && model["Tags"] == nil)
            let tags = try await hosting.call("ListTags", ["ResourceArn": .string(Hosting.arn("model/m"))])
            #expect(tags["Tags"] == [["Key": "k", "Value": "v"]])

            try await hosting.call("CreateEndpointConfig", [
                "EndpointConfigName": "c", "KmsKeyId": "key",
                "ProductionVariants": [Hosting.variant("a", model: "m", weight: nil), Hosting.variant("b",
                    model: "m", weight: 0)],
            ])
            let config = try await hosting.call("DescribeEndpointConfig", ["EndpointConfigName": "c"])
            let variants = config["ProductionVariants"]?.list ?? []
            #expect(variants.map { $0["InitialVariantWeight"]?.double } == [1, 0])
            #expect(variants.map { $0["VariantName"]?.string } == ["a", "b"])
            #expect(variants.map { $0["InitialInstanceCount"]?.int } == [3, 3])
            #expect(config["KmsKeyId"] == "key")
        }
    }

    struct Refusal: CustomTestStringConvertible {
        var operation: String
        var input: AWSValue
        /// The whole text, or its beginning.
        var message: String
        var testDescription: String { message }
    }

    @Test(arguments: [
        Refusal(operation: "CreateEndpointConfig", input: [
            "EndpointConfigName": "x", "ProductionVariants": [Hosting.variant(model: "none")],
        ], message: "Could not find model \"\(Hosting.arn("model/none"))\"."),
        Refusal(operation: "CreateEndpoint", input: ["EndpointName": "x", "EndpointConfigName": "none"],
                message: "Could not find endpoint configuration \"\(Hosting.arn("endpoint-config/none"))\"."),
        Refusal(operation: "UpdateEndpoint", input: ["EndpointName": "x", "EndpointConfigName": "blue"],
                message: "Could not find endpoint \"\(Hosting.arn("endpoint/x"))\"."),
        Refusal(operation: "UpdateEndpointWeightsAndCapacities", input: [
            "EndpointName": "x", "DesiredWeightsAndCapacities": [["VariantName": "a", "DesiredWeight": 1]],
        ], message: "Could not find endpoint \"\(Hosting.arn("endpoint/x"))\"."),
        Refusal(operation: "CreateEndpointConfig", input: [
            "EndpointConfigName": "x",
            "ProductionVariants": [Hosting.variant(model: "blue-model"), Hosting.variant(model: "green-model")],
        ], message: "The production variant name AllTraffic"),
        Refusal(operation: "CreateModel", input: [
            "ModelName": "x", "ExecutionRoleArn": "arn:aws:iam::123456789012:role/r",
                "PrimaryContainer": ["ModelDataUrl": "s3://b/m"],
        ], message: "Specify one of either Image and Model Data URL or ModelPackageName in container definition."),
        Refusal(operation: "CreateEndpointConfig", input: ["EndpointConfigName": "-x",
            "ProductionVariants": [Hosting.variant(model: "blue-model")]],
                message: "1 validation error detected: Value '-x' at 'endpointConfigName' failed to satisfy "
                    + "constraint: Member must satisfy regular expression pattern: "),
        Refusal(operation: "CreateEndpointConfig", input: ["EndpointConfigName": "x",
            "ProductionVariants": [Hosting.variant(model: "blue-model", count: 0)]],
                message: "1 validation error detected: Value '0' at 'productionVariants.1.member.initialInstanceCount' "
                    + "failed to satisfy constraint: Member must have value greater than or equal to 1"),
        Refusal(operation: "CreateEndpoint", input: ["EndpointName": .string(String(repeating: "n", count: 64)),
            "EndpointConfigName": "blue"],
                message: "2 validation errors detected: Value '\(String(repeating: "n", count: 64))' at 'endpointName' "
                    + "failed to satisfy constraint: Member must "),
    ])
    func refusals(_ refusal: Refusal) async throws {
        try await Hosting.with { hosting in
            let fault = try #require(try await hosting.fault(refusal.operation, refusal.input))
            #expect(fault.code == "ValidationException" && fault.status == 400)
            #expect(fault.message.hasPrefix(refusal.message), "\(fault.message)")
            #expect(try await hosting.call("ListEndpoints")["Endpoints"] == [])
            #expect(try await hosting.call("ListEndpointConfigs")["EndpointConfigs"]?.list?.count == 2)
            #expect(try await hosting.call("ListModels")["Models"]?.list?.count == 2)
        }
    }

    @Test func endpointNamesAreTakenInAnyCase() async throws {
        try await Hosting.with { hosting in
            try await hosting.makeEndpoint("Churn", config: "blue")
            for name in ["churn", "CHURN", "Churn"] {
                let fault = try await hosting.fault(
                    "CreateEndpoint", ["EndpointName": .string(name), "EndpointConfigName": "blue"])
                #expect(fault?.code == "ValidationException")
                #expect(fault?.message.hasPrefix("Cannot create already existing endpoint \"") == true)
            }
            #expect(try await hosting.call("ListEndpoints")["Endpoints"]?.list?.map { $0["EndpointName"] } == ["Churn"])
            #expect(try await hosting.describe("Churn")["EndpointName"] == "Churn")
            #expect(try await hosting.invoke("Churn").status == 200)
            let other = try await hosting.invoke("churn")
            #expect(other.status == 400 && other.json["ErrorCode"] == "NO_SUCH_ENDPOINT")
            try await hosting.call("DeleteEndpoint", ["EndpointName": "Churn"])
            try await hosting.coldframe.advance(by: .seconds(10))
            try await hosting.makeEndpoint("churn", config: "blue")
        }
    }

    @Test func anEndpointOutlivesItsConfigurationAndModel() async throws {
        try await Hosting.served { hosting in
            try await hosting.call("DeleteEndpointConfig", ["EndpointConfigName": "blue"])
            try await hosting.call("DeleteModel", ["ModelName": "blue-model"])
            let described = try await hosting.describe()
            #expect(described["EndpointStatus"] == "InService" && described["EndpointConfigName"] == "blue")
            #expect(try await hosting.invoke().status == 200)
            // AWS: recorded — spec/hosting.md §A.6: an update names the *current* one that is gone.
            let fault = try await hosting.fault("UpdateEndpoint", ["EndpointName": "churn",
                "EndpointConfigName": "green"])
            #expect(fault == CallFault(
                status: 400, code: "ValidationException",
                message: "Could not find endpoint configuration \"\(Hosting.arn("endpoint-config/blue"))\"."))
            #expect(try await hosting.describe() == described)
            try await hosting.makeConfig("blue", [Hosting.variant(model: "green-model")])
            try await hosting.call("UpdateEndpoint", ["EndpointName": "churn", "EndpointConfigName": "green"])
            #expect(try await hosting.settle()["EndpointConfigName"] == "green")
            try await hosting.call("DeleteEndpoint", ["EndpointName": "churn"])
        }
    }

    @Test func anUpdateToAMissingConfigurationChangesNothing() async throws {
        try await Hosting.served { hosting in
            let described = try await hosting.describe()
            let fault = try await hosting.fault("UpdateEndpoint", ["EndpointName": "churn",
                "EndpointConfigName": "none"])
            let missing = Hosting.arn("endpoint-config/none")
            #expect(fault?.message == "Could not find endpoint configuration \"\(missing)\".")
            #expect(try await hosting.describe() == described)
        }
    }

    static let changes: [(operation: String, input: AWSValue)] = [
        ("UpdateEndpoint", ["EndpointName": "churn", "EndpointConfigName": "green"]),
        ("UpdateEndpointWeightsAndCapacities", [
            "EndpointName": "churn", "DesiredWeightsAndCapacities": [["VariantName": "AllTraffic",
                "DesiredInstanceCount": 1]],
        ]),
        ("DeleteEndpoint", ["EndpointName": "churn"]),
    ]

    @Test(arguments: ["Creating", "Updating", "Rescaling"])
    func aBusyEndpointTakesNoChange(_ state: String) async throws {
        try await Hosting.with { hosting in
            try await hosting.call("CreateEndpoint", ["EndpointName": "churn", "EndpointConfigName": "blue"])
            if state != "Creating" {
                try await hosting.settle()
                let change = Self.changes[state == "Updating" ? 0 : 1]
                try await hosting.call(change.operation, change.input)
            }
            for change in Self.changes {
                #expect(try await hosting.fault(change.operation, change.input) == CallFault(
                    status: 400, code: "ValidationException", message: Hosting.busy), "\(change.operation)")
            }
            let config: AWSValue = state == "Updating" ? "green" : "blue"
            #expect(try await hosting.settle()["EndpointConfigName"] == config)
            try await hosting.call("DeleteEndpoint", ["EndpointName": "churn"])
        }
    }
}
