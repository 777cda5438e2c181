import MetricRules
import SimTime
import Store
import Synchronization
import Timeline
import Vocabulary

/// The alarms: kept, evaluated at each minute, and their changes told to whoever listens.
final class Alarms: Sendable {
    typealias TransitionHandler = @Sendable (Turn, AlarmTransition) throws -> Void

    let book = AlarmBook()
    private let timeline: Timeline
    private let metrics: MetricStore
    private let handler = Mutex<TransitionHandler?>(nil)

    /// Registers the evaluation with the timeline: each minute, and every ten seconds for alarms of short periods.
    init(timeline: Timeline, metrics: MetricStore) {
        self.timeline = timeline
        self.metrics = metrics
        for cadence in [SimDuration.minutes(1), .seconds(10)] {
            timeline.add(Tick(
                name: "alarms every \(Int(cadence.seconds)) s", phase: Phase.alarmEvaluation, period: cadence,
                isNeeded: { [book] in book.hasAlarms(cadence: cadence) },
                run: { [weak self] turn in try self?.evaluate(cadence: cadence, in: turn) }))
        }
    }

    func onTransition(_ handle: @escaping TransitionHandler) { handler.withLock { $0 = handle } }

    // MARK: Evaluation

    /// Evaluates every alarm of a cadence on the buckets that end now.
    private func evaluate(cadence: SimDuration, in turn: Turn) throws {
        try book.load(turn.transaction)
        let sweep = book.sweep(cadence: cadence)
        guard !sweep.isEmpty else { return }
        metrics.pullSources()
        // A tick that fires late judges the boundary it belongs to.
        let end = turn.now.floored(to: cadence)
        for alarm in sweep {
            let window = try metrics.window(of: alarm.definition, alarm.series, endingAt: end, turn.transaction)
            guard case .changed(let state, let why) = alarm.definition.evaluate(window, from: alarm.state, queryDate: turn.now)
            else { continue }
            try change(alarm.key, alarm.record, to: state, reason: why.reason, reasonData: why.reasonData, in: turn)
        }
    }

    /// Sets an alarm's state: document, history, event, failed actions, and the listener, all in one turn.
    func change(
        _ key: AlarmKey, _ old: AlarmRecord, to state: AlarmState, reason: String, reasonData: String?, in turn: Turn
    ) throws {
        var new = old
        new.state = state.rawValue
        new.stateReason = reason
        new.stateReasonData = reasonData
        new.stateUpdated = turn.now
        if new.state != old.state { new.stateTransitioned = turn.now }
        try put(new, key, in: turn)
        guard new.state != old.state else { return }
        try AlarmHistory.record(
            .stateUpdate, of: key, summary: "Alarm updated from \(old.state) to \(new.state)",
            data: AlarmHistory.stateData(from: old, to: new), in: turn)
        try refuseActions(of: new, key, in: turn)
        turn.record(AlarmEvents.stateChange(key, from: old, to: new, at: turn.now))
        let transition = AlarmTransition(
            realm: key.realm, alarmName: key.name, from: old.stateValue, to: state, reason: reason, instant: turn.now)
        try handler.withLock { $0 }?(turn, transition)
    }

    /// Nothing behind an action's ARN is emulated, and the history says so rather than claim a notification was sent.
    private func refuseActions(of record: AlarmRecord, _ key: AlarmKey, in turn: Turn) throws {
        guard record.actionsEnabled else { return }
        for action in record.actions(on: record.stateValue) {
            let error = "Coldframe does not deliver alarm actions."
            try AlarmHistory.record(
                .action, of: key, summary: "Failed to execute action \(action). Received error: \"\(error)\"",
                data: AlarmHistory.failedActionData(action, error: error, at: turn.now), in: turn)
        }
    }

    // MARK: Records

    func put(_ record: AlarmRecord, _ key: AlarmKey, in turn: Turn) throws {
        try turn.transaction.put(key.document, record)
        turn.afterCommit { [book] in book.apply(key, record) }
    }

    func delete(_ key: AlarmKey, in turn: Turn) throws {
        try turn.transaction.delete(key.document)
        turn.afterCommit { [book] in book.apply(key, nil) }
    }

    /// The alarm as this turn sees it.
    func record(_ key: AlarmKey, in turn: Turn) throws -> AlarmRecord? {
        try book.load(turn.transaction)
        return try turn.transaction.document(key.document, as: AlarmRecord.self)
    }

    /// The alarms of a realm as last committed, all or those of some names, ordered by name.
    func alarms(in realm: Realm, named names: [String]? = nil) async throws -> [AlarmEntry] {
        if !book.isLoaded {
            try await timeline.betweenTurns { [timeline, book] in try timeline.store.read { try book.load($0) } }
        }
        guard let names else { return book.alarms(in: realm) }
        return Set(names).sorted().compactMap { book.entry(AlarmKey(realm: realm, name: $0)) }
    }
}
