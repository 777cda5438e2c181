/// A claim's value.
package indirect enum ClaimValue: Sendable, Equatable {
    case text(String)
    case number(Int64)
    case fraction(Double)
    case flag(Bool)
    case texts([String])
    case list([ClaimValue])
    case object([Member])

    /// A member of an object, in order.
    package struct Member: Sendable, Equatable {
        package let name: String
        package let value: ClaimValue

        package init(name: String, value: ClaimValue) {
            self.name = name
            self.value = value
        }
    }
}

/// The claims of one token, in the order they are written.
package struct ClaimSet: Sendable, Equatable {
    package private(set) var entries: [(name: String, value: ClaimValue)] = []

    package init() {}

    /// Setting nil removes the claim; setting a new one appends it.
    package subscript(name: String) -> ClaimValue? {
        get { entries.first { $0.name == name }?.value }
        set {
            let index = entries.firstIndex { $0.name == name }
            switch (index, newValue) {
            case (let index?, let value?): entries[index].value = value
            case (let index?, nil): entries.remove(at: index)
            case (nil, let value?): entries.append((name, value))
            case (nil, nil): break
            }
        }
    }

    package static func == (a: ClaimSet, b: ClaimSet) -> Bool {
        a.entries.count == b.entries.count
            && zip(a.entries, b.entries).allSatisfy { $0.name == $1.name && $0.value == $1.value }
    }
}

/// A group a token's subject is in.
package struct GroupMembership: Sendable, Equatable {
    package let name: String
    package let roleARN: String?
    /// Lower is stronger; nil is weakest.
    package let precedence: Int?

    package init(name: String, roleARN: String? = nil, precedence: Int? = nil) {
        self.name = name
        self.roleARN = roleARN
        self.precedence = precedence
    }
}

/// Whom tokens are about.
package struct TokenSubject: Sendable, Equatable {
    package var sub: String
    package var username: String
    /// The attributes the client may read, `sub` excluded.
    package var attributes: [String: String]
    package var groups: [GroupMembership]

    package init(sub: String, username: String, attributes: [String: String] = [:], groups: [GroupMembership] = []) {
        self.sub = sub
        self.username = username
        self.attributes = attributes
        self.groups = groups
    }

    /// Strongest first; equal ones by name, so that the order never depends on storage.
    package var rankedGroups: [GroupMembership] {
        groups.sorted { ($0.precedence ?? .max, $0.name) < ($1.precedence ?? .max, $1.name) }
    }

    /// The role of the strongest group that has one; nil when equally strong groups disagree.
    // AWS: doc — spec/cognito.md §D11.
    package var preferredRole: String? {
        let withRoles = rankedGroups.filter { $0.roleARN != nil && $0.precedence != nil }
        guard let first = withRoles.first else { return nil }
        let rivals = withRoles.filter { $0.precedence == first.precedence }
        return rivals.allSatisfy { $0.roleARN == first.roleARN } ? first.roleARN : nil
    }
}

/// What the tokens of one sign-in share. Times are seconds since 1970 as the client is shown them.
package struct TokenOccasion: Sendable, Equatable {
    package var issuer: String
    package var clientID: String
    package var scopes: [String]
    package var authTime: Int64
    package var issuedAt: Int64
    package var accessValiditySeconds: Int64
    package var idValiditySeconds: Int64
    /// Nil when the client has token revocation switched off: then `jti` and `origin_jti` are left out.
    package var originJTI: String?
    package var eventID: String
    package var deviceKey: String?
    package var nonce: String?
    /// Set for tokens of the token endpoint.
    package var isOAuth = false

    package init(
        issuer: String, clientID: String, scopes: [String], authTime: Int64, issuedAt: Int64,
        accessValiditySeconds: Int64, idValiditySeconds: Int64, originJTI: String?, eventID: String
    ) {
        self.issuer = issuer
        self.clientID = clientID
        self.scopes = scopes
        self.authTime = authTime
        self.issuedAt = issuedAt
        self.accessValiditySeconds = accessValiditySeconds
        self.idValiditySeconds = idValiditySeconds
        self.originJTI = originJTI
        self.eventID = eventID
    }
}

