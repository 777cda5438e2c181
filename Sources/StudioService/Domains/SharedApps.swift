import AWSModel
import Timeline
import WorkspaceRules

/// What a domain with RStudio has of its own: the profile `domain-shared` and RStudio's server under it.
// AWS: documented — spec/studio.md §A10.
struct SharedApps: Sendable {
    let workspaces: Workspaces
    let launcher: AppLauncher

    /// Makes the shared profile and starts the server where they are missing. Called when the domain comes into service.
    func ensureRStudio(of domain: inout DomainRecord, in turn: Turn) throws {
        guard domain.rStudio != nil else { return }
        let name = UserProfileRecord.documentName(domain.id, DeletionOrder.sharedProfile)
        guard try workspaces.profiles.find(name, in: domain.realm, turn.transaction) == nil else { return }
        let profile = UserProfileRecord(
            realm: domain.realm, domainID: domain.id, name: DeletionOrder.sharedProfile, members: [:],
            userID: domain.drawUserID(), track: .creating(times: workspaces.times.userProfile, at: turn.now))
        try workspaces.profiles.save(profile, in: turn)
        try startServer(of: domain, in: turn)
    }

    /// Starts RStudio's server unless it runs: it is made anew on the next visit after it was deleted.
    // AWS: documented — spec/studio.md §A10.
    func startServer(of domain: DomainRecord, in turn: Turn) throws {
        let key = AppKey(
            domainID: domain.id, place: .userProfile, owner: DeletionOrder.sharedProfile, type: .rStudioServerPro,
            name: "default")
        try launcher.ensure(key, of: domain, in: turn)
    }

    /// Profiles that are there when RStudio is switched on have no access to it until they are given it.
    // AWS: documented — spec/studio.md §A10.
    func closeRStudioToPresentProfiles(of domain: DomainRecord, in turn: Turn) throws {
        for var profile in try workspaces.profiles(of: domain, turn.transaction) {
            let closed: AWSValue = ["RStudioServerProAppSettings": ["AccessStatus": "DISABLED"]]
            profile.members["UserSettings"] = SettingsMerge.merged(closed, into: profile.members["UserSettings"])
            try workspaces.profiles.save(profile, in: turn)
        }
    }
}
