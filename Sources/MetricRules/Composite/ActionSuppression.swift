package import SimTime

/// What holds a composite alarm's actions back. AWS: doc — spec/cloudwatch.md §10, suppression.
///
/// A change of the composite is held for the wait period, to give the suppressor time to ring; while the suppressor rings
/// nothing is done; after it has stopped, actions are held for the extension period. What is due at the end of a hold are
/// the actions of the state the composite has then.
package struct ActionSuppression: Hashable, Sendable, Codable {
    package enum Cause: String, Hashable, Sendable, Codable {
        case waitPeriod = "WaitPeriod", extensionPeriod = "ExtensionPeriod", alarm = "Alarm"
    }

    /// What to do after an event.
    package enum Outcome: Hashable, Sendable {
        /// Run the actions of the composite's state.
        case act
        /// Come back at the instant, unless another event does before.
        case hold(until: SimInstant)
        /// Hold until the suppressor changes.
        case holdWhileSuppressed
        case nothing
    }

    /// Nil while actions are free.
    package private(set) var cause: Cause?
    /// Whether a change of the composite waits for its actions.
    private var isPending = false

    package init() {}

    /// The composite has changed its state.
    package mutating func compositeChanged(suppressorRings: Bool, wait: SimDuration, at now: SimInstant) -> Outcome {
        isPending = true
        switch cause {
        case .alarm?: return .holdWhileSuppressed
        // AWS: doc — an extension goes on; a wait begins again.
        case .extensionPeriod?: return .nothing
        case .waitPeriod?, nil:
            if suppressorRings {
                cause = .alarm
                return .holdWhileSuppressed
            }
            return begin(.waitPeriod, for: wait, at: now)
        }
    }

    /// The suppressor has changed its state.
    package mutating func suppressorChanged(rings: Bool, extension duration: SimDuration, at now: SimInstant) -> Outcome {
        if rings {
            // A suppressor that rings on its own leaves actions free until the composite changes.
            guard cause != nil else { return .nothing }
            cause = .alarm
            return .holdWhileSuppressed
        }
        guard cause == .alarm else { return .nothing }
        return begin(.extensionPeriod, for: duration, at: now)
    }

    /// A hold is over.
    package mutating func holdEnded() -> Outcome {
        guard cause == .waitPeriod || cause == .extensionPeriod else { return .nothing }
        return release()
    }

    private mutating func begin(_ cause: Cause, for duration: SimDuration, at now: SimInstant) -> Outcome {
        guard duration > .zero else { return release() }
        self.cause = cause
        return .hold(until: now + duration)
    }

    private mutating func release() -> Outcome {
        cause = nil
        defer { isPending = false }
        return isPending ? .act : .nothing
    }
}
