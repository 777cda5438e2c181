package import SimTime

extension InferenceComponent {
    // MARK: Queries

    package var status: ComponentStatus {
        switch state {
        case .creating: .creating
        case .inService: .inService
        case .updating: .updating
        case .failed: .failed
        case .deleting, .removed: .deleting
        }
    }

    /// Copies that answer requests.
    package var servingCount: Int { copies.reduce(0) { $0 + ($1.state == .serving ? 1 : 0) } }

    /// Copies that still need a machine now.
    package var wantedCopies: Int {
        switch state {
        case .creating(let work), .updating(let work):
            guard work.stage == .placing else { return 0 }
            switch work.kind {
            case .scale: return max(0, desiredCopyCount - aliveCount)
            case .rollout(let rollout):
                let have = count(of: rollout.to)
                let starting = copies.reduce(0) { $0 + ($1.state == .starting ? 1 : 0) }
                let batch = rollout.isInPlace ? desiredCopyCount : rollout.batch(of: desiredCopyCount)
                return max(0, min(batch - starting, desiredCopyCount - have))
            }
        // Copies that lost their machines are made good.
        case .inService: return max(0, desiredCopyCount - aliveCount)
        case .failed, .deleting, .removed: return 0
        }
    }

    /// The specification of the wanted copies.
    package var wantedRevision: Int {
        if case .rollout(let rollout) = work?.kind { return rollout.to }
        return revision
    }

    /// The alarms that would stop the rollout now.
    package var watchedAlarms: [AlarmName] {
        guard case .rollout(let rollout) = work?.kind, rollout.cause == nil, let config = rollout.config,
              copies.contains(where: { $0.revision == rollout.to && $0.state == .serving })
        else { return [] }
        return config.alarms
    }

    /// The specifications that copies run or are to run.
    package var revisionsInUse: Set<Int> {
        var revisions: Set<Int> = [revision, wantedRevision]
        if case .rollout(let rollout) = work?.kind { revisions.formUnion([rollout.from, rollout.to]) }
        return revisions.union(copies.map(\.revision))
    }

    /// When the status changes next if nothing goes wrong, not looking past `horizon` nor through a bake.
    package func nextStatusChange(at now: SimInstant, notAfter horizon: SimInstant) -> SimInstant? {
        var ahead = self
        while let next = ahead.timers.min(by: { ($0.value, $0.key.rawValue) < ($1.value, $1.key.rawValue) }) {
            let instant = max(now, next.value)
            if instant > horizon || next.key == .bakeEnds { return nil }
            var actions = ahead.timerFired(next.key, at: instant)
            if actions.contains(.probe) { actions += ahead.probed(failure: nil, at: instant) }
            // Room for the next batch is not known here; the copies that just went are taken for it.
            if ahead.wantedCopies > 0 { return nil }
            if ahead.status != status || actions.contains(.removed) { return instant }
        }
        return nil
    }

    var work: ComponentWork? {
        switch state {
        case .creating(let work), .updating(let work): work
        case .inService, .failed, .deleting, .removed: nil
        }
    }

    // MARK: Steps

    mutating func set(_ kind: ComponentWork.Kind) { change { $0.kind = kind } }

    mutating func enter(_ stage: ComponentWork.Stage, at now: SimInstant) {
        change {
            $0.stage = stage
            $0.since = now
        }
    }

    private mutating func change(_ body: (inout ComponentWork) -> Void) {
        switch state {
        case .creating(var work):
            body(&work)
            state = .creating(work)
        case .updating(var work):
            body(&work)
            state = .updating(work)
        case .inService, .failed, .deleting, .removed:
            break
        }
    }

    mutating func arm(_ timer: ComponentTimer, at instant: SimInstant, _ actions: inout [ComponentAction]) {
        timers[timer] = instant
        actions.append(.arm(timer, at: instant))
    }

    mutating func disarm(_ timer: ComponentTimer, _ actions: inout [ComponentAction]) {
        if timers.removeValue(forKey: timer) != nil { actions.append(.disarm(timer)) }
    }

    private mutating func disarmAll(_ actions: inout [ComponentAction]) {
        for timer in ComponentTimer.allCases { disarm(timer, &actions) }
    }

    /// Ends `count` copies, the newest first, and waits for their end. `spared` is a specification whose copies stay.
    mutating func retire(
        _ count: Int, except spared: Int? = nil, _ actions: inout [ComponentAction], at now: SimInstant
    ) {
        var left = count
        for index in copies.indices.reversed() where left > 0 {
            let copy = copies[index]
            guard copy.state != .retiring, copy.revision != spared else { continue }
            copies[index].state = .retiring
            left -= 1
        }
        enter(.removing, at: now)
        arm(.copiesRetired, at: now + profile.termination, &actions)
    }

