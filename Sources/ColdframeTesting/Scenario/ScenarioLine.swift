import SimTime

/// The words of one line of a scenario, taken one after the other. A pure value.
struct ScenarioLine {
    let number: Int
    /// The line without comment and outer blanks.
    let text: String
    private var words: ArraySlice<String>

    /// Words end at blanks, except inside double quotes, which are dropped; `#` at the start of a word begins a comment.
    /// Throws for a quote that is not closed.
    init(_ line: Substring, number: Int) throws(ScenarioProblem) {
        self.number = number
        var words: [String] = []
        var word: String?
        var isQuoted = false
        var shown = ""
        for character in line {
            if character == "#", !isQuoted, word == nil { break }
            shown.append(character)
            if character == "\"" {
                isQuoted.toggle()
                word = word ?? ""
            } else if character.isWhitespace, !isQuoted {
                if let word { words.append(word) }
                word = nil
            } else {
                word = (word ?? "") + String(character)
            }
        }
        guard !isQuoted else { throw ScenarioProblem(line: number, "a quotation mark is not closed.") }
        if let word { words.append(word) }
        while let last = shown.last, last.isWhitespace { shown.removeLast() }
        text = String(shown.drop { $0.isWhitespace })
        self.words = words[...]
    }

    var isEmpty: Bool { words.isEmpty }
    var next: String? { words.first }

    func problem(_ message: String) -> ScenarioProblem { ScenarioProblem(line: number, message) }

    /// Takes a word; `what` says what is missing, e.g. `the endpoint's name`.
    mutating func word(_ what: String) throws(ScenarioProblem) -> String {
        guard let word = words.popFirst() else { throw problem("\(what) is missing.") }
        return word
    }

    /// Takes a name: letters, digits and hyphens, as AWS names resources.
    mutating func name(_ what: String) throws(ScenarioProblem) -> String {
        let name = try word(what)
        try check(name: name, what)
        return name
    }

    func check(name: String, _ what: String) throws(ScenarioProblem) {
        let isValid = !name.isEmpty && name.utf8.count <= 63 && name.utf8.first != UInt8(ascii: "-")
            && name.utf8.allSatisfy {
                (0x30...0x39).contains($0) || (0x41...0x5a).contains($0) || (0x61...0x7a).contains($0) || $0 == 0x2d
            }
        guard isValid else {
            throw problem("\(what) is \"\(name)\"; use letters, digits and hyphens, at most 63.")
        }
    }

    /// Takes the next word if it is `wanted`.
    mutating func take(_ wanted: String) -> Bool {
        guard words.first == wanted else { return false }
        words = words.dropFirst()
        return true
    }

    /// Takes the `refused~TEXT` that may stand anywhere on the line of an action.
    mutating func takeRefusal() throws(ScenarioProblem) -> String? {
        let opening = "refused~"
        let rest = words.filter { !$0.hasPrefix(opening) }
        let found = words.filter { $0.hasPrefix(opening) }
        guard let word = found.first else { return nil }
        guard found.count == 1 else { throw problem("refused is given twice.") }
        words = rest[...]
        guard word.count > opening.count else { throw problem("write: refused~\"what AWS says\"") }
        return String(word.dropFirst(opening.count))
    }

    /// Takes what is left, or what stands before the word `stop`, as `key=value` and bare words. Every key must be known,
    /// none may come twice.
    mutating func options(
        keys: [String], flags: [String] = [], until stop: String? = nil
    ) throws(ScenarioProblem) -> ScenarioOptions {
        var values: [String: String] = [:]
        var seen: Set<String> = []
        while let word = words.first, stop == nil || word != stop {
            words = words.dropFirst()
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            let isKnown = parts.count == 2 ? keys.contains(parts[0]) : flags.contains(word)
            guard isKnown else {
                let allowed = (keys.map { $0 + "=" } + flags).joined(separator: " ")
                throw problem("\"\(word)\" is not known here; allowed are: \(allowed)")
            }
            guard !seen.contains(parts[0]) else { throw problem("\(parts[0]) is given twice.") }
            seen.insert(parts[0])
            values[parts[0]] = parts.count == 2 ? parts[1] : ""
        }
        return ScenarioOptions(line: self, values: values)
    }

    // MARK: Values

