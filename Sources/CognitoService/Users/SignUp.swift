import AWSModel
import Gateway
import IdentityRules
import SimTime
import Timeline

extension CognitoService {
    /// SignUp, ConfirmSignUp and ResendConfirmationCode.
    var signUpOperations: [Operation] { [signUp, confirmSignUp, resendConfirmationCode] }

    /// The client a call without a signature names, its pool, and the secret proven for the name.
    func clientCall(_ input: CognitoInput) throws -> (client: Client, pool: Pool) {
        let client = try directory.client(input.text("ClientId"))
        let pool = try directory.pool(client.poolID)
        let names = try input.optionalText("Username").map { try acceptedNames($0, in: pool) } ?? []
        try client.check(secretHash: input.optionalText("SecretHash"), names: names)
        return (client, pool)
    }

    /// The names a secret hash may have been made for: the one sent, or the user's own.
    func acceptedNames(_ name: String, in pool: Pool) throws -> [String] {
        [name] + (try directory.user(meant: name, in: pool).map { [$0.username, $0.sub] } ?? [])
    }

    private var signUp: Operation {
        acting("SignUp") { [self] input in
            let (client, pool) = try clientCall(input)
            guard !pool.onlyAdministratorsCreateUsers else {
                throw AWSFault.notAuthorized("SignUp is not permitted for this user pool")
            }
            let given = try input.text("Username"), password = input.optionalText("Password")
            if let password {
                try Self.checkLength(password)
                try Self.check(password: password, in: pool, byUser: false)
                try await refuseCompromised(password, .signUp, of: nil, in: pool)
            } else if !pool.firstFactors.contains(where: { $0 == "EMAIL_OTP" || $0 == "SMS_OTP" }) {
                // AWS: doc — only pools with one-time codes take users without a password.
                throw AWSFault.missingParameter("Password")
            }
            let draft = try newUser(given, input.attributes("UserAttributes"), in: pool, status: .unconfirmed)
            try Self.check(draft.attributes, in: pool, by: .creation, client: client)
            if pool.naming.aliasAttributes.contains("preferred_username"), draft["preferred_username"] != nil {
                throw AWSFault.invalidParameter("preferred_username cannot be set at sign-up when it is an alias.")
            }
            guard try directory.user(named: draft.username, in: pool) == nil else { throw AWSFault.userExists }
            var (user, isConfirmed) = try await applyPreSignUp("PreSignUp_SignUp", to: draft, in: pool, clientID: client.id, input)
            if let password { user.verifier = try await verifier(password, for: user, in: pool) }
            if isConfirmed { user.status = .confirmed }
            var output = try await store(signedUp: user, in: pool)
            output["Session"] = try await signUpSession(isConfirmed ? .confirmed : .signedUp, user, client, pool).map { .string($0) }
            _ = try await record(.signUp, of: user, in: pool, isPassed: true, input)
            if isConfirmed {
                try await fireConfirmed(user, "PostConfirmation_ConfirmSignUp", in: pool, clientID: client.id, input)
            }
            return output
        }
    }

    /// A session that goes on to tokens once the sign-up is confirmed; nil for clients without USER_AUTH.
    private func signUpSession(
        _ stage: SignInSession.SignUpStage, _ user: User, _ client: Client, _ pool: Pool
    ) async throws -> String? {
        guard client.flows.contains("ALLOW_USER_AUTH") else { return nil }
        let text = mint.session()
        var session = SignInSession(
            poolID: pool.id, clientID: client.id, givenName: user.username, username: user.username, signIn: SignIn(.choice),
            isByAdministrator: false, expires: timeline.now + client.sessionValidity)
        session.signUp = stage
        return try await turn { [session] edit in
            var session = session
            // The code may take its time: the session waits as long as it is good.
            let validity: SimDuration = stage == .signedUp ? OneTimeCode.Purpose.signUp.validity : client.sessionValidity
            session.expires = edit.now + validity
            try SessionTable.save(session, token: Array(text.utf8), in: edit, foldedName: user.foldedName)
            return text
        }
    }

