import MetricRules
import SimTime
import Testing

@Suite struct SampleSetTests {
    private func set(_ values: [Double]) -> SampleSet {
        values.reduce(into: SampleSet()) { $0.add($1) }
    }

    private func value(_ statistic: String, _ set: SampleSet) throws -> Double? {
        set.value(try StatisticChoice(parsing: statistic))
    }

    static let oneToTen: [(statistic: String, expected: Double?)] = [
        ("SampleCount", 10), ("Sum", 55), ("Average", 5.5), ("Minimum", 1), ("Maximum", 10),
        ("p0", 1), ("p50", 5.5), ("p90", 9.1), ("p100", 10),
        ("TM(10%:90%)", 5.5), ("tm90", 5), ("IQM", 5.5), ("TM(2:5)", 4), ("TM(20:30)", nil),
        ("WM(10%:90%)", 5.5), ("wm90", 5.4), ("WM(3:8)", 5.5),
        ("TC(2:5)", 3), ("tc90", 9), ("TS(2:5)", 12), ("ts90", 45), ("TC(20:)", 0), ("TS(:2)", 3),
        ("PR(:3)", 30), ("PR(3:)", 70), ("PR(3:5)", 20),
    ]

    @Test(arguments: oneToTen)
    func statistics(statistic: String, expected: Double?) throws {
        let actual = try value(statistic, set([7, 1, 10, 3, 2, 9, 4, 8, 6, 5]))
        if let expected { #expect(abs(try #require(actual) - expected) < 1e-9) } else { #expect(actual == nil) }
    }

    /// AWS: recorded — spec/cloudwatch.md §12.12.
    @Test func countsWeighValues() throws {
        var samples = SampleSet()
        samples.add(10, count: 2)
        samples.add(20, count: 3)
        #expect(try value("SampleCount", samples) == 5)
        #expect(try value("Sum", samples) == 80)
        #expect(try value("p25", samples) == 10)
        #expect(try value("p50", samples) == 20)
    }

    @Test(arguments: [
        (SampleSet(count: 1, sum: 5, minimum: 5, maximum: 5), true),
        (SampleSet(count: 4, sum: 20, minimum: 5, maximum: 5), true),
        (SampleSet(count: 2, sum: 20, minimum: 5, maximum: 15), false),
        (SampleSet(count: 4, sum: 21, minimum: 5, maximum: 5), false),
        (SampleSet(-1), false), (SampleSet(0), true),
    ])
    func percentilesNeedValues(samples: SampleSet, isAvailable: Bool) throws {
        #expect((try value("p50", samples) != nil) == isAvailable)
        #expect(try value("Maximum", samples) == samples.maximum)
        var merged = SampleSet(3)
        merged.merge(samples)
        #expect((try value("tm50", merged) != nil) == isAvailable)
    }

    @Test func noSamplesHaveNoStatistics() throws {
        for name in ["Sum", "SampleCount", "Average", "p50"] { #expect(try value(name, SampleSet()) == nil) }
    }

    /// Any order and any partition of the same samples gives equal statistics, below the bound and beyond it.
    @Test(arguments: [(distinct: 3, seed: 1), (distinct: 900, seed: 2), (distinct: 5000, seed: 3), (distinct: 100_000, seed: 4)])
    func mergingIsOrderFree(distinct: Int, seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        // Whole numbers, so that sums are exact in any order.
        let values = (0..<6000).map { _ in Double(Int.random(in: 0..<distinct, using: &random)) }
        let whole = set(values)
        for _ in 0..<3 {
            var parts = [SampleSet](repeating: SampleSet(), count: Int.random(in: 2...40, using: &random))
            for value in values.shuffled(using: &random) { parts[Int.random(in: 0..<parts.count, using: &random)].add(value) }
            var merged = SampleSet()
            for part in parts.shuffled(using: &random) { merged.merge(part) }
            #expect(merged == whole)
        }
    }

    @Test(arguments: [(count: 200, seed: 5), (count: 999, seed: 6), (count: 40_000, seed: 7)])
    func percentilesAgreeWithExactComputation(count: Int, seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        // Skewed over five orders of magnitude, like latencies.
        let values = (0..<count).map { _ -> Double in
            var value = 10.0
            for _ in 0..<5 { value *= 1 + 9 * random.unit() * random.unit() }
            return value
        }
        let samples = set(values), sorted = values.sorted()
        let tolerance = count <= ValueTable.distinctValuesMax ? 1e-12 : 0.01
        for percent in [0, 1, 10, 25, 50, 75, 90, 95, 99, 99.9, 100] {
            let rank = percent / 100 * Double(count - 1)
            let low = sorted[Int(rank)], high = sorted[min(Int(rank) + 1, count - 1)]
            let exact = low + (rank - rank.rounded(.down)) * (high - low)
            let actual = try #require(try value("p\(plainNumber(percent))", samples))
            #expect(abs(actual - exact) <= tolerance * exact, "p\(percent)")
        }
        let kept = sorted[Int(Double(count) * 0.25)..<Int(Double(count) * 0.75)]
        let mean = kept.reduce(0, +) / Double(kept.count)
        #expect(abs(try #require(try value("IQM", samples)) - mean) <= max(tolerance, 0.02) * mean)
    }

    @Test func theTableStaysSmall() {
        var random = SeededRandom(seed: 8)
        var samples = SampleSet()
        for _ in 0..<50_000 { samples.add(random.unit() * 1e6 + 100) }
        #expect(samples.keptValues <= ValueTable.distinctValuesMax)
        #expect(samples.count == 50_000)
    }

    @Test func storedTablesAreChecked() {
        #expect(ValueTable(values: [1, 2], counts: [1, 1], isSketch: false) != nil)
        #expect(ValueTable(values: [2, 1], counts: [1, 1], isSketch: false) == nil)
        #expect(ValueTable(values: [-1], counts: [1], isSketch: false) == nil)
        #expect(ValueTable(values: [1], counts: [], isSketch: false) == nil)
    }
}
