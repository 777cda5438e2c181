/// One policy document of any kind, ready to be evaluated.
package struct Policy: Equatable, Sendable {
    /// Which elements a document must, may and must not have.
    package enum Grammar: Sendable {
        /// Identity policies, permissions boundaries, session policies and service control policies: no principal.
        case identity
        /// Resource and VPC endpoint policies: a principal, and mostly resources.
        case resource
        /// Role trust policies: a principal and no resource.
        case trust
    }

    package enum Effect: String, Equatable, Sendable {
        case allow = "Allow"
        case deny = "Deny"
    }

    /// An element or its `Not…` twin.
    enum Selection<Pattern: Equatable & Sendable>: Equatable, Sendable {
        case only([Pattern])
        case allBut([Pattern])

        var patterns: [Pattern] {
            switch self {
            case .only(let patterns), .allBut(let patterns): patterns
            }
        }

        func selects(where matches: (Pattern) -> Bool) -> Bool {
            switch self {
            case .only(let patterns): patterns.contains(where: matches)
            case .allBut(let patterns): !patterns.contains(where: matches)
            }
        }
    }

    package struct Statement: Equatable, Sendable {
        /// The `Sid`, nil when there is none.
        package let id: String?
        package let effect: Effect
        /// Nil in policies that belong to a principal.
        let principals: Selection<PrincipalPattern>?
        /// In lower case: actions compare without regard to it.
        let actions: Selection<Wildcards>
        /// Nil in policies that belong to a resource and name none: they mean that resource.
        let resources: Selection<PolicyPattern>?
        /// All must be met. Ordered by operator and key.
        let conditions: [Condition]
    }

    package let statements: [Statement]

    /// True when every statement names resources and `isRight` holds for each as written.
    package func namesOnly(where isRight: (String) -> Bool) -> Bool {
        statements.allSatisfy { statement in
            guard let patterns = statement.resources?.patterns else { return false }
            return patterns.allSatisfy { isRight($0.source) }
        }
    }

    /// True when a statement allows everybody something without a condition.
    package var allowsEveryone: Bool {
        statements.contains { statement in
            statement.effect == .allow && statement.conditions.isEmpty
                && (statement.principals?.patterns.contains(.everyone) ?? false)
        }
    }

    /// Allows every action on every resource.
    package static let everything = Policy(statements: [
        Statement(
            id: nil, effect: .allow, principals: nil, actions: .only([Wildcards("*")]),
            resources: .only([PolicyPattern("*", hasVariables: false)]), conditions: []),
    ])
}

/// Why a value is no policy. The service that stores policies words its faults itself; the path is for its log.
package enum PolicyRejection: Error, Equatable, Sendable {
    /// The element is absent.
    case missing(String)
    /// The element has a value of the wrong type or outside the permitted ones.
    case badValue(String)
    /// The element is not permitted in this grammar, or unknown in all.
    case prohibited(String)
    /// An element and its `Not…` twin in one statement.
    case conflicting(String)
    /// No condition operator has this name.
    case unknownOperator(String)
}
