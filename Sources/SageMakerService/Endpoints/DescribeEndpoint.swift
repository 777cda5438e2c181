import AWSModel
import Gateway
import HostingRules
import SimTime
import Timeline

extension EndpointOperations {
    /// Answers from the published endpoint. When its status is about to change by itself within the configured real
    /// time, the answer waits for that, so that stock waiters succeed at their first poll (DESIGN §3).
    func describeEndpoint(_ request: OperationRequest) async throws -> OperationResponse {
        let (name, realm) = (name(in: request), request.context.realm)
        let directory = shell.directory
        guard var hosted = directory.endpoint(EndpointKey(realm, name)), hosted.record.name == name else {
            throw EndpointFaults.notFound(name, in: realm)
        }
        if settings.describeWaitsSeconds > 0, timeline.clock.mode == .follow,
           let change = hosted.nextStatusChange(
            at: timeline.now, notAfter: timeline.now + SimDuration(
                milliseconds: Int64(settings.describeWaitsSeconds * 1000 * timeline.clock.scale)))
        {
            await timeline.wait(until: change, atMostRealSeconds: settings.describeWaitsSeconds)
            guard let later = directory.endpoint(EndpointKey(realm, name)) else {
                throw EndpointFaults.notFound(name, in: realm)
            }
            hosted = later
        }
        let description = hosted.record.endpoint.description(at: timeline.now)
        return OperationResponse(EndpointOutput.describe(hosted.record, description))
    }
}