    /// Spends the session of a sign-up. Throws `NotAuthorizedException` unless it is at that stage, of that user.
    static func spend(
        signUp text: String, at stage: SignInSession.SignUpStage, of user: User, _ client: Client, _ edit: DirectoryEdit
    ) throws {
        let token = Array(text.utf8)
        var session = try SessionTable.open(token, at: edit.now, in: edit.turn.transaction)
        guard session.signUp == stage, session.username == user.username, session.clientID == client.id else {
            throw AWSFault.notAuthorized("Invalid session for the user.")
        }
        session.isUsed = true
        try SessionTable.save(session, token: token, in: edit, foldedName: user.foldedName)
    }

    private func store(signedUp user: User, in pool: Pool) async throws -> AWSObject {
        try await turn { [mint] edit in
            guard try edit.directory.user(named: user.username, in: pool) == nil else { throw AWSFault.userExists }
            var user = user
            user.modified = edit.now
            var output: AWSObject = ["UserConfirmed": .boolean(user.status == .confirmed), "UserSub": .string(user.sub)]
            // The number comes first where both are verified by the pool.
            let verified = ["phone_number", "email"].filter(pool.autoVerifiedAttributes.contains)
            if user.status == .unconfirmed, let contact = user.contact(among: verified, verifiedOnly: false) {
                Self.send(.signUp, as: .signUp, to: contact, of: &user, in: edit, mint: mint)
                output["CodeDeliveryDetails"] = Self.delivery(contact)
            }
            try edit.save(user, in: pool)
            return output
        }
    }

    private var confirmSignUp: Operation {
        acting("ConfirmSignUp") { [self] input in
            let (client, pool) = try clientCall(input)
            let name = try input.text("Username"), given = try input.text("ConfirmationCode")
            let takesAliases = input.flag("ForceAliasCreation")
            if let known = try directory.user(meant: name, in: pool), known.status == .unconfirmed {
                try await requireCode(given, .signUp, of: known, in: pool)
            }
            let user: User = try await turn { edit in
                guard var user = try edit.directory.user(meant: name, in: pool) else {
                    throw client.hidesUsers ? AWSFault.expiredCode : AWSFault.noUser
                }
                guard user.status == .unconfirmed else {
                    throw AWSFault.notAuthorized("User cannot be confirmed. Current status is \(user.status.rawValue)")
                }
                let code = try Self.take(given, .signUp, of: &user, at: edit.now)
                if let text = input.optionalText("Session") { try Self.spend(signUp: text, at: .signedUp, of: user, client, edit) }
                user.status = .confirmed
                user.verify(by: code)
                user.modified = edit.now
                try edit.save(user, in: pool, takingAliases: takesAliases)
                return user
            }
            try await fireConfirmed(user, "PostConfirmation_ConfirmSignUp", in: pool, clientID: client.id, input)
            guard input.object["Session"] != nil else { return [:] }
            return ["Session": try await signUpSession(.confirmed, user, client, pool).map { .string($0) }]
        }
    }

    private var resendConfirmationCode: Operation {
        acting("ResendConfirmationCode") { [self] input in
            let (client, pool) = try clientCall(input)
            let name = try input.text("Username")
            return try await turn { [mint] edit in
                guard var user = try edit.directory.user(meant: name, in: pool) else {
                    guard client.hidesUsers else { throw AWSFault.noUser }
                    return ["CodeDeliveryDetails": Self.simulatedDelivery(name)]
                }
                guard user.status == .unconfirmed else {
                    guard client.hidesUsers else { throw AWSFault.invalidParameter("User is already confirmed.") }
                    return ["CodeDeliveryDetails": Self.simulatedDelivery(name)]
                }
                let verified = ["phone_number", "email"].filter(pool.autoVerifiedAttributes.contains)
                guard let contact = user.contact(among: verified, verifiedOnly: false) else {
                    throw AWSFault.invalidParameter("Cannot resend codes. Auto verification not turned on.")
                }
                Self.send(.signUp, as: .resendCode, to: contact, of: &user, in: edit, mint: mint)
                try edit.save(user, in: pool)
                return ["CodeDeliveryDetails": Self.delivery(contact)]
            }
        }
    }

    /// What a client that must not learn who exists is told: the same for the same name.
    // AWS: doc — spec/cognito.md §D12.
    static func simulatedDelivery(_ name: String) -> AWSValue {
        let first = name.first.map(String.init) ?? "a"
        return delivery(Attribute(name: "email", value: "\(first)@\(first).com"))
    }
}
