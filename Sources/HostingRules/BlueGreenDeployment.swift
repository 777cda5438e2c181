import SimTime

/// An update that brings up a complete green fleet and moves the traffic to it in steps.
/// AWS: recorded and documented — spec/hosting.md §B.3, §B.5.
struct BlueGreenDeployment: Equatable, Sendable, Codable {
    /// queued → provisioning → probing → activating(1) → baking(1) → activating(2) … → finalBake
    /// → retiringBlue. A bake of no seconds is left out. Every stage before retiringBlue can turn into rollingBack.
    enum Stage: Equatable, Sendable, Codable {
        /// The request is taken; nothing of it shows but the status.
        case queued
        /// Green machines are starting.
        case provisioning
        /// Awaiting the owner's word on the green machines.
        case probing
        /// Traffic is being switched to green's share of this step.
        case activating(step: Int)
        /// Green's share of this step is watched.
        case baking(step: Int)
        /// Green has all traffic; blue is alive in case it must come back.
        case finalBake
        /// Blue machines are ending; the way back is gone.
        case retiringBlue
        /// Blue has all traffic; green machines are ending.
        case rollingBack(RollbackCause)
    }

    let configName: EndpointConfigName
    /// Nil: unguarded.
    let policy: BlueGreenPolicy?
    let alarms: [AlarmName]
    private(set) var workflowStartedAt: SimInstant?
    var green: [Fleet]
    private(set) var stage = Stage.queued
    private(set) var stageStartedAt: SimInstant

    init(
        configName: EndpointConfigName, policy: BlueGreenPolicy?, alarms: [AlarmName], green: [Fleet],
        turn: inout Turn
    ) {
        self.configName = configName
        self.policy = policy
        self.alarms = alarms
        self.green = green
        stageStartedAt = turn.now
        turn.arm(.workflowStart, after: turn.profile.workflowStart)
        if let limit = policy?.maximumExecutionTimeoutSeconds {
            turn.arm(.executionLimit, after: .seconds(Int64(limit)))
        }
    }

    mutating func stageElapsed(blue: inout [Fleet], turn: inout Turn) -> Deployment.Progress {
        switch stage {
        case .queued:
            workflowStartedAt = turn.now
            enter(.provisioning, &turn)
            provision(&turn)
        case .provisioning:
            stage = .probing
            turn.probe(green.launches)
        case .probing:
            break  // Time does not answer a probe.
        case .activating(let step):
            if step < stepCount {
                if routing.waitSeconds > 0 {
                    bake(.baking(step: step), .baking(seconds: routing.waitSeconds), routing.waitSeconds, &turn)
                } else {
                    activate(step: step + 1, blue: &blue, turn: &turn)
                }
            } else if terminationWaitSeconds > 0 {
                bake(.finalBake, .finalBake(seconds: terminationWaitSeconds), terminationWaitSeconds, &turn)
            } else {
                retireBlue(&blue, &turn)
            }
        case .baking(let step):
            activate(step: step + 1, blue: &blue, turn: &turn)
        case .finalBake:
            retireBlue(&blue, &turn)
        case .retiringBlue:
            return .succeeded(green: green)
        case .rollingBack(let cause):
            return .rolledBack(cause)
        }
        return .running
    }

    mutating func launched(_ failure: LaunchFailure?, blue: inout [Fleet], turn: inout Turn) {
        if let failure {
            turn.record(.launchFailed(failure))
            stop(.launch(failure), blue: &blue, turn: &turn)
        } else {
            green.launchesPassed()
            activate(step: 1, blue: &blue, turn: &turn)
        }
    }

    /// The machines of the open probe are not to be had yet: they are asked about again.
    mutating func awaitCapacity() {
        if stage == .probing { stage = .provisioning }
    }

    /// Sends all traffic to blue and ends green. AWS: recorded — spec/hosting.md §B.3.
    mutating func stop(_ cause: RollbackCause, blue: inout [Fleet], turn: inout Turn) {
        switch stage {
        case .queued, .provisioning, .probing, .activating, .baking, .finalBake:
            break
        case .retiringBlue, .rollingBack:
            return  // Too late, or done already: the first cause decides.
        }
        let wasWatching = isWatching
        turn.disarmAll()
        turn.record(.rollbackStarted(cause))
        blue.serveAll()
        turn.retire(green.retireAll())
        enter(.rollingBack(cause), &turn)
        if wasWatching { turn.actions.append(.unwatch) }
        turn.arm(.fleetRetired, after: turn.profile.termination)
    }

