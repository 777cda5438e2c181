package import SimTime

/// The workers of one serverless variant: which requests find one ready, which wait for one to be set up, and which are
/// turned away.
/// AWS: documented — serverless inference, concurrency and cold starts; how long an idle worker lives is inferred.
package struct ServerlessPool: Equatable, Sendable {
    package enum Admission: Equatable, Sendable {
        /// A worker of the provisioned concurrency is ready.
        case provisioned
        /// Another worker is ready.
        case warm
        /// One is set up for this request first.
        case cold
        /// MaxConcurrency requests are under way.
        case throttled
    }

    /// An idle worker is given up after this.
    package static let idleLimit = SimDuration.minutes(5)

    /// A request that occupies a worker for a known time.
    private struct Occupation: Equatable, Sendable {
        var end: SimInstant
        var isProvisioned: Bool
    }

    /// Whether each request under way whose end is told with `end` has a provisioned worker; the oldest first, which is
    /// taken to be the first to end.
    private var running: [Bool] = []
    /// In no order.
    private var occupations: [Occupation] = []
    /// When each idle worker that is not provisioned was last used, the latest last.
    private var idle: [SimInstant] = []

    package init() {}

    /// A request arrives. Unless it is throttled, `end` or `occupy` must follow.
    package mutating func begin(_ plan: ServerlessPlan, at now: SimInstant) -> Admission {
        settle(at: now)
        if busyCount >= plan.maxConcurrency { return .throttled }
        let provisionedBusy = running.count { $0 } + occupations.count { $0.isProvisioned }
        let isProvisioned = provisionedBusy < plan.provisionedConcurrency ?? 0
        running.append(isProvisioned)
        if isProvisioned { return .provisioned }
        return idle.popLast() == nil ? .cold : .warm
    }

    /// Requests under way.
    package var busyCount: Int { running.count + occupations.count }

    /// A request has ended.
    package mutating func end(at now: SimInstant) {
        guard !running.isEmpty else { return }
        if !running.removeFirst() { idle.append(now) }
    }

    /// The request that began last keeps its worker until then: a simulated one, whose end nobody tells.
    package mutating func occupy(until end: SimInstant) {
        guard let isProvisioned = running.popLast() else { return }
        occupations.append(Occupation(end: end, isProvisioned: isProvisioned))
    }

    private mutating func settle(at now: SimInstant) {
        if occupations.contains(where: { $0.end <= now }) {
            idle += occupations.filter { $0.end <= now && !$0.isProvisioned }.map(\.end)
            occupations.removeAll { $0.end <= now }
            idle.sort()
        }
        if let oldest = idle.first, now - oldest > Self.idleLimit { idle.removeAll { now - $0 > Self.idleLimit } }
    }
}
