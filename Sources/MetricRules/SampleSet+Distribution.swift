/// Statistics of a distribution.
extension SampleSet {
    /// The extended statistic, or nil when values are not known or none lies within its bounds.
    package func value(_ statistic: ExtendedStatistic) -> Double? {
        guard count > 0, distribution != .unavailable else { return nil }
        switch statistic.kind {
        case .percentile(let percent): return percentile(percent)
        case .interquartileMean: return mean(within: .percent(lower: 25, upper: 75))
        case .ranged(.trimmedMean, let bounds): return mean(within: bounds)
        case .ranged(.winsorisedMean, let bounds): return winsorisedMean(bounds)
        case .ranged(.trimmedCount, let bounds): return slice(bounds).count
        case .ranged(.trimmedSum, let bounds): return slice(bounds).sum
        case .ranged(.percentileRank, let bounds): return slice(bounds).count / count * 100
        }
    }

    /// Linear interpolation between the two closest ranks. AWS does not document its method and approximates too.
    private func percentile(_ percent: Double) -> Double {
        guard case .table(let table) = distribution else { return minimum }
        let rank = percent / 100 * max(0, count - 1)
        let whole = rank.rounded(.down), fraction = rank - whole
        // Ranks count samples from 0; sample `whole` is the first whose cumulative count exceeds it.
        var cumulative = 0.0
        for (index, value) in table.values.enumerated() {
            cumulative += table.counts[index]
            guard cumulative > whole || index == table.values.count - 1 else { continue }
            let isNextLarger = cumulative < whole + 1 + 1e-9 && index + 1 < table.values.count
            let next = isNextLarger ? table.values[index + 1] : value
            return clamped(value + fraction * (next - value))
        }
        return maximum
    }

    private func mean(within bounds: ExtendedStatistic.Bounds) -> Double? {
        let slice = slice(bounds)
        return slice.count > 0 ? clamped(slice.sum / slice.count) : nil
    }

    /// The mean with every sample outside the bounds moved onto the nearer bound.
    private func winsorisedMean(_ bounds: ExtendedStatistic.Bounds) -> Double? {
        let slice = slice(bounds)
        switch bounds {
        case .percent:
            guard slice.count > 0 else { return nil }
            return (slice.sum + slice.below * slice.first + slice.above * slice.last) / count
        case .value(let lower, let upper):
            return (slice.sum + slice.below * (lower ?? 0) + slice.above * (upper ?? 0)) / count
        }
    }

    /// The samples within some bounds, and how many are below and above them.
    private struct Slice {
        var count = 0.0
        var sum = 0.0
        var below = 0.0
        var above = 0.0
        /// The smallest and largest value inside; meaningful when `count` is not zero.
        var first = 0.0
        var last = 0.0

        mutating func include(_ value: Double, count added: Double) {
            if count == 0 { first = value }
            last = value
            count += added
            sum += value * added
        }
    }

    /// Shares cut through a sample where they must: a quarter of ten samples is two and a half of them.
    private func slice(_ bounds: ExtendedStatistic.Bounds) -> Slice {
        var slice = Slice()
        switch bounds {
        case .percent(let lower, let upper):
            let from = count * (lower ?? 0) / 100, to = count * (upper ?? 100) / 100
            slice.below = from
            slice.above = count - to
            var cumulative = 0.0
            forEachValue { value, samples in
                let inside = min(cumulative + samples, to) - max(cumulative, from)
                if inside > 0 { slice.include(value, count: inside) }
                cumulative += samples
            }
        case .value(let lower, let upper):
            forEachValue { value, samples in
                if let lower, value <= lower {
                    slice.below += samples
                } else if let upper, value > upper {
                    slice.above += samples
                } else {
                    slice.include(value, count: samples)
                }
            }
        }
        return slice
    }

    private func forEachValue(_ body: (_ value: Double, _ samples: Double) -> Void) {
        if case .table(let table) = distribution {
            for (value, samples) in zip(table.values, table.counts) { body(clamped(value), samples) }
        } else {
            body(minimum, count)
        }
    }

    /// A bucket's middle may lie beyond the extremes, which are known exactly.
    private func clamped(_ value: Double) -> Double { min(max(value, minimum), maximum) }
}
