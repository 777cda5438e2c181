package import SimTime

/// An inference component as a value: copies of a model on the machines of a variant.
///
/// It decides how many copies of which specification it wants; where they go is its owner's to say (`place`,
/// `cannotPlace`), because machines are shared with other components. Stored as JSON: fields added later are optional.
package struct InferenceComponent: Equatable, Sendable, Codable {
    /// creating → inService | failed; inService | failed → updating → inService | failed; all but these → deleting.
    enum State: Equatable, Sendable, Codable {
        case creating(ComponentWork)
        case inService
        case updating(ComponentWork)
        case failed
        case deleting
        case removed
    }

    package let name: ComponentName
    package let createdAt: SimInstant
    package internal(set) var lastModifiedAt: SimInstant
    /// How long things take; for what has not begun yet.
    package var profile: ProvisioningProfile
    /// Which specification serves, or is to serve; a rollout changes it when it is complete.
    package internal(set) var revision: Int
    package internal(set) var desiredCopyCount: Int
    package internal(set) var copies: [ComponentCopy] = []
    package internal(set) var failureReason: String?
    package internal(set) var lastDeploymentConfig: ComponentDeploymentConfig?
    package internal(set) var timers: [ComponentTimer: SimInstant] = [:]
    var state: State
    private var lastCopy = 0

    /// Above any endpoint's machines; bounds what one request can cause.
    package static let copiesMax = 1000

    /// Begins with `copyCount` copies wanted. Throws `noCopies`, `copyCountOutOfBounds`.
    /// AWS: recorded — a component cannot be created with no copies; scaling in brings it there.
    package static func create(
        _ name: ComponentName, copyCount: Int, profile: ProvisioningProfile, at now: SimInstant
    ) throws(ComponentRejection) -> (component: InferenceComponent, actions: [ComponentAction]) {
        if copyCount < 1 { throw .noCopies }
        if copyCount > copiesMax { throw .copyCountOutOfBounds(copyCount) }
        let component = InferenceComponent(name, copyCount, profile, now)
        return (component, [.statusChanged(.creating, reason: nil)])
    }

    private init(_ name: ComponentName, _ copyCount: Int, _ profile: ProvisioningProfile, _ now: SimInstant) {
        self.name = name
        self.profile = profile
        createdAt = now
        lastModifiedAt = now
        revision = 1
        desiredCopyCount = copyCount
        state = .creating(ComponentWork(.scale(formerCopyCount: 0), stage: .placing, since: now))
    }

    // MARK: Requests

    /// UpdateInferenceComponentRuntimeConfig. Throws `busy`, `copyCountOutOfBounds`.
    package mutating func setCopyCount(_ count: Int, at now: SimInstant) throws(ComponentRejection) -> [ComponentAction] {
        try requireIdle()
        guard (0...Self.copiesMax).contains(count) else { throw .copyCountOutOfBounds(count) }
        let former = desiredCopyCount
        if othersCount(than: revision) > 0 {
            // A rollback that failed has left a mix; this change ends it.
            return try update(to: revision, copyCount: count, config: nil, at: now)
        }
        desiredCopyCount = count
        return turn(at: now) { component, actions in
            component.begin(.scale(formerCopyCount: former), at: now)
            if component.aliveCount > count { component.retire(component.aliveCount - count, &actions, at: now) }
        }
    }

    /// UpdateInferenceComponent: copies of specification `revision` take over. Throws `busy`, `copyCountOutOfBounds`,
    /// `batchOutOfBounds`.
    package mutating func update(
        to revision: Int, copyCount: Int?, config: ComponentDeploymentConfig?, at now: SimInstant
    ) throws(ComponentRejection) -> [ComponentAction] {
        try requireIdle()
        let count = copyCount ?? desiredCopyCount
        guard (0...Self.copiesMax).contains(count) else { throw .copyCountOutOfBounds(count) }
        try config?.check(copies: count)
        let rollout = ComponentRollout(
            from: self.revision, to: revision, formerCopyCount: desiredCopyCount, config: config)
        desiredCopyCount = count
        if let config { lastDeploymentConfig = config }
        return turn(at: now) { component, actions in
            component.begin(.rollout(rollout), at: now)
            if let limit = config?.maximumExecutionTimeoutSeconds {
                component.arm(.executionLimit, at: now + .seconds(Int64(limit)), &actions)
            }
            if component.wantedCopies == 0 { component.batchServes(rollout, &actions, at: now) }
        }
    }

    /// DeleteInferenceComponent. Throws `busy`. AWS: recorded — refused while it is created or updated.
    package mutating func delete(at now: SimInstant) throws(ComponentRejection) -> [ComponentAction] {
        try requireIdle()
        return turn(at: now) { component, actions in
            component.state = .deleting
            component.lastModifiedAt = now
            for index in component.copies.indices { component.copies[index].state = .retiring }
            component.arm(.copiesRetired, at: now + component.profile.termination, &actions)
        }
    }

    // MARK: Facts

    /// Machines for the next copies of `wantedRevision`, at most `wantedCopies` of them.
    package mutating func place(on machines: [InstanceID], at now: SimInstant) -> [ComponentAction] {
        guard !machines.isEmpty else { return [] }
        return turn(at: now) { component, actions in
            let isHealing = component.work == nil
            for machine in machines.prefix(component.wantedCopies) {
                component.lastCopy += 1
                component.copies.append(ComponentCopy(
                    number: component.lastCopy, machine: machine, revision: component.wantedRevision,
                    // A copy that lost its machine to an update of the endpoint goes on at once: the new machine was
                    // made ready for it before the old one went. AWS: assumed.
                    state: isHealing ? .serving : .starting))
            }
            guard !isHealing, component.wantedCopies == 0 else { return }
            component.enter(.starting, at: now)
            component.arm(.copiesReady, at: now + component.profile.provisioning, &actions)
        }
    }

    /// There is no room for the wanted copies, and there will be none.
    package mutating func cannotPlace(_ reason: String, at now: SimInstant) -> [ComponentAction] {
        guard let work, work.stage == .placing else { return [] }
        return turn(at: now) { component, actions in
            if case .rollout(var rollout) = work.kind, rollout.config == nil, rollout.cause == nil, !rollout.isInPlace,
               component.othersCount(than: rollout.to) > 0 {
                // Nobody asked for an overlap: the old copies make room.
                rollout.isInPlace = true
                component.set(.rollout(rollout))
                component.retireAll(except: rollout.to, &actions, at: now)
                return
            }
            component.launchFailed(reason, &actions, at: now)
        }
    }

    /// The answer to `probe`: nil when the starting copies pass their health check, else the reason.
    package mutating func probed(failure: String?, at now: SimInstant) -> [ComponentAction] {
        guard let work, work.stage == .probing else { return [] }
        return turn(at: now) { component, actions in
            if let failure { return component.launchFailed(failure, &actions, at: now) }
            for index in component.copies.indices where component.copies[index].state == .starting {
                component.copies[index].state = .serving
            }
            switch work.kind {
            case .scale: component.finish(&actions, at: now)
            case .rollout(let rollout): component.batchServes(rollout, &actions, at: now)
            }
        }
    }

    package mutating func timerFired(_ timer: ComponentTimer, at now: SimInstant) -> [ComponentAction] {
        guard timers.removeValue(forKey: timer) != nil else { return [] }
        return turn(at: now) { component, actions in
            if case .deleting = component.state {
                component.state = .removed
                component.copies = []
                actions.append(.removed)
                return
            }
            guard let work = component.work else { return }
            switch (timer, work.kind) {
            case (.copiesReady, _):
                component.enter(.probing, at: now)
                actions.append(.probe)
            case (.bakeEnds, .rollout(let rollout)):
                component.replaceBatch(rollout, &actions, at: now)
            case (.copiesRetired, .scale):
                component.copies.removeAll { $0.state == .retiring }
                component.finish(&actions, at: now)
            case (.copiesRetired, .rollout(let rollout)):
                component.copies.removeAll { $0.state == .retiring }
                component.batchReplaced(rollout, &actions, at: now)
            case (.executionLimit, .rollout(let rollout)):
                let limit = rollout.config?.maximumExecutionTimeoutSeconds ?? 0
                component.rollBack(rollout, .executionLimit(seconds: limit), &actions, at: now)
            case (.bakeEnds, .scale), (.executionLimit, .scale):
                break  // Never armed for these.
            }
        }
    }

    /// These alarms are in ALARM. Only a rollout with copies of the new specification in service minds.
    package mutating func alarmTripped(_ alarms: [AlarmName], at now: SimInstant) -> [ComponentAction] {
        guard case .rollout(let rollout) = work?.kind else { return [] }
        let tripped = watchedAlarms.filter(alarms.contains)
        if tripped.isEmpty { return [] }
        return turn(at: now) { component, actions in
            component.rollBack(rollout, .alarms(tripped), &actions, at: now)
        }
    }

    /// Those machines are gone, and what was on them.
    package mutating func machinesLost(except living: Set<InstanceID>, at now: SimInstant) -> [ComponentAction] {
        guard copies.contains(where: { !living.contains($0.machine) }) else { return [] }
        return turn(at: now) { component, actions in
            let lostStart = component.copies.contains { !living.contains($0.machine) && $0.state == .starting }
            component.copies.removeAll { !living.contains($0.machine) }
            if component.work?.stage == .starting, lostStart {
                component.disarm(.copiesReady, &actions)
                component.enter(.placing, at: now)
            }
        }
    }

    /// Copies that start or serve.
    var aliveCount: Int { copies.reduce(0) { $0 + ($1.state == .retiring ? 0 : 1) } }

    func count(of revision: Int) -> Int {
        copies.reduce(0) { $0 + ($1.revision == revision && $1.state != .retiring ? 1 : 0) }
    }

    private func requireIdle() throws(ComponentRejection) {
        switch state {
        case .inService, .failed: return
        case .creating, .updating, .deleting, .removed: throw .busy(status)
        }
    }

    private mutating func begin(_ kind: ComponentWork.Kind, at now: SimInstant) {
        state = .updating(ComponentWork(kind, stage: .placing, since: now))
        lastModifiedAt = now
    }

    /// Runs one event; a change of the status is told last.
    mutating func turn(
        at now: SimInstant, _ body: (inout InferenceComponent, inout [ComponentAction]) -> Void
    ) -> [ComponentAction] {
        let (oldStatus, oldWatched) = (status, watchedAlarms)
        var actions: [ComponentAction] = []
        body(&self, &actions)
        settleIdleWork(&actions, at: now)
        if status != oldStatus { actions.append(.statusChanged(status, reason: failureReason)) }
        if oldWatched.isEmpty, !watchedAlarms.isEmpty { actions.append(.checkAlarms(watchedAlarms)) }
        return actions
    }

    /// A change that needs no copy more and no copy less is done at once.
    private mutating func settleIdleWork(_ actions: inout [ComponentAction], at now: SimInstant) {
        guard let work, work.stage == .placing, case .scale = work.kind, wantedCopies == 0 else { return }
        if copies.contains(where: { $0.state == .starting }) {
            enter(.starting, at: now)
            arm(.copiesReady, at: now + profile.provisioning, &actions)
        } else {
            finish(&actions, at: now)
        }
    }
}
