import SimTime

/// An update that replaces the machines of one variant batch by batch.
/// AWS: documented — spec/hosting.md §C.
struct RollingDeployment: Equatable, Sendable, Codable {
    /// queued → (provisioning → probing → activating → baking → retiring) per batch.
    /// A bake of no seconds is left out.
    /// Until the last batch of blue retires, a stop leads to
    /// (restoring → restoreProbing → restoreActivating → retiringGreen) per rollback batch.
    enum Stage: Equatable, Sendable, Codable {
        /// The request is taken; nothing of it shows but the status.
        case queued
        /// A batch of green machines is starting.
        case provisioning
        /// Awaiting the owner's word on the batch.
        case probing
        /// Traffic is being switched on for the batch.
        case activating
        /// The batch is watched, with all of the remaining blue still serving.
        case baking
        /// As many blue machines are ending.
        case retiring
        /// A batch of blue machines is starting again.
        case restoring(Rollback)
        /// Awaiting the owner's word on it.
        case restoreProbing(Rollback)
        /// Traffic is being switched back to it.
        case restoreActivating(Rollback)
        /// Green machines are ending.
        case retiringGreen(Rollback)
    }

    /// What a rollback must undo.
    struct Rollback: Equatable, Sendable, Codable {
        let cause: RollbackCause
        /// Green machines when it began.
        let green: Int
        /// Blue machines that were gone when it began.
        let missing: Int
    }

    let configName: EndpointConfigName
    let policy: RollingPolicy
    let alarms: [AlarmName]
    /// Blue machines when the deployment began.
    let blueCount: Int
    private(set) var workflowStartedAt: SimInstant?
    var green: [Fleet]
    private(set) var stage = Stage.queued
    private(set) var stageStartedAt: SimInstant
    /// True from the first traffic on green until the deployment can no longer be stopped.
    private var hasTraffic = false

    init(
        configName: EndpointConfigName, policy: RollingPolicy, alarms: [AlarmName], green: Fleet, blueCount: Int,
        turn: inout Turn
    ) {
        self.configName = configName
        self.policy = policy
        self.alarms = alarms
        self.blueCount = blueCount
        self.green = [green]
        stageStartedAt = turn.now
        turn.arm(.workflowStart, after: turn.profile.workflowStart)
        if let limit = policy.maximumExecutionTimeoutSeconds {
            turn.arm(.executionLimit, after: .seconds(Int64(limit)))
        }
    }

    mutating func stageElapsed(blue: inout [Fleet], turn: inout Turn) -> Deployment.Progress {
        switch stage {
        case .queued:
            workflowStartedAt = turn.now
            provisionBatch(&turn)
        case .provisioning:
            stage = .probing
            turn.probe(green.launches)
        case .probing, .restoreProbing:
            break  // Time does not answer a probe.
        case .activating:
            if policy.waitSeconds > 0 { bake(&turn) } else { retireBatch(&blue, &turn) }
        case .baking:
            retireBatch(&blue, &turn)
        case .retiring:
            blue.dropRetired()
            if greenCount >= greenTotal { return .succeeded(green: green) }
            provisionBatch(&turn)
        case .restoring(let rollback):
            stage = .restoreProbing(rollback)
            turn.probe(blue.launches)
        case .restoreActivating(let rollback):
            retireGreen(rollback, blue: blue, turn: &turn)
        case .retiringGreen(let rollback):
            green.dropRetired()
            if missing(blue) == 0 { return .rolledBack(rollback.cause) }
            restoreBatch(rollback, &blue, &turn)
        }
        return .running
    }

    mutating func launched(_ failure: LaunchFailure?, blue: inout [Fleet], turn: inout Turn) -> Deployment.Progress {
        if let failure { turn.record(.launchFailed(failure)) }
        switch (stage, failure) {
        case (.probing, nil):
            green.launchesPassed()
            activate(blue: blue, turn: &turn)
        case (.probing, let failure?):
            stop(.launch(failure), blue: &blue, turn: &turn)
        case (.restoreProbing(let rollback), nil):
            blue.launchesPassed()
            reactivate(rollback, &blue, &turn)
        case (.restoreProbing(let rollback), let failure?):
            turn.retire(blue.abandonLaunches())
            return .rollbackFailed(rollback.cause, failure, green: green)
        case (.queued, _), (.provisioning, _), (.activating, _), (.baking, _), (.retiring, _), (.restoring, _),
            (.restoreActivating, _), (.retiringGreen, _):
            break  // No probe is open.
        }
        return .running
    }

    /// The machines of the open probe are not to be had yet: they are asked about again.
    mutating func awaitCapacity() {
        switch stage {
        case .probing: stage = .provisioning
        case .restoreProbing(let rollback): stage = .restoring(rollback)
        case .queued, .provisioning, .activating, .baking, .retiring, .restoring, .restoreActivating, .retiringGreen:
            break  // No probe is open.
        }
    }

    /// Begins the way back to blue. AWS: documented — spec/hosting.md §C.
    mutating func stop(_ cause: RollbackCause, blue: inout [Fleet], turn: inout Turn) {
        switch stage {
        case .queued, .provisioning, .probing, .activating, .baking:
            break
        case .retiring:
            if greenCount >= greenTotal { return }  // The last of blue is going: the update is decided.
        case .restoring, .restoreProbing, .restoreActivating, .retiringGreen:
            return  // The first cause decides.
        }
        let wasWatching = isWatching
        hasTraffic = false
        turn.disarmAll()
        turn.record(.rollbackStarted(cause))
        if wasWatching { turn.actions.append(.unwatch) }
        turn.retire(green.abandonLaunches())
        blue.dropRetired()
        let rollback = Rollback(cause: cause, green: greenCount, missing: missing(blue))
        if rollback.missing > 0 {
            restoreBatch(rollback, &blue, &turn)
        } else {
            blue.serveAll()
            retireGreen(rollback, blue: blue, turn: &turn)
        }
    }

