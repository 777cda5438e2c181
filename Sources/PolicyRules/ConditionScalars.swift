import SimTime

/// A decimal number: sign, digits, fraction, exponent. Nil for anything else, also for `inf`, `nan` and hexadecimal.
func decimal(_ text: String) -> Double? {
    var rest = text.utf8[...]
    func takeDigits() -> Bool {
        let start = rest.startIndex
        while let byte = rest.first, isDigit(byte) { rest.removeFirst() }
        return rest.startIndex > start
    }
    func takeSign() { if rest.first == UInt8(ascii: "-") || rest.first == UInt8(ascii: "+") { rest.removeFirst() } }
    takeSign()
    guard takeDigits() else { return nil }
    if rest.first == UInt8(ascii: ".") {
        rest.removeFirst()
        guard takeDigits() else { return nil }
    }
    if rest.first == UInt8(ascii: "e") || rest.first == UInt8(ascii: "E") {
        rest.removeFirst()
        takeSign()
        guard takeDigits() else { return nil }
    }
    return rest.isEmpty ? Double(text) : nil
}

/// `true` or `false` in any case.
func boolean(_ text: String) -> Bool? {
    switch text.lowercased() {
    case "true": true
    case "false": false
    default: nil
    }
}

/// A date as ISO 8601 (year, month, day, or with a time and zone) or as seconds since the epoch.
/// AWS: doc — IAM condition operators, date: "W3C implementations of the ISO 8601 date formats or epoch time".
/// AWS: inferred — four digits are a year, and a time without a zone is UTC.
func instant(_ text: String) -> SimInstant? {
    if text.utf8.count != 4, !text.isEmpty, text.utf8.allSatisfy(isDigit) {
        // The last second of the year 9999 bounds what the multiplication has to hold.
        guard let seconds = Int64(text), seconds <= 253_402_300_799 else { return nil }
        return SimInstant(millisecondsSinceEpoch: seconds * 1000)
    }
    let halves = text.split(separator: "T", maxSplits: 1, omittingEmptySubsequences: false)
    let date = halves[0].split(separator: "-", omittingEmptySubsequences: false)
    guard date.count <= 3, halves.count == 1 || date.count == 3, let year = digits(date[0], 4),
          let month = date.count > 1 ? digits(date[1], 2) : 1, let day = date.count > 2 ? digits(date[2], 2) : 1
    else { return nil }
    guard let time = halves.count == 2 ? TimeOfDay(halves[1]) : TimeOfDay(), let civil = CivilTime(
        year: year, month: month, day: day, hour: time.hour, minute: time.minute, second: time.second,
        millisecond: time.millisecond)
    else { return nil }
    return civil.instant - .minutes(Int64(time.offsetMinutes))
}

/// `hh:mm`, `hh:mm:ss` or `hh:mm:ss.f…` with `Z`, `±hh:mm` or nothing.
private struct TimeOfDay {
    var hour = 0
    var minute = 0
    var second = 0
    var millisecond = 0
    /// East of Greenwich is positive.
    var offsetMinutes = 0

    init() {}

    init?(_ text: Substring) {
        var clock = text
        if text.hasSuffix("Z") {
            clock = text.dropLast()
        } else if let sign = text.lastIndex(where: { $0 == "+" || $0 == "-" }) {
            let zone = text[text.index(after: sign)...].split(separator: ":", omittingEmptySubsequences: false)
            guard zone.count == 2, let hours = digits(zone[0], 2), let minutes = digits(zone[1], 2),
                  hours < 24, minutes < 60 else { return nil }
            offsetMinutes = (hours * 60 + minutes) * (text[sign] == "-" ? -1 : 1)
            clock = text[..<sign]
        }
        let parts = clock.split(separator: ":", omittingEmptySubsequences: false)
        guard (2...3).contains(parts.count), let hour = digits(parts[0], 2), let minute = digits(parts[1], 2)
        else { return nil }
        (self.hour, self.minute) = (hour, minute)
        guard parts.count == 3 else { return }
        let seconds = parts[2].split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard let second = digits(seconds[0], 2) else { return nil }
        self.second = second
        guard seconds.count == 2 else { return }
        guard !seconds[1].isEmpty, seconds[1].utf8.allSatisfy(isDigit),
              let millisecond = digits((seconds[1] + "00").prefix(3), 3) else { return nil }
        self.millisecond = millisecond
    }
}

/// A number written with exactly that many digits.
private func digits(_ text: Substring, _ count: Int) -> Int? {
    text.utf8.count == count && text.utf8.allSatisfy(isDigit) ? Int(text) : nil
}

private func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
