import AWSModel
import Foundation
import Gateway
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

    var state: String { isEnabled ? "ENABLED" : "DISABLED" }

    static func collection(_ realm: Realm) -> DocumentCollection {
        DocumentCollection(realm, service: AlarmBook.service, type: documentType)
    }

    func arn(in realm: Realm) -> String {
        ARN(service: "cloudwatch", realm: realm, resource: "insight-rule/\(name)").description
    }
}

/// Contributor Insights: rules are kept, but no log group is emulated, so that their reports are empty.
/// AWS: spec/cloudwatch.md §11.
struct InsightRules: Sendable {
    let timeline: Timeline
    let tags: ResourceTags

    private static let pageSize = 500

    func put(_ request: OperationRequest) async throws -> OperationResponse {
        let input = request.input, realm = request.context.realm
        guard let name = input["RuleName"]?.string else { throw CloudWatchFault.missing("RuleName") }
        guard let definition = input["RuleDefinition"]?.string else { throw CloudWatchFault.missing("RuleDefinition") }
        guard let document = (try? JSONSerialization.jsonObject(with: Data(definition.utf8))) as? [String: Any],
              let schema = document["Schema"] as? [String: Any], let schemaName = schema["Name"] as? String
        else { throw CloudWatchFault.invalidValue("The parameter RuleDefinition must be a JSON object with a Schema.") }
        let version = (schema["Version"] as? NSNumber)?.stringValue ?? schema["Version"] as? String ?? "1"
        let state = input["RuleState"]?.string ?? "ENABLED"
        guard state == "ENABLED" || state == "DISABLED" else { throw CloudWatchFault.invalid(state, "RuleState") }
        let record = InsightRuleRecord(
            name: name, isEnabled: state == "ENABLED", schema: "\(schemaName)/\(version)", definition: definition,
            appliesToTransformedLogs: input["ApplyOnTransformedLogs"]?.bool ?? false)
        let added = try ResourceTags.read(input["Tags"])
        try await timeline.turn { turn in try store(record, tags: added, in: realm, turn) }
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
        let drafts = try rules.enumerated().map { index, rule in
            let path = "ManagedRules.member.\(index + 1)"
            guard let template = rule["TemplateName"]?.string else { throw CloudWatchFault.missing("\(path).TemplateName") }
            guard let arn = rule["ResourceARN"]?.string else { throw CloudWatchFault.missing("\(path).ResourceARN") }
            guard ARN(arn) != nil else { throw CloudWatchFault.invalid(arn, "\(path).ResourceARN") }
            // AWS: inferred — a managed rule's name is made of template and resource.
            let resource = arn.split { $0 == "/" || $0 == ":" }.last ?? ""
            let record = InsightRuleRecord(
                name: "\(template)-\(resource)", isEnabled: true, schema: "CloudWatchLogRule/1", definition: "{}",
                appliesToTransformedLogs: false, template: template, resourceARN: arn)
            return (record, try ResourceTags.read(rule["Tags"]))
        }
        try await timeline.turn { turn in
            for (record, tags) in drafts { try store(record, tags: tags, in: realm, turn) }
        }
        return OperationResponse(["Failures": []])
    }

    func listManaged(_ request: OperationRequest) async throws -> OperationResponse {
        let input = request.input
        guard let arn = input["ResourceARN"]?.string else { throw CloudWatchFault.missing("ResourceARN") }
        let own = try records(request.context.realm).filter { $0.resourceARN == arn }
        let (page, next) = try page(own, input, limit: input["MaxResults"]?.int ?? Self.pageSize)
        return OperationResponse([
            "ManagedRules": .list(page.map { rule in
                [
                    "TemplateName": rule.template.map(AWSValue.string), "ResourceARN": .string(arn),
                    "RuleState": ["RuleName": .string(rule.name), "State": .string(rule.state)],
                ]
            }),
            "NextToken": next.map(AWSValue.string),
        ])
    }

    // MARK: Reports

    /// No log group is emulated: a report has no contributors.
    func report(_ request: OperationRequest) async throws -> OperationResponse {
        let input = request.input
        guard let name = input["RuleName"]?.string else { throw CloudWatchFault.missing("RuleName") }
        guard let from = input["StartTime"]?.instant else { throw CloudWatchFault.missing("StartTime") }
        guard let to = input["EndTime"]?.instant else { throw CloudWatchFault.missing("EndTime") }
        guard from < to else { throw CloudWatchFault.reversedRange }
        guard let rule = try records(request.context.realm).first(where: { $0.name == name }) else {
            throw CloudWatchFault.unknownResource(name, type: "cloudwatch:insight-rule")
        }
        let document = (try? JSONSerialization.jsonObject(with: Data(rule.definition.utf8))) as? [String: Any]
        let contribution = document?["Contribution"] as? [String: Any]
        return OperationResponse([
            "KeyLabels": .list(((contribution?["Keys"] as? [String]) ?? []).map(AWSValue.string)),
            "AggregationStatistic": .string(contribution?["ValueOf"] == nil ? "SampleCount" : "Sum"),
            "AggregateValue": .double(0), "ApproximateUniqueCount": .integer(0), "Contributors": [], "MetricDatapoints": [],
        ])
    }
}
