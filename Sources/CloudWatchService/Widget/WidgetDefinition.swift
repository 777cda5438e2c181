import AWSModel
import Foundation
import MetricRules
import SimTime

/// A `MetricWidget` document, read and checked. AWS: doc of the metric widget structure.
struct WidgetDefinition: Sendable {
    struct Item: Sendable {
        var query: MetricDataQuery
        var color: PixelColor?
        var isRight: Bool
        var isVisible: Bool
    }

    enum View: String, Sendable { case timeSeries, singleValue }

    var items: [Item] = []
    var chart: LineChart
    var view = View.timeSeries
    /// The ARN of the alarm to draw, if there is one.
    var alarmARN: String?

    // AWS: doc.
    private static let sizes = 1...2000
    private static let itemsMax = 500
    static let palette: [PixelColor] = [
        0x1f77b4, 0xff7f0e, 0x2ca02c, 0xd62728, 0x9467bd, 0x8c564b, 0xe377c2, 0x7f7f7f, 0xbcbd22, 0x17becf,
    ].map { PixelColor($0) }

    /// Throws a ValidationException for what cannot be drawn.
    init(parsing text: String, now: SimInstant, shift: ClockShift) throws {
        guard text.utf8.count <= 1 << 20,
              let document = (try? JSONSerialization.jsonObject(with: Data(text.utf8))) as? [String: Any]
        else { throw Self.invalid("is no JSON object") }
        let zone = (document["timezone"] as? String) ?? "+0000"
        guard let offset = labelTimezone(zone) else { throw Self.invalid("has the invalid timezone \(zone)") }
        let to = try Self.instant(document["end"], default: now, now: now, shift: shift)
        let from = try Self.instant(document["start"], default: now - .hours(3), now: now, shift: shift)
        guard from < to else { throw Self.invalid("ends before it starts") }
        chart = LineChart(from: from, to: to, shown: offset - shift.duration, lines: [])
        chart.title = document["title"] as? String
        for (member, path) in [("width", \LineChart.width), ("height", \LineChart.height)] {
            guard let value = document[member] else { continue }
            guard let size = value as? Int, Self.sizes.contains(size) else {
                throw Self.invalid("has a \(member) that is not from \(Self.sizes.lowerBound) to \(Self.sizes.upperBound)")
            }
            chart[keyPath: path] = size
        }
        chart.isStacked = document["stacked"] as? Bool ?? false
        if let name = document["view"] as? String {
            guard let known = View(rawValue: name) else {
                throw AWSFault.notEmulated(member: "view \(name) of MetricWidget", of: "GetMetricWidgetImage")
            }
            view = known
        }
        if let axes = document["yAxis"] as? [String: Any] {
            chart.left = Self.axis(axes["left"])
            chart.right = Self.axis(axes["right"])
        }
        if let position = (document["legend"] as? [String: Any])?["position"] as? String {
            chart.legend = LineChart.Legend(rawValue: position) ?? .bottom
        }
        try readAnnotations(document["annotations"] as? [String: Any] ?? [:], now: now, shift: shift)
        try readMetrics(document)
    }

    static func invalid(_ reason: String) -> AWSFault { .validation("The metric widget \(reason).") }

    // MARK: Metrics

    private mutating func readMetrics(_ document: [String: Any]) throws {
        let rows = document["metrics"] as? [Any] ?? []
        guard rows.count <= Self.itemsMax else { throw Self.invalid("has more than \(Self.itemsMax) metrics") }
        guard !rows.isEmpty || alarmARN != nil else { throw Self.invalid("has no metrics") }
        let period = document["period"] as? Int ?? 300, stat = document["stat"] as? String ?? "Average"
        var previous: [String] = []
        for (index, row) in rows.enumerated() {
            guard var parts = row as? [Any] else { throw Self.invalid("has a metric that is no array") }
            let options = parts.last as? [String: Any] ?? [:]
            if parts.last is [String: Any] { parts.removeLast() }
            var item: AWSObject = ["Id": .string(options["id"] as? String ?? "widget\(index)")]
            if let label = options["label"] as? String { item["Label"] = .string(label) }
            if let expression = options["expression"] as? String {
                item["Expression"] = .string(expression)
                if let own = options["period"] as? Int { item["Period"] = .integer(Int64(own)) }
            } else {
                previous = try Self.names(parts, after: previous)
                item["MetricStat"] = Self.stat(
                    previous, period: options["period"] as? Int ?? period, stat: options["stat"] as? String ?? stat)
            }
            let query = try MetricDataQuery.queries(
                [.object(item)], path: "MetricWidget.metrics", operation: "GetMetricWidgetImage", account: "")[0]
            items.append(Item(
                query: query, color: (options["color"] as? String).flatMap(PixelColor.init),
                isRight: options["yAxis"] as? String == "right", isVisible: options["visible"] as? Bool ?? true))
        }
        guard Set(items.map(\.query.id)).count == items.count else { throw Self.invalid("has the same id twice") }
    }

