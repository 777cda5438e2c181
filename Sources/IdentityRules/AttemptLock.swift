package import SimTime

/// Wrong passwords in a row, and the lock they lead to.
// AWS: doc — spec/cognito.md §D8: after five failures 2^(n−5) seconds, at most about 15 minutes. A success, or
// fifteen minutes without an attempt after a lock, begins anew.
package struct AttemptLock: Codable, Sendable, Equatable {
    package private(set) var failureCount = 0
    package private(set) var lockedUntil: SimInstant?

    private static let freeFailures = 5
    private static let longest = SimDuration.minutes(15)
    private static let forgotten = SimDuration.minutes(15)

    package init() {}

    /// Attempts inside a lock are refused and do not count.
    package func isLocked(at now: SimInstant) -> Bool { lockedUntil.map { now < $0 } ?? false }

    package mutating func failed(at now: SimInstant) {
        guard !isLocked(at: now) else { return }
        if let lockedUntil, now >= lockedUntil + Self.forgotten { self = AttemptLock() }
        failureCount = min(failureCount + 1, 64)
        guard failureCount >= Self.freeFailures else { return }
        let seconds = Int64(1) << Int64(min(failureCount - Self.freeFailures, 20))
        lockedUntil = now + min(.seconds(seconds), Self.longest)
    }

    package mutating func succeeded() { self = AttemptLock() }
}
