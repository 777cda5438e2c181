import AWSModel
import Gateway
import MetricRules
import SimTime
import Vocabulary

/// ListMetrics. AWS: spec/cloudwatch.md §6.
struct ListMetrics: Sendable {
    let metrics: MetricStore

    // AWS: recorded page size, doc for the rest — spec/cloudwatch.md §6.
    private static let pageSize = 500
    private static let filtersMax = 10
    private static let activeWithin = SimDuration.days(14)
    private static let recentlyActiveWithin = SimDuration.hours(3)

    func respond(to request: OperationRequest) async throws -> OperationResponse {
        let input = request.input, context = request.context
        let namespace = input["Namespace"]?.string, name = input["MetricName"]?.string
        let filters = try (input["Dimensions"]?.list ?? []).enumerated().map { index, item in
            guard let name = item["Name"]?.string else {
                throw CloudWatchFault.missing("Dimensions.member.\(index + 1).Name")
            }
            return (name: name, value: item["Value"]?.string)
        }
        guard filters.count <= Self.filtersMax else { throw CloudWatchFault.tooMany("Dimensions", maximum: Self.filtersMax) }
        let recency = input["RecentlyActive"]?.string
        guard recency == nil || recency == "PT3H" else { throw CloudWatchFault.invalid(recency ?? "", "RecentlyActive") }
        let offset = try input["NextToken"]?.string.map(Self.offset) ?? 0
        let since = context.now - (recency == nil ? Self.activeWithin : Self.recentlyActiveWithin)
        let isOwn = (input["OwningAccount"]?.string).map { $0 == context.caller.account.digits } ?? true
        let found = !isOwn ? [] : try await metrics.metrics(context.realm, since: since) { metric in
            (namespace == nil || metric.namespace == namespace) && (name == nil || metric.name == name)
                && metric.carries(filters)
        }
        let page = found.dropFirst(offset).prefix(Self.pageSize)
        var output: AWSObject = ["Metrics": .list(page.map(Self.described))]
        let next = offset + page.count
        if next < found.count { output.append("NextToken", .string(PageToken.encode("metrics \(next)"))) }
        if input["IncludeLinkedAccounts"]?.bool == true {
            output.append("OwningAccounts", .list(page.map { _ in .string(context.caller.account.digits) }))
        }
        return OperationResponse(output)
    }

    private static func described(_ metric: MetricIdentity) -> AWSValue {
        [
            "Namespace": .string(metric.namespace), "MetricName": .string(metric.name),
            "Dimensions": .list(metric.dimensions.map { ["Name": .string($0.name), "Value": .string($0.value)] }),
        ]
    }

    private static func offset(_ token: String) throws -> Int {
        let parts = try PageToken.decode(token).split(separator: " ")
        guard parts.count == 2, parts[0] == "metrics", let offset = Int(parts[1]), (1...1_000_000_000).contains(offset)
        else { throw CloudWatchFault.invalidNextToken }
        return offset
    }
}
