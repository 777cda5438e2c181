/// What has to go before something else may: profiles and spaces before the domain, apps before their profile or space.
package enum DeletionOrder {
    /// What is in the way, in the words of the refusal.
    package enum Blocker: String, Equatable, Sendable {
        case userProfiles = "UserProfile(s)"
        case spaces = "Space(s)"
        case apps = "App(s)"
    }

    /// The profile that RStudio's server runs under.
    // AWS: documented — spec/studio.md §A10.
    package static let sharedProfile = "domain-shared"

    /// - Parameters:
    ///   - profiles: names of the domain's user profiles; the shared one does not count, but its apps do.
    ///   - sharedApps: statuses of the apps under the shared profile.
    // AWS: documented — spec/studio.md §A3; the shared profile inferred.
    package static func blocker(ofDomainWith profiles: [String], spaces: Int, sharedApps: [AppStatus]) -> Blocker? {
        if profiles.contains(where: { $0 != sharedProfile }) { return .userProfiles }
        if spaces > 0 { return .spaces }
        return sharedApps.contains(where: \.blocksDeletion) ? .apps : nil
    }

    // AWS: documented, recorded text — spec/studio.md §A4.
    package static func blocker(ofProfileWith apps: [AppStatus], ownedSpaces: Int) -> Blocker? {
        if apps.contains(where: \.blocksDeletion) { return .apps }
        return ownedSpaces > 0 ? .spaces : nil
    }

    // AWS: documented — spec/studio.md §A5.
    package static func blocker(ofSpaceWith apps: [AppStatus]) -> Blocker? {
        apps.contains(where: \.blocksDeletion) ? .apps : nil
    }
}

/// What an UpdateDomain changes that running apps stand in the way of.
package struct DomainChange: Equatable, Sendable {
    /// RStudioServerProDomainSettingsForUpdate is there and says something new.
    package var changesRStudio = false
    /// AppNetworkAccessType, ExecutionRoleIdentityConfig or VpcId becomes another.
    package var changesNetwork = false
    package var removesSubnets = false
    /// CustomImages of the defaults become others.
    package var changesCustomImages = false

    package init() {}

    /// Whether apps in these statuses refuse the change.
    /// - Parameter strictCustomImages: whether attaching and detaching images waits for running apps as well.
    // AWS: documented, recorded for RStudio — spec/studio.md §A3 and its ambiguities.
    package func isRefused(by apps: [AppStatus], strictCustomImages: Bool) -> Bool {
        let running = apps.contains { $0 == .inService || $0 == .pending }
        let ending = apps.contains(.deleting)
        if changesRStudio, apps.contains(.inService) { return true }
        if changesNetwork, running { return true }
        if removesSubnets, running || ending { return true }
        return changesCustomImages && strictCustomImages && apps.contains(.inService)
    }
}
