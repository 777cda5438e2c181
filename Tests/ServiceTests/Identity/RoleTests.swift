import AWSModel
import Gateway
import IdentityService
import SimTime
import Testing

private let arn = "arn:aws:iam::111122223333:policy/none"
private let adminARN = "arn:aws:iam::aws:policy/AdministratorAccess"

struct IdentityRoleTests {
    @Test func `a role lives from creation through every conflict to deletion`() async throws {
        let iam = try IdentityHarness()
        let created = try await iam.call("CreateRole", [
            "RoleName": "Runner", "Path": "/ml/", "AssumeRolePolicyDocument": .string(IdentityHarness.trustOfAccount),
            "Description": "runs", "Tags": [["Key": "team", "Value": "a"]],
        ])
        let role = try #require(created["Role"])
        #expect(role["Arn"]?.string == "arn:aws:iam::111122223333:role/ml/Runner")
        #expect(role["RoleId"]?.string?.count == 21)
        #expect(role["RoleId"]?.string?.hasPrefix("AROA") == true)
        #expect(role["CreateDate"]?.instant?.description == "2026-01-02T03:04:05.000Z")
        #expect(role["MaxSessionDuration"] == nil)
        let full = try #require(try await iam.call("GetRole", ["RoleName": "Runner"])["Role"])
        #expect(full["MaxSessionDuration"]?.int == 3600)
        #expect(full["RoleLastUsed"] == .object([:]))
        #expect(full["Description"]?.string == "runs")
        #expect(full["Tags"]?.list?.first?["Key"]?.string == "team")

        let policy = try await iam.createPolicy("reads")
        let attach: AWSObject = ["RoleName": "Runner", "PolicyArn": .string(policy)]
        try await iam.call("AttachRolePolicy", attach)
        try await iam.call("AttachRolePolicy", attach)  // twice is a success, and one attachment
        let shown = try await iam.call("GetPolicy", ["PolicyArn": .string(policy)])
        #expect(shown["Policy"]?["AttachmentCount"]?.int == 1)
        let inline: AWSObject = ["RoleName": "Runner", "PolicyName": "in"]
        var put = inline
        put["PolicyDocument"] = .string(IdentityHarness.readsS3)
        try await iam.call("PutRolePolicy", put)

        #expect(try await iam.fault("DeletePolicy", ["PolicyArn": .string(policy)])
            == AWSFault("DeleteConflictException", "Cannot delete a policy attached to entities.", status: 409))
        let attached = AWSFault(
            "DeleteConflictException", "Cannot delete entity, must detach all policies first.", status: 409)
        let inlined = AWSFault(
            "DeleteConflictException", "Cannot delete entity, must delete policies first.", status: 409)
        let runner: AWSObject = ["RoleName": "Runner"]
        #expect(try await iam.fault("DeleteRole", runner) == attached)
        try await iam.call("DetachRolePolicy", attach)
        #expect(try await iam.fault("DeleteRole", runner) == inlined)
        try await iam.call("AttachRolePolicy", attach)
        try await iam.call("DeleteRolePolicy", inline)
        #expect(try await iam.fault("DeleteRole", runner) == attached)
        try await iam.call("DetachRolePolicy", attach)
        try await iam.call("DeleteRole", runner)
        try await iam.call("DeletePolicy", ["PolicyArn": .string(policy)])
        #expect(try await iam.fault("GetRole", runner)
            == AWSFault("NoSuchEntityException", "The role with name Runner cannot be found.", status: 404))
    }

    @Test func `names are unique ignoring case and looked up exactly`() async throws {
        let iam = try IdentityHarness()
        try await iam.createRole("Runner", path: "/a/")
        #expect(try await iam.fault("CreateRole", [
            "RoleName": "RUNNER", "AssumeRolePolicyDocument": .string(IdentityHarness.trustOfAccount),
        ]) == AWSFault("EntityAlreadyExistsException", "Role with name RUNNER already exists.", status: 409))
        #expect(try await iam.fault("GetRole", ["RoleName": "RUNNER"])?.status == 404)
        try await iam.createPolicy("Reads")
        #expect(try await iam.fault("CreatePolicy", [
            "PolicyName": "reads", "PolicyDocument": .string(IdentityHarness.readsS3),
        ])?.message == "A policy called reads already exists. Duplicate names are not allowed.")
        try await iam.call("CreateUser", ["UserName": "ann"])
        #expect(try await iam.fault("CreateUser", ["UserName": "Ann"])
            == AWSFault("EntityAlreadyExistsException", "User with name Ann already exists.", status: 409))
        let elsewhere = Caller.root(of: IdentityHarness.otherAccount, accessKeyID: nil)
        try await iam.call("CreateUser", ["UserName": "ann"], as: elsewhere)
    }

    struct Missing: Sendable {
        var operation: String
        var input: AWSObject
        var message: String
    }

    @Test(arguments: [
        Missing(operation: "GetRole", input: ["RoleName": "x"], message: "The role with name x cannot be found."),
        Missing(operation: "ListRolePolicies", input: ["RoleName": "x"], message: "The role with name x cannot be found."),
        Missing(
            operation: "GetRolePolicy", input: ["RoleName": "r", "PolicyName": "p"],
            message: "The role policy with name p cannot be found."),
        Missing(
            operation: "DeleteUserPolicy", input: ["UserName": "u", "PolicyName": "p"],
            message: "The user policy with name p cannot be found."),
        Missing(operation: "GetUser", input: ["UserName": "x"], message: "The user with name x cannot be found."),
        Missing(operation: "CreateAccessKey", input: ["UserName": "x"], message: "The user with name x cannot be found."),
        Missing(
            operation: "AttachRolePolicy", input: ["RoleName": "r", "PolicyArn": .string(arn)],
            message: "Policy \(arn) does not exist or is not attachable."),
        Missing(
            operation: "AttachUserPolicy", input: ["UserName": "u", "PolicyArn": "arn:aws:iam::aws:policy/Nothing"],
            message: "Policy arn:aws:iam::aws:policy/Nothing does not exist or is not attachable."),
        Missing(operation: "GetPolicy", input: ["PolicyArn": .string(arn)], message: "Policy \(arn) was not found."),
        Missing(
            operation: "DetachRolePolicy", input: ["RoleName": "r", "PolicyArn": .string(adminARN)],
            message: "Policy \(adminARN) was not found."),
        Missing(
            operation: "GetPolicyVersion",
            input: ["PolicyArn": .string(adminARN), "VersionId": "v9"],
            message: "Policy \(adminARN) version v9 does not exist or is not attachable."),
        Missing(
            operation: "DeleteAccessKey", input: ["UserName": "u", "AccessKeyId": "AKIAABCDEFGHIJKLMNOP"],
            message: "The Access Key with id AKIAABCDEFGHIJKLMNOP cannot be found."),
    ])
    func `what is absent is named`(_ row: Missing) async throws {
        let iam = try IdentityHarness()
        try await iam.createRole("r")
        try await iam.call("CreateUser", ["UserName": "u"])
        #expect(try await iam.fault(row.operation, row.input)
            == AWSFault("NoSuchEntityException", row.message, status: 404))
    }

    @Test func `roles are listed by path in pages`() async throws {
        let iam = try IdentityHarness()
        for name in ["d", "B", "a", "C"] { try await iam.createRole(name, path: name == "d" ? "/x/" : "/y/") }
        #expect(try await iam.names("ListRoles", "Roles", "RoleName") == ["a", "B", "C", "d"])
        #expect(try await iam.names("ListRoles", "Roles", "RoleName", ["PathPrefix": "/x"]) == ["d"])
        let first = try await iam.call("ListRoles", ["PathPrefix": "/y/", "MaxItems": 2])
        #expect(first["IsTruncated"]?.bool == true)
        let marker = try #require(first["Marker"])
        try await iam.call("DeleteRole", ["RoleName": "B"])  // the marker's own role goes away in between
        let second = try await iam.call("ListRoles", ["PathPrefix": "/y/", "MaxItems": 2, "Marker": marker])
        #expect(second["Roles"]?.list?.compactMap { $0["RoleName"]?.string } == ["C"])
        #expect(second["IsTruncated"]?.bool == false)
        #expect(second["Marker"] == nil)
        #expect(try await iam.fault("ListRoles", ["Marker": "no marker"])?.code == "ValidationError")
    }

    @Test func `tags of a role are merged ignoring case`() async throws {
        let iam = try IdentityHarness()
        try await iam.createRole("r")
        try await iam.call("TagRole", ["RoleName": "r", "Tags": [["Key": "Team", "Value": "a"], ["Key": "x", "Value": ""]]])
        try await iam.call("TagRole", ["RoleName": "r", "Tags": [["Key": "team", "Value": "b"]]])
        let tags = try await iam.call("ListRoleTags", ["RoleName": "r"])["Tags"]
        #expect(tags == [["Key": "Team", "Value": "b"], ["Key": "x", "Value": ""]])
        try await iam.call("UntagRole", ["RoleName": "r", "TagKeys": ["TEAM", "none"]])
        #expect(try await iam.names("ListRoleTags", "Tags", "Key", ["RoleName": "r"]) == ["x"])
        #expect(try await iam.fault("TagRole", [
            "RoleName": "r", "Tags": [["Key": "k", "Value": "1"], ["Key": "K", "Value": "2"]],
        ])?.code == "InvalidInputException")
        let many = (0..<50).map { AWSValue.object(["Key": "k\($0)", "Value": ""]) }
        #expect(try await iam.fault("TagRole", ["RoleName": "r", "Tags": .list(many)])?.code == "LimitExceededException")
    }

    @Test func `a role's description, duration and trust are changed in place`() async throws {
        let iam = try IdentityHarness()
        try await iam.createRole("r")
        try await iam.call("UpdateRole", ["RoleName": "r", "MaxSessionDuration": 7200, "Description": "d"])
        let everyone = #"{"Statement":{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole"}}"#
        try await iam.call("UpdateAssumeRolePolicy", ["RoleName": "r", "PolicyDocument": .string(everyone)])
        #expect(try await iam.fault("UpdateAssumeRolePolicy", ["RoleName": "r", "PolicyDocument": "{"])?.message
            == "This policy contains invalid Json")
        let role = try #require(try await iam.call("GetRole", ["RoleName": "r"])["Role"])
        #expect(role["MaxSessionDuration"]?.int == 7200)
        #expect(role["Description"]?.string == "d")
        #expect(identityDecoded(role["AssumeRolePolicyDocument"]?.string ?? "") == everyone)
    }
}
