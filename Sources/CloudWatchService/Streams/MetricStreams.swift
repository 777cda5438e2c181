import AWSModel
import Gateway
import MetricRules
import SimTime
import Store
import Timeline
import Vocabulary

/// A metric stream as it is stored.
struct MetricStreamRecord: Codable, Sendable, Equatable {
    static let documentType = "metric-stream"

    var name: String
    /// Filters, formats and ARNs, as they were sent.
    var members: AWSObject
    var isRunning: Bool
    var created: SimInstant
    var updated: SimInstant

    static func collection(_ realm: Realm) -> DocumentCollection {
        DocumentCollection(realm, service: AlarmBook.service, type: documentType)
    }

    func arn(in realm: Realm) -> String {
        ARN(service: "cloudwatch", realm: realm, resource: "metric-stream/\(name)").description
    }

    var state: String { isRunning ? "running" : "stopped" }
}

/// Metric streams; `MetricStreamFeed` sends what they want. AWS: spec/cloudwatch.md §11.
struct MetricStreams: Sendable {
    let timeline: Timeline
    let tags: ResourceTags
    let feed: MetricStreamFeed

    private static let pageSize = 500
    private static let shownMembers = [
        "IncludeFilters", "ExcludeFilters", "FirehoseArn", "RoleArn", "OutputFormat", "StatisticsConfigurations",
    ]

    func put(_ request: OperationRequest) async throws -> OperationResponse {
        let input = request.input, realm = request.context.realm
        guard let name = input["Name"]?.string else { throw CloudWatchFault.missing("Name") }
        for member in ["FirehoseArn", "RoleArn"] {
            guard let text = input[member]?.string else { throw CloudWatchFault.missing(member) }
            guard ARN(text) != nil else { throw CloudWatchFault.invalid(text, member) }
        }
        guard let format = input["OutputFormat"]?.string else { throw CloudWatchFault.missing("OutputFormat") }
        guard StreamFormat(rawValue: format) != nil else { throw CloudWatchFault.invalid(format, "OutputFormat") }
        if input["IncludeFilters"]?.list?.isEmpty == false, input["ExcludeFilters"]?.list?.isEmpty == false {
            throw CloudWatchFault.bothSpecified("IncludeFilters", "ExcludeFilters")
        }
        try Self.checkFilters(input)
        try Self.checkStatistics(input["StatisticsConfigurations"]?.list ?? [], format: format)
        let added = try ResourceTags.read(input["Tags"])
        let arn = try await timeline.turn { [tags, feed] turn in
            let key = MetricStreamRecord.collection(realm).key(name)
            let existing = try turn.transaction.document(key, as: MetricStreamRecord.self)
            var members = AWSObject()
            for member in Self.shownMembers { if let value = input[member] { members.append(member, value) } }
            members.append("IncludeLinkedAccountsMetrics", .boolean(input["IncludeLinkedAccountsMetrics"]?.bool ?? false))
            let record = MetricStreamRecord(
                name: name, members: members, isRunning: existing?.isRunning ?? true,
                created: existing?.created ?? turn.now, updated: turn.now)
            try turn.transaction.put(key, record)
            turn.afterCommit { feed.forget() }
            if existing == nil { try tags.set(added, on: record.arn(in: realm), in: turn) }
            return record.arn(in: realm)
        }
        return OperationResponse(["Arn": .string(arn)])
    }

    func get(_ request: OperationRequest) async throws -> OperationResponse {
        guard let name = request.input["Name"]?.string else { throw CloudWatchFault.missing("Name") }
        let realm = request.context.realm
        guard let record = try timeline.store.document(MetricStreamRecord.collection(realm).key(name), as: MetricStreamRecord.self)
        else { throw CloudWatchFault.unknownResource(name, type: "cloudwatch:metric-stream") }
        var output = record.members
        output["Arn"] = .string(record.arn(in: realm))
        output["Name"] = .string(name)
        output["State"] = .string(record.state)
        output["CreationDate"] = .timestamp(record.created)
        output["LastUpdateDate"] = .timestamp(record.updated)
        return OperationResponse(output)
    }

