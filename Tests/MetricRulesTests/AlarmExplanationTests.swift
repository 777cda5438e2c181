import MetricRules
import SimTime
import Testing

/// Sentences and data of recorded transitions. AWS: recorded — spec/cloudwatch.md §8.3 and §8.4.
@Suite struct AlarmExplanationTests {
    struct Sample: Sendable {
        var periods = 1
        var needed: Int?
        var threshold = 0.0
        var comparison = ThresholdOperator.greaterThan
        var missing = MissingDataTreatment.missing
        /// Oldest first; nil is missing.
        let values: [Double?]
        let from: AlarmState
        let reason: String
    }

    /// The newest bucket starts at 26/05/26 14:20:00 and buckets are a minute long.
    static let samples: [Sample] = [
        Sample(values: [3], from: .ok,
               reason: "Threshold Crossed: 1 datapoint [3.0 (26/05/26 14:20:00)] was greater than the threshold (0.0)."),
        Sample(threshold: 0.06, values: [0.0484], from: .alarm,
               reason: "Threshold Crossed: 1 datapoint [0.0484 (26/05/26 14:20:00)] was not greater than the threshold (0.06)."),
        Sample(periods: 3, values: [1, 5, 4], from: .ok,
               reason: "Threshold Crossed: 3 datapoints [4.0 (26/05/26 14:20:00), 5.0 (26/05/26 14:19:00), 1.0 (26/05/26 14:18:00)] were greater than the threshold (0.0)."),
        Sample(periods: 6, values: [1, 2, 3, 4, 5, 6], from: .ok,
               reason: "Threshold Crossed: 6 datapoints were greater than the threshold (0.0). The most recent datapoints which crossed the threshold: [6.0 (26/05/26 14:20:00), 5.0 (26/05/26 14:19:00), 4.0 (26/05/26 14:18:00), 3.0 (26/05/26 14:17:00), 2.0 (26/05/26 14:16:00)]."),
        Sample(periods: 4, needed: 2, threshold: 10.75, values: [1, 10.79, 10.5, 10.8], from: .ok,
               reason: "Threshold Crossed: 2 out of the last 4 datapoints [10.8 (26/05/26 14:20:00), 10.79 (26/05/26 14:18:00)] were greater than the threshold (10.75) (minimum 2 datapoints for OK -> ALARM transition)."),
        Sample(periods: 5, needed: 5, threshold: 20, values: [21, 21, 21, 21, 21], from: .insufficientData,
               reason: "Threshold Crossed: 5 out of the last 5 datapoints were greater than the threshold (20.0). The most recent datapoints which crossed the threshold: [21.0 (26/05/26 14:20:00), 21.0 (26/05/26 14:19:00), 21.0 (26/05/26 14:18:00), 21.0 (26/05/26 14:17:00), 21.0 (26/05/26 14:16:00)] (minimum 5 datapoints for OK -> ALARM transition)."),
        Sample(periods: 20, needed: 1, threshold: 1, comparison: .greaterThanOrEqual, missing: .notBreaching,
               values: [nil, 613, nil, nil, nil, nil], from: .ok,
               reason: "Threshold Crossed: 1 out of the last 20 datapoints [613.0 (26/05/26 14:16:00)] was greater than or equal to the threshold (1.0) and 19 missing datapoints were treated as [NonBreaching] (minimum 1 datapoint for OK -> ALARM transition)."),
        Sample(periods: 5, needed: 3, values: [1, 0, 1, 0, 0], from: .alarm,
               reason: "Threshold Crossed: 3 out of the last 5 datapoints [0.0 (26/05/26 14:20:00), 0.0 (26/05/26 14:19:00), 0.0 (26/05/26 14:17:00)] were not greater than the threshold (0.0) (minimum 3 datapoints for ALARM -> OK transition)."),
        Sample(periods: 2, threshold: 1, comparison: .lessThan, missing: .breaching, values: [1, nil], from: .alarm,
               reason: "Threshold Crossed: 1 datapoint [1.0 (26/05/26 14:19:00)] was not less than the threshold (1.0) and 1 missing datapoint was treated as [Breaching]."),
        Sample(missing: .notBreaching, values: [nil], from: .alarm,
               reason: "Threshold Crossed: no datapoints were received for 1 period and 1 missing datapoint was treated as [NonBreaching]."),
        Sample(periods: 2, missing: .breaching, values: [nil, nil], from: .insufficientData,
               reason: "Threshold Crossed: no datapoints were received for 2 periods and 2 missing datapoints were treated as [Breaching]."),
        Sample(values: [nil], from: .ok, reason: "Insufficient Data: 1 datapoint was unknown."),
        Sample(periods: 5, values: [nil], from: .ok, reason: "Insufficient Data: 5 datapoints were unknown."),
        Sample(needed: 1, threshold: 1e7, comparison: .lessThanOrEqual, values: [2], from: .ok,
               reason: "Threshold Crossed: 1 out of the last 1 datapoints [2.0 (26/05/26 14:20:00)] was less than or equal to the threshold (1.0E7) (minimum 1 datapoint for OK -> ALARM transition)."),
    ]

    private func window(_ values: [Double?], count: Int, newest: SimInstant, period: SimDuration) -> AlarmWindow {
        let padded = values.reversed() + [Double?](repeating: nil, count: max(0, count - values.count))
        return AlarmWindow(buckets: padded.enumerated().map { index, value in
            .init(start: newest - period * Int64(index), datapoint: value.map { .init(value: $0, sampleCount: 5) })
        })
    }

