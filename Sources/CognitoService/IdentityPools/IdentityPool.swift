import AWSModel
import Gateway
import IdentityRules
import SimTime
import Store
import Timeline
import Vocabulary

/// An identity pool: who may come, and what role each gets.
struct IdentityPool: Stored {
    let id: String
    let account: AccountID
    let region: RegionName
    let created: SimInstant
    /// The members of CreateIdentityPool but name and tags.
    var settings: AWSObject
    var name: String
    var tags: [String: String]
    /// `authenticated` and `unauthenticated`.
    var roles: [String: String] = [:]
    /// As SetIdentityPoolRoles took them, by provider.
    var roleMappings = AWSObject()
    /// Claims that become session tags, by provider.
    var principalTags: [String: PrincipalTags] = [:]

    /// How claims become the tags of a session.
    struct PrincipalTags: Codable, Sendable {
        var usesDefaults: Bool
        /// Claim by tag.
        var claims: [String: String]

        // AWS: doc — the default mapping of attributes for access control.
        static let defaults = ["username": "sub", "client": "aud"]
        var effective: [String: String] { usesDefaults ? Self.defaults : claims }
    }

    static func type(_ poolID: String) -> String { "identity-pool" }
    var storedName: String { id }
    var poolID: String { id }
    var realm: Realm { Realm(account: account, region: region) }
    var arn: String { ARN(service: "cognito-identity", realm: realm, resource: "identitypool/\(id)").description }
    var admitsGuests: Bool { settings["AllowUnauthenticatedIdentities"]?.bool ?? false }
    var allowsClassicFlow: Bool { settings["AllowClassicFlow"]?.bool ?? false }
    var developerProvider: String? { settings["DeveloperProviderName"]?.string }

    /// The user pool clients whose users may come.
    var userPoolClients: [(provider: String, clientID: String, isCheckedServerSide: Bool)] {
        (settings["CognitoIdentityProviders"]?.list ?? []).compactMap { item in
            guard let provider = item["ProviderName"]?.string, let client = item["ClientId"]?.string else { return nil }
            return (provider, client, item["ServerSideTokenCheck"]?.bool ?? false)
        }
    }

    /// Providers of others that are named: social ones, foreign OpenID Connect, SAML.
    var otherProviders: Set<String> {
        let social = (settings["SupportedLoginProviders"]?.object?.entries ?? []).map(\.key)
        let named = (settings["OpenIdConnectProviderARNs"]?.texts ?? []) + (settings["SamlProviderARNs"]?.texts ?? [])
        return Set(social + named.map { arn in arn.split(separator: "/", maxSplits: 1).last.map(String.init) ?? arn } + named)
    }

    /// The mapping for a login, if there is one for its provider, or for provider and client.
    func roleMapping(provider: String, clientID: String?) -> RoleMapping? {
        let names = clientID.map { ["\(provider):\($0)", provider] } ?? [provider]
        return names.lazy.compactMap { roleMappings[$0] }.first.flatMap(RoleMapping.init)
    }

    /// The `IdentityPool` structure.
    var output: AWSObject {
        var output: AWSObject = ["IdentityPoolId": .string(id), "IdentityPoolName": .string(name)]
        for (name, value) in settings.entries { output.append(name, value) }
        if !tags.isEmpty { output["IdentityPoolTags"] = .object(ofTexts: tags) }
        return output
    }
}

extension RoleMapping {
    /// Reads the structure of the API; nil for one that is incomplete.
    init?(_ value: AWSValue) {
        guard let kind = value["Type"]?.string.flatMap(Kind.init) else { return nil }
        let rules = (value["RulesConfiguration"]?["Rules"]?.list ?? []).compactMap { rule -> Rule? in
            guard let claim = rule["Claim"]?.string, let match = rule["MatchType"]?.string.flatMap(Rule.Match.init),
                  let text = rule["Value"]?.string, let role = rule["RoleARN"]?.string else { return nil }
            return Rule(claim: claim, match: match, value: text, roleARN: role)
        }
        self.init(
            kind: kind, ambiguity: value["AmbiguousRoleResolution"]?.string.flatMap(AmbiguityResolution.init) ?? .deny,
            rules: rules)
    }
}

/// Somebody known to an identity pool.
struct Identity: Stored {
    let id: String
    let poolID: String
    let created: SimInstant
    var modified: SimInstant
    /// Who it is at each provider, the developer's own included: provider and subject.
    var logins: [Login] = []
    /// Set once its last login is gone, or it was merged into another: nobody comes in by it again.
    var isDisabled = false

    struct Login: Codable, Sendable, Hashable {
        let provider: String
        let subject: String
    }

    static func type(_ poolID: String) -> String { "identity/\(poolID)" }
    var storedName: String { id }
    var providers: [String] { Array(Set(logins.map(\.provider))).sorted() }

