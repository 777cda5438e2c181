import AWSModel
import BlobStore
import Logging
import Outbound
import RegistryRules
import SimTime
import Store
import Synchronization
import Timeline
import Vocabulary

/// Where a pull-through rule's images come from.
enum Upstream: Sendable {
    /// A registry of this emulator.
    case emulated(Realm)
    /// A registry at an address of the settings.
    case remote(RemoteRegistry)
}

/// Pulls from upstream that are under way: who asks for the same image meanwhile waits for the same pull.
final class UpstreamPulls: Sendable {
    private let running = Mutex<[String: Task<Void, Never>]>([:])

    func join(_ key: String, _ pull: @escaping @Sendable () async -> Void) async {
        let task = running.withLock { running in
            if let task = running[key] { return task }
            let task = Task.detached {
                await pull()
                self.running.withLock { $0[key] = nil }
            }
            running[key] = task
            return task
        }
        await task.value
    }
}

/// Pull-through at work.
// AWS: doc — spec/ecr.md §E9: the repository is created, upstream is looked at again after 24 hours; while upstream
// does not answer, what is cached is served.
extension ECRService {
    private static let upstreamInterval = SimDuration.hours(24)
    private static let layersAtOnceMax = 4

    /// Where a rule pulls from; nil for a registry this server has no way to.
    func upstream(of rule: PullThroughRule) -> Upstream? {
        if let address = settings.upstreams[rule.upstreamURL] {
            return .remote(RemoteRegistry(address: address, http: outbound))
        }
        guard case .registry(let realm)? = RegistryHost(rule.upstreamURL), rule.upstream == "ecr" else { return nil }
        return .emulated(realm)
    }

    /// Brings an image in from upstream when a rule covers the repository and the copy is missing or old.
    /// Where no rule applies, or upstream has no such image, nothing happens: the pull answers what it finds.
    func fetchFromUpstream(_ name: String, _ id: ImageID, in realm: Realm, for principal: Principal) async throws {
        guard let name = RepositoryName(name), principal.account == realm.account.digits else { return }
        let now = timeline.now
        let rule = try store.read { reader -> PullThroughRule? in
            guard let rule = try self.rule(for: name, in: realm, reader) else { return nil }
            guard let repository = try RepositoryTable.find(name, in: realm, reader),
                  let image = try? image(id, in: repository, reader) else { return rule }
            let isOld = id.digest == nil && image.body.upstreamChecked.map { now - $0 >= Self.upstreamInterval } ?? true
            return isOld ? rule : nil
        }
        guard let rule, let upstream = upstream(of: rule), let source = RepositoryName(
            PrefixChoice.upstreamName(of: name.text, under: rule.prefix, upstreamPrefix: rule.upstreamPrefix))
        else { return }
        // AWS: doc — ECR user guide, IAM permissions of a pull through cache.
        let arn = Self.arn(of: name.text, in: realm)
        try await authorize(principal, "ecr:BatchImportUpstreamImage", on: arn)
        if try store.read({ try RepositoryTable.find(name, in: realm, $0) }) == nil {
            try await authorize(principal, "ecr:CreateRepository", on: arn)
        }
        switch upstream {
        case .emulated(let origin): try await copyFromEmulated(source, in: origin, id, to: name, in: realm)
        case .remote(let registry):
            await upstreamPulls.join("\(realm)/\(name)/\(id.text)") { [self] in
                do {
                    try await pull(source.text, id, from: registry, to: name, in: realm)
                } catch {
                    logger.notice("failed to pull from upstream", metadata: [
                        "repository": "\(name)", "upstream": "\(registry)", "error": "\(error)",
                    ])
                }
            }
        }
    }

    private func rule(for name: RepositoryName, in realm: Realm, _ reader: StoreReader) throws -> PullThroughRule? {
        let rules = try reader.documents(PullThroughRule.collection(realm), as: PullThroughRule.self)
        guard let prefix = PrefixChoice.best(for: name.text, among: rules.map(\.name)) else { return nil }
        return rules.first { $0.name == prefix }?.value
    }

    private func copyFromEmulated(
        _ sourceName: RepositoryName, in origin: Realm, _ id: ImageID, to name: RepositoryName, in realm: Realm
    ) async throws {
        try await timeline.turn { turn in
            guard let source = try RepositoryTable.find(sourceName, in: origin, turn.transaction),
                  let image = try? self.image(id, in: source, turn.transaction), image.status == .active,
                  let target = try self.cache(name, in: realm, turn) else { return }
            try self.note(try self.copy(image, to: target, in: turn), id, turn)
        }
    }

    /// Pulls an image with all its layers and puts it into its repository, whole or not at all. An index comes without
    /// its images: those follow when they are pulled themselves.
    private func pull(
        _ source: String, _ id: ImageID, from registry: RemoteRegistry, to name: RepositoryName, in realm: Realm
    ) async throws {
        guard let reference = id.digest ?? id.tag, let found = try await registry.manifest(reference, of: source) else { return }
        let prepared = try PreparedManifest(found.bytes, mediaType: found.mediaType)
        if let digest = id.digest, digest != prepared.digest.text { throw RemoteRegistry.Problem.wrongDigest(digest) }
        var leases: [BlobLease] = []
        defer { for lease in leases { lease.end() } }
        var rest = prepared.manifest.requiredLayers[...]
        while !rest.isEmpty {
            let batch = rest.prefix(Self.layersAtOnceMax)
            rest = rest.dropFirst(batch.count)
            leases += try await withThrowingTaskGroup(of: BlobLease.self) { [blobs] group in
                for layer in batch { group.addTask { try await registry.blob(layer, of: source, into: blobs) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
        }
        let layers = try leases.map { ($0.digest.description, try $0.byteCount ?? blobs.open($0.digest).byteCount) }
        try await timeline.turn { turn in
            guard let target = try self.cache(name, in: realm, turn) else { return }
            for (digest, size) in layers {
                try LayerTable.put(digest, size: size, at: turn.now, in: target, turn.transaction)
            }
            let present = try ImageTable.find(prepared.digest, in: target, turn.transaction)
            let image = try present ?? self.insert(prepared, into: target, turn)
            if present == nil {
                try self.startScanOfPush(image, in: target, turn)
                try self.noteChange(of: target, in: turn)
            }
            try self.note(image, id, turn)
        }
    }

    /// The repository of a cached image, made when it is missing.
    private func cache(_ name: RepositoryName, in realm: Realm, _ turn: Turn) throws -> RepositoryRecord? {
        try RepositoryTable.find(name, in: realm, turn.transaction)
            ?? createFromTemplate(name, in: realm, for: "PULL_THROUGH_CACHE", isRequired: true, turn)
    }

    /// Gives a cached image its tag, and notes that it is what upstream has now.
    private func note(_ cached: ImageRecord, _ id: ImageID, _ turn: Turn) throws {
        if let tag = id.tag { try ImageTable.setTag(tag, to: cached, turn.transaction) }
        guard var current = try ImageTable.find(id: cached.id, turn.transaction) else { return }
        current.body.upstreamChecked = turn.now
        try ImageTable.update(current, turn.transaction)
    }
}
