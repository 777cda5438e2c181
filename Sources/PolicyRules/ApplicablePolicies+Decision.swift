import Vocabulary

extension ApplicablePolicies {
    /// Decides a request.
    ///
    /// A Deny anywhere refuses. Otherwise each limiting kind that applies must allow, and so must the identity's own
    /// policies or, within an account, the resource's; across accounts and for a role to be assumed, the resource's
    /// must allow in any case. The kind a refusal names is the first that fails in this order.
    /// AWS: doc — spec/studio.md §B4, and IAM policy evaluation logic for what a resource policy's grant is worth.
    package func decision(on request: AuthorizationRequest) -> AuthorizationDecision {
        let question = Question(request)
        let denying = question.matches(in: self, .deny)
        if let first = denying.first {
            return AuthorizationDecision(
                verdict: .explicitDeny(first.place.kind), matched: denying.map(\.place))
        }
        let allowing = question.matches(in: self, .allow)
        if let kind = missingKind(request, allowing) {
            return AuthorizationDecision(verdict: .implicitDeny(kind), matched: [])
        }
        return AuthorizationDecision(verdict: .allowed, matched: allowing.map(\.place))
    }

    /// The kind of policy for want of which the request is refused; nil when it is allowed.
    private func missingKind(_ request: AuthorizationRequest, _ allowing: [Question.Match]) -> PolicyKind? {
        let kinds = Set(allowing.map(\.place.kind))
        for kind in [PolicyKind.serviceControl, .vpcEndpoint] where self[kind] != nil && !kinds.contains(kind) {
            return kind
        }
        let resourceKind = roleTrust == nil ? PolicyKind.resource : .roleTrust
        let grant = allowing.filter { $0.place.kind == resourceKind }.compactMap(\.grant).max()
        if grant == nil, roleTrust != nil || !request.isSameAccount { return resourceKind }
        // Services and strangers have no policies of their own to ask.
        guard request.principal.account != nil else { return nil }
        let worth = request.isSameAccount ? grant : grant.map { min($0, .toAccount) }
        if worth == .direct || request.principal.isRoot { return nil }
        if worth != .toRole, !kinds.contains(.identity) { return .identity }
        for kind in [PolicyKind.boundary, .session] where self[kind] != nil && !kinds.contains(kind) { return kind }
        return nil
    }

    /// The condition keys and policy variables that could have made a difference and that the request does not have:
    /// those of every statement on the action. As written, without repetition, sorted.
    package func missingKeys(of request: AuthorizationRequest) -> [String] {
        let action = Array(request.action.lowercased().unicodeScalars)
        var keys: [String: String] = [:]
        for policy in PolicyKind.allCases.compactMap({ self[$0] }).joined() {
            for statement in policy.statements where statement.actions.selects(where: { $0.covers(action) }) {
                for key in statement.keys where request.context[key] == nil { keys[key.lowercased()] = key }
            }
        }
        return keys.values.sorted()
    }
}

/// A request with what is needed again and again for its comparison.
private struct Question {
    struct Match {
        let place: AuthorizationDecision.MatchedStatement
        /// Set for the kinds that name principals.
        let grant: ResourceGrant?
    }

    private let request: AuthorizationRequest
    private let action: [Unicode.Scalar]
    private let resource: [Unicode.Scalar]

    init(_ request: AuthorizationRequest) {
        self.request = request
        action = Array(request.action.lowercased().unicodeScalars)
        resource = Array(request.resource.unicodeScalars)
    }

    /// All statements of that effect that are about the request.
    func matches(in policies: ApplicablePolicies, _ effect: Policy.Effect) -> [Match] {
        var found: [Match] = []
        for kind in PolicyKind.allCases {
            for (policyIndex, policy) in (policies[kind] ?? []).enumerated() {
                for (index, statement) in policy.statements.enumerated() where statement.effect == effect {
                    guard let grant = grant(by: statement), isAbout(statement) else { continue }
                    found.append(Match(
                        place: .init(kind: kind, policy: policyIndex, statement: index), grant: grant))
                }
            }
        }
        return found
    }

    /// What the statement means to the principal; policies without principals mean the one they belong to.
    private func grant(by statement: Policy.Statement) -> ResourceGrant? {
        guard let principals = statement.principals else { return .direct }
        return request.principal.grant(of: principals, statement.effect)
    }

    private func isAbout(_ statement: Policy.Statement) -> Bool {
        guard statement.actions.selects(where: { $0.covers(action) }) else { return false }
        if let resources = statement.resources {
            guard resources.selects(where: { $0.wildcards(in: request.context)?.covers(resource) ?? false })
            else { return false }
        }
        return statement.conditions.allSatisfy { $0.isMet(in: request.context) }
    }
}

extension Policy.Statement {
    /// The condition keys the statement asks for, by condition or by variable.
    fileprivate var keys: [String] {
        let patterns = (resources?.patterns ?? []) + conditions.flatMap(\.values)
        return conditions.map(\.key) + patterns.flatMap(\.variables)
    }
}
