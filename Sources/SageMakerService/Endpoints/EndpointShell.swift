import AWSModel
import AWSProtocols
import HostingRules
import Logging
import SimTime
import Store
package import Timeline
package import Vocabulary

/// Which of these alarms are in ALARM now. Implemented by CloudWatch, joined by the composition root.
package protocol AlarmStates: Sendable {
    /// Called inside a turn: sees what the turn has written.
    func alarmsInAlarm(among names: [String], realm: Realm, in turn: Turn) throws -> [String]
}

/// Performs what the rules decide: the only place where an `EndpointAction` has effects.
struct EndpointShell: Sendable {
    /// Timers of endpoints: their own, and alarms that are to be delivered to them.
    static let timerKind = "endpoint"
    static let alarmTimerKind = "endpoint-alarm"

    let directory: HostingDirectory
    let behaviors: BehaviorLedger
    let traffic: TrafficDesk
    let alarms: any AlarmStates
    let capacity: CapacityLedger
    let logs: ContainerLogs
    let async: AsyncDesk
    let housing: ComponentHousing
    let health: HealthCheck?
    /// For what an endpoint hears of later.
    let timeline: Timeline?

    /// The stored endpoint of that name; throws the not-found fault, also when only its case differs.
    func record(_ name: String, in realm: Realm, _ turn: Turn) throws -> EndpointRecord {
        let key = EndpointKey(realm, name)
        guard let record = try turn.transaction.document(key.document, as: EndpointRecord.self), record.name == name
        else { throw EndpointFaults.notFound(name, in: realm) }
        return record
    }

    /// Carries out the actions that an event led to, and those that follow, then stores and publishes the endpoint.
    func perform(_ actions: [EndpointAction], on changed: EndpointRecord, in turn: Turn) throws {
        var record = changed
        var queue = actions[...]
        var isRemoved = false
        // Nothing is printed by a turn that is undone.
        var printed: [@Sendable () -> Void] = []
        // Asked when the machines are published: before, nothing starts on them.
        var asked: [[Launch]] = []
        while let action = queue.popFirst() {
            switch action {
            case .arm(let timer, let instant): try turn.arm(timerID(record, timer), at: instant)
            case .disarm(let timer): try turn.disarm(timerID(record, timer))
            case .probe(let launches):
                let key = record.key
                let exhausted = record.endpoint.drawFromPools { available($0, for: key) }
                if exhausted.isEmpty, isLater(launches, record) {
                    asked.append(launches)
                    break
                }
                let outcome = outcome(of: launches, record, exhausted: exhausted)
                printed.append { [logs, record, now = turn.now] in
                    logs.pinged(launches, outcome, of: record, at: now)
                }
                queue += record.endpoint.fleetProvisioned(outcome, at: turn.now)[...]
            case .checkAlarms(let names):
                let tripped = try alarms.alarmsInAlarm(among: names.map(\.text), realm: record.realm, in: turn)
                queue += record.endpoint.alarmTripped(tripped.map { AlarmName($0) }, at: turn.now)[...]
            case .record(let event):
                turn.record(EndpointEventShape(record, at: turn.now).logged(event))
            case .removed: isRemoved = true
            case .provision(let launches):
                printed.append { [logs, health, record, now = turn.now] in
                    logs.started(launches, of: record, at: now) { health?.isNeeded(for: [$0], record) == true }
                }
            case .retire(let retirements):
                printed.append { [logs, record, now = turn.now] in logs.ended(retirements, of: record, at: now) }
            case .routingChanged: try async.routingChanged(record, in: turn)
            // Watches follow from the stored machine when it is published.
            case .watch, .unwatch: break
            }
        }
        for line in printed { turn.afterCommit(line) }
        let changes = isRemoved ? [] : try housing.settle(&record, in: turn)
        if !changes.isEmpty {
            // Managed scaling: its endpoint is in service, so that nothing refuses it; and then it is not any more.
            let scaling = try record.endpoint.updateWeightsAndCapacities(changes, at: turn.now)
            try perform(scaling, on: record, in: turn)
            return askLater(asked, of: record, in: turn)
        }
        let (finished, directory) = (record, directory)
        if isRemoved {
            try turn.disarmAll(kind: Self.timerKind, owner: record.key.owner)
            try turn.disarmAll(kind: ComponentShell.idleTimerKind, owner: record.key.owner)
            try turn.transaction.delete(record.key.document)
            try traffic.endpointRemoved(record.key, in: turn)
            try async.endpointRemoved(record.key, in: turn)
            try housing.evictOrphans(of: record.key, besides: nil, in: turn)
            turn.afterCommit { directory.remove(finished.key) }
        } else {
            try turn.transaction.put(record.key.document, record)
            turn.afterCommit { directory.publish(finished) }
        }
        askLater(asked, of: record, in: turn)
    }

