package import SimTime

/// How often an endpoint publishes its metrics.
// AWS: doc — API reference of MetricsConfig: the frequency holds for utilisation, and for invocations too once enhanced
// metrics are on.
package struct MetricPace: Hashable, Sendable {
    package let utilization: SimDuration
    package let invocations: SimDuration

    /// A minute, whatever is counted.
    package static let standard = MetricPace(frequencySeconds: nil, isEnhanced: false)
    /// That of the metrics of concurrency, whatever the configuration says.
    // AWS: doc — spec/hosting.md §D.1.
    package static let concurrency = SimDuration.seconds(10)

    package init(frequencySeconds: Int?, isEnhanced: Bool) {
        let frequency = SimDuration.seconds(Int64(frequencySeconds ?? 60))
        utilization = frequency
        invocations = isEnhanced ? frequency : .minutes(1)
    }

    /// Whether something is published between minutes that is not published so for every endpoint.
    package var isFast: Bool { utilization < .minutes(1) || invocations < .minutes(1) }
}

/// A span of time whose events become one datapoint; it begins on a multiple of its length.
package struct PublishedSpan: Hashable, Sendable {
    package let start: SimInstant
    package let length: SimDuration

    package init(containing instant: SimInstant, length: SimDuration) {
        start = instant.floored(to: length)
        self.length = length
    }

    package var end: SimInstant { start + length }

    package func contains(_ instant: SimInstant) -> Bool { instant >= start && instant < end }

    /// Where the datapoint lies: at the start, or in the last minute of a longer span, so that an alarm of a shorter period
    /// that is evaluated when it comes does see it.
    // AWS: inferred — the pace is documented, the timestamp is not.
    package var timestamp: SimInstant { length > .minutes(1) ? end - .minutes(1) : start }

    /// Whether the datapoint can be seen below a minute.
    package var isHighResolution: Bool { length < .minutes(1) }

    /// Whether what was counted so far may be shown before the span is over. A longer one comes at its pace.
    package var grows: Bool { length <= .minutes(1) }
}

/// Which spans of one metric are published already. What is asked for late is made up for, within bounds.
package struct SpanCursor: Sendable {
    package let length: SimDuration
    private var next: SimInstant

    /// Spans longer ago than this are not made up for.
    private static let backlogMax = SimDuration.minutes(10)

    /// Begins with the span under way at an instant, or with the one that ends just then: whoever is there at the end of
    /// a span is published.
    package init(length: SimDuration, at instant: SimInstant) {
        self.length = length
        let floored = instant.floored(to: length)
        next = floored == instant ? floored - length : floored
    }

    /// The same at another pace: goes on where this one stood, with the span that this is in, so that a change of pace
    /// loses nothing.
    package func continued(length: SimDuration) -> SpanCursor {
        length == self.length ? self : SpanCursor(length: length, next: next.floored(to: length))
    }

    private init(length: SimDuration, next: SimInstant) { (self.length, self.next) = (length, next) }

    /// The spans that are over by an instant and were not taken before, oldest first.
    package mutating func take(until instant: SimInstant) -> [PublishedSpan] {
        let last = instant.floored(to: length)
        if last - next > Self.backlogMax + length { next = last - length }
        var spans: [PublishedSpan] = []
        while next < last {
            spans.append(PublishedSpan(containing: next, length: length))
            next = next + length
        }
        return spans
    }
}
