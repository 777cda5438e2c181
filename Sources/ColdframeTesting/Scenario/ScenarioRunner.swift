import AWSModel
import AWSProtocols
import ColdframeServer
import HostingRules
import SageMakerService
import SimTime
import Timeline

/// Plays a scenario on a `LocalColdframe`, through the wire like any client, with the clock in hand.
package struct ScenarioRunner {
    let scenario: Scenario
    let coldframe: LocalColdframe
    let seed: UInt64
    var report: ScenarioReport
    var origin = LocalColdframe.start
    private var lastEvent: Int64 = 0
    /// Endpoints whose pending update is a rolling one.
    var rolling: Set<String> = []
    private var counted: [String: Tally] = [:]
    /// Activities of auto scaling that have their row.
    private var shownActivities: Set<String> = []
    /// Sessions that were opened, by label.
    var sessions: [String: String] = [:]
    /// Where asynchronous requests put their answers, by label.
    var outputs: [String: AsyncOutput] = [:]

    /// What components run, for updates that change a part of it.
    var specifications: [String: Scenario.ComponentSpecification] = [:]

    struct AsyncOutput {
        var success: String?
        var failure: String?
    }

    /// Requests and errors of an endpoint by configuration.
    struct Tally {
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
            try await carryOut(step)
            let endpoint = Self.endpoint(of: step.action) ?? scenario.endpoints[0].name
            try await addRow("▸ " + step.text, endpoint: endpoint, at: step.at)
            try await addEventRows()
        }
        report.simulated = coldframe.now - origin
        return report
    }

    /// Performs an action, or sees to it that it is refused as the step says.
    private mutating func carryOut(_ step: Scenario.Step) async throws {
        if case .invoke(let invocation) = step.action { return try await send(invocation, step) }
        do {
            try await perform(step.action)
        } catch let fault as CallFault {
            guard let refusal = step.refusal else {
                throw ScenarioProblem(line: step.line, "\(step.text): refused with \(fault)")
            }
            let isMet = fault.description.contains(refusal)
            return judge(step, "refused~\"\(refusal)\"", isMet: isMet, found: "\"\(fault)\"")
        }
        if let refusal = step.refusal { judge(step, "refused~\"\(refusal)\"", isMet: false, found: "success") }
    }

    // MARK: Setting up

    private mutating func setUp() async throws {
        do {
            for bucket in scenario.buckets { try await makeBucket(bucket) }
            for object in scenario.objects { try await put(object) }
            for model in scenario.models { try await sageMaker("CreateModel", ScenarioCalls.model(model)) }
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
        try await settle()
        for component in scenario.components { try await prepare(component) }
        try await settle()
        let minute = coldframe.now.floored(to: .minutes(1))
        origin = minute == coldframe.now ? minute : minute + .minutes(1)
        try await coldframe.advance(to: origin)
        lastEvent = try coldframe.server.timeline.events.events(subject: nil, limit: 1).last?.number ?? 0
        for endpoint in scenario.endpoints { try await addRow("▸ ready", endpoint: endpoint.name, at: .zero) }
        for action in scenario.scaling { try await prepare(action) }
    }

    /// Advances until nothing more is under way.
    private func settle() async throws {
        while let timer = try coldframe.nextTimer() { try await coldframe.advance(to: timer) }
    }

    private mutating func prepare(_ preparation: Scenario.Preparation) async throws {
        do { try await perform(preparation.action) } catch let fault as CallFault {
            throw ScenarioProblem(line: preparation.line, "\(preparation.text): refused with \(fault)")
        }
    }

    @discardableResult
    func sageMaker(_ operation: String, _ input: AWSValue) async throws -> AWSValue {
        try await coldframe.call(service: "sagemaker", operation: operation, input: input)
    }

    @discardableResult
    func cloudWatch(_ operation: String, _ input: AWSValue) async throws -> AWSValue {
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
                // Not of a change of the alarm itself.
                guard let to = body?["detail"]?["state"]?["value"]?.string else { continue }
                try await addRow("alarm \(alarm.name): \(from) → \(to)", endpoint: alarm.endpoint, at: at)
            }
        }
        try await addScalingRows()
    }

    /// What auto scaling began since it was looked at last; AWS tells of it in no event.
    private mutating func addScalingRows() async throws {
        guard scenario.usesScaling else { return }
        for activity in try await activities(includingNotScaled: false).reversed() {
            let id = activity["ActivityId"]?.string ?? ""
            guard shownActivities.insert(id).inserted else { continue }
            let resource = (activity["ResourceId"]?.string ?? "").split(separator: "/").map(String.init)
            let name = resource.count > 1 ? resource[1] : ""
            let endpoint = resource.first == "endpoint" ? name : componentEndpoints[name] ?? scenario.endpoints[0].name
            let description = activity["Description"]?.string ?? ""
            // The ids of a policy's own alarms differ from run to run.
            let cause = (activity["Cause"]?.string ?? "").replacing(#/-[0-9a-f]{8}-[0-9a-f-]{27}/#, with: "")
            try await addRow("auto scaling: \(description) \(cause)", endpoint: endpoint, at: coldframe.now - origin)
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
}
