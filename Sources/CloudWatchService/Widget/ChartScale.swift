import MetricRules
import SimTime

/// Where values lie on a vertical axis, and its round marks.
struct ValueScale: Sendable {
    let low: Double
    let high: Double
    let marks: [Double]

    /// Covers some values; given bounds are kept as they are.
    init(covering values: [Double], minimum: Double? = nil, maximum: Double? = nil, markCount: Int = 5) {
        var low = minimum ?? values.min() ?? 0, high = maximum ?? values.max() ?? 1
        if minimum == nil, low > 0, low < high * 0.5 { low = 0 }
        if low >= high {
            // A flat line lies in the middle.
            let room = max(abs(low) * 0.1, 0.5)
            low = minimum ?? low - room
            high = max(maximum ?? high + room, low + room)
        }
        let step = Self.roundStep((high - low) / Double(markCount))
        if minimum == nil { low = (low / step).rounded(.down) * step }
        if maximum == nil { high = (high / step).rounded(.up) * step }
        self.low = low
        self.high = high
        let first = (low / step).rounded(.up), last = (high / step).rounded(.down)
        marks = last - first > 50 || first > last ? [low, high] : stride(from: first, through: last, by: 1).map { $0 * step }
    }

    /// 0 at the bottom, 1 at the top.
    func share(_ value: Double) -> Double {
        let share = (value - low) / (high - low)
        return share.isFinite ? share : 0.5
    }

    /// 1, 2 or 5 times a power of ten, not below a step.
    private static func roundStep(_ step: Double) -> Double {
        var power = 1.0
        while power * 10 <= step, power < 1e300 { power *= 10 }
        while power > step, power > 1e-300 { power /= 10 }
        return [1.0, 2, 5, 10].first { $0 * power >= step * 0.999999 }.map { $0 * power } ?? power * 10
    }

    /// `1.5K`, `20M`.
    static func shown(_ value: Double) -> String {
        for (size, letter) in [(1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "K")] where abs(value) >= size {
            return trimmed(value / size) + letter
        }
        return trimmed(value)
    }

    /// At most three decimals.
    private static func trimmed(_ value: Double) -> String {
        if value != 0, abs(value) < 0.001 { return javaDouble(value) }
        return plainNumber((value * 1000).rounded() / 1000)
    }
}

/// The marks of a time axis.
enum TimeMarks {
    private static let stepsMinutes: [Int64] = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 10_080, 20_160, 43_200]

    /// Round instants of local time and their labels. `shown` is local time's lead over the instant.
    static func marks(from: SimInstant, to: SimInstant, atMost count: Int, shown: SimDuration) -> [(instant: SimInstant, label: String)] {
        let minutes = max(1, (to - from).milliseconds / 60_000)
        let step = stepsMinutes.first { minutes / $0 <= Int64(max(1, count)) } ?? minutes
        var marks: [(SimInstant, String)] = []
        var local = (from + shown).floored(to: .minutes(step))
        while local <= to + shown {
            if local >= from + shown {
                let time = CivilTime(local)
                marks.append((local - shown, step >= 1440
                    ? "\(padded(time.month))/\(padded(time.day))" : "\(padded(time.hour)):\(padded(time.minute))"))
            }
            local = local + .minutes(step)
        }
        return marks
    }
}
