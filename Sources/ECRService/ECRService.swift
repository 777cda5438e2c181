package import AWSModel
package import BlobStore
package import Gateway
import HTTPServer
package import Logging
package import Outbound
import RegistryRules
import SimTime
package import Store
package import Timeline

/// ECR: the control plane and the registry's `/v2/`, on the same tables. Manifests are rows, layers are blobs; an
/// upload lives in the staging folder until it is completed, so that a crash leaves nothing half-visible.
package final class ECRService: Service {
    package static let modelID = ServiceID("ecr")

    let store: Store
    let timeline: Timeline
    let blobs: BlobStore
    let settings: ECRSettings
    let logger: Logger
    let uploads: LayerUploads
    let secret: TokenSecret
    let outbound: OutboundHTTP
    /// Nil when nothing is enforced.
    let authorizer: (any Authorizer)?
    let networks: NetworkDirectory
    let upstreamPulls = UpstreamPulls()

    /// - Parameter blobs: a store of this service's own, which keeps uploads; its blobs are deleted when no repository has
    ///   them any more. Throws `StoreError` and `BlobStoreError`.
    package init(
        store: Store, timeline: Timeline, blobs: BlobStore, settings: ECRSettings = ECRSettings(),
        outbound: OutboundHTTP = OutboundHTTP(), authorizer: (any Authorizer)? = nil,
        networks: NetworkDirectory = NetworkDirectory(), logger: Logger = Logger(label: "coldframe.ecr")
    ) throws {
        self.store = store
        self.timeline = timeline
        self.blobs = blobs
        self.settings = settings
        self.logger = logger
        uploads = LayerUploads(blobs: blobs)
        self.outbound = outbound
        self.authorizer = authorizer
        self.networks = networks
        secret = TokenSecret(store: store, timeline: timeline)
        try uploads.resume(store.documents(UploadRecord.collection, as: UploadRecord.self).map(\.value))
        answerTimers()
    }

    package var operations: [ServiceID: [Operation]] {
        [ECRService.modelID: repositoryOperations + tagOperations + policyOperations + imageOperations + imageListOperations
            + layerOperations + lifecycleOperations + scanOperations + replicationOperations + pullThroughOperations
            + templateOperations + registryOperations + [authorizationOperation]]
    }

    package var routes: [PlainRoute] {
        [PlainRoute(where: RegistryCall.isMeant(by:)) { [self] request in await respond(to: request) }]
    }

    /// Deletes layers that no image refers to, and bytes that no repository has: what broken pushes and deleted images
    /// left behind. Answers how many blobs went. Run it at start, away from event loops.
    // AWS: inferred — spec/ecr.md §E5: such layers live at least until the next restart.
    package func collectGarbage(graceSeconds: Int = 3600) async throws -> Int {
        try await timeline.turn { [uploads] turn in
            try LayerTable.deleteUnreferenced(
                uploadedBefore: turn.now - .seconds(Int64(graceSeconds)), in: turn.transaction)
            // Uploads whose bytes are gone, e.g. of a snapshot, which holds whole blobs only.
            for (id, _) in try turn.transaction.documents(UploadRecord.collection, as: UploadRecord.self)
            where !uploads.contains(id) { try turn.transaction.delete(UploadRecord.collection.key(id)) }
        }
        return try await offPool { [blobs, store] in
            try blobs.sweep(graceSeconds: graceSeconds) { digest in
                try store.read { try LayerTable.isStored(digest, $0) }
            }
        }
    }

    /// Forgets uploads and stored bytes. Part of the server's reset, which empties the tables itself.
    package func forget() throws {
        uploads.discardAll()
        try blobs.eraseEverything()
    }

    /// Forgets uploads after the tables were replaced: those that went on belong to repositories that are gone.
    package func reload() { uploads.discardAll() }

    /// Leaves uploads in progress for the next run. The last thing to do before the store closes.
    package func suspend() { uploads.suspendAll() }

    private func answerTimers() {
        timeline.add(Tick(
            name: "layer uploads", phase: Phase.lifecycles, period: .hours(1), isNeeded: { [uploads] in !uploads.isEmpty }
        ) { [uploads] turn in
            for id in uploads.expire(at: turn.now) { try turn.transaction.delete(UploadRecord.collection.key(id)) }
        })
        timeline.handleTimers(kind: TimerKind.lifecycle) { [weak self] in try self?.runLifecyclePolicy($0, $1) }
        timeline.handleTimers(kind: TimerKind.referrers) { [weak self] in try self?.cleanReferrers($0, $1) }
        timeline.handleTimers(kind: TimerKind.scan) { [weak self] in try self?.finishScan($0, $1) }
        timeline.handleTimers(kind: TimerKind.replication) { [weak self] in try self?.replicate($0, $1) }
        timeline.handleTimers(kind: TimerKind.activation) { [weak self] in try self?.activate($0, $1) }
        timeline.handleTimers(kind: TimerKind.signing) { [weak self] in try self?.signImage($0, $1) }
    }
}

/// The kinds of this service's timers. The owner of each is a repository's row id.
enum TimerKind {
    static let lifecycle = "ecr-lifecycle"
    /// The name is the digest of the deleted subject.
    static let referrers = "ecr-referrers"
    /// The name of these is an image's row id; a replication's has the destination after it.
    static let scan = "ecr-scan"
    static let replication = "ecr-replication"
    static let activation = "ecr-activation"
    static let signing = "ecr-signing"

    static let all = [lifecycle, referrers, scan, replication, activation, signing]
}

/// A row this service wrote and cannot read: a breakdown, never a client's fault.
enum ECRBreakdown: Error { case unreadableRow(table: String) }