    mutating func retireAll(except spared: Int, _ actions: inout [ComponentAction], at now: SimInstant) {
        retire(othersCount(than: spared), except: spared, &actions, at: now)
    }

    /// Copies of every other specification: after a rollback that failed there may be several.
    func othersCount(than revision: Int) -> Int { aliveCount - count(of: revision) }

    /// The change is complete.
    mutating func finish(_ actions: inout [ComponentAction], at now: SimInstant) {
        disarmAll(&actions)
        var reason: String?
        if case .rollout(let rollout) = work?.kind {
            revision = rollout.to
            reason = rollout.failureReason
        }
        failureReason = reason.map { String($0.prefix(1024)) }
        lastModifiedAt = now
        state = .inService
    }

    /// A batch of new copies is in service.
    mutating func batchServes(_ rollout: ComponentRollout, _ actions: inout [ComponentAction], at now: SimInstant) {
        let wait = rollout.cause == nil ? rollout.config?.waitSeconds ?? 0 : 0
        guard wait > 0 else { return replaceBatch(rollout, &actions, at: now) }
        enter(.baking, at: now)
        arm(.bakeEnds, at: now + .seconds(Int64(wait)), &actions)
    }

    /// As many old copies go as there are new ones.
    mutating func replaceBatch(_ rollout: ComponentRollout, _ actions: inout [ComponentAction], at now: SimInstant) {
        let (old, new) = (othersCount(than: rollout.to), count(of: rollout.to))
        let total = rollout.cause == nil ? rollout.formerCopyCount : max(old, desiredCopyCount)
        let left = CapacityRounding.remaining(of: total, done: new, total: max(desiredCopyCount, 1))
        let surplus = new >= desiredCopyCount ? old : max(0, old - left)
        if surplus == 0 { return batchReplaced(rollout, &actions, at: now) }
        retire(surplus, except: rollout.to, &actions, at: now)
    }

    mutating func batchReplaced(_ rollout: ComponentRollout, _ actions: inout [ComponentAction], at now: SimInstant) {
        if count(of: rollout.to) >= desiredCopyCount, othersCount(than: rollout.to) == 0 {
            // The way back may find more copies than there were to be.
            let surplus = count(of: rollout.to) - desiredCopyCount
            return surplus > 0 ? retire(surplus, &actions, at: now) : finish(&actions, at: now)
        }
        enter(.placing, at: now)
    }

    /// The way back: the specifications change their places. On the way back already, the first cause decides.
    mutating func rollBack(
        _ rollout: ComponentRollout, _ cause: RollbackCause, _ actions: inout [ComponentAction], at now: SimInstant
    ) {
        guard rollout.cause == nil else { return }
        disarmAll(&actions)
        actions.append(.rollbackStarted(cause))
        copies.removeAll { $0.state == .starting || $0.state == .retiring }
        var back = rollout
        back.cause = cause
        (back.from, back.to) = (rollout.to, rollout.from)
        back.isInPlace = false
        desiredCopyCount = rollout.formerCopyCount
        set(.rollout(back))
        if count(of: back.to) >= desiredCopyCount {
            let failed = othersCount(than: back.to)
            if failed == 0 { batchReplaced(back, &actions, at: now) } else { retire(failed, except: back.to, &actions, at: now) }
        } else {
            enter(.placing, at: now)
        }
    }

    /// Copies could not be placed or did not pass their health check.
    mutating func launchFailed(_ reason: String, _ actions: inout [ComponentAction], at now: SimInstant) {
        guard let work else { return }
        disarmAll(&actions)
        copies.removeAll { $0.state == .starting }
        switch work.kind {
        case .scale(let former):
            failureReason = String(reason.prefix(1024))
            lastModifiedAt = now
            if case .creating = state {
                copies = []
                state = .failed
            } else {
                // What serves goes on serving. AWS: assumed.
                desiredCopyCount = min(former, desiredCopyCount)
                state = .inService
            }
        case .rollout(let rollout) where rollout.cause == nil:
            rollBack(rollout, .launch(.other(reason: reason)), &actions, at: now)
        case .rollout(let rollout):
            // Neither way: what serves goes on, and the status says that it is not as anybody wished. AWS: assumed.
            let first = rollout.failureReason ?? ""
            failureReason = String("\(first) The rollback failed: \(reason)".prefix(1024))
            revision = rollout.to
            lastModifiedAt = now
            state = .failed
        }
    }
}
