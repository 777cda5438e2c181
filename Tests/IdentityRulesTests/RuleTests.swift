import IdentityRules
import SimTime
import Testing

private func at(_ seconds: Int64) -> SimInstant { SimInstant(millisecondsSinceEpoch: seconds * 1000) }

struct PasswordPolicyTests {
    @Test(arguments: [
        ("Aa1!aaaa", nil), ("Aa1!aaa", "Password not long enough"), ("", "Password not long enough"),
        ("AAAA1!AA", "Password must have lowercase characters"), ("aaaa1!aa", "Password must have uppercase characters"),
        ("Aaaa!aaa", "Password must have numeric characters"), ("Aaaa1aaa", "Password must have symbol characters"),
        ("Aaaa1a aa", nil), (" Aaaa1aaa", "Password must have symbol characters"),
        ("Aaaa1aaa ", "Password must have symbol characters"), ("ÄÖÜß1!aa", "Password must have uppercase characters"),
        ("aaaaaaaa", "Password must have uppercase characters"),
    ] as [(String, String?)]) func `the first broken rule is named`(_ password: String, _ text: String?) {
        #expect(PasswordPolicy().violation(of: password) == text)
    }

    @Test func `a loose policy takes what it allows`() {
        var policy = PasswordPolicy()
        (policy.minimumLength, policy.requiresSymbols, policy.requiresUppercase) = (6, false, false)
        #expect(policy.violation(of: "abcde1") == nil)
        #expect(policy.violation(of: "abcdef") == "Password must have numeric characters")
        #expect(policy.violation(of: String(repeating: "a1", count: 129)) == "Password too long")
    }

    @Test func `generated passwords follow the policy`() {
        var random = SeededRandom(seed: 4)
        var policy = PasswordPolicy()
        for length in 6...40 {
            policy.minimumLength = length
            #expect(policy.violation(of: policy.generated(using: &random)) == nil)
        }
    }
}

struct AttemptLockTests {
    @Test func `the fifth failure locks, and each one after it for twice as long`() {
        var lock = AttemptLock()
        for _ in 0..<4 { lock.failed(at: at(0)) }
        #expect(!lock.isLocked(at: at(0)))
        var now: Int64 = 0
        for seconds in [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900] as [Int64] {
            lock.failed(at: at(now))
            #expect(lock.lockedUntil == at(now + seconds))
            let count = lock.failureCount
            lock.failed(at: at(now))  // inside the lock: does not count
            #expect(lock.failureCount == count)
            now += seconds
            #expect(!lock.isLocked(at: at(now)))
        }
        lock.succeeded()
        #expect(lock == AttemptLock())
    }

    @Test(arguments: [(899, 6), (900, 1)] as [(Int64, Int)]) func `a quarter of an hour of quiet after a lock is forgiven`(
        _ quiet: Int64, _ count: Int
    ) {
        var lock = AttemptLock()
        for _ in 0..<5 { lock.failed(at: at(0)) }
        lock.failed(at: at(1 + quiet))
        #expect(lock.failureCount == count)
    }
}

struct CodeAttemptsTests {
    @Test func `five wrong codes within an hour are enough`() {
        var attempts = CodeAttempts()
        for minute in 0..<5 as Range<Int64> {
            #expect(!attempts.isExhausted(at: at(minute * 60)))
            attempts.failed(at: at(minute * 60))
        }
        #expect(attempts.isExhausted(at: at(3599)))
        #expect(!attempts.isExhausted(at: at(3600)))
        attempts.failed(at: at(3600))
        #expect(!attempts.isExhausted(at: at(3600)))
    }

    @Test func `wrong codes of another hour do not count`() {
        var attempts = CodeAttempts()
        for hour in 0..<20 as Range<Int64> {
            attempts.failed(at: at(hour * 3600))
            #expect(!attempts.isExhausted(at: at(hour * 3600)))
        }
    }
}

