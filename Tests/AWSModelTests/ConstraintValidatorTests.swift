import AWSModel
import SimTime
import Testing

struct ConstraintValidatorTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var service: String
        var operation: String
        var input: AWSObject
        var message: String?
        var testDescription: String { "\(operation): \(message ?? "valid")" }
    }

    private func message(_ row: Row) throws -> String? {
        let model = try #require(ModelCatalog.shared.model(ServiceID(row.service)))
        let input = try #require(model.operations[row.operation]?.input)
        let violations = ConstraintValidator().validate(row.input, as: input, in: model)
        return violations.isEmpty ? nil : Violation.message(violations)
    }

    private static let role: AWSValue = "arn:aws:iam::123456789012:role/R"
    private static let namePattern = "[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}"
    private static let long = AWSValue.string(String(repeating: "x", count: 70))

    /// Recorded messages, or ones put together from recorded parts (SignUp, CreateUserProfile and CreateTrainingJob
    /// have values of ours; patterns are those of today's model).
    static let recorded: [Row] = [
        Row(service: "cloudwatch", operation: "SetAlarmState",
            input: ["AlarmName": "a", "StateValue": "INVALID", "StateReason": "r"],
            message: "1 validation error detected: Value 'INVALID' at 'stateValue' failed to satisfy constraint: "
                + "Member must satisfy enum value set: [INSUFFICIENT_DATA, ALARM, OK]"),
        Row(service: "cloudwatch", operation: "GetMetricData",
            input: ["StartTime": .timestamp(.init(millisecondsSinceEpoch: 0)), "EndTime": .timestamp(.init(millisecondsSinceEpoch: 1))],
            message: "1 validation error detected: Value null at 'metricDataQueries' failed to satisfy constraint: "
                + "Member must not be null"),
        Row(service: "sts", operation: "AssumeRole",
            input: ["RoleArn": role, "RoleSessionName": "Session1:2"],
            message: "1 validation error detected: Value 'Session1:2' at 'roleSessionName' failed to satisfy "
                + #"constraint: Member must satisfy regular expression pattern: [\w+=,.@-]*"#),
        Row(service: "sagemaker", operation: "CreateModel",
            input: ["ModelName": "m", "ExecutionRoleArn": "arn:aws:iam::1:role/Rrrrrrrrr"],
            message: "1 validation error detected: Value 'arn:aws:iam::1:role/Rrrrrrrrr' at 'executionRoleArn' failed to "
                + "satisfy constraint: Member must satisfy regular expression pattern: "
                + #"arn:aws[a-z\-]*:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+"#),
        Row(service: "cognito-idp", operation: "SignUp",
            input: ["ClientId": "abc", "Username": "u", "Password": "ab cd"],
            message: "1 validation error detected: Value at 'password' failed to satisfy constraint: "
                + "Member must have length greater than or equal to 6"),
        Row(service: "cognito-idp", operation: "ConfirmForgotPassword",
            input: ["ClientId": "abc", "Username": "u", "Password": "abcdef", "ConfirmationCode": ""],
            message: #"2 validation errors detected: Value '' at 'confirmationCode' failed to satisfy constraint: "#
                + #"Member must satisfy regular expression pattern: [\S]+; Value '' at 'confirmationCode' failed to "#
                + "satisfy constraint: Member must have length greater than or equal to 1"),
        Row(service: "cognito-idp", operation: "AdminAddUserToGroup", input: ["UserPoolId": "us-east-1_a"],
            message: "2 validation errors detected: Value null at 'groupName' failed to satisfy constraint: Member must "
                + "not be null; Value at 'username' failed to satisfy constraint: Member must not be null"),
        Row(service: "sagemaker", operation: "CreateUserProfile",
            input: ["DomainId": long, "UserProfileName": "-"],
            message: "3 validation errors detected: Value '-' at 'userProfileName' failed to satisfy constraint: Member must "
                + "satisfy regular expression pattern: \(namePattern); "
                + "Value '\(long.string ?? "")' at 'domainId' failed to satisfy constraint: Member must satisfy regular "
                + "expression pattern: d-(-*[a-z0-9]){1,61}; "
                + "Value '\(long.string ?? "")' at 'domainId' failed to satisfy constraint: Member must have length less "
                + "than or equal to 63"),
        Row(service: "sagemaker", operation: "CreateTrainingJob",
            input: [
                "TrainingJobName": "t", "RoleArn": role, "HyperParameters": ["k": .string(String(repeating: "v", count: 2501))],
                "AlgorithmSpecification": ["TrainingInputMode": "File"], "OutputDataConfig": ["S3OutputPath": "s3://b/p"],
                "ResourceConfig": ["VolumeSizeInGB": 1], "StoppingCondition": [:],
            ],
            message: "1 validation error detected: Value '{k=\(String(repeating: "v", count: 2501))}' at 'hyperParameters' "
                + "failed to satisfy constraint: Map value must satisfy constraint: [Member must have length less than "
                + "or equal to 2500, Member must have length greater than or equal to 0, Member must satisfy regular "
                + "expression pattern: .*]"),
        Row(service: "iam", operation: "CreateUser",
            input: ["UserName": "u", "Tags": [["Key": "ok", "Value": "ok"], ["Key": "k", "Value": "D&T"]]],
            message: "1 validation error detected: Value 'D&T' at 'tags.2.member.value' failed to satisfy constraint: "
                + #"Member must satisfy regular expression pattern: [\p{L}\p{Z}\p{N}_.:/=+\-@]*"#),
    ]

    @Test(arguments: recorded)
    func recordedMessages(_ row: Row) throws { #expect(try message(row) == row.message) }

    /// The same grammar in places nothing was recorded of.
    static let inferred: [Row] = [
        Row(service: "sagemaker", operation: "DeleteModel", input: ["ModelName": "m-1"], message: nil),
        Row(service: "sagemaker", operation: "DeleteModel", input: ["ModelName": .null],
            message: "1 validation error detected: Value null at 'modelName' failed to satisfy constraint: Member must not be null"),
        Row(service: "sagemaker", operation: "CreateEndpoint",
            input: [
                "EndpointName": "e", "EndpointConfigName": "c",
                "DeploymentConfig": ["BlueGreenUpdatePolicy": [
                    "TrafficRoutingConfiguration": ["Type": "CANARY", "WaitIntervalInSeconds": 3601],
                    "MaximumExecutionTimeoutInSeconds": 599, "TerminationWaitInSeconds": 3600,
                ]],
            ],
            message: "2 validation errors detected: Value '599' at "
                + "'deploymentConfig.blueGreenUpdatePolicy.maximumExecutionTimeoutInSeconds' failed to satisfy constraint: "
                + "Member must have value greater than or equal to 600; Value '3601' at "
                + "'deploymentConfig.blueGreenUpdatePolicy.trafficRoutingConfiguration.waitIntervalInSeconds' failed to "
                + "satisfy constraint: Member must have value less than or equal to 3600"),
        Row(service: "sagemaker", operation: "CreateModel",
            input: ["ModelName": "m", "VpcConfig": ["SecurityGroupIds": [], "Subnets": ["subnet 1", "s"]]],
            message: "2 validation errors detected: Value '[subnet 1, s]' at 'vpcConfig.subnets' failed to satisfy "
                + "constraint: Member must satisfy constraint: [Member must have length less than or equal to 32, Member "
                + "must have length greater than or equal to 0, Member must satisfy regular expression pattern: "
                + "[-0-9a-zA-Z]+]; Value '[]' at 'vpcConfig.securityGroupIds' failed to satisfy constraint: Member must "
                + "have length greater than or equal to 1"),
        Row(service: "sagemaker", operation: "CreateModel",
            input: ["ModelName": "m", "PrimaryContainer": ["Environment": ["1x": "v"]]],
            message: "1 validation error detected: Value '{1x=v}' at 'primaryContainer.environment' failed to satisfy "
                + "constraint: Map keys must satisfy constraint: [Member must have length less than or equal to 1024, "
                + "Member must have length greater than or equal to 0, Member must satisfy regular expression pattern: "
                + "[a-zA-Z_][a-zA-Z0-9_]*]"),
        Row(service: "sagemaker", operation: "CreateInferenceComponent",
            input: [
                "InferenceComponentName": "i", "EndpointName": "e", "VariantName": "v",
                "Specification": ["ModelName": "m", "ComputeResourceRequirements": [
                    "MinMemoryRequiredInMb": 128, "NumberOfCpuCoresRequired": 0.1,
                ]],
            ],
            message: "1 validation error detected: Value '0.1' at "
                + "'specification.computeResourceRequirements.numberOfCpuCoresRequired' failed to satisfy constraint: "
                + "Member must have value greater than or equal to 0.25"),
        // The body of an invocation is no member of the parsed input.
        Row(service: "sagemaker-runtime", operation: "InvokeEndpoint", input: ["EndpointName": "e"], message: nil),
    ]

    @Test(arguments: inferred)
    func inferredMessages(_ row: Row) throws { #expect(try message(row) == row.message) }

    @Test func anUnknownInstanceTypeListsTheModelsTypes() throws {
        let row = Row(
            service: "sagemaker", operation: "CreateEndpointConfig",
            input: ["EndpointConfigName": "c", "ProductionVariants": [
                ["VariantName": "v", "ModelName": "m", "InstanceType": "ml.t3.medium"],
            ]])
        let text = try #require(try message(row))
        #expect(text.hasPrefix(
            "1 validation error detected: Value 'ml.t3.medium' at 'productionVariants.1.member.instanceType' failed to "
                + "satisfy constraint: Member must satisfy enum value set: [ml.t2.medium, ml.t2.large, "))
    }

    @Test func ecrWordsItsOwnMessage() throws {
        let model = try #require(ModelCatalog.shared.model(ServiceID("ecr")))
        func text(_ operation: String, _ input: AWSObject) throws -> String? {
            ConstraintValidator().validate(input, as: try #require(model.operations[operation]?.input), in: model)
                .first?.messageOfECR
        }
        #expect(
            try text("DescribeImages", ["repositoryName": "r1", "maxResults": 1001])
                == "Invalid parameter at 'maxResults' failed to satisfy constraint: 'Member must have value less than or "
                + "equal to 1000'")
        #expect(
            try text("BatchGetImage", ["repositoryName": "r1", "imageIds": []])
                == "Invalid parameter at 'imageIds' failed to satisfy constraint: 'Member must have length greater than or "
                + "equal to 1'")
        #expect(
            try text("GetAuthorizationToken", ["registryIds": ["1"]])
                == "Invalid parameter at 'registryIds' failed to satisfy constraint: 'Member must satisfy constraint: "
                + "[Member must satisfy regular expression pattern: [0-9]{12}]'")
        #expect(
            try text("CreateRepository", ["repositoryName": "Bad_Name!"])
                == #"Invalid parameter at 'repositoryName' failed to satisfy constraint: 'must satisfy regular expression '[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*''"#)
    }

    /// The answer to many bad items stays bounded.
    @Test func violationsAreBounded() throws {
        let model = try #require(ModelCatalog.shared.model(ServiceID("cloudwatch")))
        let input = try #require(model.operations["PutMetricData"]?.input)
        let bad: AWSValue = ["MetricName": "m", "Unit": "Furlongs"]
        let violations = ConstraintValidator().validate(
            ["Namespace": "n", "MetricData": .list(Array(repeating: bad, count: 1000))], as: input, in: model)
        #expect(violations.count == 500)
        #expect(violations[499].path == "metricData.500.member.unit")
    }

    struct NumberRow: Sendable {
        var value: Double
        var text: String
    }

    /// `Double.toString` of Java.
    @Test(arguments: [
        NumberRow(value: 0.25, text: "0.25"), NumberRow(value: 1, text: "1.0"), NumberRow(value: 100, text: "100.0"),
        NumberRow(value: 0.001, text: "0.001"), NumberRow(value: 0.0001, text: "1.0E-4"),
        NumberRow(value: 9_999_999, text: "9999999.0"), NumberRow(value: 1e7, text: "1.0E7"),
        NumberRow(value: 1.2345e10, text: "1.2345E10"), NumberRow(value: -0.5, text: "-0.5"),
        NumberRow(value: 0, text: "0.0"), NumberRow(value: 1e300, text: "1.0E300"),
    ])
    func fractionsPrintAsInJava(_ row: NumberRow) {
        #expect(Violation.Constraint.valueAtMost(row.value, isFractional: true).text
            == "Member must have value less than or equal to \(row.text)")
    }
}
