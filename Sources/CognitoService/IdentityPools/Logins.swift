import AWSModel
import AWSProtocols
import HTTPServer
import IdentityRules
import SimTime
import Store
import Timeline
import TokenCrypto

/// A login whose token has been verified.
struct VerifiedLogin: Sendable {
    let login: Identity.Login
    /// Set for user pools: role mappings may be for one client only.
    let clientID: String?
    /// Claims as texts, one or several each.
    let claims: [String: [String]]
    /// What it adds to `amr`.
    let methods: [String]
    /// Set when the token is this service's own: the identity it was made for.
    let identityID: String?
}

extension CognitoService {
    /// The provider name under which this service's own tokens come back.
    static let ownProvider = "cognito-identity.amazonaws.com"

    /// Verifies the tokens of `Logins`, ordered by provider. Throws `NotAuthorizedException`.
    func verify(_ logins: [String: String], for pool: IdentityPool) async throws -> [VerifiedLogin] {
        var verified: [VerifiedLogin] = []
        for (provider, token) in logins.sorted(by: { $0.key < $1.key }) {
            verified.append(try await verify(token, of: provider, for: pool))
        }
        return verified
    }

    private func verify(_ token: String, of provider: String, for pool: IdentityPool) async throws -> VerifiedLogin {
        if provider == Self.ownProvider { return try await verifyOwn(token, for: pool) }
        if let developer = pool.developerProvider, provider == developer {
            // AWS: doc — developer logins come in by GetOpenIdTokenForDeveloperIdentity only.
            throw AWSFault.notAuthorized("Invalid login token. Not a valid OpenId Connect identity token.")
        }
        let clients = pool.userPoolClients.filter { $0.provider == provider }
        if clients.isEmpty {
            guard pool.otherProviders.contains(provider) else { throw AWSFault.unsupportedProvider }
            return try await verifyForeign(token, provider, for: pool)
        }
        return try await verifyUserPool(token, provider, clients)
    }

    /// An id token of a user pool of this server.
    // AWS: recorded, the expired one inferred — spec/cognito.md §D17.
    private func verifyUserPool(
        _ text: String, _ provider: String, _ clients: [(provider: String, clientID: String, isCheckedServerSide: Bool)]
    ) async throws -> VerifiedLogin {
        guard let token = CompactToken(text), let payload = try? JSON.parse(token.payload) else {
            throw AWSFault.invalidLoginToken("Not a valid OpenId Connect identity token.")
        }
        guard let issuer = payload["iss"]?.string, Self.providerName(ofIssuer: issuer) == provider else {
            throw AWSFault.invalidLoginToken("Issuer doesn't match providerName")
        }
        let claims: AWSValue
        do { claims = try await self.claims(of: text).claims } catch is AWSFault {
            throw AWSFault.invalidLoginToken("Couldn't verify signed token.")
        }
        guard claims["token_use"]?.string == "id", let audience = claims["aud"]?.string, let subject = claims["sub"]?.string else {
            throw AWSFault.invalidLoginToken("Not a valid OpenId Connect identity token.")
        }
        guard let client = clients.first(where: { $0.clientID == audience }) else { throw AWSFault.unsupportedProvider }
        try checkLifetime(claims, audience)
        if client.isCheckedServerSide { try checkServerSide(claims) }
        return VerifiedLogin(
            login: .init(provider: provider, subject: subject), clientID: audience, claims: claims.claimTexts,
            // AWS: doc — a user pool's users sign in by the method CognitoSignIn.
            methods: [provider, "\(provider):CognitoSignIn:\(subject)"], identityID: nil)
    }

    /// Refuses a token that has ended in simulated time, whatever it says itself: that is shifted for the client's clock.
    func checkLifetime(_ claims: AWSValue, _ clientID: String) throws {
        let issue = try claims["event_id"]?.string.flatMap { id in try store.read { try GrantTable.issue(id, in: $0) } }
        let (issued, expires) = (claims["iat"]?.int ?? 0, claims["exp"]?.int ?? 0)
        // What is kept is the end of the access token that was issued with it.
        let end = try issue.map {
            $0.expires - (try directory.client(clientID)).validity(of: .access) + .seconds(Int64(expires - issued))
        }
        guard let end, timeline.now < end else {
            // What the token says is in the time that was shown when it was made, and that may be ahead of what is now.
            let late = end.map { Int((timeline.now - $0).seconds) } ?? 0
            throw AWSFault.invalidLoginToken("Token expired: \(Int(expires) + late) >= \(expires)")
        }
    }

