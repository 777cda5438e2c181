import AWSModel
import AWSProtocols
import SimTime
import Store
import Timeline
package import Vocabulary

/// What a token of a user pool says, once a key of that pool is known to have signed it.
package struct TokenReading: Sendable {
    package let poolID: String
    package let poolName: String
    package let poolRealm: Realm
    /// Nil in id tokens, which name the client as their audience.
    package let clientID: String?
    package let clientName: String?
    package let username: String
    /// `access` or `id`.
    package let use: String
    package let scopes: [String]
    package let isExpired: Bool
    /// The payload's JSON.
    package let claims: [UInt8]
}

extension CognitoService {
    /// Reads an access or id token for services that check it by the pool's keys, without asking whether it was revoked.
    /// Nil for anything that no pool of this server has signed. Throws `StoreError`.
    package func reading(of token: String) async throws -> TokenReading? {
        let pool: Pool, claims: AWSValue
        do { (pool, claims) = try await self.claims(of: token) } catch is AWSFault { return nil }
        guard let use = claims["token_use"]?.string, let eventID = claims["event_id"]?.string else { return nil }
        let clientID = claims["client_id"]?.string
        let client = (clientID ?? claims["aud"]?.string).flatMap { try? directory.client($0) }
        let issue = try store.read { try GrantTable.issue(eventID, in: $0) }
        // The rows tell when the access token truly ends; an id token issued with it may live longer or shorter.
        var expires = issue?.expires
        if use == "id", let client { expires = expires.map { $0 - client.validity(of: .access) + client.validity(of: .id) } }
        return TokenReading(
            poolID: pool.id, poolName: pool.name, poolRealm: pool.realm, clientID: clientID,
            clientName: clientID == nil ? nil : client?.name,
            username: claims["username"]?.string ?? claims["cognito:username"]?.string ?? "", use: use,
            scopes: (claims["scope"]?.string ?? "").split(separator: " ").map(String.init),
            isExpired: expires.map { timeline.now >= $0 } ?? true, claims: JSON.write(claims))
    }
}
