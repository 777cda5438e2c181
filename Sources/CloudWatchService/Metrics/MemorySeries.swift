import MetricRules
import SimTime

/// One metric in memory: every span from `completeFrom` on, stored or not, and before it only what is not stored yet.
struct MemorySeries: Sendable {
    /// What tells one span of a series from another.
    struct SpanKey: Hashable, Sendable {
        let unit: MetricUnit
        let tier: RetentionTier
        let start: SimInstant
    }

    typealias KeyedSpan = (key: SpanKey, samples: SampleSet)

    private struct Lane: Sendable {
        let unit: MetricUnit
        let tier: RetentionTier
        var track = SpanTrack()
    }

    /// What a flush has taken and not yet committed.
    struct InFlight: Sendable {
        var spans: [SpanKey] = []
        var late: [SpanKey: SampleSet] = [:]
    }

    let key: SeriesKey
    /// Nil until the series has a row.
    var rowID: Int64?
    /// `MemorySeries.never` while nothing was loaded; `.always` for a series that has no row.
    private(set) var completeFrom: SimInstant
    /// How much of the past is kept in memory.
    var hotSpan = MemorySeries.defaultHotSpan
    /// The newest datapoint.
    private(set) var newest: SimInstant
    private var lanes: [Lane] = []
    /// Unsaved samples before `completeFrom`; a flush adds them to what is stored.
    private(set) var late: [SpanKey: SampleSet] = [:]
    var inFlight: InFlight?

    static let never = SimInstant(millisecondsSinceEpoch: .max)
    static let always = SimInstant(millisecondsSinceEpoch: .min)
    /// What the console and most alarms ask for.
    static let defaultHotSpan = SimDuration.hours(3)

    init(key: SeriesKey, rowID: Int64?, completeFrom: SimInstant, newest: SimInstant) {
        self.key = key
        self.rowID = rowID
        self.completeFrom = completeFrom
        self.newest = newest
    }

    // MARK: Booking

    mutating func book(_ booking: MetricBooking) {
        add(booking.samples, unit: booking.unit, tier: .minute, at: booking.instant)
        if booking.isHighResolution { add(booking.samples, unit: booking.unit, tier: .second, at: booking.instant) }
    }

    private mutating func add(_ samples: SampleSet, unit: MetricUnit, tier: RetentionTier, at instant: SimInstant) {
        let start = instant.floored(to: tier.span)
        newest = max(newest, start)
        if start >= completeFrom {
            lanes[lane(unit, tier)].track.merge(samples, at: start)
        } else {
            late[SpanKey(unit: unit, tier: tier, start: start), default: SampleSet()].merge(samples)
        }
    }

    /// Takes over unsaved samples that were booked before the series was known to have a row.
    mutating func addLate(_ samples: SampleSet, at key: SpanKey) { late[key, default: SampleSet()].merge(samples) }

    // MARK: Loading

    /// Takes stored spans of `from ..< completeFrom`, after which memory is complete from `from` on.
    /// Coarse spans of old data count as minutes: they only ever answer periods they add up to.
    mutating func load(_ stored: [(key: SpanKey, samples: SampleSet)], from: SimInstant) {
        guard from < completeFrom else { return }
        completeFrom = from
        for span in stored {
            let tier: RetentionTier = span.key.tier == .second ? .second : .minute
            lanes[lane(span.key.unit, tier)].track.mergeStored(span.samples, at: span.key.start)
        }
        for (key, samples) in late where key.start >= from {
            lanes[lane(key.unit, key.tier)].track.merge(samples, at: key.start)
            late[key] = nil
        }
    }

    /// Forgets spans that are stored and older than the hot span, to bound memory; while memory is short, only what
    /// alarms need or the last quarter of an hour is kept.
    mutating func trim(now: SimInstant, isMemoryShort: Bool) {
        let isDefault = hotSpan == Self.defaultHotSpan
        let horizon = now - (isMemoryShort && isDefault ? .minutes(15) : hotSpan)
        // A margin, so that trimming is done once in a while and not span by span.
        guard completeFrom != Self.never, horizon - .minutes(15) > (earliest ?? horizon) else { return }
        let unsaved = lanes.compactMap(\.track.earliestDirty).min() ?? horizon
        let bound = min(horizon, unsaved)
        guard bound > completeFrom else { return }
        for index in lanes.indices { lanes[index].track.trim(before: bound) }
        completeFrom = bound
    }

    /// The number of sample values that distributions hold.
    var keptValues: Int { lanes.reduce(0) { $1.track.spans.reduce($0) { $0 + $1.samples.keptValues } } }

    private var earliest: SimInstant? { lanes.compactMap { $0.track.spans.first?.start }.min() }

    // MARK: Saving

    var isDirty: Bool { !late.isEmpty || lanes.contains { !$0.track.dirty.isEmpty } }

    /// The spans to store whole, and the late samples to add to stored spans. They stay in flight until `commit`.
    mutating func takeUnsaved() -> (whole: [KeyedSpan], late: [KeyedSpan]) {
        var whole: [KeyedSpan] = []
        for index in lanes.indices {
            let lane = lanes[index]
            for start in lanes[index].track.takeDirty().sorted() {
                guard let samples = lane.track.span(at: start) else { continue }
                whole.append((SpanKey(unit: lane.unit, tier: lane.tier, start: start), samples))
            }
        }
        let added = late.map { (key: $0.key, samples: $0.value) }
        inFlight = InFlight(spans: whole.map(\.key), late: late)
        late = [:]
        return (whole, added)
    }

    /// Takes back what a flush took whose turn failed.
    mutating func restoreInFlight() {
        guard let lost = inFlight else { return }
        inFlight = nil
        for key in lost.spans { lanes[lane(key.unit, key.tier)].track.markDirty([key.start]) }
        for (key, samples) in lost.late {
            // Memory may have become complete further back since they were taken.
            if key.start >= completeFrom {
                lanes[lane(key.unit, key.tier)].track.merge(samples, at: key.start)
            } else {
                late[key, default: SampleSet()].merge(samples)
            }
        }
    }

    // MARK: Reading

    /// The units with data for a period in a span.
    func units(periodSeconds: Int, from: SimInstant, to: SimInstant) -> Set<MetricUnit> {
        var units: Set<MetricUnit> = []
        // A span shorter than a minute may hold seconds while its minute began before it.
        for lane in lanes where lane.tier == .minute || periodSeconds < 60 {
            if !lane.track.spans(from: from, to: to).isEmpty { units.insert(lane.unit) }
        }
        return units
    }

    /// The spans of a unit in memory, fit for a period: by the second below a minute, with minutes where there are none.
    func spans(_ unit: MetricUnit, periodSeconds: Int, from: SimInstant, to: SimInstant) -> ArraySlice<Span> {
        let minutes = lanes.first { $0.unit == unit && $0.tier == .minute }?.track.spans(from: from, to: to) ?? []
        guard periodSeconds < 60, let track = lanes.first(where: { $0.unit == unit && $0.tier == .second })?.track
        else { return minutes }
        // Minutes of which no second is known were published at standard resolution.
        let plain = minutes.filter { track.spans(from: $0.start, to: $0.start + .minutes(1)).isEmpty }
        return (track.spans(from: from, to: to) + plain).sorted { $0.start < $1.start }[...]
    }

    private mutating func lane(_ unit: MetricUnit, _ tier: RetentionTier) -> Int {
        if let index = lanes.firstIndex(where: { $0.unit == unit && $0.tier == tier }) { return index }
        lanes.append(Lane(unit: unit, tier: tier))
        return lanes.count - 1
    }
}
