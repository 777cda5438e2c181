import AWSModel
import Gateway
import Timeline
import WorkspaceRules

extension DomainOperations {
    /// Supplied members replace what is there, the others stay. Custom images are attached and detached by it.
    // AWS: spec/studio.md §A3, §A9.
    func update(_ request: OperationRequest) async throws -> OperationResponse {
        let (workspaces, shared, input, realm) = (workspaces, shared, request.input, request.context.realm)
        let id = input["DomainId"]?.string ?? ""
        return try await workspaces.timeline.turn { turn in
            var domain = try workspaces.domain(id, in: realm, turn.transaction)
            let updated = Self.updated(domain.members, by: input)
            // AWS: recorded — spec/studio.md §A3.
            if input["AppSecurityGroupManagement"] != nil,
               updated["DomainSettings"]?["RStudioServerProDomainSettings"] == nil {
                throw AWSFault.validation("AppSecurityGroupManagement can only be set for Rstudio enabled domains.")
            }
            try Self.checkNetwork(input, domain, updated)
            let check = SettingsCheck(workspaces: workspaces, realm: realm, reader: turn.transaction)
            try check.check(input["DefaultUserSettings"], of: .domain)
            try check.check(input["DefaultSpaceSettings"], of: .domain)
            let apps = try workspaces.apps(of: domain, turn.transaction).map(\.track.status)
            let change = Self.change(from: domain.members, to: updated)
            if change.isRefused(by: apps, strictCustomImages: workspaces.settings.isStrictAboutCustomImages) {
                throw StudioFaults.domainHasApps(domain.arn)
            }
            let gainsRStudio = domain.rStudio == nil
                && updated["DomainSettings"]?["RStudioServerProDomainSettings"] != nil
            do throws(StatusRejection) {
                try domain.track.update(times: workspaces.times.domain, at: turn.now)
            } catch {
                throw StudioFaults.rejected(error, "update", "Domain", domain.arn)
            }
            domain.members = updated
            if gainsRStudio { try shared.closeRStudioToPresentProfiles(of: domain, in: turn) }
            try workspaces.domains.save(domain, in: turn)
            return OperationResponse(["DomainArn": .string(domain.arn)])
        }
    }

    private static func updated(_ members: AWSObject, by input: AWSObject) -> AWSObject {
        var updated = members
        for member in [
            "DefaultUserSettings", "DefaultSpaceSettings", "AppSecurityGroupManagement", "SubnetIds",
            "AppNetworkAccessType", "TagPropagation", "VpcId",
        ] where input[member] != nil {
            updated[member] = SettingsMerge.merged(input[member], into: members[member])
        }
        guard let settings = input["DomainSettingsForUpdate"]?.object else { return updated }
        var renamed = AWSObject()
        for (member, value) in settings.entries {
            // AWS: sdk — the one member whose name differs between the two shapes (spec/studio.md §A10).
            renamed[member == "RStudioServerProDomainSettingsForUpdate" ? "RStudioServerProDomainSettings" : member] = value
        }
        updated["DomainSettings"] = SettingsMerge.merged(.object(renamed), into: members["DomainSettings"])
        return updated
    }

    // AWS: documented rules — the descriptions of UpdateDomain's members; the texts are inferred.
    private static func checkNetwork(_ input: AWSObject, _ domain: DomainRecord, _ updated: AWSObject) throws {
        if input["AppNetworkAccessType"] != nil, updated["AppNetworkAccessType"] != domain.members["AppNetworkAccessType"],
           updated["DomainSettings"]?["RStudioServerProDomainSettings"] != nil {
            throw AWSFault.validation("AppNetworkAccessType cannot be updated for Rstudio enabled domains.")
        }
        if let vpc = input["VpcId"], let present = domain.members["VpcId"], vpc != present {
            throw AWSFault.validation("VpcId cannot be updated for a Domain that has one.")
        }
    }

    private static func change(from old: AWSObject, to new: AWSObject) -> DomainChange {
        var change = DomainChange()
        let (before, after) = (old["DomainSettings"], new["DomainSettings"])
        change.changesRStudio = before?["RStudioServerProDomainSettings"] != after?["RStudioServerProDomainSettings"]
        change.changesNetwork = old["AppNetworkAccessType"] != new["AppNetworkAccessType"] || old["VpcId"] != new["VpcId"]
            || before?["ExecutionRoleIdentityConfig"] != after?["ExecutionRoleIdentityConfig"]
        let subnets = (new["SubnetIds"]?.list ?? []).compactMap(\.string)
        change.removesSubnets = (old["SubnetIds"]?.list ?? []).compactMap(\.string).contains { !subnets.contains($0) }
        change.changesCustomImages = customImageSettings.contains { member in
            old["DefaultUserSettings"]?[member]?["CustomImages"] != new["DefaultUserSettings"]?[member]?["CustomImages"]
        }
        return change
    }
}