    func list(_ request: OperationRequest) async throws -> OperationResponse {
        let input = request.input, realm = request.context.realm
        let after = try input["NextToken"]?.string.map(PageToken.decode)
        let records = try timeline.store.documents(MetricStreamRecord.collection(realm), as: MetricStreamRecord.self).map(\.value)
        let rest = records.filter { after == nil || $0.name > after ?? "" }
        let page = rest.prefix(input["MaxResults"]?.int ?? Self.pageSize)
        var output: AWSObject = ["Entries": .list(page.map { record in
            [
                "Arn": .string(record.arn(in: realm)), "CreationDate": .timestamp(record.created),
                "LastUpdateDate": .timestamp(record.updated), "Name": .string(record.name),
                "FirehoseArn": record.members["FirehoseArn"], "State": .string(record.state),
                "OutputFormat": record.members["OutputFormat"],
            ]
        })]
        if page.count < rest.count, let last = page.last { output.append("NextToken", .string(PageToken.encode(last.name))) }
        return OperationResponse(output)
    }

    /// Deleting what is not there succeeds. AWS: inferred.
    func delete(_ request: OperationRequest) async throws -> OperationResponse {
        guard let name = request.input["Name"]?.string else { throw CloudWatchFault.missing("Name") }
        let realm = request.context.realm
        try await timeline.turn { [tags, feed] turn in
            let key = MetricStreamRecord.collection(realm).key(name)
            guard let record = try turn.transaction.document(key, as: MetricStreamRecord.self) else { return }
            try turn.transaction.delete(key)
            try tags.removeAll(of: record.arn(in: realm), in: turn)
            turn.afterCommit { feed.forget() }
        }
        return OperationResponse()
    }

    func setRunning(_ isRunning: Bool, _ request: OperationRequest) async throws -> OperationResponse {
        guard let names = request.input["Names"]?.list?.compactMap(\.string) else { throw CloudWatchFault.missing("Names") }
        let realm = request.context.realm
        try await timeline.turn { [feed] turn in
            for name in names {
                let key = MetricStreamRecord.collection(realm).key(name)
                // AWS: inferred — names of no stream are ignored.
                guard var record = try turn.transaction.document(key, as: MetricStreamRecord.self) else { continue }
                record.isRunning = isRunning
                record.updated = turn.now
                try turn.transaction.put(key, record)
            }
            turn.afterCommit { feed.forget() }
        }
        return OperationResponse()
    }

    // MARK: Checks

    // AWS: doc.
    private static let filtersMax = 1000
    private static let configurationsMax = 100
    private static let additionalMax = 20

    private static func checkFilters(_ input: AWSObject) throws {
        for member in ["IncludeFilters", "ExcludeFilters"] {
            let filters = input[member]?.list ?? []
            guard filters.count <= filtersMax else { throw CloudWatchFault.tooMany(member, maximum: filtersMax) }
            for (index, filter) in filters.enumerated() where filter["Namespace"]?.string == nil {
                throw CloudWatchFault.missing("\(member).member.\(index + 1).Namespace")
            }
        }
    }

    /// AWS: doc — OpenTelemetry's formats take percentiles only.
    private static func checkStatistics(_ configurations: [AWSValue], format: String) throws {
        guard configurations.count <= configurationsMax else {
            throw CloudWatchFault.tooMany("StatisticsConfigurations", maximum: configurationsMax)
        }
        for (index, configuration) in configurations.enumerated() {
            let path = "StatisticsConfigurations.member.\(index + 1).AdditionalStatistics"
            let statistics = (configuration["AdditionalStatistics"]?.list ?? []).compactMap(\.string)
            guard statistics.count <= additionalMax else { throw CloudWatchFault.tooMany(path, maximum: additionalMax) }
            for text in statistics {
                guard let statistic = try? StatisticChoice(parsing: text) else { throw CloudWatchFault.unsupported(text, path) }
                if format == StreamFormat.json.rawValue { continue }
                guard case .extended(let extended) = statistic, case .percentile = extended.kind else {
                    throw CloudWatchFault.unsupported(text, path)
                }
            }
        }
    }
}
