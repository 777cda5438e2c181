/// How far client-visible time lags simulated time, so that a client never sees the future (DESIGN §3).
/// Every timestamp leaving the server is shown minus the shift; every timestamp arriving is read plus it.
package struct ClockShift: Hashable, Sendable {
    /// Never negative.
    package let duration: SimDuration

    package static let none = ClockShift(duration: .zero)

    private init(duration: SimDuration) { self.duration = duration }

    /// The shift between the simulated and the real clock: zero while simulated time is not ahead,
    /// else the lead rounded up to whole minutes. Whole minutes keep datapoints on minute boundaries for the
    /// client, and keep a past instant's shown value steady while real time creeps on under a manual clock.
    package init(simulated: SimInstant, real: SimInstant) {
        let lead = (simulated - real).milliseconds
        let minute: Int64 = 60_000
        // A lead under a second is the jitter of reading two clocks, not a future anybody could see.
        duration = lead < 1000 ? .zero : SimDuration(milliseconds: (lead + minute - 1) / minute * minute)
    }

    /// What a client is shown for the simulated instant.
    package func shown(_ instant: SimInstant) -> SimInstant { instant - duration }

    /// The simulated instant a client's timestamp means.
    package func read(_ instant: SimInstant) -> SimInstant { instant + duration }
}
