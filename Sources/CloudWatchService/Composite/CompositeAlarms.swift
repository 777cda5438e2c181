import MetricRules
import SimTime
import Store
import Timeline
import Vocabulary

/// Composite alarms: evaluated in the turn in which a child changes, so that a chain of them settles in one instant.
extension Alarms {
    static let suppressionTimer = "cloudwatch-suppression"

    // MARK: Records

    func composite(_ key: AlarmKey, in turn: Turn) throws -> CompositeAlarmRecord? {
        try composites.load(turn.transaction)
        return try turn.transaction.document(key.compositeDocument, as: CompositeAlarmRecord.self)
    }

    func put(_ record: CompositeAlarmRecord, _ key: AlarmKey, in turn: Turn) throws {
        try turn.transaction.put(key.compositeDocument, record)
        turn.afterCommit { [composites] in composites.apply(key, record) }
    }

    func deleteComposite(_ key: AlarmKey, in turn: Turn) throws {
        try turn.transaction.delete(key.compositeDocument)
        try turn.disarmAll(kind: Self.suppressionTimer, owner: key.timerOwner)
        turn.afterCommit { [composites] in composites.apply(key, nil) }
    }

    /// The state of an alarm of either kind.
    func state(of key: AlarmKey, in turn: Turn) throws -> (state: AlarmState, since: SimInstant)? {
        if let metric = try record(key, in: turn) { return (metric.stateValue, metric.stateTransitioned) }
        return try composite(key, in: turn).map { ($0.stateValue, $0.stateTransitioned) }
    }

    // MARK: Evaluation

    /// Evaluates a composite that was just put. AWS: recorded reason — spec/cloudwatch.md §10.
    func evaluatePut(_ key: AlarmKey, _ record: CompositeAlarmRecord, isNew: Bool, in turn: Turn) throws {
        guard let rule = try? AlarmRule(parsing: record.rule), !isInCycle(key, record) else { return }
        var children: [AlarmExplanation.Child] = []
        let isTrue = try rule.isTrue { reference in
            let child = AlarmKey(realm: key.realm, name: AlarmReference.name(reference))
            guard let found = try self.state(of: child, in: turn) else { return nil }
            children.append(.init(arn: AlarmRecord.arn(child.name, in: key.realm), state: found.state, since: found.since))
            return found.state
        }
        let state: AlarmState = isTrue ? .alarm : .ok
        guard state != record.stateValue else { return }
        let why = AlarmExplanation(compositeARN: record.arn(in: key.realm), isNew: isNew, state: state, children: children)
        try change(key, record, to: state, reason: why.reason, reasonData: why.reasonData, in: turn)
    }

    /// Lets the composites above an alarm follow its change.
    func evaluateParents(of child: AlarmKey, _ state: AlarmState, in turn: Turn) throws {
        try composites.load(turn.transaction)
        for key in composites.parents(of: child) {
            guard let record = try composite(key, in: turn), let rule = try? AlarmRule(parsing: record.rule),
                  !isInCycle(key, record)
            else { continue }
            let isTrue = try rule.isTrue { reference in
                try self.state(of: AlarmKey(realm: key.realm, name: AlarmReference.name(reference)), in: turn)?.state
            }
            let next: AlarmState = isTrue ? .alarm : .ok
            // AWS: recorded — an unchanged value changes neither reason nor timestamps.
            guard next != record.stateValue else { continue }
            let why = AlarmExplanation(changedChild: .init(
                arn: AlarmRecord.arn(child.name, in: key.realm), state: state, since: turn.now))
            try change(key, record, to: next, reason: why.reason, reasonData: why.reasonData, in: turn)
        }
        for key in composites.suppressed(by: child) {
            guard var record = try composite(key, in: turn) else { continue }
            let outcome = record.suppression.suppressorChanged(
                rings: state == .alarm, extension: .seconds(Int64(record.extensionSeconds ?? 0)), at: turn.now)
            try carryOut(outcome, key, &record, in: turn)
        }
    }

