import AWSModel
package import SimTime

/// The texts of instants on the wire. The clock shift is not applied here but in `CodecContext`.
package enum WireTimestamp {
    /// `2026-11-22T23:47:38Z`; with milliseconds when there are any, or when `alwaysMilliseconds` asks for them.
    package static func iso8601(_ instant: SimInstant, alwaysMilliseconds: Bool = false) -> String {
        let civil = CivilTime(instant)
        return alwaysMilliseconds || civil.millisecond != 0 ? civil.iso8601Milliseconds : civil.iso8601
    }

    /// Epoch seconds with at most three decimals and at least one, e.g. `1765977780.0`, `1605418785.555`.
    // AWS: recorded — spec/cloudwatch.md §1, spec/studio.md §A1.
    package static func epochSeconds(_ instant: SimInstant) -> String {
        let milliseconds = instant.millisecondsSinceEpoch
        let seconds = (milliseconds / 1000).magnitude
        let rest = Int((milliseconds % 1000).magnitude)
        let sign = milliseconds < 0 ? "-" : ""
        if rest % 100 == 0 { return "\(sign)\(seconds).\(rest / 100)" }
        return rest % 10 == 0 ? "\(sign)\(seconds).\(padded(rest / 10))" : "\(sign)\(seconds).\(padded(rest, 3))"
    }

    /// The text of `instant` in `format`.
    static func text(_ instant: SimInstant, _ format: TimestampFormat, alwaysMilliseconds: Bool = false) -> String {
        switch format {
        case .iso8601: iso8601(instant, alwaysMilliseconds: alwaysMilliseconds)
        case .rfc822: CivilTime(instant).rfc1123
        case .unixTimestamp: epochSeconds(instant)
        }
    }

    /// Reads ISO 8601, an HTTP date or epoch seconds, whichever the text is: clients are not consistent. Nil otherwise.
    package static func parse(_ text: String) -> SimInstant? {
        let bytes = Array(text.utf8)
        guard bytes.count <= 64, let first = bytes.first else { return nil }
        if isLetter(first) { return parseHTTPDate(bytes) }
        if let instant = parseISO8601(bytes) { return instant }
        guard isDigit(first) || first == 0x2d || first == 0x2b,
              let seconds = WireNumber.double(text), seconds.isFinite else { return nil }
        return SimInstant(secondsSinceEpoch: seconds)
    }

    /// `2026-11-22`, `2026-11-22T23:47Z`, `2026-11-22T23:47:38.123456+01:00`; no zone means UTC.
    private static func parseISO8601(_ bytes: [UInt8]) -> SimInstant? {
        var cursor = Cursor(bytes: bytes)
        guard let year = cursor.number(digits: 4), cursor.skip(0x2d), let month = cursor.number(digits: 2),
              cursor.skip(0x2d), let day = cursor.number(digits: 2) else { return nil }
        guard !cursor.isAtEnd else { return CivilTime(year: year, month: month, day: day)?.instant }
        guard cursor.skip(0x54) || cursor.skip(0x74) || cursor.skip(0x20), let hour = cursor.number(digits: 2),
              cursor.skip(0x3a), let minute = cursor.number(digits: 2) else { return nil }
        var second = 0
        var millisecond = 0
        if cursor.skip(0x3a) {
            guard let digits = cursor.number(digits: 2) else { return nil }
            second = digits
            if cursor.skip(0x2e) || cursor.skip(0x2c) {
                guard let fraction = cursor.milliseconds() else { return nil }
                millisecond = fraction
            }
        }
        guard let offsetMinutes = cursor.zoneMinutes(), cursor.isAtEnd,
              let civil = CivilTime(
                year: year, month: month, day: day, hour: hour, minute: minute, second: second, millisecond: millisecond)
        else { return nil }
        return civil.instant - .minutes(Int64(offsetMinutes))
    }

    /// `Sun, 22 Nov 2026 23:47:38 GMT`; the weekday is not checked.
    private static func parseHTTPDate(_ bytes: [UInt8]) -> SimInstant? {
        var cursor = Cursor(bytes: bytes)
        guard cursor.word() != nil, cursor.skip(0x2c), cursor.skip(0x20),
              let day = cursor.number(digits: 2) ?? cursor.number(digits: 1), cursor.skip(0x20),
              let name = cursor.word(), let month = CivilTime.monthNames.firstIndex(where: { $0.hasPrefix(name) }),
              name.utf8.count == 3, cursor.skip(0x20), let year = cursor.number(digits: 4), cursor.skip(0x20),
              let hour = cursor.number(digits: 2), cursor.skip(0x3a), let minute = cursor.number(digits: 2),
              cursor.skip(0x3a), let second = cursor.number(digits: 2), cursor.skip(0x20)
        else { return nil }
        if let zone = cursor.word() {
            guard zone == "GMT" || zone == "UTC" || zone == "Z", cursor.isAtEnd else { return nil }
            return CivilTime(year: year, month: month + 1, day: day, hour: hour, minute: minute, second: second)?.instant
        }
        guard let offset = cursor.zoneMinutes(), cursor.isAtEnd,
              let civil = CivilTime(year: year, month: month + 1, day: day, hour: hour, minute: minute, second: second)
        else { return nil }
        return civil.instant - .minutes(Int64(offset))
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
    private static func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7a).contains(byte | 0x20) }

    /// Reads fixed-width fields from left to right; a failed read moves nothing.
    private struct Cursor {
        let bytes: [UInt8]
        var index = 0

        var isAtEnd: Bool { index == bytes.count }

        mutating func skip(_ byte: UInt8) -> Bool {
            guard index < bytes.count, bytes[index] == byte else { return false }
            index += 1
            return true
        }

        mutating func number(digits: Int) -> Int? {
            guard index + digits <= bytes.count else { return nil }
            var value = 0
            for byte in bytes[index..<index + digits] {
                guard isDigit(byte) else { return nil }
                value = value * 10 + Int(byte - 0x30)
            }
            index += digits
            return value
        }

        mutating func word() -> String? {
            let start = index
            while index < bytes.count, isLetter(bytes[index]) { index += 1 }
            return index > start ? String(decoding: bytes[start..<index], as: UTF8.self) : nil
        }

        /// One or more fraction digits; those beyond the third are dropped.
        mutating func milliseconds() -> Int? {
            var value = 0
            var count = 0
            while index < bytes.count, isDigit(bytes[index]) {
                if count < 3 { value = value * 10 + Int(bytes[index] - 0x30) }
                count += 1
                index += 1
            }
            guard count > 0 else { return nil }
            return count == 1 ? value * 100 : count == 2 ? value * 10 : value
        }

        /// Minutes east of Greenwich: `Z`, `+hh:mm`, `+hhmm`, `+hh` or nothing; nil for anything else.
        mutating func zoneMinutes() -> Int? {
            if isAtEnd || skip(0x5a) || skip(0x7a) { return 0 }
            let isWest = skip(0x2d)
            guard isWest || skip(0x2b), let hours = number(digits: 2), hours <= 23 else { return nil }
            _ = skip(0x3a)
            let minutes = isAtEnd ? 0 : number(digits: 2)
            guard let minutes, minutes <= 59 else { return nil }
            return (isWest ? -1 : 1) * (hours * 60 + minutes)
        }
    }
}
