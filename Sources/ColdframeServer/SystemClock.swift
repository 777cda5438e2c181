import Foundation
package import SimTime

/// The machine's clock.
package enum SystemClock {
    /// The present real instant, in whole milliseconds.
    package static let now: @Sendable () -> SimInstant = {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return SimInstant(millisecondsSinceEpoch: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }
}
