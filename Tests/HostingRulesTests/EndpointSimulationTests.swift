import Foundation
import HostingRules
import SimTime
import Testing

/// Seeded runs of random requests, alarms and failures, judged by checkers that know nothing of the machine's inside.
@Suite struct EndpointSimulationTests {
    @Test(arguments: 1...300)
    func randomRun(seed: Int) throws {
        var run = try RandomRun(seed: UInt64(seed))
        for _ in 0..<12 where !run.rehearsal.isRemoved { try run.request() }
        let problems = run.checker.problems.prefix(5).joined(separator: "\n")
        #expect(run.checker.problems.isEmpty, "seed \(seed):\n\(problems)\n\(run.rehearsal.log.suffix(30))")
    }

    /// The same run with the endpoint stored and read back after every event.
    @Test(arguments: 1...25)
    func storageChangesNothing(seed: Int) throws {
        var plain = try RandomRun(seed: UInt64(seed))
        var stored = try RandomRun(seed: UInt64(seed))
        stored.isStoredEachStep = true
        for _ in 0..<8 where !plain.rehearsal.isRemoved {
            try plain.request()
            try stored.request()
        }
        #expect(plain.rehearsal.log == stored.rehearsal.log, "seed \(seed)")
        #expect(plain.rehearsal.endpoint == stored.rehearsal.endpoint, "seed \(seed)")
    }
}

/// Draws requests and faults for one endpoint and follows each to its end.
struct RandomRun {
    var rehearsal: Rehearsal
    var checker = EndpointChecker()
    var isStoredEachStep = false
    private var random: SeededRandom
    private var version = 1
    private let alarms: [AlarmName] = ["a", "b"]
    /// Odds of this run, in percent: some runs are calm, others are full of failures.
    private let alarmPercent: Int
    private let launchFailurePercent: Int

    init(seed: UInt64) throws {
        random = SeededRandom(seed: seed)
        alarmPercent = [0, 5, 30].randomElement(using: &random) ?? 0
        launchFailurePercent = [0, 10, 40].randomElement(using: &random) ?? 0
        let plan = RandomRun.plan("v1", variants: Int.random(in: 1...3, using: &random), &random)
        rehearsal = try Rehearsal(plan, profile: Bool.random(using: &random) ? .short : .realistic)
        try finish()
    }

    mutating func request() throws {
        let choice = Int.random(in: 0..<100, using: &random)
        do {
            if choice < 70 {
                version += 1
                try update()
            } else if choice < 96 {
                try rescale()
            } else {
                try rehearsal.delete()
            }
        } catch is EndpointRejection {
            return  // Random sizes are often out of bounds.
        }
        checker.check(rehearsal)
        try finish()
    }

    private mutating func update() throws {
        let names = Set(rehearsal.endpoint.fleets.map(\.variant)).sorted { $0.text < $1.text }
        let keepsNames = Int.random(in: 0..<100, using: &random) < 90
        let config = EndpointConfigName("v\(version)")
        var plan = RandomRun.plan(config, variants: keepsNames ? names.count : 2, &random)
        if keepsNames {
            for (index, name) in names.enumerated() { plan.variants[index].name = name }
        }
        let retention = [Retention.none, .all].randomElement(using: &random) ?? .none
        try rehearsal.update(to: plan, retaining: retention, try deployment())
    }

    private mutating func deployment() throws -> DeploymentChoice {
        let size = Bool.random(using: &random)
            ? CapacitySize(.capacityPercent, Int.random(in: 10...50, using: &random))
            : CapacitySize(.instanceCount, Int.random(in: 1...6, using: &random))
        let wait = [0, 60, 300].randomElement(using: &random) ?? 0
        let termination = [0, 120].randomElement(using: &random) ?? 0
        let limit = [nil, 600, 3600].randomElement(using: &random) ?? nil
        let sets: [[AlarmName]] = [[], ["a"], alarms]
        let watched = sets.randomElement(using: &random) ?? []
        let rollback = [nil, CapacitySize(.capacityPercent, 30)].randomElement(using: &random) ?? nil
        return switch Int.random(in: 0..<6, using: &random) {
        case 0: .unguarded
        case 1: rehearsal.endpoint.lastDeploymentConfig == nil ? .unguarded : .retained
        case 2: .given(try .allAtOnce(termination: termination, limit: limit, alarms: watched))
        case 3: .given(try .canary(size, wait: wait, termination: termination, limit: limit, alarms: watched))
        case 4: .given(try .linear(size, wait: wait, termination: termination, alarms: watched))
        default: .given(try .rolling(size, wait: wait, limit: limit, rollback: rollback, alarms: watched))
        }
    }

