import AWSModel
import Gateway
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

/// Something a user did, as threat protection keeps it.
struct AuthEvent: Codable, Sendable {
    enum Kind: String, Codable, Sendable {
        case signIn = "SignIn", signUp = "SignUp", forgotPassword = "ForgotPassword", passwordChange = "PasswordChange"
        case resendCode = "ResendCode"
    }

    let id: String
    let kind: Kind
    let instant: SimInstant
    var isPassed: Bool
    /// Only addresses that the pool blocks, and listed passwords, are a risk.
    var isBlocked = false
    /// The password is one of those that the settings list.
    var isCompromised: Bool?
    /// `Password` or `Mfa`, and whether it was answered rightly.
    var challenge: String?
    var ipAddress: String?
    var feedback: Feedback?
    /// How many events of the user's there were at that instant before: a manual clock stands still.
    var sequence: Int?

    struct Feedback: Codable, Sendable {
        let value: String
        let provider: String
        let given: SimInstant
    }

    // AWS: doc — AdminListUserAuthEvents.
    var output: AWSValue {
        [
            "EventId": .string(id), "EventType": .string(kind.rawValue), "CreationDate": .timestamp(instant),
            "EventResponse": isPassed ? "Pass" : "Fail",
            "EventRisk": [
                "RiskDecision": isBlocked ? "Block" : "NoRisk", "RiskLevel": isBlocked && isCompromised != true ? "High" : nil,
                "CompromisedCredentialsDetected": .boolean(isCompromised ?? false),
            ],
            "ChallengeResponses": .list(challenge.map {
                [["ChallengeName": .string($0), "ChallengeResponse": isPassed ? "Success" : "Failure"]]
            } ?? []),
            "EventContextData": ["IpAddress": ipAddress.map { .string($0) }],
            "EventFeedback": feedback.map {
                ["FeedbackValue": .string($0.value), "Provider": .string($0.provider), "FeedbackDate": .timestamp($0.given)]
            },
        ]
    }
}

/// The rows of events, for as long as AWS keeps them.
enum AuthEventTable {
    // AWS: doc — two years.
    private static let kept = SimDuration.days(730)

    static func add(_ event: AuthEvent, of user: User, in edit: DirectoryEdit) throws {
        var event = event
        try edit.turn.transaction.query(
            "SELECT COUNT(*) FROM cognito_event WHERE pool = ? AND username = ? AND at = ?",
            [.text(user.poolID), .text(user.foldedName), .integer(event.instant.millisecondsSinceEpoch)]
        ) { row in event.sequence = Int(row.integer(0)) }
        try save(event, pool: user.poolID, username: user.foldedName, in: edit)
        try edit.turn.transaction.execute(
            "DELETE FROM cognito_event WHERE at < ?", [.integer((edit.now - kept).millisecondsSinceEpoch)])
    }

    static func save(_ event: AuthEvent, pool: String, username: String, in edit: DirectoryEdit) throws {
        try edit.turn.transaction.execute(
            "INSERT OR REPLACE INTO cognito_event (pool, username, at, id, body) VALUES (?, ?, ?, ?, ?)",
            [
                .text(pool), .text(username), .integer(event.instant.millisecondsSinceEpoch), .text(event.id),
                .blob(Array(try JSONEncoder().encode(event))),
            ])
    }

    /// The newest first.
    static func events(of user: User, in reader: StoreReader) throws -> [AuthEvent] {
        var events: [AuthEvent] = []
        try reader.query(
            "SELECT body FROM cognito_event WHERE pool = ? AND username = ? ORDER BY at DESC LIMIT 10000",
            [.text(user.poolID), .text(user.foldedName)]
        ) { row in events.append(try JSONDecoder().decode(AuthEvent.self, from: Data(row.blob(0)))) }
        return events.sorted { ($0.instant, $0.sequence ?? 0) > ($1.instant, $1.sequence ?? 0) }
    }
}

extension Pool {
    /// `AUDIT` or `ENFORCED` where threat protection is on.
    var threatProtection: String? {
        settings["UserPoolAddOns"]?["AdvancedSecurityMode"]?.string.flatMap { $0 == "OFF" ? nil : $0 }
    }

