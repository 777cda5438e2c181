import AWSModel
import AWSProtocols
import HTTPServer
import Outbound
import TokenCrypto

/// Why a provider cannot be used, in a sentence.
struct ProviderProblem: Error {
    let text: String
}

/// Where an OpenID Connect provider is reached, as configured or as it says itself.
struct ProviderEndpoints: Sendable {
    let provider: IdentityProvider
    /// What its tokens may name as their issuer.
    let issuers: Set<String>
    let authorize: String
    let token: String
    let userInfo: String?
    let jwks: String

    private static let answerBytesMax = 1 << 20
    private static let seconds = 10.0

    init(_ provider: IdentityProvider, _ http: OutboundHTTP) async throws(ProviderProblem) {
        self.provider = provider
        let details = provider.details
        guard let issuer = details["oidc_issuer"] else { throw ProviderProblem(text: "The provider \(provider.name) has no oidc_issuer.") }
        var issuers: Set = [issuer], discovered = AWSObject()
        if details["authorize_url"] == nil || details["token_url"] == nil || details["jwks_uri"] == nil {
            let base = issuer.hasSuffix("/") ? String(issuer.dropLast()) : issuer
            discovered = try await Self.json("GET", base + "/.well-known/openid-configuration", http: http)
            if let own = discovered["issuer"]?.string { issuers.insert(own) }
        }
        guard let authorize = details["authorize_url"] ?? discovered["authorization_endpoint"]?.string,
              let token = details["token_url"] ?? discovered["token_endpoint"]?.string,
              let jwks = details["jwks_uri"] ?? discovered["jwks_uri"]?.string else {
            throw ProviderProblem(text: "The provider \(provider.name) does not say where it is reached.")
        }
        self.issuers = issuers
        self.authorize = authorize
        self.token = token
        self.jwks = jwks
        userInfo = details["attributes_url"] ?? discovered["userinfo_endpoint"]?.string
    }

    /// Exchanges a code for the user's claims: those of the id token, verified, and what the provider tells besides.
    func claims(
        code: String, redirectURI: String, nonce: String, now: Int64, _ http: OutboundHTTP
    ) async throws(ProviderProblem) -> AWSObject {
        var pairs: [(String, String?)] = [
            ("grant_type", "authorization_code"), ("code", code), ("redirect_uri", redirectURI),
            ("client_id", provider.details["client_id"]),
        ]
        if let secret = provider.details["client_secret"] { pairs.append(("client_secret", secret)) }
        let form = String(address("", adding: pairs, separator: "&").dropFirst())
        let tokens = try await Self.json(
            "POST", token, headers: ["Content-Type": "application/x-www-form-urlencoded"], body: Array(form.utf8), http: http)
        guard let text = tokens["id_token"]?.string else { throw ProviderProblem(text: "The provider answered no id token.") }
        var claims = try await verified(text, nonce: nonce, now: now, http)
        if let userInfo, let access = tokens["access_token"]?.string {
            let told = try await Self.json("GET", userInfo, headers: ["Authorization": "Bearer \(access)"], http: http)
            guard told["sub"] == claims["sub"] else { throw ProviderProblem(text: "The provider tells of another user.") }
            for (name, value) in told.entries { claims[name] = value }
        }
        return claims
    }

    private func verified(_ text: String, nonce: String, now: Int64, _ http: OutboundHTTP) async throws(ProviderProblem) -> AWSObject {
        let keys = try await Self.json("GET", jwks, http: http)["keys"]?.list ?? []
        guard let token = CompactToken(text), let header = try? JSON.parse(token.header), header["alg"]?.string == "RS256",
              let claims = (try? JSON.parse(token.payload))?.object,
              let key = keys.first(where: { $0["kid"] == header["kid"] && $0["kty"]?.string == "RSA" }),
              let modulus = key["n"]?.string.flatMap({ Base64URL.decode($0) }),
              let exponent = key["e"]?.string.flatMap({ Base64URL.decode($0) }),
              let verifier = PublicSigningKey(modulus: modulus, exponent: exponent), token.isSigned(by: verifier) else {
            throw ProviderProblem(text: "The provider's id token is not signed by one of its keys.")
        }
        let audience = claims["aud"]?.texts ?? [claims["aud"]?.string ?? ""]
        guard issuers.contains(claims["iss"]?.string ?? ""), audience.contains(provider.details["client_id"] ?? ""),
              claims["nonce"]?.string.map({ Digesting.areEqual($0, nonce) }) ?? true,
              Int64(claims["exp"]?.int ?? 0) > now else {
            throw ProviderProblem(text: "The provider's id token is not for this sign-in.")
        }
        return claims
    }

    private static func json(
        _ method: String, _ text: String, headers: HTTPHeaders = [:], body: [UInt8] = [], http: OutboundHTTP
    ) async throws(ProviderProblem) -> AWSObject {
        guard let url = HTTPURL(text) else {
            throw ProviderProblem(text: "The provider's address \(text.prefix { $0 != "?" }) cannot be reached: only http:// can.")
        }
        let answer: HTTPAnswer
        do {
            answer = try await http.exchange(
                method, url, headers: headers, body: body, timeoutSeconds: seconds, answerBytesMax: answerBytesMax)
        } catch {
            throw ProviderProblem(text: "The provider cannot be reached: \(error.description)")
        }
        guard answer.status == 200, let object = (try? JSON.parse(answer.body))?.object else {
            throw ProviderProblem(text: "The provider answered with status \(answer.status).")
        }
        return object
    }
}
