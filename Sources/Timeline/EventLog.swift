package import SimTime
package import Store
import Synchronization

/// Something that happened, in the shape of an EventBridge event (spec/hosting.md §B.7).
package struct LoggedEvent: Sendable, Equatable {
    /// The position in the log; 0 until it is stored.
    package var number: Int64
    package var instant: SimInstant
    /// E.g. `SageMaker Endpoint State Change`.
    package var detailType: String
    /// The name clients filter by, e.g. an endpoint's name.
    package var subject: String
    /// The whole event as one JSON object, without `time`, which each reader shows in its own clock.
    package var json: String

    package init(number: Int64 = 0, instant: SimInstant, detailType: String, subject: String, json: String) {
        self.number = number
        self.instant = instant
        self.detailType = detailType
        self.subject = subject
        self.json = json
    }
}

/// The stored, bounded log of events and its live subscribers.
package final class EventLog: Sendable {
    /// Older events are dropped beyond this many.
    package static let eventsMax = 10_000
    /// A subscriber that lags this far behind misses the oldest.
    private static let bufferedMax = 1_000

    private let store: Store

    private struct Subscribers {
        var next = 0
        var continuations: [Int: AsyncStream<LoggedEvent>.Continuation] = [:]
        /// True once the server is about to stop.
        var haveEnded = false
    }

    private let subscribers = Mutex(Subscribers())

    package init(store: Store) { self.store = store }

    /// The newest `limit` events after number `after` about `subject` (all when nil), oldest first.
    package func events(subject: String?, after: Int64 = 0, limit: Int = 1_000) throws -> [LoggedEvent] {
        try store.read { reader in
            var found: [LoggedEvent] = []
            let filter = subject == nil ? "" : "AND subject = ?"
            let arguments: [SQLValue] = [.integer(after)] + (subject.map { [.text($0)] } ?? []) + [.integer(Int64(limit))]
            try reader.query(
                "SELECT number, instant, detail_type, subject, json FROM event WHERE number > ? \(filter) ORDER BY number DESC LIMIT ?",
                arguments
            ) { row in
                found.append(LoggedEvent(
                    number: row.integer(0), instant: SimInstant(millisecondsSinceEpoch: row.integer(1)),
                    detailType: row.text(2), subject: row.text(3), json: row.text(4)))
            }
            return found.reversed()
        }
    }

    /// Every event from now on. The stream ends when its reader is dropped, at once after `endSubscriptions`.
    package func subscribe() -> AsyncStream<LoggedEvent> {
        AsyncStream(bufferingPolicy: .bufferingNewest(Self.bufferedMax)) { continuation in
            let id: Int? = subscribers.withLock { state in
                guard !state.haveEnded else { return nil }
                state.next += 1
                state.continuations[state.next] = continuation
                return state.next
            }
            guard let id else { return continuation.finish() }
            continuation.onTermination = { [weak self] _ in
                _ = self?.subscribers.withLock { $0.continuations.removeValue(forKey: id) }
            }
        }
    }

    /// Ends every subscription, also those to come, so that the server can stop.
    package func endSubscriptions() {
        let continuations = subscribers.withLock { state in
            state.haveEnded = true
            return Array(state.continuations.values)
        }
        for continuation in continuations { continuation.finish() }
    }

    func store(_ events: [LoggedEvent], in transaction: StoreTransaction) throws -> [LoggedEvent] {
        var stored = events
        for index in stored.indices {
            let event = stored[index]
            try transaction.execute(
                "INSERT INTO event (instant, detail_type, subject, json) VALUES (?, ?, ?, ?)",
                [.integer(event.instant.millisecondsSinceEpoch), .text(event.detailType), .text(event.subject), .text(event.json)])
            stored[index].number = transaction.lastInsertedRowID
        }
        if let last = stored.last, last.number % 256 < Int64(stored.count) {
            try transaction.execute("DELETE FROM event WHERE number <= ?", [.integer(last.number - Int64(Self.eventsMax))])
        }
        return stored
    }

    func publish(_ events: [LoggedEvent]) {
        let continuations = subscribers.withLock { Array($0.continuations.values) }
        for event in events { for continuation in continuations { continuation.yield(event) } }
    }
}
