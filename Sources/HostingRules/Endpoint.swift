package import SimTime

/// A hosted endpoint as a value: requests, timers and facts go in, actions come out.
///
/// The owner performs the actions in order, stores the value, and calls back: `timerFired` at armed instants,
/// `fleetProvisioned` in answer to `probe`, `alarmTripped` in answer to `watch` and `checkAlarms`.
/// A call back that is no longer awaited changes nothing and returns nothing, so late ones are harmless.
/// The value is stored as JSON: fields added later must be optional, and cases keep their names.
package struct Endpoint: Equatable, Sendable, Codable {
    /// creating → inService | failed; inService → updating → inService | updateRollbackFailed;
    /// inService → rescaling → inService; updateRollbackFailed → updating;
    /// inService, updateRollbackFailed, failed → deleting → removed.
    enum State: Equatable, Sendable, Codable {
        /// The first fleets are starting; `isProbing` once the owner has been asked about them.
        case creating(isProbing: Bool)
        case inService
        /// An update, or its rollback, is running.
        case updating(Deployment)
        case rescaling(Rescale)
        /// A rolling update and then its rollback failed; machines of both fleets serve.
        case updateRollbackFailed
        /// The creation failed; nothing serves.
        case failed
        case deleting
        case removed
    }

    package let createdAt: SimInstant
    /// How long things take; may be replaced at any time, for what has not begun yet.
    package var profile: ProvisioningProfile
    /// The configuration that serves, or is being created.
    package internal(set) var configName: EndpointConfigName
    /// The serving ("blue") fleets, in the configuration's order; several of one variant only after a failed
    /// rollback.
    package internal(set) var fleets: [Fleet]
    /// The configuration that a create or update carried last.
    package internal(set) var lastDeploymentConfig: DeploymentConfig?
    package internal(set) var failureReason: String?
    /// The timers that are armed now, for rebuilding the agenda.
    package internal(set) var timers: [ArmedTimer]
    var lastModifiedAt: SimInstant
    var state: State
    /// True when the deployment under way started from a failed rollback, and would return to it.
    var startedFromFailedRollback: Bool?
    /// Since when machines that are not to be had are waited for.
    var capacityAwaitedSince: SimInstant?
    private var ids: IDSequence

    /// Begins the creation of an endpoint. `seed` decides its instance ids. The deployment configuration is kept and
    /// shown, not applied. AWS: documented — spec/hosting.md §A.2. Throws what `EndpointPlan.check` throws.
    package static func create(
        _ plan: EndpointPlan, deploymentConfig: DeploymentConfig? = nil, seed: UInt64, profile: ProvisioningProfile,
        at now: SimInstant
    ) throws(EndpointRejection) -> (endpoint: Endpoint, actions: [EndpointAction]) {
        try plan.check()
        var endpoint = Endpoint(plan.configName, deploymentConfig, seed, profile, now)
        let actions = endpoint.turn(at: now) { endpoint, turn in
            var launches: [Launch] = []
            endpoint.fleets = endpoint.makeFleets(plan, retaining: .none, ids: &turn.ids, at: now)
            for index in endpoint.fleets.indices {
                let count = endpoint.fleets[index].desiredInstanceCount
                launches.append(endpoint.fleets[index].launch(count, ids: &turn.ids))
            }
            turn.record(.statusChanged(.creating, reason: nil))
            turn.provision(launches)
            turn.arm(.fleetReady, after: profile.creation)
        }
        return (endpoint, actions)
    }

    private init(
        _ configName: EndpointConfigName, _ config: DeploymentConfig?, _ seed: UInt64, _ profile: ProvisioningProfile,
        _ now: SimInstant
    ) {
        createdAt = now
        self.profile = profile
        self.configName = configName
        fleets = []
        lastDeploymentConfig = config
        timers = []
        lastModifiedAt = now + Endpoint.creationSettling
        state = .creating(isProbing: false)
        ids = IDSequence(seed: seed)
    }

    /// LastModifiedTime runs ahead of CreationTime by this. AWS: recorded — spec/hosting.md §A.2.
    private static let creationSettling = SimDuration.milliseconds(400)

    // MARK: Requests

    /// UpdateEndpoint. `autoscaled` names the variants that auto scaling looks after. Throws `busy`, `failedEndpoint`,
    /// `policy`, and what `EndpointPlan.check` and `EndpointPlan.checkUpdate` throw. The same configuration again is a
    /// deployment like any other. AWS: assumed — spec/hosting.md §A.6.
    package mutating func update(
        to plan: EndpointPlan, retaining retention: Retention = .none, deployment choice: DeploymentChoice = .unguarded,
        autoscaled: Set<VariantName> = [], at now: SimInstant
    ) throws(EndpointRejection) -> [EndpointAction] {
        try requireIdle(allowing: .updateRollbackFailed)
        try plan.check()
        try plan.checkUpdate(of: fleets, autoscaled: autoscaled)
        let config = try deploymentConfig(for: choice)
        var ids = ids
        let green = makeFleets(plan, retaining: retention, ids: &ids, at: now)
        if !green.contains(where: { !$0.plan.isShadow && $0.desiredWeight > 0 }) { throw .allWeightsZero }
        do { try config?.check(green: green, blue: fleets) } catch { throw .policy(error) }

        return turn(at: now) { endpoint, turn in
            turn.ids = ids
            if case .given(let config) = choice { endpoint.lastDeploymentConfig = config }
            endpoint.startedFromFailedRollback = endpoint.status == .updateRollbackFailed ? true : nil
            let alarms = config?.alarms ?? []
            let deployment: Deployment
            switch (green + endpoint.fleets).takesGuardrails ? config?.policy ?? .unguarded : .unguarded {
            case .unguarded:
                deployment = .blueGreen(.init(
                    configName: plan.configName, policy: nil, alarms: [], green: green, turn: &turn))
            case .blueGreen(let policy):
                deployment = .blueGreen(.init(
                    configName: plan.configName, policy: policy, alarms: alarms, green: green, turn: &turn))
            case .rolling(let policy):
                deployment = .rolling(.init(
                    configName: plan.configName, policy: policy, alarms: alarms, green: green[0],
                    blueCount: endpoint.fleets.reduce(0) { $0 + $1.aliveCount }, turn: &turn))
            }
            endpoint.state = .updating(deployment)
            endpoint.lastModifiedAt = now
        }
    }

    /// UpdateEndpointWeightsAndCapacities, or a step of autoscaling. Throws `busy`, `failedEndpoint`, `noChanges`,
    /// `unknownVariant`, `duplicateVariant`, `allWeightsZero` and the bounds of weights and counts.
    package mutating func updateWeightsAndCapacities(
        _ changes: [VariantChange], at now: SimInstant
    ) throws(EndpointRejection) -> [EndpointAction] {
        try requireIdle(allowing: nil)
        if changes.isEmpty { throw .noChanges }
        var weights: [VariantName: Double] = [:]
        for fleet in fleets where !fleet.plan.isShadow { weights[fleet.variant] = fleet.desiredWeight }
        var named: [VariantName] = []
        for change in changes {
            guard let fleet = fleets.first(where: { $0.variant == change.variant })
            else { throw .unknownVariant(change.variant) }
            if named.contains(change.variant) { throw .duplicateVariant(change.variant) }
            named.append(change.variant)
            if let weight = change.weight {
                try VariantWeight.check(weight, of: change.variant)
                if !fleet.plan.isShadow { weights[change.variant] = weight }
            }
            if let count = change.instanceCount {
                if fleet.plan.serverless != nil { throw .serverlessInstanceCount(change.variant) }
                try InstanceCountBounds.check(count, of: change.variant)
            }
            if let wanted = change.serverless {
                guard let plan = fleet.serverless.map(wanted.applied) else { throw .notServerless(change.variant) }
                guard plan.provisionedConcurrency ?? 0 <= plan.maxConcurrency else {
                    throw .provisionedAboveMaximum(
                        change.variant, provisioned: plan.provisionedConcurrency ?? 0, max: plan.maxConcurrency)
                }
            }
        }
        if !weights.values.contains(where: { $0 > 0 }) { throw .allWeightsZero }
        return turn(at: now) { endpoint, turn in
            endpoint.state = .rescaling(Rescale(changes, fleets: &endpoint.fleets, turn: &turn))
            endpoint.lastModifiedAt = now
        }
    }

    /// DeleteEndpoint. Throws `busy`.
    package mutating func delete(at now: SimInstant) throws(EndpointRejection) -> [EndpointAction] {
        switch state {
        case .inService, .updateRollbackFailed, .failed: break
        case .creating, .updating, .rescaling, .deleting, .removed: throw .busy(status)
        }
        return turn(at: now) { endpoint, turn in
            endpoint.state = .deleting
            endpoint.lastModifiedAt = now
            turn.retire(endpoint.fleets.retireAll())
            turn.arm(.deleted, after: turn.profile.deletion)
        }
    }

    // MARK: Facts

    /// An armed timer is due. One that is not armed does nothing.
    package mutating func timerFired(_ timer: EndpointTimer, at now: SimInstant) -> [EndpointAction] {
        guard timers.contains(where: { $0.timer == timer }) else { return [] }
        timers.removeAll { $0.timer == timer }
        return turn(at: now) { endpoint, turn in
            switch endpoint.state {
            case .creating:
                endpoint.state = .creating(isProbing: true)
                turn.probe(endpoint.fleets.launches)
            case .updating(var deployment):
                var progress = Deployment.Progress.running
                if timer == .executionLimit {
                    endpoint.capacityAwaitedSince = nil
                    let limit = endpoint.executionLimitSeconds
                    deployment.stop(.executionLimit(seconds: limit), blue: &endpoint.fleets, turn: &turn)
                } else {
                    progress = deployment.stageElapsed(blue: &endpoint.fleets, turn: &turn)
                }
                endpoint.settle(deployment, progress, at: now)
            case .rescaling(var rescale):
                let isComplete = rescale.stageElapsed(fleets: &endpoint.fleets, turn: &turn)
                endpoint.settle(rescale, isComplete, at: now)
            case .deleting:
                endpoint.state = .removed
                turn.actions.append(.removed)
            case .inService, .updateRollbackFailed, .failed, .removed:
                break  // No timer is armed in these.
            }
        }
    }

    /// The answer to the last `probe`; ignored when none is open.
    package mutating func fleetProvisioned(_ outcome: LaunchOutcome, at now: SimInstant) -> [EndpointAction] {
        guard isProbing else { return [] }
        if case .short(let variants) = outcome, let pause = capacityPause(of: variants, at: now) {
            return turn(at: now) { endpoint, turn in endpoint.awaitCapacity(pause, turn: &turn) }
        }
        capacityAwaitedSince = nil
        return turn(at: now) { endpoint, turn in
            switch endpoint.state {
            case .creating:
                endpoint.settleCreation(outcome.failure, turn: &turn)
            case .updating(var deployment):
                let progress = deployment.launched(outcome.failure, blue: &endpoint.fleets, turn: &turn)
                endpoint.settle(deployment, progress, at: now)
            case .rescaling(var rescale):
                let isComplete = rescale.launched(outcome.failure, fleets: &endpoint.fleets, turn: &turn)
                endpoint.settle(rescale, isComplete, at: now)
            case .inService, .updateRollbackFailed, .failed, .deleting, .removed:
                break  // No probe is open in these.
            }
        }
    }

    /// These alarms are in ALARM. Those that the deployment does not watch, or not yet, do not count.
    /// AWS: recorded for bakes, assumed between them — spec/hosting.md §B.3, §B.6.
    package mutating func alarmTripped(_ alarms: [AlarmName], at now: SimInstant) -> [EndpointAction] {
        guard case .updating(var deployment) = state else { return [] }
        let tripped = deployment.watchedAlarms.filter(alarms.contains)
        if tripped.isEmpty { return [] }
        return turn(at: now) { endpoint, turn in
            endpoint.capacityAwaitedSince = nil
            deployment.stop(.alarms(tripped), blue: &endpoint.fleets, turn: &turn)
            endpoint.state = .updating(deployment)
        }
    }

    // MARK: Queries

    package var status: EndpointStatus {
        switch state {
        case .creating: .creating
        case .inService: .inService
        case .updating: .updating
        case .rescaling(let rescale): rescale.failure == nil ? .updating : .rollingBack
        case .updateRollbackFailed: .updateRollbackFailed
        case .failed: .failed
        case .deleting, .removed: .deleting
        }
    }

    /// The fleets that are to replace `fleets`; empty outside a deployment.
    package var greenFleets: [Fleet] {
        switch state {
        case .updating(let deployment): deployment.green
        case .creating, .inService, .rescaling, .updateRollbackFailed, .failed, .deleting, .removed: []
        }
    }

    /// Names the machines that are to go last when a later change lets some go.
    package mutating func spare(_ machines: Set<InstanceID>) {
        for index in fleets.indices {
            let own = machines.intersection(fleets[index].instances.map(\.id))
            if own != fleets[index].spared ?? [] { fleets[index].spared = own.isEmpty ? nil : own }
        }
    }

    /// The configuration being deployed; nil outside a deployment.
    package var pendingConfigName: EndpointConfigName? {
        switch state {
        case .updating(let deployment): deployment.configName
        case .creating, .inService, .rescaling, .updateRollbackFailed, .failed, .deleting, .removed: nil
        }
    }

    /// The launches whose `probe` awaits an answer, for an owner that answers later than in the same turn.
    package var openProbe: [Launch]? { isProbing ? fleets.launches + greenFleets.launches : nil }

    /// The alarms that would stop the deployment now.
    package var watchedAlarms: [AlarmName] {
        switch state {
        case .updating(let deployment): deployment.watchedAlarms
        case .creating, .inService, .rescaling, .updateRollbackFailed, .failed, .deleting, .removed: []
        }
    }

    var isProbing: Bool {
        switch state {
        case .creating(let isProbing): isProbing
        case .updating(let deployment): deployment.isProbing
        case .rescaling(let rescale): rescale.stage == .probing
        case .inService, .updateRollbackFailed, .failed, .deleting, .removed: false
        }
    }

    // MARK: One event

    /// Runs one event, and adds what follows from any change: new routing first, a new status last,
    /// and after it the questions.
    private mutating func turn(
        at now: SimInstant, _ body: (inout Endpoint, inout Turn) -> Void
    ) -> [EndpointAction] {
        let oldStatus = status
        let oldRouting = routing
        var turn = Turn(now: now, profile: profile, timers: timers, ids: ids)
        body(&self, &turn)
        timers = turn.timers
        ids = turn.ids
        if routing != oldRouting { turn.actions.insert(.routingChanged, at: 0) }
        if status != oldStatus { turn.record(.statusChanged(status, reason: failureReason)) }
        return turn.actions + turn.questions
    }
}