    /// Composites that depend on themselves are not evaluated. AWS: doc — spec/cloudwatch.md §10, cycles.
    private func isInCycle(_ key: AlarmKey, _ record: CompositeAlarmRecord) -> Bool {
        var seen: Set<AlarmKey> = [], open = record.children.map { AlarmKey(realm: key.realm, name: $0) }
        while let next = open.popLast() {
            if next == key { return true }
            guard seen.insert(next).inserted, let child = composites.record(next) else { continue }
            open += child.children.map { AlarmKey(realm: key.realm, name: $0) }
        }
        return false
    }

    /// Sets a composite's state: document, history, event, actions or their suppression, and those above it.
    func change(
        _ key: AlarmKey, _ old: CompositeAlarmRecord, to state: AlarmState, reason: String, reasonData: String?, in turn: Turn
    ) throws {
        var new = old.changed(to: state, reason: reason, reasonData: reasonData, at: turn.now)
        guard new.state != old.state else { return try put(new, key, in: turn) }
        try noteTransition(key, from: old, to: new, in: turn)
        if let name = new.suppressorName {
            let rings = try self.state(of: AlarmKey(realm: key.realm, name: name), in: turn)?.state == .alarm
            let outcome = new.suppression.compositeChanged(
                suppressorRings: rings, wait: .seconds(Int64(new.waitSeconds ?? 0)), at: turn.now)
            try carryOut(outcome, key, &new, in: turn)
        } else {
            try put(new, key, in: turn)
            try actions.perform(for: new, key, in: turn)
        }
        try evaluateParents(of: key, state, in: turn)
    }

    // MARK: Suppression

    private func carryOut(
        _ outcome: ActionSuppression.Outcome, _ key: AlarmKey, _ record: inout CompositeAlarmRecord, in turn: Turn
    ) throws {
        let timer = TimerID(kind: Self.suppressionTimer, owner: key.timerOwner, name: key.name)
        switch outcome {
        case .hold(let until): try turn.arm(timer, at: until, phase: Phase.alarmEvaluation)
        case .holdWhileSuppressed, .act: try turn.disarm(timer)
        case .nothing: break
        }
        // AWS: inferred wording.
        let suppressor = AlarmRecord.arn(record.suppressorName ?? "", in: key.realm)
        record.suppressedReason = switch record.suppression.cause {
        case .waitPeriod?: "Waiting up to \(record.waitSeconds ?? 0) seconds for \(suppressor) to go into ALARM"
        case .extensionPeriod?: "\(suppressor) left ALARM less than \(record.extensionSeconds ?? 0) seconds ago"
        case .alarm?: "\(suppressor) is in ALARM"
        case nil: nil
        }
        try put(record, key, in: turn)
        if outcome == .act { try actions.perform(for: record, key, in: turn) }
    }

    /// A wait or extension is over.
    func suppressionEnded(_ id: TimerID, in turn: Turn) throws {
        guard let realm = AlarmKey.realm(ofTimerOwner: id.owner) else { return }
        let key = AlarmKey(realm: realm, name: id.name)
        guard var record = try composite(key, in: turn) else { return }
        let outcome = record.suppression.holdEnded()
        try carryOut(outcome, key, &record, in: turn)
    }

    /// The composite alarms of a realm, ordered by name.
    func compositeRecords(in realm: Realm) async throws -> [CompositeAlarmRecord] {
        if !composites.isLoaded {
            try await timeline.betweenTurns { [timeline, composites] in try timeline.store.read { try composites.load($0) } }
        }
        return composites.records(in: realm)
    }
}

extension AlarmKey {
    var compositeDocument: DocumentKey {
        DocumentCollection(realm, service: AlarmBook.service, type: CompositeBook.documentType).key(name)
    }

    /// The owner of an alarm's timers.
    var timerOwner: String { "\(realm.account.digits)/\(realm.region.name)/\(name)" }

    static func realm(ofTimerOwner owner: String) -> Realm? {
        let parts = owner.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, let account = AccountID(String(parts[0])), let region = RegionName(String(parts[1]))
        else { return nil }
        return Realm(account: account, region: region)
    }
}
