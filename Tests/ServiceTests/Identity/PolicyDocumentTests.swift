import AWSModel
import Gateway
import IdentityService
import Testing

struct IdentityPolicyDocumentTests {
    @Test func `documents come back character by character, percent-encoded`() async throws {
        let iam = try IdentityHarness()
        try await iam.createRole("r")
        let document = """
            { "Version": "2012-10-17",\n\t"Statement": [{"Sid":"", "Effect":"Allow","Action":"s3:*",
            "Resource":"arn:aws:s3:::a+b c/100%/é/*"}] }
            """
        try await iam.call("PutRolePolicy", ["RoleName": "r", "PolicyName": "p", "PolicyDocument": .string(document)])
        let shown = try await iam.call("GetRolePolicy", ["RoleName": "r", "PolicyName": "p"])
        let encoded = try #require(shown["PolicyDocument"]?.string)
        #expect(identityDecoded(encoded) == document)
        #expect(encoded.hasPrefix("%7B%20%22Version%22%3A%20%222012-10-17%22%2C%0A%09%22Statement"))
        #expect(encoded.contains("a%2Bb%20c%2F100%25%2F%C3%A9%2F%2A"))
        #expect(!encoded.contains("+"))
    }

    struct Flaw: Sendable {
        var document: String
        var message: String
    }

