import AWSModel
import Foundation
import ScalingRules
import SimTime
import Store
import Synchronization
import Timeline
import Vocabulary

/// Looks at the ringing alarms of every target, and carries out what the rules decide.
final class ScalingEngine: Sendable {
    /// Alarms of a realm changed: its targets are looked at later in the same instant.
    static let alarmTimer = "scaling-alarms"
    /// A change under way is looked after.
    static let followTimer = "scaling-follow"
    static let scheduleTimer = "scaling-schedule"

    let resources: any ScalableResources
    let alarms: any ScalingAlarms
    private let targetsExist = Mutex(true)

    init(resources: any ScalableResources, alarms: any ScalingAlarms) {
        self.resources = resources
        self.alarms = alarms
    }

    /// False once a look has found no target.
    var mayHaveTargets: Bool { targetsExist.withLock { $0 } }

    func noteTargets() { targetsExist.withLock { $0 = true } }

    // MARK: Looking

    /// Looks at every target. AWS: doc — alarms in ALARM invoke scaling policies each minute, not only when they change.
    func lookAtAll(in turn: Turn) throws {
        let keys = try turn.transaction.keysEverywhere(service: TargetKey.service, type: "target")
        if keys.isEmpty { turn.afterCommit { [self] in targetsExist.withLock { $0 = false } } }
        for realm in Set(keys.map(\.collection.realm)).sorted(by: { $0.description < $1.description }) {
            try lookAt(realm, in: turn)
        }
    }

    /// Looks at the targets of one realm.
    func lookAt(_ realm: Realm, in turn: Turn) throws {
        let targets = try turn.transaction.documents(TargetKey.targets(realm), as: TargetRecord.self).map(\.value)
        guard !targets.isEmpty else { return }
        let policies = try turn.transaction.documents(TargetKey.policies(realm), as: PolicyRecord.self).map(\.value)
        let prefix = "arn:aws:autoscaling:\(realm.region):\(realm.account):scalingPolicy:"
        let ringing = policies.isEmpty ? [] : try alarms.ringing(actionPrefix: prefix, realm: realm, in: turn)
        for target in targets {
            try lookAt(target, policies.filter { $0.target == target.key }, ringing, in: turn)
        }
    }

    private func lookAt(
        _ stored: TargetRecord, _ policies: [PolicyRecord], _ ringing: [RingingAlarm], in turn: Turn
    ) throws {
        var target = stored
        guard let resource = target.key.resource,
              let state = try resources.state(of: resource, target.key.dimension, realm: target.key.realm, in: turn)
        else {
            // AWS: recorded — DeleteEndpoint deregisters the scalable targets of its variants.
            return try deregister(target.key, in: turn)
        }
        try settle(&target, state, in: turn)
        if target.pending == nil, target.needsClamp { try clamp(&target, state, in: turn) }
        if target.pending == nil {
            let invocations = Self.invocations(of: policies, ringing)
            let decision = ScalingDecision.decide(
                invocations, current: state.capacity, limits: target.limits, suspended: target.suspended, memory: target.memory,
                isUnscalable: state.isBusy, holdsScaleIn: Self.holdsScaleIn(policies, ringing), at: turn.now)
            try carryOut(decision, on: &target, state, in: turn)
        }
        if target != stored { try turn.transaction.put(target.key.document, target) }
    }

    /// The policies whose alarms ring. An action is a policy's ARN, for target tracking with a suffix.
    private static func invocations(of policies: [PolicyRecord], _ ringing: [RingingAlarm]) -> [PolicyInvocation] {
        policies.flatMap { policy in
            ringing.compactMap { alarm -> PolicyInvocation? in
                guard alarm.actions.contains(where: { $0 == policy.arn || $0.hasPrefix(policy.arn + ":") }) else { return nil }
                let kind: PolicyInvocation.Kind
                switch policy.kind {
                case .step(let step): kind = .step(step)
                case .tracking(let tracking):
                    guard let own = TrackingAlarm.allCases.first(where: { policy.alarm($0) == alarm.name }) else { return nil }
                    kind = .tracking(tracking, isHigh: own == .high)
                }
                return PolicyInvocation(
                    policyName: policy.name, alarmName: alarm.name, kind: kind, values: alarm.values, threshold: alarm.threshold)
            }
        }
    }

