package import AWSModel
package import DeclaredResources
package import Gateway
package import Logging
import SimTime
package import Store
package import Timeline
package import Vocabulary

/// SageMaker Studio and RStudio, notebook instances, and the presigned links into them.
/// Speaks for its share of the `sagemaker` model; hosting's share is `SageMakerService`.
package final class StudioService: Service {
    package let operations: [ServiceID: [Operation]]
    package let routes: [PlainRoute]
    private let workspaces: Workspaces
    private let spelling: LinkSpelling

    /// - Parameters:
    ///   - images: answers what a container image is; nil takes every image to be there.
    ///   - roles: answers whether SageMaker can work as a role; nil takes every role to be good.
    ///   - authorization: asked on every request of a browser.
    ///   - seed: decides the ids of new resources.
    package init(
        store: Store, timeline: Timeline, images: (any ImageResolver)? = nil, roles: (any ExecutionRoles)? = nil,
        authorization: any StudioAuthorization = UnrestrictedStudio(), settings: StudioSettings = StudioSettings(),
        seed: UInt64 = .random(in: 0 ... .max), logger: Logger
    ) {
        let tags = TagLedger(service: "sagemaker", store: store)
        workspaces = Workspaces(
            store: store, timeline: timeline, tags: tags, settings: settings, ids: StudioIDs(seed: seed), images: images,
            roles: roles)
        spelling = LinkSpelling(settings.links)
        let launcher = AppLauncher(workspaces: workspaces)
        let shared = SharedApps(workspaces: workspaces, launcher: launcher)
        let families = Families(
            domains: DomainOperations(workspaces: workspaces, shared: shared),
            profiles: UserProfileOperations(workspaces: workspaces), spaces: SpaceOperations(workspaces: workspaces),
            apps: AppOperations(workspaces: workspaces, launcher: launcher),
            images: ImageOperations(workspaces: workspaces), versions: ImageVersionOperations(workspaces: workspaces),
            notebooks: NotebookOperations(workspaces: workspaces),
            links: LinkOperations(workspaces: workspaces, spelling: spelling),
            door: StudioDoor(
                workspaces: workspaces, visits: AppVisits(workspaces: workspaces, launcher: launcher, shared: shared),
                authorization: authorization, logger: logger))
        func engine(_ resource: DeclaredResource) -> ResourceEngine {
            ResourceEngine(resource, store: store, timeline: timeline, tags: tags)
        }
        operations = [
            ServiceID("sagemaker"): families.operations + engine(.appImageConfig).operations(named: "AppImageConfig")
                + engine(.studioLifecycleConfig).operations(named: "StudioLifecycleConfig")
                + engine(.notebookLifecycleConfig).operations(named: "NotebookInstanceLifecycleConfig"),
        ]
        routes = [families.door.route]
        timeline.handleTimers(kind: ShelfTimer.kind) { turn, id in try families.timerFired(id, in: turn) }
    }

    /// Tells the address that links of the local form begin with, e.g. `http://127.0.0.1:4566`.
    package func listens(at address: String) { spelling.listens(at: address) }

    /// The families of operations, and the timers of their resources.
    private struct Families: Sendable {
        let domains: DomainOperations
        let profiles: UserProfileOperations
        let spaces: SpaceOperations
        let apps: AppOperations
        let images: ImageOperations
        let versions: ImageVersionOperations
        let notebooks: NotebookOperations
        let links: LinkOperations
        let door: StudioDoor

        var operations: [Operation] {
            domains.operations + profiles.operations + spaces.operations + apps.operations + images.operations
                + versions.operations + notebooks.operations + links.operations
        }

        func timerFired(_ id: TimerID, in turn: Turn) throws {
            guard let (type, realm, name) = ShelfTimer.read(id) else { return }
            switch type {
            case DomainRecord.type: try domains.settle(name, in: realm, turn)
            case UserProfileRecord.type: try profiles.settle(name, in: realm, turn)
            case SpaceRecord.type: try spaces.settle(name, in: realm, turn)
            case AppRecord.type: try apps.settle(name, in: realm, turn)
            case ImageRecord.type: try images.settle(name, in: realm, turn)
            case ImageVersionRecord.type: try versions.settle(name, in: realm, turn)
            case NotebookRecord.type: try notebooks.settle(name, in: realm, turn)
            case LinkRecord.type: try door.forget(link: name, in: turn)
            case SessionRecord.type: try door.forget(session: name, in: turn)
            default: break
            }
        }
    }
}

extension StudioService: TaggableResources {
    package var taggableTypes: Set<String> {
        [
            DomainRecord.type, UserProfileRecord.type, SpaceRecord.type, AppRecord.type, ImageRecord.type, NotebookRecord.type,
            DeclaredResource.appImageConfig.type,
            DeclaredResource.studioLifecycleConfig.type, DeclaredResource.notebookLifecycleConfig.type,
        ]
    }

    package func isThere(_ arn: ARN, type: String, in realm: Realm, _ reader: StoreReader) throws -> Bool {
        let text = arn.description
        func has<Record: ShelvedRecord>(_ shelf: Shelf<Record>) throws -> Bool {
            try shelf.all(in: realm, reader).contains { $0.arn == text }
        }
        switch type {
        case DomainRecord.type: return try has(workspaces.domains)
        case UserProfileRecord.type: return try has(workspaces.profiles)
        case SpaceRecord.type: return try has(workspaces.spaces)
        case AppRecord.type: return try has(workspaces.apps)
        case ImageRecord.type: return try has(workspaces.imageShelf)
        case NotebookRecord.type: return try has(workspaces.notebooks)
        default:
            let declared = [DeclaredResource.appImageConfig, .studioLifecycleConfig, .notebookLifecycleConfig]
            let name = arn.resource.split(separator: "/").last.map(String.init) ?? ""
            return try declared.first { $0.type == type }?.exists(name, in: realm, reader) ?? false
        }
    }
}