    /// Throws `UserPoolAddOnNotEnabledException`.
    func requireThreatProtection() throws {
        guard threatProtection != nil else {
            // AWS: doc — the error's name; wording inferred.
            throw AWSFault.cognito("UserPoolAddOnNotEnabledException", "User pool add-ons are not enabled for the user pool.")
        }
    }
}

extension CognitoService {
    /// AdminListUserAuthEvents and the two ways to give feedback.
    var authEventOperations: [Operation] {
        [
            Operation("AdminListUserAuthEvents") { [self] request in
                let input = CognitoInput(request)
                let pool = try directory.pool(input)
                let user = try directory.requiredUser(input.text("Username"), in: pool)
                try pool.requireThreatProtection()
                let events = try store.read { try AuthEventTable.events(of: user, in: $0) }
                let keyed = events.enumerated().map { (key: padded($0, 8), item: $1) }
                let page = try CognitoPage(
                    of: keyed, size: input.int("MaxResults").flatMap { $0 == 0 ? nil : $0 } ?? 60,
                    token: input.optionalText("NextToken"), list: input.list(pool.id, user.username))
                return OperationResponse([
                    "AuthEvents": .list(page.items.map(\.output)), "NextToken": page.next.map { .string($0) },
                ])
            },
            writing("AdminUpdateAuthEventFeedback") { edit, input in
                let pool = try edit.directory.pool(input)
                try pool.requireThreatProtection()
                try Self.giveFeedback(input, pool, provider: "Admin", edit)
                return [:]
            },
            acting("UpdateAuthEventFeedback") { [self] input in
                let pool = try directory.pool(input.text("UserPoolId"))
                try pool.requireThreatProtection()
                let expected = try await feedbackToken(input.text("EventId"), pool)
                guard Digesting.areEqual(try input.text("FeedbackToken"), expected) else {
                    throw AWSFault.notAuthorized("Invalid feedback token.")
                }
                try await turn { edit in try Self.giveFeedback(input, pool, provider: "User", edit) }
                return [:]
            },
        ]
    }

    private static func giveFeedback(_ input: CognitoInput, _ pool: Pool, provider: String, _ edit: DirectoryEdit) throws {
        let user = try edit.directory.requiredUser(input.text("Username"), in: pool), id = try input.text("EventId")
        guard var event = try AuthEventTable.events(of: user, in: edit.turn.transaction).first(where: { $0.id == id }) else {
            throw AWSFault.resourceNotFound("Event does not exist.")
        }
        event.feedback = .init(value: try input.text("FeedbackValue"), provider: provider, given: edit.now)
        try AuthEventTable.save(event, pool: pool.id, username: user.foldedName, in: edit)
    }

    /// What a notification carries so that its reader may judge the event.
    func feedbackToken(_ eventID: String, _ pool: Pool) async throws -> String {
        let secret = try await keys.keys(of: pool.id).access.derRepresentation
        return Base64URL.encode(Digesting.hmacSHA256(key: secret, Array("feedback \(eventID)".utf8)))
    }

    /// Keeps an event where threat protection is on; nothing anywhere else.
    func record(
        _ kind: AuthEvent.Kind, of user: User?, in pool: Pool, isPassed: Bool, challenge: String? = nil, isBlocked: Bool = false,
        isCompromised: Bool? = nil, _ input: CognitoInput?
    ) async throws -> AuthEvent? {
        guard pool.threatProtection != nil, let user else { return nil }
        let (id, address) = (mint.uuid(), input.flatMap(Self.callerAddress))
        return try await turn { edit in
            let event = AuthEvent(
                id: id, kind: kind, instant: edit.now, isPassed: isPassed, isBlocked: isBlocked, isCompromised: isCompromised,
                challenge: challenge, ipAddress: address)
            try AuthEventTable.add(event, of: user, in: edit)
            return event
        }
    }

    /// The address a client or back end names as the user's.
    static func callerAddress(_ input: CognitoInput) -> String? {
        input.object["ContextData"]?["IpAddress"]?.string ?? input.object["UserContextData"]?["IpAddress"]?.string
    }
}
