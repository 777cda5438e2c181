import AWSModel
import HTTPServer
import IdentityRules
import SimTime
import Store
import Timeline
import TokenCrypto

extension CognitoService {
    /// Takes the answer to a challenge.
    /// - Parameter isOnPage: given on a hosted page, which has proven its client itself.
    func respond(_ input: CognitoInput, byAdministrator: Bool, isOnPage: Bool = false) async throws -> AWSObject {
        let (client, pool) = try signInClient(input, byAdministrator: byAdministrator)
        let name = try input.text("ChallengeName"), responses = input.map("ChallengeResponses")
        let (session, token) = try openSession(name, input, responses)
        guard session.clientID == client.id, session.isByAdministrator == byAdministrator, session.isOnPage ?? false == isOnPage,
              session.signIn.pending?.name == name else { throw AWSFault.notAuthorized("Invalid session for the user.") }
        guard let given = responses["USERNAME"] else { throw AWSFault.missingParameter("USERNAME") }
        let user = try session.username.flatMap { try directory.user(named: $0, in: pool) }
        let known = [session.givenName] + (user.map { [$0.username, $0.sub] } ?? [])
        guard known.contains(where: { pool.naming.folded($0) == pool.naming.folded(given) }) else {
            throw AWSFault.notAuthorized("Invalid session for the user.")
        }
        if !isOnPage { try client.check(secretHash: responses["SECRET_HASH"], names: [given] + known) }
        let answer = Answer(session: session, token: token, user: user, responses: responses)
        return try await take(answer, name, SignInContext(pool: pool, client: client, input: input))
    }

    /// A response to a challenge, with what it was found to belong to.
    struct Answer: Sendable {
        var session: SignInSession
        let token: [UInt8]
        let user: User?
        let responses: [String: String]

        /// Throws `InvalidParameterException` when the client did not send it.
        func text(_ key: String) throws -> String {
            guard let value = responses[key] else { throw AWSFault.missingParameter(key) }
            return value
        }
    }

    /// The two password proofs are found by their secret block, a device by its key, all others by their session.
    private func openSession(
        _ name: String, _ input: CognitoInput, _ responses: [String: String]
    ) throws -> (SignInSession, [UInt8]) {
        let token: [UInt8]
        if name == "PASSWORD_VERIFIER" || name == "DEVICE_PASSWORD_VERIFIER" {
            guard let block = responses["PASSWORD_CLAIM_SECRET_BLOCK"] else {
                throw AWSFault.missingParameter("PASSWORD_CLAIM_SECRET_BLOCK")
            }
            guard let bytes = Base64Text.decode(block) else { throw AWSFault.incorrectPassword }
            token = bytes
        } else if name == "DEVICE_SRP_AUTH" {
            guard let key = responses["DEVICE_KEY"] else { throw AWSFault.missingParameter("DEVICE_KEY") }
            token = Self.deviceToken(key, clientID: try input.text("ClientId"))
        } else {
            guard let text = input.optionalText("Session") else { throw AWSFault.missingParameter("Session") }
            guard text.hasPrefix("AYABe") else { throw AWSFault.notAuthorized("Invalid session provided for the user.") }
            token = Array(text.utf8)
        }
        let now = timeline.now
        return (try store.read { try SessionTable.open(token, at: now, in: $0) }, token)
    }

    private func take(_ answer: Answer, _ name: String, _ context: SignInContext) async throws -> AWSObject {
        switch name {
        case "PASSWORD_VERIFIER", "DEVICE_PASSWORD_VERIFIER":
            return try await takeProof(answer, isDevice: name.hasPrefix("DEVICE"), context)
        case "PASSWORD":
            let event = try await judge(answer.text("PASSWORD"), answer.user, in: context.pool)
            return try await drive(answer.session, event, context, spending: answer.token)
        case "NEW_PASSWORD_REQUIRED": return try await takeNewPassword(answer, context)
        case "SMS_MFA": return try await takeCode("SMS_MFA_CODE", answer, context)
        case "SMS_OTP": return try await takeCode("SMS_OTP_CODE", answer, context)
        case "EMAIL_OTP": return try await takeCode("EMAIL_OTP_CODE", answer, context)
        case "SOFTWARE_TOKEN_MFA": return try await takeTimeBasedCode(answer, context)
        case "MFA_SETUP": return try await takeSetup(answer, context)
        case "SELECT_MFA_TYPE":
            guard let factor = SignIn.MFA(rawValue: try answer.text("ANSWER")) else {
                throw AWSFault.invalidParameter("Invalid MFA type: \(try answer.text("ANSWER")).")
            }
            return try await drive(answer.session, .mfaChosen(factor), context, spending: answer.token)
        case "SELECT_CHALLENGE": return try await takeChoice(answer, context)
        case "CUSTOM_CHALLENGE":
            let session = try await verified(answer, context)
            return try await drive(session, .customAnswered, context, spending: answer.token)
        case "WEB_AUTHN": return try await takePasskey(answer, context)
        case "DEVICE_SRP_AUTH": return try await takeDevice(answer, context)
        default: throw AWSFault.invalidParameter("Coldframe does not emulate the challenge \(name).")
        }
    }

