package import Vocabulary

/// One question to the evaluator: may this principal do this to that?
package struct AuthorizationRequest: Equatable, Sendable {
    package var principal: RequestPrincipal
    /// E.g. `sagemaker:CreateApp`.
    package var action: String
    /// An ARN, or `*` for an action on no particular resource.
    package var resource: String
    /// Whose the resource is; nil for the principal's own account.
    package var resourceAccount: AccountID?
    package var context: ConditionContext

    package init(
        principal: RequestPrincipal, action: String, resource: String, resourceAccount: AccountID? = nil,
        context: ConditionContext
    ) {
        self.principal = principal
        self.action = action
        self.resource = resource
        self.resourceAccount = resourceAccount
        self.context = context
    }

    /// Principals of no account are always strangers.
    var isSameAccount: Bool {
        guard let account = principal.account else { return false }
        return resourceAccount.map { $0 == account } ?? true
    }
}

/// The kinds of policy that take part in a decision.
package enum PolicyKind: String, CaseIterable, Equatable, Sendable {
    case serviceControl, vpcEndpoint, boundary, session, resource, roleTrust, identity

    /// As messages call it.
    /// AWS: recorded and doc — spec/studio.md §B5; role trust policy from AWS's reference of access denied messages.
    package var noun: String {
        switch self {
        case .serviceControl: "service control policy"
        case .vpcEndpoint: "VPC endpoint policy"
        case .boundary: "permissions boundary"
        case .session: "session policy"
        case .resource: "resource-based policy"
        case .roleTrust: "role trust policy"
        case .identity: "identity-based policy"
        }
    }
}

/// All policies that apply to a request. Of the kinds that only limit, nil means that nothing limits, while an empty
/// list allows nothing.
package struct ApplicablePolicies: Equatable, Sendable {
    package var identity: [Policy]
    package var resource: [Policy]
    /// The trust policy when the resource is a role to be assumed; it must allow in any account.
    package var roleTrust: Policy?
    package var boundary: [Policy]?
    package var session: [Policy]?
    package var serviceControl: [Policy]?
    package var vpcEndpoint: [Policy]?

    package init(
        identity: [Policy] = [], resource: [Policy] = [], roleTrust: Policy? = nil, boundary: [Policy]? = nil,
        session: [Policy]? = nil, serviceControl: [Policy]? = nil, vpcEndpoint: [Policy]? = nil
    ) {
        self.identity = identity
        self.resource = resource
        self.roleTrust = roleTrust
        self.boundary = boundary
        self.session = session
        self.serviceControl = serviceControl
        self.vpcEndpoint = vpcEndpoint
    }

    /// Nil for a kind that does not apply.
    package subscript(kind: PolicyKind) -> [Policy]? {
        switch kind {
        case .identity: identity
        case .resource: resource
        case .roleTrust: roleTrust.map { [$0] }
        case .boundary: boundary
        case .session: session
        case .serviceControl: serviceControl
        case .vpcEndpoint: vpcEndpoint
        }
    }
}
