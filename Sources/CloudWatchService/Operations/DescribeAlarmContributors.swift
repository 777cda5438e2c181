import AWSModel
import Gateway
import Vocabulary

/// DescribeAlarmContributors: the series of an alarm on several that are in ALARM. AWS: doc.
struct DescribeAlarmContributors: Sendable {
    let alarms: Alarms

    // AWS: inferred.
    private static let pageSize = 100

    func respond(to request: OperationRequest) async throws -> OperationResponse {
        guard let name = request.input["AlarmName"]?.string else { throw CloudWatchFault.missing("AlarmName") }
        let after = try request.input["NextToken"]?.string.map(PageToken.decode)
        guard let alarm = try await alarms.alarms(in: request.context.realm, named: [name]).first else {
            throw CloudWatchFault.unknownResource(name)
        }
        let contributors = (alarm.record.contributors ?? []).sorted { $0.id < $1.id }
        let rest = after.map { id in contributors.filter { $0.id > id } } ?? contributors
        let page = rest.prefix(Self.pageSize)
        var output: AWSObject = ["AlarmContributors": .list(page.map { contributor in
            [
                "ContributorId": .string(contributor.id),
                "ContributorAttributes": AlarmContributor.shown(contributor.attributes),
                "StateReason": .string(contributor.stateReason),
                "StateTransitionedTimestamp": .timestamp(contributor.stateTransitioned),
            ]
        })]
        if page.count < rest.count, let last = page.last { output.append("NextToken", .string(PageToken.encode(last.id))) }
        return OperationResponse(output)
    }
}
