import AWSModel
import AWSProtocols
import CognitoService
import Synchronization
import Testing
import TokenCrypto

private let function = "arn:aws:lambda:us-east-1:111122223333:function:f"

private func lambdas(_ names: String...) -> AWSObject {
    var config = AWSObject()
    for name in names { config.append(name, .string(function)) }
    return ["LambdaConfig": .object(config)]
}

/// Asks a riddle until it is solved, three times at most.
private let riddle = ScriptedTriggers { source, event in
    let session = event["request"]?["session"]?.list ?? []
    switch source {
    case "DefineAuthChallenge_Authentication":
        if session.last?["challengeResult"]?.bool == true { return ["issueTokens": true] }
        return session.count >= 3 ? ["failAuthentication": true] : ["challengeName": "CUSTOM_CHALLENGE"]
    case "CreateAuthChallenge_Authentication":
        return ["publicChallengeParameters": ["riddle": "2+2"], "privateChallengeParameters": ["answer": "4"], "challengeMetadata": "R"]
    case "VerifyAuthChallengeResponse_Authentication":
        return ["answerCorrect": .boolean(event["request"]?["challengeAnswer"] == event["request"]?["privateChallengeParameters"]?["answer"])]
    default: return [:]
    }
}

struct CognitoTriggerTests {
    private static let custom = ["DefineAuthChallenge", "CreateAuthChallenge", "VerifyAuthChallengeResponse"]

    private func begin(_ cognito: CognitoHarness, _ client: String) async throws -> AWSObject {
        try await cognito.call("InitiateAuth", [
            "ClientId": .string(client), "AuthFlow": "CUSTOM_AUTH", "AuthParameters": ["USERNAME": "alice"],
        ])
    }

    private func answer(_ text: String, to challenge: AWSObject, _ client: String) -> AWSObject {
        [
            "ClientId": .string(client), "ChallengeName": "CUSTOM_CHALLENGE", "Session": challenge["Session"],
            "ChallengeResponses": ["USERNAME": "alice", "ANSWER": .string(text)],
        ]
    }

    @Test func `custom challenges go on until the triggers are content`() async throws {
        let cognito = try CognitoHarness(triggers: riddle)
        let (pool, client) = try await cognito.pool(
            lambdas("DefineAuthChallenge", "CreateAuthChallenge", "VerifyAuthChallengeResponse"))
        try await cognito.makeUser(in: pool)
        let first = try await begin(cognito, client)
        #expect(first["ChallengeParameters"] == ["riddle": "2+2", "USERNAME": "alice"])
        let second = try await cognito.call("RespondToAuthChallenge", answer("5", to: first, client))
        #expect(second["ChallengeName"]?.string == "CUSTOM_CHALLENGE" && second["Session"] != first["Session"])
        #expect(try await cognito.fault("RespondToAuthChallenge", answer("4", to: first, client))
            == "NotAuthorizedException: Invalid session for the user.")
        let done = try await cognito.call("RespondToAuthChallenge", answer("4", to: second, client))
        #expect(done["AuthenticationResult"]?["AccessToken"] != nil)

