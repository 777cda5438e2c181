/// Computes expressions. AWS: doc — spec/cloudwatch.md §5, metric math.
struct MathEvaluator {
    let environment: MathEnvironment
    /// The period of what has none of its own: `TIME_SERIES`, `SEARCH`.
    let periodSeconds: Int

    func value(of expression: MathExpression) throws -> MathValue {
        switch expression {
        case .number(let number): return .scalar(number)
        case .text(let text): throw MathFault.unexpected(token: text)
        case .word(let word): throw MathFault.unexpected(token: word)
        case .reference(let id):
            guard let value = environment.values[id] else { throw MathFault.undefinedVariable(id) }
            return value
        case .list(let items): return .array(try items.flatMap(seriesOfItem))
        case .negative(let operand): return try value(of: operand).mapped { -$0 }
        case .chain(let first, let steps):
            return try steps.reduce(try value(of: first)) { left, step in
                try apply(step.mathOperator, left, try value(of: step.operand))
            }
        case .call(let function, let arguments): return try call(function, arguments)
        }
    }

    private func seriesOfItem(_ item: MathExpression) throws -> [MathSeries] {
        switch try value(of: item) {
        case .scalar: throw MathFault.argument(function: "An array", expected: "time series")
        case .series(let series): return [series]
        case .array(let array): return array
        }
    }

    // MARK: Operators

    private func apply(_ mathOperator: MathOperator, _ left: MathValue, _ right: MathValue) throws -> MathValue {
        let compute = { (a: Double, b: Double) in MathEvaluator.compute(mathOperator, a, b) }
        switch (left, right) {
        case (.scalar(let a), .scalar(let b)): return .scalar(compute(a, b))
        case (.series(let a), .scalar(let b)): return .series(a.mapped { compute($0, b) })
        case (.scalar(let a), .series(let b)): return .series(b.mapped { compute(a, $0) })
        case (.series(let a), .series(let b)): return .series(Self.combined(a, b, compute))
        // AWS: doc — comparisons and logic take scalars and series only.
        case _ where mathOperator.isLogical: break
        case (.array(let a), .scalar(let b)): return .array(a.map { $0.mapped { compute($0, b) } })
        case (.scalar(let a), .array(let b)): return .array(b.map { $0.mapped { compute(a, $0) } })
        case (.array(let a), .series(let b)):
            return .array(a.map { Self.labelled(Self.combined($0, b, compute), $0.label) })
        case (.series(let a), .array(let b)):
            return .array(b.map { Self.labelled(Self.combined(a, $0, compute), $0.label) })
        case (.array, .array): break
        }
        throw MathFault.operandTypes(symbol: mathOperator.rawValue, left: left.typeName, right: right.typeName)
    }

    /// Over the union of the instants, a missing value counts as 0.
    private static func combined(
        _ a: MathSeries, _ b: MathSeries, _ compute: (Double, Double) -> Double
    ) -> MathSeries {
        var points: [MathPoint] = []
        points.reserveCapacity(max(a.points.count, b.points.count))
        MathSeries.joined(a, b) { start, one, two in
            let value = compute(one ?? 0, two ?? 0)
            if value.isFinite { points.append(MathPoint(start: start, value: value)) }
        }
        return MathSeries(points: points, periodSeconds: max(a.periodSeconds, b.periodSeconds))
    }

    private static func labelled(_ series: MathSeries, _ label: String?) -> MathSeries {
        MathSeries(points: series.points, periodSeconds: series.periodSeconds, label: label)
    }

    /// NaN stands for no result.
    private static func compute(_ mathOperator: MathOperator, _ a: Double, _ b: Double) -> Double {
        if mathOperator.isLogical, a.isNaN || b.isNaN { return .nan }
        return switch mathOperator {
        case .plus: a + b
        case .minus: a - b
        case .times: a * b
        case .over: b == 0 ? .nan : a / b
        case .power: RealFunctions.power(a, b)
        case .equal: a == b ? 1 : 0
        case .unequal: a != b ? 1 : 0
        case .less: a < b ? 1 : 0
        case .greater: a > b ? 1 : 0
        case .lessOrEqual: a <= b ? 1 : 0
        case .greaterOrEqual: a >= b ? 1 : 0
        case .and: a != 0 && b != 0 ? 1 : 0
        case .or: a != 0 || b != 0 ? 1 : 0
        }
    }

    // MARK: Arguments

    func fault(_ function: MathFunction, _ expected: String) -> MathFault {
        .argument(function: function.rawValue, expected: expected)
    }

    func array(_ function: MathFunction, _ argument: MathExpression) throws -> [MathSeries] {
        guard case .array(let array) = try value(of: argument) else { throw fault(function, "an array of time series") }
        return array
    }

    func scalar(_ function: MathFunction, _ argument: MathExpression, _ expected: String) throws -> Double {
        guard case .scalar(let scalar) = try value(of: argument) else { throw fault(function, expected) }
        return scalar
    }

    /// Applies a change to a series, or to each of an array.
    func eachSeries(
        _ function: MathFunction, _ argument: MathExpression, _ change: (MathSeries) throws -> MathSeries
    ) throws -> MathValue {
        switch try value(of: argument) {
        case .scalar: throw fault(function, "a time series or an array of time series")
        case .series(let series): return .series(try change(series))
        case .array(let array): return .array(try array.map(change))
        }
    }
}

extension MathValue {
    /// Every number changed; what is not finite is dropped from series.
    func mapped(_ change: (Double) -> Double) -> MathValue {
        switch self {
        case .scalar(let value): .scalar(change(value))
        case .series(let series): .series(series.mapped(change))
        case .array(let array): .array(array.map { $0.mapped(change) })
        }
    }
}
