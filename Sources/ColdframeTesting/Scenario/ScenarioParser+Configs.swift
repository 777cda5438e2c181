/// Endpoints and their configurations.
extension ScenarioParser {
    private static let variantKeys = [
        "instances", "image", "model-data", "type", "weight", "model", "serverless", "max-concurrency", "provisioned",
        "managed", "routing",
    ]
    private static let variantFlags = ["for-components"]
    private static let configKeys = variantKeys + ["variant"]
    private static let memories = [1024, 2048, 3072, 4096, 5120, 6144]
    private static let strategies = ["random": "RANDOM", "least-outstanding": "LEAST_OUTSTANDING_REQUESTS"]

    mutating func endpoint(_ line: inout ScenarioLine) throws(ScenarioProblem) {
        let name = try line.name("the endpoint's name")
        guard scenario.endpoint(named: name) == nil
        else { throw line.problem("there are two endpoints named \(name).") }
        let options = try line.options(keys: ["config"] + Self.configKeys, flags: Self.variantFlags)
        let config = try options.required("config", example: "v1")
        try line.check(name: config, "config")
        scenario.endpoints.append(.init(name: name, config: config))
        if (Self.configKeys + Self.variantFlags).contains(where: options.has) {
            try addConfig(config, options)
        } else {
            configReferences.append((config, line.number))
        }
    }

    mutating func config(_ line: inout ScenarioLine) throws(ScenarioProblem) {
        let name = try line.name("the configuration's name")
        try addConfig(name, try line.options(keys: Self.configKeys, flags: Self.variantFlags))
    }

    private mutating func addConfig(_ name: String, _ options: ScenarioOptions) throws(ScenarioProblem) {
        guard scenario.config(named: name) == nil
        else { throw options.line.problem("there are two configurations named \(name).") }
        // A bare `config NAME` waits for its `variant` lines.
        let isBare = !(Self.configKeys + Self.variantFlags).contains(where: options.has)
        let variant = try variant(options["variant"] ?? "AllTraffic", options)
        scenario.configs.append(.init(name: name, variants: isBare ? [] : [variant]))
    }

    mutating func variant(_ line: inout ScenarioLine) throws(ScenarioProblem) {
        let name = try line.name("the variant's name")
        guard line.take("of") else { throw line.problem("write: variant NAME of CONFIG …") }
        let config = try line.name("the configuration's name")
        let options = try line.options(keys: Self.variantKeys, flags: Self.variantFlags + ["shadow"])
        let variant = try variant(name, options)
        guard let index = scenario.configs.firstIndex(where: { $0.name == config }) else {
            scenario.configs.append(.init(name: config, variants: [variant]))
            return
        }
        guard !scenario.configs[index].variants.contains(where: { $0.name == name }) else {
            throw line.problem("the configuration \(config) has two variants named \(name).")
        }
        scenario.configs[index].variants.append(variant)
    }

    private mutating func variant(
        _ name: String, _ options: ScenarioOptions
    ) throws(ScenarioProblem) -> Scenario.Variant {
        let line = options.line
        try line.check(name: name, "variant")
        if let model = options["model"] {
            try options.exclude(["image", "model-data"], with: "model")
            modelReferences.append((model, line.number))
        }
        if options.has("for-components") {
            try options.exclude(["image", "model-data", "model", "serverless"], with: "for-components")
        }
        if options.has("serverless") {
            try options.exclude(["instances", "type", "managed", "routing"], with: "serverless")
        }
        try options.require("serverless", for: ["max-concurrency", "provisioned"])
        try options.require("for-components", for: ["managed"])
        let managed = try options["managed"].map { text throws(ScenarioProblem) in
            try line.range(text, "managed", in: 0...1000)
        }
        let routing = try options["routing"].map { text throws(ScenarioProblem) in
            try line.choice(text, "routing", of: Self.strategies.keys.sorted())
        }
        return Scenario.Variant(
            name: name, weight: try options.number("weight", in: 0...1_000_000) ?? 1,
            instances: try options.whole("instances", in: 1...1000) ?? 3, instanceType: options["type"] ?? "ml.m5.xlarge",
            image: options["image"] ?? Self.defaultImage, modelData: options["model-data"],
            isShadow: options.has("shadow"), model: options["model"], serverless: try serverless(options),
            isForComponents: options.has("for-components"), managedInstances: managed,
            routing: routing.flatMap { Self.strategies[$0] })
    }

