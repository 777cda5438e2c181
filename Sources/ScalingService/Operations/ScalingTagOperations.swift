import AWSModel
import Gateway
import Store
import Timeline

/// Tags of scalable targets.
struct ScalingTagOperations: Sendable {
    let timeline: Timeline

    /// `tags` with the entries of a map added. Throws for more than 50.
    static func merged(_ tags: [TargetRecord.Tag], _ map: AWSValue?, arn: String) throws -> [TargetRecord.Tag] {
        var tags = tags
        for (key, value) in map?.object?.entries ?? [] {
            let tag = TargetRecord.Tag(key: key, value: value.string ?? "")
            if let index = tags.firstIndex(where: { $0.key == key }) { tags[index] = tag } else { tags.append(tag) }
        }
        guard tags.count <= TargetRecord.tagsMax else { throw ScalingFault.tooManyTags(arn) }
        return tags
    }

    private static func target(_ request: OperationRequest, _ reader: StoreReader) throws -> TargetRecord {
        let arn = request.input["ResourceARN"]?.string ?? ""
        let all = try reader.documents(TargetKey.targets(request.context.realm), as: TargetRecord.self)
        guard let target = all.first(where: { $0.value.arn == arn })?.value else { throw ScalingFault.noARN(arn) }
        return target
    }

    func tag(_ request: OperationRequest) async throws -> OperationResponse {
        try await timeline.turn { turn in
            var target = try Self.target(request, turn.transaction)
            target.tags = try Self.merged(target.tags, request.input["Tags"], arn: target.arn)
            try turn.transaction.put(target.key.document, target)
        }
        return OperationResponse()
    }

    func untag(_ request: OperationRequest) async throws -> OperationResponse {
        let keys = request.input["TagKeys"]?.list?.compactMap(\.string) ?? []
        try await timeline.turn { turn in
            var target = try Self.target(request, turn.transaction)
            target.tags.removeAll { keys.contains($0.key) }
            try turn.transaction.put(target.key.document, target)
        }
        return OperationResponse()
    }

    func list(_ request: OperationRequest) async throws -> OperationResponse {
        let target = try timeline.store.read { try Self.target(request, $0) }
        var tags = AWSObject()
        for tag in target.tags { tags[tag.key] = .string(tag.value) }
        return OperationResponse(["Tags": .object(tags)])
    }
}
