import AWSModel
import Gateway
import SimTime
import Store

/// DescribeAlarmHistory. AWS: spec/cloudwatch.md §9.
struct DescribeAlarmHistory: Sendable {
    let store: Store

    func respond(to request: OperationRequest) async throws -> OperationResponse {
        let input = request.input
        let limit = try DescribeAlarms.limit(input)
        let types = DescribeAlarms.types(input)
        let oldest = request.context.now - AlarmHistory.keeps
        let query = AlarmHistory.Query(
            realm: request.context.realm, alarmName: input["AlarmName"]?.string, kind: input["HistoryItemType"]?.string, types: types,
            contributorID: input["AlarmContributorId"]?.string,
            from: max(input["StartDate"]?.instant ?? oldest, oldest),
            to: input["EndDate"]?.instant ?? SimInstant(millisecondsSinceEpoch: .max),
            isNewestFirst: input["ScanBy"]?.string != "TimestampAscending",
            after: try input["NextToken"]?.string.map(Self.position), limit: limit + 1)
        let items = types.isEmpty ? [] : try store.read { try AlarmHistory.items(query, $0) }
        let page = items.prefix(limit)
        var output: AWSObject = ["AlarmHistoryItems": .list(page.map { item in
            [
                "AlarmName": .string(item.alarmName), "AlarmType": .string(item.type), "Timestamp": .timestamp(item.instant),
                "HistoryItemType": .string(item.kind), "HistorySummary": .string(item.summary),
                "HistoryData": .string(item.data), "AlarmContributorId": item.contributorID.map(AWSValue.string),
                "AlarmContributorAttributes": item.contributorID.map { _ in
                    AlarmContributor.shown(item.contributorAttributes)
                },
            ]
        })]
        if let last = page.last, items.count > limit {
            let position = "history \(last.instant.millisecondsSinceEpoch) \(last.number)"
            output.append("NextToken", .string(PageToken.encode(position)))
        }
        return OperationResponse(output)
    }

    private static func position(_ token: String) throws -> (instant: SimInstant, number: Int64) {
        let parts = try PageToken.decode(token).split(separator: " ")
        guard parts.count == 3, parts[0] == "history", let instant = Int64(parts[1]), let number = Int64(parts[2])
        else { throw CloudWatchFault.invalidNextToken }
        return (SimInstant(millisecondsSinceEpoch: instant), number)
    }
}
