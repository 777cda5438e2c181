import AWSModel
import Gateway
import IdentityService
import SimTime
import Testing
import Timeline

struct IdentityAccessKeyTests {
    @Test func `a key leads to its user until it is switched off or deleted`() async throws {
        let iam = try IdentityHarness()
        let (key, caller) = try await iam.createUser("ann", path: "/ml/")
        #expect(key.hasPrefix("AKIA") && key.count == 20)
        #expect(caller.principalARN == "arn:aws:iam::111122223333:user/ml/ann")
        #expect(caller.userID.hasPrefix("AIDA") && caller.userID.count == 21)
        #expect(caller.account == IdentityHarness.account)
        #expect(caller.accessKeyID == key)
        let named: AWSObject = ["UserName": "ann", "AccessKeyId": .string(key)]
        var off = named
        off["Status"] = "Inactive"
        try await iam.call("UpdateAccessKey", off)
        #expect(iam.service.caller(accessKeyID: key) == nil)
        #expect(iam.service.standing(accessKeyID: key) == .inactive)
        off["Status"] = "Active"
        try await iam.call("UpdateAccessKey", off)
        #expect(iam.service.caller(accessKeyID: key) == caller)
        off["Status"] = "Expired"
        #expect(try await iam.fault("UpdateAccessKey", off)?.code == "InvalidInputException")
        try await iam.call("DeleteAccessKey", named)
        #expect(iam.service.standing(accessKeyID: key) == .unknown)
    }

    @Test func `a secret is shown once and never again`() async throws {
        let iam = try IdentityHarness()
        try await iam.call("CreateUser", ["UserName": "ann"])
        let created = try #require(try await iam.call("CreateAccessKey", ["UserName": "ann"])["AccessKey"])
        #expect(created["SecretAccessKey"]?.string?.count == 40)
        #expect(created["Status"]?.string == "Active")
        let listed = try await iam.call("ListAccessKeys", ["UserName": "ann"])["AccessKeyMetadata"]?.list
        #expect(listed?.count == 1)
        #expect(listed?.first?["AccessKeyId"] == created["AccessKeyId"])
        #expect(listed?.first?["SecretAccessKey"] == nil)
    }

    @Test func `a user has two keys and cannot go before them`() async throws {
        let iam = try IdentityHarness()
        let first = try await iam.createUser("ann").key
        let second = try await iam.call("CreateAccessKey", ["UserName": "ann"])["AccessKey"]?["AccessKeyId"]
        #expect(try await iam.fault("CreateAccessKey", ["UserName": "ann"])
            == AWSFault("LimitExceededException", "Cannot exceed quota for AccessKeysPerUser: 2", status: 409))
        #expect(try await iam.fault("DeleteUser", ["UserName": "ann"])
            == AWSFault("DeleteConflictException", "Cannot delete entity, must delete access keys first.", status: 409))
        // Another user's key is none of bob's.
        try await iam.call("CreateUser", ["UserName": "bob"])
        #expect(try await iam.fault("DeleteAccessKey", ["UserName": "bob", "AccessKeyId": .string(first)])?.status == 404)
        for key in [.string(first), second] {
            try await iam.call("DeleteAccessKey", ["UserName": "ann", "AccessKeyId": key])
        }
        try await iam.call("DeleteUser", ["UserName": "ann"])
    }

    @Test func `without a name the operations are about the caller`() async throws {
        let iam = try IdentityHarness()
        let (key, ann) = try await iam.createUser("ann", path: "/ml/")
        #expect(try await iam.call("GetUser", as: ann)["User"]?["UserName"]?.string == "ann")
        #expect(try await iam.call("GetUser")["User"]?["Arn"]?.string == "arn:aws:iam::111122223333:root")
        let own = try await iam.call("ListAccessKeys", as: ann)["AccessKeyMetadata"]?.list
        #expect(own?.map { $0["AccessKeyId"]?.string } == [key])
        let rootKey = try #require(try await iam.call("CreateAccessKey")["AccessKey"]?["AccessKeyId"]?.string)
        let root = try #require(iam.service.caller(accessKeyID: rootKey))
        #expect(root == Caller.root(of: IdentityHarness.account, accessKeyID: rootKey))
        let session = try await iam.assume(iam.createRole("r"), as: root)
        let assumed = try #require(iam.service.caller(accessKeyID: session.key))
        #expect(try await iam.fault("GetUser", as: assumed)?.message
            == "Must specify userName when calling with non-User credentials")
    }

    @Test func `keys and sessions survive a restart and go with a reset`() async throws {
        let iam = try IdentityHarness()
        let (key, caller) = try await iam.createUser("ann")
        let session = try await iam.assume(iam.createRole("r", path: "/deep/er/")).key
        let sessionCaller = try #require(iam.service.caller(accessKeyID: session))
        let again = try iam.restarted()
        #expect(again.service.caller(accessKeyID: key) == caller)
        #expect(again.service.caller(accessKeyID: session) == sessionCaller)
        _ = try await again.timeline.advance(by: .hours(1))
        #expect(again.service.standing(accessKeyID: session) == .expired)
        #expect(again.service.caller(accessKeyID: key) == caller)
        let service = again.service
        try await again.timeline.reset { try service.reload() }
        #expect(again.service.standing(accessKeyID: key) == .unknown)
        #expect(try await again.names("ListRoles", "Roles", "RoleName") == [])
    }

    @Test func `ids come from the injected chance and from nowhere else`() async throws {
        let (first, same) = (try IdentityHarness(seed: 7), try IdentityHarness(seed: 7))
        let other = try IdentityHarness(seed: 8)
        let key = try await first.createUser("ann").key
        #expect(try await same.createUser("ann").key == key)
        #expect(try await other.createUser("ann").key != key)
    }
}
