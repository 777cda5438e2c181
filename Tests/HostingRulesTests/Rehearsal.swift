import HostingRules
import SimTime

/// An endpoint with an owner that does exactly what `EndpointAction` asks for, on a clock moved by hand.
struct Rehearsal {
    static let start = SimInstant(millisecondsSinceEpoch: 1_760_000_000_000)

    var endpoint: Endpoint
    var now = Rehearsal.start
    /// What the owner has armed, by the actions alone.
    var agenda: [EndpointTimer: SimInstant] = [:]
    /// Alarms in ALARM now.
    var ringing: Set<AlarmName> = []
    /// Answers to the coming probes; healthy when used up.
    var outcomes: [LaunchOutcome] = []
    var watched: [AlarmName] = []
    var isRemoved = false
    /// Everything done, one line an action, with the seconds since the start or the last `clear`.
    var log: [String] = []
    var origin = Rehearsal.start

    init(
        _ plan: EndpointPlan, deploymentConfig: DeploymentConfig? = nil, profile: ProvisioningProfile = .realistic,
        outcomes: [LaunchOutcome] = []
    ) throws {
        self.outcomes = outcomes
        let created = try Endpoint.create(
            plan, deploymentConfig: deploymentConfig, seed: 7, profile: profile, at: Rehearsal.start)
        endpoint = created.endpoint
        perform(created.actions)
    }

    /// An endpoint that is InService, with an empty log and its seconds counted from now on.
    static func inService(
        _ plan: EndpointPlan = .one(3), profile: ProvisioningProfile = .realistic
    ) throws -> Rehearsal {
        var rehearsal = try Rehearsal(plan, profile: profile)
        rehearsal.runUntilIdle()
        rehearsal.advance(seconds: 1000)
        rehearsal.clear()
        return rehearsal
    }

    mutating func clear() {
        log = []
        origin = now
    }

    mutating func update(
        to plan: EndpointPlan, retaining: Retention = .none, _ choice: DeploymentChoice = .unguarded,
        autoscaled: Set<VariantName> = []
    ) throws {
        perform(try endpoint.update(
            to: plan, retaining: retaining, deployment: choice, autoscaled: autoscaled, at: now))
    }

    mutating func rescale(_ changes: [VariantChange]) throws {
        perform(try endpoint.updateWeightsAndCapacities(changes, at: now))
    }

    mutating func delete() throws { perform(try endpoint.delete(at: now)) }

    /// The alarm goes into ALARM; the owner tells the endpoint if it watches.
    mutating func ring(_ alarm: AlarmName) {
        ringing.insert(alarm)
        if watched.contains(alarm) { perform(endpoint.alarmTripped([alarm], at: now)) }
    }

    /// Fires the next timer that is due by `limit`; false when there is none.
    mutating func step(by limit: SimInstant = SimInstant(millisecondsSinceEpoch: .max)) -> Bool {
        let due = agenda.min { ($0.value, $0.key.rawValue) < ($1.value, $1.key.rawValue) }
        guard let due, due.value <= limit else { return false }
        agenda[due.key] = nil
        now = max(now, due.value)
        perform(endpoint.timerFired(due.key, at: now))
        return true
    }

    mutating func advance(seconds: Double) {
        let target = now + .milliseconds(Int64(seconds * 1000))
        while step(by: target) {}
        now = target
    }

    /// Moves to so many seconds after the origin.
    mutating func advance(to seconds: Double) {
        advance(seconds: seconds - (now - origin).seconds)
    }

    mutating func runUntilIdle() {
        while step() {}
    }

    var description: EndpointDescription { endpoint.description(at: now) }

    private mutating func perform(_ actions: [EndpointAction]) {
        var queue = actions[...]
        while let action = queue.popFirst() {
            log.append("\(seconds(now)) \(line(action))")
            switch action {
            case .arm(let timer, let at): agenda[timer] = at
            case .disarm(let timer): agenda[timer] = nil
            case .provision, .retire, .routingChanged, .record: break
            case .probe:
                let outcome = outcomes.isEmpty ? .healthy : outcomes.removeFirst()
                queue += endpoint.fleetProvisioned(outcome, at: now)
            case .watch(let alarms): watched = alarms
            case .checkAlarms(let alarms):
                let tripped = alarms.filter(ringing.contains)
                if !tripped.isEmpty { queue += endpoint.alarmTripped(tripped, at: now) }
            case .unwatch: watched = []
            case .removed: isRemoved = true
            }
        }
    }

