import AWSModel
import Gateway
import HTTPServer
import MetricRules
import SimTime
import Store
import Timeline
import Vocabulary

/// A Contributor Insights rule as it is stored.
struct InsightRuleRecord: Codable, Sendable, Equatable {
    static let documentType = "insight-rule"

    var name: String
    var isEnabled: Bool
    var schema: String
    var definition: String
    var appliesToTransformedLogs: Bool
    /// The template of a managed rule.
    var template: String?
    /// The resource of a managed rule.
    var resourceARN: String?
    /// Since when it is disabled: later events do not count.
    var disabledAt: SimInstant?

    var state: String { isEnabled ? "ENABLED" : "DISABLED" }

    static func collection(_ realm: Realm) -> DocumentCollection {
        DocumentCollection(realm, service: AlarmBook.service, type: documentType)
    }

    func arn(in realm: Realm) -> String {
        ARN(service: "cloudwatch", realm: realm, resource: "insight-rule/\(name)").description
    }
}

/// Contributor Insights: rules, and reports on the log events that are stored. AWS: spec/cloudwatch.md §11.
struct InsightRules: Sendable {
    let timeline: Timeline
    let tags: ResourceTags
    let insights: ContributorInsights

    private static let pageSize = 500

    func put(_ request: OperationRequest) async throws -> OperationResponse {
        let input = request.input, realm = request.context.realm
        guard let name = input["RuleName"]?.string else { throw CloudWatchFault.missing("RuleName") }
        guard let definition = input["RuleDefinition"]?.string else { throw CloudWatchFault.missing("RuleDefinition") }
        let (_, schema) = try RuleDefinition.read(definition)
        let state = input["RuleState"]?.string ?? "ENABLED"
        guard state == "ENABLED" || state == "DISABLED" else { throw CloudWatchFault.invalid(state, "RuleState") }
        let record = InsightRuleRecord(
            name: name, isEnabled: state == "ENABLED", schema: schema, definition: definition,
            appliesToTransformedLogs: input["ApplyOnTransformedLogs"]?.bool ?? false)
        let added = try ResourceTags.read(input["Tags"])
        try await timeline.turn { turn in
            var record = record
            let existing = try turn.transaction.document(InsightRuleRecord.collection(realm).key(name), as: InsightRuleRecord.self)
            guard existing?.template == nil else {
                throw CloudWatchFault.invalidValue("The rule \(name) is managed and cannot be changed with PutInsightRule.")
            }
            if !record.isEnabled { record.disabledAt = existing?.disabledAt ?? turn.now }
            try store(record, tags: added, in: realm, turn)
        }
        return OperationResponse()
    }

    private func store(_ record: InsightRuleRecord, tags added: [AlarmRecord.Tag], in realm: Realm, _ turn: Turn) throws {
        let key = InsightRuleRecord.collection(realm).key(record.name)
        let isNew = try turn.transaction.document(key, as: InsightRuleRecord.self) == nil
        try turn.transaction.put(key, record)
        if isNew { try tags.set(added, on: record.arn(in: realm), in: turn) }
    }

    func describe(_ request: OperationRequest) async throws -> OperationResponse {
        let input = request.input, limit = input["MaxResults"]?.int ?? Self.pageSize
        let (page, next) = try page(try records(request.context.realm), input, limit: limit)
        return OperationResponse([
            "InsightRules": .list(page.map { rule in
                [
                    "Name": .string(rule.name), "State": .string(rule.state), "Schema": .string(rule.schema),
                    "Definition": .string(rule.definition), "ManagedRule": .boolean(rule.template != nil),
                    "ApplyOnTransformedLogs": .boolean(rule.appliesToTransformedLogs),
                ]
            }),
            "NextToken": next.map(AWSValue.string),
        ])
    }

    private func records(_ realm: Realm) throws -> [InsightRuleRecord] {
        try timeline.store.documents(InsightRuleRecord.collection(realm), as: InsightRuleRecord.self).map(\.value)
    }

