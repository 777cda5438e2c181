package import SimTime

/// What an alarm says of its metric.
package enum AlarmState: String, CaseIterable, Hashable, Sendable {
    case ok = "OK"
    case alarm = "ALARM"
    case insufficientData = "INSUFFICIENT_DATA"
}

/// How a datapoint compares with a fixed threshold when it is breaching.
package enum ThresholdOperator: String, CaseIterable, Hashable, Sendable {
    case greaterThanOrEqual = "GreaterThanOrEqualToThreshold"
    case greaterThan = "GreaterThanThreshold"
    case lessThan = "LessThanThreshold"
    case lessThanOrEqual = "LessThanOrEqualToThreshold"

    package func isBreaching(_ value: Double, _ threshold: Double) -> Bool {
        switch self {
        case .greaterThanOrEqual: value >= threshold
        case .greaterThan: value > threshold
        case .lessThan: value < threshold
        case .lessThanOrEqual: value <= threshold
        }
    }

    /// The words of a state reason.
    var phrase: String {
        switch self {
        case .greaterThanOrEqual: "greater than or equal to"
        case .greaterThan: "greater than"
        case .lessThan: "less than"
        case .lessThanOrEqual: "less than or equal to"
        }
    }
}

/// How a datapoint compares with an anomaly detection band when it is breaching.
package enum BandOperator: String, CaseIterable, Hashable, Sendable {
    case outside = "LessThanLowerOrGreaterThanUpperThreshold"
    case below = "LessThanLowerThreshold"
    case above = "GreaterThanUpperThreshold"

    func isBreaching(_ value: Double, _ bounds: BandBounds) -> Bool {
        (self != .above && value < bounds.lower) || (self != .below && value > bounds.upper)
    }
}

/// The band at one instant.
package struct BandBounds: Hashable, Sendable {
    package let lower: Double
    package let upper: Double

    package init(lower: Double, upper: Double) {
        self.lower = lower
        self.upper = upper
    }
}

/// What makes a datapoint a breaching one.
package enum AlarmCriterion: Hashable, Sendable {
    case threshold(Double, ThresholdOperator)
    /// Each datapoint has bounds of its own.
    case band(BandOperator)
}

/// What an alarm takes missing datapoints for.
package enum MissingDataTreatment: String, CaseIterable, Hashable, Sendable {
    case breaching, notBreaching, ignore, missing
}

/// What an alarm does while a percentile rests on too few samples.
package enum LowSampleTreatment: String, CaseIterable, Hashable, Sendable {
    case evaluate, ignore
}

/// The part of a metric alarm that decides its state.
package struct AlarmDefinition: Hashable, Sendable {
    /// Nil for alarms on expressions.
    package var statistic: StatisticChoice?
    /// 10, 20, 30 or a multiple of 60.
    package var periodSeconds: Int
    /// The unit the alarm insists on, if it does.
    package var unit: MetricUnit?
    /// N: the datapoints that are looked at. At least 1.
    package var evaluationPeriods: Int
    /// M: the breaching ones among N that raise the alarm. Nil when the request left it out: M is N then, and the
    /// wording of reasons differs.
    package var datapointsToAlarm: Int?
    package var criterion: AlarmCriterion
    package var missingData: MissingDataTreatment
    package var lowSamples: LowSampleTreatment

    package init(
        statistic: StatisticChoice?, periodSeconds: Int, unit: MetricUnit? = nil, evaluationPeriods: Int,
        datapointsToAlarm: Int? = nil, criterion: AlarmCriterion,
        missingData: MissingDataTreatment = .missing, lowSamples: LowSampleTreatment = .evaluate
    ) {
        self.statistic = statistic
        self.periodSeconds = periodSeconds
        self.unit = unit
        self.evaluationPeriods = evaluationPeriods
        self.datapointsToAlarm = datapointsToAlarm
        self.criterion = criterion
        self.missingData = missingData
        self.lowSamples = lowSamples
    }

    package var period: SimDuration { .seconds(Int64(periodSeconds)) }

    /// M.
    package var breachesToAlarm: Int { datapointsToAlarm ?? evaluationPeriods }

    /// The buckets an evaluation looks at: two more than N, so that late data is not taken for missing.
    /// AWS: doc that there are more, their number inferred — spec/cloudwatch.md §8.1.
    package var evaluationRange: Int { evaluationPeriods + 2 }

    /// The span from the oldest bucket's start to the evaluation's instant.
    package var evaluationSpan: SimDuration { period * Int64(evaluationRange) }

    /// How often the alarm is evaluated: each minute, or every ten seconds for periods below a minute.
    /// AWS: doc — spec/cloudwatch.md §8.1. The second of the minute is this server's choice: :00.
    package var cadence: SimDuration { periodSeconds < 60 ? .seconds(10) : .minutes(1) }

    func isBreaching(_ datapoint: AlarmWindow.Datapoint) -> Bool {
        switch criterion {
        case .threshold(let threshold, let comparison): comparison.isBreaching(datapoint.value, threshold)
        case .band(let comparison): datapoint.bounds.map { comparison.isBreaching(datapoint.value, $0) } ?? false
        }
    }
}
