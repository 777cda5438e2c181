import AWSModel
import PolicyRules
import Vocabulary

/// A policy that takes part in a simulation, under the name the answer calls it by.
struct SimulatedPolicy: Sendable {
    let id: String
    /// AWS: recorded — the simulator says `IAM Policy` where its model promises `role`, `aws-managed` and so on.
    let type: String
    let policy: Policy
    let spans: StatementSpans

    /// Throws `InvalidInput` when the text is no policy.
    init(id: String, text: String, as grammar: Policy.Grammar = .identity) throws {
        self.id = id
        type = grammar == .identity ? "IAM Policy" : "Resource Policy"
        do {
            policy = try Policy(text: text, as: grammar)
        } catch {
            // AWS: inferred.
            throw AWSFault.invalidInput("Invalid policy \(id): \(error.phrase)")
        }
        spans = StatementSpans(of: text)
    }
}

/// What is simulated, and the answer for each action. Nothing is looked up: resources need not exist.
struct PolicySimulation: Sendable {
    var identity: [SimulatedPolicy]
    /// Nil when no boundary limits.
    var boundary: SimulatedPolicy?
    var resourcePolicy: SimulatedPolicy?
    var principal: RequestPrincipal
    /// Whose the resources are that do not say so themselves. Used with a resource policy only: without one a
    /// simulation is about the identity's policies.
    var resourceOwner: AccountID?
    /// `["*"]` when the caller names none.
    var resources: [String]
    var context: ConditionContext

    /// One member of `EvaluationResults`.
    ///
    /// AWS: doc — with resources named, missing keys are told per resource, and `EvalDecisionDetails` is empty within
    /// an account. AWS: recorded — one resource's result is repeated above it.
    /// AWS: inferred — several resources are summed up as the worst of their decisions, on `*`.
    func result(of action: String) -> AWSValue {
        let outcomes = resources.map { outcome(action, on: $0) }
        if resources == ["*"] {
            var result: AWSObject = ["EvalActionName": .string(action), "EvalResourceName": "*"]
            outcomes[0].append(to: &result, decisionMember: "EvalDecision")
            return .object(result)
        }
        let worst = outcomes.map(\.decision.rank).max() ?? 0
        var result: AWSObject = [
            "EvalActionName": .string(action),
            "EvalResourceName": .string(resources.count == 1 ? resources[0] : "*"),
            "EvalDecision": .string(AuthorizationDecision.ranks[worst]),
            "MatchedStatements": .list(resources.count == 1 ? outcomes[0].statements : []),
            "MissingContextValues": [],
            "EvalDecisionDetails": [:],
        ]
        result.append("ResourceSpecificResults", .list(zip(resources, outcomes).map { resource, outcome in
            var specific: AWSObject = ["EvalResourceName": .string(resource)]
            outcome.append(to: &specific, decisionMember: "EvalResourceDecision")
            return .object(specific)
        }))
        return .object(result)
    }

    private struct Outcome {
        let decision: AuthorizationDecision
        let statements: [AWSValue]
        let missingKeys: [String]
        /// Nil without a boundary.
        let isAllowedByBoundary: Bool?

        func append(to result: inout AWSObject, decisionMember: String) {
            result.append(decisionMember, .string(AuthorizationDecision.ranks[decision.rank]))
            result.append("MatchedStatements", .list(statements))
            result.append("MissingContextValues", .list(missingKeys.map { .string($0) }))
            if let isAllowedByBoundary {
                result.append(
                    "PermissionsBoundaryDecisionDetail",
                    ["AllowedByPermissionsBoundary": .boolean(isAllowedByBoundary)])
            }
        }
    }

    private func outcome(_ action: String, on resource: String) -> Outcome {
        let request = AuthorizationRequest(
            principal: principal, action: action, resource: resource,
            resourceAccount: resourcePolicy == nil ? nil : owner(of: resource), context: context)
        let policies = ApplicablePolicies(
            identity: identity.map(\.policy), resource: resourcePolicy.map { [$0.policy] } ?? [],
            boundary: boundary.map { [$0.policy] })
        let decision = policies.decision(on: request)
        let isAllowedByBoundary = boundary.map {
            ApplicablePolicies(identity: [$0.policy]).decision(on: request).isAllowed
        }
        return Outcome(
            decision: decision, statements: decision.matched.compactMap(shown),
            missingKeys: policies.missingKeys(of: request), isAllowedByBoundary: isAllowedByBoundary)
    }

    private func owner(of resource: String) -> AccountID? {
        ARN(resource).flatMap { AccountID($0.account) } ?? resourceOwner
    }

    private func shown(_ place: AuthorizationDecision.MatchedStatement) -> AWSValue? {
        let source: SimulatedPolicy? = switch place.kind {
        case .identity: identity[place.policy]
        case .boundary: boundary
        case .resource: resourcePolicy
        case .session, .roleTrust, .serviceControl, .vpcEndpoint: nil
        }
        guard let source else { return nil }
        var shown: AWSObject = ["SourcePolicyId": .string(source.id), "SourcePolicyType": .string(source.type)]
        if source.spans.spans.indices.contains(place.statement) {
            let span = source.spans.spans[place.statement]
            shown.append("StartPosition", span.start.output)
            shown.append("EndPosition", span.end.output)
        }
        return .object(shown)
    }
}

extension StatementSpans.Position {
    fileprivate var output: AWSValue { ["Line": .integer(Int64(line)), "Column": .integer(Int64(column))] }
}

extension AuthorizationDecision {
    /// `PolicyEvaluationDecisionType` from the best to the worst.
    fileprivate static let ranks = ["allowed", "implicitDeny", "explicitDeny"]

    fileprivate var rank: Int {
        switch verdict {
        case .allowed: 0
        case .implicitDeny: 1
        case .explicitDeny: 2
        }
    }
}
