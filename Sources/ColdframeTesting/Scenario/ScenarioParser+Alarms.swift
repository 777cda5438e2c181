/// Alarms, on endpoints and on components. `variant=none` watches the dimension set of the endpoint alone.
extension ScenarioParser {
    static let comparisons = [
        ">=": "GreaterThanOrEqualToThreshold", ">": "GreaterThanThreshold", "<=": "LessThanOrEqualToThreshold",
        "<": "LessThanThreshold",
    ]
    static let alarmStates = ["OK", "ALARM", "INSUFFICIENT_DATA"]

    mutating func alarm(_ line: inout ScenarioLine) throws(ScenarioProblem) -> Scenario.Alarm {
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
        let watched = try line.word("the endpoint's name")
        let component = component(named: watched)
        let endpoint = component?.endpoint ?? watched
        if component == nil { try check(endpoint: endpoint, line) }
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
        if component != nil { try options.exclude(["config", "variant"], with: "a component") }
        let variant = options["variant"] ?? "AllTraffic"
        let (needed, periods) = window ?? (1, 1)
        guard needed >= 1, needed <= periods else { throw line.problem("M-of-N needs 1 <= M <= N.") }
        let missing = try line.choice(
            options["missing"] ?? "notBreaching", "missing", of: ["breaching", "notBreaching", "ignore", "missing"])
        return Scenario.Alarm(
            name: name, endpoint: endpoint, metric: try options.required("metric", example: "ModelLatency"),
            namespace: options["namespace"] ?? "AWS/SageMaker", config: options["config"],
            variant: component == nil && variant != "none" ? variant : nil, component: component?.name,
            statistic: options["stat"] ?? "Average",
            periodSeconds: try options.seconds("period") ?? 60, datapointsToAlarm: needed, evaluationPeriods: periods,
            comparison: comparison, threshold: threshold, treatMissingData: missing)
    }

    /// `2-of-3`.
    private static func window(_ word: String) -> (Int, Int)? {
        let parts = word.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[1] == "of", let m = Int(parts[0]), let n = Int(parts[2]) else { return nil }
        return (m, n)
    }
}
