import SimTime

/// Application Auto Scaling. A target is `ENDPOINT`, `ENDPOINT/VARIANT` or a component's name.
extension ScenarioParser {
    func scaling(_ word: String, _ line: inout ScenarioLine) throws(ScenarioProblem) -> Scenario.ScalingAction {
        if word == "scaling" { return try registration(&line) }
        let name = try line.name("the policy's name")
        guard line.take("on") else { throw line.problem("write: \(word) NAME on TARGET …") }
        let target = try target(&line)
        switch word {
        case "tracking": return .tracking(try tracking(name, target, &line))
        case "step": return .step(try stepPolicy(name, target, &line))
        default: return .scheduled(try scheduled(name, target, &line))
        }
    }

    private func registration(_ line: inout ScenarioLine) throws(ScenarioProblem) -> Scenario.ScalingAction {
        let target = try target(&line)
        if line.take("off") {
            _ = try line.options(keys: [])
            return .deregister(target)
        }
        let options = try line.options(keys: ["min", "max"])
        _ = try options.required("min", example: "1")
        _ = try options.required("max", example: "4")
        return .register(
            target, minimum: try options.whole("min", in: 0...1000) ?? 0,
            maximum: try options.whole("max", in: 0...1000) ?? 0)
    }

    private func target(_ line: inout ScenarioLine) throws(ScenarioProblem) -> Scenario.ScalingTarget {
        let word = try line.word("what is scaled")
        if component(named: word) != nil { return .copies(component: word) }
        let parts = word.split(separator: "/", maxSplits: 1).map(String.init)
        let name = parts.first ?? word
        guard let endpoint = scenario.endpoint(named: name) else {
            throw line.problem(
                "there is no endpoint or component \"\(name)\"; write ENDPOINT, ENDPOINT/VARIANT or COMPONENT.")
        }
        let variant = parts.count == 2 ? parts[1] : "AllTraffic"
        let variants = scenario.config(named: endpoint.config)?.variants ?? []
        let isServerless = variants.first { $0.name == variant }?.serverless != nil
        return isServerless ? .provisionedConcurrency(endpoint: name, variant: variant)
            : .instances(endpoint: name, variant: variant)
    }

    private func tracking(
        _ name: String, _ target: Scenario.ScalingTarget, _ line: inout ScenarioLine
    ) throws(ScenarioProblem) -> Scenario.TrackingPolicy {
        let options = try line.options(
            keys: ["metric", "value", "stat", "out-cooldown", "in-cooldown"], flags: ["no-scale-in"])
        let metric = try options.required("metric", example: "SageMakerVariantInvocationsPerInstance")
        _ = try options.required("value", example: "500")
        let policy = Scenario.TrackingPolicy(
            name: name, target: target, metric: metric, statistic: options["stat"] ?? "Average",
            value: try options.number("value", in: 1e-9...1e12) ?? 0,
            outCooldownSeconds: try options.seconds("out-cooldown"), inCooldownSeconds: try options.seconds("in-cooldown"),
            isScaleInDisabled: options.has("no-scale-in"))
        if policy.isPredefined { try options.exclude(["stat"], with: "a predefined metric") }
        return policy
    }

    /// `add=1,3@500`: one more from the alarm's threshold on, three from 500 beyond it.
    private func stepPolicy(
        _ name: String, _ target: Scenario.ScalingTarget, _ line: inout ScenarioLine
    ) throws(ScenarioProblem) -> Scenario.StepPolicy {
        let types = ["add": "ChangeInCapacity", "percent": "PercentChangeInCapacity", "exact": "ExactCapacity"]
        let options = try line.options(keys: ["when"] + types.keys.sorted() + ["cooldown"])
        let alarm = try options.required("when", example: "ALARM")
        try check(alarm: alarm, options.line)
        let given = types.keys.sorted().filter(options.has)
        guard given.count == 1, let key = given.first, let type = types[key] else {
            throw options.line.problem("a step policy needs one of add=, percent= and exact=, e.g. add=1,3@500.")
        }
        var steps: [Scenario.StepPolicy.Step] = []
        for part in (options[key] ?? "").split(separator: ",", omittingEmptySubsequences: false) {
            let halves = part.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
            let beyond = halves.count == 2 ? try options.line.number(halves[1], "the step's start", in: 0...1e12) : 0
            if let last = steps.last, beyond <= last.beyond {
                throw options.line.problem("each step must begin further from the threshold than the one before it.")
            }
            steps.append(.init(
                adjustment: try options.line.whole(halves.first ?? "", key, in: -1000...1000), beyond: beyond))
        }
        return .init(
            name: name, target: target, alarm: alarm, type: type, steps: steps,
            cooldownSeconds: try options.seconds("cooldown"))
    }

    private func scheduled(
        _ name: String, _ target: Scenario.ScalingTarget, _ line: inout ScenarioLine
    ) throws(ScenarioProblem) -> Scenario.ScheduledAction {
        let options = try line.options(keys: ["at", "schedule", "min", "max"])
        guard options.has("at") != options.has("schedule") else {
            throw options.line.problem("a scheduled action needs at=TIME or schedule=EXPRESSION.")
        }
        guard options.has("min") || options.has("max") else {
            throw options.line.problem("a scheduled action needs min=, max= or both.")
        }
        let instant = try options.seconds("at").map { SimDuration.seconds(Int64($0)) }
        return .init(
            name: name, target: target, when: instant.map { .at($0) } ?? .expression(options["schedule"] ?? ""),
            minimum: try options.whole("min", in: 0...1000), maximum: try options.whole("max", in: 0...1000))
    }
}