    private mutating func rescale() throws {
        guard let fleet = rehearsal.endpoint.fleets.randomElement(using: &random) else { return }
        try rehearsal.rescale([.init(
            variant: fleet.variant,
            weight: Bool.random(using: &random) ? Double(Int.random(in: 0...3, using: &random)) : nil,
            instanceCount: Bool.random(using: &random) ? Int.random(in: 0...20, using: &random) : nil)])
    }

    /// Lets the change run to its end, with faults on the way.
    private mutating func finish() throws {
        rehearsal.ringing = []
        var events = 0
        while !rehearsal.isRemoved {
            rehearsal.outcomes = Int.random(in: 0..<100, using: &random) < launchFailurePercent
                ? [.failed(.insufficientCapacity)] : []
            if Int.random(in: 0..<100, using: &random) < alarmPercent,
                let alarm = alarms.randomElement(using: &random) {
                rehearsal.ring(alarm)
                checker.check(rehearsal)
            }
            let isForecastable = rehearsal.outcomes.isEmpty && alarmPercent == 0 && launchFailurePercent == 0
            let forecast = rehearsal.endpoint.nextStatusChange(at: rehearsal.now)
            let status = rehearsal.endpoint.status
            guard rehearsal.step() else { break }
            if rehearsal.endpoint.status != status, isForecastable, forecast != rehearsal.now {
                checker.problems.append("forecast \(forecast as Any), came \(rehearsal.now)")
            }
            checker.check(rehearsal)
            if isStoredEachStep {
                let data = try JSONEncoder().encode(rehearsal.endpoint)
                rehearsal.endpoint = try JSONDecoder().decode(Endpoint.self, from: data)
            }
            events += 1
            if events > 2000 {
                checker.problems.append("no end after \(events) events")
                return
            }
        }
        checker.checkAtRest(rehearsal)
    }

    private static func plan(
        _ config: EndpointConfigName, variants: Int, _ random: inout SeededRandom
    ) -> EndpointPlan {
        EndpointPlan(configName: config, variants: (0..<variants).map { index in
            .named(
                VariantName("V\(index)"), Int.random(in: 1...20, using: &random),
                weight: Double(Int.random(in: index == 0 ? 1...5 : 0...5, using: &random)))
        })
    }
}

/// What must hold after every event, whatever the machine does.
struct EndpointChecker {
    var problems: [String] = []
    private var lastStatus: EndpointStatus?

    mutating func check(_ rehearsal: Rehearsal) {
        let endpoint = rehearsal.endpoint
        checkRouting(endpoint, isRemoved: rehearsal.isRemoved)
        checkCounts(endpoint, at: rehearsal.now)
        require(
            Set(endpoint.timers.map(\.timer)) == Set(rehearsal.agenda.keys), "armed timers differ from the agenda")
        for armed in endpoint.timers {
            require(rehearsal.agenda[armed.timer] == armed.at, "\(armed.timer) differs from the agenda")
        }
        require(endpoint.watchedAlarms == rehearsal.watched, "watched alarms differ")
        let isDeploying = endpoint.pendingConfigName != nil
        require(!isDeploying || endpoint.status == .updating, "\(endpoint.status) during a deployment")
        require(isDeploying || endpoint.greenFleets.isEmpty, "green fleets without a deployment")
        let ids = (endpoint.fleets + endpoint.greenFleets).flatMap { $0.instances.map(\.id) }
        require(Set(ids).count == ids.count, "an instance id twice")
        checkOrder(endpoint.status)
        lastStatus = endpoint.status
    }

