import SimTime

/// Reads scenario files: one statement a line, `#` begins a comment, words with blanks stand in double quotes.
/// `docs/scenarios.md` lists all words; each family of them is read in a file of its own beside this one.
///
/// Times count from the moment when all endpoints are in service, moved to a whole minute.
package struct ScenarioParser {
    var scenario = Scenario()
    var behaviorNames: Set<String> = []
    /// What names something that may stand further down; checked when all declarations are read.
    var configReferences: [(name: String, line: Int)] = []
    var modelReferences: [(name: String, line: Int)] = []
    var containers: [(model: String, container: Scenario.Model.Container, line: Int)] = []
    var asyncConfigs: [(config: String, async: Scenario.AsyncInference)] = []
    var captures: [(config: String, capture: Scenario.Capture)] = []
    /// Requests that later lines refer to.
    var labels: [String: Scenario.Invocation.Kind] = [:]

    static let statements = [
        "endpoint", "config", "variant", "model", "container", "async", "capture", "bucket", "object", "component",
        "behavior", "alarm", "provisioning", "capacity", "scaling", "tracking", "step", "scheduled", "load", "at",
    ]
    static let defaultImage = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-xgboost:0.90-1-cpu-py3"
    private static let linesMax = 10_000

    /// All words in a few lines, for the command line's help.
    package static var summary: String {
        """
        Statements: \(statements.joined(separator: " "))
        Actions (at TIME …): \(actions.joined(separator: " "))
        Conditions (expect …): \(conditionNames.joined(separator: " ")) and the names of alarms
        """
    }

    /// In which order the kinds of statements are read: each may refer to those before it, wherever they stand.
    private enum Pass: CaseIterable {
        case declarations, components, alarms, scaling, steps

        init(_ statement: String) {
            switch statement {
            case "component": self = .components
            case "alarm": self = .alarms
            case "scaling", "tracking", "step", "scheduled": self = .scaling
            case "at", "load": self = .steps
            default: self = .declarations
            }
        }
    }

    /// The scenario of a file's text. Throws `ScenarioProblem` for its first mistake.
    package static func parse(_ text: String) throws(ScenarioProblem) -> Scenario {
        var parser = ScenarioParser()
        var passes: [Pass: [ScenarioLine]] = [:]
        var lastNumber = 0
        for (index, raw) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            lastNumber = index + 1
            guard lastNumber <= linesMax
            else { throw ScenarioProblem(line: lastNumber, "there are more than \(linesMax) lines.") }
            let line = try ScenarioLine(raw, number: lastNumber)
            if let statement = line.next { passes[Pass(statement), default: []].append(line) }
        }
        for pass in Pass.allCases {
            for var line in passes[pass] ?? [] { try parser.read(&line, pass) }
            if pass == .declarations { try parser.connect() }
        }
        guard !parser.scenario.endpoints.isEmpty
        else { throw ScenarioProblem(line: max(1, lastNumber), "there is no endpoint.") }
        // The sort must keep the file's order within an instant.
        parser.scenario.steps = parser.scenario.steps.enumerated()
            .sorted { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) }.map(\.element)
        return parser.scenario
    }

    private mutating func read(_ line: inout ScenarioLine, _ pass: Pass) throws(ScenarioProblem) {
        let text = Self.collapsed(line.text), number = line.number
        switch pass {
        case .declarations: return try declare(&line)
        case .components:
            _ = line.take("component")
            scenario.components.append(.init(
                action: .component(.create(try component(&line))), line: number, text: text))
        case .alarms:
            _ = line.take("alarm")
            scenario.alarms.append(try alarm(&line))
        case .scaling:
            let action = try scaling(try line.word("a statement"), &line)
            scenario.scaling.append(.init(action: .scaling(action), line: number, text: text))
        case .steps:
            if line.take("load") { return try load(&line) }
            _ = line.take("at")
            try step(&line)
        }
    }

    private mutating func declare(_ line: inout ScenarioLine) throws(ScenarioProblem) {
        switch try line.word("a statement") {
        case "endpoint": try endpoint(&line)
        case "config": try config(&line)
        case "variant": try variant(&line)
        case "model": try model(&line)
        case "container": try container(&line)
        case "async": try async(&line)
        case "capture": try capture(&line)
        case "bucket": try bucket(&line)
        case "object": scenario.objects.append(try object(&line))
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

    /// Puts together what stands on several lines.
    private mutating func connect() throws(ScenarioProblem) {
        for reference in configReferences where scenario.config(named: reference.name) == nil {
            throw ScenarioProblem(line: reference.line, "there is no configuration \"\(reference.name)\".")
        }
        try connectConfigs()
        try connectModels()
    }

    static func collapsed(_ text: String, dropping count: Int = 0) -> String {
        text.split(whereSeparator: \.isWhitespace).dropFirst(count).joined(separator: " ")
    }

    // MARK: What the steps need

    func endpointName(_ line: inout ScenarioLine) throws(ScenarioProblem) -> String {
        let name = try line.word("the endpoint's name")
        try check(endpoint: name, line)
        return name
    }

    func check(endpoint name: String, _ line: ScenarioLine) throws(ScenarioProblem) {
        try check(name, "endpoint", scenario.endpoints.map(\.name), line)
    }

    func check(config name: String, _ line: ScenarioLine) throws(ScenarioProblem) {
        try check(name, "configuration", scenario.configs.map(\.name), line)
    }

    func check(alarm name: String, _ line: ScenarioLine) throws(ScenarioProblem) {
        try check(name, "alarm", scenario.alarms.map(\.name), line)
    }

    func check(model name: String, _ line: ScenarioLine) throws(ScenarioProblem) {
        try check(name, "model", scenario.models.map(\.name), line)
    }

    func check(_ name: String, _ what: String, _ names: [String], _ line: ScenarioLine) throws(ScenarioProblem) {
        guard !names.contains(name) else { return }
        let known = names.isEmpty ? "none" : names.joined(separator: " ")
        throw line.problem("there is no \(what) \"\(name)\"; known are: \(known)")
    }
}
