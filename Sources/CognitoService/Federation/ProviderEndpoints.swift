import AWSModel
import AWSProtocols
import HTTPServer
import Outbound
import TokenCrypto

/// Where an identity provider is reached: as configured, as it says itself, or, for a social one, where the settings say.
struct ProviderEndpoints: Sendable {
    private enum Dialect: Sendable {
        /// OpenID Connect: the id token says who the user is, and what is told of them besides.
        case openID(TokenIssuer, token: String, userInfo: String?)
        /// OAuth alone: who the user is has to be asked.
        case oauth(OAuthAddresses)
    }

    let provider: IdentityProvider
    let authorize: String
    private let dialect: Dialect

    /// - Parameter local: the address of the settings, for a social provider.
    init(_ provider: IdentityProvider, at local: HTTPURL?, _ http: OutboundHTTP) async throws(ProviderProblem) {
        self.provider = provider
        let details = provider.details
        if let social = provider.social {
            guard let local else { throw ProviderProblem(text: "\(provider.kind) has no local address in coldframe.yaml.") }
            if let addresses = OAuthAddresses(social, at: local, apiVersion: details["api_version"]) {
                authorize = addresses.authorize.description
                dialect = .oauth(addresses)
                return
            }
        }
        guard let issuer = local?.description ?? details["oidc_issuer"] else {
            throw ProviderProblem(text: "The provider \(provider.name) has no oidc_issuer.")
        }
        var issuers = Set([issuer, provider.social?.issuer].compactMap { $0 }), discovered = AWSObject()
        // What a social provider is shown with are its real addresses: they are not gone to.
        let given = { (key: String) in provider.social == nil ? details[key] : nil }
        if given("authorize_url") == nil || given("token_url") == nil || given("jwks_uri") == nil {
            let base = issuer.hasSuffix("/") ? String(issuer.dropLast()) : issuer
            discovered = try await http.json("GET", base + "/.well-known/openid-configuration")
            if let own = discovered["issuer"]?.string { issuers.insert(own) }
        }
        guard let authorize = given("authorize_url") ?? discovered["authorization_endpoint"]?.string,
              let token = given("token_url") ?? discovered["token_endpoint"]?.string,
              let jwks = given("jwks_uri") ?? discovered["jwks_uri"]?.string else {
            throw ProviderProblem(text: "The provider \(provider.name) does not say where it is reached.")
        }
        self.authorize = authorize
        dialect = .openID(
            TokenIssuer(issuers: issuers, jwks: jwks), token: token,
            userInfo: given("attributes_url") ?? discovered["userinfo_endpoint"]?.string)
    }

    /// What the browser is sent to the provider with, besides state and nonce.
    func parameters(redirectURI: String) -> [(String, String?)] {
        [
            ("client_id", provider.details["client_id"]), ("redirect_uri", redirectURI), ("response_type", "code"),
            ("scope", provider.details["authorize_scopes"] ?? "openid"),
            // Apple tells names and addresses in a form only.
            ("response_mode", provider.social == .apple ? "form_post" : nil),
        ]
    }

    /// What a code is exchanged with.
    struct Redemption: Sendable {
        let code: String
        let redirectURI: String
        let nonce: String
        /// Seconds since 1970, as clients see them.
        let now: Int64
    }

    /// Exchanges a code for the user's claims.
    func claims(_ redemption: Redemption, _ http: OutboundHTTP) async throws(ProviderProblem) -> AWSObject {
        switch dialect {
        case .oauth(let addresses):
            let tokens = provider.social == .facebook
                ? try await http.json("GET", address(addresses.token.description, adding: try form(redemption)))
                : try await redeemed(redemption, at: addresses.token.description, http)
            guard let access = tokens["access_token"]?.string else {
                throw ProviderProblem(text: "The provider answered no access token.")
            }
            return try await addresses.claims(
                accessToken: access, fields: Set(provider.attributeMapping.values), http)
        case .openID(let issuer, let token, let userInfo):
            let tokens = try await redeemed(redemption, at: token, http)
            guard let text = tokens["id_token"]?.string else {
                throw ProviderProblem(text: "The provider answered no id token.")
            }
            var claims = try await verified(text, issuer, redemption, http)
            if let userInfo, let access = tokens["access_token"]?.string {
                let method = provider.details["attributes_request_method"] == "POST" ? "POST" : "GET"
                let told = try await http.json(method, userInfo, headers: ["Authorization": "Bearer \(access)"])
                guard told["sub"] == claims["sub"] else { throw ProviderProblem(text: "The provider tells of another user.") }
                for (name, value) in told.entries { claims[name] = value }
            }
            return claims
        }
    }

    private func form(_ redemption: Redemption) throws(ProviderProblem) -> [(String, String?)] {
        [
            ("grant_type", "authorization_code"), ("code", redemption.code), ("redirect_uri", redemption.redirectURI),
            ("client_id", provider.details["client_id"]), ("client_secret", try clientSecret(at: redemption.now)),
        ]
    }

    private func redeemed(
        _ redemption: Redemption, at token: String, _ http: OutboundHTTP
    ) async throws(ProviderProblem) -> AWSObject {
        let form = String(address("", adding: try form(redemption), separator: "&").dropFirst())
        return try await http.json(
            "POST", token, headers: ["Content-Type": "application/x-www-form-urlencoded"], body: Array(form.utf8))
    }

    /// Apple's clients have no secret: a token they sign stands for it.
    private func clientSecret(at now: Int64) throws(ProviderProblem) -> String? {
        guard provider.social == .apple else { return provider.details["client_secret"] }
        guard let key = provider.details["private_key"].flatMap(AssertionKey.init) else {
            throw ProviderProblem(text: "The private_key of the provider \(provider.name) is no key of P-256.")
        }
        let claims: AWSValue = [
            "iss": .string(provider.details["team_id"] ?? ""), "iat": .integer(now), "exp": .integer(now + 300),
            "aud": "https://appleid.apple.com", "sub": .string(provider.details["client_id"] ?? ""),
        ]
        guard let text = try? key.signed(payload: JSON.write(claims), keyID: provider.details["key_id"] ?? "") else {
            throw ProviderProblem(text: "The private_key of the provider \(provider.name) does not sign.")
        }
        return text
    }

    private func verified(
        _ text: String, _ issuer: TokenIssuer, _ redemption: Redemption, _ http: OutboundHTTP
    ) async throws(ProviderProblem) -> AWSObject {
        do throws(TokenIssuer.TokenRefusal) {
            let claims = try await issuer.claims(
                of: text, clientID: provider.details["client_id"] ?? "", now: redemption.now, http)
            // A provider that is given a nonce has to give it back: a token without one may be of any sign-in.
            guard let nonce = claims["nonce"]?.string, Digesting.areEqual(nonce, redemption.nonce) else {
                throw .otherAudience
            }
            return claims
        } catch {
            switch error {
            case .noKeys(let problem): throw problem
            case .malformed, .badSignature:
                throw ProviderProblem(text: "The provider's id token is not signed by one of its keys.")
            case .noSubject: throw ProviderProblem(text: "The provider's id token does not say who the user is.")
            case .otherIssuer, .otherAudience, .expired:
                throw ProviderProblem(text: "The provider's id token is not for this sign-in.")
            }
        }
    }
}
