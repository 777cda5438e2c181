import AWSModel
import IdentityRules
import Timeline

extension CognitoService {
    /// Asks the UserMigration trigger about a user this pool does not have, and takes over whom it knows. Nil when the pool
    /// has no such trigger.
    /// - Parameter password: the one given at sign-in; nil for a password that was forgotten.
    // AWS: doc — the trigger's event; recorded for the text of a refusal (widely known).
    func migrate(
        _ name: String, password: String?, _ client: Client, _ pool: Pool, _ input: CognitoInput
    ) async throws -> User? {
        let source = password == nil ? "UserMigration_ForgotPassword" : "UserMigration_Authentication"
        let answer: AWSObject?
        do {
            answer = try await fire(
                .userMigration, source, pool: pool, clientID: client.id, username: name, attributes: [],
                request: [
                    "password": password.map { .string($0) } ?? .null,
                    "validationData": .object(ofTexts: input.map("ClientMetadata")), "userAttributes": .null,
                ],
                response: [
                    "userAttributes": .null, "forceAliasCreation": .null, "enableSMSMFA": .null, "finalUserStatus": .null,
                    "messageAction": .null, "desiredDeliveryMediums": .null,
                ])
        } catch let fault as AWSFault where fault.code == "UserLambdaValidationException" {
            throw client.hidesUsers
                ? AWSFault.incorrectPassword
                : AWSFault.cognito("UserNotFoundException", "Exception migrating user in app client \(client.id)")
        }
        guard let answer else { return nil }
        let attributes = (answer["userAttributes"]?.textMap ?? [:]).filter { $0.key != "username" && $0.key != "sub" }
            .map { Attribute(name: $0.key, value: $0.value) }.sorted { $0.name < $1.name }
        guard !attributes.isEmpty else { throw AWSFault.cognito("InvalidLambdaResponseException", "Unrecognizable lambda output") }
        try Self.check(attributes, in: pool, by: .creation)
        var user = try newUser(name, attributes, in: pool, status: .confirmed)
        if let final = answer["finalUserStatus"]?.string {
            guard let status = UserStatus(rawValue: final), [.confirmed, .resetRequired, .forceChangePassword].contains(status) else {
                throw AWSFault.cognito("InvalidLambdaResponseException", "Unrecognizable lambda output")
            }
            user.status = status
        } else if password == nil {
            user.status = .resetRequired
        }
        if answer["enableSMSMFA"]?.bool == true { user.mfa.enabled = [.sms] }
        if let password { user.verifier = try await verifier(password, for: user, in: pool) }
        if user.status == .forceChangePassword { user.temporarySince = timeline.now }
        let takesAliases = answer["forceAliasCreation"]?.bool == true
        return try await turn { [user] edit in
            if let known = try edit.directory.user(named: user.username, in: pool) { return known }
            try edit.save(user, in: pool, takingAliases: takesAliases)
            return user
        }
    }
}
