package import SimTime

/// A Metrics Insights query: `SELECT MAX(CPU) FROM SCHEMA("AWS/EC2", InstanceId) WHERE … GROUP BY … ORDER BY … LIMIT n`.
/// AWS: doc — issue 4; the grammar is that of the user guide.
package struct InsightsQuery: Hashable, Sendable {
    package enum Aggregate: String, CaseIterable, Hashable, Sendable {
        case average = "AVG", count = "COUNT", maximum = "MAX", minimum = "MIN", sum = "SUM"

        /// The statistic of merged samples; over the values of a series when it orders series.
        func value(of samples: SampleSet) -> Double? {
            switch self {
            case .average: samples.value(.plain(.average))
            case .count: samples.value(.plain(.sampleCount))
            case .maximum: samples.value(.plain(.maximum))
            case .minimum: samples.value(.plain(.minimum))
            case .sum: samples.value(.plain(.sum))
            }
        }

        func value(of points: [MathPoint]) -> Double {
            var samples = SampleSet()
            for point in points { samples.mergeTotals(SampleSet(point.value)) }
            return samples.isEmpty ? -.infinity : value(of: samples) ?? -.infinity
        }
    }

    package struct Filter: Hashable, Sendable {
        let label: String
        let isEqual: Bool
        let value: String
    }

    package let aggregate: Aggregate
    package let metricName: String
    package let namespace: String
    /// The exact set of dimension names; nil takes any.
    package let schema: [String]?
    package let filters: [Filter]
    package let groups: [String]
    package let order: Aggregate?
    package let isDescending: Bool
    package let limit: Int

    // AWS: doc — no query yields more series.
    package static let seriesMax = 500

    package func matches(_ metric: MetricIdentity) -> Bool {
        guard metric.namespace == namespace, metric.name == metricName else { return false }
        if let schema, Set(schema) != Set(metric.dimensions.map(\.name)) { return false }
        return filters.allSatisfy { filter in
            let value = Self.label(filter.label, of: metric)
            return filter.isEqual ? value == filter.value : value != filter.value
        }
    }

    /// A metric that matches, in buckets of the query's period.
    package typealias Member = (metric: MetricIdentity, buckets: [(start: SimInstant, samples: SampleSet)])

    /// Merges the matching metrics' buckets into one series for each group, ordered and limited.
    package func series(of metrics: [Member], periodSeconds: Int) -> [MathSeries] {
        groupedSeries(of: metrics, periodSeconds: periodSeconds).map(\.series)
    }

    /// `series`, each with the values of what it is grouped by.
    package func groupedSeries(of metrics: [Member], periodSeconds: Int) -> [(key: [String], series: MathSeries)] {
        var members: [[String]: [SimInstant: SampleSet]] = [:]
        for (metric, buckets) in metrics {
            let key = groups.map { Self.label($0, of: metric) ?? "Other" }
            for bucket in buckets { members[key, default: [:]][bucket.start, default: SampleSet()].mergeTotals(bucket.samples) }
        }
        let series = members.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map { key, buckets in
            let points = buckets.sorted { $0.key < $1.key }.compactMap { start, samples in
                aggregate.value(of: samples).map { MathPoint(start: start, value: $0) }
            }
            let label = groups.isEmpty ? nil : key.joined(separator: " ")
            return (key: key, series: MathSeries(points: points, periodSeconds: periodSeconds, label: label))
        }
        guard let order else { return Array(series.prefix(limit)) }
        let ranked = series.enumerated().map { (index: $0, key: order.value(of: $1.series.points), grouped: $1) }
        let ordered = ranked.sorted { a, b in
            if a.key == b.key { return a.index < b.index }
            return isDescending ? a.key > b.key : a.key < b.key
        }
        return ordered.prefix(limit).map(\.grouped)
    }

    private static func label(_ name: String, of metric: MetricIdentity) -> String? {
        metric.dimensions.first { $0.name == name }?.value
    }

    /// Whether a text is a query rather than metric math.
    package static func isQuery(_ text: String) -> Bool {
        let trimmed = text.utf8.drop { $0 == 0x20 || (0x09...0x0d).contains($0) }
        return String(decoding: trimmed.prefix(6), as: UTF8.self).uppercased() == "SELECT"
    }
}

