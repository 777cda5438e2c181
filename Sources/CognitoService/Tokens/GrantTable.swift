import IdentityRules
import SimTime
import Store
import Synchronization
import TokenCrypto
#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What one sign-in granted: the refresh tokens, and whom the access tokens made from it speak for.
struct Grant: Codable, Sendable {
    /// `origin_jti`.
    let id: String
    let poolID: String
    let clientID: String
    let username: String
    let foldedName: String
    let scopes: [String]
    let authenticated: SimInstant
    /// `auth_time` as it was shown when the user signed in.
    let shownAuthTime: Int64
    var deviceKey: String?
    var isOAuth: Bool
    var refresh: RefreshGrant
}

/// When what is over was last purged: looking for it at every sign-in would cost more than keeping it for an hour.
final class GrantPurge: Sendable {
    private let last = Mutex<SimInstant?>(nil)

    func run(at now: SimInstant, in transaction: StoreTransaction) throws {
        let isDue = last.withLock { last in
            // A clock that was set back begins anew.
            if let known = last, now >= known, now < known + .hours(1) { return false }
            last = now
            return true
        }
        if isDue { try GrantTable.purge(at: now, in: transaction) }
    }
}

/// The rows of grants, refresh tokens and issued access tokens. Tokens are found by hash; no row holds one.
enum GrantTable {
    static func hash(_ token: String) -> String { HexText.encode(Digesting.sha256(Array(token.utf8))) }

    static func save(_ grant: Grant, in transaction: StoreTransaction) throws {
        try transaction.execute(
            "INSERT OR REPLACE INTO cognito_grant (id, pool, username, expires, body) VALUES (?, ?, ?, ?, ?)",
            [
                .text(grant.id), .text(grant.poolID), .text(grant.foldedName),
                .integer(grant.refresh.expires.millisecondsSinceEpoch), .blob(Array(try JSONEncoder().encode(grant))),
            ])
        try transaction.execute(
            "INSERT OR REPLACE INTO cognito_refresh (hash, grant_id) VALUES (?, ?)",
            [.text(grant.refresh.current), .text(grant.id)])
    }

    static func grant(_ id: String, in reader: StoreReader) throws -> Grant? {
        var grant: Grant?
        try reader.query("SELECT body FROM cognito_grant WHERE id = ?", [.text(id)]) { row in
            grant = try JSONDecoder().decode(Grant.self, from: Data(row.blob(0)))
        }
        return grant
    }

    static func grant(refreshToken: String, in reader: StoreReader) throws -> Grant? {
        var id: String?
        try reader.query("SELECT grant_id FROM cognito_refresh WHERE hash = ?", [.text(hash(refreshToken))]) { row in
            id = row.text(0)
        }
        return try id.flatMap { try grant($0, in: reader) }
    }

    /// Remembers when an access token truly ends: what it says itself is shifted for the client's clock.
    static func issued(_ eventID: String, from grantID: String, expires: SimInstant, in transaction: StoreTransaction) throws {
        try transaction.execute(
            "INSERT OR REPLACE INTO cognito_issue (event_id, grant_id, expires) VALUES (?, ?, ?)",
            [.text(eventID), .text(grantID), .integer(expires.millisecondsSinceEpoch)])
    }

    static func issue(_ eventID: String, in reader: StoreReader) throws -> (grantID: String, expires: SimInstant)? {
        var issue: (String, SimInstant)?
        try reader.query("SELECT grant_id, expires FROM cognito_issue WHERE event_id = ?", [.text(eventID)]) { row in
            issue = (row.text(0), SimInstant(millisecondsSinceEpoch: row.integer(1)))
        }
        return issue
    }

    static func revokeAll(of user: User, in transaction: StoreTransaction) throws {
        for var grant in try grants(of: user, in: transaction) where !grant.refresh.isRevoked {
            grant.refresh.revoke()
            try save(grant, in: transaction)
        }
    }

    /// Forgets everything a user who is deleted was granted.
    static func deleteAll(of user: User, in transaction: StoreTransaction) throws {
        for grant in try grants(of: user, in: transaction) {
            try transaction.execute("DELETE FROM cognito_refresh WHERE grant_id = ?", [.text(grant.id)])
            try transaction.execute("DELETE FROM cognito_grant WHERE id = ?", [.text(grant.id)])
        }
        try transaction.execute(
            "DELETE FROM cognito_session WHERE pool = ? AND username = ?", [.text(user.poolID), .text(user.foldedName)])
    }

    /// Forgets what has been over for so long that nobody can tell it from what never was.
    static func purge(at now: SimInstant, in transaction: StoreTransaction) throws {
        let limit = SQLValue.integer((now - .days(1)).millisecondsSinceEpoch)
        try transaction.execute("DELETE FROM cognito_issue WHERE expires < ?", [limit])
        try transaction.execute(
            "DELETE FROM cognito_refresh WHERE grant_id IN (SELECT id FROM cognito_grant WHERE expires < ?)", [limit])
        try transaction.execute("DELETE FROM cognito_grant WHERE expires < ?", [limit])
    }

    private static func grants(of user: User, in reader: StoreReader) throws -> [Grant] {
        var grants: [Grant] = []
        try reader.query(
            "SELECT body FROM cognito_grant WHERE pool = ? AND username = ? ORDER BY id",
            [.text(user.poolID), .text(user.foldedName)]
        ) { row in grants.append(try JSONDecoder().decode(Grant.self, from: Data(row.blob(0)))) }
        return grants
    }
}
