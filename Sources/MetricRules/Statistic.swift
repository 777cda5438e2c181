/// The five plain statistics of a set of samples.
package enum Statistic: String, CaseIterable, Hashable, Sendable {
    case sampleCount = "SampleCount"
    case average = "Average"
    case sum = "Sum"
    case minimum = "Minimum"
    case maximum = "Maximum"
}

/// Any statistic a query or an alarm can name: a plain one, or an extended one such as `p99`.
package enum StatisticChoice: Hashable, Sendable {
    case plain(Statistic)
    case extended(ExtendedStatistic)

    /// Reads `Average` as well as `p99.9` or `TM(10%:90%)`.
    package init(parsing text: String) throws(ExtendedStatistic.Malformed) {
        if let plain = Statistic(rawValue: text) {
            self = .plain(plain)
        } else {
            self = .extended(try ExtendedStatistic(parsing: text))
        }
    }

    /// The spelling AWS uses.
    package var name: String {
        switch self {
        case .plain(let statistic): statistic.rawValue
        case .extended(let statistic): statistic.description
        }
    }

    /// True when the statistic needs the values of samples, not only their count, sum and extremes.
    package var needsDistribution: Bool {
        if case .extended = self { true } else { false }
    }
}
