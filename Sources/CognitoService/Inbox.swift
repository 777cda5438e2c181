import AWSModel
import AWSProtocols
import HTTPServer
import SimTime
import Synchronization

/// The messages this server would have sent by e-mail or SMS: how a test, or a person, learns a code.
/// Kept in memory only, since they hold codes and temporary passwords.
final class Inbox: Sendable {
    struct Message: Sendable {
        let poolID: String
        let username: String
        /// `signUp`, `passwordReset`, `attributeVerification`, `signIn`, `invitation`.
        let kind: String
        /// `EMAIL` or `SMS`.
        let medium: String
        let destination: String
        /// The code, or the temporary password of an invitation.
        let code: String
        /// Of e-mails.
        let subject: String?
        let body: String
        let instant: SimInstant
    }

    private static let messagesMax = 1000
    private let messages = Mutex<[Message]>([])

    func add(_ message: Message) {
        messages.withLock { messages in
            if messages.count >= Self.messagesMax { messages.removeFirst(messages.count - Self.messagesMax + 1) }
            messages.append(message)
        }
    }

    func forget() { messages.withLock { $0 = [] } }

    /// `GET /_coldframe/cognito/messages?pool=&user=`: oldest first.
    func respond(to request: HTTPRequest, shift: ClockShift) -> HTTPResponse {
        guard request.rawPath == "/_coldframe/cognito/messages" else {
            return .json(404, ["error": "There is no such call; use GET /_coldframe/cognito/messages."])
        }
        guard request.method == "GET" else { return .json(405, ["error": "Use GET here."]) }
        let query = request.rawQuery.flatMap { QueryItems(parsing: $0) } ?? QueryItems()
        let (pool, user) = (query["pool"], query["user"])
        let chosen = messages.withLock { $0 }.filter { (pool ?? $0.poolID) == $0.poolID && (user ?? $0.username) == $0.username }
        return .json(200, ["messages": .list(chosen.map { message in
            [
                "pool": .string(message.poolID), "user": .string(message.username), "kind": .string(message.kind),
                "medium": .string(message.medium), "destination": .string(message.destination),
                "code": .string(message.code), "subject": message.subject.map { .string($0) }, "body": .string(message.body),
                "time": .string(CivilTime(shift.shown(message.instant)).iso8601Milliseconds),
            ]
        })])
    }
}

extension HTTPResponse {
    static func json(_ status: Int, _ value: AWSValue) -> HTTPResponse {
        HTTPResponse(
            status: status,
            headers: ["Content-Type": "application/json", "Cache-Control": "no-store", "Access-Control-Allow-Origin": "*"],
            body: .bytes(JSON.write(value)))
    }
}
