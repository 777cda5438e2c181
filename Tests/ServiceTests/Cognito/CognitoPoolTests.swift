import AWSModel
import SimTime
import Testing
import Timeline

struct CognitoPoolTests {
    @Test func `a new pool has AWS's defaults`() async throws {
        let cognito = try CognitoHarness()
        let pool = try #require(try await cognito.call("CreateUserPool", ["PoolName": "p"])["UserPool"])
        #expect(pool["Id"]?.string?.wholeMatch(of: /us-east-1_[0-9A-Za-z]{9}/) != nil)
        #expect(pool["Arn"]?.string == "arn:aws:cognito-idp:us-east-1:111122223333:userpool/\(pool["Id"]?.string ?? "")")
        #expect(pool["MfaConfiguration"]?.string == "OFF" && pool["DeletionProtection"]?.string == "INACTIVE")
        #expect(pool["UserPoolTier"]?.string == "ESSENTIALS" && pool["EstimatedNumberOfUsers"]?.int == 0)
        let policy = try #require(pool["Policies"]?["PasswordPolicy"])
        #expect(policy["MinimumLength"]?.int == 8 && policy["RequireSymbols"]?.bool == true)
        #expect(policy["TemporaryPasswordValidityDays"]?.int == 7)
        #expect(pool["SchemaAttributes"]?.list?.count == 20 && pool["UsernameConfiguration"] == nil)
        #expect(pool["LambdaConfig"] == [:] && pool["EmailConfiguration"] == ["EmailSendingAccount": "COGNITO_DEFAULT"])
        #expect(pool["AdminCreateUserConfig"] == ["AllowAdminCreateUserOnly": false, "UnusedAccountValidityDays": 7])
    }

