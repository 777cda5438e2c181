import ScalingRules
import SimTime
import Testing

/// When scheduled actions run.
@Suite struct ScheduleTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let schedule: String
        var offsetHours: Int64 = 0
        /// Runs after 2026-01-05T00:00:00Z, a Monday.
        let runs: [String]
        var testDescription: String { schedule }
    }

    static let start = CivilTime(year: 2026, month: 1, day: 5)!.instant

    @Test(arguments: [
        Row(schedule: "at(2026-01-05T08:00:00)", runs: ["2026-01-05T08:00:00Z"]),
        Row(schedule: "at(2026-01-05T08:00:00)", offsetHours: 1, runs: ["2026-01-05T07:00:00Z"]),
        Row(schedule: "at(2025-01-05T08:00:00)", runs: []),
        Row(schedule: "rate(90 minutes)", runs: ["2026-01-05T01:30:00Z", "2026-01-05T03:00:00Z"]),
        Row(schedule: "rate(1 day)", runs: ["2026-01-06T00:00:00Z", "2026-01-07T00:00:00Z"]),
        Row(schedule: "cron(0 8 ? * MON-FRI *)", runs: ["2026-01-05T08:00:00Z", "2026-01-06T08:00:00Z"]),
        Row(schedule: "cron(0 8 ? * MON-FRI *)", offsetHours: -5, runs: ["2026-01-05T13:00:00Z", "2026-01-06T13:00:00Z"]),
        Row(schedule: "cron(0/20 22 * * ? *)", runs: ["2026-01-05T22:00:00Z", "2026-01-05T22:20:00Z", "2026-01-05T22:40:00Z", "2026-01-06T22:00:00Z"]),
        Row(schedule: "cron(0 0 L * ? *)", runs: ["2026-01-31T00:00:00Z", "2026-02-28T00:00:00Z"]),
        Row(schedule: "cron(0 0 ? * 2#2 *)", runs: ["2026-01-12T00:00:00Z", "2026-02-09T00:00:00Z"]),
        Row(schedule: "cron(0 0 ? * 6L *)", runs: ["2026-01-30T00:00:00Z", "2026-02-27T00:00:00Z"]),
        Row(schedule: "cron(30 6 1 JAN,JUL ? 2027)", runs: ["2027-01-01T06:30:00Z", "2027-07-01T06:30:00Z"]),
        Row(schedule: "cron(0 0 30 2 ? *)", runs: []),
    ])
    func runs(_ row: Row) throws {
        let schedule = try Schedule(parsing: row.schedule)
        var instant = Self.start, found: [String] = []
        while found.count < max(row.runs.count, 1),
              let next = schedule.next(after: instant, start: Self.start, offset: { _ in .hours(row.offsetHours) }) {
            found.append(CivilTime(next).iso8601)
            instant = next
        }
        #expect(found == row.runs)
    }

    @Test(arguments: [
        ("tomorrow", ScheduleRejection.unreadable), ("every(5 minutes)", .unreadable), ("at(2026-13-01T00:00:00)", .badInstant("2026-13-01T00:00:00")),
        ("at(2026-01-01)", .badInstant("2026-01-01")), ("rate(0 minutes)", .badRate("0 minutes")), ("rate(1 minutes)", .badRate("1 minutes")),
        ("rate(99999999999999999999 days)", .badRate("99999999999999999999 days")), ("cron(0 8 * * * *)", .bothDays),
        ("cron(60 8 * * ? *)", .badField("minutes")), ("cron(0 8 * * ?)", .unreadable), ("cron(0 8 15W * ? *)", .badField("day-of-month")),
        ("cron(0 8 ? * MON#9 *)", .badField("day-of-week")), ("cron(0/0 8 * * ? *)", .badField("minutes")),
    ])
    func refuses(_ text: String, _ rejection: ScheduleRejection) {
        #expect(throws: rejection) { try Schedule(parsing: text) }
    }
}
