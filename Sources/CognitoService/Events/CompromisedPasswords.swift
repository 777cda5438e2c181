import AWSModel
import Gateway

/// What a user was doing with a password, as EventFilter names it.
enum PasswordUse: String, Sendable {
    case signIn = "SIGN_IN", signUp = "SIGN_UP", change = "PASSWORD_CHANGE"
}

extension RiskConfiguration {
    /// Whether compromised passwords are refused in that use.
    // AWS: doc — CompromisedCredentialsRiskConfiguration: all events unless a filter names some.
    func blocksCompromised(_ use: PasswordUse) -> Bool {
        let compromised = settings["CompromisedCredentialsRiskConfiguration"]
        guard compromised?["Actions"]?["EventAction"]?.string == "BLOCK" else { return false }
        return compromised?["EventFilter"]?.texts?.contains(use.rawValue) ?? true
    }
}

extension CognitoService {
    /// Refuses a password that the settings list as compromised, where the pool enforces threat protection and wants that.
    /// SRP never shows one.
    // AWS: doc — compromised credentials are looked for where the password itself is sent; wording inferred.
    func refuseCompromised(_ password: String, _ use: PasswordUse, of user: User?, in pool: Pool) async throws {
        guard compromisedPasswords.contains(password), pool.threatProtection == "ENFORCED" else { return }
        let client = CallScope.current.clientID ?? RiskConfiguration.allClients
        guard let risk = try directory.risk(client, in: pool), risk.blocksCompromised(use) else { return }
        guard use == .signIn else {
            throw AWSFault.cognito("InvalidPasswordException", "Provided password cannot be used for security reasons.")
        }
        _ = try await record(
            .signIn, of: user, in: pool, isPassed: false, challenge: "Password", isBlocked: true, isCompromised: true, nil)
        throw AWSFault.cognito("PasswordResetRequiredException", "Password reset required for user due to security reasons")
    }
}