    private func page(
        _ records: [InsightRuleRecord], _ input: AWSObject, limit: Int
    ) throws -> (page: [InsightRuleRecord], next: String?) {
        let after = try input["NextToken"]?.string.map(PageToken.decode)
        let rest = records.filter { after == nil || $0.name > after ?? "" }
        let page = Array(rest.prefix(limit))
        return (page, page.count < rest.count ? page.last.map { PageToken.encode($0.name) } : nil)
    }

    // MARK: Changes of several

    func setEnabled(_ isEnabled: Bool, _ request: OperationRequest) async throws -> OperationResponse {
        try await forEach(request) { key, rule, turn in
            var rule = rule
            rule.disabledAt = isEnabled ? nil : rule.disabledAt ?? turn.now
            rule.isEnabled = isEnabled
            try turn.transaction.put(key, rule)
        }
    }

    func delete(_ request: OperationRequest) async throws -> OperationResponse {
        let realm = request.context.realm
        return try await forEach(request) { [tags] key, rule, turn in
            try turn.transaction.delete(key)
            try tags.removeAll(of: rule.arn(in: realm), in: turn)
        }
    }

    /// Unknown names are told as failures; the others are changed. AWS: sdk for the shape, doc.
    private func forEach(
        _ request: OperationRequest, _ change: @escaping @Sendable (DocumentKey, InsightRuleRecord, Turn) throws -> Void
    ) async throws -> OperationResponse {
        guard let names = request.input["RuleNames"]?.list?.compactMap(\.string) else { throw CloudWatchFault.missing("RuleNames") }
        let realm = request.context.realm
        let failures = try await timeline.turn { turn in
            var failures: [AWSValue] = []
            for name in names {
                let key = InsightRuleRecord.collection(realm).key(name)
                if let rule = try turn.transaction.document(key, as: InsightRuleRecord.self) {
                    try change(key, rule, turn)
                } else {
                    failures.append([
                        "FailureResource": .string(name), "ExceptionType": "ResourceNotFoundException",
                        "FailureCode": "404", "FailureDescription": .string("The rule \(name) does not exist."),
                    ])
                }
            }
            return failures
        }
        return OperationResponse(["Failures": .list(failures)])
    }

    // MARK: Managed rules

    func putManaged(_ request: OperationRequest) async throws -> OperationResponse {
        let realm = request.context.realm
        guard let rules = request.input["ManagedRules"]?.list else { throw CloudWatchFault.missing("ManagedRules") }
        var drafts: [(InsightRuleRecord, [AlarmRecord.Tag])] = [], failures: [AWSValue] = []
        for (index, rule) in rules.enumerated() {
            let path = "ManagedRules.member.\(index + 1)"
            guard let template = rule["TemplateName"]?.string else { throw CloudWatchFault.missing("\(path).TemplateName") }
            guard let arn = rule["ResourceARN"]?.string else { throw CloudWatchFault.missing("\(path).ResourceARN") }
            guard ARN(arn) != nil else { throw CloudWatchFault.invalid(arn, "\(path).ResourceARN") }
            guard ManagedRuleTemplate.names(for: arn).contains(template) else {
                failures.append([
                    "FailureResource": .string(arn), "ExceptionType": "ResourceNotFoundException", "FailureCode": "404",
                    "FailureDescription": .string("The template \(template) is not available for the resource."),
                ])
                continue
            }
            let record = InsightRuleRecord(
                name: ManagedRuleTemplate.ruleName(template, arn), isEnabled: true, schema: "CloudWatchLogRule/1",
                definition: ManagedRuleTemplate.definition(template, arn), appliesToTransformedLogs: false,
                template: template, resourceARN: arn)
            drafts.append((record, try ResourceTags.read(rule["Tags"])))
        }
        try await timeline.turn { [drafts] turn in
            for (record, tags) in drafts { try store(record, tags: tags, in: realm, turn) }
        }
        return OperationResponse(["Failures": .list(failures)])
    }

