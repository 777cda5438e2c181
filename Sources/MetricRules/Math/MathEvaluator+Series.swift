import SimTime

/// The functions that look at a series along time. AWS: doc — spec/cloudwatch.md §5, metric math.
extension MathEvaluator {
    /// DIFF, DIFF_TIME, RATE and RUNNING_SUM.
    func change(_ function: MathFunction, _ series: MathSeries) -> MathSeries {
        if function == .runningSum {
            var sum = 0.0
            return series.replacing(series.points.map { point in
                sum += point.value
                return MathPoint(start: point.start, value: sum)
            })
        }
        return series.replacing(zip(series.points, series.points.dropFirst()).map { before, point in
            let seconds = (point.start - before.start).seconds, difference = point.value - before.value
            let value = switch function {
            case .diffTime: seconds
            case .rate: difference / seconds
            default: difference
            }
            return MathPoint(start: point.start, value: value)
        })
    }

    /// A part of each instant, for every bucket whether it has data or not.
    func timePart(_ function: MathFunction, _ argument: MathExpression) throws -> MathValue {
        try eachSeries(function, argument) { series in
            series.replacing(environment.starts(periodSeconds: series.periodSeconds).map { start in
                let time = CivilTime(start)
                let part = switch function {
                case .minute: time.minute
                case .hour: time.hour
                case .day: time.weekday
                case .date: time.day
                case .month: time.month
                case .year: time.year
                default: Int(start.millisecondsSinceEpoch / 1000)
                }
                return MathPoint(start: start, value: Double(part))
            })
        }
    }

    // MARK: FILL

    private enum Filler {
        case value(Double)
        case last
        case linear
        case series([SimInstant: Double])
    }

    func fill(_ arguments: [MathExpression]) throws -> MathValue {
        let filler: Filler
        switch arguments[1] {
        case .word("REPEAT"): filler = .last
        case .word("LINEAR"): filler = .linear
        default:
            switch try value(of: arguments[1]) {
            case .scalar(let value): filler = .value(value)
            case .series(let series):
                filler = .series(Dictionary(series.points.map { ($0.start, $0.value) }, uniquingKeysWith: { $1 }))
            case .array: throw fault(.fill, "a scalar, REPEAT, LINEAR or a time series")
            }
        }
        return try eachSeries(.fill, arguments[0]) { filled($0, with: filler) }
    }

    /// What lies outside the buckets' rhythm stays where it is.
    private func filled(_ series: MathSeries, with filler: Filler) -> MathSeries {
        var points: [MathPoint] = []
        var rest = series.points[...]
        func add(_ start: SimInstant, _ value: Double?) {
            if let value, value.isFinite { points.append(MathPoint(start: start, value: value)) }
        }
        for start in environment.starts(periodSeconds: series.periodSeconds) {
            while let point = rest.first, point.start < start { points.append(point); rest.removeFirst() }
            if let point = rest.first, point.start == start { points.append(point); rest.removeFirst(); continue }
            switch filler {
            case .value(let value): add(start, value)
            case .last: add(start, points.last?.value)
            case .series(let values): add(start, values[start])
            case .linear:
                // Between the last datapoint and the next one; nothing before the first or after the last.
                guard let before = points.last, let after = rest.first else { continue }
                let share = (start - before.start).seconds / (after.start - before.start).seconds
                add(start, before.value + share * (after.value - before.value))
            }
        }
        return series.replacing(points + rest)
    }

    // MARK: IF

    func condition(_ arguments: [MathExpression]) throws -> MathValue {
        let chosen = try value(of: arguments[1])
        let other = arguments.count == 3 ? try value(of: arguments[2]) : nil
        switch try value(of: arguments[0]) {
        case .array: throw fault(.condition, "a scalar or a time series as condition")
        case .scalar(let truth):
            let isTrue = truth != 0 && !truth.isNaN
            return isTrue ? chosen : other ?? .series(MathSeries(points: [], periodSeconds: periodSeconds))
        case .series(let truth):
            let yes = try branch(chosen), no = try other.map(branch)
            let points = truth.points.compactMap { point -> MathPoint? in
                // A missing value of the true branch is 0; where the false branch has none there is no datapoint.
                let value = point.value != 0 ? yes(point.start) ?? 0 : no?(point.start)
                guard let value, value.isFinite else { return nil }
                return MathPoint(start: point.start, value: value)
            }
            return .series(MathSeries(points: points, periodSeconds: truth.periodSeconds))
        }
    }

    private func branch(_ value: MathValue) throws -> (SimInstant) -> Double? {
        switch value {
        case .array: throw fault(.condition, "scalars or time series as branches of a time series")
        case .scalar(let scalar): return { _ in scalar }
        case .series(let series):
            let values = Dictionary(series.points.map { ($0.start, $0.value) }, uniquingKeysWith: { $1 })
            return { values[$0] }
        }
    }
}
