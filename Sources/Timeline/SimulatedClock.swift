package import SimTime

/// How simulated time moves.
package enum ClockMode: String, Sendable, Codable {
    /// With real time, times a scale.
    case follow
    /// Only when somebody advances it.
    case manual
}

/// The clock's setting: a pair of instants that coincide, and how time goes on from there. A pure value.
package struct ClockSetting: Sendable, Equatable {
    package var mode: ClockMode
    /// Simulated seconds per real second in follow mode; positive.
    package var scale: Double
    /// The simulated instant that coincided with `realAnchor`.
    package var simulatedAnchor: SimInstant
    package var realAnchor: SimInstant

    /// The scales that make sense; what lies outside is refused where it comes in.
    package static let scales = 0.001...1_000_000.0

    package init(mode: ClockMode, scale: Double, simulatedAnchor: SimInstant, realAnchor: SimInstant) {
        self.mode = mode
        self.scale = scale
        self.simulatedAnchor = simulatedAnchor
        self.realAnchor = realAnchor
    }

    /// Simulated time at a real instant.
    package func simulated(atReal real: SimInstant) -> SimInstant {
        switch mode {
        case .manual: return simulatedAnchor
        case .follow:
            let elapsed = Double((real - realAnchor).milliseconds) * scale
            return simulatedAnchor + SimDuration(milliseconds: Int64(elapsed.rounded()))
        }
    }

    /// Real milliseconds from `real` until simulated time reaches `instant`; nil when it never does by itself.
    package func realMilliseconds(until instant: SimInstant, fromReal real: SimInstant) -> Double? {
        switch mode {
        case .manual: return nil
        case .follow: return Double((instant - simulated(atReal: real)).milliseconds) / scale
        }
    }

    /// The same present, going on in another way.
    package func changed(mode: ClockMode, scale: Double, atReal real: SimInstant) -> ClockSetting {
        ClockSetting(mode: mode, scale: scale, simulatedAnchor: simulated(atReal: real), realAnchor: real)
    }

    /// The same way of going on, from a present moved to `instant`.
    package func moved(to instant: SimInstant, atReal real: SimInstant) -> ClockSetting {
        ClockSetting(mode: mode, scale: scale, simulatedAnchor: instant, realAnchor: real)
    }
}

/// The real clock, as a function so that tests replace it.
package typealias RealClock = @Sendable () -> SimInstant
