/// The operators of metric math. AWS: doc — spec/cloudwatch.md §5.
package enum MathOperator: String, CaseIterable, Hashable, Sendable {
    case or = "||", and = "&&"
    case equal = "==", unequal = "!=", lessOrEqual = "<=", greaterOrEqual = ">=", less = "<", greater = ">"
    case plus = "+", minus = "-", times = "*", over = "/", power = "^"

    /// What binds tighter has a higher rank. AWS: inferred.
    var rank: Int {
        switch self {
        case .or: 0
        case .and: 1
        case .equal, .unequal, .lessOrEqual, .greaterOrEqual, .less, .greater: 2
        case .plus, .minus: 3
        case .times, .over: 4
        case .power: 5
        }
    }

    /// True for the operators that answer 1 or 0.
    var isLogical: Bool { rank <= 2 }

    init?(_ token: MathToken) {
        switch token {
        case .name("AND"): self = .and
        case .name("OR"): self = .or
        case .symbol(let symbol):
            guard let found = MathOperator(rawValue: symbol) else { return nil }
            self = found
        case .number, .text, .name: return nil
        }
    }
}

/// The functions of metric math, and how many arguments they take. AWS: doc — spec/cloudwatch.md §5.
package enum MathFunction: String, CaseIterable, Hashable, Sendable {
    case abs = "ABS", anomalyDetectionBand = "ANOMALY_DETECTION_BAND", avg = "AVG", ceil = "CEIL"
    case datapointCount = "DATAPOINT_COUNT", date = "DATE", day = "DAY", diff = "DIFF", diffTime = "DIFF_TIME"
    case epoch = "EPOCH", fill = "FILL", first = "FIRST", floor = "FLOOR", hour = "HOUR", condition = "IF"
    case insightRuleMetric = "INSIGHT_RULE_METRIC", last = "LAST", log = "LOG", log10 = "LOG10", max = "MAX"
    case metricCount = "METRIC_COUNT", metrics = "METRICS", min = "MIN", minute = "MINUTE", month = "MONTH"
    case period = "PERIOD", rate = "RATE", removeEmpty = "REMOVE_EMPTY", runningSum = "RUNNING_SUM"
    case search = "SEARCH", serviceQuota = "SERVICE_QUOTA", slice = "SLICE", sort = "SORT", stddev = "STDDEV"
    case sum = "SUM", timeSeries = "TIME_SERIES", year = "YEAR"

    var arity: ClosedRange<Int> {
        switch self {
        case .metrics: 0...1
        case .anomalyDetectionBand: 1...2
        case .fill, .insightRuleMetric: 2...2
        case .condition, .search, .slice: 2...3
        case .sort: 3...4
        default: 1...1
        }
    }
}

/// A parsed expression.
package indirect enum MathExpression: Hashable, Sendable {
    package struct Step: Hashable, Sendable {
        package let mathOperator: MathOperator
        package let operand: MathExpression
    }

    case number(Double)
    /// A quoted argument.
    case text(String)
    /// Another query's id.
    case reference(String)
    /// An argument such as `REPEAT` or `DESC`.
    case word(String)
    case list([MathExpression])
    case negative(MathExpression)
    /// Operators of one rank, applied from left to right: a long sum is no deep tree.
    case chain(MathExpression, [Step])
    case call(MathFunction, [MathExpression])

    /// Calls `body` for this expression and every one inside it, outermost first.
    package func walk(_ body: (MathExpression) throws -> Void) rethrows {
        try body(self)
        switch self {
        case .number, .text, .reference, .word: break
        case .list(let items), .call(_, let items): for item in items { try item.walk(body) }
        case .negative(let operand): try operand.walk(body)
        case .chain(let first, let steps):
            try first.walk(body)
            for step in steps { try step.operand.walk(body) }
        }
    }

    /// The ids the expression names, each once, in order.
    package var references: [String] {
        var found: [String] = []
        walk { if case .reference(let id) = $0, !found.contains(id) { found.append(id) } }
        return found
    }

    /// Whether a function is called anywhere.
    package func calls(_ function: MathFunction) -> Bool {
        var isFound = false
        walk { if case .call(function, _) = $0 { isFound = true } }
        return isFound
    }
}
