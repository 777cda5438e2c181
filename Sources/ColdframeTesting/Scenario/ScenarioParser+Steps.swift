import SimTime

/// The statements that happen at an instant.
extension ScenarioParser {
    static let actions = [
        "update", "weights", "instances", "concurrency", "invoke", "invoke-stream", "invoke-async", "object", "component",
        "update-component", "copies", "delete-component", "scaling", "tracking", "step", "scheduled", "behavior", "alarm",
        "capacity", "delete", "delete-config", "delete-model", "expect",
    ]

    mutating func step(_ line: inout ScenarioLine) throws(ScenarioProblem) {
        let instant = try line.duration(try line.word("the instant"), "the instant")
        // The words of the report: the line from its third word on.
        let text = Self.collapsed(line.text, dropping: 2)
        let number = line.number
        let refusal = try line.takeRefusal()
        let action = try action(&line)
        if refusal != nil {
            switch action {
            case .expect: throw line.problem("expect is no action that AWS could refuse.")
            case .invoke: throw line.problem("write what the answer is: expect status=… error=… message~…")
            default: break
            }
        }
        scenario.steps.append(.init(at: instant, action: action, line: number, text: text, refusal: refusal))
    }

    mutating func load(_ line: inout ScenarioLine) throws(ScenarioProblem) {
        let (text, number) = (Self.collapsed(line.text), line.number)
        let endpoint = try endpointName(&line)
        let rateText = try line.word("the rate")
        guard rateText.hasSuffix("/s") else { throw line.problem("the rate is \"\(rateText)\"; write it as 10/s.") }
        let rate = try line.number(rateText.dropLast(2), "the rate", in: 0...100_000)
        guard line.take("from") else { throw line.problem("write: load ENDPOINT 10/s from 0s") }
        let from = try line.duration(try line.word("the instant"), "the instant")
        var to: SimDuration?
        if line.take("to") {
            let end = try line.duration(try line.word("the instant"), "the instant")
            guard end > from else { throw line.problem("the load must end after it begins.") }
            to = end
        }
        let options = try line.options(keys: ["seed", "component"])
        if let component = options["component"] { try check(component: component, options.line) }
        let seed = try options["seed"].map { text throws(ScenarioProblem) in
            guard let seed = UInt64(text)
            else { throw options.line.problem("seed is \"\(text)\"; it must be a whole number.") }
            return seed
        }
        scenario.steps.append(.init(
            at: from, action: .load(.init(
                endpoint: endpoint, rate: rate, seed: seed, component: options["component"])), line: number, text: text))
        guard let to else { return }
        scenario.steps.append(.init(
            at: to, action: .load(.init(endpoint: endpoint, rate: 0)), line: number, text: "load \(endpoint) ends"))
    }

    // MARK: Actions

    private mutating func action(_ line: inout ScenarioLine) throws(ScenarioProblem) -> Scenario.Action {
        let word = try line.word("what happens")
        switch word {
        case "update": return .update(try update(&line))
        case "weights", "instances", "concurrency": return try change(word, &line)
        case "invoke", "invoke-stream", "invoke-async": return .invoke(try invocation(word, &line))
        case "component", "update-component", "copies", "delete-component":
            return .component(try componentAction(word, &line))
        case "scaling", "tracking", "step", "scheduled": return .scaling(try scaling(word, &line))
        case "behavior":
            var rest = line
            let name = try rest.name("the behavior's name")
            if rest.take("off") {
                _ = try rest.options(keys: [])
                return .removeBehavior(name)
            }
            return .behavior(try behavior(&line))
        case "alarm":
            let word = try line.word("the alarm")
            let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2 else { throw line.problem("write: alarm NAME=ALARM") }
            try check(alarm: parts[0], line)
            _ = try line.options(keys: [])
            return .setAlarm(parts[0], state: try line.choice(parts[1], "the state", of: Self.alarmStates))
        case "capacity": return .capacity(try capacity(&line))
        case "object":
            var rest = line
            if let uri = rest.next, rest.take(uri), rest.take("off") {
                _ = try rest.options(keys: [])
                return .removeObject(uri: try rest.uri(uri, "the object"))
            }
            return .putObject(try object(&line))
        case "delete", "delete-config", "delete-model": return try delete(word, &line)
        case "expect": return .expect(try expectation(&line))
        case let other:
            throw line.problem("\"\(other)\" cannot happen; allowed are: \(Self.actions.joined(separator: " "))")
        }
    }

    /// UpdateEndpointWeightsAndCapacities.
    private func change(_ word: String, _ line: inout ScenarioLine) throws(ScenarioProblem) -> Scenario.Action {
        let endpoint = try endpointName(&line)
        switch word {
        case "weights":
            let weights = try pairs(&line, example: "A=2") { line, text, name throws(ScenarioProblem) in
                try line.number(text, "the weight of \(name)", in: 0...1_000_000)
            }
            return .weights(endpoint: endpoint, weights)
        case "instances":
            let counts = try pairs(&line, example: "A=3") { line, text, name throws(ScenarioProblem) in
                try line.whole(text, "the count of \(name)", in: 0...1000)
            }
            return .instances(endpoint: endpoint, counts)
        default:
            let limits = try pairs(&line, example: "A=20/2") { line, text, name throws(ScenarioProblem) in
                let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
                let provisioned = parts.count < 2 ? nil : try line.whole(
                    parts[1], "the provisioned concurrency of \(name)", in: 1...200)
                return Scenario.Serverless(
                    maximum: try line.whole(parts.first ?? "", "the concurrency of \(name)", in: 1...200),
                    provisioned: provisioned)
            }
            return .concurrency(endpoint: endpoint, limits)
        }
    }

    private func delete(_ word: String, _ line: inout ScenarioLine) throws(ScenarioProblem) -> Scenario.Action {
        let action: Scenario.Action
        switch word {
        case "delete": action = .delete(endpoint: try endpointName(&line))
        case "delete-config":
            let config = try line.word("the configuration's name")
            try check(config: config, line)
            action = .deleteConfig(config)
        default: action = .deleteModel(try line.name("the model's name"))
        }
        _ = try line.options(keys: [])
        return action
    }

    func capacity(_ line: inout ScenarioLine) throws(ScenarioProblem) -> Scenario.Capacity {
        let instanceType = try line.word("the instance type")
        guard instanceType.hasPrefix("ml.") else {
            throw line.problem("the instance type is \"\(instanceType)\"; they begin with ml.")
        }
        let count = try line.word("the number of machines")
        _ = try line.options(keys: [])
        if count == "off" { return .init(instanceType: instanceType, instances: nil) }
        let instances = try line.whole(count, "the number of machines", in: 0...1_000_000)
        return .init(instanceType: instanceType, instances: instances)
    }

    func pairs<T>(
        _ line: inout ScenarioLine, example: String,
        _ read: (ScenarioLine, String, String) throws(ScenarioProblem) -> T
    ) throws(ScenarioProblem) -> [String: T] {
        var pairs: [String: T] = [:]
        while !line.isEmpty {
            let word = try line.word("a variant")
            let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2 else { throw line.problem("\"\(word)\" must be like \(example).") }
            guard pairs[parts[0]] == nil else { throw line.problem("\(parts[0]) is given twice.") }
            pairs[parts[0]] = try read(line, parts[1], parts[0])
        }
        guard !pairs.isEmpty else { throw line.problem("name at least one variant, e.g. \(example).") }
        return pairs
    }
}
