/// `invoke`, `invoke-stream` and `invoke-async`: requests, and after the word `expect` what their answers must be.
extension ScenarioParser {
    /// The words for members of the runtime API's input.
    private static let members = [
        "content-type": "ContentType", "accept": "Accept", "custom-attributes": "CustomAttributes",
        "target-model": "TargetModel", "target-variant": "TargetVariant", "target-container": "TargetContainerHostname",
        "inference-id": "InferenceId", "component": "InferenceComponentName",
    ]
    private static let asyncMembers = [
        "input": "InputLocation", "content-type": "ContentType", "accept": "Accept",
        "custom-attributes": "CustomAttributes", "inference-id": "InferenceId", "path": "S3OutputPathExtension",
        "filename": "Filename",
    ]
    private static let answerKeys = [
        "status", "body", "variant", "content-type", "custom-attributes", "error", "message", "session", "chunks",
    ]

    mutating func invocation(
        _ word: String, _ line: inout ScenarioLine
    ) throws(ScenarioProblem) -> Scenario.Invocation {
        let kind = Scenario.Invocation.Kind(rawValue: word) ?? .plain
        let endpoint = try endpointName(&line)
        // AWS: sdk — a streamed answer is never that of a multi-model container.
        let members = (kind == .async ? Self.asyncMembers : Self.members)
            .filter { kind != .stream || $0.key != "target-model" }
        let others = kind == .async ? ["ttl", "timeout", "as", "times"] : ["body", "session", "as", "times"]
        let options = try line.options(keys: members.keys.sorted() + others, until: "expect")
        if kind == .async { _ = try options.required("input", example: "s3://inputs/a.csv") }
        var found: [String: String] = [:]
        for (key, member) in members { found[member] = options[key] }
        _ = try options.uri("input")
        let session = try session(options)
        if let label = options["as"] {
            try options.line.check(name: label, "as")
            if kind != .async, session != .new { throw options.line.problem("as needs session=new, or invoke-async.") }
            labels[label] = kind
        }
        _ = line.take("expect")
        return Scenario.Invocation(
            kind: kind, endpoint: endpoint, members: found, body: options["body"], session: session, label: options["as"],
            timeToLiveSeconds: try options.seconds("ttl"), timeoutSeconds: try options.seconds("timeout"),
            times: try options.whole("times", in: 1...10_000) ?? 1, conditions: try answerConditions(&line, kind))
    }

    private func session(_ options: ScenarioOptions) throws(ScenarioProblem) -> Scenario.Session? {
        guard let word = options["session"] else { return nil }
        if word == "new" { return .new }
        guard let kind = labels[word], kind != .async else {
            throw options.line.problem("no earlier line opens the session \"\(word)\": invoke … session=new as=\(word)")
        }
        return .opened(label: word)
    }

    // MARK: Answers

    private func answerConditions(
        _ line: inout ScenarioLine, _ kind: Scenario.Invocation.Kind
    ) throws(ScenarioProblem) -> [Scenario.AnswerCondition] {
        var conditions: [Scenario.AnswerCondition] = []
        while !line.isEmpty {
            let word = Self.withoutComma(try line.word("a condition"))
            conditions.append(.init(subject: try answerSubject(word, line, kind), text: word))
        }
        return conditions
    }

    private func answerSubject(
        _ word: String, _ line: ScenarioLine, _ kind: Scenario.Invocation.Kind
    ) throws(ScenarioProblem) -> Scenario.AnswerSubject {
        guard let parts = Self.comparison(word), Self.answerKeys.contains(parts.key) else {
            throw line.problem(
                "\"\(word)\" cannot be expected of an answer; allowed are: \(Self.answerKeys.joined(separator: " "))")
        }
        let (key, sign, value) = parts
        if key == "chunks" {
            guard kind == .stream else { throw line.problem("chunks goes with invoke-stream.") }
            guard let comparison = Scenario.Comparison(rawValue: sign)
            else { throw line.problem("\"\(sign)\" does not go with chunks.") }
            return .chunks(comparison, try line.number(value, "chunks", in: 0...1e9))
        }
        guard sign == "=" || (sign == "~" && ["body", "custom-attributes", "error", "message"].contains(key))
        else { throw line.problem("\"\(sign)\" does not go with \(key).") }
        switch key {
        case "status": return .status(try line.whole(value, "status", in: 200...599))
        case "body": return .body(Self.textMatch(sign, value))
        case "variant": return .variant(value)
        case "content-type": return .contentType(value)
        case "custom-attributes": return .attributes(Self.textMatch(sign, value))
        case "error": return .error(Self.textMatch(sign, value))
        case "message": return .message(Self.textMatch(sign, value))
        default: return .session(try line.choice(value, "session", of: ["opened", "closed", "none"]))
        }
    }
}
