/// A UTC calendar reading of an instant, computed without Foundation (proleptic Gregorian calendar).
package struct CivilTime: Equatable, Sendable {
    package var year: Int
    /// 1–12.
    package var month: Int
    /// 1–31.
    package var day: Int
    package var hour: Int
    package var minute: Int
    package var second: Int
    package var millisecond: Int
    /// 1 is Monday, 7 is Sunday.
    package var weekday: Int

    package init(_ instant: SimInstant) {
        let perDay: Int64 = 86_400_000
        var days = instant.millisecondsSinceEpoch / perDay
        var rest = instant.millisecondsSinceEpoch % perDay
        if rest < 0 { rest += perDay; days -= 1 }
        millisecond = Int(rest % 1000)
        second = Int(rest / 1000 % 60)
        minute = Int(rest / 60_000 % 60)
        hour = Int(rest / 3_600_000)
        weekday = Int(((days + 3) % 7 + 7) % 7) + 1
        // Days since 0000-03-01, in 400-year eras of 146,097 days.
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        day = Int(dayOfYear - (153 * shiftedMonth + 2) / 5) + 1
        month = Int(shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9)
        year = Int(yearOfEra + era * 400) + (month <= 2 ? 1 : 0)
    }

    /// Nil when a field is outside its range (months with fewer days included; second 60 is read as 59).
    package init?(year: Int, month: Int, day: Int, hour: Int = 0, minute: Int = 0, second: Int = 0, millisecond: Int = 0) {
        guard (-9999...9999).contains(year), (1...12).contains(month), (0...23).contains(hour),
              (0...59).contains(minute), (0...60).contains(second), (0...999).contains(millisecond),
              day >= 1, day <= CivilTime.days(inMonth: month, year: year) else { return nil }
        let instant = CivilTime.instant(year, month, day, hour, minute, min(second, 59), millisecond)
        self.init(instant)
    }

    /// The instant this reading names.
    package var instant: SimInstant {
        CivilTime.instant(year, month, day, hour, minute, second, millisecond)
    }

    /// `2026-11-22T23:47:38Z`.
    package var iso8601: String {
        "\(padded(year, 4))-\(padded(month))-\(padded(day))T\(padded(hour)):\(padded(minute)):\(padded(second))Z"
    }

    /// `2026-11-22T23:47:38.120Z`.
    package var iso8601Milliseconds: String {
        "\(padded(year, 4))-\(padded(month))-\(padded(day))T\(padded(hour)):\(padded(minute)):\(padded(second)).\(padded(millisecond, 3))Z"
    }

    /// `Sun, 22 Nov 2026 23:47:38 GMT`, the form of HTTP dates (RFC 9110 §5.6.7).
    package var rfc1123: String {
        "\(CivilTime.weekdayNames[weekday - 1].prefix(3)), \(padded(day)) \(CivilTime.monthNames[month - 1].prefix(3)) \(padded(year, 4)) \(padded(hour)):\(padded(minute)):\(padded(second)) GMT"
    }

    package static let weekdayNames = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
    package static let monthNames = [
        "January", "February", "March", "April", "May", "June",
        "July", "August", "September", "October", "November", "December",
    ]

    private static func days(inMonth month: Int, year: Int) -> Int {
        switch month {
        case 2: (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    private static func instant(
        _ year: Int, _ month: Int, _ day: Int, _ hour: Int, _ minute: Int, _ second: Int, _ millisecond: Int
    ) -> SimInstant {
        let shiftedYear = Int64(month <= 2 ? year - 1 : year)
        let era = (shiftedYear >= 0 ? shiftedYear : shiftedYear - 399) / 400
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = Int64((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1)
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        let days = era * 146_097 + dayOfEra - 719_468
        let seconds = days * 86_400 + Int64(hour * 3600 + minute * 60 + second)
        return SimInstant(millisecondsSinceEpoch: seconds * 1000 + Int64(millisecond))
    }
}

/// `number` in decimal, zero-padded on the left to `width` digits.
package func padded(_ number: Int, _ width: Int = 2) -> String {
    let digits = String(abs(number))
    let zeros = String(repeating: "0", count: max(0, width - digits.count))
    return (number < 0 ? "-" : "") + zeros + digits
}
