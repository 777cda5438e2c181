/// The evaluator's answer, with the statements that made it.
package struct AuthorizationDecision: Equatable, Sendable {
    package enum Verdict: Equatable, Sendable {
        case allowed
        /// Refused by a Deny in a policy of this kind.
        case explicitDeny(PolicyKind)
        /// Refused because no policy of this kind allows.
        case implicitDeny(PolicyKind)
    }

    /// A statement by its place: the policy's index among those of its kind, and its own index there.
    package struct MatchedStatement: Equatable, Hashable, Sendable {
        package let kind: PolicyKind
        package let policy: Int
        package let statement: Int

        package init(kind: PolicyKind, policy: Int, statement: Int) {
            self.kind = kind
            self.policy = policy
            self.statement = statement
        }
    }

    package let verdict: Verdict
    /// The denying statements of an explicit deny, the allowing ones of an allowed request, none of an implicit deny;
    /// by kind in `PolicyKind`'s order, then by place.
    package let matched: [MatchedStatement]

    package var isAllowed: Bool { verdict == .allowed }
}

/// How much of the reason a service puts into its message.
package enum DenialDetail: Sendable {
    /// The kind of policy too, as most services do.
    case policyKind
    /// Only that a deny was explicit, as API Gateway and, before 2021, everybody did.
    case effect
    /// Nothing, as STS does for AssumeRole.
    case nothing
}

/// How a service's message names the resource.
package enum ResourceForm: Sendable {
    case plain
    /// In double quotes, as S3 does. AWS: inferred — S3's messages since 2024.
    case quoted
    /// Not at all, as CloudWatch does for actions on no particular resource. AWS: inferred — widely known wording.
    case absent
}

extension AuthorizationRequest {
    /// The text of the AccessDenied error for `verdict`; nil when it is allowed.
    /// AWS: recorded and doc — spec/studio.md §B5; `nothing` recorded in spec/support-services.md §F2.
    package func denialMessage(
        _ verdict: AuthorizationDecision.Verdict, detail: DenialDetail = .policyKind,
        resourceForm: ResourceForm = .plain
    ) -> String? {
        let named = switch resourceForm {
        case .plain: " on resource: \(resource)"
        case .quoted: " on resource: \"\(resource)\""
        case .absent: ""
        }
        let refusal = "User: \(principal.displayName) is not authorized to perform: \(action)\(named)"
        switch (verdict, detail) {
        case (.allowed, _): return nil
        case (_, .nothing), (.implicitDeny, .effect): return refusal
        case (.explicitDeny, .effect): return refusal + " with an explicit deny"
        case (.explicitDeny(let kind), .policyKind):
            let article = kind == .identity ? "an" : "a"
            return refusal + " with an explicit deny in \(article) \(kind.noun)"
        case (.implicitDeny(let kind), .policyKind):
            return refusal + " because no \(kind.noun) allows the \(action) action"
        }
    }
}
