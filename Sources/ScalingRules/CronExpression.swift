package import SimTime

/// A cron expression of AWS's: minutes, hours, day of month, month, day of week, year.
// AWS: doc — "Cron expressions": lists, ranges, steps, names, `?`, `L`, `#`; `W` is refused here.
package struct CronExpression: Equatable, Sendable {
    private var minutes: [Int]
    private var hours: [Int]
    private var days: Days
    private var months: Set<Int>
    private var years: Set<Int>

    private enum Days: Equatable, Sendable {
        case ofMonth(Set<Int>, orLast: Bool)
        /// 1 is Sunday. `nth` counts within the month; `last` is the last of its kind.
        case ofWeek(Set<Int>)
        case nthOfWeek(day: Int, nth: Int)
        case lastOfWeek(day: Int)
    }

    private static let monthNames = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
    private static let dayNames = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]
    private static let allYears = 1970...2199
    /// How far ahead a run is looked for.
    private static let searchDays = 366 * 10

    package init(parsing text: String) throws(ScheduleRejection) {
        let fields = text.split(separator: " ").map { $0.uppercased() }
        guard fields.count == 6 else { throw .unreadable }
        minutes = try Self.values(fields[0], 0...59, "minutes").sorted()
        hours = try Self.values(fields[1], 0...23, "hours").sorted()
        months = try Self.values(fields[3], 1...12, "month", names: Self.monthNames)
        years = try Self.values(fields[5], Self.allYears, "year")
        switch (fields[2] == "?", fields[4] == "?") {
        case (false, true): days = try Self.daysOfMonth(fields[2])
        case (true, false): days = try Self.daysOfWeek(fields[4])
        case (true, true), (false, false): throw .bothDays
        }
    }

    /// The first run after a wall-clock reading, both as instants of UTC; nil when there is none within ten years.
    package func next(after wall: SimInstant) -> SimInstant? {
        var day = wall.floored(to: .days(1))
        for _ in 0..<Self.searchDays {
            if runs(on: CivilTime(day)) {
                for hour in hours {
                    for minute in minutes {
                        let run = day + .hours(Int64(hour)) + .minutes(Int64(minute))
                        if run > wall { return run }
                    }
                }
            }
            day = day + .days(1)
        }
        return nil
    }

    private func runs(on day: CivilTime) -> Bool {
        guard years.contains(day.year), months.contains(day.month) else { return false }
        // 1 is Sunday here, Monday in CivilTime.
        let weekday = day.weekday % 7 + 1
        let isLastWeek = CivilTime(year: day.year, month: day.month, day: day.day + 7) == nil
        switch days {
        case .ofMonth(let set, let orLast):
            return set.contains(day.day) || (orLast && CivilTime(year: day.year, month: day.month, day: day.day + 1) == nil)
        case .ofWeek(let set): return set.contains(weekday)
        case .nthOfWeek(let wanted, let nth): return weekday == wanted && (day.day - 1) / 7 + 1 == nth
        case .lastOfWeek(let wanted): return weekday == wanted && isLastWeek
        }
    }

    // MARK: Fields

    private static func daysOfMonth(_ field: String) throws(ScheduleRejection) -> Days {
        var plain: [String] = [], orLast = false
        for part in field.split(separator: ",", omittingEmptySubsequences: false) {
            if part == "L" { orLast = true } else { plain.append(String(part)) }
        }
        let set = plain.isEmpty && orLast ? [] : try values(plain.joined(separator: ","), 1...31, "day-of-month")
        return .ofMonth(set, orLast: orLast)
    }

    private static func daysOfWeek(_ field: String) throws(ScheduleRejection) -> Days {
        let halves = field.split(separator: "#", omittingEmptySubsequences: false)
        if halves.count == 2 {
            let set = try values(String(halves[0]), 1...7, "day-of-week", names: dayNames)
            guard set.count == 1, let day = set.first, let nth = Int(halves[1]), (1...5).contains(nth)
            else { throw .badField("day-of-week") }
            return .nthOfWeek(day: day, nth: nth)
        }
        if field == "L" { return .ofWeek([7]) }
        if field.hasSuffix("L"), field.count > 1 {
            let set = try values(String(field.dropLast()), 1...7, "day-of-week", names: dayNames)
            guard set.count == 1, let day = set.first else { throw .badField("day-of-week") }
            return .lastOfWeek(day: day)
        }
        return .ofWeek(try values(field, 1...7, "day-of-week", names: dayNames))
    }

    /// A list of values, ranges and steps within bounds.
    private static func values(
        _ field: String, _ bounds: ClosedRange<Int>, _ name: String, names: [String] = []
    ) throws(ScheduleRejection) -> Set<Int> {
        func value(_ text: Substring) -> Int? {
            if let index = names.firstIndex(of: String(text)) { return index + bounds.lowerBound }
            guard text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = Int(text), bounds.contains(number)
            else { return nil }
            return number
        }
        var set: Set<Int> = []
        for part in field.split(separator: ",", omittingEmptySubsequences: false) {
            let halves = part.split(separator: "/", omittingEmptySubsequences: false)
            guard halves.count <= 2, let head = halves.first else { throw .badField(name) }
            var range: ClosedRange<Int>
            let ends = head.split(separator: "-", omittingEmptySubsequences: false)
            if head == "*" {
                range = bounds
            } else if ends.count == 2, let low = value(ends[0]), let high = value(ends[1]), low <= high {
                range = low...high
            } else if let single = value(head) {
                range = single...(halves.count == 2 ? bounds.upperBound : single)
            } else {
                throw .badField(name)
            }
            var step = 1
            if halves.count == 2 {
                guard let number = Int(halves[1]), number > 0, number <= bounds.upperBound else { throw .badField(name) }
                step = number
            }
            set.formUnion(stride(from: range.lowerBound, through: range.upperBound, by: step))
        }
        return set
    }
}
