package import SimTime

/// A Contributor Insights rule: which log events count, who contributes, and how much. AWS: doc — Contributor Insights
/// rule syntax.
package struct ContributorRule: Hashable, Sendable {
    package enum Format: String, Sendable { case json = "JSON", commonLogFormat = "CLF" }

    package enum Test: Hashable, Sendable {
        case isIn([String]), isNotIn([String]), startsWith([String])
        case greaterThan(Double), lessThan(Double), equalTo(Double), notEqualTo(Double)
        case isPresent(Bool)
    }

    package struct Filter: Hashable, Sendable {
        let path: String
        let test: Test

        package init(path: String, test: Test) {
            self.path = path
            self.test = test
        }

        func passes(_ event: LogValue) -> Bool {
            let value = event.value(at: path)
            switch test {
            case .isPresent(let isWanted): return (value != nil) == isWanted
            case .isIn(let texts): return value?.keyText.map(texts.contains) ?? false
            case .isNotIn(let texts): return value?.keyText.map { !texts.contains($0) } ?? false
            case .startsWith(let prefixes):
                return value?.keyText.map { text in prefixes.contains { text.hasPrefix($0) } } ?? false
            case .greaterThan(let bound): return value?.amount.map { $0 > bound } ?? false
            case .lessThan(let bound): return value?.amount.map { $0 < bound } ?? false
            case .equalTo(let number): return value?.amount.map { $0 == number } ?? false
            case .notEqualTo(let number): return value?.amount.map { $0 != number } ?? false
            }
        }
    }

    // AWS: doc.
    package static let keysMax = 4
    package static let filtersMax = 4

    /// Names of log groups; a `*` at the end stands for anything.
    package let groups: [String]
    package let format: Format
    /// Names of the fields of `CLF` by position, from 1 on.
    package let fieldNames: [Int: String]
    package let keys: [String]
    /// The field that is summed up; nil counts events.
    package let valueOf: String?
    package let filters: [Filter]

    package init(
        groups: [String], format: Format, fieldNames: [Int: String], keys: [String], valueOf: String?, filters: [Filter]
    ) {
        self.groups = groups
        self.format = format
        self.fieldNames = fieldNames
        self.keys = keys
        self.valueOf = valueOf
        self.filters = filters
    }

    /// What reports call their aggregate.
    package var aggregationStatistic: String { valueOf == nil ? "SampleCount" : "Sum" }

    package func reads(group: String) -> Bool {
        groups.contains { pattern in
            pattern.last == "*" ? group.hasPrefix(String(pattern.dropLast())) : group == pattern
        }
    }

    /// Who contributes how much by an event; nil when it does not count.
    package func contribution(of event: LogValue) -> (keys: [String], amount: Double)? {
        var found: [String] = []
        for key in keys {
            guard let text = event.value(at: path(key))?.keyText else { return nil }
            found.append(text)
        }
        guard filters.allSatisfy({ Filter(path: path($0.path), test: $0.test).passes(event) }) else { return nil }
        guard let valueOf else { return (found, 1) }
        guard let amount = event.value(at: path(valueOf))?.amount else { return nil }
        return (found, amount)
    }

    /// Fields of `CLF` are named without `$.`.
    private func path(_ field: String) -> String { field.first == "$" ? field : "$.\(field)" }
}

/// What a rule has found in a span of time, in equal periods.
package struct ContributorReport: Sendable {
    package struct Contributor: Sendable {
        package let keys: [String]
        package fileprivate(set) var total = 0.0
        fileprivate var byPeriod: [SimInstant: Double] = [:]

        /// The periods in which it contributed, ascending.
        package var datapoints: [(start: SimInstant, value: Double)] {
            byPeriod.sorted { $0.key < $1.key }.map { (start: $0.key, value: $0.value) }
        }

        var maximum: Double { byPeriod.values.max() ?? 0 }
    }

    /// The values of one period that can be asked for.
    package enum Measure: String, CaseIterable, Sendable {
        case uniqueContributors = "UniqueContributors", maxContributorValue = "MaxContributorValue"
        case sampleCount = "SampleCount", average = "Average", sum = "Sum", minimum = "Minimum", maximum = "Maximum"
    }

    private let rule: ContributorRule
    private let period: SimDuration
    private var contributors: [[String]: Contributor] = [:]
    /// The amounts of single events.
    private var amounts: [SimInstant: SampleSet] = [:]

    package init(rule: ContributorRule, periodSeconds: Int) {
        self.rule = rule
        period = .seconds(Int64(periodSeconds))
    }

    package mutating func add(_ event: LogValue, at instant: SimInstant) {
        guard let (keys, amount) = rule.contribution(of: event) else { return }
        let start = instant.floored(to: period)
        contributors[keys, default: Contributor(keys: keys)].total += amount
        contributors[keys]?.byPeriod[start, default: 0] += amount
        amounts[start, default: SampleSet()].mergeTotals(SampleSet(amount))
    }

    package var uniqueCount: Int { contributors.count }

    package var aggregate: Double { contributors.values.reduce(0) { $0 + $1.total } }

    /// The contributors in descending order of their totals, or of their greatest period.
    package func ranked(byMaximum: Bool, limit: Int) -> [Contributor] {
        let sorted = contributors.values.sorted { a, b in
            let (left, right) = byMaximum ? (a.maximum, b.maximum) : (a.total, b.total)
            return left == right ? a.keys.lexicographicallyPrecedes(b.keys) : left > right
        }
        return Array(sorted.prefix(limit))
    }

    /// One value for each period that has any.
    package func points(_ measure: Measure) -> [MathPoint] {
        amounts.sorted { $0.key < $1.key }.compactMap { start, samples in
            value(measure, start, samples).map { MathPoint(start: start, value: $0) }
        }
    }

    private func value(_ measure: Measure, _ start: SimInstant, _ samples: SampleSet) -> Double? {
        switch measure {
        case .uniqueContributors: Double(contributors.values.count { $0.byPeriod[start] != nil })
        case .maxContributorValue: contributors.values.compactMap { $0.byPeriod[start] }.max()
        case .sampleCount: samples.value(.plain(.sampleCount))
        case .average: samples.value(.plain(.average))
        case .sum: samples.value(.plain(.sum))
        case .minimum: samples.value(.plain(.minimum))
        case .maximum: samples.value(.plain(.maximum))
        }
    }
}
