/// The samples of one metric, unit and span of time, in a form that merges: count, sum, extremes, and as much of the
/// distribution as percentiles need.
package struct SampleSet: Hashable, Sendable {
    package private(set) var count: Double
    package private(set) var sum: Double
    package private(set) var minimum: Double
    package private(set) var maximum: Double
    package private(set) var distribution: Distribution

    package enum Distribution: Hashable, Sendable {
        /// Every sample has the same value, `minimum`: the common case of counters, kept without a table.
        case uniform
        case table(ValueTable)
        /// Values are not known (statistic sets) or include a negative one: no percentile can be told.
        /// AWS: doc — spec/cloudwatch.md §3.
        case unavailable
    }

    /// No samples.
    package init() {
        count = 0
        sum = 0
        minimum = .infinity
        maximum = -.infinity
        distribution = .uniform
    }

    /// `count` samples of one value.
    package init(_ value: Double, count: Double = 1) {
        self.count = count
        sum = value * count
        minimum = value
        maximum = value
        distribution = value < 0 ? .unavailable : .uniform
    }

    /// A statistic set. Percentiles survive only when all its samples must have had the same value.
    package init(count: Double, sum: Double, minimum: Double, maximum: Double) {
        self.count = count
        self.sum = sum
        self.minimum = minimum
        self.maximum = maximum
        let isOneValue = minimum == maximum && sum == minimum * count
        distribution = isOneValue && minimum >= 0 ? .uniform : .unavailable
    }

    /// Restores a stored set.
    package init(count: Double, sum: Double, minimum: Double, maximum: Double, distribution: Distribution) {
        self.count = count
        self.sum = sum
        self.minimum = minimum
        self.maximum = maximum
        self.distribution = distribution
    }

    package var isEmpty: Bool { count == 0 }

    package mutating func add(_ value: Double, count added: Double = 1) {
        guard added > 0 else { return }
        if count == 0 {
            self = SampleSet(value, count: added)
            return
        }
        if value < 0 {
            distribution = .unavailable
        } else {
            switch distribution {
            case .uniform where value == minimum: break
            case .uniform:
                var table = ValueTable(minimum, count: count)
                table.add(value, count: added)
                distribution = .table(table)
            case .table(var table):
                distribution = .uniform  // Releases the stored copy, so that the table is changed in place.
                table.add(value, count: added)
                distribution = .table(table)
            case .unavailable: break
            }
        }
        count += added
        sum += value * added
        minimum = min(minimum, value)
        maximum = max(maximum, value)
    }

    package mutating func merge(_ other: SampleSet) {
        if other.count == 0 { return }
        if count == 0 {
            self = other
            return
        }
        switch (distribution, other.distribution) {
        case (.unavailable, _), (_, .unavailable): distribution = .unavailable
        case (.uniform, .uniform) where minimum == other.minimum: break
        default:
            // Both are a table or uniform here.
            var merged = table ?? ValueTable(minimum, count: count)
            distribution = .uniform
            switch other.distribution {
            case .table(let theirs): merged.merge(theirs)
            case .uniform, .unavailable: merged.add(other.minimum, count: other.count)
            }
            distribution = .table(merged)
        }
        mergeTotals(other)
    }

    /// Merges count, sum and extremes only, where no percentile will be asked for.
    package mutating func mergeTotals(_ other: SampleSet) {
        count += other.count
        sum += other.sum
        minimum = min(minimum, other.minimum)
        maximum = max(maximum, other.maximum)
    }

    /// The statistic, or nil when there are no samples or their distribution is not known.
    package func value(_ choice: StatisticChoice) -> Double? {
        guard count > 0 else { return nil }
        switch choice {
        case .plain(.sampleCount): return count
        case .plain(.sum): return sum
        case .plain(.average): return sum / count
        case .plain(.minimum): return minimum
        case .plain(.maximum): return maximum
        case .extended(let statistic): return value(statistic)
        }
    }

    /// The number of values the distribution keeps, for memory budgets.
    package var keptValues: Int { table?.values.count ?? 0 }

    private var table: ValueTable? {
        if case .table(let table) = distribution { table } else { nil }
    }
}
