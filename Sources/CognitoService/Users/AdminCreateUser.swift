import AWSModel
import Gateway
import IdentityRules
import SimTime
import Timeline
import TokenCrypto

extension CognitoService {
    /// Operations by which administrators make, see and remove users.
    var adminUserOperations: [Operation] { [adminCreateUser, adminGetUser, adminDeleteUser] }

    private var adminCreateUser: Operation {
        acting("AdminCreateUser") { [self] input in
            let pool = try directory.pool(input)
            let given = try input.text("Username")
            if input.optionalText("MessageAction") == "RESEND" { return try await resendInvitation(pool, given, input) }
            let attributes = input.attributes("UserAttributes")
            try Self.check(attributes, in: pool, by: .creation)
            let password = input.optionalText("TemporaryPassword")
                ?? mint.draw { pool.passwordPolicy.generated(using: &$0) }
            try Self.check(password: password, in: pool, byUser: false)
            var user = try newUser(given, attributes, in: pool, status: .forceChangePassword)
            user = try await applyPreSignUp(
                "PreSignUp_AdminCreateUser", to: user, in: pool, clientID: "CLIENT_ID_NOT_APPLICABLE", input).user
            user.status = .forceChangePassword
            user.verifier = try await verifier(password, for: user, in: pool)
            return try await create(user, password, in: pool, input)
        }
    }

    private func create(_ user: User, _ password: String, in pool: Pool, _ input: CognitoInput) async throws -> AWSObject {
        let takesAliases = input.flag("ForceAliasCreation"), isSilent = input.optionalText("MessageAction") == "SUPPRESS"
        let mediums = input.texts("DesiredDeliveryMediums")
        return try await turn { edit in
            guard try edit.directory.user(named: user.username, in: pool) == nil else { throw AWSFault.userAccountExists }
            var user = user
            user.modified = edit.now
            user.temporarySince = edit.now
            try edit.save(user, in: pool, takingAliases: takesAliases)
            if !isSilent {
                Self.invite(user, password, mediums: mediums, in: edit)
            }
            return ["User": user.listed(only: nil)]
        }
    }

    /// The default medium is SMS; e-mail is used where there is no number, so that somebody can read the message.
    private static func invite(_ user: User, _ password: String, mediums: [String], in edit: DirectoryEdit) {
        let wanted = mediums.isEmpty ? ["SMS", "EMAIL"] : mediums
        let contact = user.contact(among: wanted.map { $0 == "EMAIL" ? "email" : "phone_number" }, verifiedOnly: false)
        if let contact { post(.adminCreateUser, password, to: contact, of: user, in: edit) }
    }

    private func resendInvitation(_ pool: Pool, _ given: String, _ input: CognitoInput) async throws -> AWSObject {
        let user = try directory.requiredUser(given, in: pool)
        guard user.status == .forceChangePassword else {
            throw AWSFault.cognito(
                "UnsupportedUserStateException", "Resend not possible. \(given) status is not FORCE_CHANGE_PASSWORD")
        }
        let password = input.optionalText("TemporaryPassword")
            ?? mint.draw { pool.passwordPolicy.generated(using: &$0) }
        try Self.check(password: password, in: pool, byUser: false)
        let verifier = try await verifier(password, for: user, in: pool)
        let mediums = input.texts("DesiredDeliveryMediums")
        return try await turn { edit in
            var user = try edit.directory.requiredUser(user.username, in: pool)
            user.setPassword(verifier, temporarySince: edit.now, historySize: 0)
            user.modified = edit.now
            try edit.save(user, in: pool)
            Self.invite(user, password, mediums: mediums, in: edit)
            return ["User": user.listed(only: nil)]
        }
    }

    /// A user that is not stored yet, without a password. Throws when the name is not one the pool takes.
    func newUser(_ given: String, _ attributes: [Attribute], in pool: Pool, status: UserStatus) throws -> User {
        let sub = mint.uuid()
        var username = given
        var attributes = attributes
        // AWS: doc — the service makes it up; wording inferred.
        if attributes.contains(where: { $0.name == "sub" }) { throw AWSFault.schema(["sub: Attribute cannot be updated."]) }
        switch pool.naming.reading(of: given) {
        case .username: try refuseProviderName(given, in: pool)
        case .attribute(let name):
            username = sub
            attributes.removeAll { $0.name == name }
            attributes.append(Attribute(name: name, value: given))
        case .refused(let text): throw AWSFault.invalidParameter(text)
        }
        return User(
            poolID: pool.id, username: username, sub: sub, created: timeline.now, modified: timeline.now, status: status,
            attributes: attributes, foldedName: pool.naming.folded(username))
    }

    /// Throws for the name that somebody who comes by a provider of the pool would have.
    // AWS: inferred, with the wording.
    private func refuseProviderName(_ given: String, in pool: Pool) throws {
        let name = pool.naming.folded(given)
        for provider in try directory.all(IdentityProvider.self, of: pool)
        where name.hasPrefix(pool.naming.folded(Self.federatedName(provider.name, ""))) {
            throw AWSFault.invalidParameter(
                "Username cannot begin with the name of the identity provider \(provider.name).")
        }
    }

    /// What the PreSignUp trigger decides: confirmed at once, contacts taken as verified.
    func applyPreSignUp(
        _ source: String, to user: User, in pool: Pool, clientID: String, _ input: CognitoInput
    ) async throws -> (user: User, isConfirmed: Bool) {
        let validation = Dictionary(input.attributes("ValidationData").map { ($0.name, $0.value) }) { $1 }
        let answer = try await fire(
            .preSignUp, source, pool: pool, clientID: clientID, username: user.username, attributes: user.attributes,
            request: ["validationData": .object(ofTexts: validation)],
            response: ["autoConfirmUser": false, "autoVerifyEmail": false, "autoVerifyPhone": false],
            metadata: input.map("ClientMetadata"))
        var user = user
        if answer?["autoVerifyEmail"]?.bool == true, user["email"] != nil { user["email_verified"] = "true" }
        if answer?["autoVerifyPhone"]?.bool == true, user["phone_number"] != nil { user["phone_number_verified"] = "true" }
        return (user, answer?["autoConfirmUser"]?.bool == true)
    }

    private var adminGetUser: Operation {
        reading("AdminGetUser") { directory, input in
            let pool = try directory.pool(input)
            let user = try directory.requiredUser(input.text("Username"), in: pool)
            var output = user.mfaOutput
            output["Username"] = .string(user.username)
            output["UserAttributes"] = .list(user.shownAttributes.map(\.output))
            output["UserCreateDate"] = .timestamp(user.created)
            output["UserLastModifiedDate"] = .timestamp(user.modified)
            output["Enabled"] = .boolean(user.isEnabled)
            output["UserStatus"] = .string(user.status.rawValue)
            return output
        }
    }

    private var adminDeleteUser: Operation {
        writing("AdminDeleteUser") { edit, input in
            let pool = try edit.directory.pool(input)
            try edit.delete(try edit.directory.requiredUser(input.text("Username"), in: pool), in: pool)
            return [:]
        }
    }
}