    private func serverless(_ options: ScenarioOptions) throws(ScenarioProblem) -> Scenario.Serverless? {
        guard let memory = try options.whole("serverless", in: 1024...6144) else { return nil }
        guard Self.memories.contains(memory) else {
            let allowed = Self.memories.map(String.init).joined(separator: " ")
            throw options.line.problem("serverless is \"\(memory)\"; the memory in MB must be one of: \(allowed)")
        }
        _ = try options.required("max-concurrency", example: "5")
        return Scenario.Serverless(
            memoryInMB: memory, maximum: try options.whole("max-concurrency", in: 1...200) ?? 1,
            provisioned: try options.whole("provisioned", in: 1...200))
    }

    // MARK: What a configuration has besides variants

    mutating func async(_ line: inout ScenarioLine) throws(ScenarioProblem) {
        let config = try line.name("the configuration's name")
        let options = try line.options(keys: ["output", "failure", "concurrency"])
        _ = try options.required("output", example: "s3://results/out")
        asyncConfigs.append((config, .init(
            output: try options.uri("output") ?? "", failure: try options.uri("failure"),
            concurrencyPerInstance: try options.whole("concurrency", in: 1...1000), line: line.number)))
    }

    mutating func capture(_ line: inout ScenarioLine) throws(ScenarioProblem) {
        let config = try line.name("the configuration's name")
        let options = try line.options(keys: ["to", "sampling", "csv", "json"], flags: ["input", "output"])
        _ = try options.required("to", example: "s3://captured/churn")
        let modes = ["Input", "Output"].filter { options.has($0.lowercased()) }
        func types(_ key: String) -> [String] { options[key]?.split(separator: ",").map(String.init) ?? [] }
        captures.append((config, .init(
            destination: try options.uri("to") ?? "",
            samplingPercentage: try options.whole("sampling", in: 0...100) ?? 100, modes: modes.isEmpty ? ["Input", "Output"] : modes, csvTypes: types("csv"), jsonTypes: types("json"),
            line: line.number)))
    }

    /// Gives each configuration what stands on lines of its own.
    mutating func connectConfigs() throws(ScenarioProblem) {
        for (name, async) in asyncConfigs {
            let index = try configIndex(name, line: async.line)
            guard scenario.configs[index].async == nil
            else { throw ScenarioProblem(line: async.line, "async \(name) is given twice.") }
            scenario.configs[index].async = async
        }
        for (name, capture) in captures {
            let index = try configIndex(name, line: capture.line)
            guard scenario.configs[index].capture == nil
            else { throw ScenarioProblem(line: capture.line, "capture \(name) is given twice.") }
            scenario.configs[index].capture = capture
        }
        for index in scenario.configs.indices where scenario.configs[index].variants.isEmpty {
            scenario.configs[index].variants = [Scenario.Variant(
                name: "AllTraffic", weight: 1, instances: 3, instanceType: "ml.m5.xlarge", image: Self.defaultImage)]
        }
    }

    private func configIndex(_ name: String, line: Int) throws(ScenarioProblem) -> Int {
        guard let index = scenario.configs.firstIndex(where: { $0.name == name }) else {
            let known = scenario.configs.map(\.name).joined(separator: " ")
            throw ScenarioProblem(line: line, "there is no configuration \"\(name)\"; known are: \(known)")
        }
        return index
    }
}