struct OneTimeCodeTests {
    @Test(arguments: [
        (.signUp, 86_400), (.attributeVerification, 86_400), (.passwordReset, 3600), (.signIn, 180),
    ] as [(OneTimeCode.Purpose, Int64)]) func `codes live as long as their purpose`(_ purpose: OneTimeCode.Purpose, _ seconds: Int64) {
        let code = OneTimeCode(purpose, digits: "123456", attribute: "email", sentAt: at(100))
        #expect(code.verdict(on: "123456", at: at(99 + seconds)) == .right)
        #expect(code.verdict(on: "123457", at: at(99 + seconds)) == .wrong)
        #expect(code.verdict(on: "", at: at(100)) == .wrong)
        #expect(code.verdict(on: "123456", at: at(100 + seconds)) == .expired)
        #expect(code.verdict(on: "1", at: at(100 + seconds)) == .expired)
    }

    @Test(arguments: [
        ("jane@example.com", "j***@e***.com"), ("j@localhost", "j***@l***"), ("@x.org", "***"), ("nobody", "***"),
        ("a@b.co.uk", "a***@b***.uk"),
    ]) func `addresses are masked`(_ email: String, _ masked: String) {
        #expect(CodeDestination.masked(email: email) == masked)
    }

    @Test(arguments: [("+14325551212", "+*******1212"), ("+12", "+12"), ("+491512345678", "+********5678")])
    func `numbers are masked`(_ number: String, _ masked: String) {
        #expect(CodeDestination.masked(phoneNumber: number) == masked)
    }

    @Test(arguments: [
        ("a@b.c", true), ("a@b", true), ("a", false), ("@b.c", false), ("a@", false), ("a@b..c", false), ("a b@c.d", false), ("a@b@c", false),
    ]) func `addresses are recognised`(_ text: String, _ isEmail: Bool) { #expect(CodeDestination.isEmail(text) == isEmail) }

    @Test(arguments: [
        ("+1", true), ("+123456789012345", true), ("+1234567890123456", false), ("+", false), ("12", false), ("+1a", false),
    ]) func `numbers are recognised`(_ text: String, _ isNumber: Bool) { #expect(CodeDestination.isPhoneNumber(text) == isNumber) }
}

struct UserNamingTests {
    @Test(arguments: [
        ([], [], "jane@x.org", .username), ([], ["email"], "jane", .username),
        ([], ["email"], "jane@x.org", .refused("Username cannot be of email format, since user pool is configured for email alias.")),
        ([], ["phone_number"], "+123", .refused("Username cannot be of phone number format, since user pool is configured for phone number alias.")),
        ([], ["phone_number"], "jane@x.org", .username),
        (["email"], [], "jane@x.org", .attribute("email")), (["email"], [], "jane", .refused("Username should be an email.")),
        (["phone_number"], [], "jane@x.org", .refused("Username should be a phone number.")),
        (["email", "phone_number"], [], "+123", .attribute("phone_number")),
        (["email", "phone_number"], [], "x", .refused("Username should be either an email or a phone number.")),
    ] as [([String], [String], String, UserNaming.GivenName)])
    func `a given name is read`(_ attributes: [String], _ aliases: [String], _ name: String, _ expected: UserNaming.GivenName) {
        #expect(UserNaming(usernameAttributes: attributes, aliasAttributes: aliases).reading(of: name) == expected)
    }

    @Test func `aliases count once verified, user-name attributes at once`() {
        let aliased = UserNaming(aliasAttributes: ["email", "preferred_username"])
        #expect(!aliased.isEffective("email", isVerified: false) && aliased.isEffective("email", isVerified: true))
        #expect(aliased.isEffective("preferred_username", isVerified: false))
        #expect(!aliased.isEffective("phone_number", isVerified: true))
        #expect(UserNaming(usernameAttributes: ["email"]).isEffective("email", isVerified: false))
        #expect(UserNaming(isCaseSensitive: false).folded("JaNe") == "jane" && UserNaming().folded("JaNe") == "JaNe")
    }
}

struct AttributeSchemaTests {
    private static let schema: AttributeSchema = {
        var schema = AttributeSchema()
        schema.define(AttributeDefinition("custom:plan", minimum: "1", maximum: "5"))
        schema.define(AttributeDefinition("custom:age", .number, minimum: "18", maximum: "99"))
        var fixed = AttributeDefinition("custom:fixed")
        fixed.isMutable = false
        schema.define(fixed)
        var name = AttributeDefinition("name", minimum: "0", maximum: "2048")
        name.isRequired = true
        schema.define(name)
        return schema
    }()

    @Test func `the standard attributes stand in AWS's order`() {
        #expect(AttributeSchema.standard.map(\.name) == [
            "sub", "name", "given_name", "family_name", "middle_name", "nickname", "preferred_username", "profile", "picture",
            "website", "email", "email_verified", "gender", "birthdate", "zoneinfo", "locale", "phone_number",
            "phone_number_verified", "address", "updated_at",
        ])
        #expect(Self.schema.requiredNames == ["name"])
        #expect(Self.schema.missing(from: []) == ["name: The attribute is required"])
        #expect(Self.schema.missing(from: ["name"]) == [])
    }

