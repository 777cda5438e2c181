package import SimTime

/// The workers of one serverless variant: which requests find one ready, which wait for one to be set up, and which are
/// turned away.
/// AWS: documented — serverless inference, concurrency and cold starts; how long an idle worker lives is inferred.
package struct ServerlessPool: Equatable, Sendable {
    package enum Admission: Equatable, Sendable {
        /// A worker is ready.
        case warm
        /// One is set up for this request first.
        case cold
        /// MaxConcurrency requests are under way.
        case throttled
    }

    /// An idle worker is given up after this.
    package static let idleLimit = SimDuration.minutes(5)

    /// Requests under way whose end is told with `end`.
    private var running = 0
    /// When requests end that occupy a worker for a known time, in no order.
    private var endings: [SimInstant] = []
    /// When each idle worker was last used, the latest last.
    private var idle: [SimInstant] = []

    package init() {}

    /// A request arrives. Unless it is throttled, `end` or `occupy` must follow.
    package mutating func begin(_ plan: ServerlessPlan, at now: SimInstant) -> Admission {
        settle(at: now)
        let busy = running + endings.count
        if busy >= plan.maxConcurrency { return .throttled }
        running += 1
        if idle.popLast() != nil || busy < plan.provisionedConcurrency ?? 0 { return .warm }
        return .cold
    }

    /// A request has ended.
    package mutating func end(at now: SimInstant) {
        running = max(0, running - 1)
        idle.append(now)
    }

    /// The request that began last keeps its worker until then: a simulated one, whose end nobody tells.
    package mutating func occupy(until end: SimInstant) {
        running = max(0, running - 1)
        endings.append(end)
    }

    private mutating func settle(at now: SimInstant) {
        if endings.contains(where: { $0 <= now }) {
            idle += endings.filter { $0 <= now }
            endings.removeAll { $0 <= now }
            idle.sort()
        }
        if let oldest = idle.first, now - oldest > Self.idleLimit { idle.removeAll { now - $0 > Self.idleLimit } }
    }
}
