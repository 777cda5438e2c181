package import SimTime

/// The buckets of a query: equal periods from a rounded start up to an exclusive end.
///
/// AWS: doc — spec/cloudwatch.md §4: the start is rounded down to what is kept for its age (minute, five minutes, hour;
/// for periods below a minute to the period), and buckets begin at the rounded start.
package struct PeriodGrid: Hashable, Sendable {
    package let start: SimInstant
    package let end: SimInstant
    package let period: SimDuration

    /// `periodSeconds` must be positive. Instants are clamped to the years 1970–9999, so that arithmetic stays in range.
    package init(from: SimInstant, to: SimInstant, periodSeconds: Int, now: SimInstant) {
        let from = PeriodGrid.clamped(from)
        let age = now - from
        let granularity: SimDuration =
            if periodSeconds < 60 { .seconds(Int64(periodSeconds)) }
            else if age < RetentionTier.minute.keeps { RetentionTier.minute.span }
            else if age < RetentionTier.fiveMinutes.keeps { RetentionTier.fiveMinutes.span }
            else { RetentionTier.hour.span }
        start = from.floored(to: granularity)
        end = PeriodGrid.clamped(to)
        period = .seconds(Int64(periodSeconds))
    }

    /// The most datapoints the query can yield, from the times as given.
    package static func datapoints(from: SimInstant, to: SimInstant, periodSeconds: Int) -> Int {
        let span = (clamped(to) - clamped(from)).milliseconds
        let period = Int64(periodSeconds) * 1000
        return span <= 0 ? 0 : Int((span + period - 1) / period)
    }

    /// The start of the bucket that holds an instant; nil outside the grid.
    package func bucketStart(of instant: SimInstant) -> SimInstant? {
        guard instant >= start, instant < end else { return nil }
        let index = (instant - start).milliseconds / period.milliseconds
        return start + period * index
    }

    /// Merges ascending spans into buckets; spans outside the grid are left out, and so are empty buckets.
    /// `needsDistribution` false leaves percentiles out of the merge, which is much cheaper.
    package func buckets(
        _ spans: some Sequence<(start: SimInstant, samples: SampleSet)>, needsDistribution: Bool
    ) -> [(start: SimInstant, samples: SampleSet)] {
        var result: [(start: SimInstant, samples: SampleSet)] = []
        for span in spans {
            guard let start = bucketStart(of: span.start) else { continue }
            if result.last?.start != start {
                result.append((start, span.samples))
            } else if needsDistribution {
                result[result.count - 1].samples.merge(span.samples)
            } else {
                result[result.count - 1].samples.mergeTotals(span.samples)
            }
        }
        return result
    }

    /// Whether queries accept the period: 1, 5, 10, 20, 30 or a multiple of 60 seconds.
    /// AWS: doc — spec/cloudwatch.md §4.
    package static func isQueryPeriod(_ seconds: Int) -> Bool {
        [1, 5, 10, 20, 30].contains(seconds) || ((1...longestSeconds).contains(seconds) && seconds % 60 == 0)
    }

    /// No datapoint is kept for longer; also keeps arithmetic in range.
    private static let longestSeconds = Int(RetentionTier.hour.keeps.seconds)

    private static func clamped(_ instant: SimInstant) -> SimInstant {
        let lastOfYear9999 = SimInstant(millisecondsSinceEpoch: 253_402_300_799_999)
        return min(max(instant, SimInstant(millisecondsSinceEpoch: 0)), lastOfYear9999)
    }
}
