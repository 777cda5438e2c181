import MetricRules
import SimTime

/// Samples from `start` on, for as long as their track's granularity says.
typealias Span = (start: SimInstant, samples: SampleSet)

/// The spans of one metric and unit at one granularity, in ascending order.
struct SpanTrack: Sendable {
    private(set) var spans: [Span] = []
    /// Starts of spans that differ from what is stored.
    private(set) var dirty: Set<SimInstant> = []

    /// Adds samples to the span at `start`.
    mutating func merge(_ samples: SampleSet, at start: SimInstant) {
        dirty.insert(start)
        mergeStored(samples, at: start)
    }

    /// Adds samples that are stored already.
    mutating func mergeStored(_ samples: SampleSet, at start: SimInstant) {
        // Nearly everything happens in the newest span or behind it.
        if let last = spans.last, last.start == start {
            spans[spans.count - 1].samples.merge(samples)
            return
        }
        let index = lowerBound(start)
        if index < spans.count, spans[index].start == start {
            spans[index].samples.merge(samples)
        } else {
            spans.insert((start, samples), at: index)
        }
    }

    func span(at start: SimInstant) -> SampleSet? {
        let index = lowerBound(start)
        return index < spans.count && spans[index].start == start ? spans[index].samples : nil
    }

    func spans(from: SimInstant, to: SimInstant) -> ArraySlice<Span> {
        let low = lowerBound(from)
        return spans[low..<max(low, lowerBound(to))]
    }

    /// Takes the marks of unsaved spans.
    mutating func takeDirty() -> Set<SimInstant> {
        defer { dirty = [] }
        return dirty
    }

    mutating func markDirty(_ starts: Set<SimInstant>) { dirty.formUnion(starts) }

    /// The earliest span that is not stored yet.
    var earliestDirty: SimInstant? { dirty.min() }

    /// Drops the spans before `horizon`, all of which must be stored.
    mutating func trim(before horizon: SimInstant) {
        let end = lowerBound(horizon)
        if end > 0 { spans.removeFirst(end) }
    }

    private func lowerBound(_ start: SimInstant) -> Int {
        if let last = spans.last, last.start < start { return spans.count }
        var low = 0, high = spans.count
        while low < high {
            let middle = (low + high) / 2
            if spans[middle].start < start { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
