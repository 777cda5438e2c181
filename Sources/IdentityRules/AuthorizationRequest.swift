/// What an app client may do at the hosted endpoints.
package struct OAuthClient: Sendable, Equatable {
    package var id: String
    package var hasSecret: Bool
    package var isOAuthEnabled: Bool
    /// `code`, `implicit`, `client_credentials`.
    package var flows: [String]
    package var scopes: [String]
    package var callbackURLs: [String]
    package var defaultRedirectURI: String?

    package init(
        id: String, hasSecret: Bool, isOAuthEnabled: Bool, flows: [String], scopes: [String], callbackURLs: [String],
        defaultRedirectURI: String? = nil
    ) {
        self.id = id
        self.hasSecret = hasSecret
        self.isOAuthEnabled = isOAuthEnabled
        self.flows = flows
        self.scopes = scopes
        self.callbackURLs = callbackURLs
        self.defaultRedirectURI = defaultRedirectURI
    }
}

/// A request to the authorize endpoint that may lead to a sign-in.
// AWS: doc — spec/cognito.md §D15.
package struct AuthorizationRequest: Codable, Sendable, Equatable {
    package enum ResponseType: String, Codable, Sendable { case code, token }

    package let clientID: String
    package let redirectURI: String
    package let responseType: ResponseType
    package let scopes: [String]
    package let state: String?
    package let nonce: String?
    /// The S256 code challenge, when the client uses PKCE.
    package let codeChallenge: String?

    /// Why a request leads nowhere.
    package enum Rejection: Error, Equatable, Sendable {
        /// Client or redirect address cannot be trusted: a page says so, and nothing is redirected.
        case page(String)
        /// The client is told by a redirect.
        case redirect(uri: String, error: String, state: String?)
    }

    /// - Parameters:
    ///   - client: the client the parameter `client_id` names; nil when there is none.
    ///   - parameters: the first value of each.
    package init(_ parameters: [String: String], client: OAuthClient?) throws(Rejection) {
        guard let client, client.isOAuthEnabled else { throw .page("Client does not exist or is not enabled for OAuth.") }
        guard let redirectURI = parameters["redirect_uri"] ?? client.defaultRedirectURI else {
            throw .page("Required String parameter 'redirect_uri' is not present")
        }
        guard client.callbackURLs.contains(redirectURI) else { throw .page("redirect_mismatch") }
        let state = parameters["state"]
        let refuse = { (error: String) in Rejection.redirect(uri: redirectURI, error: error, state: state) }
        guard let typeText = parameters["response_type"], let type = ResponseType(rawValue: typeText) else {
            throw refuse("invalid_request")
        }
        guard client.flows.contains(type == .code ? "code" : "implicit") else { throw refuse("unauthorized_client") }
        let challenge = parameters["code_challenge"]
        switch (challenge, parameters["code_challenge_method"]) {
        case (nil, nil): break
        case (let challenge?, "S256") where challenge.utf8.count == 43: break
        default: throw refuse("invalid_request")
        }
        guard let scopes = Self.scopes(parameters["scope"], allowed: client.scopes) else { throw refuse("invalid_scope") }
        clientID = client.id
        self.redirectURI = redirectURI
        responseType = type
        self.scopes = scopes
        self.state = state
        nonce = parameters["nonce"]
        codeChallenge = challenge
    }

    /// The scopes a request asks for: all the client has when it names none; nil when it names another.
    package static func scopes(_ text: String?, allowed: [String]) -> [String]? {
        let asked = (text ?? "").split(separator: " ").map(String.init)
        if asked.isEmpty { return allowed }
        return asked.allSatisfy(allowed.contains) ? asked : nil
    }
}
