import AWSModel
import Gateway
import IdentityRules

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
        acting("SignUp", coverage: .partial("no Session for USER_AUTH, a password is required")) { [self] input in
            let (client, pool) = try clientCall(input)
            guard !pool.onlyAdministratorsCreateUsers else {
                throw AWSFault.notAuthorized("SignUp is not permitted for this user pool")
            }
            let given = try input.text("Username"), password = try input.text("Password")
            try Self.checkLength(password)
            try Self.check(password: password, in: pool, byUser: false)
            let draft = try newUser(given, input.attributes("UserAttributes"), in: pool, status: .unconfirmed)
            try Self.check(draft.attributes, in: pool, by: .creation, client: client)
            if pool.naming.aliasAttributes.contains("preferred_username"), draft["preferred_username"] != nil {
                throw AWSFault.invalidParameter("preferred_username cannot be set at sign-up when it is an alias.")
            }
            guard try directory.user(named: draft.username, in: pool) == nil else { throw AWSFault.userExists }
            var (user, isConfirmed) = try await applyPreSignUp("PreSignUp_SignUp", to: draft, in: pool, clientID: client.id, input)
            user.verifier = try await verifier(password, for: user, in: pool)
            if isConfirmed { user.status = .confirmed }
            let output = try await store(signedUp: user, in: pool)
            if isConfirmed {
                try await fireConfirmed(user, "PostConfirmation_ConfirmSignUp", in: pool, clientID: client.id, input)
            }
            return output
        }
    }

    private func store(signedUp user: User, in pool: Pool) async throws -> AWSObject {
        try await turn { [mint, inbox] edit in
            guard try edit.directory.user(named: user.username, in: pool) == nil else { throw AWSFault.userExists }
            var user = user
            user.modified = edit.now
            var output: AWSObject = ["UserConfirmed": .boolean(user.status == .confirmed), "UserSub": .string(user.sub)]
            // The number comes first where both are verified by the pool.
            let verified = ["phone_number", "email"].filter(pool.autoVerifiedAttributes.contains)
            if user.status == .unconfirmed, let contact = user.contact(among: verified, verifiedOnly: false) {
                Self.send(.signUp, to: contact, of: &user, in: edit, mint: mint, inbox: inbox)
                output["CodeDeliveryDetails"] = Self.delivery(contact)
            }
            try edit.save(user, in: pool)
            return output
        }
    }

    private var confirmSignUp: Operation {
        acting("ConfirmSignUp", refusing: ["Session"]) { [self] input in
            let (client, pool) = try clientCall(input)
            let name = try input.text("Username"), given = try input.text("ConfirmationCode")
            let takesAliases = input.flag("ForceAliasCreation")
            let user: User = try await turn { edit in
                guard var user = try edit.directory.user(meant: name, in: pool) else {
                    throw client.hidesUsers ? AWSFault.expiredCode : AWSFault.noUser
                }
                guard user.status == .unconfirmed else {
                    throw AWSFault.notAuthorized("User cannot be confirmed. Current status is \(user.status.rawValue)")
                }
                let code = try Self.take(given, .signUp, of: &user, at: edit.now)
                user.status = .confirmed
                user["\(code.attribute)_verified"] = "true"
                user.modified = edit.now
                try edit.save(user, in: pool, takingAliases: takesAliases)
                return user
            }
            try await fireConfirmed(user, "PostConfirmation_ConfirmSignUp", in: pool, clientID: client.id, input)
            return [:]
        }
    }

    private var resendConfirmationCode: Operation {
        acting("ResendConfirmationCode") { [self] input in
            let (client, pool) = try clientCall(input)
            let name = try input.text("Username")
            return try await turn { [mint, inbox] edit in
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
                Self.send(.signUp, to: contact, of: &user, in: edit, mint: mint, inbox: inbox)
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
