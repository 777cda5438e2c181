import AWSModel
import DeclaredResources
import Gateway
import Store
import Timeline
import Vocabulary
import WorkspaceRules

/// The operations on user profiles.
// AWS: spec/studio.md §A4.
struct UserProfileOperations: Sendable {
    let workspaces: Workspaces

    var operations: [Operation] {
        [
            Operation("CreateUserProfile", coverage: .partial(Self.storedOnly), behavior: create),
            Operation("DescribeUserProfile", behavior: describe),
            Operation("ListUserProfiles", behavior: list),
            Operation("UpdateUserProfile", coverage: .partial(Self.storedOnly), behavior: update),
            Operation("DeleteUserProfile", behavior: delete),
        ]
    }

    private static let storedOnly = "stored, not carried out: idle shutdown, EMR, Canvas, file systems, sharing settings"

    private func create(_ request: OperationRequest) async throws -> OperationResponse {
        let (workspaces, input, realm) = (workspaces, request.input, request.context.realm)
        let (id, name) = (input["DomainId"]?.string ?? "", input["UserProfileName"]?.string ?? "")
        return try await workspaces.timeline.turn { turn in
            var domain = try workspaces.domain(id, in: realm, turn.transaction)
            try domain.requireInService(for: "UserProfile")
            let documentName = UserProfileRecord.documentName(id, name)
            if let present = try workspaces.profiles.find(documentName, in: realm, turn.transaction) {
                throw StudioFaults.alreadyExists("UserProfile", present.arn)
            }
            guard name.lowercased() != DeletionOrder.sharedProfile else {
                throw AWSFault.validation("UserProfileName [\(name)] is reserved.")
            }
            try Self.checkSignOn(input, domain)
            try SettingsCheck(workspaces: workspaces, realm: realm, reader: turn.transaction)
                .check(input["UserSettings"], of: .userProfile)
            var members = AWSObject()
            for member in ["SingleSignOnUserIdentifier", "SingleSignOnUserValue", "UserSettings"] {
                members[member] = input[member]
            }
            let profile = UserProfileRecord(
                realm: realm, domainID: id, name: name, members: members, userID: domain.drawUserID(),
                track: .creating(times: workspaces.times.userProfile, at: turn.now))
            try workspaces.domains.save(domain, in: turn)
            try workspaces.profiles.save(profile, in: turn)
            try workspaces.tags.set(input["Tags"], on: profile.arn, in: turn)
            return OperationResponse(["UserProfileArn": .string(profile.arn)])
        }
    }

    // AWS: documented rules, inferred texts — spec/studio.md §A4.
    private static func checkSignOn(_ input: AWSObject, _ domain: DomainRecord) throws {
        let members = ["SingleSignOnUserIdentifier", "SingleSignOnUserValue"]
        for member in members where (input[member] != nil) != domain.usesSingleSignOn {
            throw AWSFault.validation(domain.usesSingleSignOn
                ? "\(member) is required for a Domain with AuthMode [SSO]."
                : "\(member) cannot be specified for a Domain with AuthMode [IAM].")
        }
        if let identifier = input["SingleSignOnUserIdentifier"]?.string, identifier != "UserName" {
            throw AWSFault.validation("SingleSignOnUserIdentifier [\(identifier)] is not supported. Only [UserName] is.")
        }
    }

    private func describe(_ request: OperationRequest) async throws -> OperationResponse {
        let (input, realm) = (request.input, request.context.realm)
        let (id, name) = (input["DomainId"]?.string ?? "", input["UserProfileName"]?.string ?? "")
        let profile = try await workspaces.settled { reader in
            _ = try workspaces.domain(id, in: realm, reader)
            return try workspaces.profile(name, of: id, in: realm, reader)
        }
        return OperationResponse(profile.description)
    }

    private func list(_ request: OperationRequest) async throws -> OperationResponse {
        let input = request.input
        let profiles = try workspaces.store.read { try workspaces.profiles.all(in: request.context.realm, $0) }
        let items = profiles.filter { profile in
            (input["DomainIdEquals"]?.string ?? profile.domainID) == profile.domainID
                && StudioListing.contains(profile.name, input["UserProfileNameContains"])
        }.map { profile in
            Listing.Item(
                name: profile.documentName, creationTime: profile.track.createdAt,
                lastModifiedTime: profile.track.modifiedAt, status: nil, summary: profile.summary)
        }
        // AWS: sdk — spec/studio.md §A4: CreationTime, Ascending.
        return try StudioListing.answer(request, "UserProfiles", isAscending: true, items)
    }

