package import SimTime

/// What the past activities of a target mean for the next one.
package struct ScalingMemory: Equatable, Sendable, Codable {
    /// A change that policies made.
    package struct Change: Equatable, Sendable, Codable {
        package var from: Int
        package var to: Int
        /// When it was complete: cooldowns begin here. Nil while it is under way.
        package var completedAt: SimInstant?
        /// How long further changes of its direction are held back.
        package var cooldownSeconds: Int

        package init(from: Int, to: Int, completedAt: SimInstant? = nil, cooldownSeconds: Int) {
            self.from = from
            self.to = to
            self.completedAt = completedAt
            self.cooldownSeconds = cooldownSeconds
        }

        func isCooling(at now: SimInstant) -> Bool {
            guard let completedAt else { return true }
            return now < completedAt + .seconds(Int64(cooldownSeconds))
        }
    }

    package var lastScaleOut: Change?
    package var lastScaleIn: Change?

    package init(lastScaleOut: Change? = nil, lastScaleIn: Change? = nil) {
        self.lastScaleOut = lastScaleOut
        self.lastScaleIn = lastScaleIn
    }
}

/// A policy whose alarm is ringing.
package struct PolicyInvocation: Equatable, Sendable {
    package enum Kind: Equatable, Sendable {
        case step(StepPolicy)
        /// `isHigh` says which of its two alarms rings.
        case tracking(TrackingPolicy, isHigh: Bool)
    }

    package var policyName: String
    package var alarmName: String
    package var kind: Kind
    /// The datapoints of the alarm's evaluation, oldest first.
    package var values: [Double]
    package var threshold: Double

    package init(policyName: String, alarmName: String, kind: Kind, values: [Double], threshold: Double) {
        self.policyName = policyName
        self.alarmName = alarmName
        self.kind = kind
        self.values = values
        self.threshold = threshold
    }
}

/// Why a ringing alarm changes nothing.
// AWS: sdk for the codes — NotScaledReason.
package enum NotScaled: String, Equatable, Sendable, Codable {
    case anticipatedFlapping = "AutoScalingAnticipatedFlapping"
    case unscalable = "TargetServicePutResourceAsUnscalable"
    case atMaximum = "AlreadyAtMaxCapacity"
    case atMinimum = "AlreadyAtMinCapacity"
    case atDesired = "AlreadyAtDesiredCapacity"
}

/// What the ringing alarms of one target lead to.
package enum ScalingDecision: Equatable, Sendable {
    /// Held back by a cooldown or a suspension, or nothing rings.
    case wait
    case scale(to: Int, ScalingMemory.Change, isOut: Bool, because: PolicyInvocation)
    case notScaled(NotScaled, because: PolicyInvocation)

    /// - Parameters:
    ///   - current: the desired capacity now.
    ///   - isUnscalable: the resource is being changed by something else.
    ///   - holdsScaleIn: some target tracking policy of the target does not want less.
    /// AWS: doc — the largest capacity wins for both directions; scale-out goes before scale-in; scale-in needs the consent of
    /// every target tracking policy whose scale-in is enabled.
    package static func decide(
        _ invocations: [PolicyInvocation], current: Int, limits: CapacityLimits, suspended: SuspendedScaling,
        memory: ScalingMemory, isUnscalable: Bool, holdsScaleIn: Bool, at now: SimInstant
    ) -> ScalingDecision {
        var out: (to: Int, because: PolicyInvocation)?, down: (to: Int, because: PolicyInvocation)?
        var refusal: ScalingDecision?
        for invocation in invocations {
            switch wish(of: invocation, current: current, memory: memory, at: now) {
            case nil: continue
            case .none(let reason)?: refusal = refusal ?? .notScaled(reason, because: invocation)
            case .to(let wanted)?:
                let capacity = limits.clamp(wanted)
                if capacity == current {
                    let reason: NotScaled = wanted > current ? .atMaximum : wanted < current ? .atMinimum : .atDesired
                    refusal = refusal ?? .notScaled(reason, because: invocation)
                } else if capacity > current {
                    if capacity > out?.to ?? Int.min { out = (capacity, invocation) }
                } else if capacity > down?.to ?? Int.min {
                    down = (capacity, invocation)
                }
            }
        }
        guard let (capacity, because) = out ?? down else { return refusal ?? .wait }
        let isOut = out != nil
        if isOut ? suspended.scaleOut : suspended.scaleIn { return .wait }
        if !isOut, holdsScaleIn, case .tracking = because.kind { return .wait }
        if !isOut, memory.lastScaleIn?.isCooling(at: now) == true { return .wait }
        // AWS: doc — a scale-out in its cooldown is not followed by a scale-in (inferred for step policies).
        if !isOut, memory.lastScaleOut?.isCooling(at: now) == true { return .wait }
        if isUnscalable { return .notScaled(.unscalable, because: because) }
        let change = ScalingMemory.Change(
            from: current, to: capacity, cooldownSeconds: cooldownSeconds(because.kind, isOut: isOut))
        return .scale(to: capacity, change, isOut: isOut, because: because)
    }

    private enum Wish {
        case to(Int)
        case none(NotScaled)
    }

    /// The capacity one policy asks for, before limits; nil when it asks for nothing.
    private static func wish(
        of invocation: PolicyInvocation, current: Int, memory: ScalingMemory, at now: SimInstant
    ) -> Wish? {
        // AWS: doc — capacity that a scale-out in its cooldown has added counts as part of the next one.
        let cooling = memory.lastScaleOut.flatMap { $0.isCooling(at: now) && $0.to == current ? $0 : nil }
        let base = cooling?.from ?? current
        switch invocation.kind {
        case .step(let policy):
            guard let value = policy.aggregate(invocation.values), let step = policy.step(for: value - invocation.threshold)
            else { return nil }
            let isOut = policy.capacity(step, from: current) > current
            let wanted = policy.capacity(step, from: isOut ? base : current)
            if isOut, cooling != nil, wanted <= current { return nil }
            return .to(wanted)
        case .tracking(let policy, isHigh: true):
            guard let value = invocation.values.last else { return nil }
            let wanted = policy.capacity(for: value, from: base)
            // Within the cooldown only more than what was added already is more.
            if wanted <= current { return cooling == nil ? Wish.none(.atDesired) : nil }
            return .to(wanted)
        case .tracking(let policy, isHigh: false):
            guard !policy.isScaleInDisabled, let value = invocation.values.last else { return nil }
            let wanted = policy.capacity(for: value, from: current)
            // Less would put the metric above its target again.
            return wanted >= current ? Wish.none(.anticipatedFlapping) : .to(wanted)
        }
    }

    private static func cooldownSeconds(_ kind: PolicyInvocation.Kind, isOut: Bool) -> Int {
        switch kind {
        case .step(let policy): policy.cooldownSeconds ?? StepPolicy.cooldownSecondsDefault
        case .tracking(let policy, _):
            (isOut ? policy.scaleOutCooldownSeconds : policy.scaleInCooldownSeconds) ?? TrackingPolicy.cooldownSecondsDefault
        }
    }
}
