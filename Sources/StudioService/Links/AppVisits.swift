import AWSModel
import SimTime
import Store
import Timeline
import Vocabulary
import WorkspaceRules

/// What happens in the workspaces when a browser comes in: the app it lands on is started, and what it finds is told.
struct AppVisits: Sendable {
    let workspaces: Workspaces
    let launcher: AppLauncher
    let shared: SharedApps

    /// What a browser finds.
    enum Visit: Sendable {
        case domain(DomainVisit)
        case notebook(NotebookRecord)
        /// The domain, the profile or the notebook instance has been deleted.
        case gone
    }

    struct DomainVisit: Sendable {
        var domain: DomainRecord
        var profile: UserProfileRecord
        var space: String?
        var landing: LandingPage
        /// The app of the page; nil for Studio's home, and where it could not be started.
        var app: AppRecord?
        /// Why there is no app.
        var problem: String?
        /// The custom images the app could run.
        var images: [AttachedImage]
    }

    /// A custom image as the launcher shows it.
    struct AttachedImage: Sendable, Equatable {
        /// DisplayName, else ImageName.
        var label: String
        var version: Int?
        /// `…/repository@sha256:…`; nil when no version was created.
        var containerImage: String?
        var configName: String
    }

    /// Where a link leads that says nothing: the user's or domain's DefaultLandingUri, else Studio Classic.
    // AWS: documented — the setting's description; a domain without it opens Studio Classic (spec/studio.md §A6).
    func defaultLanding(_ target: LinkTarget, in realm: Realm, _ reader: StoreReader) throws -> LandingPage {
        guard case .domain(let id, let name, _) = target else { return LandingPage(.jupyterServer) }
        let profile = try workspaces.profiles.find(UserProfileRecord.documentName(id, name), in: realm, reader)
        let domain = try workspaces.domains.find(id, in: realm, reader)
        let uri = profile?.members["UserSettings"]?["DefaultLandingUri"]?.string
            ?? domain?.members["DefaultUserSettings"]?["DefaultLandingUri"]?.string
        return uri.flatMap { LandingPage(landingURI: $0) } ?? LandingPage(.jupyterServer)
    }

    /// Starts what the page needs and tells what is there.
    func visit(_ landing: LandingPage, _ session: SessionRecord, in turn: Turn) throws -> Visit {
        switch session.target {
        case .notebook(let name):
            let notebook = try workspaces.notebooks.find(name.lowercased(), in: session.home, turn.transaction)
            return notebook.map { .notebook($0) } ?? .gone
        case .domain(let id, let name, let space):
            guard let domain = try workspaces.domains.find(id, in: session.home, turn.transaction),
                  let profile = try workspaces.profiles.find(
                    UserProfileRecord.documentName(id, name), in: session.home, turn.transaction) else { return .gone }
            var visit = DomainVisit(
                domain: domain, profile: profile, space: space, landing: landing, app: nil, problem: nil, images: [])
            guard landing.experience != .studio else { return .domain(visit) }
            do {
                visit.app = try start(landing, &visit, in: turn)
            } catch let fault as AWSFault {
                visit.problem = fault.message
            } catch let problem as VisitProblem {
                visit.problem = problem.message
            }
            return .domain(visit)
        }
    }

    private struct VisitProblem: Error {
        let message: String
    }

    /// The key of the app the page is of, started if need be.
    private func start(_ landing: LandingPage, _ visit: inout DomainVisit, in turn: Turn) throws -> AppRecord? {
        let (domain, profile) = (visit.domain, visit.profile)
        guard domain.track.status != .deleting, profile.track.status != .deleting else {
            throw VisitProblem(message: "The domain or the user profile is being deleted.")
        }
        guard let type = landing.appType else { return nil }
        if type == .rStudioServerPro {
            try requireRStudio(domain, profile)
            try shared.startServer(of: domain, in: turn)
        }
        let key = try key(of: type, visit)
        visit.images = try images(for: key, domain, turn.transaction)
        return try launcher.ensure(key, of: domain, in: turn)
    }

    /// RStudio's page is of the user's own sessions; JupyterLab and Code Editor run in the link's space.
    // AWS: documented — spec/studio.md §A6, §A10.
    private func key(of type: AppType, _ visit: DomainVisit) throws -> AppKey {
        let own = type == .rStudioServerPro ? AppType.rSessionGateway : type
        if own.runs(in: .userProfile) {
            return AppKey(
                domainID: visit.domain.id, place: .userProfile, owner: visit.profile.name, type: own, name: "default")
        }
        guard let space = visit.space else {
            throw VisitProblem(message: "\(own.rawValue) runs in a space, and the link names none.")
        }
        return AppKey(domainID: visit.domain.id, place: .space, owner: space, type: own, name: "default")
    }

    // AWS: documented — spec/studio.md §A10: new profiles have access, those from before do not until given it.
    private func requireRStudio(_ domain: DomainRecord, _ profile: UserProfileRecord) throws {
        guard domain.rStudio != nil else { throw VisitProblem(message: "RStudio is not enabled for this domain.") }
        let own = profile.members["UserSettings"]?["RStudioServerProAppSettings"]?["AccessStatus"]?.string
        let general = domain.members["DefaultUserSettings"]?["RStudioServerProAppSettings"]?["AccessStatus"]?.string
        if (own ?? general) == "DISABLED" {
            throw VisitProblem(message: "The user profile \(profile.name) has no access to RStudio.")
        }
    }

    private func images(for key: AppKey, _ domain: DomainRecord, _ reader: StoreReader) throws -> [AttachedImage] {
        let attached = try AppPlanning(workspaces: workspaces, domain: domain, reader: reader).customImages(for: key)
        return try attached.compactMap { entry in
            let name = entry["ImageName"]?.string ?? ""
            guard let image = try workspaces.imageShelf.find(name.lowercased(), in: domain.realm, reader) else { return nil }
            let versions = try workspaces.versions(of: name, in: domain.realm, reader)
            let number = entry["ImageVersionNumber"]?.int ?? versions.ordered.latest?.number
            return AttachedImage(
                label: image.displayName ?? image.name, version: number,
                containerImage: versions.records.first { $0.number == number }?.containerImage,
                configName: entry["AppImageConfigName"]?.string ?? "")
        }
    }
}
