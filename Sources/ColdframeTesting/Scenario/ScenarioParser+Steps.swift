import SimTime

/// The statements that happen at an instant, and the alarms, which refer to endpoints.
extension ScenarioParser {
    static let comparisons = [
        ">=": "GreaterThanOrEqualToThreshold", ">": "GreaterThanThreshold", "<=": "LessThanOrEqualToThreshold",
        "<": "LessThanThreshold",
    ]
    static let alarmStates = ["OK", "ALARM", "INSUFFICIENT_DATA"]

    mutating func schedule(_ line: inout ScenarioLine) throws(ScenarioProblem) {
        switch try line.word("a statement") {
        case "alarm": scenario.alarms.append(try alarm(&line))
        case "load": try load(&line)
        default:
            let instant = try line.duration(try line.word("the instant"), "the instant")
            // The words of the report: the line from its third word on.
            let text = Self.collapsed(line.text, dropping: 2)
            let number = line.number
            let action = try action(&line)
            scenario.steps.append(.init(at: instant, action: action, line: number, text: text))
        }
    }

    private static func collapsed(_ text: String, dropping count: Int = 0) -> String {
        text.split(whereSeparator: \.isWhitespace).dropFirst(count).joined(separator: " ")
    }

    private mutating func alarm(_ line: inout ScenarioLine) throws(ScenarioProblem) -> Scenario.Alarm {
        let name = try line.name("the alarm's name")
        guard !scenario.alarms.contains(where: { $0.name == name })
        else { throw line.problem("there are two alarms named \(name).") }
        guard !Self.conditionNames.contains(name) else {
            throw line.problem("\(name) cannot be an alarm's name: expect lines use that word.")
        }
        guard line.take("on") else {
            throw line.problem(
                "write: alarm NAME on ENDPOINT metric=ModelLatency stat=Average period=60s 1-of-1 >= 10000")
        }
        let endpoint = try endpointName(&line)
        var values: [String: String] = [:], window: (Int, Int)?, comparison: String?, threshold: Double?
        let keys = ["metric", "stat", "period", "missing", "config", "variant", "namespace"]
        while let word = line.next {
            if let found = Self.comparisons[word] {
                guard comparison == nil else { throw line.problem("the comparison is given twice.") }
                _ = line.take(word)
                comparison = found
                threshold = try line.number(try line.word("the threshold"), "the threshold", in: -1e300...1e300)
                continue
            }
            if let found = Self.window(word) {
                guard window == nil else { throw line.problem("M-of-N is given twice.") }
                _ = line.take(word)
                window = found
                continue
            }
            let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2, keys.contains(parts[0]) else {
                let allowed = keys.map { $0 + "=" }.joined(separator: " ")
                throw line.problem(
                    "\"\(word)\" is not known here; allowed are: \(allowed) M-of-N and >= > <= < with a number")
            }
            guard values[parts[0]] == nil else { throw line.problem("\(parts[0]) is given twice.") }
            _ = line.take(word)
            values[parts[0]] = parts[1]
        }
        let options = ScenarioOptions(line: line, values: values)
        guard let comparison, let threshold else { throw line.problem("the comparison is missing, e.g. >= 10000.") }
        if let config = options["config"] { try check(config: config, line) }
        let (needed, periods) = window ?? (1, 1)
        guard needed >= 1, needed <= periods else { throw line.problem("M-of-N needs 1 <= M <= N.") }
        let missing = try line.choice(
            options["missing"] ?? "notBreaching", "missing", of: ["breaching", "notBreaching", "ignore", "missing"])
        return Scenario.Alarm(
            name: name, endpoint: endpoint, metric: try options.required("metric", example: "ModelLatency"),
            namespace: options["namespace"] ?? "AWS/SageMaker", config: options["config"],
            variant: options["variant"] ?? "AllTraffic", statistic: options["stat"] ?? "Average",
            periodSeconds: try options.seconds("period") ?? 60, datapointsToAlarm: needed, evaluationPeriods: periods,
            comparison: comparison, threshold: threshold, treatMissingData: missing)
    }

    /// `2-of-3`.
    private static func window(_ word: String) -> (Int, Int)? {
        let parts = word.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[1] == "of", let m = Int(parts[0]), let n = Int(parts[2]) else { return nil }
        return (m, n)
    }

