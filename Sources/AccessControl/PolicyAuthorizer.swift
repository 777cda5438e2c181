package import AWSModel
package import Gateway
package import Logging
package import PolicyRules
import SimTime
package import Timeline
package import Vocabulary

/// How much of what policies say is carried out.
package enum IAMMode: String, Sendable, CaseIterable {
    /// Policies are not asked.
    case off
    /// Policies are asked; what they refuse is logged and recorded as an event, and goes on.
    case soft
    case enforce
}

/// Knows what a principal's identity allows. Implemented by `IdentityService`.
package protocol PrincipalDirectory: Sendable {
    /// Throws for breakdowns only: a principal that is gone has no policies.
    func policies(of caller: Caller) throws -> PrincipalPolicies
}

/// What a resource brings to a decision.
package struct ResourceStanding: Sendable {
    /// The resource's full ARN, where the question's is not (IAM paths).
    package var arn: String?
    /// Nil where nobody owns it yet.
    package var account: AccountID?
    package var policies: [Policy]
    /// Of a role that is to be assumed.
    package var trust: Policy?
    package var tags: [(key: String, value: String)]

    package init(
        arn: String? = nil, account: AccountID? = nil, policies: [Policy] = [], trust: Policy? = nil,
        tags: [(key: String, value: String)] = []
    ) {
        self.arn = arn
        self.account = account
        self.policies = policies
        self.trust = trust
        self.tags = tags
    }
}

/// Knows the policies, owners and tags of resources. Implemented by the composition root over the services.
package protocol ResourceDirectory: Sendable {
    /// Nil for a resource it does not know. Throws for breakdowns only.
    func standing(of resource: ARN) throws -> ResourceStanding?
}

/// Decides by the policies of principals and resources.
package final class PolicyAuthorizer: Authorizer {
    /// Never `.off`: a server that enforces nothing has no authorizer.
    package let mode: IAMMode
    private let principals: any PrincipalDirectory
    private let resources: any ResourceDirectory
    private let timeline: Timeline
    private let logger: Logger

    package init(
        mode: IAMMode, principals: any PrincipalDirectory, resources: any ResourceDirectory, timeline: Timeline,
        logger: Logger
    ) {
        self.mode = mode
        self.principals = principals
        self.resources = resources
        self.timeline = timeline
        self.logger = logger
    }

    package func authorize(_ request: OperationRequest, of model: ServiceModel) async throws -> Bool {
        for question in ServiceActions.questions(request, of: model) {
            guard let refusal = try judged(question) else { continue }
            if mode == .soft {
                try await record(refusal, question)
                return false
            }
            throw Self.fault(refusal, model)
        }
        return true
    }

    package func refusal(of question: AccessQuestion) async throws -> AccessRefusal? {
        guard let refusal = try judged(question) else { return nil }
        guard mode == .soft else { return refusal }
        try await record(refusal, question)
        return nil
    }

    // MARK: Judging

    /// Nil when policies allow. AWS: doc — spec/studio.md §B4.
    private func judged(_ question: AccessQuestion) throws -> AccessRefusal? {
        let own = try principals.policies(of: question.caller)
        let arn = ARN(question.resource)
        let resource = try arn.flatMap { try resources.standing(of: $0) }
        let owner = resource?.account ?? arn.flatMap { AccountID($0.account) }
        var context = ConditionContext(
            RequestFacts(
                userID: question.caller.userID, principalTags: own.tags.map { ($0.key, $0.value) },
                network: question.network, isSecure: true, region: question.region, now: question.now,
                userAgent: question.userAgent, resourceAccount: owner, resourceTags: resource?.tags ?? [],
                requestTags: question.requestTags),
            of: own.principal, servicePrefix: String(question.action.prefix { $0 != ":" }))
        context.merge(own.context)
        context.merge(question.keys)
        let request = AuthorizationRequest(
            principal: own.principal, action: question.action, resource: resource?.arn ?? question.resource,
            resourceAccount: owner, context: context)
        let isAssumed = question.action.hasPrefix("sts:")
        let policies = ApplicablePolicies(
            identity: own.identity, resource: resource?.policies ?? [],
            roleTrust: isAssumed ? resource?.trust : nil, boundary: own.boundary, session: own.session)
        let decision = policies.decision(on: request)
        guard let message = request.denialMessage(
            decision.verdict, detail: question.detail, resourceForm: question.resourceForm) else { return nil }
        return AccessRefusal(
            verdict: decision.verdict, message: message, isWithinAccount: owner == nil || owner == question.caller.account)
    }

    // MARK: Telling

    /// AWS: doc and recorded — spec/studio.md §A1, §B5 and spec/support-services.md §F1.
    private static func fault(_ refusal: AccessRefusal, _ model: ServiceModel) -> AWSFault {
        switch model.protocols.first {
        // AWS: doc — S3 tells its reasons within an account only.
        case .restXML where !refusal.isWithinAccount: AWSFault("AccessDenied", "Access Denied", status: 403)
        case .restXML, .query:
            AWSFault("AccessDenied", refusal.message, status: 403)
        case .restJSON: AWSFault("AccessDeniedException", refusal.message, status: 403)
        case .json, .cbor, nil: AWSFault("AccessDeniedException", refusal.message, status: 400)
        }
    }

    /// Soft mode's trace of a refusal: a line of the log and an event.
    private func record(_ refusal: AccessRefusal, _ question: AccessQuestion) async throws {
        logger.warning("policies would refuse a call", metadata: ["message": "\(refusal.message)"])
        let event = AccessEvent(refusal, question)
        try await timeline.turn { turn in turn.record(event.logged(at: turn.now)) }
    }
}
