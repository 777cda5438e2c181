import AWSModel
import HTTPServer
import Outbound

/// A social identity provider. The raw value is its ProviderType, which is its ProviderName too. It is spoken to where the
/// settings say that something on this machine answers for it, and nowhere else.
package enum SocialProvider: String, Sendable, CaseIterable {
    case google = "Google"
    case facebook = "Facebook"
    case amazon = "LoginWithAmazon"
    case apple = "SignInWithApple"

    /// By which identity pools know it, in SupportedLoginProviders and Logins.
    // AWS: doc — GetId.
    package var domain: String {
        switch self {
        case .google: "accounts.google.com"
        case .facebook: "graph.facebook.com"
        case .amazon: "www.amazon.com"
        case .apple: "appleid.apple.com"
        }
    }

    /// What its id tokens may name as their issuer, besides what is discovered; nil where there are no id tokens.
    var issuer: String? {
        switch self {
        case .google, .apple: "https://\(domain)"
        case .facebook, .amazon: nil
        }
    }

    /// What a description says besides what was given.
    // AWS: doc — CreateIdentityProvider, the responses of each type.
    func publishedDetails(apiVersion: String) -> [String: String] {
        switch self {
        case .google:
            [
                "attributes_url": "https://people.googleapis.com/v1/people/me?personFields=",
                "attributes_url_add_attributes": "true",
                "authorize_url": "https://accounts.google.com/o/oauth2/v2/auth", "oidc_issuer": "https://accounts.google.com",
                "token_request_method": "POST", "token_url": "https://www.googleapis.com/oauth2/v4/token",
            ]
        case .facebook:
            [
                "attributes_url": "https://graph.facebook.com/\(apiVersion)/me?fields=", "attributes_url_add_attributes": "true",
                "authorize_url": "https://www.facebook.com/\(apiVersion)/dialog/oauth", "token_request_method": "GET",
                "token_url": "https://graph.facebook.com/\(apiVersion)/oauth/access_token",
            ]
        case .amazon:
            [
                "attributes_url": "https://api.amazon.com/user/profile", "attributes_url_add_attributes": "false",
                "authorize_url": "https://www.amazon.com/ap/oa", "token_request_method": "POST",
                "token_url": "https://api.amazon.com/auth/o2/token",
            ]
        case .apple:
            [
                "attributes_url_add_attributes": "false", "authorize_url": "https://appleid.apple.com/auth/authorize",
                "oidc_issuer": "https://appleid.apple.com", "token_request_method": "POST",
                "token_url": "https://appleid.apple.com/auth/token",
            ]
        }
    }

    /// The details a pool has for the provider, completed as they are shown. A private key is not shown.
    func shownDetails(_ given: [String: String]) -> [String: String] {
        var shown = publishedDetails(apiVersion: given["api_version"] ?? Self.apiVersion)
        shown.merge(given) { $1 }
        shown["private_key"] = nil
        return shown
    }

    // AWS: doc — the version of the example; which one AWS assumes is not told.
    fileprivate static let apiVersion = "v17.0"
}

/// Where Facebook and Login with Amazon are reached, which have OAuth but no OpenID Connect: at their own paths below the
/// address of the settings.
struct OAuthAddresses: Sendable {
    let authorize: HTTPURL
    let token: HTTPURL
    private let profile: HTTPURL
    private let provider: SocialProvider

    /// Nil for a provider that has OpenID Connect.
    /// - Parameter apiVersion: of Facebook; nil for the one that descriptions show.
    init?(_ provider: SocialProvider, at base: HTTPURL, apiVersion: String?) {
        self.provider = provider
        let graph = base.appending(apiVersion ?? SocialProvider.apiVersion)
        switch provider {
        case .facebook:
            authorize = graph.appending("dialog/oauth")
            token = graph.appending("oauth/access_token")
            profile = graph.appending("me")
        case .amazon:
            authorize = base.appending("ap/oa")
            token = base.appending("auth/o2/token")
            profile = base.appending("user/profile")
        case .google, .apple: return nil
        }
    }

    /// What the provider tells of whom an access token speaks for; its own name for the user is `sub` as well.
    func claims(accessToken: String, fields: Set<String>, _ http: OutboundHTTP) async throws(ProviderProblem) -> AWSObject {
        let told: AWSObject, subject: AWSValue?
        if provider == .facebook {
            let names = fields.union(["id"]).subtracting(["sub"]).sorted().joined(separator: ",")
            told = try await http.json(
                "GET", address(profile.description, adding: [("fields", names), ("access_token", accessToken)]))
            subject = told["id"]
        } else {
            told = try await http.json("GET", profile.description, headers: ["Authorization": "Bearer \(accessToken)"])
            subject = told["user_id"]
        }
        guard let subject, subject.string?.isEmpty == false else {
            throw ProviderProblem(text: "\(provider.rawValue) does not say who the user is.")
        }
        var claims = told
        claims["sub"] = subject
        return claims
    }
}
