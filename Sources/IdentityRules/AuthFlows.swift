/// The sign-in flows an app client may use.
// AWS: doc — spec/cognito.md §D4 and §D8.
package enum AuthFlows {
    private static let legacy: Set<String> = ["USER_PASSWORD_AUTH", "ADMIN_NO_SRP_AUTH", "CUSTOM_AUTH_FLOW_ONLY"]

    /// What a client without a list may do.
    package static let byDefault = ["ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_CUSTOM_AUTH"]

    /// Whether old and new names are mixed, which is refused.
    package static func mixesNames(_ flows: [String]) -> Bool {
        flows.contains(where: legacy.contains) && flows.contains { !legacy.contains($0) }
    }

    /// One of the flows of InitiateAuth and AdminInitiateAuth.
    package struct Request: Equatable, Sendable {
        package enum Kind: Equatable, Sendable { case signIn(SignIn.Flow), refresh }

        package let kind: Kind
        /// What must come with it, besides the secret hash.
        package let requiredParameters: [String]
        /// The names that allow it in a client's list.
        let permissions: Set<String>
        /// What the refusal of a client that lacks it begins with.
        let refusalSubject: String
        let isForAdministrators: Bool?

        /// Nil for a flow the API does not name.
        package init?(_ name: String) {
            switch name {
            case "USER_PASSWORD_AUTH":
                self.init(.signIn(.password), ["USERNAME", "PASSWORD"], ["ALLOW_USER_PASSWORD_AUTH", name], name, false)
            case "USER_SRP_AUTH":
                self.init(.signIn(.srp), ["USERNAME", "SRP_A"], ["ALLOW_USER_SRP_AUTH"], name, nil)
            case "ADMIN_USER_PASSWORD_AUTH", "ADMIN_NO_SRP_AUTH":
                self.init(
                    .signIn(.password), ["USERNAME", "PASSWORD"],
                    ["ALLOW_ADMIN_USER_PASSWORD_AUTH", "ADMIN_NO_SRP_AUTH"], "Auth", true)
            case "REFRESH_TOKEN_AUTH", "REFRESH_TOKEN":
                self.init(.refresh, ["REFRESH_TOKEN"], ["ALLOW_REFRESH_TOKEN_AUTH"], name, nil)
            case "CUSTOM_AUTH":
                self.init(.signIn(.custom), ["USERNAME"], ["ALLOW_CUSTOM_AUTH", "CUSTOM_AUTH_FLOW_ONLY"], name, nil)
            case "USER_AUTH":
                self.init(.signIn(.choice), ["USERNAME"], ["ALLOW_USER_AUTH"], name, nil)
            default: return nil
            }
        }

        private init(
            _ kind: Kind, _ parameters: [String], _ permissions: Set<String>, _ subject: String, _ isForAdministrators: Bool?
        ) {
            self.kind = kind
            requiredParameters = parameters
            self.permissions = permissions
            refusalSubject = subject
            self.isForAdministrators = isForAdministrators
        }

        /// The first thing wrong with asking for this flow, as AWS words it; nil when it may go on.
        // AWS: recorded — spec/cognito.md §D8.
        package func refusal(byAdministrator: Bool, allowed: [String], parameters: Set<String>) -> String? {
            if let isForAdministrators, isForAdministrators != byAdministrator { return "Initiate Auth method not supported." }
            let flows = allowed.isEmpty ? AuthFlows.byDefault : allowed
            // The old names list what goes beyond SRP and refreshing, which were always allowed.
            let usesOldNames = flows.contains { !$0.hasPrefix("ALLOW_") }
            let isAlwaysAllowed = usesOldNames && !flows.contains("CUSTOM_AUTH_FLOW_ONLY")
                && (kind == .refresh || kind == .signIn(.srp))
            guard isAlwaysAllowed || (usesOldNames && kind == .refresh) || flows.contains(where: permissions.contains) else {
                return "\(refusalSubject) flow not enabled for this client"
            }
            return requiredParameters.first { !parameters.contains($0) }.map { "Missing required parameter \($0)" }
        }
    }
}
