import AWSModel
import Gateway
import IdentityRules
import SimTime
import Store
import Timeline
import TokenCrypto

extension CognitoService {
    /// Setting up second factors.
    var mfaOperations: [Operation] {
        [
            associateSoftwareToken, verifySoftwareToken,
            changingOwn("SetUserMFAPreference") { edit, user, pool, _, input in
                var user = user
                try Self.setPreference(of: &user, in: pool, input)
                try edit.save(user, in: pool)
                return [:]
            },
            writing("AdminSetUserMFAPreference") { edit, input in
                let pool = try edit.directory.pool(input)
                var user = try edit.directory.requiredUser(input.text("Username"), in: pool)
                try Self.setPreference(of: &user, in: pool, input)
                try edit.save(user, in: pool)
                return [:]
            },
        ]
    }

    private var associateSoftwareToken: Operation {
        acting("AssociateSoftwareToken") { [self] input in
            let secret = mint.bytes(32)
            let text = AWSValue.string(TimeBasedCode.base32(secret))
            if input.object["AccessToken"] != nil {
                let bearer = try await bearer(input)
                try requireSoftwareTokens(bearer.pool)
                try await turn { edit in
                    var user = try edit.directory.requiredUser(bearer.user.username, in: bearer.pool)
                    user.mfa.pendingSecret = secret
                    try edit.save(user)
                }
                return ["SecretCode": text]
            }
            let (session, pool) = try setupSession(input)
            try requireSoftwareTokens(pool)
            let next = try await renew(session, input) { $0.pendingSecret = secret }
            return ["SecretCode": text, "Session": .string(next)]
        }
    }

    private func requireSoftwareTokens(_ pool: Pool) throws {
        guard pool.allowedMFA.contains(.softwareToken) else {
            throw AWSFault.cognito(
                "SoftwareTokenMFANotFoundException", "Software Token MFA has not been enabled by the userPool")
        }
    }

    private var verifySoftwareToken: Operation {
        acting("VerifySoftwareToken") { [self] input in
            let code = try input.text("UserCode"), name = input.optionalText("FriendlyDeviceName")
            let mismatch = AWSFault.cognito("EnableSoftwareTokenMFAException", "Code mismatch")
            if input.object["AccessToken"] != nil {
                let bearer = try await bearer(input)
                guard let secret = bearer.user.mfa.pendingSecret, let step = matchingStep(code, secret) else { throw mismatch }
                try await turn { edit in
                    var user = try edit.directory.requiredUser(bearer.user.username, in: bearer.pool)
                    guard user.mfa.pendingSecret == secret else { throw mismatch }
                    (user.mfa.totpSecret, user.mfa.pendingSecret) = (secret, nil)
                    (user.mfa.totpName, user.mfa.lastStep) = (name, step)
                    try edit.save(user)
                }
                return ["Status": "SUCCESS"]
            }
            let (session, _) = try setupSession(input)
            guard let secret = session.pendingSecret, matchingStep(code, secret) != nil else { throw mismatch }
            let next = try await renew(session, input) { session in
                session.isSetUp = true
                session.setupName = name
            }
            return ["Status": "SUCCESS", "Session": .string(next)]
        }
    }

    /// The sign-in that waits for a second factor to be set up.
    private func setupSession(_ input: CognitoInput) throws -> (SignInSession, Pool) {
        guard let text = input.optionalText("Session") else { throw AWSFault.missingParameter("Session") }
        let now = timeline.now
        let session = try store.read { try SessionTable.open(Array(text.utf8), at: now, in: $0) }
        guard case .mfaSetup? = session.signIn.pending else { throw AWSFault.notAuthorized("Invalid session for the user.") }
        return (session, try directory.pool(session.poolID))
    }

    /// Spends the session and keeps the changed one under a new text.
    private func renew(
        _ session: SignInSession, _ input: CognitoInput, _ change: @escaping @Sendable (inout SignInSession) -> Void
    ) async throws -> String {
        let old = Array(try input.text("Session").utf8)
        let next = mint.session()
        let validity = try directory.client(session.clientID).sessionValidity
        return try await turn { edit in
            var session = try SessionTable.open(old, at: edit.now, in: edit.turn.transaction)
            var used = session
            used.isUsed = true
            try SessionTable.save(used, token: old, in: edit, foldedName: session.username ?? "")
            change(&session)
            session.expires = edit.now + validity
            try SessionTable.save(session, token: Array(next.utf8), in: edit, foldedName: session.username ?? "")
            return next
        }
    }

    // AWS: doc; the refusal's wording inferred.
    private static func setPreference(of user: inout User, in pool: Pool, _ input: CognitoInput) throws {
        let members: [(String, SignIn.MFA)] = [
            ("SMSMfaSettings", .sms), ("SoftwareTokenMfaSettings", .softwareToken), ("EmailMfaSettings", .email),
        ]
        for (member, factor) in members {
            guard let settings = input.object[member] else { continue }
            let isEnabled = settings["Enabled"]?.bool ?? false, isPreferred = settings["PreferredMfa"]?.bool ?? false
            if isPreferred, !isEnabled {
                throw AWSFault.invalidParameter("User has not enabled the MFA type that is to be preferred.")
            }
            if isEnabled { try checkCanEnable(factor, user, pool) }
            user.mfa.enabled.removeAll { $0 == factor }
            if isEnabled { user.mfa.enabled.append(factor) }
            if isPreferred { user.mfa.preferred = factor } else if user.mfa.preferred == factor { user.mfa.preferred = nil }
        }
        if let passkeys = input.object["WebAuthnMfaSettings"]?["Enabled"]?.bool {
            // AWS: doc — the pool must take passkeys as both factors, and the user needs another second factor besides.
            if passkeys, !pool.passkeysAreMultiFactor || user.mfa.enabled.isEmpty {
                throw AWSFault.invalidParameter("Passkeys can be a second factor only beside another one, in a pool that allows it.")
            }
            user.mfa.hasPasskeyMFA = passkeys
        }
        let preferred = members.filter { input.object[$0.0]?["PreferredMfa"]?.bool == true }
        if preferred.count > 1 { throw AWSFault.invalidParameter("Only one MFA type can be preferred.") }
    }

    private static func checkCanEnable(_ factor: SignIn.MFA, _ user: User, _ pool: Pool) throws {
        switch factor {
        case .sms:
            guard user["phone_number"] != nil else { throw AWSFault.invalidParameter("User does not have delivery config set to turn on SMS") }
        case .email:
            guard user["email"] != nil else { throw AWSFault.invalidParameter("User does not have delivery config set to turn on EMAIL_OTP") }
        case .softwareToken:
            guard user.mfa.totpSecret != nil else { throw AWSFault.invalidParameter("User has not verified software token mfa") }
        }
    }
}