    /// `150ms`, `300s`, `5m`, `2h`.
    func duration(_ text: some StringProtocol, _ what: String) throws(ScenarioProblem) -> SimDuration {
        let units: [(String, Double)] = [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000)]
        for (unit, milliseconds) in units where text.hasSuffix(unit) {
            guard let number = Double(text.dropLast(unit.count)), number >= 0, number * milliseconds <= 366 * 86_400_000
            else { break }
            return SimDuration(milliseconds: Int64((number * milliseconds).rounded()))
        }
        throw problem("\(what) is \"\(text)\"; use a number and ms, s, m or h, e.g. 300s.")
    }

    func number(
        _ text: some StringProtocol, _ what: String, in range: ClosedRange<Double>
    ) throws(ScenarioProblem) -> Double {
        guard let number = Double(text), range.contains(number) else {
            let bounds = "\(TimeText.plain(range.lowerBound)) to \(TimeText.plain(range.upperBound))"
            throw problem("\(what) is \"\(text)\"; it must be a number from \(bounds).")
        }
        return number
    }

    func whole(_ text: some StringProtocol, _ what: String, in range: ClosedRange<Int>) throws(ScenarioProblem) -> Int {
        guard let number = Int(text), range.contains(number) else {
            let bounds = "\(range.lowerBound) to \(range.upperBound)"
            throw problem("\(what) is \"\(text)\"; it must be a whole number from \(bounds).")
        }
        return number
    }

    /// `1-4`.
    func range(_ text: String, _ what: String, in bounds: ClosedRange<Int>) throws(ScenarioProblem) -> ClosedRange<Int> {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, let low = Int(parts[0]), let high = Int(parts[1]), low <= high, bounds.contains(low),
              bounds.contains(high)
        else {
            let limits = "\(bounds.lowerBound) to \(bounds.upperBound)"
            throw problem("\(what) is \"\(text)\"; it must be MIN-MAX with numbers from \(limits).")
        }
        return low...high
    }

    /// `s3://bucket/key`.
    func uri(_ text: String, _ what: String) throws(ScenarioProblem) -> String {
        let parts = text.dropFirst("s3://".count).split(separator: "/", maxSplits: 1)
        guard text.hasPrefix("s3://"), !parts.isEmpty else {
            throw problem("\(what) is \"\(text)\"; write it as s3://BUCKET/KEY.")
        }
        return text
    }

    func choice(_ text: String, _ what: String, of allowed: [String]) throws(ScenarioProblem) -> String {
        guard allowed.contains(text) else {
            throw problem("\(what) is \"\(text)\"; allowed are: \(allowed.joined(separator: " "))")
        }
        return text
    }
}

/// The options of a line.
struct ScenarioOptions {
    let line: ScenarioLine
    private let values: [String: String]

    init(line: ScenarioLine, values: [String: String]) {
        self.line = line
        self.values = values
    }

    subscript(key: String) -> String? { values[key] }
    func has(_ key: String) -> Bool { values[key] != nil }

    func required(_ key: String, example: String) throws(ScenarioProblem) -> String {
        guard let value = values[key], !value.isEmpty
        else { throw line.problem("\(key)= is missing, e.g. \(key)=\(example).") }
        return value
    }

    func whole(_ key: String, in range: ClosedRange<Int>) throws(ScenarioProblem) -> Int? {
        guard let text = values[key] else { return nil }
        return try line.whole(text, key, in: range)
    }

    func number(_ key: String, in range: ClosedRange<Double>) throws(ScenarioProblem) -> Double? {
        guard let text = values[key] else { return nil }
        return try line.number(text, key, in: range)
    }

    func duration(_ key: String) throws(ScenarioProblem) -> SimDuration? {
        guard let text = values[key] else { return nil }
        return try line.duration(text, key)
    }

    func uri(_ key: String) throws(ScenarioProblem) -> String? {
        guard let text = values[key] else { return nil }
        return try line.uri(text, key)
    }

    /// Throws when one of these options stands beside `owner`, with which they mean nothing.
    func exclude(_ keys: [String], with owner: String) throws(ScenarioProblem) {
        if let key = keys.first(where: has) { throw line.problem("\(key) does not go with \(owner).") }
    }

    /// Throws when one of these options stands without `owner`.
    func require(_ owner: String, for keys: [String]) throws(ScenarioProblem) {
        if !has(owner), let key = keys.first(where: has) { throw line.problem("\(key) needs \(owner).") }
    }

    /// A duration in whole seconds.
    func seconds(_ key: String) throws(ScenarioProblem) -> Int? {
        guard let duration = try duration(key) else { return nil }
        guard duration.milliseconds % 1000 == 0 else { throw line.problem("\(key) must be whole seconds.") }
        return Int(duration.milliseconds / 1000)
    }
}

