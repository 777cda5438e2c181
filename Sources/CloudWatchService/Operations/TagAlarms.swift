import AWSModel
import Gateway
import Timeline
import Vocabulary

/// TagResource, UntagResource and ListTagsForResource, for alarms. AWS: spec/cloudwatch.md §9.
struct TagAlarms: Sendable {
    let timeline: Timeline
    let alarms: Alarms

    func tag(_ request: OperationRequest) async throws -> OperationResponse {
        let tags = request.input["Tags"]
        return try await change(request) { record in
            record.tags = try AlarmDraft.tags(tags, existing: record.tags)
        }
    }

    func untag(_ request: OperationRequest) async throws -> OperationResponse {
        let keys = (request.input["TagKeys"]?.list ?? []).compactMap(\.string)
        return try await change(request) { record in record.tags.removeAll { keys.contains($0.key) } }
    }

    /// A resource that is gone has no tags. AWS: recorded — spec/cloudwatch.md §9.
    func list(_ request: OperationRequest) async throws -> OperationResponse {
        let key = try Self.key(request)
        let alarm = try await alarms.alarms(in: key.realm, named: [key.name]).first
        let tags = alarm?.record.tags ?? []
        return OperationResponse(["Tags": .list(tags.map { ["Key": .string($0.key), "Value": .string($0.value)] })])
    }

    private func change(
        _ request: OperationRequest, _ change: @escaping @Sendable (inout AlarmRecord) throws -> Void
    ) async throws -> OperationResponse {
        let key = try Self.key(request), arn = request.input["ResourceARN"]?.string ?? ""
        try await timeline.turn { [alarms] turn in
            guard var record = try alarms.record(key, in: turn) else { throw CloudWatchFault.unknownResource(arn) }
            try change(&record)
            try alarms.put(record, key, in: turn)
        }
        return OperationResponse()
    }

    /// The alarm an ARN names, in the caller's realm.
    private static func key(_ request: OperationRequest) throws -> AlarmKey {
        guard let text = request.input["ResourceARN"]?.string else { throw CloudWatchFault.missing("ResourceARN") }
        let realm = request.context.realm
        guard let arn = ARN(text), arn.service == "cloudwatch" else { throw CloudWatchFault.invalid(text, "ResourceARN") }
        guard arn.region == realm.region.name, arn.account == realm.account.digits, arn.resource.hasPrefix("alarm:")
        else { throw CloudWatchFault.unknownResource(text) }
        return AlarmKey(realm: realm, name: String(arn.resource.dropFirst("alarm:".count)))
    }
}
