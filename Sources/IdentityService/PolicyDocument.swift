/// A policy document that satisfies the grammar of its kind.
struct PolicyDocument: Sendable, Equatable {
    /// What the document is for; the grammars differ.
    enum Kind: Sendable {
        /// A role's trust policy: who may assume it.
        case trust
        /// A managed, inline or session policy: what its holder may do.
        case identity
    }

    struct Statement: Sendable, Equatable {
        var isAllow: Bool
        /// Empty in identity policies.
        var principals: [Principal]
        /// As written; empty when the statement has `NotAction`.
        var actions: [String]
        var conditions: [Condition]
    }

    enum Principal: Sendable, Equatable {
        case everyone
        /// An account id, the ARN of a root, user or role, or a session's ARN.
        case aws(String)
        case service(String)
        case federated(String)
    }

    /// One key of one operator, e.g. `StringEquals`, `sts:ExternalId`.
    struct Condition: Sendable, Equatable {
        var comparison: String
        var key: String
        var values: [String]
    }

    var statements: [Statement]
}

/// Why a policy document is refused. The messages are what the client reads.
enum PolicyFlaw: Error, Equatable, Sendable {
    case invalidJSON
    case syntax
    case versionTooOld
    case legacyParsing
    case prohibitedField(String)
    case missingField(String)
    case invalidPrincipal(kind: String, value: String)
    case foreignTrustAction
    case principalInIdentityPolicy
    case noActions
    case noResources
    case actionWithoutVendor
    case resourceNotARN(String)
    case repeatedStatementID
    case badStatementID

    /// AWS: recorded — spec/support-services.md §F3 for the JSON and principal rows; the others inferred.
    var message: String {
        switch self {
        case .invalidJSON: "This policy contains invalid Json"
        case .syntax: "Syntax errors in policy."
        case .versionTooOld: "Policy document must be version 2012-10-17 or greater."
        case .legacyParsing: "The policy failed legacy parsing"
        case .prohibitedField(let name): "Has prohibited field \(name)"
        case .missingField(let name): "Missing required field \(name)"
        case .invalidPrincipal(let kind, let value): "Invalid principal in policy: \"\(kind)\":\"\(value)\""
        case .foreignTrustAction: "AssumeRole policy may only specify STS AssumeRole actions."
        case .principalInIdentityPolicy: "Policy document should not specify a principal."
        case .noActions: "Policy statement must contain actions."
        case .noResources: "Policy statement must contain resources."
        case .actionWithoutVendor: "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."
        case .resourceNotARN(let value): "Resource \(value) must be in ARN format or \"*\"."
        case .repeatedStatementID: "Statement IDs (SID) in a single policy must be unique."
        case .badStatementID:
            "Statement IDs (SID) must be alpha-numeric. "
                + "Check that your input satisfies the regular expression [0-9A-Za-z]*"
        }
    }
}
