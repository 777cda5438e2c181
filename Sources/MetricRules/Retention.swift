package import SimTime

/// The granularities in which CloudWatch keeps data as it ages. AWS: doc — spec/cloudwatch.md §2.
package enum RetentionTier: Int, CaseIterable, Hashable, Sendable, Comparable {
    case second = 1
    case minute = 60
    case fiveMinutes = 300
    case hour = 3600

    /// The length of one kept span.
    package var span: SimDuration { .seconds(Int64(rawValue)) }

    /// The age after which the tier forgets a span.
    package var keeps: SimDuration {
        switch self {
        case .second: .hours(3)
        case .minute: .days(15)
        case .fiveMinutes: .days(63)
        case .hour: .days(455)
        }
    }

    /// Where spans go that have outlived this tier. Seconds go nowhere: whatever is kept by the second was
    /// booked by the minute as well.
    package var successor: RetentionTier? {
        switch self {
        case .second, .hour: nil
        case .minute: .fiveMinutes
        case .fiveMinutes: .hour
        }
    }

    package static func < (a: RetentionTier, b: RetentionTier) -> Bool { a.rawValue < b.rawValue }

    /// The coarsest tier whose spans add up to a period of so many seconds: the oldest data it can reach.
    package static func coarsest(forPeriodSeconds period: Int) -> RetentionTier {
        allCases.last { period % $0.rawValue == 0 } ?? .second
    }

    /// The first instant that a query of that period can still reach.
    package static func horizon(periodSeconds: Int, now: SimInstant) -> SimInstant {
        now - coarsest(forPeriodSeconds: periodSeconds).keeps
    }
}

/// Moves spans into the tier above: each group of spans that share a coarser span becomes one set.
/// `spans` are in ascending order of start; so is the result.
package func rolledUp(
    _ spans: some Sequence<(start: SimInstant, samples: SampleSet)>, into tier: RetentionTier
) -> [(start: SimInstant, samples: SampleSet)] {
    var result: [(start: SimInstant, samples: SampleSet)] = []
    for span in spans {
        let start = span.start.floored(to: tier.span)
        if result.last?.start == start {
            result[result.count - 1].samples.merge(span.samples)
        } else {
            result.append((start, span.samples))
        }
    }
    return result
}
