package import SimTime
package import Store

/// One step of the timeline: an instant, a transaction, and what is to happen once it is committed.
/// Valid only inside the closure it was handed to.
package final class Turn {
    /// The simulated instant of this turn.
    package let now: SimInstant
    package let transaction: StoreTransaction
    private(set) var timerChanges: [TimerChange] = []
    private(set) var commitActions: [@Sendable () -> Void] = []
    private(set) var rollbackActions: [@Sendable () -> Void] = []
    private(set) var events: [LoggedEvent] = []

    enum TimerChange {
        case armed(TimerID, due: SimInstant, phase: Int)
        case disarmed(TimerID)
        case disarmedAll(kind: String, owner: String)
    }

    init(now: SimInstant, transaction: StoreTransaction) {
        self.now = now
        self.transaction = transaction
    }

    /// Sets a timer, replacing one of the same id. A due instant in the past fires as soon as this turn is over.
    package func arm(_ id: TimerID, at due: SimInstant, phase: Int = Phase.lifecycles) throws {
        try transaction.execute(
            "INSERT OR REPLACE INTO timer (kind, owner, name, due, phase, sequence) VALUES (?, ?, ?, ?, ?, (SELECT COALESCE(MAX(sequence), 0) + 1 FROM timer))",
            [.text(id.kind), .text(id.owner), .text(id.name), .integer(due.millisecondsSinceEpoch), .integer(Int64(phase))])
        timerChanges.append(.armed(id, due: due, phase: phase))
    }

    /// Takes a timer back; nothing happens when it is not set.
    package func disarm(_ id: TimerID) throws {
        try transaction.execute(
            "DELETE FROM timer WHERE kind = ? AND owner = ? AND name = ?", [.text(id.kind), .text(id.owner), .text(id.name)])
        timerChanges.append(.disarmed(id))
    }

    /// Takes back every timer of an owner.
    package func disarmAll(kind: String, owner: String) throws {
        try transaction.execute("DELETE FROM timer WHERE kind = ? AND owner = ?", [.text(kind), .text(owner)])
        timerChanges.append(.disarmedAll(kind: kind, owner: owner))
    }

    /// Runs `action` once this turn is committed, before its caller is answered. Used to publish snapshots.
    package func afterCommit(_ action: @escaping @Sendable () -> Void) { commitActions.append(action) }

    /// Runs `action` if this turn is undone, whether one of its writers or the store itself made it fail. Used to put
    /// back what was taken out of memory to be written.
    package func afterRollback(_ action: @escaping @Sendable () -> Void) { rollbackActions.append(action) }

    /// Adds to the log of what happened, in this turn's transaction; subscribers hear of it after the commit.
    package func record(_ event: LoggedEvent) { events.append(event) }
}