    /// `.` repeats the word at its place in the row before, `...` all words up to what follows it.
    private static func names(_ parts: [Any], after previous: [String]) throws -> [String] {
        var names: [String] = []
        for (index, part) in parts.enumerated() {
            guard let text = part as? String else { throw invalid("has a metric whose parts are no texts") }
            switch text {
            case ".":
                guard names.count < previous.count else { throw invalid("repeats a part that is not there") }
                names.append(previous[names.count])
            case "...":
                let kept = previous.count - (parts.count - index - 1)
                guard kept >= names.count else { throw invalid("repeats parts that are not there") }
                names += previous[names.count..<kept]
            default: names.append(text)
            }
        }
        guard names.count >= 2, names.count % 2 == 0 else { throw invalid("has a metric without namespace and name") }
        return names
    }

    private static func stat(_ names: [String], period: Int, stat: String) -> AWSValue {
        let dimensions = stride(from: 2, to: names.count, by: 2).map { index -> AWSValue in
            ["Name": .string(names[index]), "Value": .string(names[index + 1])]
        }
        return [
            "Metric": ["Namespace": .string(names[0]), "MetricName": .string(names[1]), "Dimensions": .list(dimensions)],
            "Period": .integer(Int64(period)), "Stat": .string(stat),
        ]
    }

    // MARK: The rest

    private mutating func readAnnotations(_ annotations: [String: Any], now: SimInstant, shift: ClockShift) throws {
        alarmARN = (annotations["alarms"] as? [String])?.first
        for case let item as [String: Any] in annotations["horizontal"] as? [Any] ?? [] where item["visible"] as? Bool ?? true {
            guard let value = Self.number(item["value"]) else { continue }
            chart.levels.append(.init(
                label: item["label"] as? String, value: value,
                color: (item["color"] as? String).flatMap(PixelColor.init) ?? .red, fill: item["fill"] as? String,
                isRight: item["yAxis"] as? String == "right"))
        }
        for case let item as [String: Any] in annotations["vertical"] as? [Any] ?? [] where item["visible"] as? Bool ?? true {
            chart.moments.append(.init(
                label: item["label"] as? String,
                instant: try Self.instant(item["value"], default: now, now: now, shift: shift),
                color: (item["color"] as? String).flatMap(PixelColor.init) ?? .red))
        }
    }

    private static func axis(_ value: Any?) -> LineChart.Axis {
        let axis = value as? [String: Any] ?? [:]
        return LineChart.Axis(
            minimum: number(axis["min"]), maximum: number(axis["max"]), label: axis["label"] as? String)
    }

    /// A number that can be drawn.
    private static func number(_ value: Any?) -> Double? {
        guard let number = value as? Double, abs(number) <= 1e300 else { return nil }
        return number
    }

    /// `-PT3H` before now, or an instant of a client's clock in ISO 8601.
    private static func instant(_ value: Any?, default fallback: SimInstant, now: SimInstant, shift: ClockShift) throws -> SimInstant {
        guard let text = value as? String else { return fallback }
        if text.hasPrefix("-P"), let length = MuteSchedule.duration(String(text.dropFirst())) { return now - length }
        let parts = text.split { "-T:.Z".contains($0) }.map { Int($0) }
        guard parts.count >= 3, let year = parts[0], let month = parts[1], let day = parts[2] else {
            throw invalid("has the invalid instant \(text)")
        }
        func part(_ index: Int) -> Int { index < parts.count ? parts[index] ?? 0 : 0 }
        guard let time = CivilTime(year: year, month: month, day: day, hour: part(3), minute: part(4), second: part(5)) else {
            throw invalid("has the invalid instant \(text)")
        }
        return shift.read(time.instant)
    }
}
