import AWSModel
import DeclaredResources
import Gateway
import Store
import Timeline
import Vocabulary

/// AddTags, ListTags and DeleteTags, for every resource of this service that exists.
struct TagOperations: Sendable {
    let store: Store
    let timeline: Timeline
    let tags: TagLedger
    /// Resources of the model that other services keep.
    let others: [any TaggableResources]
    var operations: [Operation] {
        [
            Operation("AddTags", behavior: add),
            Operation("ListTags", behavior: list),
            Operation("DeleteTags", behavior: delete),
        ]
    }

    private func add(_ request: OperationRequest) async throws -> OperationResponse {
        let (arn, tags) = (try arn(in: request), tags)
        try await timeline.turn { turn in
            try requireResource(arn, turn.transaction)
            try tags.set(request.input["Tags"], on: arn.description, in: turn)
        }
        return OperationResponse(["Tags": .list(try tags.tags(of: arn.description))])
    }

    private func list(_ request: OperationRequest) async throws -> OperationResponse {
        let arn = try arn(in: request)
        try store.read { try requireResource(arn, $0) }
        let all = try tags.tags(of: arn.description)
        // AWS: sdk — ListTags pages by 50 at least, and a resource has no more than 50.
        return OperationResponse(["Tags": .list(all)])
    }

    private func delete(_ request: OperationRequest) async throws -> OperationResponse {
        let (arn, tags) = (try arn(in: request), tags)
        let keys = request.input["TagKeys"]?.list?.compactMap(\.string) ?? []
        try await timeline.turn { turn in
            try requireResource(arn, turn.transaction)
            try tags.remove(keys: keys, from: arn.description, in: turn)
        }
        return OperationResponse()
    }

    /// Throws the not-found fault of the ARN's resource when it is not there.
    private func requireResource(_ arn: ARN, _ reader: StoreReader) throws {
        let parts = arn.resource.split(separator: "/", maxSplits: 1).map(String.init)
        guard parts.count == 2, let account = AccountID(arn.account), let region = RegionName(arn.region) else {
            throw AWSFault.validation("The ARN \(arn) is not a SageMaker resource.")
        }
        let realm = Realm(account: account, region: region)
        if parts[0] == "endpoint" {
            let endpoint = try reader.document(EndpointKey(realm, parts[1]).document, as: EndpointRecord.self)
            guard endpoint?.name == parts[1] else {
                throw EndpointFaults.notFound(parts[1], in: realm)
            }
            return
        }
        if let other = others.first(where: { $0.taggableTypes.contains(parts[0]) }) {
            guard try other.isThere(arn, type: parts[0], in: realm, reader) else {
                // AWS: inferred.
                throw AWSFault("ResourceNotFound", "Resource [\(arn)] does not exist.", status: 400)
            }
            return
        }
        if parts[0] == "inference-component" {
            let key = ComponentKey(realm, parts[1]).document
            guard try reader.document(key, as: ComponentRecord.self) != nil else {
                throw ComponentFaults.notFound(parts[1], in: realm)
            }
            return
        }
        guard let resource = Self.resources.first(where: { $0.type == parts[0] }) else {
            throw AWSFault.notEmulated(member: "tags on \(parts[0])", of: "AddTags")
        }
        guard try reader.document(resource.collection(in: realm).key(parts[1]), as: ResourceRecord.self) != nil else {
            throw resource.notFound(parts[1], in: realm)
        }
    }

    private static let resources = [DeclaredResource.model, .endpointConfig]

    /// Only the caller's own resources can be named.
    private func arn(in request: OperationRequest) throws -> ARN {
        let text = request.input["ResourceArn"]?.string ?? ""
        guard let arn = ARN(text), arn.service == "sagemaker", arn.account == request.context.caller.account.digits else {
            throw AWSFault.validation("The ARN \(text) is not a SageMaker resource.")
        }
        return arn
    }
}
