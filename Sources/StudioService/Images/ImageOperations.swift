import AWSModel
import DeclaredResources
import Gateway
import Store
import Timeline
import Vocabulary
import WorkspaceRules

/// The operations on images.
// AWS: spec/studio.md §A7.
struct ImageOperations: Sendable {
    let workspaces: Workspaces

    var operations: [Operation] {
        [
            Operation("CreateImage", behavior: create),
            Operation("DescribeImage", behavior: describe),
            Operation("ListImages", behavior: list),
            Operation("UpdateImage", behavior: update),
            Operation("DeleteImage", behavior: delete),
        ]
    }

    private func create(_ request: OperationRequest) async throws -> OperationResponse {
        let (workspaces, input, realm) = (workspaces, request.input, request.context.realm)
        let name = input["ImageName"]?.string ?? ""
        // AWS: recorded that an image fails for its role — spec/studio.md §A7; its reason is not known.
        let obstacle = try workspaces.roles?.obstacle(toAssuming: input["RoleArn"]?.string ?? "")
        return try await workspaces.timeline.turn { turn in
            if try workspaces.imageShelf.find(name.lowercased(), in: realm, turn.transaction) != nil {
                // AWS: recorded — spec/studio.md §A7.
                throw StudioFaults.inUse(
                    "The Image with ImageName \(name) already exists. Please use a different ImageName.")
            }
            let image = ImageRecord(
                realm: realm, name: name, displayName: input["DisplayName"]?.string,
                details: input["Description"]?.string, roleARN: input["RoleArn"]?.string ?? "",
                track: .creating(failure: obstacle, times: workspaces.times.image, at: turn.now))
            try workspaces.imageShelf.save(image, in: turn)
            try workspaces.tags.set(input["Tags"], on: image.arn, in: turn)
            return OperationResponse(["ImageArn": .string(image.arn)])
        }
    }

    private func describe(_ request: OperationRequest) async throws -> OperationResponse {
        let (name, realm) = (request.input["ImageName"]?.string ?? "", request.context.realm)
        return OperationResponse(try await workspaces.settled { try workspaces.image(name, in: realm, $0) }.description)
    }

    private func list(_ request: OperationRequest) async throws -> OperationResponse {
        let images = try workspaces.store.read { try workspaces.imageShelf.all(in: request.context.realm, $0) }
        // AWS: sdk — CREATION_TIME, DESCENDING.
        return try StudioListing.answer(request, "Images", images.map { image in
            Listing.Item(
                name: image.name, creationTime: image.track.createdAt, lastModifiedTime: image.track.modifiedAt,
                status: nil, summary: image.summary)
        })
    }

    private func update(_ request: OperationRequest) async throws -> OperationResponse {
        let (workspaces, input, realm) = (workspaces, request.input, request.context.realm)
        let name = input["ImageName"]?.string ?? ""
        return try await workspaces.timeline.turn { turn in
            var image = try workspaces.image(name, in: realm, turn.transaction)
            let deleted = input["DeleteProperties"]?.list?.compactMap(\.string) ?? []
            for property in deleted {
                // AWS: sdk — the two that can be deleted; the text is inferred.
                guard ["Description", "DisplayName"].contains(property) else {
                    throw AWSFault.validation("DeleteProperties [\(property)] is not supported.")
                }
                guard input[property] == nil else {
                    throw AWSFault.validation("\(property) cannot be both updated and deleted.")
                }
            }
            do throws(StatusRejection) {
                try image.track.update(times: workspaces.times.image, at: turn.now)
            } catch {
                throw Self.invalidState(name)
            }
            if let text = input["Description"]?.string { image.details = text }
            if let text = input["DisplayName"]?.string { image.displayName = text }
            if let role = input["RoleArn"]?.string { image.roleARN = role }
            if deleted.contains("Description") { image.details = nil }
            if deleted.contains("DisplayName") { image.displayName = nil }
            try workspaces.imageShelf.save(image, in: turn)
            return OperationResponse(["ImageArn": .string(image.arn)])
        }
    }

    /// Deletes the image and all its versions; container images stay in the registry.
    // AWS: documented — spec/studio.md §A7; that an attached image is refused is inferred from the guide's order.
    private func delete(_ request: OperationRequest) async throws -> OperationResponse {
        let (workspaces, realm) = (workspaces, request.context.realm)
        let name = request.input["ImageName"]?.string ?? ""
        return try await workspaces.timeline.turn { turn in
            var image = try workspaces.image(name, in: realm, turn.transaction)
            if try workspaces.isAttached(name, in: realm, turn.transaction) {
                throw StudioFaults.inUse(
                    "The Image with ImageName \(name) is attached to a Domain or UserProfile. Please detach it first.")
            }
            do throws(StatusRejection) {
                try image.track.delete(times: workspaces.times.image, at: turn.now)
            } catch {
                throw Self.invalidState(name)
            }
            for var version in try workspaces.versions(of: name, in: realm, turn.transaction).records {
                // One that is still being made, or deleted already, goes with its image all the same.
                guard (try? version.track.delete(times: workspaces.times.image, at: turn.now)) != nil else { continue }
                try workspaces.versions.save(version, in: turn)
            }
            try workspaces.imageShelf.save(image, in: turn)
            return OperationResponse()
        }
    }

    // AWS: recorded for CreateImageVersion — spec/studio.md §A7.
    static func invalidState(_ name: String) -> AWSFault { .validation("Image \(name) is in an invalid state.") }

    /// An image's timer is due.
    func settle(_ documentName: String, in realm: Realm, _ turn: Turn) throws {
        guard var image = try workspaces.imageShelf.find(documentName, in: realm, turn.transaction) else { return }
        guard image.track.settle(at: turn.now) else { return try workspaces.imageShelf.save(image, in: turn) }
        for version in try workspaces.versions(of: image.name, in: realm, turn.transaction).records {
            try workspaces.versions.remove(version, in: turn)
        }
        try workspaces.tags.removeAll(of: image.arn, in: turn)
        try workspaces.imageShelf.remove(image, in: turn)
    }
}
