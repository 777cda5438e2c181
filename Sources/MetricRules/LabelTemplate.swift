package import SimTime

/// A GetMetricData label with dynamic values, such as `${LABEL} [max: ${MAX}]`.
/// AWS: doc for the values; how they print is inferred — spec/cloudwatch.md §5.
package struct LabelTemplate: Hashable, Sendable {
    package enum Malformed: Error, Equatable, Sendable {
        /// More than five dynamic values.
        case tooManyValues
        /// `${LABEL}` more than once.
        case repeatedLabel
        /// No such dynamic value.
        case unknownValue(String)
    }

    fileprivate enum Piece: Hashable, Sendable {
        case text(String)
        case value(Value)
        case property(String)
    }

    fileprivate enum Value: String, CaseIterable, Hashable, Sendable {
        case average = "AVG", datapointCount = "DATAPOINT_COUNT", first = "FIRST", firstLastRange = "FIRST_LAST_RANGE"
        case firstLastTimeRange = "FIRST_LAST_TIME_RANGE", firstTime = "FIRST_TIME"
        case firstTimeRelative = "FIRST_TIME_RELATIVE", label = "LABEL", last = "LAST", lastTime = "LAST_TIME"
        case lastTimeRelative = "LAST_TIME_RELATIVE", maximum = "MAX", maximumTime = "MAX_TIME"
        case maximumTimeRelative = "MAX_TIME_RELATIVE", minimum = "MIN", minimumMaximumRange = "MIN_MAX_RANGE"
        case minimumMaximumTimeRange = "MIN_MAX_TIME_RANGE", minimumTime = "MIN_TIME"
        case minimumTimeRelative = "MIN_TIME_RELATIVE", sum = "SUM"
    }

    private let pieces: [Piece]

    package static let valuesMax = 5

    /// Reads a label; text outside `${…}` stands for itself.
    package init(parsing text: String) throws(Malformed) {
        var pieces: [Piece] = []
        var literal: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.first {
            guard byte == UInt8(ascii: "$"), rest.dropFirst().first == UInt8(ascii: "{"),
                  let close = rest.firstIndex(of: UInt8(ascii: "}"))
            else {
                literal.append(byte)
                rest.removeFirst()
                continue
            }
            if !literal.isEmpty { pieces.append(.text(String(decoding: literal, as: UTF8.self))) }
            literal = []
            pieces.append(try LabelTemplate.piece(String(decoding: rest[..<close].dropFirst(2), as: UTF8.self)))
            rest = rest[rest.index(after: close)...]
        }
        if !literal.isEmpty { pieces.append(.text(String(decoding: literal, as: UTF8.self))) }
        guard pieces.count(where: { $0.isDynamic }) <= LabelTemplate.valuesMax else { throw .tooManyValues }
        guard pieces.count(where: { $0 == .value(.label) }) <= 1 else { throw .repeatedLabel }
        self.pieces = pieces
    }

    private static func piece(_ name: String) throws(Malformed) -> Piece {
        if let value = Value(rawValue: name) { return .value(value) }
        guard name.hasPrefix("PROP('"), name.hasSuffix("')"), name.utf8.count > 8 else { throw .unknownValue(name) }
        let property = String(name.dropFirst(6).dropLast(2))
        let isKnown = ["AccountId", "MetricName", "Namespace", "Period", "Region", "Stat"].contains(property)
            || (property.hasPrefix("Dim.") && property.utf8.count > 4)
        guard isKnown else { throw .unknownValue(name) }
        return .property(property)
    }

    /// What a label is filled from.
    package struct Series: Sendable {
        /// Ascending in time.
        package var points: [(start: SimInstant, value: Double)]
        package var defaultLabel: String
        /// `AccountId`, `Dim.<name>`, `MetricName`, `Namespace`, `Period`, `Region`, `Stat`.
        package var properties: [String: String]
        package var now: SimInstant
        /// The offset of times from UTC.
        package var timezone: SimDuration
        /// The lag of shown behind simulated time; labels show instants to clients.
        package var shift: ClockShift

        package init(
            points: [(start: SimInstant, value: Double)], defaultLabel: String, properties: [String: String],
            now: SimInstant, timezone: SimDuration = .zero, shift: ClockShift = .none
        ) {
            self.points = points
            self.defaultLabel = defaultLabel
            self.properties = properties
            self.now = now
            self.timezone = timezone
            self.shift = shift
        }
    }

    /// Whether the label depends on its series.
    package var isDynamic: Bool { pieces.contains(where: \.isDynamic) }

    /// The label of a series. Values of an empty series print as `--`.
    package func rendered(for series: Series) -> String {
        pieces.map { piece in
            switch piece {
            case .text(let text): text
            case .property(let name): series.properties[name] ?? ""
            case .value(.label): series.defaultLabel
            case .value(.datapointCount): String(series.points.count)
            case .value(let value): series.text(of: value) ?? "--"
            }
        }.joined()
    }
}

