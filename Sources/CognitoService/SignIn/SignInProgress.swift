import AWSModel
import AWSProtocols
import IdentityRules
import SimTime
import Timeline
import TokenCrypto

/// What all steps of one sign-in call share.
struct SignInContext: Sendable {
    let pool: Pool
    let client: Client
    let input: CognitoInput
}

/// What one turn made of a step.
private enum SignInOutcome: Sendable {
    case refused(AWSFault)
    case challenge(AWSObject)
    case granted(TokenIssue)
    /// On a page: no tokens yet.
    case signedIn(User)
    case define(SignInSession)
}

extension CognitoService {
    typealias UserChange = @Sendable (inout User, DirectoryEdit) throws -> Void

    /// Hands an event to the machine, and goes on until somebody has to answer: the client with a response to a challenge,
    /// or nobody because there are tokens. Throws the fault of a refusal, after what it changed has been committed.
    /// - Parameter token: what the session was found by; it is spent in the same turn.
    func drive(
        _ session: SignInSession, _ event: SignIn.Event, _ context: SignInContext, spending token: [UInt8]? = nil,
        changing change: UserChange? = nil
    ) async throws -> AWSObject {
        var (session, event, token, change) = (session, event, token, change)
        while true {
            let (current, occurred, spent, changing) = (session, event, token, change)
            let outcome = try await turn { [self] edit in
                try advance(current, occurred, context, spending: spent, changing: changing, edit)
            }
            if context.pool.threatProtection != nil { try await note(outcome, occurred, current, context) }
            guard case .define(let next) = outcome else { return try await finish(outcome, context) }
            (session, event) = try await define(next, context)
            (token, change) = (nil, nil)
        }
    }

    /// Keeps what an answer led to, for threat protection.
    private func note(
        _ outcome: SignInOutcome, _ event: SignIn.Event, _ session: SignInSession, _ context: SignInContext
    ) async throws {
        let isPassed: Bool
        switch outcome {
        case .granted, .signedIn: isPassed = true
        case .refused: isPassed = false
        case .challenge, .define: return
        }
        let challenge = switch event {
        case .passwordProven, .passwordRefused: "Password"
        case .codeProven, .codeRefused, .mfaSetUp: "Mfa"
        default: nil as String?
        }
        let user = try session.username.flatMap { try directory.user(named: $0, in: context.pool) }
        _ = try await record(.signIn, of: user, in: context.pool, isPassed: isPassed, challenge: challenge, context.input)
    }

    /// Stores a first step that needs no event.
    func settle(_ step: SignIn.Step, _ session: SignInSession, _ context: SignInContext) async throws -> AWSObject {
        let outcome = try await turn { [self] edit in
            let user = try session.username.flatMap { try edit.directory.user(named: $0, in: context.pool) }
            return try perform(step, session, user, context, edit)
        }
        return try await finish(outcome, context)
    }

    private func finish(_ outcome: SignInOutcome, _ context: SignInContext) async throws -> AWSObject {
        switch outcome {
        case .refused(let fault): throw fault
        case .challenge(let output): return output
        case .define: throw AWSFault.internalFailure
        case .signedIn(let user):
            try await postAuthenticate(user, isNewDevice: false, context)
            return ["SignedInUser": .string(user.username)]
        case .granted(var issue):
            issue.metadata = context.input.map("ClientMetadata")
            let result = try await authenticationResult(issue)
            try await postAuthenticate(issue.user, isNewDevice: issue.newDevice != nil, context)
            return ["AuthenticationResult": result, "ChallengeParameters": [:]]
        }
    }

    private func postAuthenticate(_ user: User, isNewDevice: Bool, _ context: SignInContext) async throws {
        _ = try await fire(
            .postAuthentication, "PostAuthentication_Authentication", pool: context.pool, clientID: context.client.id,
            username: user.username, attributes: user.shownAttributes, request: ["newDeviceUsed": .boolean(isNewDevice)],
            metadata: context.input.map("ClientMetadata"))
    }