    @Test func `pools are refused deletion while they are held`() async throws {
        let cognito = try CognitoHarness()
        let (pool, client) = try await cognito.pool(["DeletionProtection": "ACTIVE"])
        let id: AWSObject = ["UserPoolId": .string(pool)]
        #expect(try await cognito.fault("DeleteUserPool", id)?.hasPrefix("InvalidParameterException: ") == true)
        try await cognito.call("UpdateUserPool", id)
        try await cognito.call("CreateUserPoolDomain", ["UserPoolId": .string(pool), "Domain": "garden"])
        #expect(try await cognito.fault("DeleteUserPool", id)
            == "InvalidParameterException: User pool cannot be deleted. It has a domain configured that should be deleted first.")
        try await cognito.call("DeleteUserPoolDomain", ["UserPoolId": .string(pool), "Domain": "garden"])
        try await cognito.call("DeleteUserPool", id)
        #expect(try await cognito.fault("DescribeUserPool", id)
            == "ResourceNotFoundException: User pool \(pool) does not exist.")
        #expect(try await cognito.fault("InitiateAuth", ["ClientId": .string(client), "AuthFlow": "USER_PASSWORD_AUTH"])
            == "ResourceNotFoundException: User pool client \(client) does not exist.")
    }

    @Test func `another account's pool does not exist`() async throws {
        let cognito = try CognitoHarness()
        let (pool, _) = try await cognito.pool()
        #expect(try await cognito.fault("DescribeUserPool", ["UserPoolId": .string(pool)], account: "444455556666")
            == "ResourceNotFoundException: User pool \(pool) does not exist.")
        let listed = try await cognito.call("ListUserPools", ["MaxResults": 10], account: "444455556666")
        #expect(listed["UserPools"]?.list?.isEmpty == true)
    }

    @Test(arguments: [
        (["ExplicitAuthFlows": ["USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH"]], "InvalidParameterException"),
        (["CallbackURLs": ["http://example.com/cb"]], "InvalidParameterException"),
        (["CallbackURLs": ["https://example.com/#x"]], "InvalidParameterException"),
        (["CallbackURLs": ["https://a.example/", "http://localhost:3000/cb", "http://[::1]/", "myapp://cb"]], nil),
        (["AllowedOAuthFlows": ["code"], "AllowedOAuthFlowsUserPoolClient": true], "InvalidParameterException"),
        (["AllowedOAuthScopes": ["openid"], "AllowedOAuthFlowsUserPoolClient": true], "InvalidParameterException"),
        (["AllowedOAuthFlows": ["client_credentials"], "AllowedOAuthFlowsUserPoolClient": true], "InvalidOAuthFlowException"),
        (["AllowedOAuthFlows": ["client_credentials", "code"], "GenerateSecret": true, "AllowedOAuthFlowsUserPoolClient": true],
         "InvalidOAuthFlowException"),
        (["AllowedOAuthFlows": ["code"], "AllowedOAuthScopes": ["beds/read"], "AllowedOAuthFlowsUserPoolClient": true],
         "ScopeDoesNotExistException"),
        (["AccessTokenValidity": 2, "TokenValidityUnits": ["AccessToken": "minutes"]], "InvalidParameterException"),
        (["RefreshTokenValidity": 3650], nil), (["AccessTokenValidity": 25], "InvalidParameterException"),
    ] as [(AWSObject, String?)]) func `clients are checked`(_ settings: AWSObject, _ code: String?) async throws {
        let cognito = try CognitoHarness()
        let (pool, _) = try await cognito.pool()
        var input = settings
        input["UserPoolId"] = .string(pool)
        input["ClientName"] = "c"
        let fault = try await cognito.fault("CreateUserPoolClient", input)
        #expect(fault.map { String($0.prefix { $0 != ":" }) } == code)
    }

    @Test func `updating a client resets what is left out`() async throws {
        let cognito = try CognitoHarness()
        let (pool, client) = try await cognito.pool(client: ["AccessTokenValidity": 5, "PreventUserExistenceErrors": "ENABLED"])
        let output = try await cognito.call("UpdateUserPoolClient", ["UserPoolId": .string(pool), "ClientId": .string(client)])
        let updated = try #require(output["UserPoolClient"])
        #expect(updated["AccessTokenValidity"] == nil && updated["PreventUserExistenceErrors"] == nil)
        #expect(updated["ExplicitAuthFlows"] == nil && updated["RefreshTokenValidity"]?.int == 30)
    }

    @Test func `temporary passwords end, and invitations are sent again`() async throws {
        let cognito = try CognitoHarness()
        let (pool, client) = try await cognito.pool()
        let user: AWSObject = ["UserPoolId": .string(pool), "Username": "new", "TemporaryPassword": "Temp0rary!"]
        try await cognito.call("AdminCreateUser", user)
        #expect(try await cognito.fault("AdminCreateUser", user) == "UsernameExistsException: User account already exists")
        #expect(try await cognito.signIn(client, "new", password: "Temp0rary!")["ChallengeName"]?.string == "NEW_PASSWORD_REQUIRED")
        _ = try await cognito.timeline.advance(by: .days(7))
        let sign: AWSObject = [
            "ClientId": .string(client), "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": ["USERNAME": "new", "PASSWORD": "Temp0rary!"],
        ]
        #expect(try await cognito.fault("InitiateAuth", sign)
            == "NotAuthorizedException: Temporary password has expired and must be reset by an administrator.")
        var again = user
        again["MessageAction"] = "RESEND"
        try await cognito.call("AdminCreateUser", again)
        #expect(try await cognito.call("InitiateAuth", sign)["ChallengeName"]?.string == "NEW_PASSWORD_REQUIRED")
    }

    @Test func `required attributes come with the new password`() async throws {
        let cognito = try CognitoHarness()
        let (pool, client) = try await cognito.pool(["Schema": [["Name": "given_name", "Required": true], ["Name": "name", "Required": true]]])
        try await cognito.call("AdminCreateUser", ["UserPoolId": .string(pool), "Username": "new", "TemporaryPassword": "Temp0rary!"])
        let challenge = try await cognito.signIn(client, "new", password: "Temp0rary!")
        #expect(challenge["ChallengeParameters"]?["requiredAttributes"]?.string == #"["userAttributes.name","userAttributes.given_name"]"#)
        #expect(challenge["ChallengeParameters"]?["userAttributes"]?.string == "{}")
        func answer(_ more: AWSObject) -> AWSObject {
            var responses: AWSObject = ["USERNAME": "new", "NEW_PASSWORD": .string(CognitoHarness.password)]
            for (key, value) in more.entries { responses[key] = value }
            return [
                "ClientId": .string(client), "ChallengeName": "NEW_PASSWORD_REQUIRED", "Session": challenge["Session"],
                "ChallengeResponses": .object(responses),
            ]
        }
        #expect(try await cognito.fault("RespondToAuthChallenge", answer([:]))
            == "InvalidParameterException: Invalid attributes given, name and given_name is missing")
        let done = try await cognito.call(
            "RespondToAuthChallenge", answer(["userAttributes.name": "N", "userAttributes.given_name": "G"]))
        #expect(done["AuthenticationResult"] != nil)
    }
}
