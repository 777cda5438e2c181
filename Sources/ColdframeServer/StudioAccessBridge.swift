import Gateway
import HTTPServer
import PolicyRules
import StudioService
import Timeline

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
