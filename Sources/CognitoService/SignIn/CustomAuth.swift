import AWSModel
import IdentityRules

extension CognitoService {
    /// Asks DefineAuthChallenge what comes next, and CreateAuthChallenge for a challenge it wants put.
    // AWS: doc — spec/cognito.md §D16.
    func define(_ session: SignInSession, _ context: SignInContext) async throws -> (SignInSession, SignIn.Event) {
        var session = session
        let history = AWSValue.list(session.customHistory.map { result in
            [
                "challengeName": .string(result.name), "challengeResult": .boolean(result.isRight),
                "challengeMetadata": result.metadata.map { .string($0) },
            ]
        })
        let (name, attributes) = try subject(of: session, context.pool)
        let metadata = context.input.map("ClientMetadata")
        let answer = try await fire(
            .defineAuthChallenge, "DefineAuthChallenge_Authentication", pool: context.pool, clientID: context.client.id,
            username: name, attributes: attributes,
            request: ["session": history, "userNotFound": .boolean(session.username == nil)], metadata: metadata)
        guard let answer else {
            throw AWSFault.invalidParameter("Custom auth lambda trigger is not configured for the user pool.")
        }
        if answer["failAuthentication"]?.bool == true { return (session, .customDirective(.fail)) }
        if answer["issueTokens"]?.bool == true { return (session, .customDirective(.grant)) }
        switch answer["challengeName"]?.string {
        case "PASSWORD_VERIFIER": return (session, .customDirective(.passwordVerifier))
        case "CUSTOM_CHALLENGE": break
        default:
            throw AWSFault.cognito("InvalidLambdaResponseException", "Unrecognizable lambda output")
        }
        let created = try await fire(
            .createAuthChallenge, "CreateAuthChallenge_Authentication", pool: context.pool, clientID: context.client.id,
            username: name, attributes: attributes,
            request: ["challengeName": "CUSTOM_CHALLENGE", "session": history], metadata: metadata)
        guard let created else {
            throw AWSFault.invalidParameter("Custom auth lambda trigger is not configured for the user pool.")
        }
        session.customPublic = created["publicChallengeParameters"]?.textMap ?? [:]
        session.customPrivate = created["privateChallengeParameters"]?.textMap ?? [:]
        session.customMetadata = created["challengeMetadata"]?.string
        return (session, .customDirective(.custom))
    }

    /// Asks VerifyAuthChallengeResponse about an answer, and notes its verdict in the session.
    func verified(_ answer: Answer, _ context: SignInContext) async throws -> SignInSession {
        var session = answer.session
        let (name, attributes) = try subject(of: session, context.pool)
        let verdict = try await fire(
            .verifyAuthChallengeResponse, "VerifyAuthChallengeResponse_Authentication", pool: context.pool,
            clientID: context.client.id, username: name, attributes: attributes,
            request: [
                "privateChallengeParameters": .object(ofTexts: session.customPrivate),
                "challengeAnswer": .string(try answer.text("ANSWER")),
            ], metadata: context.input.map("ClientMetadata"))
        guard let verdict else {
            throw AWSFault.invalidParameter("Custom auth lambda trigger is not configured for the user pool.")
        }
        session.customHistory.append(.init(
            name: "CUSTOM_CHALLENGE", isRight: verdict["answerCorrect"]?.bool ?? false, metadata: session.customMetadata))
        return session
    }

    private func subject(of session: SignInSession, _ pool: Pool) throws -> (String, [Attribute]) {
        let user = try session.username.flatMap { try directory.user(named: $0, in: pool) }
        return (user?.username ?? session.givenName, user?.shownAttributes ?? [])
    }
}
