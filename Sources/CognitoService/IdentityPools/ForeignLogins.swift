import AWSModel
import AWSProtocols
import Outbound
import SimTime
import Timeline
import TokenCrypto

extension IdentityPool {
    /// The names of the OpenID Connect providers that are registered with the pool: the issuer without its scheme.
    // AWS: doc — OpenIdConnectProviderARNs are those of IAM.
    var openIDProviders: Set<String> {
        Set((settings["OpenIdConnectProviderARNs"]?.texts ?? []).compactMap { arn in
            let marker = ":oidc-provider/"
            return arn.firstRange(of: marker).map { String(arn[$0.upperBound...]) }
        })
    }

    /// The application that a social provider of the pool knows it by; nil for one the pool does not take.
    func application(at provider: SocialProvider) -> String? { settings["SupportedLoginProviders"]?[provider.domain]?.string }
}

extension CognitoService {
    /// A login of somebody else's users: of an OpenID Connect provider whose issuer is an `http://` address, or of a social
    /// provider whose address the settings give. Throws a fault that names any other.
    func verifyForeign(_ token: String, _ provider: String, for pool: IdentityPool) async throws -> VerifiedLogin {
        if let social = SocialProvider.allCases.first(where: { $0.domain == provider }),
           let application = pool.application(at: social), let local = socialAddresses[social] {
            return try await verifySocial(token, social, application, at: local)
        }
        if pool.openIDProviders.contains(provider) {
            guard let named = Self.issuer(namedBy: token) else {
                throw AWSFault.invalidLoginToken("Not a valid OpenId Connect identity token.")
            }
            guard Self.providerName(ofIssuer: named) == provider else {
                throw AWSFault.invalidLoginToken("Issuer doesn't match providerName")
            }
            // Nobody is asked about a token that does not itself say that its issuer is reached without TLS.
            if named == "http://" + provider {
                return try await verify(token, by: issuer(at: named, besides: nil), provider, clientID: nil)
            }
        }
        throw AWSFault.notEmulated(member: "Logins with a token of \(provider)", of: "identity pools")
    }

    private func verifySocial(
        _ token: String, _ social: SocialProvider, _ application: String, at local: HTTPURL
    ) async throws -> VerifiedLogin {
        guard let addresses = OAuthAddresses(social, at: local, apiVersion: nil) else {
            let issuer = try await issuer(at: local.description, besides: social.issuer)
            return try await verify(token, by: issuer, social.domain, clientID: application)
        }
        // Access tokens cannot be read: the provider says whose they are.
        let claims: AWSObject
        do { claims = try await addresses.claims(accessToken: token, fields: ["id", "name", "email"], outbound) } catch {
            throw AWSFault.invalidLoginToken("Couldn't verify the token with \(social.domain).")
        }
        return Self.login(claims, social.domain, audience: application)
    }

    private func issuer(at address: String, besides other: String?) async throws -> TokenIssuer {
        let base = address.hasSuffix("/") ? String(address.dropLast()) : address
        do throws(ProviderProblem) {
            let document = try await outbound.json("GET", base + "/.well-known/openid-configuration")
            guard let jwks = document["jwks_uri"]?.string else { throw .init(text: "\(base) names no keys.") }
            let issuers = [base, base + "/", document["issuer"]?.string, other].compactMap { $0 }
            return TokenIssuer(issuers: Set(issuers), jwks: jwks)
        } catch {
            throw AWSFault.cognito("ExternalServiceException", error.text)
        }
    }

    private func verify(
        _ token: String, by issuer: TokenIssuer, _ provider: String, clientID: String?
    ) async throws -> VerifiedLogin {
        let reading = timeline.reading
        let now = reading.shift.shown(reading.now).wholeSeconds
        do {
            let claims = try await issuer.claims(of: token, clientID: clientID, now: now, outbound)
            let audience = claims["aud"]?.string ?? claims["aud"]?.texts?.first ?? ""
            return Self.login(claims, provider, audience: clientID ?? audience)
        } catch {
            // AWS: recorded, the expired one inferred — spec/cognito.md §D17.
            switch error {
            case .malformed, .noSubject: throw AWSFault.invalidLoginToken("Not a valid OpenId Connect identity token.")
            case .otherIssuer: throw AWSFault.invalidLoginToken("Issuer doesn't match providerName")
            case .badSignature: throw AWSFault.invalidLoginToken("Couldn't verify signed token.")
            // AWS: doc — the audience is one of the provider's applications; wording inferred.
            case .otherAudience: throw AWSFault.invalidLoginToken("Incorrect token audience.")
            case .expired(let end): throw AWSFault.invalidLoginToken("Token expired: \(now) >= \(end)")
            case .noKeys(let problem): throw AWSFault.cognito("ExternalServiceException", problem.text)
            }
        }
    }

    private static func login(_ claims: AWSObject, _ provider: String, audience: String) -> VerifiedLogin {
        let subject = claims["sub"]?.string ?? ""
        return VerifiedLogin(
            login: .init(provider: provider, subject: subject), clientID: nil, claims: AWSValue.object(claims).claimTexts,
            // AWS: inferred — as for user pools, with the application in the place of the method.
            methods: [provider, "\(provider):\(audience):\(subject)"], identityID: nil)
    }

    private static func issuer(namedBy token: String) -> String? {
        guard let token = CompactToken(token), let issuer = (try? JSON.parse(token.payload))?["iss"]?.string else { return nil }
        return issuer.hasSuffix("/") ? String(issuer.dropLast()) : issuer
    }
}
