package import SimTime

/// When an alarm mute rule is active: windows that begin by a cron expression or once, and last a while.
/// AWS: doc — spec/cloudwatch.md §11, mute rules.
package struct MuteSchedule: Hashable, Sendable {
    enum Start: Hashable, Sendable {
        case once(CivilTime)
        case cron([Set<Int>], isDayOfMonthFree: Bool, isDayOfWeekFree: Bool)

        func hash(into hasher: inout Hasher) {
            switch self {
            case .once(let time): hasher.combine(time.instant)
            case .cron(let fields, _, _): hasher.combine(fields)
            }
        }
    }

    package struct Malformed: Error, Hashable, Sendable {
        package let reason: String
    }

    let start: Start
    package let duration: SimDuration

    package var isOnce: Bool { if case .once = start { true } else { false } }

    // AWS: doc — spec/cloudwatch.md §11.
    private static let shortest = SimDuration.minutes(1)
    private static let longest = SimDuration.days(15)

    /// Reads `cron(m h dom mon dow)` or `at(yyyy-MM-ddThh:mm)`, and an ISO 8601 duration from PT1M to P15D.
    package init(expression: String, duration: String) throws(Malformed) {
        guard let length = Self.duration(duration), length >= Self.shortest, length <= Self.longest else {
            throw Malformed(reason: "Duration must be an ISO 8601 duration from PT1M to P15D")
        }
        self.duration = length
        if let inner = Self.inside("cron", expression) {
            start = try Self.cron(inner)
        } else if let inner = Self.inside("at", expression), let time = Self.time(inner) {
            start = .once(time)
        } else {
            throw Malformed(reason: "Expression must be cron(minutes hours day-of-month month day-of-week) or at(yyyy-MM-ddThh:mm)")
        }
    }

    /// The end of the window that holds `instant`; nil outside every window. `offset` is local time's lead over UTC.
    package func activeUntil(at instant: SimInstant, offset: (SimInstant) -> SimDuration) -> SimInstant? {
        switch start {
        case .once(let time):
            let begin = time.instant - offset(time.instant)
            return instant >= begin && instant < begin + duration ? begin + duration : nil
        case .cron:
            // The latest start decides: windows that overlap become one long one.
            var begin = instant.floored(to: .minutes(1))
            while instant - begin < duration {
                if starts(at: CivilTime(begin + offset(begin))) { return begin + duration }
                begin = begin - .minutes(1)
            }
            return nil
        }
    }

    /// Whether a schedule that runs once is over.
    package func isOver(at instant: SimInstant, offset: (SimInstant) -> SimDuration) -> Bool {
        guard case .once(let time) = start else { return false }
        return instant >= time.instant - offset(time.instant) + duration
    }

    private func starts(at time: CivilTime) -> Bool {
        guard case .cron(let fields, let anyDay, let anyWeekday) = start else { return false }
        guard fields[0].contains(time.minute), fields[1].contains(time.hour), fields[3].contains(time.month) else { return false }
        let day = fields[2].contains(time.day), weekday = fields[4].contains(time.weekday % 7)
        // As in cron: when both days are restricted, either will do.
        return anyDay || anyWeekday ? day && weekday : day || weekday
    }

    // MARK: Reading

    private static func inside(_ name: String, _ text: String) -> String? {
        guard text.hasPrefix(name + "("), text.hasSuffix(")") else { return nil }
        return String(text.dropFirst(name.count + 1).dropLast())
    }

    private static let ranges: [ClosedRange<Int>] = [0...59, 0...23, 1...31, 1...12, 0...7]
    private static let months = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
    private static let weekdays = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"]

    private static func cron(_ text: String) throws(Malformed) -> Start {
        let parts = text.split(separator: " ")
        guard parts.count == ranges.count else { throw Malformed(reason: "a cron expression has five fields") }
        var fields: [Set<Int>] = []
        for (index, part) in parts.enumerated() {
            guard var field = field(part, index) else { throw Malformed(reason: "the cron field '\(part)' is invalid") }
            // 7 is Sunday as well.
            if index == 4, field.remove(7) != nil { field.insert(0) }
            fields.append(field)
        }
        let isFree = parts.map { $0 == "*" || $0 == "?" }
        return .cron(fields, isDayOfMonthFree: isFree[2], isDayOfWeekFree: isFree[4])
    }

    /// `*`, `?`, `5`, `1-5`, `MON-FRI`, `*/15`, `0/15` and lists of them.
    private static func field(_ text: Substring, _ index: Int) -> Set<Int>? {
        let range = ranges[index]
        var values: Set<Int> = []
        for item in text.split(separator: ",", omittingEmptySubsequences: false) {
            let parts = item.split(separator: "/", omittingEmptySubsequences: false)
            guard parts.count <= 2, let step = parts.count == 2 ? Int(parts[1]) : 1, step > 0 else { return nil }
            var bounds = range
            if parts[0] != "*", parts[0] != "?" {
                let ends = parts[0].split(separator: "-", omittingEmptySubsequences: false).map { number($0, index) }
                guard (1...2).contains(ends.count), let low = ends[0], range.contains(low) else { return nil }
                let high = ends.count == 2 ? ends[1] : parts.count == 2 ? range.upperBound : low
                guard let high, range.contains(high), low <= high else { return nil }
                bounds = low...high
            }
            values.formUnion(stride(from: bounds.lowerBound, through: bounds.upperBound, by: step))
        }
        return values
    }

    private static func number(_ text: Substring, _ index: Int) -> Int? {
        if let number = Int(text) { return number }
        let name = text.uppercased()
        if index == 3 { return months.firstIndex(of: name).map { $0 + 1 } }
        return index == 4 ? weekdays.firstIndex(of: name) : nil
    }

    /// `2026-05-26T14:00`, seconds allowed.
    private static func time(_ text: String) -> CivilTime? {
        let parts = text.split(whereSeparator: { "-T:".contains($0) }).map { Int($0) }
        guard (5...6).contains(parts.count), let year = parts[0], let month = parts[1], let day = parts[2],
              let hour = parts[3], let minute = parts[4]
        else { return nil }
        guard let second = parts.count == 6 ? parts[5] : 0 else { return nil }
        return CivilTime(year: year, month: month, day: day, hour: hour, minute: minute, second: second)
    }

    /// Reads an ISO 8601 duration of weeks to seconds, such as `P1DT2H30M`; nil for anything else.
    package static func duration(_ text: String) -> SimDuration? {
        guard text.first == "P", text.count >= 3, text.count <= 16 else { return nil }
        var seconds: Int64 = 0, number = "", isTime = false
        for character in text.dropFirst() {
            if character == "T", !isTime, number.isEmpty { isTime = true; continue }
            if character.isASCII, character.isNumber { number.append(character); continue }
            let unit: Int64? = switch (character, isTime) {
            case ("W", false): 604_800
            case ("D", false): 86_400
            case ("H", true): 3600
            case ("M", true): 60
            case ("S", true): 1
            default: nil
            }
            guard let unit, let count = Int64(number), count <= 10_000_000 else { return nil }
            seconds += count * unit
            number = ""
        }
        return number.isEmpty ? .seconds(seconds) : nil
    }
}
