/// How a pool's users are named, and by what they are found.
// AWS: doc — spec/cognito.md §D13.
package struct UserNaming: Codable, Sendable, Equatable {
    /// `email`, `phone_number`: what stands in for a user name. Excludes aliases.
    package var usernameAttributes: [String]
    /// `email`, `phone_number`, `preferred_username`: what else a user may sign in with, once verified.
    package var aliasAttributes: [String]
    package var isCaseSensitive: Bool

    package init(usernameAttributes: [String] = [], aliasAttributes: [String] = [], isCaseSensitive: Bool = true) {
        self.usernameAttributes = usernameAttributes
        self.aliasAttributes = aliasAttributes
        self.isCaseSensitive = isCaseSensitive
    }

    /// What a name given at sign-up means.
    package enum GivenName: Equatable, Sendable {
        /// It is the user name.
        case username
        /// It is the value of that attribute; the user name is generated.
        case attribute(String)
        case refused(String)
    }

    // AWS: inferred wording — spec/cognito.md §D12.
    package func reading(of name: String) -> GivenName {
        guard usernameAttributes.isEmpty else { return readingAsAttribute(name) }
        if aliasAttributes.contains("email"), CodeDestination.isEmail(name) {
            return .refused("Username cannot be of email format, since user pool is configured for email alias.")
        }
        if aliasAttributes.contains("phone_number"), CodeDestination.isPhoneNumber(name) {
            return .refused("Username cannot be of phone number format, since user pool is configured for phone number alias.")
        }
        return .username
    }

    private func readingAsAttribute(_ name: String) -> GivenName {
        if usernameAttributes.contains("email"), CodeDestination.isEmail(name) { return .attribute("email") }
        if usernameAttributes.contains("phone_number"), CodeDestination.isPhoneNumber(name) { return .attribute("phone_number") }
        switch (usernameAttributes.contains("email"), usernameAttributes.contains("phone_number")) {
        case (true, false): return .refused("Username should be an email.")
        case (false, true): return .refused("Username should be a phone number.")
        default: return .refused("Username should be either an email or a phone number.")
        }
    }

    /// The attributes a user is found by besides the user name, in the order they are tried.
    package var lookUpAttributes: [String] { usernameAttributes.isEmpty ? aliasAttributes : usernameAttributes }

    /// Whether the value of an alias counts before it is verified: user-name attributes do, aliases do not,
    /// except a preferred user name, which nothing verifies.
    package func isEffective(_ attribute: String, isVerified: Bool) -> Bool {
        if !usernameAttributes.isEmpty { return usernameAttributes.contains(attribute) }
        return aliasAttributes.contains(attribute) && (attribute == "preferred_username" || isVerified)
    }

    /// The form in which names are compared: as they are, or folded. Phone numbers have no case.
    package func folded(_ name: String) -> String { isCaseSensitive ? name : name.lowercased() }
}
