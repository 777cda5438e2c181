import AWSModel
import Gateway
import Store
import Timeline

/// DescribeScalingActivities: what was done, the newest first.
struct ActivityOperations: Sendable {
    let timeline: Timeline

    func describe(_ request: OperationRequest) async throws -> OperationResponse {
        let input = request.input
        guard let filter = try ScalingInput.Filter(input) else { return OperationResponse(["ScalingActivities": []]) }
        var before = Int64.max
        if let token = input["NextToken"]?.string {
            guard let row = Int64(token), row > 0 else { throw ScalingFault.invalidToken }
            before = row
        }
        let limit = try ScalingInput.pageLength(input)
        let found = try timeline.store.read { [before] reader in
            try ScalingActivities.list(
                request.context.realm, resourceID: filter.resourceID, dimension: filter.dimension,
                includesNotScaled: input["IncludeNotScaledActivities"]?.bool ?? false, before: before, limit: limit + 1, reader)
        }
        let page = found.prefix(limit)
        return OperationResponse([
            "ScalingActivities": .list(page.map(\.shown)),
            "NextToken": found.count > limit ? page.last.map { .string(String($0.number)) } : nil,
        ])
    }
}
