import AWSModel
import Gateway
import IdentityRules
import Timeline

extension CognitoService {
    /// ForgotPassword, ConfirmForgotPassword and ChangePassword.
    var passwordOperations: [Operation] { [forgotPassword, confirmForgotPassword, changePassword] }

    private var forgotPassword: Operation {
        acting("ForgotPassword") { [self] input in
            let (client, pool) = try clientCall(input)
            let name = try input.text("Username")
            if try directory.user(meant: name, in: pool) == nil {
                _ = try await migrate(name, password: nil, client, pool, input)
            }
            return try await turn { [mint] edit in
                guard var user = try edit.directory.user(meant: name, in: pool) else {
                    guard client.hidesUsers else { throw AWSFault.noUser }
                    return ["CodeDeliveryDetails": Self.simulatedDelivery(name)]
                }
                // AWS: doc — clients that are not told who exists are not told who cannot be reached either.
                let contact = Self.recoveryContact(of: user, in: pool)
                if client.hidesUsers, !user.isEnabled || contact == nil {
                    return ["CodeDeliveryDetails": Self.simulatedDelivery(name)]
                }
                guard user.isEnabled else { throw AWSFault.notAuthorized("User is disabled.") }
                guard user.status != .forceChangePassword, user.status != .externalProvider else {
                    throw AWSFault.notAuthorized("User password cannot be reset in the current state.")
                }
                guard let contact else {
                    throw AWSFault.invalidParameter(
                        "Cannot reset password for the user as there is no registered/verified email or phone_number")
                }
                Self.send(.passwordReset, as: .forgotPassword, to: contact, of: &user, in: edit, mint: mint)
                try edit.save(user, in: pool)
                return ["CodeDeliveryDetails": Self.delivery(contact)]
            }
        }
    }

    private static func recoveryContact(of user: User, in pool: Pool) -> Attribute? {
        let attributes = pool.recoveryMechanisms.compactMap { mechanism -> String? in
            switch mechanism {
            case "verified_email": "email"
            case "verified_phone_number": "phone_number"
            default: nil
            }
        }
        return user.contact(among: attributes, verifiedOnly: true)
    }

    private var confirmForgotPassword: Operation {
        acting("ConfirmForgotPassword") { [self] input in
            let (client, pool) = try clientCall(input)
            let name = try input.text("Username"), given = try input.text("ConfirmationCode")
            let password = try input.text("Password")
            try Self.checkLength(password)
            guard let known = try directory.user(meant: name, in: pool) else {
                throw client.hidesUsers ? AWSFault.expiredCode : AWSFault.noUser
            }
            try await requireCode(given, .passwordReset, of: known, in: pool)
            try Self.check(password: password, in: pool, byUser: true)
            try await refuseCompromised(password, .change, of: known, in: pool)
            let verifier = try await verifier(password, for: known, in: pool)
            let user: User = try await turn { edit in
                var user = try edit.directory.requiredUser(known.username, in: pool)
                let code = try Self.take(given, .passwordReset, of: &user, at: edit.now)
                user.setPassword(verifier, temporarySince: nil, historySize: pool.passwordPolicy.historySize)
                user.verify(by: code)
                user.status = .confirmed
                user.modified = edit.now
                try edit.save(user, in: pool)
                return user
            }
            _ = try await record(.forgotPassword, of: user, in: pool, isPassed: true, input)
            try await fireConfirmed(user, "PostConfirmation_ConfirmForgotPassword", in: pool, clientID: client.id, input)
            return [:]
        }
    }

    private var changePassword: Operation {
        acting("ChangePassword") { [self] input in
            let bearer = try await bearer(input)
            let (pool, user) = (bearer.pool, bearer.user)
            let proposed = try input.text("ProposedPassword")
            try Self.checkLength(proposed)
            if user.lock.isLocked(at: timeline.now) {
                throw AWSFault.limitExceeded
            }
            let isRight = try await input.optionalText("PreviousPassword").asyncMap { try await matches($0, user, in: pool) }
            _ = try await record(.passwordChange, of: user, in: pool, isPassed: isRight ?? (user.verifier == nil), input)
            guard isRight ?? (user.verifier == nil) else {
                try await turn { edit in
                    var user = try edit.directory.requiredUser(user.username, in: pool)
                    if user.lock.isLocked(at: edit.now) { throw AWSFault.limitExceeded }
                    user.lock.failed(at: edit.now)
                    try edit.save(user)
                }
                throw AWSFault.incorrectPassword
            }
            try Self.check(password: proposed, in: pool, byUser: true)
            try await CallScope.of(client: bearer.client) { try await refuseCompromised(proposed, .change, of: user, in: pool) }
            let verifier = try await verifier(proposed, for: user, in: pool)
            let matched = user.verifier
            return try await turn { edit in
                var user = try edit.directory.requiredUser(user.username, in: pool)
                if user.lock.isLocked(at: edit.now) { throw AWSFault.limitExceeded }
                // The password that was given may have been changed meanwhile.
                guard user.verifier == matched else { throw AWSFault.incorrectPassword }
                user.setPassword(verifier, temporarySince: nil, historySize: pool.passwordPolicy.historySize)
                user.modified = edit.now
                try edit.save(user, in: pool)
                return [:]
            }
        }
    }
}

extension Optional where Wrapped: Sendable {
    /// `map` with a body that awaits.
    func asyncMap<T>(_ body: (Wrapped) async throws -> T) async rethrows -> T? {
        guard let value = self else { return nil }
        return try await body(value)
    }
}
