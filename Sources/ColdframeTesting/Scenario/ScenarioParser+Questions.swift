import SimTime

/// Conditions on metrics, components and objects.
extension ScenarioParser {
    /// `metric NAME of ENDPOINT|COMPONENT [variant=] [config=] [container=] [namespace=] [stat=Sum] [over=60s] >= N`, or
    /// `= none`.
    func metric(_ line: inout ScenarioLine) throws(ScenarioProblem) -> Scenario.Condition {
        var shown = ["metric"]
        let name = try line.word("the metric's name")
        guard line.take("of") else {
            throw line.problem("write: metric NAME of ENDPOINT|COMPONENT [variant=AllTraffic] [stat=Sum] [over=60s] >= 1")
        }
        let owner = try line.word("the endpoint's name")
        shown += [name, "of", owner]
        let keys = ["variant", "config", "container", "namespace", "stat", "over"]
        var values: [String: String] = [:]
        while let word = line.next, !Self.signs.contains(word) {
            let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2, keys.contains(parts[0]) else {
                let allowed = keys.map { $0 + "=" }.joined(separator: " ")
                throw line.problem("\"\(word)\" is not known here; allowed are: \(allowed) and a comparison, e.g. >= 1")
            }
            guard values[parts[0]] == nil else { throw line.problem("\(parts[0]) is given twice.") }
            _ = line.take(word)
            values[parts[0]] = parts[1]
            shown.append(word)
        }
        let sign = try line.word("the comparison, e.g. >= 1,")
        let number = Self.withoutComma(try line.word("what the metric is compared with"))
        shown += [sign, number]
        let options = ScenarioOptions(line: line, values: values)
        let question = Scenario.MetricQuestion(
            name: name, namespace: options["namespace"] ?? "AWS/SageMaker", owner: try self.owner(owner, options),
            statistic: try statistic(options), over: try over(options), bound: try bound(sign, number, line))
        return .init(subject: .metric(question), text: shown.joined(separator: " "))
    }

    private static let signs = Scenario.Comparison.allCases.map(\.rawValue)

    private func owner(
        _ name: String, _ options: ScenarioOptions
    ) throws(ScenarioProblem) -> Scenario.MetricQuestion.Owner {
        if component(named: name) != nil {
            try options.exclude(["variant", "config", "container"], with: "a component")
            return .component(name)
        }
        try check(endpoint: name, options.line)
        if let config = options["config"] { try check(config: config, options.line) }
        let variant = options["variant"] ?? "AllTraffic"
        if variant == "none" { try options.exclude(["config", "container"], with: "variant=none") }
        return .endpoint(
            name, variant: variant == "none" ? nil : variant, config: options["config"], container: options["container"])
    }

    private func statistic(_ options: ScenarioOptions) throws(ScenarioProblem) -> String {
        let plain = ["Sum", "SampleCount", "Average", "Minimum", "Maximum"]
        let statistic = options["stat"] ?? "Sum"
        if plain.contains(statistic) { return statistic }
        guard statistic.hasPrefix("p"), let percent = Double(statistic.dropFirst()), (0...100).contains(percent) else {
            throw options.line.problem(
                "stat is \"\(statistic)\"; allowed are: \(plain.joined(separator: " ")) and percentiles like p99")
        }
        // Percentiles of several minutes cannot be told from those of each.
        guard try options.duration("over") == .minutes(1)
        else { throw options.line.problem("a percentile needs over=60s.") }
        return statistic
    }

    private func over(_ options: ScenarioOptions) throws(ScenarioProblem) -> SimDuration? {
        guard let over = try options.duration("over") else { return nil }
        guard over > .zero, over.milliseconds % 60_000 == 0
        else { throw options.line.problem("over must be whole minutes, e.g. 120s.") }
        return over
    }

    private func bound(
        _ sign: String, _ number: String, _ line: ScenarioLine
    ) throws(ScenarioProblem) -> Scenario.MetricQuestion.Bound? {
        if sign == "=", number == "none" { return nil }
        guard let comparison = Scenario.Comparison(rawValue: sign) else {
            throw line.problem("\"\(sign)\" is no comparison; allowed are: \(Self.signs.joined(separator: " "))")
        }
        return .init(comparison: comparison, value: try line.number(number, "the number", in: -1e15...1e15))
    }

    // MARK: Components

    /// `component NAME [status=] [copies=] [desired=] [image=|~] [failure=|~]`.
    func componentState(_ line: inout ScenarioLine) throws(ScenarioProblem) -> Scenario.Condition {
        let name = try line.word("the component's name")
        try check(component: name, line)
        var state = Scenario.ComponentState(name: name)
        var shown = ["component", name]
        while let word = line.next, let (key, sign, value) = Self.comparison(Self.withoutComma(word)),
              ["status", "copies", "desired", "image", "failure"].contains(key) {
            _ = line.take(word)
            shown.append(Self.withoutComma(word))
            guard sign == "=" || (sign == "~" && ["image", "failure"].contains(key))
            else { throw line.problem("\"\(sign)\" does not go with \(key).") }
            switch key {
            case "status": state.status = try line.choice(value, "status", of: Self.componentStatuses)
            case "copies": state.copies = try line.whole(value, "copies", in: 0...1000)
            case "desired": state.desired = try line.whole(value, "desired", in: 0...1000)
            case "image": state.image = Self.textMatch(sign, value)
            default: state.failure = Self.textMatch(sign, value)
            }
        }
        guard shown.count > 2 else {
            throw line.problem("component \(name) needs status=, copies=, desired=, image= or failure=.")
        }
        return .init(subject: .component(state), text: shown.joined(separator: " "))
    }

    private static let componentStatuses = ["Creating", "InService", "Updating", "Deleting", "Failed", "none"]

    // MARK: Objects

    /// `objects(PREFIX)>=1`, `lines(PREFIX)>=1`, `contents(PREFIX)~TEXT`, `output(LABEL)~TEXT`,
    /// `error-output(LABEL)~TEXT`; nil for other words.
    func objectQuestion(
        _ key: String, _ sign: String, _ value: String, _ line: ScenarioLine
    ) throws(ScenarioProblem) -> Scenario.ObjectQuestion? {
        let word = String(key.prefix { $0 != "(" })
        guard ["objects", "lines", "contents", "output", "error-output"].contains(word) else { return nil }
        let isLabel = word.hasSuffix("output")
        guard key != word, key.hasSuffix(")")
        else { throw line.problem("write \(word)(\(isLabel ? "LABEL" : "s3://BUCKET/PREFIX")).") }
        let name = String(key.dropFirst(word.count + 1).dropLast())
        if isLabel {
            guard labels[name] == .async
            else { throw line.problem("no earlier line sends the request \"\(name)\": invoke-async … as=\(name)") }
        } else {
            _ = try line.uri(name, word)
        }
        if word == "objects" || word == "lines" {
            guard let comparison = Scenario.Comparison(rawValue: sign)
            else { throw line.problem("\"\(sign)\" does not go with \(word).") }
            let number = try line.number(value, word, in: 0...1e9)
            return word == "objects" ? .count(prefix: name, comparison, number) : .lines(prefix: name, comparison, number)
        }
        guard sign == "=" || sign == "~" else { throw line.problem("\"\(sign)\" does not go with \(word).") }
        let match = Self.textMatch(sign, value)
        switch word {
        case "contents": return .contents(prefix: name, match)
        case "output": return .output(label: name, match)
        default: return .errorOutput(label: name, match)
        }
    }
}
