package import Store
import Synchronization
package import Timeline
import Vocabulary

/// The rules in force: the built-in ones and, before them, those of the user, the latest first.
package final class BehaviorLedger: Sendable {
    private let store: Store
    private let timeline: Timeline
    private let rules: Mutex<[Behavior]>
    /// Counts changes, so that whoever resolved a rule knows when to look again.
    private let revision = Atomic<Int>(0)
    private let processes = Mutex<Processes>(Processes())

    /// Who runs commands, and who hears of changed rules.
    private struct Processes: Sendable {
        var host: ContainerHost?
        var changed: (@Sendable () -> Void)?
    }

    private struct StoredRule: Codable, Sendable {
        /// Later rules have greater numbers.
        var order: Int
        var behavior: Behavior
    }

    private static let collection = DocumentCollection(.shared, service: "coldframe", type: "behavior")

    package init(store: Store, timeline: Timeline) throws {
        self.store = store
        self.timeline = timeline
        rules = Mutex([])
        try reload()
    }

    /// Reads the rules anew, after the store's content was replaced.
    package func reload() throws {
        let stored = try store.documents(Self.collection, as: StoredRule.self)
        let own = stored.sorted { $0.value.order > $1.value.order }.map(\.value.behavior)
        rules.withLock { $0 = own + Behavior.builtIn }
        revision.add(1, ordering: .relaxed)
    }

    /// Every rule, the one that wins first.
    package var all: [Behavior] { rules.withLock { $0 } }

    /// Names who runs the commands of rules, and who is told after rules have changed. Called once, at set-up.
    func attach(_ host: ContainerHost, changed: @escaping @Sendable () -> Void) {
        processes.withLock { $0 = Processes(host: host, changed: changed) }
    }

    var host: ContainerHost? { processes.withLock { $0.host } }

    /// Whether any rule has a command.
    var hasCommands: Bool { rules.withLock { $0.contains { $0.run != nil } } }

    private func noteChange() {
        revision.add(1, ordering: .relaxed)
        processes.withLock { $0.changed }?()
    }

    var currentRevision: Int { revision.load(ordering: .relaxed) }

    package func behavior(named name: String) -> Behavior? { all.first { $0.name == name } }

    /// The rule for a container: the first that matches.
    func behavior(for container: ContainerIdentity) -> Behavior? {
        rules.withLock { rules in rules.first { $0.match.matches(container) } }
    }

    /// Adds or replaces a rule; it becomes the latest. Throws `BehaviorRejection`.
    package func put(_ behavior: Behavior) async throws {
        try behavior.check()
        let order = all.count
        guard order < Behavior.rulesMax || self.behavior(named: behavior.name) != nil else { throw BehaviorRejection.tooMany }
        try await timeline.turn { [self] turn in
            let latest = try turn.transaction.documents(Self.collection, as: StoredRule.self).map(\.value.order).max() ?? 0
            try turn.transaction.put(
                Self.collection.key(behavior.name), StoredRule(order: latest + 1, behavior: behavior))
            turn.afterCommit { [self] in
                rules.withLock { rules in
                    rules.removeAll { $0.name == behavior.name && !$0.isBuiltIn }
                    rules.insert(behavior, at: 0)
                }
                noteChange()
            }
        }
    }

    /// Removes a user's rule; false when there is none of that name.
    package func delete(_ name: String) async throws -> Bool {
        guard all.contains(where: { $0.name == name && !$0.isBuiltIn }) else { return false }
        try await timeline.turn { [self] turn in
            try turn.transaction.delete(Self.collection.key(name))
            turn.afterCommit { [self] in
                rules.withLock { $0.removeAll { $0.name == name && !$0.isBuiltIn } }
                noteChange()
            }
        }
        return true
    }
}
