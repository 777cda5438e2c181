import SimTime

/// Reads scenario files: one statement a line, `#` begins a comment, words with blanks stand in double quotes.
///
///     endpoint NAME config=CONFIG [the options of config]
///     config   NAME [instances=3] [image=IMAGE] [model-data=S3-URL] [type=ml.m5.xlarge] [weight=1] [variant=AllTraffic]
///     variant  NAME of CONFIG [instances=] [image=] [model-data=] [type=] [weight=] [shadow]
///     behavior NAME [match-image=GLOB] [match-model=GLOB] [match-model-data=GLOB] [status=500] [error-rate=0..1]
///              [latency-p50=150ms] [latency-p99=180ms] [body=TEXT] [content-type=TYPE] [ping=STATUS]
///     alarm    NAME on ENDPOINT metric=METRIC stat=STATISTIC period=60s M-of-N >= THRESHOLD
///              [missing=notBreaching] [config=CONFIG] [variant=AllTraffic] [namespace=AWS/SageMaker]
///     provisioning short|realistic      how long machines take to start and end: under a second, or minutes
///     capacity TYPE COUNT|off           how many machines there are of an instance type; launches beyond that fail
///     load     ENDPOINT N/s from TIME [to TIME] [seed=N]
///     at TIME  update ENDPOINT to=CONFIG [canary=SIZE|linear=SIZE|rolling=SIZE|all-at-once] [wait=300s]
///              [termination=120s] [timeout=1800s] [rollback-on=ALARM,…] [rollback-batch=SIZE]
///              [retain-deployment-config] [retain-variant-properties]      SIZE is machines, or percent: 33%
///     at TIME  weights ENDPOINT VARIANT=WEIGHT …  |  instances ENDPOINT VARIANT=COUNT …  |  delete ENDPOINT
///     at TIME  behavior NAME …  |  behavior NAME off  |  alarm NAME=ALARM|OK|INSUFFICIENT_DATA
///     at TIME  capacity TYPE COUNT|off
///     at TIME  expect [ENDPOINT] CONDITION …     (conditions: `ScenarioParser+Expectation.swift`)
///
/// Times count from the moment when all endpoints are in service, moved to a whole minute.
package struct ScenarioParser {
    var scenario = Scenario()
    private var behaviorNames: Set<String> = []
    /// References to check when the whole file is known.
    private var configReferences: [(name: String, line: Int)] = []

    static let statements = ["endpoint", "config", "variant", "behavior", "alarm", "provisioning", "capacity", "load", "at"]
    static let actions = ["update", "weights", "instances", "behavior", "alarm", "capacity", "delete", "expect"]
    private static let variantKeys = ["instances", "image", "model-data", "type", "weight"]
    private static let defaultImage = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:0.90-1-cpu-py3"
    private static let linesMax = 10_000

    /// The scenario of a file's text. Throws `ScenarioProblem` for its first mistake.
    package static func parse(_ text: String) throws(ScenarioProblem) -> Scenario {
        var parser = ScenarioParser()
        // Declarations first, then alarms, then steps: each may refer to what stands further down.
        var alarms: [ScenarioLine] = [], steps: [ScenarioLine] = []
        var lastNumber = 0
        for (index, raw) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            lastNumber = index + 1
            guard lastNumber <= linesMax
            else { throw ScenarioProblem(line: lastNumber, "there are more than \(linesMax) lines.") }
            var line = try ScenarioLine(raw, number: lastNumber)
            switch line.next {
            case nil: continue
            case "alarm": alarms.append(line)
            case "at", "load": steps.append(line)
            default: try parser.declare(&line)
            }
        }
        for var line in alarms + steps { try parser.schedule(&line) }
        try parser.finish(lastLine: max(1, lastNumber))
        return parser.scenario
    }

    // MARK: Declarations

    private mutating func declare(_ line: inout ScenarioLine) throws(ScenarioProblem) {
        switch try line.word("a statement") {
        case "endpoint": try endpoint(&line)
        case "config":
            let name = try line.name("the configuration's name")
            let options = try line.options(keys: Self.variantKeys + ["variant"])
            try addConfig(name, options)
        case "variant": try variant(&line)
        case "behavior":
            let behavior = try behavior(&line)
            guard behaviorNames.insert(behavior.name).inserted
            else { throw line.problem("there are two behaviors named \(behavior.name).") }
            scenario.behaviors.append(behavior)
        case "provisioning":
            let profile = try line.choice(try line.word("the profile"), "provisioning", of: ["short", "realistic"])
            _ = try line.options(keys: [])
            scenario.isProvisioningRealistic = profile == "realistic"
        case "capacity": scenario.capacities.append(try capacity(&line))
        case let other:
            throw line.problem(
                "\"\(other)\" is not a statement; allowed are: \(Self.statements.joined(separator: " "))")
        }
    }

    private mutating func endpoint(_ line: inout ScenarioLine) throws(ScenarioProblem) {
        let name = try line.name("the endpoint's name")
        guard scenario.endpoint(named: name) == nil
        else { throw line.problem("there are two endpoints named \(name).") }
        let options = try line.options(keys: ["config"] + Self.variantKeys + ["variant"])
        let config = try options.required("config", example: "v1")
        try line.check(name: config, "config")
        scenario.endpoints.append(.init(name: name, config: config))
        if (Self.variantKeys + ["variant"]).contains(where: options.has) {
            try addConfig(config, options)
        } else {
            configReferences.append((config, line.number))
        }
    }

    private mutating func addConfig(_ name: String, _ options: ScenarioOptions) throws(ScenarioProblem) {
        guard scenario.config(named: name) == nil
        else { throw options.line.problem("there are two configurations named \(name).") }
        // A bare `config NAME` waits for its `variant` lines.
        let isBare = !(Self.variantKeys + ["variant"]).contains(where: options.has)
        let variant = try Self.variant(options["variant"] ?? "AllTraffic", options)
        scenario.configs.append(.init(name: name, variants: isBare ? [] : [variant]))
    }

    private mutating func variant(_ line: inout ScenarioLine) throws(ScenarioProblem) {
        let name = try line.name("the variant's name")
        guard line.take("of") else { throw line.problem("write: variant NAME of CONFIG …") }
        let config = try line.name("the configuration's name")
        let variant = try Self.variant(name, try line.options(keys: Self.variantKeys, flags: ["shadow"]))
        guard let index = scenario.configs.firstIndex(where: { $0.name == config }) else {
            scenario.configs.append(.init(name: config, variants: [variant]))
            return
        }
        guard !scenario.configs[index].variants.contains(where: { $0.name == name }) else {
            throw line.problem("the configuration \(config) has two variants named \(name).")
        }
        scenario.configs[index].variants.append(variant)
    }

    private static func variant(_ name: String, _ options: ScenarioOptions) throws(ScenarioProblem) -> Scenario.Variant {
        try options.line.check(name: name, "variant")
        return Scenario.Variant(
            name: name, weight: try options.number("weight", in: 0...1_000_000) ?? 1,
            instances: try options.whole("instances", in: 1...1000) ?? 3, instanceType: options["type"] ?? "ml.m5.xlarge",
            image: options["image"] ?? defaultImage, modelData: options["model-data"],
            isShadow: options.has("shadow"))
    }

    mutating func behavior(_ line: inout ScenarioLine) throws(ScenarioProblem) -> Scenario.Behavior {
        let name = try line.name("the behavior's name")
        let options = try line.options(keys: [
            "match-image", "match-model", "match-model-data", "status", "error-rate", "latency-p50", "latency-p99", "body",
            "content-type", "ping",
        ])
        let (p50, p99) = (try options.duration("latency-p50"), try options.duration("latency-p99"))
        if p50 == nil, p99 != nil { throw options.line.problem("latency-p99 needs latency-p50.") }
        if let p50, let p99, p99 < p50 { throw options.line.problem("latency-p99 must not be less than latency-p50.") }
        return Scenario.Behavior(
            name: name, matchModel: options["match-model"], matchImage: options["match-image"],
            matchModelData: options["match-model-data"], status: try options.whole("status", in: 200...599),
            body: options["body"], contentType: options["content-type"],
            errorRate: try options.number("error-rate", in: 0...1), latencyP50: p50, latencyP99: p99,
            ping: try options.whole("ping", in: 200...599))
    }

    // MARK: What the steps need

    func endpointName(_ line: inout ScenarioLine) throws(ScenarioProblem) -> String {
        let name = try line.word("the endpoint's name")
        try check(endpoint: name, line)
        return name
    }

    private func check(endpoint name: String, _ line: ScenarioLine) throws(ScenarioProblem) {
        guard scenario.endpoint(named: name) != nil else {
            let known = scenario.endpoints.map(\.name).joined(separator: " ")
            throw line.problem("there is no endpoint \"\(name)\"; known are: \(known.isEmpty ? "none" : known)")
        }
    }

    func check(config name: String, _ line: ScenarioLine) throws(ScenarioProblem) {
        guard scenario.config(named: name) == nil else { return }
        let known = scenario.configs.map(\.name).joined(separator: " ")
        throw line.problem("there is no configuration \"\(name)\"; known are: \(known.isEmpty ? "none" : known)")
    }

    func check(alarm name: String, _ line: ScenarioLine) throws(ScenarioProblem) {
        guard !scenario.alarms.contains(where: { $0.name == name }) else { return }
        let known = scenario.alarms.map(\.name).joined(separator: " ")
        throw line.problem("there is no alarm \"\(name)\"; known are: \(known.isEmpty ? "none" : known)")
    }

    private mutating func finish(lastLine: Int) throws(ScenarioProblem) {
        guard !scenario.endpoints.isEmpty else { throw ScenarioProblem(line: lastLine, "there is no endpoint.") }
        for reference in configReferences where scenario.config(named: reference.name) == nil {
            throw ScenarioProblem(line: reference.line, "there is no configuration \"\(reference.name)\".")
        }
        for index in scenario.configs.indices where scenario.configs[index].variants.isEmpty {
            scenario.configs[index].variants = [Scenario.Variant(
                name: "AllTraffic", weight: 1, instances: 3, instanceType: "ml.m5.xlarge", image: Self.defaultImage)]
        }
        // The sort must keep the file's order within an instant.
        scenario.steps = scenario.steps.enumerated()
            .sorted { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) }.map(\.element)
    }
}
