import Gateway
import HTTPServer
import IdentityService
import PolicyRules
import StudioService
import Timeline
import Vocabulary

/// The policies of whoever made a presigned link, asked about every request that uses it, from where the browser is.
struct StudioAccessBridge: StudioAuthorization {
    let authorizer: any Authorizer
    let networks: NetworkDirectory
    let timeline: Timeline

    func refusal(of access: StudioAccess) async throws -> String? {
        let network = try networks.path(of: access.request, to: VPCDestination.studio)
        let question = AccessQuestion(
            caller: access.principal, action: access.action, resource: access.resourceARN, region: access.region,
            network: network, now: timeline.now, userAgent: access.request.headers["User-Agent"])
        return try await authorizer.refusal(of: question)?.message
    }
}

/// Whether IAM's roles let SageMaker in.
struct RoleBridge: ExecutionRoles {
    private static let service = "sagemaker.amazonaws.com"

    let identity: IdentityService

    func obstacle(toAssuming roleARN: String) throws -> String? {
        guard let arn = ARN(roleARN), let trust = try identity.resource(arn)?.trust else { return nil }
        let request = AuthorizationRequest(
            principal: .service(Self.service), action: "sts:AssumeRole", resource: roleARN,
            resourceAccount: AccountID(arn.account), context: ConditionContext())
        let decision = ApplicablePolicies(identity: [], resource: [], roleTrust: trust).decision(on: request)
        guard decision.verdict != .allowed else { return nil }
        return "SageMaker is unable to assume the role '\(roleARN)'. Verify that its trust policy allows the principal "
            + "'\(Self.service)'."
    }
}
