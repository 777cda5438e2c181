import AWSModel
import Gateway
import Store
import Timeline
import Vocabulary

/// TagResource, UntagResource and ListTagsForResource, for alarms and every other resource. AWS: spec/cloudwatch.md §9, §11.
struct TagResources: Sendable {
    let timeline: Timeline
    let alarms: Alarms
    let tags: ResourceTags

    /// What an ARN names.
    private enum Resource {
        case alarm(AlarmKey)
        /// A document, and the ARN under which its tags are kept.
        case other(DocumentKey, arn: String)
    }

    func tag(_ request: OperationRequest) async throws -> OperationResponse {
        let added = request.input["Tags"]
        return try await change(request) { try ResourceTags.read(added, existing: $0) }
    }

    func untag(_ request: OperationRequest) async throws -> OperationResponse {
        let keys = (request.input["TagKeys"]?.list ?? []).compactMap(\.string)
        return try await change(request) { tags in tags.filter { !keys.contains($0.key) } }
    }

    /// A resource that is gone has no tags. AWS: recorded — spec/cloudwatch.md §9.
    func list(_ request: OperationRequest) async throws -> OperationResponse {
        switch try Self.resource(request) {
        case .alarm(let key):
            if let alarm = try await alarms.alarms(in: key.realm, named: [key.name]).first {
                return OperationResponse(["Tags": ResourceTags.shown(alarm.record.tags)])
            }
            let composite = try await alarms.compositeRecords(in: key.realm).first { $0.name == key.name }
            return OperationResponse(["Tags": ResourceTags.shown(composite?.tags ?? [])])
        case .other(_, let arn):
            let found = try timeline.store.read { try tags.tags(of: arn, $0) }
            return OperationResponse(["Tags": ResourceTags.shown(found)])
        }
    }

    private func change(
        _ request: OperationRequest, _ change: @escaping @Sendable ([AlarmRecord.Tag]) throws -> [AlarmRecord.Tag]
    ) async throws -> OperationResponse {
        let resource = try Self.resource(request), text = request.input["ResourceARN"]?.string ?? ""
        try await timeline.turn { [alarms, tags] turn in
            switch resource {
            case .alarm(let key):
                if var record = try alarms.record(key, in: turn) {
                    record.tags = try change(record.tags)
                    try alarms.put(record, key, in: turn)
                } else if var composite = try alarms.composite(key, in: turn) {
                    composite.tags = try change(composite.tags)
                    try alarms.put(composite, key, in: turn)
                } else {
                    throw CloudWatchFault.unknownResource(text)
                }
            case .other(let key, let arn):
                guard try Self.exists(key, turn.transaction) else {
                    throw CloudWatchFault.unknownResource(text, type: "cloudwatch:\(key.collection.type)")
                }
                try tags.set(try change(try tags.tags(of: arn, turn.transaction)), on: arn, in: turn)
            }
        }
        return OperationResponse()
    }

    private static func exists(_ key: DocumentKey, _ reader: StoreReader) throws -> Bool {
        switch key.collection.type {
        case DashboardRecord.documentType: try reader.document(key, as: DashboardRecord.self) != nil
        case InsightRuleRecord.documentType: try reader.document(key, as: InsightRuleRecord.self) != nil
        case MetricStreamRecord.documentType: try reader.document(key, as: MetricStreamRecord.self) != nil
        default: try reader.document(key, as: MuteRuleRecord.self) != nil
        }
    }

    /// The resource an ARN names, in the caller's realm.
    private static func resource(_ request: OperationRequest) throws -> Resource {
        guard let text = request.input["ResourceARN"]?.string else { throw CloudWatchFault.missing("ResourceARN") }
        let realm = request.context.realm
        guard let arn = ARN(text), arn.service == "cloudwatch" else { throw CloudWatchFault.invalid(text, "ResourceARN") }
        let parts = arn.resource.split(maxSplits: 1, omittingEmptySubsequences: false) { $0 == ":" || $0 == "/" }
        guard arn.account == realm.account.digits, parts.count == 2 else { throw CloudWatchFault.unknownResource(text) }
        let type = String(parts[0]), name = String(parts[1])
        if type == DashboardRecord.documentType {
            guard arn.region.isEmpty else { throw CloudWatchFault.unknownResource(text) }
            return .other(DashboardRecord.collection(realm.account).key(name), arn: text)
        }
        guard arn.region == realm.region.name else { throw CloudWatchFault.unknownResource(text) }
        switch type {
        case "alarm": return .alarm(AlarmKey(realm: realm, name: name))
        case MuteRules.documentType, InsightRuleRecord.documentType, MetricStreamRecord.documentType:
            return .other(DocumentCollection(realm, service: AlarmBook.service, type: type).key(name), arn: text)
        default: throw CloudWatchFault.unknownResource(text)
        }
    }
}
