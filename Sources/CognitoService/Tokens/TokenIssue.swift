import AWSModel
import AWSProtocols
import HTTPServer
import IdentityRules
import SimTime
import Timeline
import TokenCrypto

/// Tokens that a turn has decided on and that are still to be signed.
struct TokenIssue: Sendable {
    let pool: Pool
    let client: Client
    let user: User
    let subject: TokenSubject
    var occasion: TokenOccasion
    /// Nil when the caller keeps the refresh token it has.
    let refreshToken: String?
    /// For the pre-token-generation trigger, e.g. `TokenGeneration_Authentication`.
    let source: String
    var newDevice: Device?
    var metadata: [String: String] = [:]
    /// OAuth tokens carry an id token only with the scope openid.
    var includesIDToken = true
}

/// Signed tokens.
struct SignedTokens: Sendable {
    let access: String
    let id: String?
    let refresh: String?
    let expiresInSeconds: Int64
}

extension CognitoService {
    /// Makes a grant for a user who has signed in, and decides on its first tokens.
    func grant(
        _ user: User, _ client: Client, in pool: Pool, source: String, scopes: [String] = ["aws.cognito.signin.user.admin"],
        isOAuth: Bool = false, deviceKey: String? = nil, edit: DirectoryEdit
    ) throws -> TokenIssue {
        let refreshToken = mint.refreshToken()
        let shown = timeline.clockShift.shown(edit.now).wholeSeconds
        let grant = Grant(
            id: mint.uuid(), poolID: pool.id, clientID: client.id, username: user.username, foldedName: user.foldedName,
            scopes: scopes, authenticated: edit.now, shownAuthTime: shown, deviceKey: deviceKey, isOAuth: isOAuth,
            refresh: RefreshGrant(
                token: GrantTable.hash(refreshToken), expires: edit.now + client.validity(of: .refresh)))
        try grantPurge.run(at: edit.now, in: edit.turn.transaction)
        try GrantTable.save(grant, in: edit.turn.transaction)
        return try issue(from: grant, user, client, in: pool, refreshToken: refreshToken, source: source, edit: edit)
    }

    /// Decides on new tokens from a grant.
    func issue(
        from grant: Grant, _ user: User, _ client: Client, in pool: Pool, refreshToken: String?, source: String,
        edit: DirectoryEdit
    ) throws -> TokenIssue {
        let eventID = mint.uuid()
        let accessValidity = client.validity(of: .access)
        try GrantTable.issued(eventID, from: grant.id, expires: edit.now + accessValidity, in: edit.turn.transaction)
        var occasion = TokenOccasion(
            issuer: issuer(of: pool), clientID: client.id, scopes: grant.scopes, authTime: grant.shownAuthTime,
            issuedAt: timeline.clockShift.shown(edit.now).wholeSeconds,
            accessValiditySeconds: accessValidity.milliseconds / 1000,
            idValiditySeconds: client.validity(of: .id).milliseconds / 1000,
            originJTI: client.revokesTokens ? grant.id : nil, eventID: eventID)
        occasion.deviceKey = grant.deviceKey
        occasion.isOAuth = grant.isOAuth
        let readable = client.readableAttributes
        let attributes = user.attributes.filter { readable?.contains($0.name) ?? true && !$0.name.hasPrefix("dev:") }
        let subject = TokenSubject(
            sub: user.sub, username: pool.naming.isCaseSensitive ? user.username : user.username.lowercased(),
            attributes: Dictionary(attributes.map { ($0.name, $0.value) }) { $1 },
            groups: try edit.directory.groups(of: user, in: pool).map(\.membership))
        return TokenIssue(
            pool: pool, client: client, user: user, subject: subject, occasion: occasion, refreshToken: refreshToken,
            source: source, includesIDToken: !grant.isOAuth || grant.scopes.contains("openid"))
    }

    /// Asks the pre-token-generation trigger, and signs: two RSA signatures.
    func sign(_ issue: TokenIssue) async throws -> SignedTokens {
        let overrides = try await preTokenGeneration(issue)
        let keys = try await keys.keys(of: issue.pool.id)
        let (accessID, idID) = (mint.uuid(), mint.uuid())
        return try await offLoop {
            let access = ClaimSet.access(issue.subject, issue.occasion, jti: accessID, overrides: overrides)
            var id = ClaimSet.id(issue.subject, issue.occasion, jti: idID, overrides: overrides)
            let accessToken = try CompactToken.signed(payload: access.json, by: keys.access)
            if let known = issue.user.federated, !known.isEmpty {
                // The attribute is a text; the claim is the list itself.
                id["identities"] = AWSValue.list(known.map(\.output)).claim
            }
            if issue.occasion.isOAuth {
                // OpenID Connect Core §3.1.3.6: the left half of the hash.
                id["at_hash"] = .text(Base64URL.encode(Array(Digesting.sha256(accessToken.utf8).prefix(16))))
            }
            return SignedTokens(
                access: accessToken,
                id: issue.includesIDToken ? try CompactToken.signed(payload: id.json, by: keys.id) : nil,
                refresh: issue.refreshToken, expiresInSeconds: issue.occasion.accessValiditySeconds)
        }
    }

    /// The `AuthenticationResult` structure.
    func authenticationResult(_ issue: TokenIssue) async throws -> AWSValue {
        let tokens = try await sign(issue)
        return [
            "AccessToken": .string(tokens.access), "ExpiresIn": .integer(tokens.expiresInSeconds), "TokenType": "Bearer",
            "RefreshToken": tokens.refresh.map { .string($0) }, "IdToken": tokens.id.map { .string($0) },
            "NewDeviceMetadata": issue.newDevice.map {
                ["DeviceKey": .string($0.key), "DeviceGroupKey": .string($0.groupKey)]
            },
        ]
    }
}

extension ClaimSet {
    /// The payload of a token.
    var json: [UInt8] {
        var object = AWSObject()
        for (name, value) in entries { object.append(name, AWSValue(value)) }
        return JSON.write(.object(object))
    }
}

extension AWSValue {
    init(_ claim: ClaimValue) {
        switch claim {
        case .text(let text): self = .string(text)
        case .number(let number): self = .integer(number)
        case .fraction(let number): self = .double(number)
        case .flag(let flag): self = .boolean(flag)
        case .texts(let texts): self = .list(ofTexts: texts)
        case .list(let values): self = .list(values.map { AWSValue($0) })
        case .object(let members):
            var object = AWSObject()
            for member in members { object.append(member.name, AWSValue(member.value)) }
            self = .object(object)
        }
    }

    /// As a claim; nil for what no token carries.
    var claim: ClaimValue? {
        switch self {
        case .string(let text): .text(text)
        case .integer(let number): .number(number)
        case .double(let number): .fraction(number)
        case .boolean(let flag): .flag(flag)
        case .list(let items): .list(items.compactMap(\.claim))
        case .object(let object): .object(object.entries.compactMap { entry in
            entry.value.claim.map { .init(name: entry.key, value: $0) }
        })
        case .null, .blob, .timestamp: nil
        }
    }
}

extension SimInstant {
    /// Seconds since 1970, rounded down.
    var wholeSeconds: Int64 { floored(to: .seconds(1)).millisecondsSinceEpoch / 1000 }
}
