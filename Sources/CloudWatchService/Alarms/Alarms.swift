import MetricRules
import SimTime
import Store
import Synchronization
import Timeline
import Vocabulary

/// The alarms: kept, evaluated at each minute, and their changes told to whoever listens.
final class Alarms: Sendable {
    typealias TransitionHandler = @Sendable (Turn, AlarmTransition) throws -> Void

    /// A closure in a value of its own: a bare one that goes through a generic call is wrapped once more each time it is read.
    private struct Listener: Sendable {
        let hear: TransitionHandler
    }

    let book = AlarmBook()
    private let models = BandModelCache()
    let composites = CompositeBook()
    let actions: AlarmActions
    let timeline: Timeline
    private let metrics: MetricStore
    private let listeners = Mutex<[Listener]>([])

    /// Registers the evaluation with the timeline: each minute, and every ten seconds for alarms of short periods.
    init(timeline: Timeline, metrics: MetricStore, actions: AlarmActions) {
        self.timeline = timeline
        self.actions = actions
        self.metrics = metrics
        for cadence in [SimDuration.minutes(1), .seconds(10)] {
            timeline.add(Tick(
                name: "alarms every \(Int(cadence.seconds)) s", phase: Phase.alarmEvaluation, period: cadence,
                isNeeded: { [book] in book.hasAlarms(cadence: cadence) },
                run: { [weak self] turn in try self?.evaluate(cadence: cadence, in: turn) }))
        }
    }

    /// Registers with the timeline what comes back to held actions. Called once, after `init`.
    func handleTimers() {
        timeline.handleTimers(kind: Self.suppressionTimer) { [weak self] turn, id in try self?.suppressionEnded(id, in: turn) }
        timeline.handleTimers(kind: AlarmActions.heldTimer) { [weak self] turn, id in try self?.muteEnded(id, in: turn) }
    }

    func forget() {
        book.forget()
        composites.forget()
        models.forget()
        actions.forget()
    }

    func onTransition(_ handle: @escaping TransitionHandler) {
        let listener = Listener(hear: handle)
        listeners.withLock { $0.append(listener) }
    }

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
            if case .math(let math) = alarm.subject, math.isOnSeveralSeries {
                let groups = try evaluation(of: math, alarm, endingAt: end).groups(turn.transaction)
                try evaluate(contributorsOf: alarm, groups, in: turn)
                continue
            }
            let window = try window(of: alarm, endingAt: end, turn.transaction)
            guard case .changed(let state, let why) = alarm.definition.evaluate(window, from: alarm.state, queryDate: turn.now)
            else { continue }
            try change(alarm.key, alarm.record, to: state, reason: why.reason, reasonData: why.reasonData, in: turn)
        }
    }

    func window(of alarm: AlarmEntry, endingAt end: SimInstant, _ reader: StoreReader) throws -> AlarmWindow {
        switch alarm.subject {
        case .metric(let stat):
            let series = SeriesKey(realm: alarm.key.realm, metric: stat.metric)
            return try metrics.window(of: alarm.definition, series, endingAt: end, reader)
        case .math(let math):
            return try evaluation(of: math, alarm, endingAt: end).window(
                models: models, key: alarm.key, configured: alarm.record.configurationUpdated, reader)
        }
    }

    private func evaluation(of math: MathAlarm, _ alarm: AlarmEntry, endingAt end: SimInstant) -> MathAlarmEvaluation {
        MathAlarmEvaluation(
            alarm: math, definition: alarm.definition, realm: alarm.key.realm, metrics: metrics, end: end)
    }

    /// Sets an alarm's state: document, history, event, actions, listener and composites, all in one turn.
    func change(
        _ key: AlarmKey, _ old: AlarmRecord, to state: AlarmState, reason: String, reasonData: String?, in turn: Turn
    ) throws {
        let new = old.changed(to: state, reason: reason, reasonData: reasonData, at: turn.now)
        try put(new, key, in: turn)
        guard new.state != old.state else { return }
        try noteTransition(key, from: old, to: new, in: turn)
        try actions.perform(for: new, key, in: turn)
        try evaluateParents(of: key, state, in: turn)
    }

    /// Tells history, event log and listener of a change.
    func noteTransition<Alarm: StatefulAlarm>(_ key: AlarmKey, from old: Alarm, to new: Alarm, in turn: Turn) throws {
        try AlarmHistory.record(
            .stateUpdate, of: key, Alarm.kind, summary: "Alarm updated from \(old.state) to \(new.state)",
            data: AlarmHistory.stateData(from: old, to: new), in: turn)
        turn.record(AlarmEvents.stateChange(key, from: old, to: new, at: turn.now))
        let transition = AlarmTransition(
            realm: key.realm, alarmName: key.name, from: old.stateValue, to: new.stateValue, reason: new.stateReason,
            instant: turn.now)
        for listener in listeners.withLock({ $0 }) { try listener.hear(turn, transition) }
    }

    /// Tells history and event log of a put.
    func noteConfiguration<Alarm: StatefulAlarm>(_ alarm: Alarm, _ key: AlarmKey, isNew: Bool, in turn: Turn) throws {
        let (type, member, done) = isNew ? ("Create", "createdAlarm", "created") : ("Update", "updatedAlarm", "updated")
        try AlarmHistory.record(
            .configurationUpdate, of: key, Alarm.kind, summary: "Alarm \"\(key.name)\" \(done)",
            data: AlarmHistory.configurationData(type: type, member: member, alarm, realm: key.realm), in: turn)
        turn.record(AlarmEvents.configurationChange(key, alarm, operation: type.lowercased(), at: turn.now))
    }

    /// Tells history and event log of a deletion, and drops what was held for the alarm.
    func noteDeletion<Alarm: StatefulAlarm>(_ alarm: Alarm, _ key: AlarmKey, in turn: Turn) throws {
        try turn.disarmAll(kind: AlarmActions.heldTimer, owner: key.timerOwner)
        try AlarmHistory.record(
            .configurationUpdate, of: key, Alarm.kind, summary: "Alarm \"\(key.name)\" deleted",
            data: AlarmHistory.configurationData(type: "Delete", member: "deletedAlarm", alarm, realm: key.realm), in: turn)
        turn.record(AlarmEvents.configurationChange(key, alarm, operation: "delete", at: turn.now))
    }

    /// No rule mutes an alarm any more: its actions run if it is still in the state they were held for.
    private func muteEnded(_ id: TimerID, in turn: Turn) throws {
        guard let realm = AlarmKey.realm(ofTimerOwner: id.owner) else { return }
        let key = AlarmKey(realm: realm, name: String(id.owner.split(separator: "/", maxSplits: 2).last ?? ""))
        if let record = try record(key, in: turn) {
            if record.state == id.name { try actions.perform(for: record, key, in: turn) }
        } else if let composite = try composite(key, in: turn), composite.state == id.name {
            try actions.perform(for: composite, key, in: turn)
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
