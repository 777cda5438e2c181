package import SimTime

/// Why a schedule is refused. Its owner words it.
package enum ScheduleRejection: Error, Equatable, Sendable {
    /// Not of the form at(…), rate(…) or cron(…).
    case unreadable
    case badInstant(String)
    case badRate(String)
    /// The named field of a cron expression is wrong.
    case badField(String)
    /// Exactly one of day of month and day of week must be `?`.
    case bothDays
}

/// When a scheduled action runs: `at(2026-01-05T08:00:00)`, `rate(15 minutes)` or `cron(0 8 ? * MON-FRI *)`.
// AWS: doc — "Schedule recurring scaling actions using cron expressions", PutScheduledAction.
package enum Schedule: Equatable, Sendable {
    /// A wall-clock reading, kept as the instant it would be in UTC.
    case at(SimInstant)
    case rate(SimDuration)
    case cron(CronExpression)

    /// What a time zone says: its offset from UTC at an instant.
    package typealias Offset = (SimInstant) -> SimDuration

    package init(parsing text: String) throws(ScheduleRejection) {
        guard text.hasSuffix(")"), let open = text.firstIndex(of: "(") else { throw .unreadable }
        let body = String(text[text.index(after: open)...].dropLast())
        switch text[..<open] {
        case "at": self = .at(try Self.wallClock(body))
        case "rate": self = .rate(try Self.period(body))
        case "cron": self = .cron(try CronExpression(parsing: body))
        default: throw .unreadable
        }
    }

    /// The first run after `instant`; nil when there is none. A rate counts from `start`.
    package func next(after instant: SimInstant, start: SimInstant, offset: Offset) -> SimInstant? {
        switch self {
        case .at(let wall):
            let run = Self.instant(ofWallClock: wall, offset)
            return run > instant ? run : nil
        case .rate(let period):
            if instant < start { return start }
            let passed = (instant - start).milliseconds / period.milliseconds
            return start + period * (passed + 1)
        case .cron(let expression):
            var wall = instant + offset(instant)
            // A clock that is set back shows the same reading twice: the run is after the instant in any case.
            for _ in 0..<4 {
                guard let next = expression.next(after: wall) else { return nil }
                let run = Self.instant(ofWallClock: next, offset)
                if run > instant { return run }
                wall = next
            }
            return nil
        }
    }

    private static func instant(ofWallClock wall: SimInstant, _ offset: Offset) -> SimInstant {
        // The offset at the reading itself is near enough to find the one that holds.
        let guess = wall - offset(wall)
        return wall - offset(guess)
    }

    private static func wallClock(_ text: String) throws(ScheduleRejection) -> SimInstant {
        let halves = text.split(separator: "T", omittingEmptySubsequences: false)
        guard halves.count == 2 else { throw .badInstant(text) }
        let date = halves[0].split(separator: "-", omittingEmptySubsequences: false)
        let time = halves[1].split(separator: ":", omittingEmptySubsequences: false)
        let numbers = (date + time).compactMap { part in
            part.allSatisfy(\.isASCII) && part.first?.isNumber == true && part.count <= 4 ? Int(part) : nil
        }
        guard date.count == 3, time.count == 3, numbers.count == 6,
              let civil = CivilTime(
                year: numbers[0], month: numbers[1], day: numbers[2], hour: numbers[3], minute: numbers[4], second: numbers[5])
        else { throw .badInstant(text) }
        return civil.instant
    }

    private static func period(_ text: String) throws(ScheduleRejection) -> SimDuration {
        let words = text.split(separator: " ")
        guard words.count == 2, let count = Int64(words[0]), count > 0, count <= 1_000_000 else { throw .badRate(text) }
        // AWS: doc — the unit is singular for 1 and plural otherwise.
        switch (words[1], count == 1) {
        case ("minute", true), ("minutes", false): return .minutes(count)
        case ("hour", true), ("hours", false): return .hours(count)
        case ("day", true), ("days", false): return .days(count)
        default: throw .badRate(text)
        }
    }
}
