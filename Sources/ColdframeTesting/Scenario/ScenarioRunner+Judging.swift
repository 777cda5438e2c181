import AWSModel
import SimTime

/// Whether what a step expects holds.
extension ScenarioRunner {
    mutating func judge(_ expectation: Scenario.Expectation, _ step: Scenario.Step) async throws {
        let sample = try await sample(expectation.endpoint)
        let states = try await alarmStates()
        let tally = try await tally(expectation.endpoint)
        for condition in expectation.conditions {
            if let (isMet, found) = try await ask(condition.subject) {
                judge(step, condition.text, isMet: isMet, found: found, endpoint: expectation.endpoint)
                continue
            }
            let (isMet, found) = Self.look(condition.subject, sample, states) { count, config in
                let all = config.map { [tally.byConfig[$0] ?? (0, 0)] } ?? Array(tally.byConfig.values)
                return all.reduce(0) { $0 + (count == .requests ? $1.requests : $1.errors) }
            }
            judge(step, condition.text, isMet: isMet, found: found, endpoint: expectation.endpoint)
        }
    }

    /// Notes whether a condition of a step is met.
    mutating func judge(_ step: Scenario.Step, _ text: String, isMet: Bool, found: String, endpoint: String? = nil) {
        let endpoint = endpoint ?? Self.endpoint(of: step.action) ?? scenario.endpoints[0].name
        report.verdicts.append(.init(
            line: step.line, at: step.at, endpoint: endpoint, text: text, isMet: isMet, found: isMet ? "" : found))
    }

    /// Conditions that need questions of their own; nil for those that the endpoint's description answers.
    private func ask(_ subject: Scenario.Subject) async throws -> (isMet: Bool, found: String)? {
        switch subject {
        case .component(let state): return Self.look(state, try await component(state.name))
        case .metric(let question):
            let found = try await statistic(question)
            let shown = found.map(TimeText.plain) ?? "none"
            guard let bound = question.bound else { return (found == nil, shown) }
            return (found.map { bound.comparison.holds($0, bound.value) } ?? false, shown)
        case .object(let question): return try await look(question)
        case .activities(let comparison, let number):
            let count = Double(try await activities(includingNotScaled: false).count)
            return (comparison.holds(count, number), TimeText.plain(count))
        case .activity(let match):
            let text = try await activities(includingNotScaled: true).first.map { activity in
                let reasons = activity["NotScaledReasons"]?.list?.compactMap { $0["Code"]?.string } ?? []
                return ([activity["Cause"]?.string, activity["StatusMessage"]?.string].compactMap(\.self) + reasons)
                    .joined(separator: " → ")
            }
            return Self.look(match, text)
        default: return nil
        }
    }

    private static func look(_ state: Scenario.ComponentState, _ description: AWSValue?) -> (isMet: Bool, found: String) {
        let status = description?["InferenceComponentStatus"]?.string ?? "none"
        let runtime = description?["RuntimeConfig"]
        let (copies, desired) = (runtime?["CurrentCopyCount"]?.int, runtime?["DesiredCopyCount"]?.int)
        let image = description?["Specification"]?["Container"]?["DeployedImage"]?["SpecifiedImage"]?.string
        let failure = description?["FailureReason"]?.string
        let isMet = (state.status.map { $0 == status } ?? true) && (state.copies.map { $0 == copies } ?? true)
            && (state.desired.map { $0 == desired } ?? true) && (state.image.map { look($0, image).isMet } ?? true)
            && (state.failure.map { look($0, failure).isMet } ?? true)
        let found = [
            "status=\(status)", copies.map { "copies=\($0)" }, desired.map { "desired=\($0)" },
            image.map { "image=\($0)" }, failure.map { "failure=\"\($0)\"" },
        ]
        return (isMet, found.compactMap(\.self).joined(separator: " "))
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
        case .desired(let counts):
            let found = sample.desired.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            return (
                counts.allSatisfy { sample.desired[$0.key] == $0.value },
                found.isEmpty ? "none" : found.joined(separator: " "))
        case .concurrency(let maximum, let provisioned):
            let found = sample.serverless
            let isMet = found != nil && (maximum.map { $0 == found?.maximum } ?? true)
                && (provisioned.map { $0 == found?.provisioned ?? 0 } ?? true)
            return (isMet, found.map { "max=\($0.maximum) provisioned=\($0.provisioned ?? 0)" } ?? "not serverless")
        case .component, .metric, .object, .activities, .activity: return (false, "not asked")
        }
    }

    static func look(_ match: Scenario.TextMatch, _ text: String?) -> (isMet: Bool, found: String) {
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
