/// Whether a role's trust policy lets a caller act on the role.
///
/// Evaluated: effect, principals and actions of every statement, and `StringEquals` on `sts:ExternalId`.
/// Any other condition on a statement that would decide makes the question undecidable: it is never taken as met.
/// Not evaluated: the caller's own permission for the action, and that AWS ties a named principal to its unique id
/// (here a user or role that was deleted and made again is trusted again).
struct TrustDecision: Sendable {
    enum Verdict: Sendable, Equatable {
        case allowed
        case refused
        /// The condition that is not emulated, e.g. `Bool aws:MultiFactorAuthPresent`.
        case undecidable(condition: String)
    }

    private enum Match { case no, yes, unknown(condition: String) }

    /// E.g. `sts:AssumeRole`.
    var action: String
    /// The ARNs the caller goes by: its own, and its role's when it is a session.
    var callerARNs: Set<String>
    /// The caller's twelve digits.
    var callerAccount: String
    var externalID: String?

    /// A refusal beats everything; one statement that surely allows beats those that cannot be decided.
    func verdict(of policy: PolicyDocument) -> Verdict {
        var isAllowed = false
        var (undecidedAllow, undecidedDeny): (String?, String?)
        for statement in policy.statements {
            switch (match(statement), statement.isAllow) {
            case (.no, _): continue
            case (.yes, true): isAllowed = true
            case (.yes, false): return .refused
            case (.unknown(let condition), true): undecidedAllow = undecidedAllow ?? condition
            case (.unknown(let condition), false): undecidedDeny = undecidedDeny ?? condition
            }
        }
        if let undecidedDeny, isAllowed || undecidedAllow != nil { return .undecidable(condition: undecidedDeny) }
        if isAllowed { return .allowed }
        return undecidedAllow.map { .undecidable(condition: $0) } ?? .refused
    }

    private func match(_ statement: PolicyDocument.Statement) -> Match {
        guard statement.actions.contains(where: { isGlob($0.lowercased(), matching: action.lowercased()) }),
              statement.principals.contains(where: names) else { return .no }
        var unknown: String?
        for condition in statement.conditions {
            if condition.comparison == "StringEquals", condition.key.lowercased() == "sts:externalid" {
                guard let externalID, condition.values.contains(externalID) else { return .no }
            } else {
                unknown = unknown ?? "\(condition.comparison) \(condition.key)"
            }
        }
        return unknown.map { .unknown(condition: $0) } ?? .yes
    }

    private func names(_ principal: PolicyDocument.Principal) -> Bool {
        switch principal {
        case .everyone: true
        case .aws(let value):
            value == callerAccount || value == "arn:aws:iam::\(callerAccount):root" || callerARNs.contains(value)
        case .service, .federated: false
        }
    }
}

/// True when `pattern`, in which `*` stands for any run of characters and `?` for one, covers all of `text`.
/// Linear but for the last star, so that no pattern of a client can make it slow.
private func isGlob(_ pattern: String, matching text: String) -> Bool {
    let (pattern, text) = (Array(pattern.utf8), Array(text.utf8))
    var (p, t) = (0, 0)
    var retry: (pattern: Int, text: Int)?
    while t < text.count {
        if p < pattern.count, pattern[p] == UInt8(ascii: "*") {
            retry = (p, t)
            p += 1
        } else if p < pattern.count, pattern[p] == text[t] || pattern[p] == UInt8(ascii: "?") {
            p += 1
            t += 1
        } else if let last = retry {
            retry = (last.pattern, last.text + 1)
            p = last.pattern + 1
            t = last.text + 1
        } else {
            return false
        }
    }
    return pattern[p...].allSatisfy { $0 == UInt8(ascii: "*") }
}
