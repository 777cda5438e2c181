import AWSModel
import Gateway
import IdentityRules
import Timeline

extension CognitoService {
    /// Operations by which administrators change users.
    var adminChangeOperations: [Operation] {
        [
            adminSetUserPassword, adminConfirmSignUp, adminResetUserPassword, adminUpdateUserAttributes,
            adminDeleteUserAttributes,
            changing("AdminEnableUser") { user, _, _ in user.isEnabled = true },
            adminDisableUser,
        ]
    }

    /// An operation that changes the user `Username` means.
    func changing(
        _ name: String, _ change: @escaping @Sendable (inout User, Pool, CognitoInput) throws -> Void
    ) -> Operation {
        writing(name) { edit, input in
            let pool = try edit.directory.pool(input)
            var user = try edit.directory.requiredUser(input.text("Username"), in: pool)
            try change(&user, pool, input)
            user.modified = edit.now
            try edit.save(user, in: pool)
            return [:]
        }
    }

    private var adminSetUserPassword: Operation {
        acting("AdminSetUserPassword") { [self] input in
            let pool = try directory.pool(input)
            let user = try directory.requiredUser(input.text("Username"), in: pool)
            let password = try input.text("Password")
            try Self.checkLength(password)
            try Self.check(password: password, in: pool, byUser: false)
            let verifier = try await verifier(password, for: user, in: pool)
            let isPermanent = input.flag("Permanent")
            return try await turn { edit in
                var user = try edit.directory.requiredUser(user.username, in: pool)
                user.setPassword(
                    verifier, temporarySince: isPermanent ? nil : edit.now, historySize: pool.passwordPolicy.historySize)
                user.status = isPermanent ? .confirmed : .forceChangePassword
                user.modified = edit.now
                try edit.save(user, in: pool)
                return [:]
            }
        }
    }

    /// AWS refuses what is shorter than any policy allows before it looks at the policy.
    // AWS: recorded — spec/cognito.md §D7.
    static func checkLength(_ password: String) throws {
        guard password.unicodeScalars.count < 6 else { return }
        throw AWSFault.invalidParameter(
            "1 validation error detected: Value at 'password' failed to satisfy constraint: "
                + "Member must have length greater than or equal to 6")
    }

    private var adminConfirmSignUp: Operation {
        acting("AdminConfirmSignUp") { [self] input in
            let pool = try directory.pool(input)
            let confirmed: User = try await turn { edit in
                var user = try edit.directory.requiredUser(input.text("Username"), in: pool)
                guard user.status == .unconfirmed else {
                    throw AWSFault.notAuthorized("User cannot be confirmed. Current status is \(user.status.rawValue)")
                }
                user.status = .confirmed
                user.codes.removeAll { $0.purpose == .signUp }
                user.modified = edit.now
                try edit.save(user, in: pool)
                return user
            }
            try await fireConfirmed(confirmed, "PostConfirmation_ConfirmSignUp", in: pool, clientID: "CLIENT_ID_NOT_APPLICABLE", input)
            return [:]
        }
    }

    /// Fires PostConfirmation.
    func fireConfirmed(_ user: User, _ source: String, in pool: Pool, clientID: String, _ input: CognitoInput) async throws {
        _ = try await fire(
            .postConfirmation, source, pool: pool, clientID: clientID, username: user.username,
            attributes: user.shownAttributes, metadata: input.map("ClientMetadata"))
    }

    private var adminResetUserPassword: Operation {
        writing("AdminResetUserPassword") { [mint] edit, input in
            let pool = try edit.directory.pool(input)
            var user = try edit.directory.requiredUser(input.text("Username"), in: pool)
            guard user.status == .confirmed || user.status == .resetRequired else {
                throw AWSFault.notAuthorized("User password cannot be reset in the current state.")
            }
            guard let contact = user.contact(among: ["email", "phone_number"], verifiedOnly: true) else {
                throw AWSFault.invalidParameter(
                    "Cannot reset password for the user as there is no registered/verified email or phone_number")
            }
            user.status = .resetRequired
            Self.send(.passwordReset, as: .forgotPassword, to: contact, of: &user, in: edit, mint: mint)
            user.modified = edit.now
            try edit.save(user, in: pool)
            return [:]
        }
    }

    private var adminUpdateUserAttributes: Operation {
        writing("AdminUpdateUserAttributes") { [mint] edit, input in
            let pool = try edit.directory.pool(input)
            var user = try edit.directory.requiredUser(input.text("Username"), in: pool)
            let attributes = input.attributes("UserAttributes")
            try Self.check(attributes, in: pool, by: .administrator)
            _ = try Self.attributesChanged(attributes, of: &user, in: pool, edit: edit, mint: mint)
            try edit.save(user, in: pool)
            return [:]
        }
    }

    private var adminDeleteUserAttributes: Operation {
        changing("AdminDeleteUserAttributes") { user, pool, input in
            try Self.remove(input.texts("UserAttributeNames"), from: &user, in: pool)
        }
    }

    /// Throws for attributes that do not exist or are required.
    static func remove(_ names: [String], from user: inout User, in pool: Pool) throws {
        for name in names {
            guard let definition = pool.schema[name] else {
                throw AWSFault.schema(["\(name): Attribute does not exist in the schema."])
            }
            if definition.isRequired { throw AWSFault.schema(["\(name): Attribute is required and cannot be removed."]) }
            if !definition.isMutable { throw AWSFault.schema(["\(name): Attribute cannot be updated."], isUpdate: true) }
            user[name] = nil
            if ["email", "phone_number"].contains(name) { user["\(name)_verified"] = nil }
        }
    }

    private var adminDisableUser: Operation {
        writing("AdminDisableUser") { edit, input in
            let pool = try edit.directory.pool(input)
            var user = try edit.directory.requiredUser(input.text("Username"), in: pool)
            user.isEnabled = false
            user.modified = edit.now
            try GrantTable.revokeAll(of: user, in: edit.turn.transaction)
            try edit.save(user, in: pool)
            return [:]
        }
    }
}
