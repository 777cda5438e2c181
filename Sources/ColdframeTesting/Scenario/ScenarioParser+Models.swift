import SimTime

/// Models, what is in S3, and how containers behave.
extension ScenarioParser {
    mutating func model(_ line: inout ScenarioLine) throws(ScenarioProblem) {
        let name = try line.name("the model's name")
        guard !scenario.models.contains(where: { $0.name == name })
        else { throw line.problem("there are two models named \(name).") }
        let kinds = Scenario.Model.Kind.allCases.filter { $0 != .single }
        let options = try line.options(keys: ["image", "model-data"], flags: kinds.map(\.rawValue))
        let chosen = kinds.filter { options.has($0.rawValue) }
        guard chosen.count <= 1 else {
            throw line.problem("\(chosen.map(\.rawValue).joined(separator: " and ")) exclude each other.")
        }
        let kind = chosen.first ?? .single
        if kind == .serial || kind == .direct { try options.exclude(["image", "model-data"], with: kind.rawValue) }
        scenario.models.append(.init(
            name: name, kind: kind, image: options["image"] ?? Self.defaultImage, modelData: try options.uri("model-data"),
            line: line.number))
    }

    mutating func container(_ line: inout ScenarioLine) throws(ScenarioProblem) {
        let hostname = try line.name("the container's hostname")
        guard line.take("of") else { throw line.problem("write: container HOSTNAME of MODEL …") }
        let model = try line.name("the model's name")
        let options = try line.options(keys: ["image", "model-data"])
        let container = Scenario.Model.Container(
            hostname: hostname, image: options["image"] ?? Self.defaultImage, modelData: try options.uri("model-data"))
        containers.append((model, container, line.number))
    }

    /// Gives each model its containers, and looks for the models that variants name.
    mutating func connectModels() throws(ScenarioProblem) {
        for (model, container, line) in containers {
            guard let index = scenario.models.firstIndex(where: { $0.name == model }) else {
                throw ScenarioProblem(line: line, "there is no model \"\(model)\".")
            }
            guard [.serial, .direct].contains(scenario.models[index].kind) else {
                throw ScenarioProblem(
                    line: line, "the model \(model) has one container; write: model \(model) serial|direct")
            }
            scenario.models[index].containers.append(container)
        }
        for model in scenario.models where [.serial, .direct].contains(model.kind) && model.containers.count < 2 {
            throw ScenarioProblem(
                line: model.line,
                "the model \(model.name) needs two containers or more: container HOSTNAME of \(model.name)")
        }
        for reference in modelReferences where !scenario.models.contains(where: { $0.name == reference.name }) {
            throw ScenarioProblem(line: reference.line, "there is no model \"\(reference.name)\".")
        }
    }

    // MARK: S3

    mutating func bucket(_ line: inout ScenarioLine) throws(ScenarioProblem) {
        let name = try line.word("the bucket's name")
        _ = try line.options(keys: [])
        guard !scenario.buckets.contains(name) else { throw line.problem("there are two buckets named \(name).") }
        scenario.buckets.append(name)
    }

    func object(_ line: inout ScenarioLine) throws(ScenarioProblem) -> Scenario.StoredObject {
        let uri = try line.uri(try line.word("the object's address"), "the object")
        let options = try line.options(keys: ["body"])
        return .init(uri: uri, body: options["body"] ?? "")
    }

    // MARK: Behaviours

    mutating func behavior(_ line: inout ScenarioLine) throws(ScenarioProblem) -> Scenario.Behavior {
        let name = try line.name("the behavior's name")
        let options = try line.options(
            keys: [
                "match-image", "match-model", "match-model-data", "status", "error-rate", "latency-p50", "latency-p99",
                "body", "content-type", "ping", "custom-attributes", "stream", "stream-delay", "breaks-after",
                "breaks-with", "cold-start", "load-time", "max-models", "fault",
            ], flags: ["closes-session"])
        let (p50, p99) = (try options.duration("latency-p50"), try options.duration("latency-p99"))
        if p50 == nil, p99 != nil { throw options.line.problem("latency-p99 needs latency-p50.") }
        if let p50, let p99, p99 < p50 { throw options.line.problem("latency-p99 must not be less than latency-p50.") }
        return Scenario.Behavior(
            name: name, matchModel: options["match-model"], matchImage: options["match-image"],
            matchModelData: options["match-model-data"], status: try options.whole("status", in: 200...599),
            body: options["body"], contentType: options["content-type"],
            errorRate: try options.number("error-rate", in: 0...1), latencyP50: p50, latencyP99: p99,
            ping: try options.whole("ping", in: 200...599), customAttributes: options["custom-attributes"],
            stream: try stream(options), coldStart: try options.duration("cold-start"),
            loadTime: try options.duration("load-time"), modelsMax: try options.whole("max-models", in: 1...10_000),
            closesSession: options.has("closes-session"), fault: options["fault"])
    }

    /// `stream="one|two"`: chunks between bars.
    private func stream(_ options: ScenarioOptions) throws(ScenarioProblem) -> Scenario.Stream? {
        try options.require("stream", for: ["stream-delay", "breaks-after", "breaks-with"])
        guard let text = options["stream"] else { return nil }
        try options.exclude(["body"], with: "stream")
        try options.require("breaks-with", for: ["breaks-after"])
        let chunks = text.isEmpty ? [] : text.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
        let codes = ["StreamBroken", "ModelInvocationTimeExceeded", "InternalStreamFailure"]
        let code = try options["breaks-with"].map { code throws(ScenarioProblem) in
            try options.line.choice(code, "breaks-with", of: codes)
        }
        return .init(
            chunks: chunks, delay: try options.duration("stream-delay"),
            breaksAfter: try options.whole("breaks-after", in: 0...chunks.count), breaksWith: code)
    }
}