    // MARK: Queries

    var isProbing: Bool {
        switch stage {
        case .probing: true
        case .queued, .provisioning, .activating, .baking, .finalBake, .retiringBlue, .rollingBack: false
        }
    }

    /// Alarms count from the first traffic on green until blue can no longer come back.
    /// AWS: assumed for stages between bakes — spec/hosting.md §B.6.
    var isWatching: Bool {
        switch stage {
        case .activating, .baking, .finalBake: !alarms.isEmpty
        case .queued, .provisioning, .probing, .retiringBlue, .rollingBack: false
        }
    }

    var routing: TrafficRouting { policy?.routing ?? .allAtOnce }

    var terminationWaitSeconds: Int { policy?.terminationWaitSeconds ?? 0 }

    private var stepCount: Int {
        green.reduce(1) { max($0, routing.stepCount(of: $1.desiredInstanceCount)) }
    }

    // MARK: Steps

    private mutating func enter(_ next: Stage, _ turn: inout Turn) {
        stage = next
        stageStartedAt = turn.now
    }

    private mutating func provision(_ turn: inout Turn) {
        var launches: [Launch] = []
        for index in green.indices {
            launches.append(green[index].launch(green[index].desiredInstanceCount, ids: &turn.ids))
        }
        turn.record(.stageStarted(.provisioning(instances: green.total(.launching))))
        turn.provision(launches)
        turn.arm(.fleetReady, after: turn.profile.provisioning)
    }

    private mutating func activate(step: Int, blue: inout [Fleet], turn: inout Turn) {
        enter(.activating(step: step), &turn)
        turn.record(.stageStarted(.activating(step: step, of: stepCount)))
        let isLast = step >= stepCount
        for index in green.indices {
            let fleet = green[index]
            let total = fleet.desiredInstanceCount
            let active = isLast ? total : routing.active(afterStep: step, of: total)
            green[index].setServing(active)
            let alive = blue.alive(fleet.variant)
            // A green fleet of no machines has no share to take over before the last step.
            let left = total == 0
                ? alive : CapacityRounding.blueActive(blue: alive, greenActive: active, green: total)
            blue.setServing(left, fleet.variant)
        }
        if isLast {
            // Variants that the new configuration does not have lose their traffic too.
            for index in blue.indices { blue[index].setServing(0) }
        }
        turn.record(.trafficShifted(green.shares(blue: blue)))
        if step == 1, isWatching { turn.actions.append(.watch(alarms)) }
        if isWatching { turn.checkAlarms(alarms) }
        turn.arm(.trafficSwitched, after: turn.profile.trafficSwitch)
    }

    private mutating func bake(_ next: Stage, _ name: DeploymentStage, _ seconds: Int, _ turn: inout Turn) {
        enter(next, &turn)
        turn.record(.stageStarted(name))
        if isWatching { turn.checkAlarms(alarms) }
        turn.arm(.bakeEnds, after: .seconds(Int64(seconds)))
    }

    private mutating func retireBlue(_ blue: inout [Fleet], _ turn: inout Turn) {
        let wasWatching = isWatching
        enter(.retiringBlue, &turn)
        if wasWatching { turn.actions.append(.unwatch) }
        // From here on there is no blue to go back to, so the limit has lost its meaning.
        turn.disarm(.executionLimit)
        turn.retire(blue.retireAll())
        turn.record(.stageStarted(.retiring(instances: blue.total(.retiring))))
        turn.arm(.fleetRetired, after: turn.profile.termination)
    }
}

extension [Fleet] {
    /// Traffic of these green fleets beside the blue ones.
    func shares(blue: [Fleet]) -> [TrafficShare] {
        map { fleet in
            TrafficShare(
                variant: fleet.variant, greenActive: fleet.count(.serving), greenTotal: fleet.desiredInstanceCount,
                blueActive: blue.serving(fleet.variant))
        }
    }
}
