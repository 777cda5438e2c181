import AWSModel
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

/// A sign-in that waits for an answer. Found by the hash of the session text, or of the secret block.
struct SignInSession: Codable, Sendable {
    var poolID: String
    var clientID: String
    /// What the caller called the user.
    let givenName: String
    /// Nil for a user who does not exist: the sign-in goes on to a refusal that does not tell.
    let username: String?
    var signIn: SignIn
    let isByAdministrator: Bool
    var expires: SimInstant
    var isUsed = false
    var exchange: SRPExchange?
    /// The verifier the exchange was made with; another password meanwhile ends it.
    var verifier: SRPVerifier?
    var secretBlock: [UInt8]?
    var code: OneTimeCode?
    var wrongCodes = 0
    /// True for a sign-in on the hosted pages: it ends in a browser session, and the API does not go on with it.
    var isOnPage: Bool?
    /// Set for somebody who is signing up: nothing but that goes on from here.
    var signUp: SignUpStage?
    /// What a passkey has to sign.
    var passkeyChallenge: String?
    var deviceKey: String?
    /// A secret to be set up during sign-in, and whether it has been proven.
    var pendingSecret: [UInt8]?
    var isSetUp = false
    var setupName: String?
    /// What the custom triggers have seen: name, result, metadata.
    var customHistory: [CustomResult] = []
    var customPublic: [String: String] = [:]
    var customPrivate: [String: String] = [:]
    var customMetadata: String?

    enum SignUpStage: String, Codable, Sendable { case signedUp, confirmed }

    struct CustomResult: Codable, Sendable {
        var name: String
        var isRight: Bool
        var metadata: String?
    }
}

/// The rows of waiting sign-ins.
enum SessionTable {
    /// Keeps a session under `token`, which the client will send back.
    static func save(_ session: SignInSession, token: [UInt8], in edit: DirectoryEdit, foldedName: String) throws {
        try edit.turn.transaction.execute(
            "INSERT OR REPLACE INTO cognito_session (id, pool, username, expires, body) VALUES (?, ?, ?, ?, ?)",
            [
                .text(id(token)), .text(session.poolID), .text(foldedName),
                .integer(session.expires.millisecondsSinceEpoch), .blob(Array(try JSONEncoder().encode(session))),
            ])
        try edit.turn.transaction.execute(
            "DELETE FROM cognito_session WHERE expires < ?", [.integer((edit.now - .days(1)).millisecondsSinceEpoch)])
    }

    /// The session of a token. Throws `NotAuthorizedException` for one that is used, foreign or too old.
    // AWS: recorded, the expired one inferred — spec/cognito.md §D10.
    static func open(_ token: [UInt8], at now: SimInstant, in reader: StoreReader) throws -> SignInSession {
        var session: SignInSession?
        try reader.query("SELECT body FROM cognito_session WHERE id = ?", [.text(id(token))]) { row in
            session = try JSONDecoder().decode(SignInSession.self, from: Data(row.blob(0)))
        }
        guard let session, !session.isUsed else { throw AWSFault.notAuthorized("Invalid session for the user.") }
        guard now < session.expires else {
            throw AWSFault.notAuthorized("Invalid session for the user, session is expired.")
        }
        return session
    }

    static func id(_ token: [UInt8]) -> String { HexText.encode(Digesting.sha256(token)) }
}
