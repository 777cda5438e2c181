package import SimTime

extension Endpoint {
    /// When the status changes next if nothing goes wrong, not looking past `horizon`; nil when nothing is under way,
    /// when the change is later, or when the answer to a `probe` is open.
    ///
    /// A copy of the endpoint is run ahead with healthy launches and silent alarms: the machine itself is the forecast,
    /// so it can never disagree with what then happens.
    /// With `stopsAtBakes` a change that only comes after a bake is not told: somebody may be watching that bake.
    package func nextStatusChange(
        at now: SimInstant, notAfter horizon: SimInstant? = nil, stopsAtBakes: Bool = false
    ) -> SimInstant? {
        if isProbing { return nil }
        var ahead = self
        while let next = ahead.timers.min(by: { $0.at < $1.at }) {
            let instant = max(now, next.at)
            if let horizon, instant > horizon { return nil }
            if stopsAtBakes, next.timer == .bakeEnds { return nil }
            var actions = ahead.timerFired(next.timer, at: instant)
            if ahead.isProbing { actions += ahead.fleetProvisioned(.healthy, at: instant) }
            if ahead.status != status || actions.contains(.removed) { return instant }
        }
        return nil
    }
}