    private static func holdsScaleIn(_ policies: [PolicyRecord], _ ringing: [RingingAlarm]) -> Bool {
        policies.contains { policy in
            guard case .tracking(let tracking) = policy.kind, !tracking.isScaleInDisabled else { return false }
            return !ringing.contains { $0.name == policy.alarm(.low) }
        }
    }

    // MARK: Acting

    private func carryOut(
        _ decision: ScalingDecision, on target: inout TargetRecord, _ state: ScalableState, in turn: Turn
    ) throws {
        // AWS: recorded — of a SageMaker variant's activity.
        func cause(_ invocation: PolicyInvocation) -> String {
            "monitor alarm \(invocation.alarmName) in state ALARM triggered policy \(invocation.policyName)"
        }
        switch decision {
        case .wait: return
        case .notScaled(let reason, let because):
            try ScalingActivities.add(ScalingActivity(
                target: target.key, id: Self.newID(), start: turn.now, end: turn.now,
                description: "Attempting to scale due to alarm triggered", cause: cause(because), status: "Failed",
                notScaled: reason, limits: target.limits, capacity: state.capacity), in: turn)
        case .scale(let capacity, let change, let isOut, let because):
            guard try set(capacity, on: &target, cause: cause(because), isOut: isOut, in: turn) else { return }
            if isOut {
                target.memory.lastScaleOut = change
                // AWS: doc — a scale-out ends the cooldown of a scale-in.
                target.memory.lastScaleIn = nil
            } else {
                target.memory.lastScaleIn = change
            }
        }
    }

    /// Brings the capacity within limits that were set. While the resource is busy, that waits.
    private func clamp(_ target: inout TargetRecord, _ state: ScalableState, in turn: Turn) throws {
        let wanted = target.limits.clamp(state.capacity)
        if wanted == state.capacity {
            target.needsClamp = false
        } else if !state.isBusy {
            target.needsClamp = false
            // AWS: doc — the causes of activities that limits start.
            let cause = wanted > state.capacity
                ? "minimum capacity was set to \(target.limits.minimum)" : "maximum capacity was set to \(target.limits.maximum)"
            _ = try set(wanted, on: &target, cause: cause, isOut: nil, in: turn)
        }
    }

    /// Asks the resource for a capacity and notes the activity; false when it refused.
    private func set(
        _ capacity: Int, on target: inout TargetRecord, cause: String, isOut: Bool?, in turn: Turn
    ) throws -> Bool {
        guard let resource = target.key.resource else { return false }
        let noun = target.key.dimension.noun
        var activity = ScalingActivity(
            target: target.key, id: Self.newID(), start: turn.now, description: "Setting \(noun) to \(capacity).", cause: cause,
            status: "InProgress",
            message: "Successfully set \(noun) to \(capacity). Waiting for change to be fulfilled by sagemaker.")
        do {
            try resources.scale(resource, target.key.dimension, to: capacity, realm: target.key.realm, in: turn)
        } catch let refusal as ScalingRefusal {
            (activity.status, activity.end) = ("Failed", turn.now)
            activity.message = "Failed to set \(noun) to \(capacity). Reason: \(refusal.message)"
            try ScalingActivities.add(activity, in: turn)
            return false
        }
        let number = try ScalingActivities.add(activity, in: turn)
        target.pending = TargetRecord.Pending(activity: number, capacity: capacity, startedAt: turn.now, isOut: isOut)
        try armFollow(target, in: turn)
        return true
    }

