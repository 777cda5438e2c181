import MetricRules
import SimTime
import Timeline

/// A minute of a metric that has changed since it was last asked for.
struct MarkedMinute: Sendable {
    let key: SeriesKey
    let unit: MetricUnit
    let start: SimInstant
    /// All its samples.
    let samples: SampleSet
}

/// Minutes that metric streams have yet to send. Kept in memory only: what was booked in the minute before a crash is
/// stored, but not streamed.
struct MinuteMarks: Sendable {
    struct Mark: Hashable, Sendable {
        let position: Int
        let unit: MetricUnit
        let start: SimInstant
    }

    /// Beyond this many, further ones are not sent: a stream must not exhaust memory.
    private static let marksMax = 200_000

    private(set) var isOn = true
    private var marks: Set<Mark> = []

    mutating func turn(_ isOn: Bool) {
        self.isOn = isOn
        if !isOn { marks = [] }
    }

    mutating func add(_ position: Int, _ booking: MetricBooking) {
        guard isOn, marks.count < Self.marksMax else { return }
        marks.insert(Mark(position: position, unit: booking.unit, start: booking.instant.floored(to: .minutes(1))))
    }

    /// Takes the marks of minutes that begin before an instant, in order.
    mutating func take(before end: SimInstant) -> [Mark] {
        let due = marks.filter { $0.start < end }
        marks.subtract(due)
        return due.sorted { a, b in
            (a.position, a.start, a.unit.rawValue) < (b.position, b.start, b.unit.rawValue)
        }
    }
}
