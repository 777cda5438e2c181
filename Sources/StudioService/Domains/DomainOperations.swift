import AWSModel
import DeclaredResources
import Gateway
import Store
import Timeline
import Vocabulary
import WorkspaceRules

/// CreateDomain, DescribeDomain, ListDomains and DeleteDomain.
struct DomainOperations: Sendable {
    let workspaces: Workspaces
    let shared: SharedApps

    var operations: [Operation] {
        [
            Operation("CreateDomain", coverage: .partial(Self.storedOnly), behavior: create),
            Operation("DescribeDomain", behavior: describe),
            Operation("ListDomains", behavior: list),
            Operation("UpdateDomain", coverage: .partial(Self.storedOnly), behavior: update),
            Operation(
                "DeleteDomain", coverage: .partial("RetentionPolicy: there is no file system to keep"), behavior: delete),
        ]
    }

    private static let storedOnly =
        "stored, not carried out: TagPropagation, idle shutdown, identity propagation, Docker, Amazon Q, EMR, file systems"

    private func create(_ request: OperationRequest) async throws -> OperationResponse {
        let (workspaces, input, realm) = (workspaces, request.input, request.context.realm)
        return try await workspaces.timeline.turn { turn in
            let name = input["DomainName"]?.string ?? ""
            let present = try workspaces.domains.all(in: realm, turn.transaction)
            // AWS: recorded — spec/studio.md §A3.
            try workspaces.requireQuota("Total domains", unit: "Domains") { present.count }
            // AWS: inferred — the operation models ResourceInUse.
            if let other = present.first(where: { $0.name == name }) {
                throw StudioFaults.alreadyExists("Domain", other.arn)
            }
            try Self.check(input)
            let check = SettingsCheck(workspaces: workspaces, realm: realm, reader: turn.transaction)
            try check.check(input["DefaultUserSettings"], of: .domain)
            try check.check(input["DefaultSpaceSettings"], of: .domain)
            let domain = newDomain(input, named: name, in: realm, turn)
            try workspaces.domains.save(domain, in: turn)
            try workspaces.tags.set(input["Tags"], on: domain.arn, in: turn)
            return OperationResponse([
                "DomainArn": .string(domain.arn), "DomainId": .string(domain.id), "Url": .string(domain.url),
            ])
        }
    }

    private func newDomain(_ input: AWSObject, named name: String, in realm: Realm, _ turn: Turn) -> DomainRecord {
        var members = AWSObject()
        for (member, value) in input.entries where member != "DomainName" && member != "Tags" {
            members.append(member, value)
        }
        // AWS: documented defaults — spec/studio.md §A3.
        if members["AppNetworkAccessType"] == nil { members["AppNetworkAccessType"] = "PublicInternetOnly" }
        if members["TagPropagation"] == nil { members["TagPropagation"] = "DISABLED" }
        let hasRStudio = input["DomainSettings"]?["RStudioServerProDomainSettings"] != nil
        let isPrivate = input["AppNetworkAccessType"]?.string == "VpcOnly"
        let failure = hasRStudio && !workspaces.settings.hasRStudioLicense
            // AWS: documented that the licence is checked — spec/studio.md §A10; the text is inferred.
            ? "AWS License Manager has no valid license of RStudio Workbench for this account." : nil
        return DomainRecord(
            realm: realm, id: workspaces.ids.domain(), name: name, members: members,
            homeFileSystemID: workspaces.ids.fileSystem(),
            boundarySecurityGroupID: hasRStudio || isPrivate ? workspaces.ids.securityGroup() : nil,
            application: input["AuthMode"]?.string == "SSO" ? workspaces.ids.application() : nil,
            track: .creating(failure: failure, times: workspaces.times.domain, at: turn.now))
    }