    private func advance(
        _ session: SignInSession, _ event: SignIn.Event, _ context: SignInContext, spending token: [UInt8]?,
        changing change: UserChange?, _ edit: DirectoryEdit
    ) throws -> SignInOutcome {
        var session = session
        if let token {
            // Two answers at once: the second finds the session used.
            session.wrongCodes = try SessionTable.open(token, at: edit.now, in: edit.turn.transaction).wrongCodes
        }
        let pool = context.pool
        guard let username = session.username, var user = try edit.directory.user(named: username, in: pool) else {
            if let token { try spend(session, token, edit) }
            let step = session.signIn.handle(event, Self.phantomFacts)
            if case .challenge = step { return try perform(step, session, nil, context, edit) }
            return .refused(.incorrectPassword)
        }
        // Of many attempts at once, all have found the user unlocked before: their turns come one by one.
        if event == .passwordProven || event == .passwordRefused, user.lock.isLocked(at: edit.now) {
            return .refused(.attemptsExceeded)
        }
        let lockBefore = user.lock
        try change?(&user, edit)
        let facts = Self.facts(of: user, in: pool, deviceKey: session.deviceKey, at: edit.now)
        let step = session.signIn.handle(event, facts)
        switch event {
        case .passwordRefused: user.lock.failed(at: edit.now)
        case .passwordProven: user.lock.succeeded()
        case .newPasswordSet: user.status = .confirmed
        default: break
        }
        // Most steps change nothing about the user: there is no reason to write the document and its aliases again.
        if change != nil || event == .newPasswordSet || user.lock != lockBefore { try edit.save(user, in: pool) }
        if let token {
            if event == .codeRefused, session.wrongCodes < 4 {
                session.wrongCodes += 1
                try keepWrongCodes(session.wrongCodes, token, edit, foldedName: user.foldedName)
            } else {
                try spend(session, token, edit)
            }
        }
        return try perform(step, session, user, context, edit)
    }

    /// Saves the count of wrong codes with the session as it was stored.
    private func keepWrongCodes(_ count: Int, _ token: [UInt8], _ edit: DirectoryEdit, foldedName: String) throws {
        var stored = try SessionTable.open(token, at: edit.now, in: edit.turn.transaction)
        stored.wrongCodes = count
        try SessionTable.save(stored, token: token, in: edit, foldedName: foldedName)
    }

    private func spend(_ session: SignInSession, _ token: [UInt8], _ edit: DirectoryEdit) throws {
        var used = session
        used.isUsed = true
        (used.exchange, used.verifier, used.code, used.pendingSecret) = (nil, nil, nil, nil)
        try SessionTable.save(used, token: token, in: edit, foldedName: session.username ?? "")
    }

    private func perform(
        _ step: SignIn.Step, _ session: SignInSession, _ user: User?, _ context: SignInContext, _ edit: DirectoryEdit
    ) throws -> SignInOutcome {
        switch step {
        case .refuse(let rejection): return .refused(.signIn(rejection, hidesUsers: context.client.hidesUsers))
        case .define: return .define(session)
        case .challenge(let challenge): return .challenge(try ask(challenge, session, user, context, edit))
        case .grant:
            guard var user else { return .refused(.incorrectPassword) }
            if session.isOnPage == true { return .signedIn(user) }
            let source = session.signIn.flow == .custom || user.temporarySince == nil
                ? "TokenGeneration_Authentication" : "TokenGeneration_NewPasswordChallenge"
            var device: Device?
            if context.pool.tracksDevices, session.deviceKey == nil, session.signIn.flow != .custom {
                let new = newDevice(in: context.pool, at: edit.now)
                user.add(new)
                device = new
                try edit.save(user)
            } else if let index = user.devices.firstIndex(where: { $0.key == session.deviceKey }) {
                user.devices[index].lastAuthenticated = edit.now
                try edit.save(user)
            }
            var issue = try grant(
                user, context.client, in: context.pool, source: source, deviceKey: device?.key ?? session.deviceKey, edit: edit)
            issue.newDevice = device
            return .granted(issue)
        }
    }

    // AWS: recorded — the form of device and group keys in CLI reference examples.
    private func newDevice(in pool: Pool, at now: SimInstant) -> Device {
        Device(
            key: "\(pool.region)_\(mint.uuid())", groupKey: "-\(pool.srpName)", created: now, modified: now,
            lastAuthenticated: now)
    }
}
