package import SimTime

/// Why an alarm changed its state, in CloudWatch's words: `StateReason` and `StateReasonData`.
/// Instants are simulated ones: the texts are stored once, while what clients are shown depends on when they ask.
package struct AlarmExplanation: Hashable, Sendable {
    package let reason: String
    /// A JSON object as text.
    package let reasonData: String

    package init(reason: String, reasonData: String) {
        self.reason = reason
        self.reasonData = reasonData
    }

    /// The reason of an alarm that was never evaluated. AWS: recorded — spec/cloudwatch.md §8.3.
    package static let initialReason = "Unchecked: Initial alarm creation"
}

extension AlarmDefinition {
    /// Puts a judgement into words. AWS: recorded — spec/cloudwatch.md §8.3 and §8.4.
    package func explain(_ judgement: AlarmJudgement, state: AlarmState, queryDate: SimInstant) -> AlarmExplanation {
        AlarmExplanation(
            reason: reason(judgement, state: state), reasonData: reasonData(judgement, queryDate: queryDate))
    }

    private func reason(_ judgement: AlarmJudgement, state: AlarmState) -> String {
        let periods = evaluationPeriods
        if state == .insufficientData {
            return "Insufficient Data: \(counted(periods, "datapoint")) \(periods == 1 ? "was" : "were") unknown."
        }
        let filler = fillerClause(judgement)
        guard judgement.evaluated.contains(where: { $0.datapoint != nil }) else {
            return "\(thresholdNoun) Crossed: no datapoints were received for \(counted(periods, "period"))\(filler)."
        }
        // The datapoints that speak for the state: breaching ones for ALARM, the others for OK.
        let telling = judgement.evaluated.compactMap { bucket -> (text: String, bounds: BandBounds?)? in
            guard let datapoint = bucket.datapoint, isBreaching(datapoint) == (state == .alarm) else { return nil }
            return ("\(javaDouble(datapoint.value)) (\(reasonDate(bucket.start)))", datapoint.bounds)
        }
        let count = telling.count
        var text = thresholdNoun + " Crossed: "
        text += datapointsToAlarm == nil ? counted(count, "datapoint") : "\(count) out of the last \(periods) datapoints"
        if (1..<listedMax).contains(count) { text += " [\(telling.map(\.text).joined(separator: ", "))]" }
        text += count == 1 ? " was " : " were "
        text += (state == .alarm ? "" : "not ") + comparisonClause(telling.prefix(listedMax).compactMap(\.bounds)) + filler
        if count >= listedMax {
            let recent = telling.prefix(listedMax).map(\.text).joined(separator: ", ")
            text += ". The most recent datapoints which crossed the threshold: [\(recent)]"
        }
        if let datapointsToAlarm {
            let minimum = state == .alarm ? datapointsToAlarm : periods - datapointsToAlarm + 1
            let arrow = state == .alarm ? "OK -> ALARM" : "ALARM -> OK"
            text += " (minimum \(counted(minimum, "datapoint")) for \(arrow) transition)"
        }
        return text + "."
    }

    private var thresholdNoun: String { if case .band = criterion { "Thresholds" } else { "Threshold" } }

    /// AWS: recorded for both bounds, inferred for one — spec/cloudwatch.md §8.3.
    private func comparisonClause(_ bounds: [BandBounds]) -> String {
        let lower = "less than the lower thresholds [\(bounds.map { javaDouble($0.lower) }.joined(separator: ", "))]"
        let upper = "greater than the upper thresholds [\(bounds.map { javaDouble($0.upper) }.joined(separator: ", "))]"
        return switch criterion {
        case .threshold(let threshold, let comparison): "\(comparison.phrase) the threshold (\(javaDouble(threshold)))"
        case .band(.outside): "\(lower) or \(upper)"
        case .band(.below): lower
        case .band(.above): upper
        }
    }

    /// From this many datapoints on, a reason lists only the newest, in a sentence of its own.
    private var listedMax: Int { 5 }

    private func fillerClause(_ judgement: AlarmJudgement) -> String {
        let count = judgement.filledCount
        guard count > 0, missingData == .breaching || missingData == .notBreaching else { return "" }
        let name = missingData == .breaching ? "Breaching" : "NonBreaching"
        return " and \(counted(count, "missing datapoint")) \(count == 1 ? "was" : "were") treated as [\(name)]"
    }

    private func reasonData(_ judgement: AlarmJudgement, queryDate: SimInstant) -> String {
        let real = judgement.evaluated.compactMap { bucket in bucket.datapoint.map { (bucket.start, $0) } }
        var json = #"{"version":"1.0","queryDate":"\#(alarmTimestamp(queryDate))""#
        if let oldest = real.last { json += #","startDate":"\#(alarmTimestamp(oldest.0))""# }
        if let unit { json += #","unit":"\#(unit.rawValue)""# }
        if let statistic { json += #","statistic":"\#(statistic.name)""# }
        json += #","period":\#(periodSeconds)"#
        json += #","recentDatapoints":[\#(real.reversed().map { javaDouble($0.1.value) }.joined(separator: ","))]"#
        switch criterion {
        case .threshold(let threshold, _): json += #","threshold":\#(javaDouble(threshold))"#
        case .band:
            // AWS: inferred.
            let bounds = real.reversed().compactMap(\.1.bounds)
            json += #","recentLowerThresholds":[\#(bounds.map { javaDouble($0.lower) }.joined(separator: ","))]"#
            json += #","recentUpperThresholds":[\#(bounds.map { javaDouble($0.upper) }.joined(separator: ","))]"#
        }
        json += #","evaluatedDatapoints":["#
        json += judgement.evaluated.map { bucket in
            let timestamp = #""timestamp":"\#(alarmTimestamp(bucket.start))""#
            guard let datapoint = bucket.datapoint else { return "{\(timestamp)}" }
            let samples = datapoint.sampleCount.map { #""sampleCount":\#(javaDouble($0)),"# } ?? ""
            return #"{\#(timestamp),\#(samples)"value":\#(javaDouble(datapoint.value))}"#
        }.joined(separator: ",")
        return json + "]}"
    }

    private func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }

    /// `26/05/26 14:20:00`: day first.
    private func reasonDate(_ instant: SimInstant) -> String {
        let time = CivilTime(instant)
        return "\(padded(time.day))/\(padded(time.month))/\(padded(time.year % 100)) "
            + "\(padded(time.hour)):\(padded(time.minute)):\(padded(time.second))"
    }
}

/// `2022-01-17T14:48:42.271+0000`, the form of instants in CloudWatch's JSON texts.
/// AWS: recorded — spec/cloudwatch.md §8.4.
package func alarmTimestamp(_ instant: SimInstant) -> String {
    CivilTime(instant).iso8601Milliseconds.dropLast() + "+0000"
}
