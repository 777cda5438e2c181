package import SimTime

/// One copy of a component on its machine.
package struct ComponentCopy: Equatable, Sendable, Codable {
    package enum State: String, Equatable, Sendable, Codable { case starting, serving, retiring }

    /// Counted from 1 within its component, never used twice.
    package let number: Int
    package let machine: InstanceID
    /// The specification it runs.
    package let revision: Int
    package internal(set) var state: State
}

/// A timer of a component. Arming one that is armed already moves it.
package enum ComponentTimer: String, Hashable, Sendable, Codable, CaseIterable, CodingKeyRepresentable {
    case copiesReady, bakeEnds, copiesRetired, executionLimit
}

/// What the owner of a component does for it, in this order. Afterwards it looks at `wantedCopies`.
package enum ComponentAction: Equatable, Sendable {
    case arm(ComponentTimer, at: SimInstant)
    case disarm(ComponentTimer)
    /// Say with `probed` whether the starting copies pass their health check.
    case probe
    /// Call `alarmTripped` now with those of these that are in ALARM, if any; and from now on whenever one rings that
    /// `watchedAlarms` names.
    case checkAlarms([AlarmName])
    case statusChanged(ComponentStatus, reason: String?)
    case rollbackStarted(RollbackCause)
    /// The component is gone: forget it.
    case removed
}

/// A change under way.
struct ComponentWork: Equatable, Sendable, Codable {
    enum Kind: Equatable, Sendable, Codable {
        /// More or fewer copies of the same specification.
        case scale(formerCopyCount: Int)
        case rollout(ComponentRollout)
    }

    /// placing → starting → probing → (baking →) removing, per batch; what there is nothing to do for is left out.
    enum Stage: String, Equatable, Sendable, Codable {
        /// Copies have no machine yet.
        case placing
        /// Containers are starting.
        case starting
        /// Awaiting the owner's word on them.
        case probing
        case baking
        /// Copies are ending.
        case removing
    }

    var kind: Kind
    var stage: Stage
    var since: SimInstant

    init(_ kind: Kind, stage: Stage, since: SimInstant) {
        self.kind = kind
        self.stage = stage
        self.since = since
    }
}

/// The copies of one specification give way to those of another, batch by batch.
struct ComponentRollout: Equatable, Sendable, Codable {
    var from: Int
    var to: Int
    /// Copies wanted before.
    var formerCopyCount: Int
    /// Nil: all at once, without bakes and alarms.
    var config: ComponentDeploymentConfig?
    /// Set on the way back: `to` is the old specification then.
    var cause: RollbackCause?
    /// Why the way forward was left, beside `cause`.
    var launchReason: String?
    /// The old copies go first, because there is no room beside them.
    var isInPlace = false

    init(from: Int, to: Int, formerCopyCount: Int, config: ComponentDeploymentConfig?) {
        self.from = from
        self.to = to
        self.formerCopyCount = formerCopyCount
        self.config = config
    }

    var failureReason: String? { cause?.failureReason }

    /// Copies that are replaced together, of `total`.
    func batch(of total: Int) -> Int {
        guard let config else { return total }
        if cause == nil { return config.maximumBatchSize.copies(of: total) }
        return config.rollbackMaximumBatchSize?.copies(of: total) ?? total
    }
}
