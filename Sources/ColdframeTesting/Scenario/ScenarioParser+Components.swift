/// Inference components.
extension ScenarioParser {
    private static let specificationKeys = ["image", "model-data", "model", "cores", "memory", "accelerators"]

    /// A component that a declaration or an earlier line makes.
    func component(named name: String) -> Scenario.Component? { components.first { $0.name == name } }

    private var components: [Scenario.Component] {
        (scenario.components.map(\.action) + scenario.steps.map(\.action)).compactMap { action in
            if case .component(.create(let component)) = action { component } else { nil }
        }
    }

    func check(component name: String, _ line: ScenarioLine) throws(ScenarioProblem) {
        try check(name, "component", components.map(\.name), line)
    }

    func component(_ line: inout ScenarioLine) throws(ScenarioProblem) -> Scenario.Component {
        let name = try line.name("the component's name")
        guard component(named: name) == nil, scenario.endpoint(named: name) == nil
        else { throw line.problem("there is something named \(name) already.") }
        guard line.take("of") else { throw line.problem("write: component NAME of ENDPOINT [cores=1] [memory=1024] …") }
        let endpoint = try endpointName(&line)
        let options = try line.options(keys: Self.specificationKeys + ["variant", "copies"])
        var specification = try specification(options)
        if specification.model == nil, specification.image == nil { specification.image = Self.defaultImage }
        // AWS: sdk — the memory is required.
        specification.memoryInMB = specification.memoryInMB ?? 1024
        specification.cores = specification.cores ?? (specification.accelerators == nil ? 1 : nil)
        return .init(
            name: name, endpoint: endpoint, variant: options["variant"] ?? "AllTraffic", specification: specification,
            copies: try options.whole("copies", in: 0...1000) ?? 1)
    }

    private func specification(_ options: ScenarioOptions) throws(ScenarioProblem) -> Scenario.ComponentSpecification {
        if let model = options["model"] {
            try options.exclude(["image", "model-data"], with: "model")
            try check(model: model, options.line)
        }
        return .init(
            image: options["image"], modelData: try options.uri("model-data"), model: options["model"],
            cores: try options.number("cores", in: 0.25...1000),
            memoryInMB: try options.whole("memory", in: 128...10_000_000),
            accelerators: try options.whole("accelerators", in: 1...64))
    }

    func componentAction(
        _ word: String, _ line: inout ScenarioLine
    ) throws(ScenarioProblem) -> Scenario.ComponentAction {
        switch word {
        case "component": return .create(try component(&line))
        case "update-component": return .update(try componentUpdate(&line))
        case "copies":
            let counts = try pairs(&line, example: "NAME=2") { line, text, name throws(ScenarioProblem) in
                try line.whole(text, "the copies of \(name)", in: 0...1000)
            }
            for name in counts.keys.sorted() { try check(component: name, line) }
            return .copies(counts)
        default:
            let name = try line.word("the component's name")
            try check(component: name, line)
            _ = try line.options(keys: [])
            return .delete(name)
        }
    }

    private func componentUpdate(_ line: inout ScenarioLine) throws(ScenarioProblem) -> Scenario.ComponentUpdate {
        let name = try line.word("the component's name")
        try check(component: name, line)
        let policy = ["rollback-batch", "wait", "timeout", "rollback-on"]
        let options = try line.options(keys: Self.specificationKeys + ["copies", "rolling"] + policy)
        try options.require("rolling", for: policy)
        return .init(
            name: name, specification: try specification(options), copies: try options.whole("copies", in: 0...1000),
            batch: options.has("rolling") ? try size(options, "rolling") : nil,
            rollbackBatch: options.has("rollback-batch") ? try size(options, "rollback-batch") : nil,
            waitSeconds: try options.seconds("wait"), timeoutSeconds: try options.seconds("timeout"),
            rollbackOn: try alarmNames(options))
    }
}
