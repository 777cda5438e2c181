import AWSModel
import Gateway
import Store
import Timeline
import Vocabulary

/// Tags of log groups, by ARN and by name.
struct LogTagOperations: Sendable {
    let timeline: Timeline
    let book: LogBook

    /// `tags` with the entries of a map added. Throws for more than 50.
    static func merged(_ tags: [LogGroup.Tag], _ map: AWSValue?) throws -> [LogGroup.Tag] {
        var tags = tags
        for (key, value) in map?.object?.entries ?? [] {
            let tag = LogGroup.Tag(key: key, value: value.string ?? "")
            if let index = tags.firstIndex(where: { $0.key == key }) { tags[index] = tag } else { tags.append(tag) }
        }
        guard tags.count <= LogGroup.tagsMax else { throw LogsFault.tooManyTags }
        return tags
    }

    /// The group an ARN names. AWS: doc — only log groups and destinations have tags.
    private func name(_ request: OperationRequest) throws -> String {
        let arn = request.input["resourceArn"]?.string ?? ""
        guard arn.hasPrefix("arn:"), let name = LogGroup.name(ofIdentifier: arn) else {
            throw LogsFault.invalid("The specified resource ARN is not valid: \(arn)")
        }
        return name
    }

    private func change(
        _ name: String, _ request: OperationRequest,
        _ apply: @escaping @Sendable ([LogGroup.Tag]) throws -> [LogGroup.Tag]
    ) async throws -> OperationResponse {
        let realm = request.context.realm
        try await timeline.turn { [book] turn in
            var group = try book.group(name, in: realm, turn.transaction)
            group.tags = try apply(group.tags)
            try turn.transaction.put(LogGroup.collection(realm).key(name), group)
        }
        return OperationResponse()
    }

    private func shown(_ name: String, _ request: OperationRequest) async throws -> OperationResponse {
        let group = try book.store.read { try book.group(name, in: request.context.realm, $0) }
        var tags = AWSObject()
        for tag in group.tags { tags[tag.key] = .string(tag.value) }
        return OperationResponse(["tags": .object(tags)])
    }

    func tag(_ request: OperationRequest) async throws -> OperationResponse {
        let map = request.input["tags"]
        return try await change(try name(request), request) { try Self.merged($0, map) }
    }

    func untag(_ request: OperationRequest) async throws -> OperationResponse {
        let keys = request.input["tagKeys"]?.list?.compactMap(\.string) ?? []
        return try await change(try name(request), request) { $0.filter { !keys.contains($0.key) } }
    }

    func list(_ request: OperationRequest) async throws -> OperationResponse { try await shown(try name(request), request) }

    func tagGroup(_ request: OperationRequest) async throws -> OperationResponse {
        let map = request.input["tags"]
        return try await change(request.input["logGroupName"]?.string ?? "", request) { try Self.merged($0, map) }
    }

    func untagGroup(_ request: OperationRequest) async throws -> OperationResponse {
        let keys = request.input["tags"]?.list?.compactMap(\.string) ?? []
        return try await change(request.input["logGroupName"]?.string ?? "", request) { $0.filter { !keys.contains($0.key) } }
    }

    func listGroup(_ request: OperationRequest) async throws -> OperationResponse {
        try await shown(request.input["logGroupName"]?.string ?? "", request)
    }
}
