import SimTime

/// The functions, one line each where they are one. AWS: doc — spec/cloudwatch.md §5, metric math.
extension MathEvaluator {
    func call(_ function: MathFunction, _ arguments: [MathExpression]) throws -> MathValue {
        switch function {
        case .abs: return try number(function, arguments[0]) { $0.magnitude }
        case .ceil: return try number(function, arguments[0]) { $0.rounded(.up) }
        case .floor: return try number(function, arguments[0]) { $0.rounded(.down) }
        case .log: return try number(function, arguments[0], RealFunctions.logarithm)
        case .log10: return try number(function, arguments[0], RealFunctions.decimalLogarithm)
        case .avg, .max, .min, .sum, .stddev, .datapointCount: return try aggregate(function, arguments[0])
        case .minute, .hour, .day, .date, .month, .year, .epoch: return try timePart(function, arguments[0])
        case .diff, .diffTime, .rate, .runningSum: return try eachSeries(function, arguments[0]) { change(function, $0) }
        case .fill: return try fill(arguments)
        case .condition: return try condition(arguments)
        case .first, .last:
            let array = try array(function, arguments[0])
            let series = function == .first ? array.first : array.last
            return .series(series ?? MathSeries(points: [], periodSeconds: periodSeconds))
        case .metricCount: return .scalar(Double(try array(function, arguments[0]).count))
        case .metrics: return .array(try metrics(arguments.first))
        case .period: return .scalar(Double(try period(arguments[0])))
        case .removeEmpty: return .array(try array(function, arguments[0]).filter { !$0.points.isEmpty })
        case .slice: return .array(try slice(arguments))
        case .sort: return .array(try sorted(arguments))
        case .search: return .array(environment.searches[try SearchCall(arguments: arguments, periodSeconds: periodSeconds)] ?? [])
        case .timeSeries:
            let value = try scalar(function, arguments[0], "a scalar")
            let starts = value.isFinite ? environment.starts(periodSeconds: periodSeconds) : []
            return .series(MathSeries(points: starts.map { .init(start: $0, value: value) }, periodSeconds: periodSeconds))
        case .anomalyDetectionBand: return .array(try band(arguments))
        case .insightRuleMetric:
            let call = try InsightCall(arguments: arguments, periodSeconds: periodSeconds)
            return .series(environment.insightRules[call] ?? MathSeries(points: [], periodSeconds: call.periodSeconds))
        case .serviceQuota: throw MathFault.notEmulated("the service quotas that SERVICE_QUOTA reads")
        }
    }

    private func number(
        _ function: MathFunction, _ argument: MathExpression, _ change: (Double) -> Double
    ) throws -> MathValue {
        try value(of: argument).mapped(change)
    }

    // MARK: Arrays

    /// The metrics of the request whose id contains a text; never expressions.
    private func metrics(_ filter: MathExpression?) throws -> [MathSeries] {
        var wanted = environment.metricIDs
        if let filter {
            guard case .text(let part) = filter else { throw fault(.metrics, "a quoted text") }
            wanted.removeAll { !contains($0, part) }
        }
        return wanted.compactMap { id in
            if case .series(let series) = environment.values[id] { series } else { nil }
        }
    }

    private func contains(_ text: String, _ part: String) -> Bool {
        let text = Array(text.utf8), part = Array(part.utf8)
        guard part.count <= text.count else { return false }
        return (0...(text.count - part.count)).contains { text[$0...].starts(with: part) }
    }

    private func period(_ argument: MathExpression) throws -> Int {
        guard case .reference(let id) = argument, environment.metricIDs.contains(id),
              case .series(let series) = environment.values[id]
        else { throw fault(.period, "a metric") }
        return series.periodSeconds
    }

    /// Zero-based, the end excluded; without an end, all from the start on. AWS: doc.
    private func slice(_ arguments: [MathExpression]) throws -> [MathSeries] {
        let array = try array(.slice, arguments[0])
        func index(_ argument: MathExpression) throws -> Int {
            guard let index = Int(exactly: try scalar(.slice, argument, "whole numbers")), index >= 0 else {
                throw fault(.slice, "whole numbers of at least 0")
            }
            return min(index, array.count)
        }
        let start = try index(arguments[1])
        let end = arguments.count == 3 ? try index(arguments[2]) : array.count
        return start < end ? Array(array[start..<end]) : []
    }

