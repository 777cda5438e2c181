package import AWSModel
import HTTPServer
package import PolicyRules
package import SimTime
package import Vocabulary

/// One thing a caller is about to do, as policies see it.
package struct AccessQuestion: Sendable {
    package var caller: Caller
    /// E.g. `s3:GetObject`.
    package var action: String
    /// An ARN, or `*` for an action on no particular resource.
    package var resource: String
    package var region: RegionName
    package var network: NetworkPath
    package var now: SimInstant
    package var userAgent: String?
    /// The tags the request would give.
    package var requestTags: [(key: String, value: String)]
    /// Keys of the action's service, such as `sagemaker:InstanceTypes`.
    package var keys: ConditionContext
    /// How the service words its refusal.
    package var detail: DenialDetail
    package var resourceForm: ResourceForm

    package init(
        caller: Caller, action: String, resource: String, region: RegionName, network: NetworkPath, now: SimInstant,
        userAgent: String? = nil, requestTags: [(key: String, value: String)] = [],
        keys: ConditionContext = ConditionContext(), detail: DenialDetail = .policyKind,
        resourceForm: ResourceForm = .plain
    ) {
        self.caller = caller
        self.action = action
        self.resource = resource
        self.region = region
        self.network = network
        self.now = now
        self.userAgent = userAgent
        self.requestTags = requestTags
        self.keys = keys
        self.detail = detail
        self.resourceForm = resourceForm
    }

    /// A question of an operation's own, about the caller of `context`.
    package init(_ context: RequestContext, action: String, resource: String) {
        self.init(
            caller: context.caller, action: action, resource: resource, region: context.region,
            network: context.network, now: context.now, userAgent: context.headers["User-Agent"])
    }
}

/// Why a caller may not.
package struct AccessRefusal: Error, Sendable, Equatable {
    package var verdict: AuthorizationDecision.Verdict
    /// AWS's text: `User: … is not authorized to perform: …`.
    package var message: String
    /// Whether the caller is of the resource's own account.
    package var isWithinAccount: Bool

    package init(verdict: AuthorizationDecision.Verdict, message: String, isWithinAccount: Bool = true) {
        self.verdict = verdict
        self.message = message
        self.isWithinAccount = isWithinAccount
    }
}

/// Decides whether callers may do what they ask for. A server that enforces nothing has none.
package protocol Authorizer: Sendable {
    /// Asked by the gateway between validation and behaviour. True when policies allow the call, false when a refusal
    /// was only recorded. Throws the fault that refuses the call.
    func authorize(_ request: OperationRequest, of model: ServiceModel) async throws -> Bool

    /// Asked by whatever is no operation, such as the registry or an opened link. Nil when the caller may, or when
    /// refusals are only recorded. Throws for breakdowns only.
    func refusal(of question: AccessQuestion) async throws -> AccessRefusal?
}
