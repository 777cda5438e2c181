import AWSModel
import AWSProtocols
import ColdframeServer
import HostingRules
import SageMakerService
import SimTime
import Timeline

/// Plays a scenario on a `LocalColdframe`, through the wire like any client, with the clock in hand.
package struct ScenarioRunner {
    private let scenario: Scenario
    private let coldframe: LocalColdframe
    private let seed: UInt64
    private var report: ScenarioReport
    private var origin = LocalColdframe.start
    private var lastEvent: Int64 = 0
    private var rolling: Set<String> = []
    private var counted: [String: Tally] = [:]

    /// Requests and errors of an endpoint by configuration.
    private struct Tally {
        var byConfig: [String: (requests: Double, errors: Double)] = [:]
        var requests: Double { byConfig.values.reduce(0) { $0 + $1.requests } }
        var errors: Double { byConfig.values.reduce(0) { $0 + $1.errors } }
    }

    /// Plays the whole scenario in a fresh Coldframe. The same scenario and seed give the same report.
    /// Throws `ScenarioProblem` for a step that AWS refuses.
    package static func run(_ scenario: Scenario, seed: UInt64 = 1) async throws -> ScenarioReport {
        var settings = ServerSettings()
        if scenario.isProvisioningRealistic { settings.hosting.provisioning = .realistic }
        return try await LocalColdframe.with(seed: seed, settings: settings) { coldframe in
            var runner = ScenarioRunner(scenario, coldframe, seed)
            return try await runner.run()
        }
    }

    private init(_ scenario: Scenario, _ coldframe: LocalColdframe, _ seed: UInt64) {
        self.scenario = scenario
        self.coldframe = coldframe
        self.seed = seed
        report = ScenarioReport(seed: seed)
    }

    private mutating func run() async throws -> ScenarioReport {
        try await setUp()
        for step in scenario.steps {
            try await advance(to: origin + step.at)
            if case .expect(let expectation) = step.action {
                try await judge(expectation, step)
                continue
            }
            do { try await perform(step.action) } catch let fault as CallFault {
                throw ScenarioProblem(line: step.line, "\(step.text): refused with \(fault)")
            }
            let endpoint = Self.endpoint(of: step.action) ?? scenario.endpoints[0].name
            try await addRow("▸ " + step.text, endpoint: endpoint, at: step.at)
            try await addEventRows()
        }
        report.simulated = coldframe.now - origin
        return report
    }

    // MARK: Setting up

    private mutating func setUp() async throws {
        do {
            for behavior in scenario.behaviors {
                try await coldframe.setBehavior(behavior.name, ScenarioCalls.behavior(behavior))
            }
            for capacity in scenario.capacities { try await set(capacity) }
            for config in scenario.configs {
                for model in ScenarioCalls.models(config) { try await sageMaker("CreateModel", model) }
                try await sageMaker("CreateEndpointConfig", ScenarioCalls.endpointConfig(config))
            }
            for endpoint in scenario.endpoints {
                try await sageMaker("CreateEndpoint", [
                    "EndpointName": .string(endpoint.name), "EndpointConfigName": .string(endpoint.config),
                ])
            }
            for alarm in scenario.alarms { try await cloudWatch("PutMetricAlarm", ScenarioCalls.alarm(alarm)) }
        } catch let fault as CallFault {
            throw ScenarioProblem(line: 1, "setting up was refused with \(fault)")
        }
        while let timer = try coldframe.nextTimer() { try await coldframe.advance(to: timer) }
        let minute = coldframe.now.floored(to: .minutes(1))
        origin = minute == coldframe.now ? minute : minute + .minutes(1)
        try await coldframe.advance(to: origin)
        lastEvent = try coldframe.server.timeline.events.events(subject: nil, limit: 1).last?.number ?? 0
        for endpoint in scenario.endpoints { try await addRow("▸ ready", endpoint: endpoint.name, at: .zero) }
    }

    @discardableResult
    private func sageMaker(_ operation: String, _ input: AWSValue) async throws -> AWSValue {
        try await coldframe.call(service: "sagemaker", operation: operation, input: input)
    }

    @discardableResult
    private func cloudWatch(_ operation: String, _ input: AWSValue) async throws -> AWSValue {
        try await coldframe.call(service: "cloudwatch", operation: operation, input: input)
    }

    // MARK: Time

    /// Stops wherever something can happen: at each timer, and at each boundary where alarms are evaluated.
    private mutating func advance(to target: SimInstant) async throws {
        let boundary: SimDuration = scenario.alarms.contains { $0.periodSeconds < 60 } ? .seconds(10) : .minutes(1)
        while coldframe.now < target {
            let now = coldframe.now
            let tick = now.floored(to: boundary) + boundary
            let stop = min(target, tick, max(try coldframe.nextTimer() ?? target, now + .milliseconds(1)))
            try await coldframe.advance(to: stop)
            try await addEventRows()
        }
        try await coldframe.advance(to: target)
        try await addEventRows()
    }

    private mutating func addEventRows() async throws {
        let events = try coldframe.server.timeline.events.events(subject: nil, after: lastEvent)
        for event in events {
            lastEvent = event.number
            let body = try? JSON.parse(event.json)
            let at = event.instant - origin
            if let text = body?["coldframe"]?.string {
                try await addRow(text, endpoint: event.subject, at: at)
            } else if let alarm = scenario.alarms.first(where: { $0.name == event.subject }) {
                let from = body?["detail"]?["previousState"]?["value"]?.string ?? ""
                let to = body?["detail"]?["state"]?["value"]?.string ?? ""
                try await addRow("alarm \(alarm.name): \(from) → \(to)", endpoint: alarm.endpoint, at: at)
            }
        }
    }

    private mutating func addRow(_ text: String, endpoint: String, at: SimDuration) async throws {
        let sample = try await sample(endpoint)
        let states = try await alarmStates()
        let before = counted[endpoint] ?? Tally(), present = try await tally(endpoint)
        counted[endpoint] = present
        report.rows.append(.init(
            at: at, endpoint: endpoint, text: text, status: sample.status, blue: sample.blue, green: sample.green,
            ringing: scenario.alarms.map(\.name).filter { states[$0] == "ALARM" },
            requests: Int(present.requests - before.requests), errors: Int(present.errors - before.errors)))
    }

    // MARK: Actions

    private static func endpoint(of action: Scenario.Action) -> String? {
        switch action {
        case .update(let update): update.endpoint
        case .weights(let endpoint, _), .instances(let endpoint, _), .delete(let endpoint): endpoint
        case .load(let load): load.endpoint
        case .expect(let expectation): expectation.endpoint
        case .behavior, .removeBehavior, .setAlarm, .capacity: nil
        }
    }

    private mutating func perform(_ action: Scenario.Action) async throws {
        switch action {
        case .update(let update):
            try await sageMaker("UpdateEndpoint", ScenarioCalls.update(update))
            // A retained configuration rolls on if the last one did.
            if !update.retainsDeploymentConfig { rolling.remove(update.endpoint) }
            if case .rolling = update.policy { rolling.insert(update.endpoint) }
        case .weights(let endpoint, let weights):
            try await sageMaker("UpdateEndpointWeightsAndCapacities", ScenarioCalls.weights(endpoint, weights))
        case .instances(let endpoint, let counts):
            try await sageMaker("UpdateEndpointWeightsAndCapacities", ScenarioCalls.instances(endpoint, counts))
        case .behavior(let behavior):
            try await coldframe.setBehavior(behavior.name, ScenarioCalls.behavior(behavior))
        case .removeBehavior(let name): try await coldframe.removeBehavior(name)
        case .setAlarm(let name, let state):
            try await cloudWatch("SetAlarmState", [
                "AlarmName": .string(name), "StateValue": .string(state), "StateReason": "set by the scenario",
            ])
        case .load(let load):
            try await coldframe.setTraffic(
                endpoint: load.endpoint, requestsPerSecond: load.rate, seed: load.seed ?? seed)
        case .capacity(let capacity): try await set(capacity)
        case .delete(let endpoint): try await sageMaker("DeleteEndpoint", ["EndpointName": .string(endpoint)])
        case .expect: break
        }
    }

    private func set(_ capacity: Scenario.Capacity) async throws {
        if let instances = capacity.instances {
            try await coldframe.setCapacity(capacity.instanceType, instances: instances)
        } else {
            try await coldframe.removeCapacity(capacity.instanceType)
        }
    }

    // MARK: Looking

    private func sample(_ endpoint: String) async throws -> EndpointSample {
        do {
            let description = try await sageMaker("DescribeEndpoint", ["EndpointName": .string(endpoint)])
            return EndpointSample(description, isRolling: rolling.contains(endpoint))
        } catch is CallFault {
            return EndpointSample()
        }
    }

    private func alarmStates() async throws -> [String: String] {
        var states: [String: String] = [:]
        guard !scenario.alarms.isEmpty else { return states }
        for alarm in try await cloudWatch("DescribeAlarms", ["MaxRecords": 100])["MetricAlarms"]?.list ?? [] {
            states[alarm["AlarmName"]?.string ?? ""] = alarm["StateValue"]?.string
        }
        return states
    }

    /// What CloudWatch has counted since 0s, one sum per configuration, variant and metric.
    private func tally(_ endpoint: String) async throws -> Tally {
        let metrics = ["Invocations", "Invocation4XXErrors", "Invocation5XXErrors"]
        var asked: [(config: String, isError: Bool)] = []
        var queries: [AWSValue] = []
        for config in scenario.configs {
            for variant in config.variants where !variant.isShadow {
                for metric in metrics {
                    let dimensions = [
                        ("EndpointName", endpoint), ("VariantName", variant.name), ("EndpointConfigName", config.name),
                    ]
                    queries.append([
                        "Id": .string("m\(asked.count)"),
                        "MetricStat": [
                            "Metric": [
                                "Namespace": "AWS/SageMaker", "MetricName": .string(metric),
                                "Dimensions": .list(dimensions.map { ["Name": .string($0.0), "Value": .string($0.1)] }),
                            ],
                            "Period": 86_400, "Stat": "Sum",
                        ],
                    ])
                    asked.append((config.name, metric != "Invocations"))
                }
            }
        }
        var tally = Tally()
        let pageMax = 500
        for first in stride(from: 0, to: queries.count, by: pageMax) {
            let answer = try await cloudWatch("GetMetricData", [
                "MetricDataQueries": .list(Array(queries[first..<min(first + pageMax, queries.count)])),
                "StartTime": .timestamp(origin.floored(to: .days(1)) - .days(1)),
                "EndTime": .timestamp(coldframe.now + .days(1)),
            ])
            for result in answer["MetricDataResults"]?.list ?? [] {
                guard let index = result["Id"]?.string.flatMap({ Int($0.dropFirst()) }), asked.indices.contains(index)
                else { continue }
                let sum = (result["Values"]?.list ?? []).reduce(0) { $0 + ($1.double ?? 0) }
                var own = tally.byConfig[asked[index].config] ?? (0, 0)
                if asked[index].isError { own.errors += sum } else { own.requests += sum }
                tally.byConfig[asked[index].config] = own
            }
        }
        return tally
    }

    // MARK: Judging

    private mutating func judge(_ expectation: Scenario.Expectation, _ step: Scenario.Step) async throws {
        let sample = try await sample(expectation.endpoint)
        let states = try await alarmStates()
        let tally = try await tally(expectation.endpoint)
        for condition in expectation.conditions {
            let (isMet, found) = Self.look(condition.subject, sample, states) { count, config in
                let all = config.map { [tally.byConfig[$0] ?? (0, 0)] } ?? Array(tally.byConfig.values)
                return all.reduce(0) { $0 + (count == .requests ? $1.requests : $1.errors) }
            }
            report.verdicts.append(.init(
                line: step.line, at: step.at, endpoint: expectation.endpoint, text: condition.text, isMet: isMet,
                found: isMet ? "" : found))
        }
    }

    private static func look(
        _ subject: Scenario.Subject, _ sample: EndpointSample, _ alarms: [String: String],
        _ counted: (Scenario.Count, String?) -> Double
    ) -> (isMet: Bool, found: String) {
        switch subject {
        case .status(let status): return (sample.status == status, sample.status)
        case .config(let config): return (sample.config == config, sample.config)
        case .failure(let match): return look(match, sample.failure)
        case .pending(let match): return look(match, sample.pending)
        case .alarm(let name, let state): return (alarms[name] == state, alarms[name] ?? "no such alarm")
        case .weights(let blue, let green, let within):
            guard let foundBlue = sample.blue, let foundGreen = sample.green else { return (false, "no traffic") }
            let isMet = abs((blue ?? foundBlue) - foundBlue) <= within && abs((green ?? foundGreen) - foundGreen) <= within
            return (isMet, "blue=\(tenths(foundBlue)) green=\(tenths(foundGreen))")
        case .variants(let shares, let within):
            let isMet = shares.allSatisfy { abs($0.value - (sample.variants[$0.key] ?? 0)) <= within }
            let found = sample.variants.sorted { $0.key < $1.key }.map { "\($0.key)=\(tenths($0.value))" }
            return (isMet, found.isEmpty ? "no traffic" : found.joined(separator: " "))
        case .instances(let blue, let green):
            let (foundBlue, foundGreen) = (sample.blueInstances, sample.greenInstances)
            let isMet = (blue ?? foundBlue) == foundBlue && (green ?? foundGreen) == foundGreen
            return (isMet, "blue=\(foundBlue) green=\(foundGreen)")
        case .count(let count, let config, let comparison, let number):
            let found = counted(count, config)
            return (comparison.holds(found, number), TimeText.plain(found))
        }
    }

    private static func look(_ match: Scenario.TextMatch, _ text: String?) -> (isMet: Bool, found: String) {
        let isMet =
            switch match {
            case .none: text == nil
            case .equals(let wanted): text == wanted
            case .contains(let part): text?.contains(part) ?? false
            }
        return (isMet, text.map { "\"\($0)\"" } ?? "none")
    }

    private static func tenths(_ number: Double) -> String { TimeText.plain((number * 10).rounded() / 10) }
}

extension Scenario.Comparison {
    func holds(_ found: Double, _ wanted: Double) -> Bool {
        switch self {
        case .atLeast: found >= wanted
        case .atMost: found <= wanted
        case .above: found > wanted
        case .below: found < wanted
        case .equal: found == wanted
        }
    }
}
