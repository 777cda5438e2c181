import MetricRules
import SimTime
import Testing

@Suite struct PeriodTests {
    private static let now = CivilTime(year: 2026, month: 11, day: 22, hour: 12)!.instant
    private func ago(_ duration: SimDuration) -> SimInstant { Self.now - duration }

    static let roundings: [(ageMinutes: Int64, period: Int, roundingSeconds: Int64)] = [
        (60, 60, 60), (14 * 1440, 300, 60), (16 * 1440, 300, 300), (64 * 1440, 3600, 3600), (5, 10, 10), (5, 1, 1),
    ]

    @Test(arguments: roundings)
    func theStartIsRoundedDownByAge(ageMinutes: Int64, period: Int, roundingSeconds: Int64) {
        let start = ago(.minutes(ageMinutes)) - .milliseconds(67_001)
        let grid = PeriodGrid(from: start, to: Self.now, periodSeconds: period, now: Self.now)
        #expect(grid.start == start.floored(to: .seconds(roundingSeconds)))
    }

    @Test func bucketsBeginAtTheStartAndEndBeforeTheEnd() {
        let start = Self.now - .minutes(10)
        let spans = (0..<12).map { index -> (start: SimInstant, samples: SampleSet) in
            (start + SimDuration.minutes(Int64(index) - 1), SampleSet(Double(index)))
        }
        let grid = PeriodGrid(from: start, to: Self.now, periodSeconds: 240, now: Self.now)
        let buckets = grid.buckets(spans, needsDistribution: true)
        #expect(buckets.map(\.start) == [start, start + .minutes(4), start + .minutes(8)])
        #expect(buckets.map(\.samples.sum) == [10, 26, 19] as [Double])
        let totals = grid.buckets(spans, needsDistribution: false)
        #expect(totals.map(\.samples.sum) == buckets.map(\.samples.sum))
    }

    @Test func gapsYieldNoBuckets() {
        let start = Self.now - .minutes(5)
        let grid = PeriodGrid(from: start, to: Self.now, periodSeconds: 60, now: Self.now)
        let spans = [(start: start + .minutes(3), samples: SampleSet(0))]
        #expect(grid.buckets(spans, needsDistribution: false).map(\.start) == [start + .minutes(3)])
    }

    /// AWS: recorded — spec/cloudwatch.md §1, a day by the second.
    @Test func datapointsAreCounted() {
        #expect(PeriodGrid.datapoints(from: Self.now - .days(1), to: Self.now, periodSeconds: 1) == 86_400)
        #expect(PeriodGrid.datapoints(from: Self.now - .seconds(61), to: Self.now, periodSeconds: 60) == 2)
        #expect(PeriodGrid.datapoints(from: Self.now, to: Self.now - .days(1), periodSeconds: 60) == 0)
    }

    @Test func extremeInstantsDoNotOverflow() {
        let least = SimInstant(millisecondsSinceEpoch: .min), most = SimInstant(millisecondsSinceEpoch: .max)
        let grid = PeriodGrid(from: least, to: most, periodSeconds: 60, now: Self.now)
        #expect(grid.bucketStart(of: Self.now) == Self.now)
        #expect(PeriodGrid.datapoints(from: least, to: most, periodSeconds: 1) == 253_402_300_800)
    }

    @Test(arguments: [1, 5, 10, 20, 30, 60, 120, 3600, 86_400])
    func queryPeriods(seconds: Int) { #expect(PeriodGrid.isQueryPeriod(seconds)) }

    @Test(arguments: [.max / 60 * 60, -60, 0, 2, 15, 45, 61, 90, 3601])
    func otherPeriods(seconds: Int) { #expect(!PeriodGrid.isQueryPeriod(seconds)) }

    @Test(arguments: [
        (period: 10, tier: RetentionTier.second), (period: 60, tier: .minute), (period: 120, tier: .minute),
        (period: 300, tier: .fiveMinutes), (period: 900, tier: .fiveMinutes), (period: 3600, tier: .hour),
        (period: 7200, tier: .hour),
    ])
    func periodsReachTheirTier(period: Int, tier: RetentionTier) {
        #expect(RetentionTier.coarsest(forPeriodSeconds: period) == tier)
        #expect(RetentionTier.horizon(periodSeconds: period, now: Self.now) == Self.now - tier.keeps)
    }

    @Test func rollingUpKeepsTheTotals() {
        let start = Self.now.floored(to: .hours(1))
        let minutes = (0..<17).map { index -> (start: SimInstant, samples: SampleSet) in
            (start + SimDuration.minutes(Int64(index)), SampleSet(Double(index), count: 2))
        }
        let rolled = rolledUp(minutes, into: .fiveMinutes)
        #expect(rolled.map(\.start) == [start, start + .minutes(5), start + .minutes(10), start + .minutes(15)])
        #expect(rolled.map(\.samples.count) == [10, 10, 10, 4])
        #expect(rolled.map(\.samples.maximum) == [4, 9, 14, 16])
    }
}
