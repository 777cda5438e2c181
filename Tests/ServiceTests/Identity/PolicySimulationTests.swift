import AWSModel
import Gateway
import IdentityService
import Testing

struct PolicySimulationTests {
    static let allowsCodeCommit = """
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Action": "codecommit:ListRepositories",
                    "Resource": "*"
                }, {"Effect": "Deny", "Action": "codecommit:Delete*", "Resource": "*"}
            ]
        }
        """

    /// Decision, the matched policies' ids, and the missing keys of one result.
    struct Result: Equatable {
        var decision: String?
        var policies: [String]
        var missing: [String]

        init(_ decision: String, _ policies: [String] = [], missing: [String] = []) {
            self.decision = decision
            self.policies = policies
            self.missing = missing
        }

        init(_ value: AWSValue, specific: Bool = false) {
            decision = value[specific ? "EvalResourceDecision" : "EvalDecision"]?.string
            policies = (value["MatchedStatements"]?.list ?? []).compactMap { $0["SourcePolicyId"]?.string }
            missing = (value["MissingContextValues"]?.list ?? []).compactMap(\.string)
        }
    }

    static func results(_ output: AWSObject) throws -> [AWSValue] { try #require(output["EvaluationResults"]?.list) }

    @Test func `a user's own, attached and given policies decide together`() async throws {
        let iam = try IdentityHarness()
        try await iam.call("CreateUser", ["UserName": "alejandro", "Path": "/team/"])
        try await iam.call("PutUserPolicy", [
            "UserName": "alejandro", "PolicyName": "inline", "PolicyDocument": .string(Self.allowsCodeCommit),
        ])
        try await iam.call("AttachUserPolicy", [
            "UserName": "alejandro", "PolicyArn": "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess",
        ])
        let source: AWSValue = "arn:aws:iam::111122223333:user/team/alejandro"
        let output = try await iam.call("SimulatePrincipalPolicy", [
            "PolicySourceArn": source,
            "PolicyInputList": [.string(identityPolicy(
                #"{"Effect":"Allow","Action":"sagemaker:*","Resource":"*","#
                    + #""Condition":{"Bool":{"aws:SecureTransport":"true"}}}"#))],
            "ActionNames": [
                "codecommit:ListRepositories", "s3:GetObject", "s3:PutObject", "sagemaker:CreateApp",
                "codecommit:DeleteRepository",
            ],
        ])
        let results = try Self.results(output)
        #expect(results.map { Result($0) } == [
            Result("allowed", ["user_alejandro_inline"]), Result("allowed", ["AmazonS3ReadOnlyAccess"]),
            Result("implicitDeny"), Result("implicitDeny", missing: ["aws:SecureTransport"]),
            Result("explicitDeny", ["user_alejandro_inline"]),
        ])
        #expect(output["IsTruncated"]?.bool == false)
        let first = try #require(results.first)
        #expect(first["EvalActionName"]?.string == "codecommit:ListRepositories")
        #expect(first["EvalResourceName"]?.string == "*")
        #expect(first["ResourceSpecificResults"] == nil)
        #expect(first["MatchedStatements"]?.list?.first == [
            "SourcePolicyId": "user_alejandro_inline", "SourcePolicyType": "IAM Policy",
            "StartPosition": ["Line": 3, "Column": 19], "EndPosition": ["Line": 8, "Column": 10],
        ])
        let denied = try #require(results.last?["MatchedStatements"]?.list?.first)
        #expect(denied["StartPosition"] == ["Line": 8, "Column": 10])
        #expect(denied["EndPosition"] == ["Line": 8, "Column": 79])
    }

