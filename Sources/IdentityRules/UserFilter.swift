/// The filter of ListUsers: `attribute = "value"` or `attribute ^= "value"`.
// AWS: doc — spec/cognito.md §D14.
package struct UserFilter: Sendable, Equatable {
    package let attribute: String
    package let isPrefix: Bool
    package let value: String

    package enum Rejection: Error, Equatable, Sendable {
        case unparsable
        case attributeNotSearchable(String)
    }

    private static let searchable: Set<String> = [
        "username", "email", "phone_number", "name", "given_name", "family_name", "preferred_username",
        "cognito:user_status", "status", "sub",
    ]

    /// Throws `Rejection`. Quotes inside the value are written `\"`, a backslash `\\`.
    package init(_ text: String) throws(Rejection) {
        var rest = text.unicodeScalars[...].drop { $0 == " " }
        let isQuoted = rest.first == "\""
        if isQuoted { rest = rest.dropFirst() }
        let name = rest.prefix { isQuoted ? $0 != "\"" : $0 != " " && $0 != "=" && $0 != "^" && $0 != "\"" }
        rest = rest[name.endIndex...]
        if isQuoted {
            guard rest.first == "\"" else { throw .unparsable }
            rest = rest.dropFirst()
        }
        rest = rest.drop { $0 == " " }
        let hasCaret = rest.first == "^"
        if hasCaret { rest = rest.dropFirst() }
        guard !name.isEmpty, rest.first == "=" else { throw .unparsable }
        rest = rest.dropFirst().drop { $0 == " " }
        guard rest.first == "\"" else { throw .unparsable }
        rest = rest.dropFirst()
        var value = String.UnicodeScalarView()
        var isClosed = false
        while let scalar = rest.popFirst() {
            if scalar == "\"" {
                isClosed = true
                break
            }
            if scalar == "\\" {
                guard let escaped = rest.popFirst() else { throw .unparsable }
                value.append(escaped)
            } else {
                value.append(scalar)
            }
        }
        guard isClosed, rest.allSatisfy({ $0 == " " }) else { throw .unparsable }
        attribute = String(name)
        isPrefix = hasCaret
        self.value = String(value)
        guard Self.searchable.contains(attribute) else { throw .attributeNotSearchable(attribute) }
    }

    /// Whether a user's value of the attribute satisfies the filter; nil is a user without it.
    package func matches(_ candidate: String?, isCaseSensitive: Bool) -> Bool {
        guard let candidate else { return false }
        let folds = attribute == "cognito:user_status"
            || (!isCaseSensitive && ["username", "email", "preferred_username"].contains(attribute))
        let (given, wanted) = folds ? (candidate.lowercased(), value.lowercased()) : (candidate, value)
        return isPrefix ? given.hasPrefix(wanted) : given == wanted
    }
}
