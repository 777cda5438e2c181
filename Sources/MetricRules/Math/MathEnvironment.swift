package import SimTime

/// What expressions are computed from: everything is read before, so that computing is pure.
package struct MathEnvironment: Sendable {
    /// The first bucket's start.
    package var from: SimInstant
    /// Exclusive.
    package var to: SimInstant
    /// The values of queries that are known so far, by id.
    package var values: [String: MathValue]
    /// The ids of queries that are metrics, in the request's order, for `METRICS()`.
    package var metricIDs: [String]
    package var searches: [SearchCall: [MathSeries]]
    /// What `INSIGHT_RULE_METRIC` answers; a call that is absent answers nothing.
    package var insightRules: [InsightCall: MathSeries] = [:]
    /// Trained models by the argument of `ANOMALY_DETECTION_BAND`; one that is absent yields no band.
    package var bands: [MathExpression: BandModel]

    package init(
        from: SimInstant, to: SimInstant, values: [String: MathValue] = [:], metricIDs: [String] = [],
        searches: [SearchCall: [MathSeries]] = [:], bands: [MathExpression: BandModel] = [:]
    ) {
        self.from = from
        self.to = to
        self.values = values
        self.metricIDs = metricIDs
        self.searches = searches
        self.bands = bands
    }

    /// The starts of all buckets of a period.
    func starts(periodSeconds: Int) -> [SimInstant] {
        var starts: [SimInstant] = []
        let step = SimDuration.seconds(Int64(max(1, periodSeconds)))
        // Buckets of a minute and more begin with one, also beside buckets of seconds.
        var start = from.floored(to: periodSeconds >= 60 ? .minutes(1) : step)
        while start < to, starts.count < Self.startsMax {
            starts.append(start)
            start = start + step
        }
        return starts
    }

    // AWS: doc — spec/cloudwatch.md §5: no answer has more datapoints.
    private static let startsMax = 100_800
}

/// One `INSIGHT_RULE_METRIC` call, as it is read ahead.
package struct InsightCall: Hashable, Sendable {
    package let rule: String
    package let measure: ContributorReport.Measure
    package let periodSeconds: Int

    /// Reads the arguments of a call in an expression of that period; throws `MathFault`.
    init(arguments: [MathExpression], periodSeconds: Int) throws {
        guard case .text(let rule) = arguments[0], let name = Self.name(arguments[1]),
              let measure = ContributorReport.Measure(rawValue: name)
        else {
            let names = ContributorReport.Measure.allCases.map(\.rawValue).joined(separator: ", ")
            throw MathFault.argument(function: "INSIGHT_RULE_METRIC", expected: "a quoted rule and one of \(names)")
        }
        self.rule = rule
        self.measure = measure
        self.periodSeconds = max(60, periodSeconds)
    }

    /// The measure may be quoted or not. AWS: doc shows both.
    private static func name(_ argument: MathExpression) -> String? {
        switch argument {
        case .text(let text): text
        case .word(let word): word
        case .reference(let id): id
        default: nil
        }
    }
}

/// One `SEARCH` call, as it is read ahead.
package struct SearchCall: Hashable, Sendable {
    package let search: String
    package let statistic: String
    package let periodSeconds: Int

    package init(search: String, statistic: String, periodSeconds: Int) {
        self.search = search
        self.statistic = statistic
        self.periodSeconds = periodSeconds
    }

    /// Reads the arguments of a call in an expression of that period; throws `MathFault`.
    init(arguments: [MathExpression], periodSeconds: Int) throws {
        guard case .text(let search) = arguments[0], case .text(let statistic) = arguments[1] else {
            throw MathFault.argument(function: "SEARCH", expected: "a quoted search expression and a quoted statistic")
        }
        var period = periodSeconds
        if arguments.count == 3 {
            guard case .number(let seconds) = arguments[2], let whole = Int(exactly: seconds),
                  PeriodGrid.isQueryPeriod(whole)
            else { throw MathFault.argument(function: "SEARCH", expected: "a period of 1, 5, 10, 30 or a multiple of 60 seconds") }
            period = whole
        }
        guard (try? StatisticChoice(parsing: statistic)) != nil else {
            throw MathFault.argument(function: "SEARCH", expected: "a statistic instead of '\(statistic)'")
        }
        self.init(search: search, statistic: statistic, periodSeconds: period)
    }
}