    mutating func checkAtRest(_ rehearsal: Rehearsal) {
        if rehearsal.isRemoved { return }
        let endpoint = rehearsal.endpoint
        require(
            [.inService, .failed, .updateRollbackFailed].contains(endpoint.status), "rests as \(endpoint.status)")
        require(endpoint.timers.isEmpty, "a timer is left at rest")
        require(rehearsal.watched.isEmpty, "alarms are watched at rest")
        for fleet in endpoint.fleets {
            require(fleet.count(.serving) == fleet.instances.count, "\(fleet.id) has idle machines at rest")
            if endpoint.status == .inService {
                require(fleet.count(.serving) == fleet.desiredInstanceCount, "\(fleet.id) is not as desired")
                require(fleet.currentWeight == fleet.desiredWeight, "\(fleet.id) has a weight pending")
            }
        }
        if endpoint.status == .inService {
            require(endpoint.fleets.allSatisfy { $0.configName == endpoint.configName }, "a fleet of another config")
        }
    }

    private mutating func checkRouting(_ endpoint: Endpoint, isRemoved: Bool) {
        let routes = endpoint.routing
        if !endpoint.status.isInvocable || isRemoved { require(routes.isEmpty, "traffic on \(endpoint.status)") }
        let fleets = endpoint.fleets + endpoint.greenFleets
        let weight = routes.reduce(0) { $0 + $1.weight }
        require(routes.isEmpty || weight == 0 || abs(weight - 1) < 1e-9, "weights sum to \(weight)")
        for route in routes {
            let share = route.fleets.reduce(0) { $0 + $1.share }
            require(abs(share - 1) < 1e-9, "shares of \(route.variant) sum to \(share)")
            for part in route.fleets {
                let fleet = fleets.first { $0.id == part.fleet }
                let serving = fleet?.instances.filter { $0.state == .serving }.map(\.id)
                require(serving == part.active && !part.active.isEmpty, "traffic to machines that do not serve")
                require(part.share > 0, "a fleet without a share")
            }
        }
        let routed = routes.flatMap(\.fleets).reduce(0) { $0 + $1.active.count }
        let serving = fleets.reduce(0) { $0 + $1.count(.serving) }
        require(!endpoint.status.isInvocable || routed == serving, "\(serving) serve, \(routed) are routed to")
    }

    private mutating func checkCounts(_ endpoint: Endpoint, at now: SimInstant) {
        let description = endpoint.description(at: now)
        let shown = description.productionVariants.reduce(0) { $0 + ($1.currentInstanceCount ?? 0) }
        require(shown == endpoint.fleets.reduce(0) { $0 + $1.count(.serving) }, "serving counts differ")
        let pending = (description.pendingDeployment?.productionVariants ?? [])
            .reduce(0) { $0 + ($1.currentInstanceCount ?? 0) }
        require(pending == endpoint.greenFleets.reduce(0) { $0 + $1.count(.serving) }, "pending counts differ")
        require(description.lastModifiedAt <= now, "modified in the future")
        for summary in description.productionVariants + (description.pendingDeployment?.productionVariants ?? []) {
            require(summary.statuses.count <= 5, "too many statuses")
            require(summary.statuses.allSatisfy { $0.startedAt <= now }, "a status from the future")
        }
        // A blue/green deployment never leaves an endpoint that had traffic without any.
        if endpoint.pendingConfigName != nil, endpoint.fleets.contains(where: { $0.aliveCount > 0 }) {
            require(!endpoint.routing.isEmpty, "no traffic at all during a deployment")
        }
    }

    private mutating func checkOrder(_ status: EndpointStatus) {
        guard let lastStatus, lastStatus != status else { return }
        let allowed: [EndpointStatus] = switch lastStatus {
        case .creating: [.inService, .failed]
        case .inService: [.updating, .deleting]
        case .updating: [.inService, .rollingBack, .updateRollbackFailed]
        case .rollingBack: [.inService]
        case .updateRollbackFailed: [.updating, .deleting]
        case .failed: [.deleting]
        case .systemUpdating, .outOfService, .deleting: []
        }
        require(allowed.contains(status), "\(lastStatus) became \(status)")
    }

    private mutating func require(_ holds: Bool, _ problem: @autoclosure () -> String) {
        if !holds { problems.append(problem()) }
    }
}
