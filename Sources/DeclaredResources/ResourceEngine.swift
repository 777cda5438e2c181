import AWSModel
package import Gateway
import SimTime
package import Store
package import Timeline
package import Vocabulary

/// Answers Create, Describe, List and Delete of one declared resource.
package struct ResourceEngine: Sendable {
    package let resource: DeclaredResource
    private let store: Store
    private let timeline: Timeline
    private let tags: TagLedger

    package init(_ resource: DeclaredResource, store: Store, timeline: Timeline, tags: TagLedger) {
        self.resource = resource
        self.store = store
        self.timeline = timeline
        self.tags = tags
    }

    /// The operations, named `Create…`, `Describe…`, `List…s`, `Delete…` and `Update…` (where the declaration has members
    /// for it) after `name`, e.g. `EndpointConfig`.
    package func operations(named name: String) -> [Operation] {
        let update = (resource.updatableMembers ?? []).isEmpty ? [] : [Operation("Update\(name)", behavior: update)]
        return update + [
            Operation("Create\(name)", behavior: create),
            Operation("Describe\(name)", behavior: describe),
            Operation("List\(name)s", behavior: list),
            Operation("Delete\(name)", behavior: delete),
        ]
    }

    /// The record of that name; throws the resource's not-found fault.
    package func record(_ name: String, in realm: Realm, _ reader: StoreReader) throws -> ResourceRecord {
        let key = resource.collection(in: realm).key(name)
        guard let record = try reader.document(key, as: ResourceRecord.self) else {
            throw resource.notFound(name, in: realm)
        }
        return record
    }

    // MARK: Operations

    private func name(in input: AWSObject) throws -> String {
        guard let name = input[resource.nameMember]?.string else {
            throw AWSFault.validation("The member \(resource.nameMember) is required.")
        }
        return name
    }

    private func create(_ request: OperationRequest) async throws -> OperationResponse {
        let (resource, tags, realm) = (resource, tags, request.context.realm)
        let name = try name(in: request.input)
        return try await timeline.turn { turn in
            let key = resource.collection(in: realm).key(name)
            guard try turn.transaction.document(key, as: ResourceRecord.self) == nil else {
                throw resource.alreadyExists(name, in: realm)
            }
            let prepared = try resource.prepare(request.input, turn.transaction, request.context)
            var members = AWSObject()
            for (member, value) in prepared.entries
            where member != resource.nameMember && !resource.hiddenMembers.contains(member) {
                members.append(member, value)
            }
            let record = ResourceRecord(
                name: name, arn: resource.arn(name, in: realm), creationTime: turn.now, members: members)
            try turn.transaction.put(key, record)
            try tags.set(request.input["Tags"], on: record.arn, in: turn)
            return OperationResponse([resource.arnMember: .string(record.arn)])
        }
    }

    private func describe(_ request: OperationRequest) async throws -> OperationResponse {
        let name = try name(in: request.input)
        let realm = request.context.realm
        let key = resource.collection(in: realm).key(name)
        guard let record = try store.document(key, as: ResourceRecord.self) else {
            throw resource.notFound(name, in: realm)
        }
        var output: AWSObject = [resource.nameMember: .string(record.name)]
        for (member, value) in record.members.entries { output.append(member, value) }
        output.append("CreationTime", .timestamp(record.creationTime))
        if resource.updatableMembers != nil {
            output.append("LastModifiedTime", .timestamp(record.lastModifiedTime ?? record.creationTime))
        }
        output.append(resource.arnMember, .string(record.arn))
        return OperationResponse(output)
    }

    private func list(_ request: OperationRequest) async throws -> OperationResponse {
        let records = try store.documents(resource.collection(in: request.context.realm), as: ResourceRecord.self)
        let found = records.map(\.value).filter { resource.filter($0, request.input) }
        let question = resource.question(request.input)
        let page = try Listing(question, operation: request.context.operation).page(found.map { record in
            Listing.Item(
                name: record.name, creationTime: record.creationTime, lastModifiedTime: record.lastModifiedTime,
                status: nil, summary: summary(record))
        })
        var output: AWSObject = [resource.listMember: .list(page.summaries)]
        output["NextToken"] = page.nextToken.map { .string($0) }
        return OperationResponse(output)
    }

    private func summary(_ record: ResourceRecord) -> AWSObject {
        var summary: AWSObject = [
            resource.nameMember: .string(record.name), resource.arnMember: .string(record.arn),
            "CreationTime": .timestamp(record.creationTime),
        ]
        if resource.updatableMembers != nil {
            summary["LastModifiedTime"] = .timestamp(record.lastModifiedTime ?? record.creationTime)
        }
        for member in resource.summaryMembers { summary[member] = record.members[member] }
        return summary
    }

    private func update(_ request: OperationRequest) async throws -> OperationResponse {
        let (resource, realm) = (resource, request.context.realm)
        let name = try name(in: request.input)
        return try await timeline.turn { turn in
            let key = resource.collection(in: realm).key(name)
            guard var record = try turn.transaction.document(key, as: ResourceRecord.self) else {
                throw resource.notFound(name, in: realm)
            }
            let prepared = try resource.prepare(request.input, turn.transaction, request.context)
            for member in resource.updatableMembers ?? [] {
                if let value = prepared[member] { record.members[member] = value }
            }
            record.lastModifiedTime = turn.now
            try turn.transaction.put(key, record)
            return OperationResponse([resource.arnMember: .string(record.arn)])
        }
    }

    private func delete(_ request: OperationRequest) async throws -> OperationResponse {
        let (resource, tags, realm) = (resource, tags, request.context.realm)
        let name = try name(in: request.input)
        return try await timeline.turn { turn in
            let key = resource.collection(in: realm).key(name)
            guard let record = try turn.transaction.document(key, as: ResourceRecord.self) else {
                throw resource.notFound(name, in: realm)
            }
            try resource.checkDeletion(record, turn.transaction, realm)
            try turn.transaction.delete(key)
            try tags.removeAll(of: resource.arn(name, in: realm), in: turn)
            return OperationResponse()
        }
    }
}
