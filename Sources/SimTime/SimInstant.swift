/// A point of simulated time: whole milliseconds since the Unix epoch.
package struct SimInstant: Hashable, Comparable, Sendable, Codable, CustomStringConvertible {
    package var millisecondsSinceEpoch: Int64

    package init(millisecondsSinceEpoch: Int64) { self.millisecondsSinceEpoch = millisecondsSinceEpoch }

    /// Rounds to the nearest millisecond; values outside ±292 million years are clamped.
    package init(secondsSinceEpoch: Double) {
        let milliseconds = (secondsSinceEpoch * 1000).rounded()
        millisecondsSinceEpoch = Int64(max(-9.2e18, min(9.2e18, milliseconds.isNaN ? 0 : milliseconds)))
    }

    package var secondsSinceEpoch: Double { Double(millisecondsSinceEpoch) / 1000 }

    package static func < (a: SimInstant, b: SimInstant) -> Bool { a.millisecondsSinceEpoch < b.millisecondsSinceEpoch }
    package static func + (a: SimInstant, b: SimDuration) -> SimInstant {
        SimInstant(millisecondsSinceEpoch: a.millisecondsSinceEpoch &+ b.milliseconds)
    }
    package static func - (a: SimInstant, b: SimDuration) -> SimInstant {
        SimInstant(millisecondsSinceEpoch: a.millisecondsSinceEpoch &- b.milliseconds)
    }
    package static func - (a: SimInstant, b: SimInstant) -> SimDuration {
        SimDuration(milliseconds: a.millisecondsSinceEpoch &- b.millisecondsSinceEpoch)
    }

    /// The latest multiple of `step` since the epoch that is not after this instant. `step` must be positive.
    package func floored(to step: SimDuration) -> SimInstant {
        let rest = millisecondsSinceEpoch % step.milliseconds
        return SimInstant(millisecondsSinceEpoch: millisecondsSinceEpoch - (rest < 0 ? rest + step.milliseconds : rest))
    }

    /// ISO 8601 in UTC with milliseconds, for logs and tests.
    package var description: String { CivilTime(self).iso8601Milliseconds }

    package init(from decoder: any Decoder) throws {
        millisecondsSinceEpoch = try decoder.singleValueContainer().decode(Int64.self)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(millisecondsSinceEpoch)
    }
}

/// A length of simulated time in whole milliseconds; may be negative.
package struct SimDuration: Hashable, Comparable, Sendable, Codable {
    package var milliseconds: Int64

    package init(milliseconds: Int64) { self.milliseconds = milliseconds }

    package static let zero = SimDuration(milliseconds: 0)
    package static func milliseconds(_ count: Int64) -> SimDuration { SimDuration(milliseconds: count) }
    package static func seconds(_ count: Int64) -> SimDuration { SimDuration(milliseconds: count * 1000) }
    package static func minutes(_ count: Int64) -> SimDuration { SimDuration(milliseconds: count * 60_000) }
    package static func hours(_ count: Int64) -> SimDuration { SimDuration(milliseconds: count * 3_600_000) }
    package static func days(_ count: Int64) -> SimDuration { SimDuration(milliseconds: count * 86_400_000) }

    package var seconds: Double { Double(milliseconds) / 1000 }

    package static func < (a: SimDuration, b: SimDuration) -> Bool { a.milliseconds < b.milliseconds }
    package static func + (a: SimDuration, b: SimDuration) -> SimDuration { .init(milliseconds: a.milliseconds &+ b.milliseconds) }
    package static func - (a: SimDuration, b: SimDuration) -> SimDuration { .init(milliseconds: a.milliseconds &- b.milliseconds) }
    package static func * (a: SimDuration, b: Int64) -> SimDuration { .init(milliseconds: a.milliseconds &* b) }

    package init(from decoder: any Decoder) throws {
        milliseconds = try decoder.singleValueContainer().decode(Int64.self)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(milliseconds)
    }
}
