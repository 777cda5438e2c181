import IdentityRules
import SimTime
import Store
import Timeline
import TokenCrypto
#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// A code of the authorize endpoint, until it is exchanged.
struct AuthorizationCode: Codable, Sendable {
    let request: AuthorizationRequest
    let poolID: String
    let username: String
    /// A later namesake is somebody else.
    let sub: String?

    // AWS: doc — spec/cognito.md §D15.
    static let validity = SimDuration.minutes(5)
}

/// A browser that has signed in.
struct BrowserSession: Codable, Sendable {
    let poolID: String
    let username: String
    /// A later namesake is somebody else.
    let sub: String?

    // AWS: doc — spec/cognito.md §D15.
    static let validity = SimDuration.hours(1)
}

/// The rows of codes and browser sessions, beside those of sign-ins. Found by hash, like all tokens.
enum HostedTable {
    static func save(_ value: some Codable, poolID: String, token: String, until expires: SimInstant, in edit: DirectoryEdit) throws {
        try edit.turn.transaction.execute(
            "INSERT OR REPLACE INTO cognito_session (id, pool, username, expires, body) VALUES (?, ?, '', ?, ?)",
            [
                .text(id(token)), .text(poolID), .integer(expires.millisecondsSinceEpoch),
                .blob(Array(try JSONEncoder().encode(value))),
            ])
    }

    /// Nil when there is none or it is too old.
    static func value<T: Decodable>(_ type: T.Type, token: String, at now: SimInstant, in reader: StoreReader) throws -> T? {
        var found: T?
        try reader.query(
            "SELECT body FROM cognito_session WHERE id = ? AND expires > ?",
            [.text(id(token)), .integer(now.millisecondsSinceEpoch)]
        ) { row in found = try? JSONDecoder().decode(type, from: Data(row.blob(0))) }
        return found
    }

    static func delete(token: String, in edit: DirectoryEdit) throws {
        try edit.turn.transaction.execute("DELETE FROM cognito_session WHERE id = ?", [.text(id(token))])
    }

    private static func id(_ token: String) -> String { "hosted-" + SessionTable.id(Array(token.utf8)) }
}