    private func takeProof(_ answer: Answer, isDevice: Bool, _ context: SignInContext) async throws -> AWSObject {
        let signature = try answer.text("PASSWORD_CLAIM_SIGNATURE"), timestamp = try answer.text("TIMESTAMP")
        let session = answer.session
        guard let exchange = session.exchange, let verifier = session.verifier, let block = session.secretBlock,
              let user = answer.user
        else {
            return try await drive(session, .passwordRefused, context, spending: answer.token)
        }
        if !isDevice, user.lock.isLocked(at: timeline.now) { throw AWSFault.attemptsExceeded }
        let device = user.devices.first { $0.key == session.deviceKey }
        let identity = isDevice
            ? SRPIdentity(poolName: device?.groupKey ?? "", userID: session.deviceKey ?? "") : user.identity(in: context.pool)
        let isCurrent = isDevice ? device?.verifier == verifier : user.verifier == verifier
        let expected = try await offLoop {
            exchange.signature(verifier, of: identity, secretBlock: block, timestamp: timestamp)
        }
        let isRight = isCurrent && (Base64Text.decode(signature).map { Digesting.areEqual($0, expected) } ?? false)
        if isDevice { return try await drive(session, isRight ? .deviceProven : .deviceRefused, context, spending: answer.token) }
        var next = session
        if session.signIn.flow == .custom {
            next.customHistory.append(.init(name: "PASSWORD_VERIFIER", isRight: isRight))
        }
        return try await drive(next, isRight ? .passwordProven : .passwordRefused, context, spending: answer.token)
    }

    private func takeNewPassword(_ answer: Answer, _ context: SignInContext) async throws -> AWSObject {
        let pool = context.pool
        guard let user = answer.user else { throw AWSFault.incorrectPassword }
        let password = try answer.text("NEW_PASSWORD")
        let prefix = "userAttributes."
        let given = answer.responses.filter { $0.key.hasPrefix(prefix) }
            .map { Attribute(name: String($0.key.dropFirst(prefix.count)), value: $0.value) }.sorted { $0.name < $1.name }
        let missing = pool.schema.requiredNames.filter { name in user[name] == nil && !given.contains { $0.name == name } }
        guard missing.isEmpty else {
            // AWS: recorded — spec/cognito.md §D10.
            throw AWSFault.invalidParameter("Invalid attributes given, \(missing.joined(separator: " and ")) is missing")
        }
        try Self.checkLength(password)
        try Self.check(password: password, in: pool, byUser: true)
        try await refuseCompromised(password, .change, of: user, in: pool)
        try Self.check(given, in: pool, by: .user, client: context.client)
        let verifier = try await verifier(password, for: user, in: pool)
        return try await drive(answer.session, .newPasswordSet, context, spending: answer.token) { [mint] user, edit in
            user.setPassword(verifier, temporarySince: nil, historySize: pool.passwordPolicy.historySize)
            _ = try Self.attributesChanged(given, of: &user, in: pool, edit: edit, mint: mint)
        }
    }

    private func takeCode(_ key: String, _ answer: Answer, _ context: SignInContext) async throws -> AWSObject {
        let given = try answer.text(key)
        guard let code = answer.session.code else {
            return try await drive(answer.session, .codeRefused, context, spending: answer.token)
        }
        switch code.verdict(on: given, at: timeline.now) {
        case .right:
            return try await drive(answer.session, .codeProven, context, spending: answer.token) { user, _ in
                // Sent to what is the user's address no more, it is as good as gone.
                guard code.proves(user[code.attribute]) else { throw AWSFault.expiredCode }
                user.verify(by: code)
            }
        case .expired: throw AWSFault.expiredCode
        case .wrong: return try await drive(answer.session, .codeRefused, context, spending: answer.token)
        }
    }

