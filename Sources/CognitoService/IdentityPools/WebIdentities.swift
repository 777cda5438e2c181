import AWSModel
import AWSProtocols
import TokenCrypto

extension CognitoService {
    /// Whom a token that is handed to STS vouches for: one of an identity pool, or the id token of a user pool, whose
    /// provider is then the OpenID Connect provider of that name in the role's account. Nil for any other token.
    package func webIdentity(token: String, account: String) async throws -> WebIdentity? {
        if let claims = try await openIDClaims(token) {
            guard let pool = claims["aud"]?.string, let subject = claims["sub"]?.string else { return nil }
            let listed = claims["https://aws.amazon.com/tags"]?["principal_tags"]?.object?.entries ?? []
            let tags = listed.compactMap { entry in entry.value.texts?.first.map { (entry.key, $0) } }
            return WebIdentity(
                provider: Self.ownProvider, keyPrefix: Self.ownProvider, audience: pool, subject: subject,
                methods: claims["amr"]?.texts ?? [], tags: Dictionary(tags) { $1 })
        }
        guard let (_, claims) = try? await claims(of: token), claims["token_use"]?.string == "id",
              let audience = claims["aud"]?.string, let subject = claims["sub"]?.string, let issuer = claims["iss"]?.string,
              (try? checkLifetime(claims, audience)) != nil else { return nil }
        let provider = Self.providerName(ofIssuer: issuer)
        return WebIdentity(
            provider: "arn:aws:iam::\(account):oidc-provider/\(provider)", keyPrefix: provider, audience: audience,
            subject: subject, methods: [])
    }
}
