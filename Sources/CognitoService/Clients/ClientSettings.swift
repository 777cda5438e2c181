import AWSModel
import IdentityRules
import SimTime

/// What CreateUserPoolClient and UpdateUserPoolClient store; omitted members are at their defaults in both.
enum ClientSettings {
    private static let plain = [
        "ReadAttributes", "WriteAttributes", "ExplicitAuthFlows", "SupportedIdentityProviders", "CallbackURLs",
        "LogoutURLs", "DefaultRedirectURI", "AllowedOAuthFlows", "AllowedOAuthScopes", "AnalyticsConfiguration",
        "AccessTokenValidity", "IdTokenValidity", "TokenValidityUnits", "PreventUserExistenceErrors",
        "EnablePropagateAdditionalUserContextData", "RefreshTokenRotation",
    ]

    /// Throws `InvalidParameterException`, `ScopeDoesNotExistException`.
    // AWS: doc — spec/cognito.md §D4.
    static func settings(_ input: CognitoInput, hasSecret: Bool, pool: Pool, in directory: Directory) throws -> AWSObject {
        var settings = AWSObject()
        for member in plain { settings[member] = input.object[member] }
        let refreshDays = input.int("RefreshTokenValidity") ?? 0
        settings["RefreshTokenValidity"] = .integer(refreshDays == 0 ? 30 : Int64(refreshDays))
        settings["AllowedOAuthFlowsUserPoolClient"] = .boolean(input.flag("AllowedOAuthFlowsUserPoolClient"))
        settings["EnableTokenRevocation"] = .boolean(input.object["EnableTokenRevocation"]?.bool ?? true)
        settings["AuthSessionValidity"] = .integer(Int64(input.int("AuthSessionValidity") ?? 3))
        try checkFlows(input.texts("ExplicitAuthFlows"))
        try checkURLs(input)
        try checkProviders(input, pool: pool, in: directory)
        try checkOAuth(input, hasSecret: hasSecret, pool: pool, in: directory)
        try checkValidity(settings, poolID: pool.id)
        try checkAttributes(input, schema: pool.schema)
        return settings
    }

    // AWS: recorded — aws/aws-cdk issues 2608 and 20760; that the two flags and `sub` are nobody's to write is doc.
    private static func checkAttributes(_ input: CognitoInput, schema: AttributeSchema) throws {
        func check(_ names: [String], _ kind: String, besides refused: Set<String> = []) throws {
            guard names.contains(where: { schema[$0] == nil || refused.contains($0) }) else { return }
            throw AWSFault.invalidParameter("Invalid \(kind) attributes specified while creating a client")
        }
        try check(input.texts("ReadAttributes"), "read")
        try check(input.texts("WriteAttributes"), "write", besides: ["sub", "email_verified", "phone_number_verified"])
    }

    // AWS: recorded — lgallard/terraform-aws-cognito-user-pool issue 71.
    private static func checkProviders(_ input: CognitoInput, pool: Pool, in directory: Directory) throws {
        let names = input.texts("SupportedIdentityProviders")
        let known = Set(names.isEmpty ? [] : try directory.all(IdentityProvider.self, of: pool).map(\.name))
        for name in names where name != "COGNITO" && !known.contains(name) {
            throw AWSFault.invalidParameter("The provider \(name) does not exist for User Pool \(pool.id).")
        }
    }

    private static func checkFlows(_ flows: [String]) throws {
        guard AuthFlows.mixesNames(flows) else { return }
        throw AWSFault.invalidParameter(
            "You can't use both the old and the new names of ExplicitAuthFlows: \(flows.joined(separator: ", ")).")
    }

    private static func checkURLs(_ input: CognitoInput) throws {
        for url in input.texts("CallbackURLs") + input.texts("LogoutURLs") where !isAllowed(url) {
            throw AWSFault.invalidParameter(
                "\(url) is not a valid URL: it must be absolute, without fragment, and use https unless it names this machine.")
        }
        if let address = input.optionalText("DefaultRedirectURI"), !input.texts("CallbackURLs").contains(address) {
            throw AWSFault.invalidParameter("DefaultRedirectURI must be in the list of CallbackURLs.")
        }
    }

