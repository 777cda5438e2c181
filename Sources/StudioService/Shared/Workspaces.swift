import AWSModel
import DeclaredResources
import Gateway
import SimTime
import Store
import Timeline
import Vocabulary
import WorkspaceRules

/// What the operations on all of Studio's resources share.
struct Workspaces: Sendable {
    let store: Store
    let timeline: Timeline
    let tags: TagLedger
    let settings: StudioSettings
    let ids: StudioIDs
    /// Nil takes every image to be there.
    let images: (any ImageResolver)?
    /// Nil takes every role to be good.
    let roles: (any ExecutionRoles)?

    let domains = Shelf<DomainRecord>()
    let profiles = Shelf<UserProfileRecord>()
    let spaces = Shelf<SpaceRecord>()
    let apps = Shelf<AppRecord>()
    let imageShelf = Shelf<ImageRecord>()
    let versions = Shelf<ImageVersionRecord>()
    let notebooks = Shelf<NotebookRecord>()

    var times: WorkspaceTimes { settings.times }

    /// Reads a record for a Describe call. When its status is about to change by itself within the configured real time,
    /// the answer waits for that, so that stock waiters succeed at their first poll (DESIGN §3).
    func settled<Record: ShelvedRecord>(_ find: (StoreReader) throws -> Record) async throws -> Record {
        let record = try store.read(find)
        let seconds = settings.describeWaitsSeconds
        guard seconds > 0, timeline.clock.mode == .follow, let change = record.changesAt else { return record }
        await timeline.wait(until: change, atMostRealSeconds: seconds)
        return try store.read(find)
    }

    /// Throws `ResourceLimitExceeded` when the account has used up a quota that the settings name.
    func requireQuota(_ name: String, unit: String, utilization: () throws -> Int) throws {
        guard let limit = settings.quotas[name] else { return }
        let quota = Quota(name: name, unit: unit, limit: limit)
        if let refusal = quota.refusal(ofOneMoreThan: try utilization()) {
            throw AWSFault("ResourceLimitExceeded", refusal, status: 400)
        }
    }

    // MARK: Finding, with the not-found fault

    func domain(_ id: String, in realm: Realm, _ reader: StoreReader) throws -> DomainRecord {
        guard let domain = try domains.find(id, in: realm, reader) else {
            throw StudioFaults.notFound("Domain", id)
        }
        return domain
    }

    func profile(_ name: String, of domainID: String, in realm: Realm, _ reader: StoreReader) throws -> UserProfileRecord {
        guard let profile = try profiles.find(UserProfileRecord.documentName(domainID, name), in: realm, reader) else {
            throw StudioFaults.notFound("UserProfile", name)
        }
        return profile
    }

    func space(_ name: String, of domainID: String, in realm: Realm, _ reader: StoreReader) throws -> SpaceRecord {
        guard let space = try spaces.find(SpaceRecord.documentName(domainID, name), in: realm, reader) else {
            throw StudioFaults.notFound("Space", name)
        }
        return space
    }

    func profiles(of domain: DomainRecord, _ reader: StoreReader) throws -> [UserProfileRecord] {
        try profiles.all(in: domain.realm, reader).filter { $0.domainID == domain.id }
    }

    func spaces(of domain: DomainRecord, _ reader: StoreReader) throws -> [SpaceRecord] {
        try spaces.all(in: domain.realm, reader).filter { $0.domainID == domain.id }
    }

    func apps(of domain: DomainRecord, _ reader: StoreReader) throws -> [AppRecord] {
        try apps.all(in: domain.realm, reader).filter { $0.key.domainID == domain.id }
    }

    func apps(of place: AppPlace, _ name: String, of domainID: String, in realm: Realm, _ reader: StoreReader) throws -> [AppRecord] {
        try apps.all(in: realm, reader).filter {
            $0.key.domainID == domainID && $0.key.place == place && $0.key.owner.lowercased() == name.lowercased()
        }
    }
}