    private func seconds(_ instant: SimInstant) -> String {
        let milliseconds = (instant - origin).milliseconds
        return milliseconds % 1000 == 0 ? "\(milliseconds / 1000)" : "\(Double(milliseconds) / 1000)"
    }

    private func line(_ action: EndpointAction) -> String {
        switch action {
        case .arm(let timer, let at): "arm \(timer) at \(seconds(at))"
        case .disarm(let timer): "disarm \(timer)"
        case .provision(let launches):
            "provision " + launches.map { "\($0.fleet)×\($0.instances.count)" }.joined(separator: " ")
        case .probe(let launches):
            "probe " + launches.map { "\($0.fleet)×\($0.instances.count)" }.joined(separator: " ")
        case .retire(let retired):
            "retire " + retired.map { "\($0.fleet)×\($0.instances.count)" }.joined(separator: " ")
        case .routingChanged:
            "route " + endpoint.routing.flatMap { route in
                route.fleets.map { "\(route.variant)/\($0.fleet)=\(Int(($0.share * 100).rounded()))%" }
            }.joined(separator: " ")
        case .watch(let alarms): "watch \(alarms)"
        case .checkAlarms(let alarms): "check \(alarms)"
        case .unwatch: "unwatch"
        case .record(let event): "— \(event)"
        case .removed: "removed"
        }
    }
}

extension EndpointPlan {
    /// One variant `AllTraffic` of so many machines.
    static func one(_ count: Int, config: EndpointConfigName = "v1", digest: String = "aa") -> EndpointPlan {
        EndpointPlan(configName: config, variants: [.named("AllTraffic", count, digest: digest)])
    }
}

extension VariantPlan {
    static func named(
        _ name: VariantName, _ count: Int, weight: Double = 1, isShadow: Bool = false, digest: String = "aa"
    ) -> VariantPlan {
        VariantPlan(
            name: name, modelName: "churn", instanceType: "ml.m5.xlarge", initialInstanceCount: count,
            initialWeight: weight, isShadow: isShadow,
            images: [.init(specified: "repo/churn:latest", resolved: "repo/churn@sha256:\(digest)")])
    }

    static func serverless(_ name: VariantName) -> VariantPlan {
        VariantPlan(
            name: name, modelName: "churn", instanceType: nil, initialInstanceCount: 0,
            serverless: .init(memorySizeInMB: 2048, maxConcurrency: 5))
    }
}

extension DeploymentConfig {
    static func allAtOnce(
        termination: Int = 0, limit: Int? = nil, alarms: [AlarmName] = []
    ) throws -> DeploymentConfig {
        try .init(.init(
            blueGreen: .init(
                type: .allAtOnce, terminationWaitSeconds: termination, maximumExecutionTimeoutSeconds: limit),
            alarms: alarms, json: #"{"all":1}"#))
    }

    static func canary(
        _ size: CapacitySize = .init(.instanceCount, 1), wait: Int = 300, termination: Int = 120, limit: Int? = nil,
        alarms: [AlarmName] = ["high5xx"]
    ) throws -> DeploymentConfig {
        try .init(.init(
            blueGreen: .init(
                type: .canary, waitIntervalSeconds: wait, canarySize: size, terminationWaitSeconds: termination,
                maximumExecutionTimeoutSeconds: limit),
            alarms: alarms, json: #"{"canary":1}"#))
    }

    static func linear(
        _ step: CapacitySize, wait: Int = 60, termination: Int = 120, alarms: [AlarmName] = []
    ) throws -> DeploymentConfig {
        try .init(.init(
            blueGreen: .init(
                type: .linear, waitIntervalSeconds: wait, linearStepSize: step, terminationWaitSeconds: termination),
            alarms: alarms, json: #"{"linear":1}"#))
    }

    static func rolling(
        _ batch: CapacitySize, wait: Int = 60, limit: Int? = nil, rollback: CapacitySize? = nil,
        alarms: [AlarmName] = []
    ) throws -> DeploymentConfig {
        try .init(.init(
            rolling: .init(
                maximumBatchSize: batch, waitIntervalSeconds: wait, maximumExecutionTimeoutSeconds: limit,
                rollbackMaximumBatchSize: rollback),
            alarms: alarms, json: #"{"rolling":1}"#))
    }
}