    private mutating func load(_ line: inout ScenarioLine) throws(ScenarioProblem) {
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
        let options = try line.options(keys: ["seed"])
        let seed = try options["seed"].map { text throws(ScenarioProblem) in
            guard let seed = UInt64(text)
            else { throw options.line.problem("seed is \"\(text)\"; it must be a whole number.") }
            return seed
        }
        scenario.steps.append(.init(
            at: from, action: .load(.init(endpoint: endpoint, rate: rate, seed: seed)), line: number, text: text))
        guard let to else { return }
        scenario.steps.append(.init(
            at: to, action: .load(.init(endpoint: endpoint, rate: 0)), line: number, text: "load \(endpoint) ends"))
    }

    // MARK: Actions

    private mutating func action(_ line: inout ScenarioLine) throws(ScenarioProblem) -> Scenario.Action {
        switch try line.word("what happens") {
        case "update": return .update(try update(&line))
        case "weights":
            let endpoint = try endpointName(&line)
            return .weights(endpoint: endpoint, try pairs(&line, example: "A=2") { line, text, name throws(ScenarioProblem) in
                try line.number(text, "the weight of \(name)", in: 0...1_000_000)
            })
        case "instances":
            let endpoint = try endpointName(&line)
            return .instances(endpoint: endpoint, try pairs(&line, example: "A=3") { line, text, name throws(ScenarioProblem) in
                try line.whole(text, "the count of \(name)", in: 1...1000)
            })
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
        case "delete":
            let endpoint = try endpointName(&line)
            _ = try line.options(keys: [])
            return .delete(endpoint: endpoint)
        case "expect": return .expect(try expectation(&line))
        case let other:
            throw line.problem("\"\(other)\" cannot happen; allowed are: \(Self.actions.joined(separator: " "))")
        }
    }

    func capacity(_ line: inout ScenarioLine) throws(ScenarioProblem) -> Scenario.Capacity {
        let instanceType = try line.word("the instance type")
        guard instanceType.hasPrefix("ml.") else {
            throw line.problem("the instance type is \"\(instanceType)\"; they begin with ml.")
        }
        let count = try line.word("the number of machines")
        _ = try line.options(keys: [])
        if count == "off" { return .init(instanceType: instanceType, instances: nil) }
        return .init(instanceType: instanceType, instances: try line.whole(count, "the number of machines", in: 0...1_000_000))
    }

    private func update(_ line: inout ScenarioLine) throws(ScenarioProblem) -> Scenario.Update {
        let endpoint = try endpointName(&line)
        let options = try line.options(
            keys: ["to", "canary", "linear", "rolling", "wait", "termination", "timeout", "rollback-on", "rollback-batch"],
            flags: ["all-at-once", "retain-deployment-config", "retain-variant-properties"])
        let config = try options.required("to", example: "v2")
        try check(config: config, line)
        let kinds = ["canary", "linear", "rolling", "all-at-once"].filter(options.has)
        guard kinds.count <= 1 else { throw line.problem("\(kinds.joined(separator: " and ")) exclude each other.") }
        let policy: Scenario.Update.Policy
        switch kinds.first {
        case "canary": policy = .canary(try size(options, "canary"))
        case "linear": policy = .linear(try size(options, "linear"))
        case "rolling":
            let rollback: Scenario.Update.Size? = options.has("rollback-batch") ? try size(options, "rollback-batch") : nil
            policy = .rolling(try size(options, "rolling"), rollback: rollback)
        case nil: policy = .none
        default: policy = .allAtOnce
        }
        if kinds.isEmpty, let superfluous = ["wait", "termination", "timeout"].first(where: options.has) {
            throw line.problem("\(superfluous) needs canary=, linear=, rolling= or all-at-once.")
        }
        if options.has("rollback-batch"), kinds != ["rolling"] { throw line.problem("rollback-batch needs rolling=.") }
        if options.has("termination"), kinds == ["rolling"] {
            throw line.problem("termination does not go with rolling=.")
        }
        let alarms = (options["rollback-on"] ?? "").split(separator: ",").map(String.init)
        for alarm in alarms { try check(alarm: alarm, line) }
        return Scenario.Update(
            endpoint: endpoint, config: config, policy: policy, waitSeconds: try options.seconds("wait"),
            terminationSeconds: try options.seconds("termination"), timeoutSeconds: try options.seconds("timeout"),
            rollbackOn: alarms, retainsDeploymentConfig: options.has("retain-deployment-config"),
            retainsVariantProperties: options.has("retain-variant-properties"))
    }

    private func size(_ options: ScenarioOptions, _ key: String) throws(ScenarioProblem) -> Scenario.Update.Size {
        let text = options[key] ?? ""
        if text.hasSuffix("%") { return .percent(try options.line.whole(text.dropLast(), key, in: 1...100)) }
        return .count(try options.line.whole(text, key, in: 1...1000))
    }

    private func pairs<T>(
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
