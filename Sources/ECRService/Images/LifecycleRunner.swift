import RegistryRules
import SimTime
import Store
import Timeline

/// Lifecycle policies at work: a timer for each repository that has one and was changed, or has images growing old.
extension ECRService {
    private static let timerName = "evaluate"

    private func timer(of repository: RepositoryRecord) -> TimerID {
        TimerID(kind: TimerKind.lifecycle, owner: repository.timerOwner, name: Self.timerName)
    }

    /// Sees to it that the repository's policy is evaluated within a day of a change.
    // AWS: doc — spec/ecr.md §E8.
    func noteChange(of repository: RepositoryRecord, in turn: Turn) throws {
        guard var current = try RepositoryTable.find(id: repository.id, turn.transaction),
              current.body.lifecyclePolicy != nil else { return }
        let limit = turn.now + settings.lifecycleDelay
        if let due = current.body.lifecycleDue, due <= limit { return }
        try armEvaluation(of: &current, at: limit, turn)
    }

    private func armEvaluation(of repository: inout RepositoryRecord, at due: SimInstant, _ turn: Turn) throws {
        repository.body.lifecycleDue = due
        try RepositoryTable.update(repository, turn.transaction)
        try turn.arm(timer(of: repository), at: due)
    }

    /// Evaluates the policy of the repository whose timer rang.
    func runLifecyclePolicy(_ turn: Turn, _ timer: TimerID) throws {
        guard let id = Int64(timer.owner), let repository = try RepositoryTable.find(id: id, turn.transaction) else { return }
        try evaluateLifecycle(of: repository, turn)
    }

    /// Evaluates a repository's policy now: expires and archives images, and sets the timer for those still too young.
    func evaluateLifecycle(of repository: RepositoryRecord, _ turn: Turn) throws {
        guard let text = repository.body.lifecyclePolicy else { return }
        let policy = try Self.lifecyclePolicy(text)
        var repository = repository
        for verdict in policy.verdicts(on: try lifecycleImages(in: repository, turn.transaction), at: turn.now) {
            try carryOut(verdict, in: repository, turn)
        }
        repository.body.lifecycleEvaluated = turn.now
        repository.body.lifecycleDue = nil
        try RepositoryTable.update(repository, turn.transaction)
        try turn.disarm(timer(of: repository))
        let rest = try lifecycleImages(in: repository, turn.transaction)
        if let next = policy.nextDue(for: rest, after: turn.now) { try armEvaluation(of: &repository, at: next, turn) }
    }

    private func carryOut(_ verdict: LifecycleVerdict, in repository: RepositoryRecord, _ turn: Turn) throws {
        guard var image = try ImageTable.find(verdict.image.digest, in: repository, turn.transaction) else { return }
        switch verdict.action {
        case .archive:
            if image.status == .active { try archive(&image, turn) }
        case .expire:
            do {
                _ = try delete(ImageID(digest: image.digest.text), in: repository, turn)
            } catch is ImageFailure {
                // AWS: recorded — spec/ecr.md §E8: a child of a living list is skipped.
                return
            }
        }
    }

    func lifecycleImages(in repository: RepositoryRecord, _ reader: StoreReader) throws -> [LifecycleImage] {
        try ImageTable.all(in: repository, reader).map { image in
            LifecycleImage(
                digest: image.digest, tags: try ImageTable.tags(of: image, reader), pushed: image.pushed,
                pulled: image.body.lastPulled,
                archived: image.status == .archived ? image.body.lastArchived ?? image.pushed : nil)
        }
    }

    /// Evaluates the lifecycle policies of every repository in all registries now, whatever their timers say.
    package func evaluateAllLifecyclePolicies() async throws {
        try await timeline.turn { turn in
            var ids: [Int64] = []
            try turn.transaction.query("SELECT id FROM ecr_repository ORDER BY id") { ids.append($0.integer(0)) }
            for id in ids {
                guard let repository = try RepositoryTable.find(id: id, turn.transaction) else { continue }
                try self.evaluateLifecycle(of: repository, turn)
            }
        }
    }
}
