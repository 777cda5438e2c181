package import Vocabulary

/// Who asks, as far as policies distinguish.
package enum RequestPrincipal: Equatable, Sendable {
    /// The account's root user, who needs no identity policy.
    case root(AccountID)
    case user(arn: String, account: AccountID)
    /// A session of an assumed role; the role's own ARN has its path, the session's has not.
    case session(arn: String, roleARN: String, account: AccountID)
    /// A session of GetFederationToken.
    case federatedUser(arn: String, account: AccountID)
    /// Somebody an outside provider vouches for, as in AssumeRoleWithWebIdentity.
    case federated(provider: String)
    /// An AWS service, e.g. `sagemaker.amazonaws.com`.
    case service(String)
    case anonymous

    /// Nil for principals that belong to no account: they have no identity policies.
    package var account: AccountID? {
        switch self {
        case .root(let account), .user(_, let account), .session(_, _, let account), .federatedUser(_, let account):
            account
        case .federated, .service, .anonymous: nil
        }
    }

    /// How messages call the principal: `User: …`.
    package var displayName: String {
        switch self {
        case .root(let account): "arn:aws:iam::\(account):root"
        case .user(let arn, _), .session(let arn, _, _), .federatedUser(let arn, _): arn
        case .federated(let provider): provider
        case .service(let name): name
        case .anonymous: "anonymous"
        }
    }

    var isRoot: Bool { if case .root = self { true } else { false } }

    /// Everything a policy may call the principal by.
    var names: [PrincipalPattern] {
        switch self {
        case .root(let account): [.account(account)]
        case .user(let arn, let account), .federatedUser(let arn, let account): [.arn(arn), .account(account)]
        case .session(let arn, let roleARN, let account): [.arn(arn), .arn(roleARN), .account(account)]
        case .federated(let provider): [.federated(provider)]
        case .service(let name): [.service(name)]
        case .anonymous: []
        }
    }
}

/// What a `Principal` or `NotPrincipal` element names.
package enum PrincipalPattern: Equatable, Sendable {
    case everyone
    /// An account, by id or by its root's ARN: all of its principals.
    case account(AccountID)
    /// A user, a role, or one session, in full: these take no wildcards.
    case arn(String)
    case service(String)
    case federated(String)
    /// Known to S3 only; nobody goes by it here.
    case canonicalUser(String)

    /// Nil for a kind there is none of.
    init?(kind: String, _ text: String) {
        switch kind {
        case "AWS":
            if text == "*" {
                self = .everyone
            } else if let account = AccountID(text) ?? Self.account(ofRoot: text) {
                self = .account(account)
            } else {
                self = .arn(text)
            }
        case "Service": self = .service(text)
        case "Federated": self = .federated(text)
        case "CanonicalUser": self = .canonicalUser(text)
        default: return nil
        }
    }

    private static func account(ofRoot text: String) -> AccountID? {
        guard let arn = ARN(text), arn.service == "iam", arn.region.isEmpty, arn.resource == "root" else { return nil }
        return AccountID(arn.account)
    }
}

/// How much an Allow in a resource policy is worth to the principal it matched.
/// AWS: doc — IAM policy evaluation logic, "resource-based policies" of a single account.
enum ResourceGrant: Int, Comparable {
    /// The account is named: it may hand the permission on by an identity policy of its own.
    case toAccount
    /// The role is named: boundary and session policies still count.
    case toRole
    /// The user, the session or everybody is named: nothing more is asked within the account.
    case direct

    static func < (a: ResourceGrant, b: ResourceGrant) -> Bool { a.rawValue < b.rawValue }
}

extension RequestPrincipal {
    /// What `pattern` means to this principal; nil when it does not mean it at all.
    func grant(of pattern: PrincipalPattern) -> ResourceGrant? {
        if pattern == .everyone { return .direct }
        guard names.contains(pattern) else { return nil }
        switch (pattern, self) {
        case (.account, .root): return .direct
        case (.account, _): return .toAccount
        case (.arn(let named), .session(_, let roleARN, _)) where named == roleARN: return .toRole
        default: return .direct
        }
    }

    /// What a statement's principal element means to this principal.
    ///
    /// AWS: doc — a Deny with NotPrincipal spares a principal only when all its names are listed: the account's, and
    /// for a session the role's and the session's own.
    func grant(of selection: Policy.Selection<PrincipalPattern>, _ effect: Policy.Effect) -> ResourceGrant? {
        switch selection {
        case .only(let patterns): return patterns.compactMap(grant).max()
        case .allBut(let patterns):
            if patterns.contains(.everyone) { return nil }
            let isSpared = switch effect {
            case .allow: names.contains(where: patterns.contains)
            case .deny: !names.isEmpty && names.allSatisfy(patterns.contains)
            }
            return isSpared ? nil : .direct
        }
    }
}