    private func askLater(_ probes: [[Launch]], of record: EndpointRecord, in turn: Turn) {
        for launches in probes { turn.afterCommit { [self] in answerLater(launches, of: record) } }
    }

    /// Components of that endpoint have changed: they may want machines, or leave some idle.
    func lookAtComponents(of key: EndpointKey, in turn: Turn) throws {
        let record = try turn.transaction.document(key.document, as: EndpointRecord.self)
        try housing.evictOrphans(of: key, besides: record, in: turn)
        if let record { try perform([], on: record, in: turn) }
    }

    /// A timer of an endpoint or of an inference component is due.
    func timerFired(_ id: TimerID, in turn: Turn) throws {
        switch id.kind {
        case ComponentShell.timerKind, ComponentShell.alarmTimerKind:
            if let key = try housing.shell.timerFired(id, in: turn) { try lookAtComponents(of: key, in: turn) }
            return
        case ComponentShell.idleTimerKind:
            if let key = EndpointKey(owner: id.owner) { try lookAtComponents(of: key, in: turn) }
            return
        default: break
        }
        guard let key = EndpointKey(owner: id.owner),
              var record = try turn.transaction.document(key.document, as: EndpointRecord.self) else { return }
        if id.kind == Self.alarmTimerKind {
            try perform(record.endpoint.alarmTripped([AlarmName(id.name)], at: turn.now), on: record, in: turn)
        } else if let timer = EndpointTimer(rawValue: id.name) {
            try perform(record.endpoint.timerFired(timer, at: turn.now), on: record, in: turn)
        }
    }

    /// An alarm went into ALARM: those that watch it hear of it later in the same instant, before lifecycles go on: a bake
    /// that ends at that instant ends in a rollback.
    func alarmRang(_ name: String, realm: Realm, in turn: Turn) throws {
        for key in directory.watchers(of: name, in: realm) {
            try turn.arm(
                TimerID(kind: Self.alarmTimerKind, owner: key.owner, name: name), at: turn.now,
                phase: Phase.alarmEvaluation)
        }
        try housing.shell.alarmRang(name, realm: realm, in: turn)
    }

    private func timerID(_ record: EndpointRecord, _ timer: EndpointTimer) -> TimerID {
        TimerID(kind: Self.timerKind, owner: record.key.owner, name: timer.rawValue)
    }

    /// Whether the health of these is known only later: nothing else is wrong with them, and processes take their time.
    private func isLater(_ launches: [Launch], _ record: EndpointRecord) -> Bool {
        health?.isNeeded(for: launches, record) == true && outcome(of: launches, record, exhausted: []) == .healthy
    }

    /// `exhausted` are the variants whose pools have no machine left.
    private func outcome(
        of launches: [Launch], _ record: EndpointRecord, exhausted: [VariantName]
    ) -> LaunchOutcome {
        let short = launches.filter { isShort(of: $0.plan.instanceType, for: record) }.map(\.plan.name)
        if !short.isEmpty || !exhausted.isEmpty { return .short(exhausted + short) }
        for launch in launches {
            // AWS: recorded — spec/hosting.md §A.5.
            if launch.plan.images.contains(where: { $0.resolved == nil }) { return .failed(.imagesMissing(launch.plan.name)) }
            guard let container = record.containers[launch.fleet.number] else { continue }
            for part in container.parts where (behaviors.behavior(for: part)?.ping?.status ?? 200) != 200 {
                return .failed(.pingFailed(of: part, launch.plan.name))
            }
        }
        return .healthy
    }

    /// Whether there are fewer machines of that type than are wanted now. Whoever is asked about first gets them:
    /// launches of other endpoints do not count yet.
    private func isShort(of instanceType: String?, for record: EndpointRecord) -> Bool {
        guard let instanceType, let available = available(instanceType, for: record.key) else { return false }
        return record.endpoint.machineCount(of: instanceType, countingLaunches: true) > available
    }

    /// How many machines of a type the others leave to an endpoint; nil for as many as it wants.
    private func available(_ instanceType: String, for key: EndpointKey) -> Int? {
        guard let limit = capacity.limit(of: instanceType) else { return nil }
        return directory.all.reduce(limit) { left, other in
            other.key == key ? left : left - other.endpoint.machineCount(of: instanceType, countingLaunches: false)
        }
    }
}