    @Test(arguments: [
        ("custom:plan", "abc", .user, nil), ("custom:plan", "abcdef", .user, "String must be no longer than 5 characters"),
        ("custom:plan", "", .user, "String must be no shorter than 1 characters"),
        ("custom:age", "17", .user, "Number must be no less than 18"), ("custom:age", "x", .user, "Attribute value must be a number"),
        ("custom:fixed", "a", .creation, nil), ("custom:fixed", "a", .administrator, "Attribute cannot be updated."),
        ("email_verified", "True", .administrator, nil), ("email_verified", "yes", .administrator, "Attribute value must be a boolean"),
        ("birthdate", "2000-01-1", .user, "String must be no shorter than 10 characters"),
        ("custom:firstName", "a", .creation, "Attribute does not exist in the schema."), ("sub", "a", .user, "Attribute cannot be updated."),
    ] as [(String, String, AttributeSchema.Writer, String?)])
    func `values are checked`(_ name: String, _ value: String, _ writer: AttributeSchema.Writer, _ text: String?) {
        #expect(Self.schema.violations([(name, value)], by: writer) == (text.map { ["\(name): \($0)"] } ?? []))
    }
}

struct UserFilterTests {
    @Test(arguments: [
        (#"email = "a@b.c""#, "email", false, "a@b.c"), (#"email="a""#, "email", false, "a"), (#"  name ^= "Ja"  "#, "name", true, "Ja"),
        (#"family_name = "O\"Neil""#, "family_name", false, #"O"Neil"#), (#"name = "a\\b""#, "name", false, #"a\b"#),
        (#""sub" = "1""#, "sub", false, "1"), (#"cognito:user_status = "CONFIRMED""#, "cognito:user_status", false, "CONFIRMED"),
        (#"status = """#, "status", false, ""),
    ]) func `filters are read`(_ text: String, _ attribute: String, _ isPrefix: Bool, _ value: String) throws {
        let filter = try UserFilter(text)
        #expect(filter.attribute == attribute && filter.isPrefix == isPrefix && filter.value == value)
    }

    @Test(arguments: [
        "", "email", "email =", "email = a", #"email = "a"#, #"email = "a" and name = "b""#, #"email > "a""#, #"= "a""#,
        #"email == "a""#, #"email = "a\"#, #"email ^ "a""#, #""email = "a""#, #"email = "a"b"#,
    ]) func `other texts are not`(_ text: String) {
        #expect(throws: UserFilter.Rejection.unparsable) { try UserFilter(text) }
    }

    @Test func `custom attributes are not searchable`() {
        #expect(throws: UserFilter.Rejection.attributeNotSearchable("custom:x")) { try UserFilter(#"custom:x = "1""#) }
    }

    @Test(arguments: [
        (#"username = "Jane""#, "jane", true, false), (#"username = "Jane""#, "jane", false, true),
        (#"cognito:user_status = "confirmed""#, "CONFIRMED", true, true), (#"status = "enabled""#, "Enabled", false, false),
        (#"name ^= "Ja""#, "Jane", true, true), (#"name ^= "an""#, "Jane", true, false), (#"name = "Jan""#, "Jane", true, false),
    ]) func `users are matched`(_ text: String, _ value: String, _ isCaseSensitive: Bool, _ isMatch: Bool) throws {
        #expect(try UserFilter(text).matches(value, isCaseSensitive: isCaseSensitive) == isMatch)
        #expect(try !UserFilter(text).matches(nil, isCaseSensitive: isCaseSensitive))
    }
}

struct RefreshGrantTests {
    @Test func `a grant ends by revocation, age and reuse`() {
        var grant = RefreshGrant(token: "a", expires: at(1000))
        #expect(grant.rejection(of: "a", at: at(999)) == nil)
        #expect(grant.rejection(of: "a", at: at(1000)) == .expired)
        #expect(grant.rejection(of: "b", at: at(1)) == .unknown)
        grant.rotate("a", to: "b", graceSeconds: 60, at: at(10))
        #expect(grant.rejection(of: "a", at: at(69)) == nil)
        #expect(grant.rejection(of: "a", at: at(70)) == .reused)
        #expect(grant.rejection(of: "b", at: at(70)) == nil)
        grant.rotate("a", to: "c", graceSeconds: 60, at: at(20))
        #expect(grant.rejection(of: "a", at: at(70)) == .reused)
        #expect(grant.rejection(of: "b", at: at(80)) == .reused)
        #expect(grant.rejection(of: "c", at: at(80)) == nil)
        grant.revoke()
        #expect(grant.rejection(of: "c", at: at(80)) == .revoked)
    }

    @Test func `without grace a rotated token is spent`() {
        var grant = RefreshGrant(token: "a", expires: at(1000))
        grant.rotate("a", to: "b", graceSeconds: 0, at: at(10))
        #expect(grant.rejection(of: "a", at: at(10)) == .reused)
    }
}

struct AuthFlowsTests {
    @Test(arguments: [
        ("USER_PASSWORD_AUTH", false, ["ALLOW_USER_PASSWORD_AUTH"], ["USERNAME", "PASSWORD"], nil),
        ("USER_PASSWORD_AUTH", true, ["ALLOW_USER_PASSWORD_AUTH"], ["USERNAME", "PASSWORD"], "Initiate Auth method not supported."),
        ("ADMIN_NO_SRP_AUTH", false, ["ALLOW_ADMIN_USER_PASSWORD_AUTH"], [], "Initiate Auth method not supported."),
        ("USER_PASSWORD_AUTH", false, [], ["USERNAME", "PASSWORD"], "USER_PASSWORD_AUTH flow not enabled for this client"),
        ("ADMIN_USER_PASSWORD_AUTH", true, [], ["USERNAME"], "Auth flow not enabled for this client"),
        ("ADMIN_NO_SRP_AUTH", true, ["ADMIN_NO_SRP_AUTH"], ["USERNAME", "PASSWORD"], nil),
        ("USER_SRP_AUTH", false, [], ["USERNAME"], "Missing required parameter SRP_A"),
        ("USER_SRP_AUTH", true, [], ["USERNAME", "SRP_A"], nil),
        ("USER_SRP_AUTH", false, ["ALLOW_USER_PASSWORD_AUTH"], ["USERNAME", "SRP_A"], "USER_SRP_AUTH flow not enabled for this client"),
        ("USER_SRP_AUTH", false, ["USER_PASSWORD_AUTH"], ["USERNAME", "SRP_A"], nil),
        ("USER_SRP_AUTH", false, ["CUSTOM_AUTH_FLOW_ONLY"], ["USERNAME", "SRP_A"], "USER_SRP_AUTH flow not enabled for this client"),
        ("CUSTOM_AUTH", false, ["CUSTOM_AUTH_FLOW_ONLY"], ["USERNAME"], nil),
        ("REFRESH_TOKEN", false, ["ADMIN_NO_SRP_AUTH"], ["REFRESH_TOKEN"], nil),
        ("REFRESH_TOKEN_AUTH", false, ["ALLOW_USER_SRP_AUTH"], ["REFRESH_TOKEN"], "REFRESH_TOKEN_AUTH flow not enabled for this client"),
        ("USER_AUTH", false, ["ALLOW_USER_AUTH"], [], "Missing required parameter USERNAME"),
        ("USER_AUTH", false, [], ["USERNAME"], "USER_AUTH flow not enabled for this client"),
    ] as [(String, Bool, [String], [String], String?)])
    func `flows are allowed or refused`(_ name: String, _ admin: Bool, _ allowed: [String], _ given: [String], _ text: String?) throws {
        let request = try #require(AuthFlows.Request(name))
        #expect(request.refusal(byAdministrator: admin, allowed: allowed, parameters: Set(given)) == text)
    }

    @Test func `old and new names do not mix`() {
        #expect(AuthFlows.mixesNames(["USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH"]))
        #expect(!AuthFlows.mixesNames(["USER_PASSWORD_AUTH", "ADMIN_NO_SRP_AUTH"]) && !AuthFlows.mixesNames([]))
        #expect(AuthFlows.Request("PASSWORD") == nil)
    }
}