    private func sorted(_ arguments: [MathExpression]) throws -> [MathSeries] {
        let array = try array(.sort, arguments[0])
        guard case .word(let name) = arguments[1], let measure = MathFunction(rawValue: name),
              [.avg, .min, .max, .sum].contains(measure)
        else { throw fault(.sort, "AVG, MIN, MAX or SUM") }
        guard case .word(let order) = arguments[2], order == "ASC" || order == "DESC" else {
            throw fault(.sort, "ASC or DESC")
        }
        var limit = array.count
        if arguments.count == 4 {
            guard let given = Int(exactly: try scalar(.sort, arguments[3], "a whole number")), given >= 1 else {
                throw fault(.sort, "a limit of at least 1")
            }
            limit = given
        }
        let ranked = array.enumerated().map { (index: $0, key: Self.statistic(measure, $1.points.map(\.value)), series: $1) }
        // Series without datapoints come last either way; equal ones keep their order.
        let ordered = ranked.sorted { a, b in
            if a.series.points.isEmpty != b.series.points.isEmpty { return b.series.points.isEmpty }
            if a.series.points.isEmpty || a.key == b.key { return a.index < b.index }
            return order == "ASC" ? a.key < b.key : a.key > b.key
        }
        return ordered.prefix(limit).map(\.series)
    }

    // MARK: Statistics

    /// A series becomes a scalar; an array becomes a series, instant by instant.
    private func aggregate(_ function: MathFunction, _ argument: MathExpression) throws -> MathValue {
        switch try value(of: argument) {
        case .scalar: throw fault(function, "a time series or an array of time series")
        case .series(let series): return .scalar(Self.statistic(function, series.points.map(\.value)))
        case .array(let array):
            var columns: [SimInstant: [Double]] = [:]
            for series in array {
                for point in series.points { columns[point.start, default: []].append(point.value) }
            }
            // AWS: doc for AVG — a missing value counts as 0; for STDDEV inferred.
            let countsMissing = function == .avg || function == .stddev
            let points = columns.sorted { $0.key < $1.key }.compactMap { start, column -> MathPoint? in
                let missing = countsMissing ? array.count - column.count : 0
                let value = Self.statistic(function, column + [Double](repeating: 0, count: missing))
                return value.isFinite ? MathPoint(start: start, value: value) : nil
            }
            let period = array.map(\.periodSeconds).max() ?? periodSeconds
            return .series(MathSeries(points: points, periodSeconds: period))
        }
    }

    /// NaN for a mean or an extreme of nothing. The deviation is that of the whole population; AWS: inferred.
    static func statistic(_ function: MathFunction, _ values: [Double]) -> Double {
        let count = Double(values.count), sum = values.reduce(0, +)
        switch function {
        case .sum: return sum
        case .datapointCount: return count
        case .avg: return values.isEmpty ? .nan : sum / count
        case .max: return values.max() ?? .nan
        case .min: return values.min() ?? .nan
        default:
            let mean = sum / count
            return (values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / count).squareRoot()
        }
    }

    // MARK: Bands

    /// Upper, then lower. AWS: doc for the order; the model is Coldframe's (`BandModel`).
    private func band(_ arguments: [MathExpression]) throws -> [MathSeries] {
        let width = arguments.count == 2
            ? try scalar(.anomalyDetectionBand, arguments[1], "a number of standard deviations") : 2
        guard width > 0, width.isFinite else {
            throw fault(.anomalyDetectionBand, "a positive number of standard deviations")
        }
        guard case .series(let series) = try value(of: arguments[0]) else {
            throw fault(.anomalyDetectionBand, "a time series")
        }
        let label = "\(series.label ?? "") (expected)"
        guard let model = environment.bands[arguments[0]] else {
            let empty = MathSeries(points: [], periodSeconds: series.periodSeconds, label: label)
            return [empty, empty]
        }
        let bounds = environment.starts(periodSeconds: series.periodSeconds).map { ($0, model.band(at: $0, width: width)) }
        return [
            MathSeries(points: bounds.map { .init(start: $0, value: $1.upper) }, periodSeconds: series.periodSeconds, label: label),
            MathSeries(points: bounds.map { .init(start: $0, value: $1.lower) }, periodSeconds: series.periodSeconds, label: label),
        ]
    }
}
