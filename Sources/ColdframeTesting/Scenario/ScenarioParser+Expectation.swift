/// Conditions of `expect`, any number on a line, with or without commas between them; `docs/scenarios.md` lists them.
extension ScenarioParser {
    static let conditionNames = [
        "status", "config", "weights", "variants", "instances", "desired", "concurrency", "failure", "pending", "requests",
        "errors", "metric", "component", "objects", "lines", "contents", "output", "error-output", "activities",
        "activity",
    ]
    static let statuses = [
        "Creating", "InService", "Updating", "SystemUpdating", "RollingBack", "UpdateRollbackFailed", "OutOfService",
        "Deleting", "Failed", "none",
    ]

    func expectation(_ line: inout ScenarioLine) throws(ScenarioProblem) -> Scenario.Expectation {
        var endpoint = scenario.endpoints.first?.name ?? ""
        if let first = line.next, !first.contains("="), scenario.endpoint(named: first) != nil {
            endpoint = try endpointName(&line)
        } else if scenario.endpoints.count != 1 {
            throw line.problem("name the endpoint: expect ENDPOINT …")
        }
        var conditions: [Scenario.Condition] = []
        while !line.isEmpty { conditions.append(try condition(&line)) }
        guard !conditions.isEmpty else {
            throw line.problem(
                "expect what? Allowed are: \(Self.conditionNames.joined(separator: " ")) and the names of alarms")
        }
        return Scenario.Expectation(endpoint: endpoint, conditions: conditions)
    }

    private func condition(_ line: inout ScenarioLine) throws(ScenarioProblem) -> Scenario.Condition {
        let word = Self.withoutComma(try line.word("a condition"))
        switch word {
        case "weights":
            let found = try parts(&line, of: ["blue", "green", "within"])
            let (blue, green) = (try percent(found, "blue", line), try percent(found, "green", line))
            guard blue != nil || green != nil else { throw line.problem("weights needs blue= or green=, in percent.") }
            let within = try percent(found, "within", line) ?? 1
            return .init(subject: .weights(blue: blue, green: green, within: within), text: Self.text(word, found))
        case "instances":
            let found = try parts(&line, of: ["blue", "green"])
            guard !found.isEmpty else { throw line.problem("instances needs blue= or green=.") }
            return .init(
                subject: .instances(blue: try count(found, "blue", line), green: try count(found, "green", line)),
                text: Self.text(word, found))
        case "variants":
            let names = scenario.configs.flatMap { $0.variants.map(\.name) }
            var found = try parts(&line, of: names + ["within"])
            let shown = Self.text(word, found)
            let within = try percent(found, "within", line) ?? 1
            found.removeAll { $0.key == "within" }
            guard !found.isEmpty
            else { throw line.problem("variants needs the names of variants, e.g. variants A=67 B=33.") }
            var shares: [String: Double] = [:]
            for (name, _) in found { shares[name] = try percent(found, name, line) }
            return .init(subject: .variants(shares, within: within), text: shown)
        case "desired":
            let found = try parts(&line, of: scenario.configs.flatMap { $0.variants.map(\.name) })
            guard !found.isEmpty else { throw line.problem("desired needs the names of variants, e.g. desired A=2.") }
            var counts: [String: Int] = [:]
            for (name, _) in found { counts[name] = try count(found, name, line) }
            return .init(subject: .desired(counts), text: Self.text(word, found))
        case "concurrency":
            let found = try parts(&line, of: ["max", "provisioned"])
            guard !found.isEmpty else { throw line.problem("concurrency needs max= or provisioned=.") }
            return .init(
                subject: .concurrency(
                    maximum: try count(found, "max", line), provisioned: try count(found, "provisioned", line)),
                text: Self.text(word, found))
        case "metric": return try metric(&line)
        case "component": return try componentState(&line)
        default:
            return .init(subject: try subject(word, line), text: word)
        }
    }

