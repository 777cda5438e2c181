import MetricRules
import SimTime
import Testing

@Suite struct LabelTests {
    private static let metric = MetricIdentity(namespace: "N", name: "metric1")
    private static let other = MetricIdentity(namespace: "N", name: "metric1", dimensions: [.init(name: "D", value: "v")])

    struct Defaults: Sendable {
        let queries: [LabelledQuery]
        let labels: [String]
    }

    private static func query(_ metric: MetricIdentity, _ statistic: String, _ period: Int) -> LabelledQuery {
        LabelledQuery(metric: metric, statistic: statistic, periodSeconds: period)
    }

    /// AWS: recorded — spec/cloudwatch.md §5 and §12.11.
    static let defaults: [Defaults] = [
        Defaults(queries: [query(metric, "Sum", 60)], labels: ["metric1"]),
        Defaults(queries: [query(metric, "Sum", 60), query(metric, "Minimum", 60)], labels: ["metric1 Sum", "metric1 Minimum"]),
        Defaults(queries: [query(metric, "Sum", 60), query(metric, "Sum", 30)], labels: ["metric1 60", "metric1 30"]),
        Defaults(queries: [query(metric, "Sum", 60), query(metric, "Minimum", 30)], labels: ["metric1 Sum 60", "metric1 Minimum 30"]),
        Defaults(queries: [query(metric, "Sum", 60), query(metric, "Sum", 60)], labels: ["metric1", "metric1"]),
        Defaults(queries: [query(metric, "Sum", 60), query(other, "Minimum", 30)], labels: ["metric1", "metric1"]),
    ]

    @Test(arguments: defaults)
    func defaultLabel(sample: Defaults) { #expect(defaultLabels(sample.queries) == sample.labels) }

    private static let start = CivilTime(year: 2026, month: 11, day: 22, hour: 23, minute: 40)!.instant
    private static let series = LabelTemplate.Series(
        points: [(start, 4), (start + .minutes(1), 1.5), (start + .minutes(2), 6), (start + .minutes(3), 2.5)],
        defaultLabel: "Latency", properties: ["Dim.Endpoint": "churn", "Stat": "p99"], now: start + .minutes(65))

    @Test(arguments: [
        ("plain", "plain"), ("${LABEL} [${MIN}, ${MAX}]", "Latency [1.5, 6]"), ("${AVG}/${SUM}", "3.5/14"),
        ("${DATAPOINT_COUNT}x ${FIRST} ${LAST}", "4x 4 2.5"), ("${FIRST_LAST_RANGE} ${MIN_MAX_RANGE}", "4 - 2.5 1.5 - 6"),
        ("${MIN_TIME}", "2026-11-22 23:41 UTC"), ("${FIRST_TIME_RELATIVE}", "1h 5m ago"),
        ("${PROP('Dim.Endpoint')} ${PROP('Stat')}${PROP('Region')}", "churn p99"), ("$ {x} ${MAX", "$ {x} ${MAX"),
        ("${MIN_MAX_TIME_RANGE}", "2026-11-22 23:41 UTC - 2026-11-22 23:42 UTC"), ("é ${MAX} ü", "é 6 ü"),
    ])
    func dynamic(template: String, label: String) throws {
        #expect(try LabelTemplate(parsing: template).rendered(for: Self.series) == label)
    }

    @Test func timesFollowTheTimezoneAndTheShift() throws {
        var series = Self.series
        series.timezone = try #require(labelTimezone("+0130"))
        series.shift = ClockShift(simulated: Self.start + .hours(1), real: Self.start)
        #expect(try LabelTemplate(parsing: "${FIRST_TIME}").rendered(for: series) == "2026-11-23 00:10 UTC+01:30")
    }

    @Test func emptySeriesHaveNoValues() throws {
        var series = Self.series
        series.points = []
        #expect(try LabelTemplate(parsing: "${LABEL} ${MAX} ${DATAPOINT_COUNT}").rendered(for: series) == "Latency -- 0")
    }

    @Test(arguments: [
        ("${MAX}${MAX}${MAX}${MAX}${MAX}${MAX}", LabelTemplate.Malformed.tooManyValues),
        ("${LABEL}${LABEL}", .repeatedLabel), ("${NOPE}", .unknownValue("NOPE")), ("${}", .unknownValue("")),
        ("${PROP('Nope')}", .unknownValue("PROP('Nope')")), ("${PROP('Dim.')}", .unknownValue("PROP('Dim.')")),
    ])
    func refuses(template: String, error: LabelTemplate.Malformed) {
        #expect(throws: error) { try LabelTemplate(parsing: template) }
    }

    @Test(arguments: [("+0130", 90), ("-0800", -480), ("+0000", 0)])
    func timezones(text: String, minutes: Int64) { #expect(labelTimezone(text) == .minutes(minutes)) }

    @Test(arguments: ["", "0130", "+130", "+1560", "+9900", "+01:30", "UTC"])
    func otherTimezones(text: String) { #expect(labelTimezone(text) == nil) }

    @Test func unitsAreChosenByName() {
        #expect(MetricUnit.chosen(from: [.seconds, .milliseconds]) == .milliseconds)
        #expect(MetricUnit.chosen(from: [.milliseconds, .count]) == .count)
        #expect(MetricUnit.chosen(from: []) == nil)
        #expect(MetricUnit.multipleUnitsMessage([.seconds, .milliseconds]) == "Multiple units returned: '[Milliseconds, Seconds]'")
        #expect(MetricUnit.multipleUnitsMessage([.seconds]) == nil)
        #expect(MetricUnit.allCases.count == 27)
    }

    @Test func identityIgnoresTheOrderOfDimensions() {
        let a = MetricDimension(name: "A", value: "1"), b = MetricDimension(name: "B", value: "2")
        let metric = MetricIdentity(namespace: "N", name: "m", dimensions: [b, a])
        #expect(metric == MetricIdentity(namespace: "N", name: "m", dimensions: [a, b]))
        #expect(metric.carries([("A", nil)]) && metric.carries([("B", "2"), ("A", "1")]))
        #expect(!metric.carries([("A", "2")]) && !metric.carries([("C", nil)]))
    }
}
