package import SimTime

/// The expected range of a metric, by hour of the day.
///
/// AWS documents no model, so this is Coldframe's own, chosen to be explainable: the last fourteen days are averaged for
/// each hour of the day (UTC); an hour without data takes the overall mean. The expected value at an instant is
/// interpolated between the middles of the two nearest hours. The band's half width is k times the standard deviation of
/// the training data around what the model expects for it.
package struct BandModel: Hashable, Sendable {
    /// How much of the past is learned from.
    package static let trainingSpan = SimDuration.days(14)
    /// Fewer datapoints train nothing.
    package static let pointsMin = 15
    private static let hoursOfDay = 24
    private static let hour: Int64 = 3_600_000

    /// The mean of each hour of the day.
    package let hourlyMeans: [Double]
    /// The standard deviation around the expected values.
    package let deviation: Double

    /// Nil when there are too few datapoints.
    package init?(training points: [MathPoint]) {
        guard points.count >= Self.pointsMin else { return nil }
        var sums = [Double](repeating: 0, count: Self.hoursOfDay), counts = sums
        for point in points {
            let hour = Int(Self.millisecondsOfDay(point.start) / Self.hour)
            sums[hour] += point.value
            counts[hour] += 1
        }
        let mean = sums.reduce(0, +) / Double(points.count)
        let means = zip(sums, counts).map { $1 > 0 ? $0 / $1 : mean }
        hourlyMeans = means
        let squares = points.reduce(0.0) { total, point in
            let difference = point.value - Self.expected(at: point.start, means)
            return total + difference * difference
        }
        deviation = (squares / Double(points.count)).squareRoot()
    }

    package func expected(at instant: SimInstant) -> Double { Self.expected(at: instant, hourlyMeans) }

    /// The bounds at an instant, `width` standard deviations around the expected value.
    package func band(at instant: SimInstant, width: Double) -> (lower: Double, upper: Double) {
        let middle = expected(at: instant)
        return (middle - width * deviation, middle + width * deviation)
    }

    private static func expected(at instant: SimInstant, _ means: [Double]) -> Double {
        // Measured from the middle of the hour before, so that the share of the later hour is 0 ..< 1.
        let fromMiddle = millisecondsOfDay(instant) + Int64(hoursOfDay) * hour - hour / 2
        let earlier = Int(fromMiddle / hour) % hoursOfDay
        let share = Double(fromMiddle % hour) / Double(hour)
        return means[earlier] * (1 - share) + means[(earlier + 1) % hoursOfDay] * share
    }

    private static func millisecondsOfDay(_ instant: SimInstant) -> Int64 {
        let day: Int64 = 86_400_000
        return (instant.millisecondsSinceEpoch % day + day) % day
    }
}
