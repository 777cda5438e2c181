import IdentityRules
import Testing

struct ClaimTests {
    private static let subject = TokenSubject(
        sub: "s-1", username: "alice",
        attributes: ["email": "a@b.c", "email_verified": "true", "phone_number_verified": "false", "custom:n": "1"],
        groups: [
            GroupMembership(name: "weak"), GroupMembership(name: "ops", roleARN: "arn:ops", precedence: 5),
            GroupMembership(name: "admin", roleARN: "arn:admin", precedence: 1),
        ])

    private static var occasion: TokenOccasion {
        TokenOccasion(
            issuer: "https://i", clientID: "c", scopes: ["aws.cognito.signin.user.admin"], authTime: 100, issuedAt: 160,
            accessValiditySeconds: 3600, idValiditySeconds: 300, originJTI: "o", eventID: "e")
    }

    @Test func `an access token holds exactly its claims`() {
        let claims = ClaimSet.access(Self.subject, Self.occasion, jti: "j")
        #expect(Set(claims.entries.map(\.name)) == [
            "sub", "iss", "auth_time", "iat", "exp", "jti", "origin_jti", "event_id", "cognito:groups", "token_use",
            "client_id", "username", "scope",
        ])
        #expect(claims["exp"] == .number(3760) && claims["auth_time"] == .number(100) && claims["iat"] == .number(160))
        #expect(claims["cognito:groups"] == .texts(["admin", "ops", "weak"]))
        #expect(claims["client_id"] == .text("c") && claims["username"] == .text("alice") && claims["aud"] == nil)
    }

    @Test func `an id token holds exactly its claims`() {
        var occasion = Self.occasion
        occasion.nonce = "n"
        let claims = ClaimSet.id(Self.subject, occasion, jti: "j")
        #expect(Set(claims.entries.map(\.name)) == [
            "sub", "iss", "auth_time", "iat", "exp", "jti", "origin_jti", "event_id", "cognito:groups", "token_use", "aud",
            "cognito:username", "email", "email_verified", "phone_number_verified", "custom:n", "cognito:roles",
            "cognito:preferred_role", "nonce",
        ])
        #expect(claims["email_verified"] == .flag(true) && claims["phone_number_verified"] == .flag(false))
        #expect(claims["custom:n"] == .text("1") && claims["exp"] == .number(460))
        #expect(claims["cognito:roles"] == .texts(["arn:admin", "arn:ops"]) && claims["cognito:preferred_role"] == .text("arn:admin"))
    }

    @Test func `without revocation there are no token ids, without groups no groups`() {
        var occasion = Self.occasion
        occasion.originJTI = nil
        let claims = ClaimSet.access(TokenSubject(sub: "s", username: "u"), occasion, jti: "j")
        #expect(claims["jti"] == nil && claims["origin_jti"] == nil && claims["cognito:groups"] == nil)
    }

    @Test(arguments: [
        ([("a", 1, "r1"), ("b", 1, "r2")], nil), ([("a", 1, "r1"), ("b", 1, "r1")], "r1"), ([("a", 2, "r1"), ("b", 1, "r2")], "r2"),
        ([("a", 0, nil), ("b", 1, "r2")], "r2"), ([("a", nil, "r1")], nil), ([], nil),
    ] as [([(String, Int?, String?)], String?)]) func `the strongest group's role is preferred`(_ groups: [(String, Int?, String?)], _ role: String?) {
        let subject = TokenSubject(sub: "s", username: "u", groups: groups.map { GroupMembership(name: $0.0, roleARN: $0.2, precedence: $0.1) })
        #expect(subject.preferredRole == role)
    }

    @Test func `a trigger changes claims, but not the reserved ones`() {
        var overrides = ClaimOverrides()
        overrides.added = [("team", .text("ml")), ("sub", .text("evil")), ("email", .text("x@y.z")), ("token_use", .text("access"))]
        overrides.suppressed = ["custom:n", "iss", "exp"]
        overrides.groups = ["one"]
        let claims = ClaimSet.id(Self.subject, Self.occasion, jti: "j", overrides: overrides)
        #expect(claims["team"] == .text("ml") && claims["sub"] == .text("s-1") && claims["email"] == .text("x@y.z"))
        #expect(claims["custom:n"] == nil && claims["iss"] == .text("https://i") && claims["exp"] != nil)
        #expect(claims["cognito:groups"] == .texts(["one"]) && claims["cognito:roles"] == nil && claims["token_use"] == .text("id"))
    }
}

struct AuthorizationRequestTests {
    private static let client = OAuthClient(
        id: "c", hasSecret: false, isOAuthEnabled: true, flows: ["code"], scopes: ["openid", "email"], callbackURLs: ["https://a/cb"])
    private static let good = ["response_type": "code", "redirect_uri": "https://a/cb", "state": "s t"]

    @Test func `a good request is read`() throws {
        let request = try AuthorizationRequest(Self.good, client: Self.client)
        #expect(request.scopes == ["openid", "email"] && request.state == "s t" && request.responseType == .code)
        let narrowed = try AuthorizationRequest(Self.good.merging(["scope": "openid"]) { $1 }, client: Self.client)
        #expect(narrowed.scopes == ["openid"])
    }

    @Test(arguments: [
        (["response_type": "x"], "invalid_request"), (["response_type": "token"], "unauthorized_client"),
        (["scope": "openid phone"], "invalid_scope"), (["code_challenge": "abc", "code_challenge_method": "plain"], "invalid_request"),
        (["code_challenge": "abc", "code_challenge_method": "S256"], "invalid_request"),
        (["code_challenge_method": "S256"], "invalid_request"),
    ]) func `what the client may not ask is told by redirect`(_ change: [String: String], _ error: String) {
        #expect(throws: AuthorizationRequest.Rejection.redirect(uri: "https://a/cb", error: error, state: "s t")) {
            try AuthorizationRequest(Self.good.merging(change) { $1 }, client: Self.client)
        }
    }

    @Test(arguments: ["https://a/cb/", "https://evil/cb", "", "https://a/cb?x"]) func `an unknown address gets a page`(_ address: String) {
        #expect(throws: AuthorizationRequest.Rejection.page("redirect_mismatch")) {
            try AuthorizationRequest(Self.good.merging(["redirect_uri": address]) { $1 }, client: Self.client)
        }
        #expect(throws: AuthorizationRequest.Rejection.self) { try AuthorizationRequest(Self.good, client: nil) }
    }
}
