package import SimTime

/// What an anomaly detector says of how its band is learned.
package struct BandSettings: Hashable, Sendable {
    /// What is not learned from.
    package var excluded: [Range<SimInstant>]
    /// Local time's lead over UTC.
    package var offset: SimDuration

    package init(excluded: [Range<SimInstant>] = [], offset: SimDuration = .zero) {
        self.excluded = excluded
        self.offset = offset
    }
}

/// The expected range of a metric, by hour of the day.
///
/// AWS documents no model, so this is Coldframe's own, chosen to be explainable: the last fourteen days are averaged for
/// each hour of the day (UTC, or the detector's time zone); an hour without data takes the overall mean. The expected value at an instant is
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
    /// Local time's lead over UTC where hours of the day are counted.
    package let offset: SimDuration

    /// Nil when there are too few datapoints besides those that are excluded.
    package init?(training points: [MathPoint], settings: BandSettings = BandSettings()) {
        let points = points.filter { point in !settings.excluded.contains { $0.contains(point.start) } }
        offset = settings.offset
        guard points.count >= Self.pointsMin else { return nil }
        var sums = [Double](repeating: 0, count: Self.hoursOfDay), counts = sums
        for point in points {
            let hour = Int(Self.millisecondsOfDay(point.start + settings.offset) / Self.hour)
            sums[hour] += point.value
            counts[hour] += 1
        }
        let mean = sums.reduce(0, +) / Double(points.count)
        let means = zip(sums, counts).map { $1 > 0 ? $0 / $1 : mean }
        hourlyMeans = means
        let squares = points.reduce(0.0) { total, point in
            let difference = point.value - Self.expected(at: point.start + settings.offset, means)
            return total + difference * difference
        }
        deviation = (squares / Double(points.count)).squareRoot()
    }

    package func expected(at instant: SimInstant) -> Double { Self.expected(at: instant + offset, hourlyMeans) }

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