    /// Every template for a resource; those that are in use with the state of their rule. AWS: doc.
    func listManaged(_ request: OperationRequest) async throws -> OperationResponse {
        let input = request.input, realm = request.context.realm
        guard let arn = input["ResourceARN"]?.string else { throw CloudWatchFault.missing("ResourceARN") }
        guard ARN(arn) != nil else { throw CloudWatchFault.invalid(arn, "ResourceARN") }
        let after = try input["NextToken"]?.string.map(PageToken.decode)
        let rest = ManagedRuleTemplate.names(for: arn).filter { after == nil || $0 > after ?? "" }
        let page = rest.prefix(input["MaxResults"]?.int ?? Self.pageSize)
        let own = try records(realm).filter { $0.resourceARN == arn }
        var output: AWSObject = ["ManagedRules": .list(page.map { template in
            [
                "TemplateName": .string(template), "ResourceARN": .string(arn),
                "RuleState": own.first { $0.template == template }.map { rule in
                    ["RuleName": .string(rule.name), "State": .string(rule.state)]
                },
            ]
        })]
        if page.count < rest.count, let last = page.last { output.append("NextToken", .string(PageToken.encode(last))) }
        return OperationResponse(output)
    }

    // MARK: Reports

    // AWS: doc.
    private static let contributorsDefault = 10
    private static let contributorsMax = 100

    func report(_ request: OperationRequest) async throws -> OperationResponse {
        let input = request.input, realm = request.context.realm
        guard let name = input["RuleName"]?.string else { throw CloudWatchFault.missing("RuleName") }
        guard let from = input["StartTime"]?.instant else { throw CloudWatchFault.missing("StartTime") }
        guard let to = input["EndTime"]?.instant else { throw CloudWatchFault.missing("EndTime") }
        guard let period = input["Period"]?.int else { throw CloudWatchFault.missing("Period") }
        guard from < to else { throw CloudWatchFault.reversedRange }
        guard period > 0, period % 60 == 0, period <= 86_400 else {
            throw CloudWatchFault.invalidValue("The parameter Period must be a multiple of 60.")
        }
        let limit = input["MaxContributorCount"]?.int ?? Self.contributorsDefault
        guard (1...Self.contributorsMax).contains(limit) else { throw CloudWatchFault.invalid("\(limit)", "MaxContributorCount") }
        let order = input["OrderBy"]?.string ?? "Sum"
        guard order == "Sum" || order == "Maximum" else { throw CloudWatchFault.invalid(order, "OrderBy") }
        let measures = try (input["Metrics"]?.list ?? []).compactMap(\.string).map { text in
            guard let measure = ContributorReport.Measure(rawValue: text) else { throw CloudWatchFault.invalid(text, "Metrics") }
            return measure
        }
        try await insights.prepare()
        return try await offPool(on: insights.thread) { [timeline, insights] in
            guard let (rule, report) = try timeline.store.read({ reader in
                try insights.report(
                    name, realm, from: from, to: to, periodSeconds: period, eventsMax: ContributorInsights.eventsMax,
                    reader)
            }) else { throw CloudWatchFault.unknownResource(name, type: "cloudwatch:insight-rule") }
            return OperationResponse(Self.shown(
                report, of: rule, measures, contributors: report.ranked(byMaximum: order == "Maximum", limit: limit)))
        }
    }

    private static func shown(
        _ report: ContributorReport, of rule: ContributorRule, _ measures: [ContributorReport.Measure],
        contributors: [ContributorReport.Contributor]
    ) -> AWSObject {
        var datapoints: [SimInstant: AWSObject] = [:]
        for measure in measures {
            for point in report.points(measure) {
                datapoints[point.start, default: ["Timestamp": .timestamp(point.start)]][measure.rawValue] = .double(point.value)
            }
        }
        return [
            "KeyLabels": .list(rule.keys.map(AWSValue.string)),
            "AggregationStatistic": .string(rule.aggregationStatistic), "AggregateValue": .double(report.aggregate),
            "ApproximateUniqueCount": .integer(Int64(report.uniqueCount)),
            "Contributors": .list(contributors.map { contributor in
                [
                    "Keys": .list(contributor.keys.map(AWSValue.string)),
                    "ApproximateAggregateValue": .double(contributor.total),
                    "Datapoints": .list(contributor.datapoints.map { point in
                        ["Timestamp": .timestamp(point.start), "ApproximateValue": .double(point.value)]
                    }),
                ]
            }),
            "MetricDatapoints": .list(datapoints.sorted { $0.key < $1.key }.map { .object($0.value) }),
        ]
    }
}
