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
        var start: SimInstant
        var end: SimInstant
        var isProvisioned: Bool
    }

    /// A request whose end is told with `end`.
    private struct Run: Equatable, Sendable {
        var start: SimInstant
        var isProvisioned: Bool
    }

    /// The oldest first, which is taken to be the first to end.
    private var running: [Run] = []
    /// In no order.
    private var occupations: [Occupation] = []
    /// When each idle worker that is not provisioned was last used, the latest last.
    private var idle: [SimInstant] = []

    package init() {}

    /// A request arrives. Unless it is throttled, `end` or `occupy` must follow.
    package mutating func begin(_ plan: ServerlessPlan, at now: SimInstant) -> Admission {
        settle(at: now)
        if busyCount >= plan.maxConcurrency { return .throttled }
        let provisionedBusy = running.count { $0.isProvisioned } + occupations.count { $0.isProvisioned }
        let isProvisioned = provisionedBusy < plan.provisionedConcurrency ?? 0
        running.append(Run(start: now, isProvisioned: isProvisioned))
        if isProvisioned { return .provisioned }
        return idle.popLast() == nil ? .cold : .warm
    }

    /// Requests under way.
    package var busyCount: Int { running.count + occupations.count }

    /// Whether a request that is known of was under way at some time of that span; those that ended are known of until the
    /// next request arrives, or not at all when their end was told.
    package func isBusy(from start: SimInstant, until end: SimInstant) -> Bool {
        running.contains { $0.start < end } || occupations.contains { $0.start < end && $0.end > start }
    }

    /// A request has ended.
    package mutating func end(at now: SimInstant) {
        guard !running.isEmpty else { return }
        if !running.removeFirst().isProvisioned { idle.append(now) }
    }

    /// The request that began last keeps its worker until then: a simulated one, whose end nobody tells.
    package mutating func occupy(until end: SimInstant) {
        guard let run = running.popLast() else { return }
        occupations.append(Occupation(start: run.start, end: end, isProvisioned: run.isProvisioned))
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