    private func takeTimeBasedCode(_ answer: Answer, _ context: SignInContext) async throws -> AWSObject {
        let given = try answer.text("SOFTWARE_TOKEN_MFA_CODE")
        guard let step = matchingStep(given, answer.user?.mfa.totpSecret), step != answer.user?.mfa.lastStep else {
            return try await drive(answer.session, .codeRefused, context, spending: answer.token)
        }
        return try await drive(answer.session, .codeProven, context, spending: answer.token) { user, _ in
            user.mfa.lastStep = step
        }
    }

    /// The time step whose code was given. An authenticator app goes by the machine's clock, a test that drives time by
    /// the simulated one: either is taken.
    func matchingStep(_ given: String, _ secret: [UInt8]?) -> Int64? {
        guard let secret else { return nil }
        return [realNow(), timeline.now].lazy.compactMap {
            TimeBasedCode.matchingStep(of: given, secret: secret, secondsSinceEpoch: $0.wholeSeconds)
        }.first
    }

    private func takeSetup(_ answer: Answer, _ context: SignInContext) async throws -> AWSObject {
        guard answer.session.isSetUp, let secret = answer.session.pendingSecret else {
            throw AWSFault.invalidParameter("The software token has not been verified in this session.")
        }
        let name = answer.session.setupName
        return try await drive(answer.session, .mfaSetUp(.softwareToken), context, spending: answer.token) { user, _ in
            user.mfa.totpSecret = secret
            user.mfa.totpName = name
            if !user.mfa.enabled.contains(.softwareToken) { user.mfa.enabled.append(.softwareToken) }
        }
    }

    private func takeChoice(_ answer: Answer, _ context: SignInContext) async throws -> AWSObject {
        guard let factor = SignIn.Factor(rawValue: try answer.text("ANSWER")) else {
            throw AWSFault.invalidParameter("Invalid challenge: \(try answer.text("ANSWER")).")
        }
        var session = answer.session
        switch factor {
        case .password:
            guard let password = answer.responses["PASSWORD"] else { break }
            let facts = answer.user.map {
                Self.facts(of: $0, in: context.pool, deviceKey: session.deviceKey, at: timeline.now)
            } ?? Self.phantomFacts
            let event = try await judge(password, answer.user, in: context.pool)
            if case .refuse(let rejection) = session.signIn.handle(.factorChosen(factor), facts) {
                throw AWSFault.signIn(rejection, hidesUsers: context.client.hidesUsers)
            }
            return try await drive(session, event, context, spending: answer.token)
        case .passwordSRP:
            try await prepareExchange(answer.text("SRP_A"), answer.user, context.pool, in: &session)
        case .emailOTP, .smsOTP, .webAuthn: break
        }
        return try await drive(session, .factorChosen(factor), context, spending: answer.token)
    }

    private func takePasskey(_ answer: Answer, _ context: SignInContext) async throws -> AWSObject {
        let text = try answer.text("CREDENTIAL"), pool = context.pool, session = answer.session
        guard let user = answer.user, let challenge = session.passkeyChallenge else { throw AWSFault.incorrectPassword }
        let proven = try await offLoop { Self.proven(text, challenge: challenge, of: user, in: pool) }
        guard let proven else { return try await drive(session, .webAuthnRefused, context, spending: answer.token) }
        return try await drive(session, .webAuthnProven, context, spending: answer.token) { user, _ in
            guard let index = user.passkeys?.firstIndex(where: { $0.id == proven.id }) else { throw AWSFault.incorrectPassword }
            user.passkeys?[index].signCount = proven.signCount
        }
    }

    private func takeDevice(_ answer: Answer, _ context: SignInContext) async throws -> AWSObject {
        let clientPublic = try answer.text("SRP_A"), key = try answer.text("DEVICE_KEY")
        guard let bytes = HexText.decode(clientPublic) else { throw AWSFault.invalidParameter("SRP_A is not a hexadecimal number.") }
        guard key == answer.session.deviceKey, let verifier = answer.user?.devices.first(where: { $0.key == key })?.verifier
        else { return try await drive(answer.session, .deviceRefused, context, spending: answer.token) }
        var session = answer.session
        session.exchange = try await exchange(bytes, verifier)
        session.verifier = verifier
        return try await drive(session, .deviceNamed, context, spending: answer.token)
    }
}
