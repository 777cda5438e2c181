import AWSModel
import Gateway
import HTTPServer
import IdentityRules
import SimTime
import Store
import Timeline
import TokenCrypto

extension CognitoService {
    /// InitiateAuth, RespondToAuthChallenge and their administrators' forms.
    var signInOperations: [Operation] {
        [
            signingIn("InitiateAuth") { [self] in try await initiate($0, byAdministrator: false) },
            signingIn("AdminInitiateAuth") { [self] in try await initiate($0, byAdministrator: true) },
            signingIn("RespondToAuthChallenge") { [self] in try await respond($0, byAdministrator: false) },
            signingIn("AdminRespondToAuthChallenge") { [self] in try await respond($0, byAdministrator: true) },
        ]
    }

    /// An operation off the loop as a whole: arithmetic before and after its turn, and little else.
    private func signingIn(_ name: String, _ body: @escaping @Sendable (CognitoInput) async throws -> AWSObject) -> Operation {
        acting(name) { input in try await offLoop { try await body(input) } }
    }

    /// The client of a sign-in call; administrators name the pool as well.
    func signInClient(_ input: CognitoInput, byAdministrator: Bool) throws -> (client: Client, pool: Pool) {
        if byAdministrator {
            let pool = try directory.pool(input)
            return (try directory.client(input, of: pool), pool)
        }
        let client = try directory.client(input.text("ClientId"))
        return (client, try directory.pool(client.poolID))
    }

    // AWS: the order of refusals — spec/cognito.md §D8.
    private func initiate(_ input: CognitoInput, byAdministrator: Bool) async throws -> AWSObject {
        let (client, pool) = try signInClient(input, byAdministrator: byAdministrator)
        let parameters = input.map("AuthParameters")
        guard let request = AuthFlows.Request(try input.text("AuthFlow")) else {
            throw AWSFault.invalidParameter("Initiate Auth method not supported.")
        }
        if let refusal = request.refusal(
            byAdministrator: byAdministrator, allowed: client.flows, parameters: Set(parameters.keys))
        {
            throw AWSFault.invalidParameter(refusal)
        }
        switch request.kind {
        case .refresh: return try await refresh(parameters, client, input)
        case .signIn(let flow):
            return try await begin(flow, parameters, client, pool, input, byAdministrator: byAdministrator)
        }
    }

    private func refresh(_ parameters: [String: String], _ client: Client, _ input: CognitoInput) async throws -> AWSObject {
        // AWS: doc — rotation is completed with GetTokensFromRefreshToken; sdk for the error's name, wording inferred.
        if client.rotatesRefreshTokens { throw AWSFault.refreshTokensAreRotated }
        let token = parameters["REFRESH_TOKEN"] ?? ""
        let grant = try store.read { try GrantTable.grant(refreshToken: token, in: $0) }
        if client.secret != nil {
            let pool = try directory.pool(client.poolID)
            let names = try grant.map { try acceptedNames($0.username, in: pool) + aliasValues(of: $0, in: pool) } ?? []
            try client.check(secretHash: parameters["SECRET_HASH"], names: names + [parameters["USERNAME"]].compactMap { $0 })
        }
        let issue = try await refreshed(token, client, deviceKey: parameters["DEVICE_KEY"], input)
        return ["AuthenticationResult": try await authenticationResult(issue), "ChallengeParameters": [:]]
    }

    /// The other names a user may have signed in with, and so made the secret hash of.
    private func aliasValues(of grant: Grant, in pool: Pool) throws -> [String] {
        guard let user = try directory.user(named: grant.username, in: pool) else { return [] }
        return pool.naming.lookUpAttributes.compactMap { user[$0] }
    }

