import Gateway
import SimTime
import TokenCrypto
import Vocabulary
import WorkspaceRules

/// What a link or session opens: a user profile's domain, or a notebook instance.
enum LinkTarget: Codable, Sendable, Equatable {
    case domain(id: String, profile: String, space: String?)
    case notebook(name: String)
}

/// Who made a link: whoever uses it is authorised as this principal.
struct LinkPrincipal: Codable, Sendable, Equatable {
    let account: AccountID
    let principalARN: String
    let userID: String
    let accessKeyID: String?

    init(_ caller: Caller) {
        account = caller.account
        principalARN = caller.principalARN
        userID = caller.userID
        accessKeyID = caller.accessKeyID
    }

    var caller: Caller {
        Caller(account: account, principalARN: principalARN, userID: userID, accessKeyID: accessKeyID)
    }
}

/// A presigned link as it is stored: under the hash of its token, which itself is kept nowhere.
struct LinkRecord: ShelvedRecord {
    static let type = "presigned-link"

    /// How long after its end a link is remembered, to say that it is used or expired instead of unknown.
    private static let remembered = SimDuration.hours(24)

    let tokenHash: String
    let target: LinkTarget
    /// Where the target lives.
    let home: Realm
    let principal: LinkPrincipal
    /// Nil lands on the default page.
    let landing: LandingPage?
    var link: PresignedLink

    /// Tokens name no account: all links lie on one shelf.
    var realm: Realm { .shared }
    var documentName: String { tokenHash }
    var changesAt: SimInstant? { link.expiresAt + Self.remembered }
    var arn: String { target.resourceARN(in: home) }
}

/// A browser's session as it is stored: under the hash of its cookie.
struct SessionRecord: ShelvedRecord {
    static let type = "studio-session"

    let cookieHash: String
    let target: LinkTarget
    let home: Realm
    let principal: LinkPrincipal
    let landing: LandingPage
    let expiresAt: SimInstant

    var realm: Realm { .shared }
    var documentName: String { cookieHash }
    var changesAt: SimInstant? { expiresAt }
    var arn: String { target.resourceARN(in: home) }
}

extension LinkTarget {
    /// The ARN that the use of the link is authorised on.
    // AWS: spec/studio.md §B5.
    func resourceARN(in realm: Realm) -> String {
        let resource = switch self {
        case .domain(let id, let profile, _): "user-profile/\(id)/\(profile.lowercased())"
        case .notebook(let name): "notebook-instance/\(name.lowercased())"
        }
        return ARN(service: "sagemaker", realm: realm, resource: resource).description
    }

    /// The action that every use of the link is authorised as.
    // AWS: documented — spec/studio.md §A11.
    var action: String {
        switch self {
        case .domain: "sagemaker:CreatePresignedDomainUrl"
        case .notebook: "sagemaker:CreatePresignedNotebookInstanceUrl"
        }
    }
}

/// Random tokens that are shown once and stored as their hash.
enum LinkToken {
    // AWS: inferred — spec/studio.md §A11: opaque, a few hundred URL-safe characters.
    private static let linkBytes = 192
    private static let cookieBytes = 32

    static func link() -> String { draw(linkBytes) }

    static func cookie() -> String { draw(cookieBytes) }

    /// The name a token is stored under.
    static func hash(_ token: String) -> String { HexText.encode(Digesting.sha256(token.utf8)) }

    /// From the system's secure source: whoever holds the token gets in.
    private static func draw(_ count: Int) -> String {
        var source = SystemRandomNumberGenerator()
        return Base64URL.encode((0..<count).map { _ in UInt8.random(in: 0 ... 255, using: &source) })
    }
}
