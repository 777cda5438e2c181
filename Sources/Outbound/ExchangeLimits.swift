/// How long the parts of an exchange may take, in real seconds.
package struct ExchangeLimits: Sendable, Equatable {
    /// From the call to the head of the answer, waiting for a place included.
    package var headSeconds: Double
    /// Without a byte that comes or goes.
    package var stallSeconds: Double
    /// From the call to the last byte of the answer.
    package var totalSeconds: Double

    package init(headSeconds: Double, stallSeconds: Double, totalSeconds: Double) {
        self.headSeconds = headSeconds
        self.stallSeconds = stallSeconds
        self.totalSeconds = totalSeconds
    }

    /// One limit for everything.
    package init(totalSeconds: Double) {
        self.init(headSeconds: totalSeconds, stallSeconds: totalSeconds, totalSeconds: totalSeconds)
    }
}

/// The limits of one exchange, counted from its beginning on the machine's monotonic clock.
struct ExchangeDeadlines: Sendable {
    private let head: UInt64
    private let end: UInt64
    private let stallMilliseconds: UInt64

    private static let secondsMax = 86_400.0

    init(_ limits: ExchangeLimits, begunAt begin: UInt64) {
        func milliseconds(_ seconds: Double) -> UInt64 { UInt64(max(1, min(seconds, Self.secondsMax) * 1000)) }
        end = begin &+ milliseconds(limits.totalSeconds) * 1_000_000
        head = min(end, begin &+ milliseconds(limits.headSeconds) * 1_000_000)
        stallMilliseconds = milliseconds(limits.stallSeconds)
    }

    /// How long the head of the answer may still take.
    func headIsDue(after now: UInt64) -> Duration { .nanoseconds(Int64(head > now ? head - now : 0)) }

    /// How long the next read or write may take; 0 when the time is over.
    func nextMilliseconds(_ now: UInt64, hasHead: Bool) -> Int32 {
        let deadline = hasHead ? end : head
        guard deadline > now else { return 0 }
        // Rounded up: a wait of 0 would be one without end.
        return Int32(min(stallMilliseconds, (deadline - now + 999_999) / 1_000_000))
    }
}
