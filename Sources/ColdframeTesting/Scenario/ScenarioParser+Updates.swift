/// `update ENDPOINT to=CONFIG …`: UpdateEndpoint with its deployment policy.
extension ScenarioParser {
    /// What RetainAllVariantProperties may leave out. AWS: sdk — spec/hosting.md §A.7.
    private static let properties = [
        "instances": "DesiredInstanceCount", "weight": "DesiredWeight", "capture": "DataCaptureConfig",
    ]

    func update(_ line: inout ScenarioLine) throws(ScenarioProblem) -> Scenario.Update {
        let endpoint = try endpointName(&line)
        let options = try line.options(
            keys: [
                "to", "canary", "linear", "rolling", "wait", "termination", "timeout", "rollback-on", "rollback-batch",
                "exclude",
            ],
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
        try options.require("retain-variant-properties", for: ["exclude"])
        var excluded: [String] = []
        for word in options["exclude"]?.split(separator: ",").map(String.init) ?? [] {
            let known = try line.choice(word, "exclude", of: Self.properties.keys.sorted())
            excluded.append(Self.properties[known] ?? "")
        }
        let alarms = try alarmNames(options)
        return Scenario.Update(
            endpoint: endpoint, config: config, policy: policy, waitSeconds: try options.seconds("wait"),
            terminationSeconds: try options.seconds("termination"), timeoutSeconds: try options.seconds("timeout"),
            rollbackOn: alarms, retainsDeploymentConfig: options.has("retain-deployment-config"),
            retainsVariantProperties: options.has("retain-variant-properties"), excludedProperties: excluded)
    }

    /// The alarms of `rollback-on=`.
    func alarmNames(_ options: ScenarioOptions) throws(ScenarioProblem) -> [String] {
        let alarms = (options["rollback-on"] ?? "").split(separator: ",").map(String.init)
        for alarm in alarms { try check(alarm: alarm, options.line) }
        return alarms
    }

    func size(_ options: ScenarioOptions, _ key: String) throws(ScenarioProblem) -> Scenario.Update.Size {
        let text = options[key] ?? ""
        if text.hasSuffix("%") { return .percent(try options.line.whole(text.dropLast(), key, in: 1...100)) }
        return .count(try options.line.whole(text, key, in: 1...1000))
    }
}