/// What a pre-token-generation trigger changes.
package struct ClaimOverrides: Sendable, Equatable {
    /// Of the id token.
    package var added: [(name: String, value: ClaimValue)] = []
    package var suppressed: [String] = []
    /// Of the access token: only later versions of the trigger change it.
    package var accessAdded: [(name: String, value: ClaimValue)] = []
    package var accessSuppressed: [String] = []
    package var scopesAdded: [String] = []
    package var scopesSuppressed: [String] = []
    /// Nil leaves the groups as they are.
    package var groups: [String]?
    package var roles: [String]?
    package var preferredRole: String?

    package init() {}

    package static func == (a: ClaimOverrides, b: ClaimOverrides) -> Bool {
        a.added.elementsEqual(b.added, by: ==) && a.suppressed == b.suppressed && a.groups == b.groups
            && a.accessAdded.elementsEqual(b.accessAdded, by: ==) && a.accessSuppressed == b.accessSuppressed
            && a.scopesAdded == b.scopesAdded && a.scopesSuppressed == b.scopesSuppressed
            && a.roles == b.roles && a.preferredRole == b.preferredRole
    }

    /// What an access token keeps as it is.
    // AWS: doc — customizing the access token.
    static let reservedOfAccess: Set<String> = [
        "acr", "amr", "at_hash", "auth_time", "azp", "client_id", "device_key", "event_id", "exp", "iat", "iss", "jti", "nbf",
        "nonce", "origin_jti", "scope", "sub", "token_use", "username", "version",
    ]

    /// AWS: inferred — spec/cognito.md §D16.
    static let reserved: Set<String> = [
        "acr", "amr", "aud", "at_hash", "auth_time", "azp", "cognito:username", "exp", "iat", "identities", "iss", "jti",
        "nbf", "nonce", "origin_jti", "sub", "token_use",
    ]
}

extension ClaimOverrides {
    /// The scopes a token is to have instead of `own`, each once.
    func scopes(from own: [String]) -> [String] {
        var scopes = own.filter { !scopesSuppressed.contains($0) }
        for scope in scopesAdded where !scopes.contains(scope) && !scopesSuppressed.contains(scope) { scopes.append(scope) }
        return scopes
    }
}

extension ClaimSet {
    /// The claims of an access token.
    /// - Parameter overrides: what a trigger changes.
    // AWS: doc — spec/cognito.md §D11.
    package static func access(
        _ subject: TokenSubject, _ occasion: TokenOccasion, jti: String, overrides: ClaimOverrides = ClaimOverrides()
    ) -> ClaimSet {
        var claims = ClaimSet()
        claims["sub"] = .text(subject.sub)
        claims["device_key"] = occasion.deviceKey.map { .text($0) }
        claims.add(groupsOf: subject)
        if let groups = overrides.groups { claims["cognito:groups"] = groups.isEmpty ? nil : .texts(groups) }
        claims["iss"] = .text(occasion.issuer)
        if occasion.isOAuth { claims["version"] = .number(2) }
        claims["client_id"] = .text(occasion.clientID)
        claims["origin_jti"] = occasion.originJTI.map { .text($0) }
        claims["event_id"] = .text(occasion.eventID)
        claims["token_use"] = .text("access")
        claims["scope"] = .text(overrides.scopes(from: occasion.scopes).joined(separator: " "))
        claims.add(timesOf: occasion, validitySeconds: occasion.accessValiditySeconds)
        claims["jti"] = occasion.originJTI == nil ? nil : .text(jti)
        claims["username"] = .text(subject.username)
        claims.applyToAccess(overrides, clientID: occasion.clientID)
        return claims
    }

