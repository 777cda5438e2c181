import AWSModel
import Gateway
import IdentityService
import Testing

struct IdentityManagedPolicyTests {
    @Test func `a policy has at most five versions, one of them the default`() async throws {
        let iam = try IdentityHarness()
        let arn = AWSValue.string(try await iam.createPolicy("p", path: "/team/"))
        let document = AWSValue.string(IdentityHarness.readsS3)
        for number in 2...5 {
            let output = try await iam.call("CreatePolicyVersion", [
                "PolicyArn": arn, "PolicyDocument": document, "SetAsDefault": .boolean(number == 3),
            ])
            #expect(output["PolicyVersion"]?["VersionId"]?.string == "v\(number)")
            #expect(output["PolicyVersion"]?["IsDefaultVersion"]?.bool == (number == 3))
        }
        #expect(try await iam.fault("CreatePolicyVersion", ["PolicyArn": arn, "PolicyDocument": document])?.code
            == "LimitExceededException")
        #expect(try await iam.names("ListPolicyVersions", "Versions", "VersionId", ["PolicyArn": arn])
            == ["v5", "v4", "v3", "v2", "v1"])
        let page = try await iam.call("ListPolicyVersions", ["PolicyArn": arn, "MaxItems": 3])
        let rest: AWSObject = ["PolicyArn": arn, "Marker": page["Marker"]]
        #expect(try await iam.names("ListPolicyVersions", "Versions", "VersionId", rest) == ["v2", "v1"])

        #expect(try await iam.fault("DeletePolicyVersion", ["PolicyArn": arn, "VersionId": "v3"])?.message
            == "Cannot delete the default version of a policy.")
        try await iam.call("SetDefaultPolicyVersion", ["PolicyArn": arn, "VersionId": "v1"])
        for number in [2, 3, 4] {
            try await iam.call("DeletePolicyVersion", ["PolicyArn": arn, "VersionId": "v\(number)"])
        }
        let next = try await iam.call("CreatePolicyVersion", ["PolicyArn": arn, "PolicyDocument": document])
        #expect(next["PolicyVersion"]?["VersionId"]?.string == "v6")
        #expect(try await iam.fault("DeletePolicy", ["PolicyArn": arn])?.code == "DeleteConflictException")
        for number in [5, 6] {
            try await iam.call("DeletePolicyVersion", ["PolicyArn": arn, "VersionId": "v\(number)"])
        }
        let policy = try #require(try await iam.call("GetPolicy", ["PolicyArn": arn])["Policy"])
        #expect(policy["DefaultVersionId"]?.string == "v1")
        #expect(policy["Arn"]?.string == "arn:aws:iam::111122223333:policy/team/p")
        #expect(policy["IsAttachable"]?.bool == true)
        try await iam.call("DeletePolicy", ["PolicyArn": arn])
        #expect(try await iam.fault("GetPolicy", ["PolicyArn": arn])?.status == 404)
    }

    @Test(arguments: [
        "AmazonSageMakerFullAccess", "AmazonElasticContainerRegistryPublicReadOnly", "AmazonEC2ContainerRegistryFullAccess",
        "service-role/AWSLambdaBasicExecutionRole", "service-role/AWSLambdaVPCAccessExecutionRole", "AdministratorAccess",
    ])
    func `AWS's own policies are ready to attach and hold a valid document`(_ name: String) async throws {
        let iam = try IdentityHarness()
        try await iam.createRole("r")
        let arn = AWSValue.string("arn:aws:iam::aws:policy/\(name)")
        try await iam.call("AttachRolePolicy", ["RoleName": "r", "PolicyArn": arn])
        let policy = try #require(try await iam.call("GetPolicy", ["PolicyArn": arn])["Policy"])
        #expect(policy["AttachmentCount"]?.int == 1)
        #expect(policy["PolicyId"]?.string?.count == 21)
        let version = try await iam.call("GetPolicyVersion", ["PolicyArn": arn, "VersionId": "v1"])["PolicyVersion"]
        let document = identityDecoded(version?["Document"]?.string ?? "")
        try await iam.call("CreatePolicy", ["PolicyName": "copy", "PolicyDocument": .string(document)])
        #expect(try await iam.fault("DeletePolicy", ["PolicyArn": arn])?.code == "AccessDenied")
        let change: AWSObject = ["PolicyArn": arn, "PolicyDocument": .string(document)]
        #expect(try await iam.fault("CreatePolicyVersion", change)?.status == 403)
        let attached = try await iam.call("ListAttachedRolePolicies", ["RoleName": "r"])["AttachedPolicies"]?.list
        #expect(attached?.first?["PolicyArn"] == arn)
        #expect(attached?.first?["PolicyName"]?.string == name.split(separator: "/").last.map(String.init))
    }

    struct Listing: Sendable {
        var input: AWSObject
        var names: [String]
    }

    @Test(arguments: [
        Listing(input: ["Scope": "Local"], names: ["Mine", "other"]),
        Listing(input: ["Scope": "Local", "PathPrefix": "/team/"], names: ["Mine"]),
        Listing(input: ["OnlyAttached": true], names: ["AdministratorAccess", "other"]),
        Listing(input: ["Scope": "AWS", "OnlyAttached": true], names: ["AdministratorAccess"]),
        Listing(
            input: ["PathPrefix": "/service-role/"],
            names: ["AWSLambdaBasicExecutionRole", "AWSLambdaVPCAccessExecutionRole"]),
    ])
    func `policies are listed by scope, path and use`(_ row: Listing) async throws {
        let iam = try IdentityHarness()
        try await iam.createPolicy("Mine", path: "/team/")
        let other = try await iam.createPolicy("other")
        try await iam.call("CreateUser", ["UserName": "u"])
        for arn in [other, "arn:aws:iam::aws:policy/AdministratorAccess"] {
            try await iam.call("AttachUserPolicy", ["UserName": "u", "PolicyArn": .string(arn)])
        }
        #expect(try await iam.names("ListPolicies", "Policies", "PolicyName", row.input) == row.names)
    }

    @Test func `a role takes ten managed policies, and what is no policy ARN none`() async throws {
        let iam = try IdentityHarness()
        try await iam.createRole("r")
        for number in 1...10 {
            let arn = try await iam.createPolicy("p\(number)")
            try await iam.call("AttachRolePolicy", ["RoleName": "r", "PolicyArn": .string(arn)])
        }
        let last = try await iam.createPolicy("p11")
        #expect(try await iam.fault("AttachRolePolicy", ["RoleName": "r", "PolicyArn": .string(last)])
            == AWSFault("LimitExceededException", "Cannot exceed quota for PoliciesPerRole: 10", status: 409))
        for arn in ["arn:aws:iam::111122223333:role/r", "nothing at all like it"] {
            #expect(try await iam.fault("AttachRolePolicy", ["RoleName": "r", "PolicyArn": .string(arn)])
                == AWSFault("InvalidInputException", "ARN \(arn) is not valid.", status: 400))
        }
    }
}
