package import SimTime

/// The order of what happens within one simulated instant (DESIGN §3).
package enum Phase {
    /// Pending measurements become datapoints.
    package static let metricFlush = 0
    /// Alarms are evaluated on them.
    package static let alarmEvaluation = 1
    /// Lifecycles go on: deployments, fleets, everything with a timer.
    package static let lifecycles = 2
}

/// A timer's identity: the kind chooses the handler, the owner and name are the handler's own.
package struct TimerID: Hashable, Sendable, CustomStringConvertible {
    /// E.g. `endpoint`; registered once with the timeline.
    package let kind: String
    /// Whose timer it is, e.g. `123456789012/us-east-1/churn`.
    package let owner: String
    /// Which of the owner's timers, e.g. `fleetReady`.
    package let name: String

    package init(kind: String, owner: String, name: String) {
        self.kind = kind
        self.owner = owner
        self.name = name
    }

    package var description: String { "\(kind) timer \(name) of \(owner)" }
}

/// A periodic duty that needs no row: its instants are the multiples of its period.
package struct Tick: Sendable {
    package let name: String
    package let phase: Int
    package let period: SimDuration
    /// Asked before each boundary: an idle server skips its ticks and sleeps on.
    package let isNeeded: @Sendable () -> Bool
    package let run: @Sendable (Turn) throws -> Void

    package init(
        name: String, phase: Int, period: SimDuration, isNeeded: @escaping @Sendable () -> Bool,
        run: @escaping @Sendable (Turn) throws -> Void
    ) {
        self.name = name
        self.phase = phase
        self.period = period
        self.isNeeded = isNeeded
        self.run = run
    }
}
