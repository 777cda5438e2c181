package import SimTime

/// What an evaluation decides, and on which buckets.
package struct AlarmJudgement: Hashable, Sendable {
    /// Nil keeps the state as it is.
    package let state: AlarmState?
    /// The buckets that were used, newest first: every real datapoint that counted, and the missing ones that filled up.
    package let evaluated: [AlarmWindow.Bucket]
    /// How many missing buckets were filled in.
    package let filledCount: Int
}

/// An evaluation's outcome for an alarm in a known state.
package enum AlarmVerdict: Hashable, Sendable {
    case unchanged
    case changed(AlarmState, AlarmExplanation)
}

extension AlarmDefinition {
    /// Evaluates the alarm; reason and data are made only for a change, since an evaluation that changes nothing leaves
    /// those of the last transition. `queryDate` is the evaluation's instant.
    package func evaluate(_ window: AlarmWindow, from current: AlarmState, queryDate: SimInstant) -> AlarmVerdict {
        let judgement = judge(window)
        guard let state = judgement.state, state != current else { return .unchanged }
        return .changed(state, explain(judgement, state: state, queryDate: queryDate))
    }

    /// Decides the state. AWS: doc, every row of the documented tables — spec/cloudwatch.md §8.2.
    package func judge(_ window: AlarmWindow) -> AlarmJudgement {
        let needed = breachesToAlarm
        let real = window.buckets.filter { $0.datapoint != nil }
        let used = Array(real.prefix(evaluationPeriods))
        if restsOnTooFewSamples(used) { return AlarmJudgement(state: nil, evaluated: used, filledCount: 0) }
        let breaching = used.count { $0.datapoint.map(isBreaching) ?? false }
        if used.count == evaluationPeriods {
            return AlarmJudgement(state: breaching >= needed ? .alarm : .ok, evaluated: used, filledCount: 0)
        }
        let filled = evaluationPeriods - used.count
        let state: AlarmState? =
            switch missingData {
            case .breaching: breaching + filled >= needed ? .alarm : .ok
            case .notBreaching: breaching >= needed ? .alarm : .ok
            case .missing, .ignore:
                if used.isEmpty { missingData == .missing ? .insufficientData : nil }
                else if breaching >= needed { .alarm }
                else if breaching < used.count { .ok }
                else { premature(window) }
            }
        let missing = window.buckets.filter { $0.datapoint == nil }.prefix(filled)
        let evaluated = (used + missing).sorted { $0.start > $1.start }
        return AlarmJudgement(state: state, evaluated: evaluated, filledCount: filled)
    }

    /// Only breaching datapoints, but too few: the alarm is raised once the oldest has been there for M buckets, so that
    /// a single late datapoint does not raise it too early.
    private func premature(_ window: AlarmWindow) -> AlarmState? {
        let age = (window.buckets.lastIndex { $0.datapoint != nil } ?? 0) + 1
        return age >= breachesToAlarm && missingData == .missing ? .alarm : nil
    }

    /// AWS: doc — spec/cloudwatch.md §8.2, low-sample percentiles.
    private func restsOnTooFewSamples(_ used: [AlarmWindow.Bucket]) -> Bool {
        guard lowSamples == .ignore, !used.isEmpty, case .extended(let extended)? = statistic,
              case .percentile(let percent) = extended.kind
        else { return false }
        let share = percent / 100
        let tail = share >= 0.5 ? 1 - share : share
        let samples = used.reduce(0) { $0 + ($1.datapoint?.sampleCount ?? 0) }
        // Multiplied out, and with room for the rounding of 1 - 0.9.
        return samples * tail < 10 - 1e-9
    }
}