    /// ServerSideTokenCheck: the user must be there and enabled, the sign-in not revoked.
    // AWS: doc — ServerSideTokenCheck; wording inferred.
    private func checkServerSide(_ claims: AWSValue) throws {
        let pool = try directory.pool(claims["iss"]?.string?.split(separator: "/").last.map(String.init) ?? "")
        let user = try claims["cognito:username"]?.string.flatMap { try directory.user(named: $0, in: pool) }
        let grant = try store.read { reader in
            try claims["event_id"]?.string.flatMap { try GrantTable.issue($0, in: reader) }.flatMap {
                try GrantTable.grant($0.grantID, in: reader)
            }
        }
        guard let user, user.isEnabled, grant?.refresh.isRevoked == false else {
            throw AWSFault.invalidLoginToken("Token is not valid: the user is disabled, deleted or signed out.")
        }
    }

    private func verifyOwn(_ text: String, for pool: IdentityPool) async throws -> VerifiedLogin {
        guard let claims = try await openIDClaims(text) else { throw AWSFault.invalidLoginToken("Couldn't verify signed token.") }
        guard claims["aud"]?.string == pool.id, let subject = claims["sub"]?.string else { throw AWSFault.unsupportedProvider }
        let methods = (claims["amr"]?.texts ?? []).filter { $0 != "authenticated" && $0 != "unauthenticated" }
        return VerifiedLogin(
            login: .init(provider: Self.ownProvider, subject: subject), clientID: nil, claims: claims.claimTexts,
            methods: methods, identityID: subject)
    }

    /// `https://cognito-idp.us-east-1.amazonaws.com/POOL` → without the scheme.
    static func providerName(ofIssuer issuer: String) -> String {
        for scheme in ["https://", "http://"] where issuer.hasPrefix(scheme) { return String(issuer.dropFirst(scheme.count)) }
        return issuer
    }

    // MARK: Tokens of identity pools

    /// A token that stands for an identity.
    // AWS: recorded — spec/cognito.md §D17.
    func openIDToken(
        _ identity: Identity, in pool: IdentityPool, methods: [String], seconds: Int64, tags: [String: String] = [:]
    ) async throws -> String {
        let reading = timeline.reading
        let issued = reading.shift.shown(reading.now).wholeSeconds
        var claims: AWSObject = [
            "sub": .string(identity.id), "aud": .string(pool.id), "amr": .list(ofTexts: methods),
            "iss": "https://cognito-identity.amazonaws.com",
            "https://cognito-identity.amazonaws.com/identity-pool-arn": .string(pool.arn),
            "exp": .integer(issued + seconds), "iat": .integer(issued),
        ]
        if !tags.isEmpty {
            var listed = AWSObject()
            for (key, value) in tags.sorted(by: { $0.key < $1.key }) { listed.append(key, [.string(value)]) }
            claims["https://aws.amazon.com/tags"] = ["principal_tags": .object(listed)]
        }
        let key = try await keys.keys(of: KeyRing.identityPools).access
        let payload = JSON.write(.object(claims))
        let token = try await offLoop { try CompactToken.signedByIdentityPool(payload: payload, by: key) }
        try await turn { edit in
            try GrantTable.issued(
                GrantTable.hash(token), from: identity.id, expires: reading.now + .seconds(seconds), in: edit.turn.transaction)
        }
        return token
    }

    /// The claims of a token this service made and that is still good; nil for any other.
    func openIDClaims(_ text: String) async throws -> AWSValue? {
        guard let token = CompactToken(text), let header = try? JSON.parse(token.header), header["alg"]?.string == "RS512",
              let claims = try? JSON.parse(token.payload),
              claims["iss"]?.string == "https://cognito-identity.amazonaws.com" else { return nil }
        let key = try await keys.keys(of: KeyRing.identityPools).access
        guard header["kid"]?.string == key.id, token.isSigned(by: key, .rs512),
              let issue = try store.read({ try GrantTable.issue(GrantTable.hash(text), in: $0) }), timeline.now < issue.expires
        else { return nil }
        return claims
    }
}

extension AWSValue {
    /// A payload's claims as texts.
    var claimTexts: [String: [String]] {
        var claims: [String: [String]] = [:]
        for (name, value) in object?.entries ?? [] {
            switch value {
            case .string(let text): claims[name] = [text]
            case .boolean(let flag): claims[name] = [flag ? "true" : "false"]
            case .integer(let number): claims[name] = [String(number)]
            case .list(let items): claims[name] = items.compactMap(\.string)
            default: break
            }
        }
        return claims
    }
}
