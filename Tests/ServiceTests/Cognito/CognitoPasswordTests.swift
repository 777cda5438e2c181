import AWSModel
import Testing

/// Passwords that were right before are not proven anew; what is wrong stays wrong.
struct CognitoPasswordTests {
    @Test func `a password is right until it is changed, and for its own user only`() async throws {
        let cognito = try CognitoHarness()
        let (pool, client) = try await cognito.pool()
        try await cognito.makeUser(in: pool)
        try await cognito.makeUser("bob", in: pool)
        let refusal = "NotAuthorizedException: Incorrect username or password."
        func attempt(_ name: String, _ password: String) async throws -> String? {
            try await cognito.fault("InitiateAuth", [
                "ClientId": .string(client), "AuthFlow": "USER_PASSWORD_AUTH",
                "AuthParameters": ["USERNAME": .string(name), "PASSWORD": .string(password)],
            ])
        }
        func change(_ name: String, _ password: String) async throws {
            try await cognito.call("AdminSetUserPassword", [
                "UserPoolId": .string(pool), "Username": .string(name), "Password": .string(password), "Permanent": true,
            ])
        }
        for _ in 0..<2 { #expect(try await attempt("alice", CognitoHarness.password) == nil) }
        #expect(try await attempt("alice", CognitoHarness.password + "x") == refusal)
        try await change("bob", "An0ther!Word")
        #expect(try await attempt("bob", CognitoHarness.password) == refusal)
        try await change("alice", "N3w!Passw0rd")
        #expect(try await attempt("alice", CognitoHarness.password) == refusal)
        for _ in 0..<2 { #expect(try await attempt("alice", "N3w!Passw0rd") == nil) }
        // Back to the first one: it has a new salt by now.
        try await change("alice", CognitoHarness.password)
        for _ in 0..<2 { #expect(try await attempt("alice", CognitoHarness.password) == nil) }
        #expect(try await attempt("alice", "N3w!Passw0rd") == refusal)
    }

    /// The answers to calls that are all under way at once, and how often each was given.
    private func answers(
        of count: Int, _ call: @escaping @Sendable (Int) async throws -> String?
    ) async throws -> [String?: Int] {
        try await withThrowingTaskGroup(of: String?.self) { group in
            for index in 0..<count { group.addTask { try await call(index) } }
            return try await group.reduce(into: [:]) { $0[$1, default: 0] += 1 }
        }
    }

    @Test func `many wrong passwords at once are looked at as often as one after the other`() async throws {
        let cognito = try CognitoHarness()
        let (pool, client) = try await cognito.pool()
        try await cognito.makeUser(in: pool)
        try await cognito.makeUser("bob", in: pool)
        let incorrect = "NotAuthorizedException: Incorrect username or password."
        let signIns = try await answers(of: 16) { index in
            try await cognito.fault("InitiateAuth", [
                "ClientId": .string(client), "AuthFlow": "USER_PASSWORD_AUTH",
                "AuthParameters": ["USERNAME": "alice", "PASSWORD": .string("wrong\(index)")],
            ])
        }
        #expect(signIns == [incorrect: 5, "NotAuthorizedException: Password attempts exceeded": 11])
        let token = try #require(try await cognito.signIn(client, "bob")["AuthenticationResult"]?["AccessToken"])
        let changes = try await answers(of: 16) { index in
            try await cognito.fault("ChangePassword", [
                "AccessToken": token, "PreviousPassword": .string("Wr0ng!\(index)"), "ProposedPassword": "N3w!Passw0rd",
            ])
        }
        let exceeded = "LimitExceededException: Attempt limit exceeded, please try after some time."
        #expect(changes == [incorrect: 5, exceeded: 11])
    }

    @Test func `of many changes at once from one password a single one is made`() async throws {
        let cognito = try CognitoHarness()
        let (pool, client) = try await cognito.pool()
        try await cognito.makeUser(in: pool)
        let token = try #require(try await cognito.signIn(client)["AuthenticationResult"]?["AccessToken"])
        let changes = try await answers(of: 4) { index in
            try await cognito.fault("ChangePassword", [
                "AccessToken": token, "PreviousPassword": .string(CognitoHarness.password),
                "ProposedPassword": .string("N3w!Passw0rd\(index)"),
            ])
        }
        #expect(changes == [nil: 1, "NotAuthorizedException: Incorrect username or password.": 3])
    }
}
