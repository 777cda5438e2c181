import AWSModel
import Gateway
import IdentityService
import SimTime
import Testing
import Timeline
import Vocabulary

private let overMax = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
private let overChain =
    "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining"

private func broken(_ seconds: Int, _ rule: String) -> String {
    "1 validation error detected: Value '\(seconds)' at 'durationSeconds' failed to satisfy constraint: "
        + "Member must have value \(rule)"
}

private let everyone = #""*""#
private let ann = #"{"AWS":"arn:aws:iam::111122223333:user/ann"}"#
private let strongSignIn = #"{"Bool":{"aws:MultiFactorAuthPresent":"true"}}"#

struct IdentitySessionTests {
    @Test func `GetCallerIdentity tells root, user and assumed role apart`() async throws {
        let iam = try IdentityHarness()
        let user = try await iam.createUser("ann", path: "/ml/").caller
        let key = try await iam.assume(iam.createRole("Exec", path: "/service-role/"), session: "SageMaker").key
        let assumed = try #require(iam.service.caller(accessKeyID: key))
        #expect(try await iam.call("GetCallerIdentity") == [
            "UserId": "111122223333", "Account": "111122223333", "Arn": "arn:aws:iam::111122223333:root",
        ])
        #expect(try await iam.call("GetCallerIdentity", as: user) == [
            "UserId": .string(user.userID), "Account": "111122223333", "Arn": "arn:aws:iam::111122223333:user/ml/ann",
        ])
        let role = try await iam.call("GetRole", ["RoleName": "Exec"])["Role"]?["RoleId"]?.string ?? ""
        #expect(try await iam.call("GetCallerIdentity", as: assumed) == [
            "UserId": "\(role):SageMaker", "Account": "111122223333",
            "Arn": "arn:aws:sts::111122223333:assumed-role/Exec/SageMaker",
        ])
    }

    @Test func `AssumeRole answers fresh credentials that expire in simulated time`() async throws {
        let iam = try IdentityHarness()
        let (key, output) = try await iam.assume(iam.createRole("r"), seconds: 900)
        #expect(key.hasPrefix("ASIA") && key.count == 20)
        #expect(output["Credentials"]?["SecretAccessKey"]?.string?.count == 40)
        #expect((output["Credentials"]?["SessionToken"]?.string?.count ?? 0) > 300)
        #expect(output["Credentials"]?["Expiration"]?.instant?.description == "2026-01-02T03:19:05.000Z")
        #expect(output["AssumedRoleUser"]?["Arn"]?.string == "arn:aws:sts::111122223333:assumed-role/r/s1")
        #expect(output["AssumedRoleUser"]?["AssumedRoleId"]?.string == iam.service.caller(accessKeyID: key)?.userID)
        #expect(output["PackedPolicySize"] == nil)
        _ = try await iam.timeline.advance(by: .milliseconds(899_321))
        #expect(iam.service.caller(accessKeyID: key) != nil)
        _ = try await iam.timeline.advance(by: .milliseconds(1))
        #expect(iam.service.standing(accessKeyID: key) == .expired)
        #expect(iam.service.caller(accessKeyID: key) == nil)
        #expect(try await iam.call("GetAccessKeyInfo", ["AccessKeyId": .string(key)]) == ["Account": "111122223333"])
    }

    struct Duration: Sendable {
        var seconds: Int64?
        var roleMaxSeconds: Int64?
        var isChained = false
        /// Nil for success.
        var message: String?
    }

    @Test(arguments: [
        Duration(seconds: 899, message: broken(899, "greater than or equal to 900")),
        Duration(seconds: -1, message: broken(-1, "greater than or equal to 900")),
        Duration(seconds: 900),
        Duration(seconds: nil),
        Duration(seconds: 3600),
        Duration(seconds: 3601, message: overMax),
        Duration(seconds: 7201, roleMaxSeconds: 7200, message: overMax),
        Duration(seconds: 43_200, roleMaxSeconds: 43_200),
        Duration(seconds: 43_201, roleMaxSeconds: 43_200, message: broken(43_201, "less than or equal to 43200")),
        Duration(seconds: 3600, roleMaxSeconds: 43_200, isChained: true),
        Duration(seconds: 3601, roleMaxSeconds: 43_200, isChained: true, message: overChain),
        Duration(seconds: nil, roleMaxSeconds: 43_200, isChained: true),
    ])
    func `a session lasts no longer than API, role and chain permit`(_ row: Duration) async throws {
        let sts = try IdentityHarness()
        let arn = try await sts.createRole("r", maxSeconds: row.roleMaxSeconds)
        var caller = IdentityHarness.root
        if row.isChained {
            let first = try await sts.assume(sts.createRole("first")).key
            caller = try #require(sts.service.caller(accessKeyID: first))
        }
        let input: AWSObject = [
            "RoleArn": .string(arn), "RoleSessionName": "s1", "DurationSeconds": row.seconds.map { .integer($0) },
        ]
        let expected = row.message.map { AWSFault("ValidationError", $0, status: 400) }
        #expect(try await sts.fault("AssumeRole", input, as: caller) == expected)
    }

    struct Trust: Sendable {
        var label: String
        var statements: String
        var isAnn = true
        var externalID: String?
        /// Nil for success.
        var code: String?
    }

    @Test(arguments: [
        Trust(label: "account id", statements: identityTrust(#"{"AWS":"111122223333"}"#)),
        Trust(
            label: "account root",
            statements: identityTrust(#"{"AWS":"arn:aws:iam::111122223333:root"}"#, action: #""sts:*""#)),
        Trust(
            label: "everyone",
            statements: identityTrust(#"{"AWS":"*"}"#, action: #"["sts:TagSession","sts:Assume*"]"#)),
        Trust(label: "the user", statements: identityTrust(ann)),
        Trust(label: "another user", statements: identityTrust(ann), isAnn: false, code: "AccessDenied"),
        Trust(label: "another account", statements: identityTrust(#"{"AWS":"444455556666"}"#), code: "AccessDenied"),
        Trust(
            label: "a service only", statements: identityTrust(#"{"Service":"sagemaker.amazonaws.com"}"#),
            code: "AccessDenied"),
        Trust(
            label: "another action", statements: identityTrust(everyone, action: #""sts:AssumeRoleWithSAML""#),
            code: "AccessDenied"),
        Trust(
            label: "refused by name",
            statements: identityTrust(everyone) + "," + identityTrust(ann, effect: "Deny", action: #""sts:*""#),
            code: "AccessDenied"),
        Trust(
            label: "external id met",
            statements: identityTrust(everyone, condition: #"{"StringEquals":{"sts:ExternalId":["a1","b2"]}}"#),
            externalID: "b2"),
        Trust(
            label: "external id missing",
            statements: identityTrust(everyone, condition: #"{"StringEquals":{"sts:ExternalId":"a1"}}"#),
            code: "AccessDenied"),
        Trust(
            label: "a condition that is not met", statements: identityTrust(everyone, condition: strongSignIn),
            code: "AccessDenied"),
        Trust(
            label: "a refusal whose condition is not met",
            statements: identityTrust(everyone) + ","
                + identityTrust(everyone, effect: "Deny", condition: strongSignIn)),
        Trust(
            label: "a sure refusal after one that is not met",
            statements: identityTrust(everyone) + ","
                + identityTrust(everyone, effect: "Deny", condition: strongSignIn) + ","
                + identityTrust(ann, effect: "Deny"),
            code: "AccessDenied"),
    ])
    func `the trust policy decides who may assume a role`(_ row: Trust) async throws {
        let sts = try IdentityHarness()
        let callers = (ann: try await sts.createUser("ann").caller, bob: try await sts.createUser("bob").caller)
        let arn = try await sts.createRole("r", trust: identityPolicy(row.statements))
        let caller = row.isAnn ? callers.ann : callers.bob
        let fault = try await sts.fault("AssumeRole", [
            "RoleArn": .string(arn), "RoleSessionName": "s1", "ExternalId": row.externalID.map { .string($0) },
        ], as: caller)
        #expect(fault?.code == row.code, "\(row.label)")
        if row.code == "AccessDenied" {
            #expect(fault?.status == 403)
            #expect(fault?.message
                == "User: \(caller.principalARN) is not authorized to perform: sts:AssumeRole on resource: \(arn)")
        }
    }

    struct BadARN: Sendable {
        var arn: String
        var isMalformed: Bool
    }

    @Test(arguments: [
        BadARN(arn: "arn:aws:iam::111122223333:role/none", isMalformed: false),
        BadARN(arn: "arn:aws:iam::111122223333:role/R", isMalformed: false),
        BadARN(arn: "arn:aws:iam::111122223333:role/path/r", isMalformed: false),
        BadARN(arn: "arn:aws:iam::444455556666:role/r", isMalformed: false),
        BadARN(arn: "arn:aws:iam::111122223333:user/r", isMalformed: true),
        BadARN(arn: "arn:aws:iam::1111:role/r", isMalformed: true),
        BadARN(arn: "arn:aws:iam::111122223333:role/", isMalformed: true),
        BadARN(arn: "role/r-of-twenty-letters", isMalformed: true),
    ])
    func `a missing role reads like a refusal, a malformed ARN does not`(_ row: BadARN) async throws {
        let sts = try IdentityHarness()
        try await sts.createRole("r")
        let fault = try await sts.fault("AssumeRole", ["RoleArn": .string(row.arn), "RoleSessionName": "s1"])
        #expect(fault == (row.isMalformed
            ? AWSFault("ValidationError", "\(row.arn) is invalid", status: 400)
            : AWSFault(
                "AccessDenied",
                "User: arn:aws:iam::111122223333:root is not authorized to perform: sts:AssumeRole "
                    + "on resource: \(row.arn)",
                status: 403)))
    }

    @Test func `a session goes by its role's ARN and hands its source identity on`() async throws {
        let sts = try IdentityHarness()
        let first = try await sts.createRole("first", path: "/deep/", trust: identityPolicy(
            identityTrust(everyone, action: #"["sts:AssumeRole","sts:SetSourceIdentity"]"#)))
        let second = try await sts.createRole("second", trust: identityPolicy(
            identityTrust(#"{"AWS":"\#(first)"}"#)))
        #expect(try await sts.fault("AssumeRole", ["RoleArn": .string(second), "RoleSessionName": "s2"])?.code == "AccessDenied")
        let opened = try await sts.call("AssumeRole", [
            "RoleArn": .string(first), "RoleSessionName": "s1", "SourceIdentity": "alice",
            "Policy": .string(IdentityHarness.readsS3),
        ])
        #expect(opened["SourceIdentity"]?.string == "alice")
        #expect((opened["PackedPolicySize"]?.int ?? 0) > 0)
        let key = try #require(opened["Credentials"]?["AccessKeyId"]?.string)
        let caller = try #require(sts.service.caller(accessKeyID: key))
        let chained = try await sts.assume(second, session: "s2", as: caller).output
        #expect(chained["SourceIdentity"]?.string == "alice")
        let third = try await sts.createRole("third")
        #expect(try await sts.fault("AssumeRole", [
            "RoleArn": .string(third), "RoleSessionName": "s1", "SourceIdentity": "alice",
        ])?.message == "User: arn:aws:iam::111122223333:root is not authorized to perform: sts:SetSourceIdentity "
            + "on resource: \(third)")
    }

    @Test func `a role of another account gives a session of that account`() async throws {
        let sts = try IdentityHarness()
        let arn = try await sts.createRole("shared", trust: identityPolicy(
            identityTrust(#"{"AWS":"444455556666"}"#)))
        let other = Caller.root(of: IdentityHarness.otherAccount, accessKeyID: nil)
        let key = try await sts.assume(arn, as: other).key
        #expect(sts.service.caller(accessKeyID: key)?.account == IdentityHarness.account)
        #expect(try sts.restarted().service.caller(accessKeyID: key)?.account == IdentityHarness.account)
    }

    @Test func `GetSessionToken keeps the principal and is not for sessions`() async throws {
        let sts = try IdentityHarness()
        let user = try await sts.createUser("ann").caller
        let output = try await sts.call("GetSessionToken", as: user)
        #expect(output["Credentials"]?["Expiration"]?.instant?.description == "2026-01-02T15:04:05.000Z")
        let key = try #require(output["Credentials"]?["AccessKeyId"]?.string)
        let session = try #require(sts.service.caller(accessKeyID: key))
        #expect(session.principalARN == user.principalARN)
        #expect(session.userID == user.userID)
        let denied = AWSFault("AccessDenied", "Cannot call GetSessionToken with session credentials", status: 403)
        #expect(try await sts.fault("GetSessionToken", as: session) == denied)
        let root = try await sts.call("GetSessionToken", ["DurationSeconds": 129_600])
        #expect(root["Credentials"]?["Expiration"]?.instant?.description == "2026-01-02T04:04:05.000Z")
        #expect(try await sts.fault("GetSessionToken", ["DurationSeconds": 129_601], as: user)?.message
            == broken(129_601, "less than or equal to 129600"))
        #expect(try await sts.call("GetAccessKeyInfo", ["AccessKeyId": "AKIAUNKNOWNUNKNOWN77"]) == ["Account": "123456789012"])
    }

    @Test func `sessions long over are swept`() async throws {
        let sts = try IdentityHarness()
        let arn = try await sts.createRole("r")
        let first = try await sts.assume(arn, seconds: 900).key
        _ = try await sts.timeline.advance(by: .days(2))
        var last = ""
        for _ in 0..<255 { last = try await sts.assume(arn).key }
        #expect(sts.service.standing(accessKeyID: first) == .unknown)
        #expect(sts.service.caller(accessKeyID: last) != nil)
        #expect(try sts.restarted().service.standing(accessKeyID: first) == .unknown)
    }
}
