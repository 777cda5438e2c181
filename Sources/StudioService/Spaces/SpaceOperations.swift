import AWSModel
import DeclaredResources
import Gateway
import Store
import Timeline
import Vocabulary
import WorkspaceRules

/// The operations on spaces.
// AWS: spec/studio.md §A5.
struct SpaceOperations: Sendable {
    let workspaces: Workspaces

    var operations: [Operation] {
        [
            Operation("CreateSpace", coverage: .partial(Self.storedOnly), behavior: create),
            Operation("DescribeSpace", behavior: describe),
            Operation("ListSpaces", behavior: list),
            Operation("UpdateSpace", coverage: .partial(Self.storedOnly), behavior: update),
            Operation("DeleteSpace", behavior: delete),
        ]
    }

    private static let storedOnly = "stored, not carried out: idle shutdown, storage, remote access, file systems"

    private func create(_ request: OperationRequest) async throws -> OperationResponse {
        let (workspaces, input, realm) = (workspaces, request.input, request.context.realm)
        let (id, name) = (input["DomainId"]?.string ?? "", input["SpaceName"]?.string ?? "")
        return try await workspaces.timeline.turn { turn in
            var domain = try workspaces.domain(id, in: realm, turn.transaction)
            try domain.requireInService(for: "Space")
            let documentName = SpaceRecord.documentName(id, name)
            if let present = try workspaces.spaces.find(documentName, in: realm, turn.transaction) {
                throw StudioFaults.alreadyExists("Space", present.arn)
            }
            guard (input["OwnershipSettings"] == nil) == (input["SpaceSharingSettings"] == nil) else {
                // AWS: inferred — spec/studio.md §A5.
                throw AWSFault.validation("OwnershipSettings and SpaceSharingSettings must be specified together.")
            }
            if let owner = input["OwnershipSettings"]?["OwnerUserProfileName"]?.string {
                _ = try workspaces.profile(owner, of: id, in: realm, turn.transaction)
            }
            try SettingsCheck(workspaces: workspaces, realm: realm, reader: turn.transaction)
                .check(input["SpaceSettings"], of: .space)
            var members = AWSObject()
            for member in ["SpaceSettings", "OwnershipSettings", "SpaceSharingSettings", "SpaceDisplayName"] {
                members[member] = input[member]
            }
            let space = SpaceRecord(
                realm: realm, domainID: id, name: name, members: members, userID: domain.drawUserID(),
                track: .creating(times: workspaces.times.space, at: turn.now))
            try workspaces.domains.save(domain, in: turn)
            try workspaces.spaces.save(space, in: turn)
            try workspaces.tags.set(input["Tags"], on: space.arn, in: turn)
            return OperationResponse(["SpaceArn": .string(space.arn)])
        }
    }

    private func describe(_ request: OperationRequest) async throws -> OperationResponse {
        let (input, realm) = (request.input, request.context.realm)
        let (id, name) = (input["DomainId"]?.string ?? "", input["SpaceName"]?.string ?? "")
        let space = try await workspaces.settled { reader in
            _ = try workspaces.domain(id, in: realm, reader)
            return try workspaces.space(name, of: id, in: realm, reader)
        }
        return OperationResponse(space.description)
    }

    private func list(_ request: OperationRequest) async throws -> OperationResponse {
        let input = request.input
        let spaces = try workspaces.store.read { try workspaces.spaces.all(in: request.context.realm, $0) }
        let items = spaces.filter { space in
            (input["DomainIdEquals"]?.string ?? space.domainID) == space.domainID
                && StudioListing.contains(space.name, input["SpaceNameContains"])
        }.map { space in
            Listing.Item(
                name: space.documentName, creationTime: space.track.createdAt, lastModifiedTime: space.track.modifiedAt,
                status: nil, summary: space.summary)
        }
        return try StudioListing.answer(request, "Spaces", isAscending: true, items)
    }

    private func update(_ request: OperationRequest) async throws -> OperationResponse {
        let (workspaces, input, realm) = (workspaces, request.input, request.context.realm)
        let (id, name) = (input["DomainId"]?.string ?? "", input["SpaceName"]?.string ?? "")
        return try await workspaces.timeline.turn { turn in
            _ = try workspaces.domain(id, in: realm, turn.transaction)
            var space = try workspaces.space(name, of: id, in: realm, turn.transaction)
            // AWS: documented — spec/studio.md §A5.
            if let type = input["SpaceSettings"]?["AppType"], type != space.members["SpaceSettings"]?["AppType"] {
                throw AWSFault.validation("The AppType of Space [\(space.arn)] cannot be updated.")
            }
            try SettingsCheck(workspaces: workspaces, realm: realm, reader: turn.transaction)
                .check(input["SpaceSettings"], of: .space)
            do throws(StatusRejection) {
                try space.track.update(times: workspaces.times.space, at: turn.now)
            } catch {
                throw StudioFaults.rejected(error, "update", "Space", space.arn)
            }
            space.members["SpaceSettings"] = SettingsMerge.merged(
                input["SpaceSettings"], into: space.members["SpaceSettings"])
            if let name = input["SpaceDisplayName"] { space.members["SpaceDisplayName"] = name }
            try workspaces.spaces.save(space, in: turn)
            return OperationResponse(["SpaceArn": .string(space.arn)])
        }
    }

    private func delete(_ request: OperationRequest) async throws -> OperationResponse {
        let (workspaces, input, realm) = (workspaces, request.input, request.context.realm)
        let (id, name) = (input["DomainId"]?.string ?? "", input["SpaceName"]?.string ?? "")
        return try await workspaces.timeline.turn { turn in
            _ = try workspaces.domain(id, in: realm, turn.transaction)
            var space = try workspaces.space(name, of: id, in: realm, turn.transaction)
            let apps = try workspaces.apps(of: .space, name, of: id, in: realm, turn.transaction).map(\.track.status)
            if let blocker = DeletionOrder.blocker(ofSpaceWith: apps) {
                throw StudioFaults.cannotDelete("Space", space.arn, because: blocker)
            }
            do throws(StatusRejection) {
                try space.track.delete(times: workspaces.times.space, at: turn.now)
            } catch {
                throw StudioFaults.rejected(error, "delete", "Space", space.arn)
            }
            try workspaces.spaces.save(space, in: turn)
            return OperationResponse()
        }
    }

    /// A space's timer is due.
    func settle(_ documentName: String, in realm: Realm, _ turn: Turn) throws {
        guard var space = try workspaces.spaces.find(documentName, in: realm, turn.transaction) else { return }
        guard space.track.settle(at: turn.now) else { return try workspaces.spaces.save(space, in: turn) }
        for app in try workspaces.apps(of: .space, space.name, of: space.domainID, in: realm, turn.transaction) {
            try workspaces.tags.removeAll(of: app.arn, in: turn)
            try workspaces.apps.remove(app, in: turn)
        }
        try workspaces.tags.removeAll(of: space.arn, in: turn)
        try workspaces.spaces.remove(space, in: turn)
    }
}