    private func subject(_ word: String, _ line: ScenarioLine) throws(ScenarioProblem) -> Scenario.Subject {
        guard let (key, sign, value) = Self.comparison(word) else { throw unknown(word, line) }
        if let object = try objectQuestion(key, sign, value, line) { return .object(object) }
        if let count = try self.count(key, sign, value, line) { return count }
        if key == "activities" {
            guard let comparison = Scenario.Comparison(rawValue: sign)
            else { throw line.problem("\"\(sign)\" does not go with activities.") }
            return .activities(comparison, try line.number(value, "activities", in: 0...1e6))
        }
        guard sign == "=" || (sign == "~" && ["failure", "pending", "activity"].contains(key)) else {
            throw line.problem("\"\(sign)\" does not go with \(key).")
        }
        switch key {
        case "status": return .status(try line.choice(value, "status", of: Self.statuses))
        case "config":
            try check(config: value, line)
            return .config(value)
        case "failure": return .failure(Self.textMatch(sign, value))
        case "pending": return .pending(Self.textMatch(sign, value))
        case "activity": return .activity(Self.textMatch(sign, value))
        default:
            guard scenario.alarms.contains(where: { $0.name == key }) else { throw unknown(word, line) }
            return .alarm(key, state: try line.choice(value, "the state of \(key)", of: Self.alarmStates))
        }
    }

    /// `requests>=100`, `errors(v2)=0`; nil when the word counts nothing.
    private func count(
        _ key: String, _ sign: String, _ value: String, _ line: ScenarioLine
    ) throws(ScenarioProblem) -> Scenario.Subject? {
        let name = String(key.prefix { $0 != "(" })
        guard let count = Scenario.Count(rawValue: name) else { return nil }
        guard let comparison = Scenario.Comparison(rawValue: sign)
        else { throw line.problem("\"\(sign)\" does not go with \(name).") }
        let number = try line.number(value, name, in: 0...1e12)
        guard key != name else { return .count(count, config: nil, comparison, number) }
        guard key.hasSuffix(")") else { throw line.problem("write \(name)(CONFIG).") }
        let config = String(key.dropFirst(name.count + 1).dropLast())
        try check(config: config, line)
        return .count(count, config: config, comparison, number)
    }

    /// `key>=value`, taken apart at its first sign; nil when there is none.
    static func comparison(_ word: String) -> (key: String, sign: String, value: String)? {
        let signs = Scenario.Comparison.allCases.map(\.rawValue) + ["~"]
        guard let mark = word.firstIndex(where: { "=~<>".contains($0) }),
              let sign = signs.first(where: { word[mark...].hasPrefix($0) }) else { return nil }
        return (String(word[..<mark]), sign, String(word[mark...].dropFirst(sign.count)))
    }

    static func textMatch(_ sign: String, _ value: String) -> Scenario.TextMatch {
        sign == "~" ? .contains(value) : value == "none" ? .none : .equals(value)
    }

    private func unknown(_ word: String, _ line: ScenarioLine) -> ScenarioProblem {
        let allowed = Self.conditionNames + scenario.alarms.map(\.name)
        return line.problem("\"\(word)\" cannot be expected; allowed are: \(allowed.joined(separator: " "))")
    }

    private func parts(
        _ line: inout ScenarioLine, of keys: [String]
    ) throws(ScenarioProblem) -> [(key: String, value: String)] {
        var found: [(key: String, value: String)] = []
        while let next = line.next {
            let parts = Self.withoutComma(next).split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2, keys.contains(parts[0]) else { break }
            guard !found.contains(where: { $0.key == parts[0] })
            else { throw line.problem("\(parts[0]) is given twice.") }
            _ = line.take(next)
            found.append((parts[0], parts[1]))
        }
        return found
    }

    private func percent(
        _ found: [(key: String, value: String)], _ key: String, _ line: ScenarioLine
    ) throws(ScenarioProblem) -> Double? {
        guard let text = found.first(where: { $0.key == key })?.value else { return nil }
        return try line.number(text, key, in: 0...100)
    }

    private func count(
        _ found: [(key: String, value: String)], _ key: String, _ line: ScenarioLine
    ) throws(ScenarioProblem) -> Int? {
        guard let text = found.first(where: { $0.key == key })?.value else { return nil }
        return try line.whole(text, key, in: 0...1000)
    }

    private static func text(_ word: String, _ found: [(key: String, value: String)]) -> String {
        word + found.map { " \($0.key)=\($0.value)" }.joined()
    }

    /// Commas between conditions may be written; inside of texts they are kept.
    static func withoutComma(_ word: String) -> String {
        word.hasSuffix(",") ? String(word.dropLast()) : word
    }
}