    var output: AWSObject {
        [
            "IdentityId": .string(id), "Logins": .list(ofTexts: providers), "CreationDate": .timestamp(created),
            "LastModifiedDate": .timestamp(modified),
        ]
    }
}

/// Which identity a login leads to.
struct IdentityLink: Stored {
    let poolID: String
    let login: Identity.Login
    let identityID: String

    static func type(_ poolID: String) -> String { "identity-login/\(poolID)" }
    static func name(_ login: Identity.Login) -> String { "\(login.provider) \(login.subject)" }
    var storedName: String { Self.name(login) }
}

/// In which pool an identity is: calls name the identity alone.
struct IdentityHome: Stored {
    let poolID: String
    let identityID: String

    static func type(_ poolID: String) -> String { "identity-home" }
    var storedName: String { identityID }
}

extension AWSFault {
    // AWS: inferred — spec/cognito.md §D17.
    static func noIdentityPool(_ id: String) -> AWSFault { resourceNotFound("IdentityPool '\(id)' not found.") }
    static func noIdentity(_ id: String) -> AWSFault { resourceNotFound("Identity '\(id)' not found.") }
    // AWS: recorded — spec/cognito.md §D17.
    static let guestsRefused = notAuthorized("Unauthenticated access is not supported for this identity pool.")
    static let unsupportedProvider = notAuthorized("Token is not from a supported provider of this identity pool.")
    static let loginsMismatch = notAuthorized(
        "Logins don't match. Please include at least one valid login for this identity or identity pool.")
    static let invalidRoles = cognito(
        "InvalidIdentityPoolConfigurationException",
        "Invalid identity pool configuration. Check assigned IAM roles for this pool.")
    static func invalidLoginToken(_ reason: String) -> AWSFault { notAuthorized("Invalid login token. \(reason)") }
    static func resourceConflict(_ message: String) -> AWSFault { cognito("ResourceConflictException", message) }
}

extension Directory {
    /// An identity pool by its id, which is unique in the whole server. Throws `ResourceNotFoundException`.
    func identityPool(_ id: String) throws -> IdentityPool {
        guard let pool = try source.document(IdentityPool.collection("").key(id), as: IdentityPool.self) else {
            throw AWSFault.noIdentityPool(id)
        }
        return pool
    }

    /// The identity pool of the member `IdentityPoolId`, of the caller's account and region.
    func identityPool(_ input: CognitoInput) throws -> IdentityPool {
        let id = try input.text("IdentityPoolId")
        let pool = try identityPool(id)
        guard pool.realm == input.context.realm else { throw AWSFault.noIdentityPool(id) }
        return pool
    }

    func identityPools(of realm: Realm) throws -> [IdentityPool] {
        try source.documents(IdentityPool.collection(""), as: IdentityPool.self).map(\.value).filter { $0.realm == realm }
    }

    /// An identity and its pool. Throws `ResourceNotFoundException`.
    func identity(_ id: String) throws -> (identity: Identity, pool: IdentityPool) {
        guard let home = try source.document(IdentityHome.collection("").key(id), as: IdentityHome.self),
              let identity = try source.document(Identity.collection(home.poolID).key(id), as: Identity.self)
        else { throw AWSFault.noIdentity(id) }
        return (identity, try identityPool(home.poolID))
    }

    func identities(of pool: IdentityPool) throws -> [Identity] {
        try source.documents(Identity.collection(pool.id), as: Identity.self).map(\.value)
    }

    func identity(linkedTo login: Identity.Login, in pool: IdentityPool) throws -> Identity? {
        let key = IdentityLink.collection(pool.id).key(IdentityLink.name(login))
        guard let link = try source.document(key, as: IdentityLink.self) else { return nil }
        return try source.document(Identity.collection(pool.id).key(link.identityID), as: Identity.self)
    }
}

extension DirectoryEdit {
    /// Saves an identity with the links of its logins.
    func save(_ identity: Identity, replacing before: Identity?) throws {
        for login in before?.logins ?? [] where !identity.logins.contains(login) {
            try delete(IdentityLink(poolID: identity.poolID, login: login, identityID: identity.id))
        }
        for login in identity.logins {
            try save(IdentityLink(poolID: identity.poolID, login: login, identityID: identity.id))
        }
        try save(IdentityHome(poolID: identity.poolID, identityID: identity.id))
        try save(identity)
    }

    /// A new identity with these logins.
    func newIdentity(in pool: IdentityPool, id: String, logins: [Identity.Login]) throws -> Identity {
        let identity = Identity(id: id, poolID: pool.id, created: now, modified: now, logins: logins)
        try save(identity, replacing: nil)
        return identity
    }

    func delete(_ identity: Identity) throws {
        for login in identity.logins {
            try delete(IdentityLink(poolID: identity.poolID, login: login, identityID: identity.id))
        }
        try delete(IdentityHome(poolID: identity.poolID, identityID: identity.id))
        try turn.transaction.delete(identity.key)
    }
}