    static func isAllowed(_ url: String) -> Bool {
        guard !url.contains("#"), !url.contains(" "), let colon = url.firstIndex(of: ":") else { return false }
        let scheme = url[..<colon].lowercased()
        let rest = url[url.index(after: colon)...]
        guard let first = scheme.unicodeScalars.first, first.properties.isAlphabetic else { return false }
        if scheme == "https" { return rest.hasPrefix("//") && rest.count > 2 }
        guard scheme == "http" else { return rest.hasPrefix("//") }
        let authority = rest.dropFirst(2).prefix { $0 != "/" && $0 != "?" }
        let host = authority.hasPrefix("[")
            ? String(authority.prefix { $0 != "]" }) + "]" : String(authority.prefix { $0 != ":" })
        return rest.hasPrefix("//") && ["localhost", "127.0.0.1", "[::1]"].contains(host)
    }

    private static func checkOAuth(_ input: CognitoInput, hasSecret: Bool, pool: Pool, in directory: Directory) throws {
        let flows = input.texts("AllowedOAuthFlows")
        if flows.contains("client_credentials") {
            if flows.count > 1 {
                throw AWSFault.cognito(
                    "InvalidOAuthFlowException",
                    "client_credentials flow can not be selected along with code flow or implicit flow.")
            }
            if !hasSecret {
                throw AWSFault.cognito(
                    "InvalidOAuthFlowException", "client_credentials flow can not be selected if client does not have a client secret.")
            }
        }
        if !flows.isEmpty || !input.texts("AllowedOAuthScopes").isEmpty, !input.flag("AllowedOAuthFlowsUserPoolClient") {
            throw AWSFault.invalidParameter(
                "AllowedOAuthFlows and AllowedOAuthScopes are required to be used with AllowedOAuthFlowsUserPoolClient.")
        }
        if input.flag("AllowedOAuthFlowsUserPoolClient"), flows.isEmpty || input.texts("AllowedOAuthScopes").isEmpty {
            // AWS: doc rule, wording from memory.
            throw AWSFault.invalidParameter(
                "AllowedOAuthFlows and AllowedOAuthScopes are required if user pool client is allowed to use OAuth flows.")
        }
        let known = try knownScopes(pool, in: directory)
        let standard: Set<String> = ["phone", "email", "openid", "profile", "aws.cognito.signin.user.admin"]
        for scope in input.texts("AllowedOAuthScopes") where !standard.contains(scope) && !known.contains(scope) {
            // AWS: recorded for what is no custom scope — awsdocs/aws-cloudformation-user-guide issue 564; the other inferred.
            let problem = scope.contains("/") ? "Custom scope does not exist" : "Invalid scope requested"
            throw AWSFault.cognito("ScopeDoesNotExistException", "\(problem): \(scope)")
        }
    }

    static func knownScopes(_ pool: Pool, in directory: Directory) throws -> Set<String> {
        Set(try directory.all(ResourceServer.self, of: pool).flatMap { server in
            server.scopes.map { "\(server.identifier)/\($0.name)" }
        })
    }

    private static func checkValidity(_ settings: AWSObject, poolID: String) throws {
        let probe = Client(
            id: "", poolID: poolID, name: "", secret: nil, created: .init(millisecondsSinceEpoch: 0),
            modified: .init(millisecondsSinceEpoch: 0), settings: settings)
        for (kind, name) in [(Client.TokenKind.access, "Access"), (.id, "Id")] {
            guard (.minutes(5)...SimDuration.days(1)).contains(probe.validity(of: kind)) else {
                throw AWSFault.invalidParameter("Invalid range for token validity: \(name) tokens must be between 5 minutes and 1 day.")
            }
        }
        guard (.minutes(60)...SimDuration.days(3650)).contains(probe.validity(of: .refresh)) else {
            throw AWSFault.invalidParameter("Invalid range for token validity: Refresh tokens must be between 60 minutes and 10 years.")
        }
    }
}
