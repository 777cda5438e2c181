import AWSModel
import Gateway
import Vocabulary

/// DescribeAlarmContributors. Alarms of several contributors are refused when they are put, so that the alarms there are
/// have none. AWS: sdk.
struct DescribeAlarmContributors: Sendable {
    let alarms: Alarms

    func respond(to request: OperationRequest) async throws -> OperationResponse {
        guard let name = request.input["AlarmName"]?.string else { throw CloudWatchFault.missing("AlarmName") }
        guard try await !alarms.alarms(in: request.context.realm, named: [name]).isEmpty else {
            throw CloudWatchFault.unknownResource(name)
        }
        return OperationResponse(["AlarmContributors": []])
    }
}