    /// The claims of an id token. Verified flags are booleans; custom attributes stay text.
    // AWS: doc — spec/cognito.md §D11.
    package static func id(
        _ subject: TokenSubject, _ occasion: TokenOccasion, jti: String, overrides: ClaimOverrides = ClaimOverrides()
    ) -> ClaimSet {
        var claims = ClaimSet()
        claims["sub"] = .text(subject.sub)
        claims.add(groupsOf: subject)
        for (name, value) in subject.attributes.sorted(by: { $0.key < $1.key }) {
            let isFlag = name == "email_verified" || name == "phone_number_verified"
            claims[name] = isFlag ? .flag(value == "true") : .text(value)
        }
        claims["cognito:preferred_role"] = subject.preferredRole.map { .text($0) }
        claims["iss"] = .text(occasion.issuer)
        claims["cognito:username"] = .text(subject.username)
        claims["nonce"] = occasion.nonce.map { .text($0) }
        claims["origin_jti"] = occasion.originJTI.map { .text($0) }
        let roles = subject.rankedGroups.compactMap(\.roleARN)
        claims["cognito:roles"] = roles.isEmpty ? nil : .texts(roles)
        claims["aud"] = .text(occasion.clientID)
        claims["event_id"] = .text(occasion.eventID)
        claims["token_use"] = .text("id")
        claims.add(timesOf: occasion, validitySeconds: occasion.idValiditySeconds)
        claims["jti"] = occasion.originJTI == nil ? nil : .text(jti)
        claims.apply(overrides)
        return claims
    }

    /// The claims of a machine's access token (client_credentials).
    // AWS: inferred — spec/cognito.md §D11.
    package static func machine(
        _ occasion: TokenOccasion, jti: String, overrides: ClaimOverrides = ClaimOverrides()
    ) -> ClaimSet {
        var claims = ClaimSet()
        claims["sub"] = .text(occasion.clientID)
        claims["token_use"] = .text("access")
        claims["scope"] = .text(overrides.scopes(from: occasion.scopes).joined(separator: " "))
        claims["iss"] = .text(occasion.issuer)
        claims.add(timesOf: occasion, validitySeconds: occasion.accessValiditySeconds)
        claims["version"] = .number(2)
        claims["jti"] = .text(jti)
        claims["client_id"] = .text(occasion.clientID)
        claims.applyToAccess(overrides, clientID: occasion.clientID)
        return claims
    }

    private mutating func add(groupsOf subject: TokenSubject) {
        if !subject.groups.isEmpty { self["cognito:groups"] = .texts(subject.rankedGroups.map(\.name)) }
    }

    private mutating func add(timesOf occasion: TokenOccasion, validitySeconds: Int64) {
        self["auth_time"] = .number(occasion.authTime)
        self["exp"] = .number(occasion.issuedAt + validitySeconds)
        self["iat"] = .number(occasion.issuedAt)
    }

    /// An audience may be added if it is the client's own id.
    private mutating func applyToAccess(_ overrides: ClaimOverrides, clientID: String) {
        for (name, value) in overrides.accessAdded where !ClaimOverrides.reservedOfAccess.contains(name) {
            if name == "aud", value != .text(clientID) { continue }
            self[name] = value
        }
        for name in overrides.accessSuppressed where !ClaimOverrides.reservedOfAccess.contains(name) { self[name] = nil }
    }

    private mutating func apply(_ overrides: ClaimOverrides) {
        if let groups = overrides.groups {
            self["cognito:groups"] = groups.isEmpty ? nil : .texts(groups)
            self["cognito:roles"] = overrides.roles.flatMap { $0.isEmpty ? nil : .texts($0) }
            self["cognito:preferred_role"] = overrides.preferredRole.map { .text($0) }
        }
        for (name, value) in overrides.added where !ClaimOverrides.reserved.contains(name) { self[name] = value }
        for name in overrides.suppressed where !ClaimOverrides.reserved.contains(name) { self[name] = nil }
    }
}
