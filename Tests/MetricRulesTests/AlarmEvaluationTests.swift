import MetricRules
import SimTime
import Testing

/// The tables of CloudWatch's documentation on missing data. AWS: doc — spec/cloudwatch.md §8.2.
@Suite struct AlarmEvaluationTests {
    struct Row: Sendable {
        let needed: Int
        /// Oldest first: `0` not breaching, `X` breaching, `-` missing.
        let data: String
        let missing: AlarmState?
        let ignore: AlarmState?
        let breaching: AlarmState
        let notBreaching: AlarmState
    }

    static let rows: [Row] = [
        Row(needed: 3, data: "0-X-X", missing: .ok, ignore: .ok, breaching: .ok, notBreaching: .ok),
        Row(needed: 3, data: "0----", missing: .ok, ignore: .ok, breaching: .ok, notBreaching: .ok),
        Row(needed: 3, data: "-----", missing: .insufficientData, ignore: nil, breaching: .alarm, notBreaching: .ok),
        Row(needed: 3, data: "0XX-X", missing: .alarm, ignore: .alarm, breaching: .alarm, notBreaching: .alarm),
        Row(needed: 3, data: "--X--", missing: .alarm, ignore: nil, breaching: .alarm, notBreaching: .ok),
        Row(needed: 2, data: "0-X-X", missing: .alarm, ignore: .alarm, breaching: .alarm, notBreaching: .alarm),
        Row(needed: 2, data: "00X0X", missing: .alarm, ignore: .alarm, breaching: .alarm, notBreaching: .alarm),
        Row(needed: 2, data: "0-X--", missing: .ok, ignore: .ok, breaching: .alarm, notBreaching: .ok),
        Row(needed: 2, data: "----0", missing: .ok, ignore: .ok, breaching: .alarm, notBreaching: .ok),
        Row(needed: 2, data: "---X-", missing: .alarm, ignore: nil, breaching: .alarm, notBreaching: .ok),
        Row(needed: 3, data: "----X", missing: nil, ignore: nil, breaching: .alarm, notBreaching: .ok),
        Row(needed: 3, data: "---X-", missing: nil, ignore: nil, breaching: .alarm, notBreaching: .ok),
    ]

    static let end = CivilTime(year: 2026, month: 5, day: 26, hour: 14, minute: 25)!.instant

    static func window(_ data: String, period: SimDuration = .minutes(1)) -> AlarmWindow {
        AlarmWindow(buckets: data.reversed().enumerated().map { index, letter in
            let value: Double? = switch letter { case "X": 3; case "0": 0; default: nil }
            return .init(
                start: end - period * Int64(index + 1), datapoint: value.map { .init(value: $0, sampleCount: 1) })
        })
    }

    private func definition(periods: Int = 3, needed: Int?, _ missing: MissingDataTreatment) -> AlarmDefinition {
        AlarmDefinition(
            statistic: .plain(.sum), periodSeconds: 60, evaluationPeriods: periods, datapointsToAlarm: needed,
            criterion: .threshold(1, .greaterThan), missingData: missing)
    }

    /// The twelfth line's `missing` column, "not ALARM", is read as: the state is kept.
    @Test(arguments: rows)
    func documentedRow(row: Row) {
        let window = Self.window(row.data)
        #expect(definition(needed: row.needed, .missing).judge(window).state == row.missing)
        #expect(definition(needed: row.needed, .ignore).judge(window).state == row.ignore)
        #expect(definition(needed: row.needed, .breaching).judge(window).state == row.breaching)
        #expect(definition(needed: row.needed, .notBreaching).judge(window).state == row.notBreaching)
    }

    @Test func onlyAChangeIsExplained() {
        let definition = definition(periods: 1, needed: nil, .missing)
        #expect(definition.evaluate(Self.window("--X"), from: .alarm, queryDate: Self.end) == .unchanged)
        guard case .changed(.alarm, _) = definition.evaluate(Self.window("--X"), from: .ok, queryDate: Self.end)
        else { Issue.record("the alarm is not raised"); return }
    }

    /// A metric that stops is judged missing only when the whole range is empty.
    @Test func theRangeReachesTwoBucketsFurther() {
        let definition = definition(periods: 1, needed: nil, .notBreaching)
        #expect(definition.evaluationRange == 3)
        #expect(definition.judge(Self.window("X--")).state == .alarm)
        #expect(definition.judge(Self.window("---")).state == .ok)
    }

    @Test(arguments: [
        (percent: "p99", samples: 999.0, isKept: true), (percent: "p99", samples: 1000, isKept: false),
        (percent: "p90", samples: 99, isKept: true), (percent: "p90", samples: 100, isKept: false),
        (percent: "p10", samples: 99, isKept: true), (percent: "p10", samples: 100, isKept: false),
        (percent: "p50", samples: 20, isKept: false), (percent: "p100", samples: 1e9, isKept: true),
        (percent: "tm99", samples: 1, isKept: false), (percent: "Average", samples: 1, isKept: false),
    ])
    func percentilesOfFewSamples(percent: String, samples: Double, isKept: Bool) throws {
        var definition = definition(periods: 1, needed: nil, .missing)
        definition.statistic = try StatisticChoice(parsing: percent)
        definition.lowSamples = .ignore
        let bucket = AlarmWindow.Bucket(start: Self.end - .minutes(1), datapoint: .init(value: 5, sampleCount: samples))
        #expect((definition.judge(AlarmWindow(buckets: [bucket])).state == nil) == isKept)
        definition.lowSamples = .evaluate
        #expect(definition.judge(AlarmWindow(buckets: [bucket])).state == .alarm)
    }

    @Test func windowsSlideWithTheEvaluation() {
        var definition = definition(periods: 2, needed: nil, .missing)
        definition.periodSeconds = 300
        let end = CivilTime(year: 2022, month: 1, day: 17, hour: 14, minute: 47)!.instant
        let spans = (0..<30).map { (start: end - .minutes(30 - $0), samples: SampleSet(1)) }
        let window = AlarmWindow(of: definition, endingAt: end, spans: spans)
        #expect(window.buckets.map(\.start) == (1...4).map { end - .minutes(5 * $0) })
        #expect(window.buckets.allSatisfy { $0.datapoint == .init(value: 5, sampleCount: 5) })
        let gap = AlarmWindow(of: definition, endingAt: end + .minutes(5), spans: spans)
        #expect(gap.buckets.map { $0.datapoint == nil } == [true, false, false, false])
    }

    @Test func comparisons() {
        let expected: [ThresholdOperator: [Bool]] = [
            .greaterThan: [false, false, true], .greaterThanOrEqual: [false, true, true],
            .lessThan: [true, false, false], .lessThanOrEqual: [true, true, false],
        ]
        for (comparison, breaches) in expected { #expect([0, 1, 2].map { comparison.isBreaching($0, 1) } == breaches) }
    }
}