    /// Ends the activity under way once the resource has settled.
    private func settle(_ target: inout TargetRecord, _ state: ScalableState, in turn: Turn) throws {
        guard let pending = target.pending else { return }
        if state.isBusy { return }
        let noun = target.key.dimension.noun
        let isFulfilled = state.capacity == pending.capacity
        try ScalingActivities.finish(
            pending.activity, status: isFulfilled ? "Successful" : "Failed",
            message: isFulfilled
                ? "Successfully set \(noun) to \(pending.capacity). Change successfully fulfilled by sagemaker."
                : "Failed to set \(noun) to \(pending.capacity). The change was not fulfilled by sagemaker.",
            in: turn)
        switch pending.isOut {
        case true?: if isFulfilled { target.memory.lastScaleOut?.completedAt = turn.now } else { target.memory.lastScaleOut = nil }
        case false?: if isFulfilled { target.memory.lastScaleIn?.completedAt = turn.now } else { target.memory.lastScaleIn = nil }
        case nil: break
        }
        target.pending = nil
    }

    private func armFollow(_ target: TargetRecord, in turn: Turn) throws {
        guard let pending = target.pending else { return }
        // Each look is a tenth of the time that has passed later than the one before.
        let elapsed = turn.now - pending.startedAt
        let wait = SimDuration(milliseconds: max(1000, elapsed.milliseconds / 10))
        try turn.arm(
            TimerID(kind: Self.followTimer, owner: target.key.realm.description, name: target.key.name), at: turn.now + wait)
    }

    /// A change under way is looked after: ended, or looked at again later.
    func follow(_ id: TimerID, in turn: Turn) throws {
        guard let key = Self.key(owner: id.owner, name: id.name),
              var target = try turn.transaction.document(key.document, as: TargetRecord.self), let resource = key.resource,
              let state = try resources.state(of: resource, key.dimension, realm: key.realm, in: turn) else { return }
        try settle(&target, state, in: turn)
        try turn.transaction.put(key.document, target)
        try armFollow(target, in: turn)
    }

    /// Reads a realm and a target's name; nil when they are not of that form.
    static func key(owner: String, name: String) -> TargetKey? {
        guard let realm = realm(owner) else { return nil }
        let parts = name.split(separator: "|", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
        guard parts.count >= 2, let dimension = ScalableDimension(rawValue: parts[0]) else { return nil }
        return TargetKey(realm: realm, resourceID: parts[1], dimension: dimension)
    }

    static func realm(_ owner: String) -> Realm? {
        let parts = owner.split(separator: "/", maxSplits: 1).map(String.init)
        guard parts.count == 2, let account = AccountID(parts[0]), let region = RegionName(parts[1]) else { return nil }
        return Realm(account: account, region: region)
    }

    static func newID() -> String { UUID().uuidString.lowercased() }

    // MARK: Removing

    /// Removes a target with its policies, their alarms and its scheduled actions.
    func deregister(_ key: TargetKey, in turn: Turn) throws {
        for policy in try policies(of: key, in: turn) { try remove(policy, in: turn) }
        for (_, action) in try turn.transaction.documents(TargetKey.actions(key.realm), as: ScheduledActionRecord.self)
        where action.target == key {
            try turn.transaction.delete(key.action(action.name))
            try turn.disarm(Self.timer(of: action))
        }
        try turn.disarm(TimerID(kind: Self.followTimer, owner: key.realm.description, name: key.name))
        try turn.transaction.delete(key.document)
    }

    func remove(_ policy: PolicyRecord, in turn: Turn) throws {
        if !policy.alarms.isEmpty {
            try alarms.delete(policy.alarms.values.sorted(), realm: policy.target.realm, in: turn)
        }
        try turn.transaction.delete(policy.target.policy(policy.name))
    }

    func policies(of key: TargetKey, in turn: Turn) throws -> [PolicyRecord] {
        try turn.transaction.documents(TargetKey.policies(key.realm), as: PolicyRecord.self).map(\.value).filter { $0.target == key }
    }

    static func timer(of action: ScheduledActionRecord) -> TimerID {
        TimerID(
            kind: scheduleTimer, owner: action.target.realm.description, name: "\(action.target.name)|\(action.name)")
    }
}
