import AWSModel
import DeclaredResources
import Gateway
import Store
import Timeline
import Vocabulary
import WorkspaceRules

/// The operations on apps.
// AWS: spec/studio.md §A6.
struct AppOperations: Sendable {
    let workspaces: Workspaces
    let launcher: AppLauncher

    var operations: [Operation] {
        [
            Operation("CreateApp", behavior: create),
            Operation("DescribeApp", behavior: describe),
            Operation("ListApps", behavior: list),
            Operation("DeleteApp", behavior: delete),
        ]
    }

    /// Exactly one of UserProfileName and SpaceName says whose app it is.
    // AWS: documented rule, inferred text — spec/studio.md §A6.
    private static func place(in input: AWSObject) throws -> (AppPlace, String) {
        switch (input["UserProfileName"]?.string, input["SpaceName"]?.string) {
        case (let profile?, nil): (.userProfile, profile)
        case (nil, let space?): (.space, space)
        default: throw AWSFault.validation("Exactly one of UserProfileName or SpaceName must be specified.")
        }
    }

    private func key(in input: AWSObject) throws -> AppKey {
        let (place, owner) = try Self.place(in: input)
        guard let type = input["AppType"]?.string.flatMap({ AppType(rawValue: $0) }) else {
            throw AWSFault.notEmulated(member: "AppType", of: "CreateApp")
        }
        return AppKey(
            domainID: input["DomainId"]?.string ?? "", place: place, owner: owner, type: type,
            name: input["AppName"]?.string ?? "")
    }

    private func create(_ request: OperationRequest) async throws -> OperationResponse {
        let (workspaces, launcher, input, realm) = (workspaces, launcher, request.input, request.context.realm)
        let asked = try key(in: input)
        return try await workspaces.timeline.turn { turn in
            let domain = try workspaces.domain(asked.domainID, in: realm, turn.transaction)
            try domain.requireInService(for: "App")
            let (owner, status): (String, WorkspaceStatus)
            switch asked.place {
            case .userProfile:
                let profile = try workspaces.profile(asked.owner, of: domain.id, in: realm, turn.transaction)
                (owner, status) = (profile.name, profile.track.status)
            case .space:
                let space = try workspaces.space(asked.owner, of: domain.id, in: realm, turn.transaction)
                (owner, status) = (space.name, space.track.status)
                try Self.check(asked, space)
            }
            let key = AppKey(
                domainID: domain.id, place: asked.place, owner: owner, type: asked.type, name: asked.name)
            try Self.check(key, domain, status)
            let app = try launcher.launch(
                key, of: domain, given: input["ResourceSpec"].map { ResourceSpec($0) },
                recoveryMode: input["RecoveryMode"]?.bool, in: turn)
            try workspaces.tags.set(input["Tags"], on: app.arn, in: turn)
            return OperationResponse(["AppArn": .string(app.arn)])
        }
    }

    // AWS: documented rules, inferred texts — spec/studio.md §A6, §A10.
    private static func check(_ key: AppKey, _ domain: DomainRecord, _ status: WorkspaceStatus) throws {
        guard status == .inService else {
            throw AWSFault.validation(
                "Unable to create App [\(key.arn(in: domain.realm))] because the status of [\(key.owner)] is \(status.rawValue).")
        }
        guard key.type.runs(in: key.place) else {
            throw AWSFault.validation(key.place == .userProfile
                ? "AppType [\(key.type.rawValue)] requires a Space: specify SpaceName."
                : "AppType [\(key.type.rawValue)] is not supported in a Space: specify UserProfileName.")
        }
        if key.type == .rStudioServerPro || key.type == .rSessionGateway, domain.rStudio == nil {
            throw AWSFault.validation("Domain [\(domain.arn)] is not enabled for RStudio.")
        }
        let isShared = key.owner == DeletionOrder.sharedProfile
        guard (key.type == .rStudioServerPro) == isShared else {
            throw AWSFault.validation(isShared
                ? "AppType [\(key.type.rawValue)] is not supported for UserProfile [\(DeletionOrder.sharedProfile)]."
                : "AppType [RStudioServerPro] is only supported for UserProfile [\(DeletionOrder.sharedProfile)].")
        }
        if key.type == .rStudioServerPro, key.name != "default" {
            throw AWSFault.validation("AppName [\(key.name)] is not supported for AppType [RStudioServerPro]. Only [default] is.")
        }
    }

    private static func check(_ key: AppKey, _ space: SpaceRecord) throws {
        guard let type = space.members["SpaceSettings"]?["AppType"]?.string, type != key.type.rawValue else { return }
        // AWS: inferred.
        throw AWSFault.validation("AppType [\(key.type.rawValue)] is not supported in Space [\(space.name)]: its AppType is [\(type)].")
    }

    private func describe(_ request: OperationRequest) async throws -> OperationResponse {
        let (key, realm) = (try key(in: request.input), request.context.realm)
        let app = try await workspaces.settled { reader in
            _ = try workspaces.domain(key.domainID, in: realm, reader)
            guard let app = try workspaces.apps.find(key.documentName, in: realm, reader) else {
                throw StudioFaults.notFound("App", key.arn(in: realm))
            }
            return app
        }
        return OperationResponse(app.description)
    }

    private func list(_ request: OperationRequest) async throws -> OperationResponse {
        let input = request.input
        let profile = input["UserProfileNameEquals"]?.string, space = input["SpaceNameEquals"]?.string
        if profile != nil, space != nil {
            // AWS: documented rule, inferred text — spec/studio.md §A6.
            throw AWSFault.validation("Only one of UserProfileNameEquals or SpaceNameEquals can be specified.")
        }
        let apps = try workspaces.store.read { try workspaces.apps.all(in: request.context.realm, $0) }
        let items = apps.filter { app in
            if let domain = input["DomainIdEquals"]?.string, domain != app.key.domainID { return false }
            if let profile, app.key.place != .userProfile || app.key.owner.lowercased() != profile.lowercased() { return false }
            if let space, app.key.place != .space || app.key.owner.lowercased() != space.lowercased() { return false }
            return true
        }.map { app in
            Listing.Item(
                name: app.documentName, creationTime: app.track.createdAt, lastModifiedTime: app.track.modifiedAt,
                status: nil, summary: app.summary)
        }
        return try StudioListing.answer(request, "Apps", isAscending: true, items)
    }

    private func delete(_ request: OperationRequest) async throws -> OperationResponse {
        let (workspaces, realm) = (workspaces, request.context.realm)
        let key = try key(in: request.input)
        return try await workspaces.timeline.turn { turn in
            _ = try workspaces.domain(key.domainID, in: realm, turn.transaction)
            guard var app = try workspaces.apps.find(key.documentName, in: realm, turn.transaction),
                  app.track.status != .deleted else {
                throw StudioFaults.notFound("App", key.arn(in: realm))
            }
            do throws(StatusRejection) {
                try app.track.delete(times: workspaces.times.app, at: turn.now)
            } catch {
                throw StudioFaults.rejected(error, "delete", "App", app.arn)
            }
            try workspaces.apps.save(app, in: turn)
            return OperationResponse()
        }
    }

    /// An app's timer is due.
    func settle(_ documentName: String, in realm: Realm, _ turn: Turn) throws {
        guard var app = try workspaces.apps.find(documentName, in: realm, turn.transaction) else { return }
        if app.track.settleApp(at: turn.now) {
            try workspaces.tags.removeAll(of: app.arn, in: turn)
            try workspaces.apps.remove(app, in: turn)
        } else {
            try workspaces.apps.save(app, in: turn)
        }
    }
}
