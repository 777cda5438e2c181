import AWSModel
import AWSProtocols
import IdentityRules
import SimTime
import Synchronization

/// Why a message is sent. The raw values end the names of the triggers that word and send it.
// AWS: doc — spec/cognito.md §D16, and the custom sender triggers.
enum MessageOccasion: String, Sendable {
    case signUp = "SignUp"
    case resendCode = "ResendCode"
    case forgotPassword = "ForgotPassword"
    case updateUserAttribute = "UpdateUserAttribute"
    case verifyUserAttribute = "VerifyUserAttribute"
    case authentication = "Authentication"
    case adminCreateUser = "AdminCreateUser"
    case accountTakeoverNotification = "AccountTakeOverNotification"

    /// As the inbox calls it.
    var kind: String {
        switch self {
        case .signUp, .resendCode: OneTimeCode.Purpose.signUp.rawValue
        case .forgotPassword: OneTimeCode.Purpose.passwordReset.rawValue
        case .updateUserAttribute, .verifyUserAttribute: OneTimeCode.Purpose.attributeVerification.rawValue
        case .authentication: OneTimeCode.Purpose.signIn.rawValue
        case .adminCreateUser: "invitation"
        case .accountTakeoverNotification: "securityAlert"
        }
    }
}

/// A message that a turn has decided on.
struct OutgoingMessage: Sendable {
    let user: User
    let occasion: MessageOccasion
    /// The attribute and value it goes to.
    let contact: Attribute
    let code: String
    let instant: SimInstant
}

/// The messages of one turn, sent once it is committed.
final class Outbox: Sendable {
    private let messages = Mutex<[OutgoingMessage]>([])

    func add(_ message: OutgoingMessage) { messages.withLock { $0.append(message) } }
    func take() -> [OutgoingMessage] { messages.withLock { messages in defer { messages = [] }; return messages } }
}

extension CognitoService {
    /// Has the triggers word and send a message, and puts it into the inbox: there it can be read in any case.
    func deliver(_ message: OutgoingMessage) async throws {
        let pool = try directory.pool(message.user.poolID), scope = CallScope.current
        let medium = Self.medium(message.contact.name)
        var text = MessageText(message, in: pool, byLink: confirmationLink(message, in: pool))
        if message.occasion != .accountTakeoverNotification {
            try await text.override(from: wording(of: message, pool, scope), isMail: medium == "EMAIL")
        }
        let trigger: Trigger = medium == "EMAIL" ? .customEmailSender : .customSMSSender
        _ = try await fire(
            trigger, "\(trigger.rawValue)_\(message.occasion.rawValue)", pool: pool, clientID: scope.clientID ?? Self.noClientID,
            username: message.user.username, attributes: message.user.shownAttributes,
            request: [
                "type": medium == "EMAIL" ? "customEmailSenderRequestV1" : "customSMSSenderRequestV1",
                // AWS encrypts it with the pool's KMS key. There is none here: it is base64 of the code itself.
                "code": .string(Base64.encode(Array(message.code.utf8))),
            ], metadata: scope.metadata)
        inbox.add(.init(
            poolID: pool.id, username: message.user.username, kind: message.occasion.kind, medium: medium,
            destination: message.contact.value, code: message.code, subject: medium == "EMAIL" ? text.subject : nil,
            body: text.body(code: message.code, username: message.user.username), instant: message.instant))
    }

    static let noClientID = "CLIENT_ID_NOT_APPLICABLE"

    private func wording(of message: OutgoingMessage, _ pool: Pool, _ scope: CallScope) async throws -> AWSObject? {
        let isInvitation = message.occasion == .adminCreateUser
        return try await fire(
            .customMessage, "CustomMessage_\(message.occasion.rawValue)", pool: pool, clientID: scope.clientID ?? Self.noClientID,
            username: message.user.username, attributes: message.user.shownAttributes,
            request: [
                "codeParameter": "{####}", "linkParameter": "{##Click Here##}",
                "usernameParameter": isInvitation ? "{username}" : .null,
            ],
            response: ["smsMessage": .null, "emailMessage": .null, "emailSubject": .null], metadata: scope.metadata)
    }

    /// The address that confirms a sign-up, where the pool has e-mails carry a link.
    private func confirmationLink(_ message: OutgoingMessage, in pool: Pool) -> String? {
        guard pool.confirmsByLink, message.contact.name == "email",
              message.occasion == .signUp || message.occasion == .resendCode, let client = CallScope.current.clientID
        else { return nil }
        return address(baseURL.withLock { $0 } + "/confirmUser", adding: [
            ("client_id", client), ("user_name", message.user.username), ("confirmation_code", message.code),
        ])
    }
}

/// The words of a message: the pool's own templates, or AWS's.
struct MessageText {
    private(set) var subject: String
    private var template: String
    private let link: String?

    // AWS: doc — the default texts of verification and invitation messages.
    init(_ message: OutgoingMessage, in pool: Pool, byLink link: String?) {
        self.link = link
        let settings = pool.settings, isMail = message.contact.name == "email"
        let templates = settings["VerificationMessageTemplate"]
        switch message.occasion {
        case .adminCreateUser:
            let invitation = settings["AdminCreateUserConfig"]?["InviteMessageTemplate"]
            subject = invitation?["EmailSubject"]?.string ?? "Your temporary password"
            template = invitation?[isMail ? "EmailMessage" : "SMSMessage"]?.string
                ?? "Your username is {username} and temporary password is {####}."
        case .authentication:
            subject = pool.mfa["EmailMfaConfiguration"]?["Subject"]?.string ?? "Your authentication code"
            template = (isMail ? pool.mfa["EmailMfaConfiguration"]?["Message"] : settings["SmsAuthenticationMessage"])?.string
                ?? "Your authentication code is {####}."
        case .accountTakeoverNotification:
            subject = "Someone tried to sign in to your account"
            template = "We blocked an attempt to sign in to your account {username}. Feedback token: {####}"
        case .signUp, .resendCode, .forgotPassword, .updateUserAttribute, .verifyUserAttribute:
            subject = (link == nil ? templates?["EmailSubject"] ?? settings["EmailVerificationSubject"] : templates?["EmailSubjectByLink"])?
                .string ?? (link == nil ? "Your verification code" : "Your verification link")
            let own = isMail
                ? (link == nil ? templates?["EmailMessage"] ?? settings["EmailVerificationMessage"] : templates?["EmailMessageByLink"])
                : templates?["SmsMessage"] ?? settings["SmsVerificationMessage"]
            template = own?.string ?? (link == nil
                ? "Your confirmation code is {####}" : "Please click the link below to verify your email address. {##Verify Email##}")
        }
    }

    /// Takes over what the CustomMessage trigger words.
    mutating func override(from answer: AWSObject?, isMail: Bool) {
        if let own = answer?[isMail ? "emailMessage" : "smsMessage"]?.string { template = own }
        if let own = answer?["emailSubject"]?.string { subject = own }
    }

    /// The text with code, user name and link filled in.
    func body(code: String, username: String) -> String {
        var text = template.replacing("{####}", with: code).replacing("{username}", with: username)
        // `{##Verify Email##}`: the words become the link.
        while let start = text.firstRange(of: "{##"), let end = text[start.upperBound...].firstRange(of: "##}") {
            let words = text[start.upperBound..<end.lowerBound]
            text.replaceSubrange(start.lowerBound..<end.upperBound, with: link.map { "\(words) (\($0))" } ?? String(words))
        }
        return text
    }
}
