package import SimTime

/// The wrong codes a user has given lately, and the pause they lead to.
// AWS: doc — five to twenty attempts an hour, as the service sees the risk. Here it is always five.
package struct CodeAttempts: Codable, Sendable, Equatable {
    private static let wrongMax = 5
    private static let window = SimDuration.hours(1)

    private var wrongCount = 0
    private var began: SimInstant?

    package init() {}

    /// Whether no code is looked at any more, the right one included, until an hour has passed since the first wrong one.
    package func isExhausted(at now: SimInstant) -> Bool {
        wrongCount >= Self.wrongMax && began.map { now < $0 + Self.window } ?? false
    }

    package mutating func failed(at now: SimInstant) {
        if began.map({ now >= $0 + Self.window }) ?? true { (wrongCount, began) = (0, now) }
        wrongCount = min(wrongCount + 1, Self.wrongMax)
    }
}