    private func update(_ request: OperationRequest) async throws -> OperationResponse {
        let (workspaces, input, realm) = (workspaces, request.input, request.context.realm)
        let (id, name) = (input["DomainId"]?.string ?? "", input["UserProfileName"]?.string ?? "")
        return try await workspaces.timeline.turn { turn in
            _ = try workspaces.domain(id, in: realm, turn.transaction)
            var profile = try workspaces.profile(name, of: id, in: realm, turn.transaction)
            let apps = try workspaces.apps(of: .userProfile, name, of: id, in: realm, turn.transaction)
            // AWS: documented rule — spec/studio.md §A4; the text follows the recorded one of domains.
            guard !apps.contains(where: { $0.track.status == .inService }) else {
                throw AWSFault.validation(
                    "Unable to update UserProfile [\(profile.arn)] with InService App. Delete all InService apps of the "
                        + "user profile, and try again.")
            }
            try SettingsCheck(workspaces: workspaces, realm: realm, reader: turn.transaction)
                .check(input["UserSettings"], of: .userProfile)
            do throws(StatusRejection) {
                try profile.track.update(times: workspaces.times.userProfile, at: turn.now)
            } catch {
                throw StudioFaults.rejected(error, "update", "UserProfile", profile.arn)
            }
            profile.members["UserSettings"] = SettingsMerge.merged(
                input["UserSettings"], into: profile.members["UserSettings"])
            try workspaces.profiles.save(profile, in: turn)
            return OperationResponse(["UserProfileArn": .string(profile.arn)])
        }
    }

    private func delete(_ request: OperationRequest) async throws -> OperationResponse {
        let (workspaces, input, realm) = (workspaces, request.input, request.context.realm)
        let (id, name) = (input["DomainId"]?.string ?? "", input["UserProfileName"]?.string ?? "")
        return try await workspaces.timeline.turn { turn in
            _ = try workspaces.domain(id, in: realm, turn.transaction)
            var profile = try workspaces.profile(name, of: id, in: realm, turn.transaction)
            // AWS: inferred — it goes with its domain.
            guard profile.name != DeletionOrder.sharedProfile else {
                throw AWSFault.validation("UserProfile [\(profile.arn)] cannot be deleted: it belongs to the Domain.")
            }
            let apps = try workspaces.apps(of: .userProfile, name, of: id, in: realm, turn.transaction)
            let owned = try workspaces.spaces.all(in: realm, turn.transaction)
                .count { $0.domainID == id && $0.owner?.lowercased() == name.lowercased() }
            if let blocker = DeletionOrder.blocker(ofProfileWith: apps.map(\.track.status), ownedSpaces: owned) {
                throw StudioFaults.cannotDelete("UserProfile", profile.arn, because: blocker)
            }
            do throws(StatusRejection) {
                try profile.track.delete(times: workspaces.times.userProfile, at: turn.now)
            } catch {
                throw StudioFaults.rejected(error, "delete", "UserProfile", profile.arn)
            }
            try workspaces.profiles.save(profile, in: turn)
            return OperationResponse()
        }
    }

    /// A profile's timer is due. What is remembered of its apps goes with it.
    func settle(_ documentName: String, in realm: Realm, _ turn: Turn) throws {
        guard var profile = try workspaces.profiles.find(documentName, in: realm, turn.transaction) else { return }
        guard profile.track.settle(at: turn.now) else { return try workspaces.profiles.save(profile, in: turn) }
        for app in try workspaces.apps(of: .userProfile, profile.name, of: profile.domainID, in: realm, turn.transaction) {
            try workspaces.tags.removeAll(of: app.arn, in: turn)
            try workspaces.apps.remove(app, in: turn)
        }
        try workspaces.tags.removeAll(of: profile.arn, in: turn)
        try workspaces.profiles.remove(profile, in: turn)
    }
}
