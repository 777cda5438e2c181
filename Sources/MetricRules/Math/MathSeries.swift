package import SimTime

/// One datapoint of a series.
package struct MathPoint: Hashable, Sendable {
    /// The start of the datapoint's period.
    package let start: SimInstant
    package let value: Double

    package init(start: SimInstant, value: Double) {
        self.start = start
        self.value = value
    }
}

/// A time series of metric math (`TS`).
package struct MathSeries: Hashable, Sendable {
    /// Ascending in time, without repeats; every value is finite.
    package var points: [MathPoint]
    package var periodSeconds: Int
    /// What the series is called where several are returned; nil for computed ones.
    package var label: String?

    package init(points: [MathPoint], periodSeconds: Int, label: String? = nil) {
        self.points = points
        self.periodSeconds = periodSeconds
        self.label = label
    }

    /// The series with every value changed; results that are not finite are dropped.
    func mapped(_ change: (Double) -> Double) -> MathSeries {
        var result = self
        result.points = points.compactMap { point in
            let value = change(point.value)
            return value.isFinite ? MathPoint(start: point.start, value: value) : nil
        }
        return result
    }

    func replacing(_ points: [MathPoint]) -> MathSeries {
        MathSeries(points: points, periodSeconds: periodSeconds, label: label)
    }

    /// The points of both series side by side, over the union of their instants.
    static func joined(_ a: MathSeries, _ b: MathSeries, _ body: (SimInstant, Double?, Double?) -> Void) {
        var left = 0, right = 0
        let never = SimInstant(millisecondsSinceEpoch: .max)
        while left < a.points.count || right < b.points.count {
            let one = left < a.points.count ? a.points[left] : nil
            let two = right < b.points.count ? b.points[right] : nil
            let start = min(one?.start ?? never, two?.start ?? never)
            let isLeft = one?.start == start, isRight = two?.start == start
            body(start, isLeft ? one?.value : nil, isRight ? two?.value : nil)
            if isLeft { left += 1 }
            if isRight { right += 1 }
        }
    }
}

/// What an expression yields: a scalar (`S`), a series (`TS`) or an array of series (`TS[]`).
/// AWS: doc — spec/cloudwatch.md §5, metric math types.
package enum MathValue: Hashable, Sendable {
    /// NaN where a statistic of no datapoints has no value.
    case scalar(Double)
    case series(MathSeries)
    case array([MathSeries])

    package var isSeries: Bool { if case .series = self { true } else { false } }

    /// The type as error texts call it. AWS: inferred.
    var typeName: String {
        switch self {
        case .scalar: "Scalar"
        case .series: "TimeSeries"
        case .array: "Array[TimeSeries]"
        }
    }
}
