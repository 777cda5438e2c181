import AWSModel
import AWSProtocols
import IdentityRules
import SimTime
import Store
import Timeline
import TokenCrypto

/// Whom a valid access token speaks for.
struct Bearer: Sendable {
    let pool: Pool
    let client: Client
    let user: User
    let grant: Grant
}

extension CognitoService {
    /// The scope that the operations on the user's own account need.
    static let accountScope = "aws.cognito.signin.user.admin"

    /// Reads the member `AccessToken`.
    func bearer(_ input: CognitoInput) async throws -> Bearer {
        try await bearer(accessToken: input.text("AccessToken"), scope: Self.accountScope)
    }

    /// Believes an access token only if a key of its own pool signed it with RS256, and what is kept of it says that it
    /// is still good. Throws `NotAuthorizedException`.
    // AWS: doc, recorded — spec/cognito.md §D11.
    func bearer(accessToken: String, scope: String?) async throws -> Bearer {
        let (pool, claims) = try await claims(of: accessToken)
        guard claims["token_use"]?.string == "access", let eventID = claims["event_id"]?.string,
              let clientID = claims["client_id"]?.string else { throw AWSFault.invalidAccessToken }
        let now = timeline.now
        let (issue, grant) = try store.read { reader in
            let issue = try GrantTable.issue(eventID, in: reader)
            return (issue, try issue.flatMap { try GrantTable.grant($0.grantID, in: reader) })
        }
        // Rows of tokens that ended long ago are gone.
        guard let issue, now < issue.expires else {
            let name = claims["username"]?.string ?? ""
            guard try directory.user(named: name, in: pool) != nil else { throw AWSFault.noUser }
            throw AWSFault.notAuthorized("Access Token has expired")
        }
        guard let grant, let user = try directory.user(named: grant.username, in: pool), user.sub == claims["sub"]?.string
        else { throw AWSFault.noUser }
        if grant.refresh.isRevoked { throw AWSFault.notAuthorized("Access Token has been revoked") }
        guard user.isEnabled else { throw AWSFault.notAuthorized("User is disabled.") }
        let scopes = (claims["scope"]?.string ?? "").split(separator: " ").map(String.init)
        if let scope, !scopes.contains(scope) {
            throw AWSFault.notAuthorized("Access Token does not have required scopes")
        }
        return Bearer(pool: pool, client: try directory.client(clientID), user: user, grant: grant)
    }

    /// The payload of a token one of its pool's keys signed with RS256. No other algorithm is looked at: a token of
    /// `alg` none or HS256 is refused before its signature.
    func claims(of text: String) async throws -> (pool: Pool, claims: AWSValue) {
        guard let token = CompactToken(text), let header = try? JSON.parse(token.header),
              let payload = try? JSON.parse(token.payload), header["alg"]?.string == "RS256",
              let keyID = header["kid"]?.string, let named = payload["iss"]?.string,
              let poolID = named.split(separator: "/").last.map(String.init),
              let pool = try? directory.pool(poolID), issuer(of: pool) == named
        else { throw AWSFault.invalidAccessToken }
        let keys = try await keys.keys(of: pool.id)
        guard let key = keys.key(id: keyID), token.isSigned(by: key) else { throw AWSFault.invalidAccessToken }
        return (pool, payload)
    }
}