extension LabelTemplate.Piece {
    fileprivate var isDynamic: Bool { if case .text = self { false } else { true } }
}

extension LabelTemplate.Series {
    fileprivate func text(of value: LabelTemplate.Value) -> String? {
        guard let first = points.first, let last = points.last,
              let low = points.min(by: { $0.value < $1.value }), let high = points.max(by: { $0.value < $1.value })
        else { return nil }
        let sum = points.reduce(0) { $0 + $1.value }
        return switch value {
        case .average: number(sum / Double(points.count))
        case .sum: number(sum)
        case .first: number(first.value)
        case .last: number(last.value)
        case .minimum: number(low.value)
        case .maximum: number(high.value)
        case .firstLastRange: "\(number(first.value)) - \(number(last.value))"
        case .minimumMaximumRange: "\(number(low.value)) - \(number(high.value))"
        case .firstTime: time(first.start)
        case .lastTime: time(last.start)
        case .minimumTime: time(low.start)
        case .maximumTime: time(high.start)
        case .firstLastTimeRange: "\(time(first.start)) - \(time(last.start))"
        case .minimumMaximumTimeRange: "\(time(min(low.start, high.start))) - \(time(max(low.start, high.start)))"
        case .firstTimeRelative: age(first.start)
        case .lastTimeRelative: age(last.start)
        case .minimumTimeRelative: age(low.start)
        case .maximumTimeRelative: age(high.start)
        case .label: defaultLabel
        case .datapointCount: String(points.count)
        }
    }

    private func number(_ value: Double) -> String { plainNumber(value) }

    /// `2026-11-22 23:47 UTC`, or with the offset asked for: `2026-11-23 01:17 UTC+01:30`.
    private func time(_ instant: SimInstant) -> String {
        let local = CivilTime(shift.shown(instant) + timezone)
        let minutes = Int(abs(timezone.milliseconds) / 60_000)
        let offset = minutes == 0 ? "" : "\(timezone < .zero ? "-" : "+")\(padded(minutes / 60)):\(padded(minutes % 60))"
        return "\(padded(local.year, 4))-\(padded(local.month))-\(padded(local.day)) "
            + "\(padded(local.hour)):\(padded(local.minute)) UTC\(offset)"
    }

    /// `2h 5m ago`.
    private func age(_ instant: SimInstant) -> String {
        let minutes = max(0, (now - instant).milliseconds / 60_000)
        let parts = [(minutes / 1440, "d"), (minutes / 60 % 24, "h"), (minutes % 60, "m")].filter { $0.0 > 0 }
        return parts.isEmpty ? "0m ago" : parts.map { "\($0.0)\($0.1)" }.joined(separator: " ") + " ago"
    }
}

/// Reads a label timezone of the form `+0130`; nil for anything else. AWS: sdk — spec/cloudwatch.md §5.
package func labelTimezone(_ text: String) -> SimDuration? {
    let bytes = Array(text.utf8)
    guard bytes.count == 5, bytes[0] == UInt8(ascii: "+") || bytes[0] == UInt8(ascii: "-"),
          bytes.dropFirst().allSatisfy({ (0x30...0x39).contains($0) })
    else { return nil }
    let digits = bytes.dropFirst().map { Int64($0) - 0x30 }
    let hours = digits[0] * 10 + digits[1], minutes = digits[2] * 10 + digits[3]
    guard hours <= 14, minutes < 60 else { return nil }
    return .minutes((hours * 60 + minutes) * (bytes[0] == UInt8(ascii: "-") ? -1 : 1))
}