    @Test(arguments: [
        Flaw(document: "", message: "This policy contains invalid Json"),
        Flaw(document: "{", message: "This policy contains invalid Json"),
        Flaw(document: "{} x", message: "This policy contains invalid Json"),
        Flaw(document: String(repeating: "[", count: 100_000), message: "This policy contains invalid Json"),
        Flaw(document: "[]", message: "Syntax errors in policy."),
        Flaw(document: "{}", message: "Syntax errors in policy."),
        Flaw(document: identityPolicy("7"), message: "Syntax errors in policy."),
        Flaw(document: #"{"Version":"2017-10-17","Statement":[]}"#, message: "Syntax errors in policy."),
        Flaw(document: #"{"Extra":1,"Statement":[]}"#, message: "Syntax errors in policy."),
        Flaw(
            document: identityPolicy(#"{"Effect":"Permit","Principal":"*","Action":"sts:AssumeRole"}"#),
            message: "Syntax errors in policy."),
        Flaw(document: identityPolicy(#"{"Effect":"Allow","Action":"sts:AssumeRole"}"#), message: "Missing required field Principal"),
        Flaw(document: identityPolicy(#"{"Effect":"Allow","Principal":"*"}"#), message: "Missing required field Action"),
        Flaw(
            document: identityPolicy(#"{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole","Resource":"*"}"#),
            message: "Has prohibited field Resource"),
        Flaw(
            document: identityPolicy(identityTrust(#""*""#, action: #""s3:GetObject""#)),
            message: "AssumeRole policy may only specify STS AssumeRole actions."),
        Flaw(
            document: identityPolicy(identityTrust(#"{"AWS":"arn:aws:iam::111122223333:role/none"}"#)),
            message: #"Invalid principal in policy: "AWS":"arn:aws:iam::111122223333:role/none""#),
        Flaw(
            document: identityPolicy(identityTrust(#"{"AWS":["111122223333","bob"]}"#)),
            message: #"Invalid principal in policy: "AWS":"bob""#),
        Flaw(
            document: identityPolicy(identityTrust(#"{"Service":"sagemaker"}"#)),
            message: #"Invalid principal in policy: "SERVICE":"sagemaker""#),
        Flaw(
            document: identityPolicy(#"{"Sid":"a b","Effect":"Allow","Principal":"*","Action":"sts:AssumeRole"}"#),
            message: "Statement IDs (SID) must be alpha-numeric. "
                + "Check that your input satisfies the regular expression [0-9A-Za-z]*"),
    ])
    func `a malformed trust policy creates nothing`(_ flaw: Flaw) async throws {
        let iam = try IdentityHarness()
        let input: AWSObject = ["RoleName": "r", "AssumeRolePolicyDocument": .string(flaw.document)]
        #expect(try await iam.fault("CreateRole", input)
            == AWSFault("MalformedPolicyDocumentException", flaw.message, status: 400))
        #expect(try await iam.names("ListRoles", "Roles", "RoleName") == [])
    }

    @Test(arguments: [
        Flaw(document: #"{"Version":"2012-10-17","Statement":[]}"#, message: "Syntax errors in policy."),
        Flaw(
            document: #"{"Version":"2008-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#,
            message: "Policy document must be version 2012-10-17 or greater."),
        Flaw(
            document: identityPolicy(#"{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}"#),
            message: "Policy document should not specify a principal."),
        Flaw(document: identityPolicy(#"{"Effect":"Allow","Resource":"*"}"#), message: "Policy statement must contain actions."),
        Flaw(document: identityPolicy(#"{"Effect":"Allow","Action":"*"}"#), message: "Policy statement must contain resources."),
        Flaw(
            document: identityPolicy(#"{"Effect":"Allow","Action":"GetObject","Resource":"*"}"#),
            message: "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."),
        Flaw(
            document: identityPolicy(#"{"Effect":"Allow","Action":"s3:*","Resource":"bucket"}"#),
            message: #"Resource bucket must be in ARN format or "*"."#),
        Flaw(
            document: identityPolicy(
                #"{"Sid":"a","Effect":"Allow","Action":"s3:*","Resource":"*"},"#
                    + #"{"Sid":"a","Effect":"Deny","Action":"s3:*","Resource":"*"}"#),
            message: "Statement IDs (SID) in a single policy must be unique."),
    ])
    func `a malformed identity policy is refused inline, managed and for a session`(_ flaw: Flaw) async throws {
        let iam = try IdentityHarness()
        let arn = try await iam.createRole("r")
        let expected = AWSFault("MalformedPolicyDocumentException", flaw.message, status: 400)
        let document = AWSValue.string(flaw.document)
        #expect(try await iam.fault(
            "PutRolePolicy", ["RoleName": "r", "PolicyName": "p", "PolicyDocument": document]) == expected)
        #expect(try await iam.fault("CreatePolicy", ["PolicyName": "p", "PolicyDocument": document]) == expected)
        #expect(try await iam.fault(
            "AssumeRole", ["RoleArn": .string(arn), "RoleSessionName": "s1", "Policy": document]) == expected)
    }

    @Test(arguments: [
        identityPolicy(#"{"Effect":"Allow","NotAction":["iam:*","sts:*"],"Resource":["arn:aws:s3:::b","*"]}"#),
        #"{"Version":"2012-10-17","Id":"x","Statement":{"Effect":"Deny","Action":"S3:Get*","Resource":"*"}}"#,
        identityPolicy(
            #"{"Effect":"Deny","Action":"S3:Get*","NotResource":"arn:aws:s3:::b/*","#
                + #""Condition":{"Bool":{"aws:SecureTransport":false},"NumericLessThan":{"s3:max-keys":[10]}}}"#),
    ])
    func `well-formed identity policies are taken`(_ document: String) async throws {
        let iam = try IdentityHarness()
        try await iam.call("CreatePolicy", ["PolicyName": "p", "PolicyDocument": .string(document)])
    }

    @Test func `sizes are limited without counting white space`() async throws {
        let iam = try IdentityHarness()
        try await iam.createRole("r")
        let padded = IdentityHarness.readsS3 + String(repeating: " ", count: 20_000)
        try await iam.call("PutRolePolicy", ["RoleName": "r", "PolicyName": "p", "PolicyDocument": .string(padded)])
        let long = identityPolicy(
            #"{"Effect":"Allow","Action":"s3:\#(String(repeating: "x", count: 10_300))","Resource":"*"}"#)
        #expect(try await iam.fault("PutRolePolicy", ["RoleName": "r", "PolicyName": "q", "PolicyDocument": .string(long)])
            == AWSFault("LimitExceededException", "Maximum policy size of 10240 bytes exceeded for role r", status: 409))
        #expect(try await iam.fault("CreatePolicy", ["PolicyName": "q", "PolicyDocument": .string(long)])?.message
            == "Cannot exceed quota for PolicySize: 6144")
        #expect(try await iam.names("ListRolePolicies", "PolicyNames", "", ["RoleName": "r"]) == ["p"])
    }
}