    // MARK: Queries

    var isProbing: Bool {
        switch stage {
        case .probing, .restoreProbing: true
        case .queued, .provisioning, .activating, .baking, .retiring, .restoring, .restoreActivating,
            .retiringGreen: false
        }
    }

    var isWatching: Bool { hasTraffic && !alarms.isEmpty }

    var isRollingBack: Bool {
        switch stage {
        case .restoring, .restoreProbing, .restoreActivating, .retiringGreen: true
        case .queued, .provisioning, .probing, .activating, .baking, .retiring: false
        }
    }

    /// Green machines that are healthy.
    var greenCount: Int { green.reduce(0) { $0 + $1.aliveCount } }

    var greenTotal: Int { green.reduce(0) { $0 + $1.desiredInstanceCount } }

    private func missing(_ blue: [Fleet]) -> Int {
        max(0, blueCount - blue.reduce(0) { $0 + $1.aliveCount })
    }

    // MARK: Forward

    private mutating func enter(_ next: Stage, _ turn: inout Turn) {
        stage = next
        stageStartedAt = turn.now
    }

    private mutating func provisionBatch(_ turn: inout Turn) {
        let count = min(policy.maximumBatchSize.instances(of: greenTotal), greenTotal - greenCount)
        enter(.provisioning, &turn)
        turn.record(.stageStarted(.provisioning(instances: count)))
        turn.provision([green[0].launch(count, ids: &turn.ids)])
        turn.arm(.fleetReady, after: turn.profile.provisioning)
    }

    private mutating func activate(blue: [Fleet], turn: inout Turn) {
        let batch = policy.maximumBatchSize.instances(of: greenTotal)
        let batches = CapacityRounding.steps(of: batch, covering: greenTotal)
        enter(.activating, &turn)
        green.serveAll()
        turn.record(.stageStarted(.activating(
            step: CapacityRounding.steps(of: batch, covering: greenCount), of: batches)))
        turn.record(.trafficShifted(green.shares(blue: blue)))
        let isFirst = !hasTraffic
        hasTraffic = true
        if isFirst, isWatching { turn.actions.append(.watch(alarms)) }
        if isWatching { turn.checkAlarms(alarms) }
        turn.arm(.trafficSwitched, after: turn.profile.trafficSwitch)
    }

    private mutating func bake(_ turn: inout Turn) {
        enter(.baking, &turn)
        turn.record(.stageStarted(.baking(seconds: policy.waitSeconds)))
        if isWatching { turn.checkAlarms(alarms) }
        turn.arm(.bakeEnds, after: .seconds(Int64(policy.waitSeconds)))
    }

    private mutating func retireBatch(_ blue: inout [Fleet], _ turn: inout Turn) {
        let alive = blue.reduce(0) { $0 + $1.aliveCount }
        let left = CapacityRounding.remaining(of: blueCount, done: greenCount, total: greenTotal)
        let isLast = greenCount >= greenTotal
        enter(.retiring, &turn)
        if isLast {
            if isWatching { turn.actions.append(.unwatch) }
            hasTraffic = false
            turn.disarm(.executionLimit)
        } else if isWatching {
            turn.checkAlarms(alarms)
        }
        turn.record(.stageStarted(.retiring(instances: max(0, alive - left))))
        turn.retire(blue.retire(max(0, alive - left)))
        turn.record(.trafficShifted(green.shares(blue: blue)))
        turn.arm(.fleetRetired, after: turn.profile.termination)
    }

    // MARK: Backward

    private mutating func restoreBatch(_ rollback: Rollback, _ blue: inout [Fleet], _ turn: inout Turn) {
        let missing = missing(blue)
        // AWS: documented — without a batch size the whole old capacity comes back at once.
        let batch = policy.rollbackMaximumBatchSize.map { $0.instances(of: blueCount) } ?? missing
        let count = min(batch, missing)
        enter(.restoring(rollback), &turn)
        turn.record(.stageStarted(.restoring(instances: count)))
        turn.provision([blue[0].launch(count, ids: &turn.ids)])
        turn.arm(.fleetReady, after: turn.profile.provisioning)
    }

    private mutating func reactivate(_ rollback: Rollback, _ blue: inout [Fleet], _ turn: inout Turn) {
        enter(.restoreActivating(rollback), &turn)
        blue.serveAll()
        green[0].setServing(greenLeft(rollback, blue))
        turn.record(.trafficShifted(green.shares(blue: blue)))
        turn.arm(.trafficSwitched, after: turn.profile.trafficSwitch)
    }

    private mutating func retireGreen(_ rollback: Rollback, blue: [Fleet], turn: inout Turn) {
        let count = greenCount - greenLeft(rollback, blue)
        enter(.retiringGreen(rollback), &turn)
        turn.retire(green.retire(count))
        turn.record(.stageStarted(.retiring(instances: count)))
        turn.arm(.fleetRetired, after: turn.profile.termination)
    }

    /// Green machines that keep their traffic until the blue ones still missing are back.
    private func greenLeft(_ rollback: Rollback, _ blue: [Fleet]) -> Int {
        let restored = rollback.missing - missing(blue)
        return min(greenCount, CapacityRounding.remaining(of: rollback.green, done: restored, total: rollback.missing))
    }
}
