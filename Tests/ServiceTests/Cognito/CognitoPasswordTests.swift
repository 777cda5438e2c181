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
}