    @Test(arguments: samples)
    func reason(sample: Sample) throws {
        let definition = AlarmDefinition(
            statistic: .plain(.sum), periodSeconds: 60, evaluationPeriods: sample.periods,
            datapointsToAlarm: sample.needed, criterion: .threshold(sample.threshold, sample.comparison),
            missingData: sample.missing)
        let newest = CivilTime(year: 2026, month: 5, day: 26, hour: 14, minute: 20)!.instant
        let window = window(sample.values, count: sample.periods + 2, newest: newest, period: .minutes(1))
        let verdict = definition.evaluate(window, from: sample.from, queryDate: newest + .minutes(1))
        guard case .changed(_, let explanation) = verdict else { Issue.record("nothing changed"); return }
        #expect(explanation.reason == sample.reason)
    }

    @Test func dataOfARealTransition() {
        let definition = AlarmDefinition(
            statistic: .plain(.average), periodSeconds: 300, unit: .count, evaluationPeriods: 2,
            criterion: .threshold(10, .greaterThan))
        let newest = CivilTime(year: 2022, month: 1, day: 17, hour: 14, minute: 42)!.instant
        let queryDate = CivilTime(year: 2022, month: 1, day: 17, hour: 14, minute: 48, second: 42, millisecond: 271)!.instant
        let verdict = definition.evaluate(
            window([11.48, 15.39], count: 4, newest: newest, period: .minutes(5)), from: .ok, queryDate: queryDate)
        guard case .changed(.alarm, let explanation) = verdict else { Issue.record("not raised"); return }
        #expect(explanation.reasonData == #"{"version":"1.0","queryDate":"2022-01-17T14:48:42.271+0000","startDate":"2022-01-17T14:37:00.000+0000","unit":"Count","statistic":"Average","period":300,"recentDatapoints":[11.48,15.39],"threshold":10.0,"evaluatedDatapoints":[{"timestamp":"2022-01-17T14:42:00.000+0000","sampleCount":5.0,"value":15.39},{"timestamp":"2022-01-17T14:37:00.000+0000","sampleCount":5.0,"value":11.48}]}"#)
    }

    /// AWS: recorded — spec/cloudwatch.md §12.2.
    @Test func dataWithoutDatapoints() {
        let definition = AlarmDefinition(
            statistic: .extended(ExtendedStatistic(.percentile(99))), periodSeconds: 10, evaluationPeriods: 2,
            criterion: .threshold(5, .greaterThan), missingData: .breaching)
        let newest = CivilTime(year: 2026, month: 5, day: 26, hour: 14, minute: 20)!.instant
        let verdict = definition.evaluate(
            window([], count: 4, newest: newest, period: .seconds(10)), from: .insufficientData,
            queryDate: newest + .seconds(10))
        guard case .changed(.alarm, let explanation) = verdict else { Issue.record("not raised"); return }
        #expect(explanation.reasonData == #"{"version":"1.0","queryDate":"2026-05-26T14:20:10.000+0000","statistic":"p99","period":10,"recentDatapoints":[],"threshold":5.0,"evaluatedDatapoints":[{"timestamp":"2026-05-26T14:20:00.000+0000"},{"timestamp":"2026-05-26T14:19:50.000+0000"}]}"#)
    }

    /// AWS: recorded — spec/cloudwatch.md §8.3, the anomaly sample.
    @Test func outsideABand() {
        let definition = AlarmDefinition(
            statistic: nil, periodSeconds: 300, evaluationPeriods: 2, datapointsToAlarm: 2, criterion: .band(.outside))
        let end = CivilTime(year: 2019, month: 11, day: 22, hour: 1, minute: 2)!.instant
        func series(_ values: [Double]) -> MathSeries {
            MathSeries(
                points: values.enumerated().map { .init(start: end - .minutes(10 - 5 * Int64($0)), value: $1) }, periodSeconds: 300)
        }
        let window = AlarmWindow(
            of: definition, endingAt: end, series: series([27.03, 28.24]),
            band: (upper: series([32.68, 33.09]), lower: series([31.31, 31.72])))
        guard case .changed(.alarm, let explanation) = definition.evaluate(window, from: .ok, queryDate: end) else {
            Issue.record("not raised")
            return
        }
        #expect(explanation.reason == "Thresholds Crossed: 2 out of the last 2 datapoints [28.24 (22/11/19 00:57:00), 27.03 (22/11/19 00:52:00)] were less than the lower thresholds [31.72, 31.31] or greater than the upper thresholds [33.09, 32.68] (minimum 2 datapoints for OK -> ALARM transition).")
        #expect(explanation.reasonData == #"{"version":"1.0","queryDate":"2019-11-22T01:02:00.000+0000","startDate":"2019-11-22T00:52:00.000+0000","period":300,"recentDatapoints":[27.03,28.24],"recentLowerThresholds":[31.31,31.72],"recentUpperThresholds":[32.68,33.09],"evaluatedDatapoints":[{"timestamp":"2019-11-22T00:57:00.000+0000","value":28.24},{"timestamp":"2019-11-22T00:52:00.000+0000","value":27.03}]}"#)
        // Without bounds nothing can be said.
        let untrained = AlarmWindow(of: definition, endingAt: end, series: series([27.03, 28.24]), band: (series([]), series([])))
        #expect(definition.judge(untrained).state == .insufficientData)
    }
}