        var challenge = try await begin(cognito, client)
        for _ in 0..<2 { challenge = try await cognito.call("RespondToAuthChallenge", answer("5", to: challenge, client)) }
        #expect(try await cognito.fault("RespondToAuthChallenge", answer("5", to: challenge, client))
            == "NotAuthorizedException: Incorrect username or password.")
    }

    @Test func `without triggers custom challenges are refused`() async throws {
        let cognito = try CognitoHarness()
        let (pool, client) = try await cognito.pool()
        try await cognito.makeUser(in: pool)
        #expect(try await cognito.fault("InitiateAuth", [
            "ClientId": .string(client), "AuthFlow": "CUSTOM_AUTH", "AuthParameters": ["USERNAME": "alice"],
        ]) == "InvalidParameterException: Custom auth lambda trigger is not configured for the user pool.")
    }

    @Test func `sign-up and sign-in fire their triggers in order`() async throws {
        let triggers = ScriptedTriggers { source, _ in
            source == "PreSignUp_SignUp" ? ["autoConfirmUser": true, "autoVerifyEmail": true] : [:]
        }
        let cognito = try CognitoHarness(triggers: triggers)
        let (pool, client) = try await cognito.pool(
            lambdas("PreSignUp", "PostConfirmation", "PreAuthentication", "PostAuthentication", "PreTokenGeneration"))
        let made = try await cognito.call("SignUp", [
            "ClientId": .string(client), "Username": "jane", "Password": .string(CognitoHarness.password),
            "UserAttributes": [["Name": "email", "Value": "jane@example.com"]],
        ])
        #expect(made["UserConfirmed"]?.bool == true)
        let user = try await cognito.call("AdminGetUser", ["UserPoolId": .string(pool), "Username": "jane"])
        #expect(user["UserAttributes"]?.list?.contains(["Name": "email_verified", "Value": "true"]) == true)
        _ = try await cognito.signIn(client, "jane")
        #expect(triggers.sources == [
            "PreSignUp_SignUp", "PostConfirmation_ConfirmSignUp", "PreAuthentication_Authentication",
            "TokenGeneration_Authentication", "PostAuthentication_Authentication",
        ])
    }

    @Test func `the token trigger changes the id token`() async throws {
        let triggers = ScriptedTriggers { _, _ in
            ["claimsOverrideDetails": [
                "claimsToAddOrOverride": ["team": "ml", "sub": "evil"], "claimsToSuppress": ["email"],
                "groupOverrideDetails": ["groupsToOverride": ["g"]],
            ]]
        }
        let cognito = try CognitoHarness(triggers: triggers)
        let (pool, client) = try await cognito.pool(lambdas("PreTokenGeneration"))
        try await cognito.makeUser(in: pool, attributes: [["Name": "email", "Value": "a@b.c"]])
        let result = try #require(try await cognito.signIn(client)["AuthenticationResult"])
        let id = try JSON.parse(try #require(CompactToken(result["IdToken"]?.string ?? "")).payload)
        #expect(id["team"]?.string == "ml" && id["sub"]?.string != "evil" && id["email"] == nil)
        #expect(id["cognito:groups"]?.texts == ["g"])
        let access = try JSON.parse(try #require(CompactToken(result["AccessToken"]?.string ?? "")).payload)
        #expect(access["cognito:groups"]?.texts == ["g"] && access["team"] == nil)
    }

    @Test(arguments: [
        (TriggerFailure.failed("'challengeMetaData'"), "UserLambdaValidationException: PreSignUp failed with error 'challengeMetaData'."),
        (.malformedAnswer, "InvalidLambdaResponseException: Unrecognizable lambda output"),
        (.unknownFunction, "UnexpectedLambdaException: PreSignUp invocation failed: Coldframe has nothing configured to run \(function)."),
        (.timedOut, "UnexpectedLambdaException: PreSignUp invocation failed due to error Socket timeout while invoking Lambda function."),
        (.notReachable("nothing answers at http://127.0.0.1:9/"),
         "UnexpectedLambdaException: PreSignUp invocation failed due to error nothing answers at http://127.0.0.1:9/"),
    ]) func `a failing trigger is the service's error, and changes nothing`(_ failure: TriggerFailure, _ text: String) async throws {
        let cognito = try CognitoHarness(triggers: ScriptedTriggers { _, _ in throw failure })
        let (pool, client) = try await cognito.pool(lambdas("PreSignUp"))
        #expect(try await cognito.fault("SignUp", [
            "ClientId": .string(client), "Username": "jane", "Password": .string(CognitoHarness.password),
        ]) == text)
        #expect(try await cognito.call("ListUsers", ["UserPoolId": .string(pool)])["Users"]?.list?.isEmpty == true)
    }

    /// AWS: doc — five seconds each time, three times at most.
    @Test(arguments: 1...4) func `a function that is late is asked three times`(_ answersAt: Int) async throws {
        let calls = Mutex(0)
        let triggers = ScriptedTriggers { _, _ in
            let call = calls.withLock { calls in
                calls += 1
                return calls
            }
            guard call >= answersAt else { throw TriggerFailure.timedOut }
            return ["autoConfirmUser": true]
        }
        let cognito = try CognitoHarness(triggers: triggers)
        let (_, client) = try await cognito.pool(lambdas("PreSignUp"))
        let fault = try await cognito.fault("SignUp", [
            "ClientId": .string(client), "Username": "jane", "Password": .string(CognitoHarness.password),
        ])
        #expect(fault == (answersAt <= 3 ? nil
            : "UnexpectedLambdaException: PreSignUp invocation failed due to error Socket timeout while invoking Lambda function."))
        #expect(triggers.timeouts == [Double](repeating: 5, count: min(answersAt, 3)))
    }

    /// A function that refuses has answered: asking again would only repeat what it does.
    @Test func `a function that fails is asked once`() async throws {
        let triggers = ScriptedTriggers { _, _ in throw TriggerFailure.failed("no") }
        let cognito = try CognitoHarness(triggers: triggers)
        let (_, client) = try await cognito.pool(lambdas("PreSignUp"))
        _ = try await cognito.fault("SignUp", [
            "ClientId": .string(client), "Username": "jane", "Password": .string(CognitoHarness.password),
        ])
        #expect(triggers.sources == ["PreSignUp_SignUp"])
    }
}

extension AWSValue {
    fileprivate var texts: [String]? { list.map { $0.compactMap(\.string) } }
}
