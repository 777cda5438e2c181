/// How an identity pool chooses the role of somebody a provider vouches for.
// AWS: doc — role-based access control of identity pools.
package struct RoleMapping: Codable, Sendable, Equatable {
    package enum Kind: String, Codable, Sendable { case token = "Token", rules = "Rules" }
    package enum AmbiguityResolution: String, Codable, Sendable { case authenticatedRole = "AuthenticatedRole", deny = "Deny" }

    /// A claim that leads to a role.
    package struct Rule: Codable, Sendable, Equatable {
        package enum Match: String, Codable, Sendable {
            case equals = "Equals", contains = "Contains", startsWith = "StartsWith", notEqual = "NotEqual"
        }

        package let claim: String
        package let match: Match
        package let value: String
        package let roleARN: String

        package init(claim: String, match: Match, value: String, roleARN: String) {
            self.claim = claim
            self.match = match
            self.value = value
            self.roleARN = roleARN
        }

        /// A claim that is missing matches nothing, `NotEqual` included. Of several values one has to match, all of them
        /// for `NotEqual`.
        func holds(_ claims: [String: [String]]) -> Bool {
            guard let values = claims[claim], !values.isEmpty else { return false }
            switch match {
            case .equals: return values.contains(value)
            case .contains: return values.contains { containsText($0, value) }
            case .startsWith: return values.contains { $0.hasPrefix(value) }
            case .notEqual: return !values.contains(value)
            }
        }
    }

    package let kind: Kind
    package let ambiguity: AmbiguityResolution
    package let rules: [Rule]

    package init(kind: Kind, ambiguity: AmbiguityResolution, rules: [Rule] = []) {
        self.kind = kind
        self.ambiguity = ambiguity
        self.rules = rules
    }

    package enum Rejection: Error, Equatable, Sendable {
        /// Nothing leads to a role, and the mapping denies then.
        case denied
        /// The caller named a role that the token or the rules do not give.
        case customRoleNotGiven
    }

    /// The role for these claims; nil stands for the pool's role for authenticated identities.
    /// Throws `Rejection`.
    /// - Parameter customRole: the one the caller wishes among several.
    package func role(claims: [String: [String]], customRole: String?) throws(Rejection) -> String? {
        let given: [String]
        switch kind {
        case .token:
            if let customRole {
                guard claims["cognito:roles"]?.contains(customRole) == true else { throw .customRoleNotGiven }
                return customRole
            }
            let roles = claims["cognito:roles"] ?? []
            given = claims["cognito:preferred_role"] ?? (roles.count == 1 ? roles : [])
        case .rules:
            let matching = rules.filter { $0.holds(claims) }.map(\.roleARN)
            if let customRole {
                guard matching.contains(customRole) else { throw .customRoleNotGiven }
                return customRole
            }
            given = matching
        }
        if let first = given.first { return first }
        guard ambiguity == .authenticatedRole else { throw .denied }
        return nil
    }
}

/// Whether `text` has `part` somewhere in it.
private func containsText(_ text: String, _ part: String) -> Bool {
    let (text, part) = (Array(text.utf8), Array(part.utf8))
    guard !part.isEmpty, text.count >= part.count else { return part.isEmpty }
    return (0...(text.count - part.count)).contains { text[$0..<($0 + part.count)].elementsEqual(part) }
}