    private func begin(
        _ flow: SignIn.Flow, _ parameters: [String: String], _ client: Client, _ pool: Pool, _ input: CognitoInput,
        byAdministrator: Bool
    ) async throws -> AWSObject {
        let name = parameters["USERNAME"] ?? ""
        try client.check(secretHash: parameters["SECRET_HASH"], names: try acceptedNames(name, in: pool))
        var found = try directory.user(meant: name, in: pool)
        if found == nil, flow == .password, let password = parameters["PASSWORD"] {
            found = try await migrate(name, password: password, client, pool, input)
        }
        let user = found
        guard user != nil || client.hidesUsers else { throw AWSFault.noUser }
        try await checkRisk(user, client, pool, input)
        var session = SignInSession(
            poolID: pool.id, clientID: client.id, givenName: name, username: user?.username, signIn: SignIn(flow),
            isByAdministrator: byAdministrator, expires: timeline.now + client.sessionValidity)
        session.deviceKey = parameters["DEVICE_KEY"]
        let facts = user.map { Self.facts(of: $0, in: pool, deviceKey: session.deviceKey, at: timeline.now) } ?? Self.phantomFacts
        if facts.isEnabled { try await preAuthenticate(user, name, client, pool, input) }
        if let text = input.optionalText("Session") {
            guard flow == .choice, let user else { throw AWSFault.notAuthorized("Invalid session for the user.") }
            try await turn { edit in try Self.spend(signUp: text, at: .confirmed, of: user, client, edit) }
            let step = session.signIn.beginAfterSignUp(facts)
            if case .refuse(let rejection) = step { throw AWSFault.signIn(rejection, hidesUsers: client.hidesUsers) }
            return try await settle(step, session, SignInContext(pool: pool, client: client, input: input))
        }
        let preferred = try parameters["PREFERRED_CHALLENGE"].map { text in
            guard let factor = SignIn.Factor(rawValue: text) else {
                throw AWSFault.invalidParameter("Invalid PREFERRED_CHALLENGE: \(text).")
            }
            return factor
        }
        let step = session.signIn.begin(facts, preferring: preferred)
        let context = SignInContext(pool: pool, client: client, input: input)
        return try await follow(step, &session, user, parameters, context)
    }

    /// A sign-in on a hosted page: the password came with the form.
    func beginOnPage(_ name: String, _ password: String, _ client: Client, _ pool: Pool, _ input: CognitoInput) async throws -> AWSObject {
        var user = try directory.user(meant: name, in: pool)
        if user == nil { user = try await migrate(name, password: password, client, pool, input) }
        try await checkRisk(user, client, pool, input)
        var session = SignInSession(
            poolID: pool.id, clientID: client.id, givenName: name, username: user?.username, signIn: SignIn(.password),
            isByAdministrator: false, expires: timeline.now + client.sessionValidity)
        session.isOnPage = true
        let facts = user.map { Self.facts(of: $0, in: pool, deviceKey: nil, at: timeline.now) } ?? Self.phantomFacts
        if facts.isEnabled { try await preAuthenticate(user, name, client, pool, input) }
        if case .refuse(let rejection) = session.signIn.begin(facts) { throw AWSFault.signIn(rejection, hidesUsers: true) }
        let event = try await judge(password, user, in: pool)
        return try await drive(session, event, SignInContext(pool: pool, client: client, input: input))
    }

    /// Goes on from the first step with what came along in the same call.
    private func follow(
        _ step: SignIn.Step, _ session: inout SignInSession, _ user: User?, _ parameters: [String: String],
        _ context: SignInContext
    ) async throws -> AWSObject {
        switch step {
        case .refuse(let rejection): throw AWSFault.signIn(rejection, hidesUsers: context.client.hidesUsers)
        case .challenge(.password):
            guard let password = parameters["PASSWORD"] else { return try await settle(step, session, context) }
            let event = try await judge(password, user, in: context.pool)
            return try await drive(session, event, context)
        case .challenge(.passwordVerifier):
            guard let clientPublic = parameters["SRP_A"] else { throw AWSFault.missingParameter("SRP_A") }
            try await prepareExchange(clientPublic, user, context.pool, in: &session)
            return try await settle(step, session, context)
        case .define:
            if parameters["CHALLENGE_NAME"] == "SRP_A" {
                guard let clientPublic = parameters["SRP_A"] else { throw AWSFault.missingParameter("SRP_A") }
                try await prepareExchange(clientPublic, user, context.pool, in: &session)
                session.customHistory.append(.init(name: "SRP_A", isRight: true))
            }
            let (defined, event) = try await define(session, context)
            return try await drive(defined, event, context)
        case .challenge, .grant: return try await settle(step, session, context)
        }
    }