    /// What CreateDomain wants beyond its model.
    // AWS: documented rules, recorded and inferred texts — spec/studio.md §A3.
    private static func check(_ input: AWSObject) throws {
        let hasRStudio = input["DomainSettings"]?["RStudioServerProDomainSettings"] != nil
        if input["DefaultUserSettings"]?["ExecutionRole"] == nil {
            throw AWSFault.validation("DefaultUserSettings.ExecutionRole is required to create a Domain.")
        }
        let isOfUnifiedStudio = input["DomainSettings"]?["UnifiedStudioSettings"] != nil
        if !isOfUnifiedStudio, input["VpcId"] == nil || (input["SubnetIds"]?.list ?? []).isEmpty {
            throw AWSFault.validation("VpcId and SubnetIds are required to create a Domain.")
        }
        if input["AppSecurityGroupManagement"] != nil, !hasRStudio {
            throw AWSFault.validation("AppSecurityGroupManagement can only be set for Rstudio enabled domains.")
        }
        if hasRStudio, input["AppNetworkAccessType"]?.string == "VpcOnly", input["AppSecurityGroupManagement"] == nil {
            throw AWSFault.validation(
                "AppSecurityGroupManagement is required for Rstudio enabled domains with AppNetworkAccessType [VpcOnly].")
        }
    }

    private func describe(_ request: OperationRequest) async throws -> OperationResponse {
        let (id, realm) = (request.input["DomainId"]?.string ?? "", request.context.realm)
        return OperationResponse(try await workspaces.settled { try workspaces.domain(id, in: realm, $0) }.description)
    }

    private func list(_ request: OperationRequest) async throws -> OperationResponse {
        let domains = try workspaces.store.read { try workspaces.domains.all(in: request.context.realm, $0) }
        return try StudioListing.answer(request, "Domains", isAscending: true, domains.map { domain in
            Listing.Item(
                name: domain.id, creationTime: domain.track.createdAt, lastModifiedTime: domain.track.modifiedAt,
                status: domain.track.status.rawValue, summary: domain.summary)
        })
    }

    // AWS: documented — spec/studio.md §A3.
    private func delete(_ request: OperationRequest) async throws -> OperationResponse {
        let (workspaces, realm) = (workspaces, request.context.realm)
        let id = request.input["DomainId"]?.string ?? ""
        return try await workspaces.timeline.turn { turn in
            var domain = try workspaces.domain(id, in: realm, turn.transaction)
            let profiles = try workspaces.profiles(of: domain, turn.transaction).map(\.name)
            let spaces = try workspaces.spaces(of: domain, turn.transaction).count
            let apps = try workspaces.apps(of: domain, turn.transaction)
                .filter { $0.key.owner == DeletionOrder.sharedProfile }.map(\.track.status)
            if let blocker = DeletionOrder.blocker(ofDomainWith: profiles, spaces: spaces, sharedApps: apps) {
                throw StudioFaults.cannotDelete("Domain", domain.arn, because: blocker)
            }
            do throws(StatusRejection) {
                try domain.track.delete(times: workspaces.times.domain, at: turn.now)
            } catch {
                throw StudioFaults.rejected(error, "delete", "Domain", domain.arn)
            }
            try workspaces.domains.save(domain, in: turn)
            return OperationResponse()
        }
    }

    /// A domain's timer is due.
    func settle(_ id: String, in realm: Realm, _ turn: Turn) throws {
        guard var domain = try workspaces.domains.find(id, in: realm, turn.transaction) else { return }
        if domain.track.settle(at: turn.now) {
            for profile in try workspaces.profiles(of: domain, turn.transaction) {
                try workspaces.tags.removeAll(of: profile.arn, in: turn)
                try workspaces.profiles.remove(profile, in: turn)
            }
            for app in try workspaces.apps(of: domain, turn.transaction) {
                try workspaces.tags.removeAll(of: app.arn, in: turn)
                try workspaces.apps.remove(app, in: turn)
            }
            try workspaces.tags.removeAll(of: domain.arn, in: turn)
            return try workspaces.domains.remove(domain, in: turn)
        }
        if domain.track.status == .inService { try shared.ensureRStudio(of: &domain, in: turn) }
        try workspaces.domains.save(domain, in: turn)
    }
}