    @Test func `a role is simulated with its default versions, page by page`() async throws {
        let iam = try IdentityHarness()
        let role = try await iam.createRole("r", path: "/p/")
        let policy = try await iam.createPolicy("reads")
        try await iam.call("CreatePolicyVersion", [
            "PolicyArn": .string(policy), "SetAsDefault": true,
            "PolicyDocument": .string(identityPolicy(#"{"Effect":"Allow","Action":"s3:Put*","Resource":"*"}"#)),
        ])
        try await iam.call("AttachRolePolicy", ["RoleName": "r", "PolicyArn": .string(policy)])
        var input: AWSObject = [
            "PolicySourceArn": .string(role), "ActionNames": ["s3:GetObject", "s3:PutObject"], "MaxItems": 1,
        ]
        let first = try await iam.call("SimulatePrincipalPolicy", input)
        #expect(try Self.results(first).map { Result($0) } == [Result("implicitDeny")])
        input["Marker"] = first["Marker"]
        let rest = try await iam.call("SimulatePrincipalPolicy", input)
        #expect(try Self.results(rest).map { Result($0) } == [Result("allowed", ["reads"])])
        #expect(rest["IsTruncated"]?.bool == false)
    }

    /// AWS: recorded — the positions of the CLI's own example.
    @Test func `a document on one line has the columns of the CLI's example`() async throws {
        let iam = try IdentityHarness()
        let document = #"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"dynamodb:*","Resource":"*","#
            + #""Condition":{"DateGreaterThan":{"aws:CurrentTime":"2018-08-16T12:00:00Z"}}}}"#
        for (time, decision) in [("2019-04-25T11:00:00Z", "allowed"), ("2014-04-25T11:00:00Z", "implicitDeny")] {
            let output = try await iam.call("SimulateCustomPolicy", [
                "PolicyInputList": [.string(document)], "ActionNames": ["dynamodb:CreateBackup"],
                "ContextEntries": [[
                    "ContextKeyName": "aws:CurrentTime", "ContextKeyValues": [.string(time)], "ContextKeyType": "date",
                ]],
            ])
            let result = try #require(try Self.results(output).first)
            #expect(result["EvalDecision"]?.string == decision)
            let statements = try #require(result["MatchedStatements"]?.list)
            #expect(statements == (decision == "implicitDeny" ? [] : [[
                "SourcePolicyId": "PolicyInputList.1", "SourcePolicyType": "IAM Policy",
                "StartPosition": ["Line": 1, "Column": 38], "EndPosition": ["Line": 1, "Column": 167],
            ]]))
        }
    }

    @Test func `each resource has its result, and the worst is above them`() async throws {
        let iam = try IdentityHarness()
        let document = identityPolicy(
            #"{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::good/*"},"#
                + #"{"Effect":"Deny","Action":"s3:*","Resource":"arn:aws:s3:::bad/*"}"#)
        let boundary = identityPolicy(#"{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}"#)
        let output = try await iam.call("SimulateCustomPolicy", [
            "PolicyInputList": [.string(document)], "PermissionsBoundaryPolicyInputList": [.string(boundary)],
            "ActionNames": ["s3:GetObject", "s3:PutObject"],
            "ResourceArns": ["arn:aws:s3:::good/x", "arn:aws:s3:::bad/x"],
        ])
        let results = try Self.results(output)
        #expect(results.map { Result($0) } == [Result("explicitDeny"), Result("explicitDeny")])
        let specific = try results.map { try #require($0["ResourceSpecificResults"]?.list) }
        #expect(specific.map { $0.map { Result($0, specific: true) } } == [
            [
                Result("allowed", ["PermissionsBoundaryPolicyInputList.1", "PolicyInputList.1"]),
                Result("explicitDeny", ["PolicyInputList.1"]),
            ],
            [Result("implicitDeny"), Result("explicitDeny", ["PolicyInputList.1"])],
        ])
        #expect(specific.map { $0[0]["PermissionsBoundaryDecisionDetail"]?["AllowedByPermissionsBoundary"]?.bool }
            == [true, false])
        let one = try await iam.call("SimulateCustomPolicy", [
            "PolicyInputList": [.string(document)], "ActionNames": ["s3:GetObject"],
            "ResourceArns": ["arn:aws:s3:::good/x"],
        ])
        let result = try #require(try Self.results(one).first)
        #expect(Result(result) == Result("allowed", ["PolicyInputList.1"]))
        #expect(result["EvalResourceName"]?.string == "arn:aws:s3:::good/x")
        #expect(result["EvalDecisionDetails"] == [:])
    }

    struct ResourceRow: Sendable {
        var principal: String
        var owner: String
        var identity = #"{"Effect":"Allow","Action":"sqs:*","Resource":"*"}"#
        var decision: String
    }

    @Test(arguments: [
        ResourceRow(principal: "arn:aws:iam::111122223333:user/bob", owner: "111122223333", decision: "allowed"),
        ResourceRow(
            principal: "arn:aws:iam::111122223333:user/bob", owner: "arn:aws:iam::111122223333:root", decision: "allowed"),
        ResourceRow(principal: "arn:aws:iam::111122223333:user/eve", owner: "444455556666", decision: "implicitDeny"),
        ResourceRow(principal: "111122223333", owner: "444455556666", decision: "implicitDeny"),
        ResourceRow(
            principal: "111122223333", owner: "444455556666",
            identity: #"{"Effect":"Allow","Action":"s3:*","Resource":"*"}"#, decision: "allowed"),
    ])
    func resourcePolicies(_ row: ResourceRow) async throws {
        let iam = try IdentityHarness()
        let output = try await iam.call("SimulateCustomPolicy", [
            "PolicyInputList": [.string(identityPolicy(row.identity))], "ActionNames": ["s3:GetObject"],
            "ResourceArns": ["arn:aws:s3:::b/k"], "CallerArn": "arn:aws:iam::111122223333:user/bob",
            "ResourceOwner": .string(row.owner),
            "ResourcePolicy": .string(identityPolicy(
                #"{"Effect":"Allow","Principal":{"AWS":"\#(row.principal)"},"Action":"s3:GetObject","#
                    + #""Resource":"arn:aws:s3:::b/*"}"#)),
        ])
        #expect(try Self.results(output).map { $0["EvalDecision"]?.string } == [row.decision])
    }

    struct FaultRow: Sendable {
        var operation = "SimulateCustomPolicy"
        var input: AWSObject
        var code = "InvalidInputException"
        var message: String
    }

    static let any: AWSValue = .list([.string(IdentityHarness.readsS3)])
    static let bucketPolicy = identityPolicy(#"{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"*"}"#)

    @Test(arguments: [
        FaultRow(
            input: ["PolicyInputList": ["{"], "ActionNames": ["s3:GetObject"]],
            message: "Invalid policy PolicyInputList.1: invalid value of document"),
        FaultRow(
            input: ["PolicyInputList": any, "ActionNames": ["s3:Get*"]], message: "Invalid action name s3:Get*."),
        FaultRow(
            input: ["PolicyInputList": any, "ActionNames": ["GetObject"]], message: "Invalid action name GetObject."),
        FaultRow(
            input: ["PolicyInputList": any, "ActionNames": ["s3:A"], "ResourcePolicy": .string(bucketPolicy)],
            message: "CallerArn is required when a ResourcePolicy is specified for a principal that is not an IAM user."),
        FaultRow(
            input: ["PolicyInputList": any, "ActionNames": ["s3:A"], "CallerArn": "arn:aws:iam::111122223333:role/r"],
            message: "Invalid CallerArn arn:aws:iam::111122223333:role/r: only the ARN of an IAM user can be specified."),
        FaultRow(
            input: [
                "PolicyInputList": any, "ActionNames": ["s3:A"],
                "PermissionsBoundaryPolicyInputList": [.string(IdentityHarness.readsS3), .string(IdentityHarness.readsS3)],
            ],
            message: "Only one permissions boundary policy can be specified."),
        FaultRow(
            operation: "SimulatePrincipalPolicy",
            input: ["PolicySourceArn": "arn:aws:iam::111122223333:user/nobody", "ActionNames": ["s3:A"]],
            code: "NoSuchEntityException", message: "The user with name nobody cannot be found."),
        FaultRow(
            operation: "SimulatePrincipalPolicy",
            input: ["PolicySourceArn": "arn:aws:iam::111122223333:group/all", "ActionNames": ["s3:A"]],
            code: "NoSuchEntityException", message: "The group with name all cannot be found."),
        FaultRow(
            operation: "SimulatePrincipalPolicy",
            input: ["PolicySourceArn": "arn:aws:sts::111122223333:assumed-role/r/s", "ActionNames": ["s3:A"]],
            message: "ARN arn:aws:sts::111122223333:assumed-role/r/s is not valid."),
    ])
    func faults(_ row: FaultRow) async throws {
        let fault = try await IdentityHarness().fault(row.operation, row.input)
        #expect(fault?.code == row.code)
        #expect(fault?.message == row.message)
    }
}