    /// What a sign-in looks like from outside for a user who does not exist.
    static let phantomFacts: SignIn.Facts = {
        var facts = SignIn.Facts()
        facts.firstFactors = [.password, .passwordSRP]
        return facts
    }()

    private func preAuthenticate(
        _ user: User?, _ name: String, _ client: Client, _ pool: Pool, _ input: CognitoInput
    ) async throws {
        _ = try await fire(
            .preAuthentication, "PreAuthentication_Authentication", pool: pool, clientID: client.id,
            username: user?.username ?? name, attributes: user?.shownAttributes ?? [],
            request: [
                "validationData": .object(ofTexts: input.map("ClientMetadata")),
                // AWS: doc — told only where clients are not told who exists.
                "userNotFound": client.hidesUsers ? .boolean(user == nil) : nil,
            ])
    }

    // MARK: Passwords

    /// Whether a password is right. A lock answers before the password is looked at, and a user who does not exist takes
    /// as long as one who does.
    func judge(_ password: String, _ user: User?, in pool: Pool) async throws -> SignIn.Event {
        guard let user, user.verifier != nil else {
            let salt = [UInt8](repeating: 1, count: 16)
            _ = try await offLoop { SRPVerifier(password: password, of: .init(poolName: pool.srpName, userID: ""), salt: salt) }
            return .passwordRefused
        }
        if user.lock.isLocked(at: timeline.now) { throw AWSFault.attemptsExceeded }
        guard try await matches(password, user, in: pool) else { return .passwordRefused }
        try await refuseCompromised(password, .signIn, of: user, in: pool)
        return .passwordProven
    }

    /// Computes the server's half of the SRP exchange for the user, or a plausible one that nothing answers.
    func prepareExchange(_ clientPublic: String, _ user: User?, _ pool: Pool, in session: inout SignInSession) async throws {
        guard let bytes = HexText.decode(clientPublic) else { throw AWSFault.invalidParameter("SRP_A is not a hexadecimal number.") }
        if let user, user.lock.isLocked(at: timeline.now) { throw AWSFault.attemptsExceeded }
        let verifier: SRPVerifier
        if let known = user?.verifier {
            verifier = known
        } else {
            verifier = try await phantomVerifier(session.givenName, pool)
        }
        session.exchange = try await exchange(bytes, verifier)
        session.verifier = verifier
    }

    func exchange(_ clientPublic: [UInt8], _ verifier: SRPVerifier) async throws -> SRPExchange {
        let secret = mint.bytes(32)
        do {
            return try await offLoop { try SRPExchange(clientPublic: clientPublic, verifier: verifier, secret: secret) }
        } catch is SRPExchange.Refusal {
            throw AWSFault.invalidParameter("SRP_A must not be a multiple of N.")
        }
    }

    /// The same salt for the same name each time, which only this server can compute.
    // AWS: doc — spec/cognito.md §D9.
    private func phantomVerifier(_ name: String, _ pool: Pool) async throws -> SRPVerifier {
        let secret = try await keys.keys(of: pool.id).access.derRepresentation
        let random = Digesting.hmacSHA256(key: secret, Array(name.utf8))
        let password = HexText.encode(random)
        return try await offLoop {
            SRPVerifier(password: password, of: .init(poolName: pool.srpName, userID: name), salt: Array(random.prefix(16)))
        }
    }
}