extension InsightsQuery {
    /// Throws `MathFault`.
    package init(parsing text: String) throws {
        var reader = Reader(tokens: try MathLexer.tokens(of: text)[...])
        try reader.expect("SELECT")
        aggregate = try reader.aggregate()
        try reader.expect(symbol: "(")
        metricName = try reader.name()
        try reader.expect(symbol: ")")
        try reader.expect("FROM")
        if reader.takes("SCHEMA") {
            var names = try reader.list()
            guard !names.isEmpty else { throw MathFault.malformedQuery("SCHEMA needs a namespace") }
            namespace = names.removeFirst()
            schema = names
        } else {
            namespace = try reader.name()
            schema = nil
        }
        filters = reader.takes("WHERE") ? try reader.filters() : []
        var groups: [String] = []
        if reader.takes("GROUP") {
            try reader.expect("BY")
            repeat { groups.append(try reader.name()) } while reader.takes(symbol: ",")
        }
        self.groups = groups
        var order: Aggregate?, isDescending = false
        if reader.takes("ORDER") {
            try reader.expect("BY")
            order = try reader.aggregate()
            try reader.expect(symbol: "(")
            try reader.expect(symbol: ")")
            isDescending = reader.takes("DESC")
            if !isDescending { _ = reader.takes("ASC") }
        }
        (self.order, self.isDescending) = (order, isDescending)
        limit = reader.takes("LIMIT") ? try reader.limit() : Self.seriesMax
        if let rest = reader.tokens.first { throw MathFault.unexpected(token: rest.shown) }
    }

    private struct Reader {
        var tokens: ArraySlice<MathToken>

        mutating func takes(_ keyword: String) -> Bool {
            guard case .name(let name)? = tokens.first, name.uppercased() == keyword else { return false }
            tokens.removeFirst()
            return true
        }

        mutating func takes(symbol: String) -> Bool {
            guard tokens.first == .symbol(symbol) else { return false }
            tokens.removeFirst()
            return true
        }

        mutating func expect(_ keyword: String) throws {
            guard takes(keyword) else { throw MathFault.malformedQuery("expected \(keyword) before '\(next)'") }
        }

        mutating func expect(symbol: String) throws {
            guard takes(symbol: symbol) else { throw MathFault.malformedQuery("expected '\(symbol)' before '\(next)'") }
        }

        private var next: String { tokens.first?.shown ?? "the end" }

        mutating func name() throws -> String {
            switch tokens.popFirst() {
            case .name(let name), .text(let name): return name
            case let other: throw MathFault.malformedQuery("expected a name before '\(other?.shown ?? "the end")'")
            }
        }

        mutating func aggregate() throws -> Aggregate {
            let name = try name()
            guard let aggregate = Aggregate(rawValue: name.uppercased()) else {
                throw MathFault.malformedQuery("unsupported function '\(name)'")
            }
            return aggregate
        }

        mutating func list() throws -> [String] {
            try expect(symbol: "(")
            var names: [String] = []
            repeat { names.append(try name()) } while takes(symbol: ",")
            try expect(symbol: ")")
            return names
        }

        mutating func filters() throws -> [Filter] {
            var filters: [Filter] = []
            repeat {
                let label = try name()
                let isEqual = takes(symbol: "=")
                if !isEqual { try expect(symbol: "!=") }
                filters.append(Filter(label: label, isEqual: isEqual, value: try name()))
            } while takes("AND")
            return filters
        }

        mutating func limit() throws -> Int {
            guard case .number(let number)? = tokens.popFirst(), let limit = Int(exactly: number),
                  (1...InsightsQuery.seriesMax).contains(limit)
            else { throw MathFault.malformedQuery("LIMIT takes a whole number from 1 to \(InsightsQuery.seriesMax)") }
            return limit
        }
    }
}
