import MetricRules
import SimTime
import Testing

/// The documented samples and rules of metric math, and its errors. AWS: spec/cloudwatch.md §5.
@Suite struct MathTests {
    private static let from = CivilTime(year: 2026, month: 5, day: 26, hour: 14)!.instant

    private static func series(_ values: [Double?], label: String? = nil) -> MathSeries {
        MathSeries(
            points: values.enumerated().compactMap { index, value in
                value.map { MathPoint(start: from + .minutes(Int64(index)), value: $0) }
            }, periodSeconds: 60, label: label)
    }

    private static func value(_ expression: String, _ inputs: [(String, [Double?])]) throws -> MathValue? {
        var sources = inputs.map { MathPlan.Source(id: $0.0, expression: nil, periodSeconds: 60) }
        sources.append(.init(id: "result", expression: expression, periodSeconds: nil))
        var environment = MathEnvironment(from: from, to: from + .minutes(5))
        for (id, values) in inputs { environment.values[id] = .series(series(values, label: id)) }
        return try MathPlan(sources).values(in: environment)["result"]
    }

    private static func row(_ value: MathValue?) -> [Double?]? {
        guard case .series(let series)? = value else { return nil }
        return (0..<5).map { index in series.points.first { $0.start == from + .minutes(Int64(index)) }?.value }
    }

    struct Sample: Sendable, CustomTestStringConvertible {
        let expression: String
        let result: [Double?]
        var testDescription: String { expression }
    }

    /// AWS: doc, the samples of IF and of comparisons.
    static let documented: [Sample] = [
        Sample(expression: "IF(m1, m2, m3)", result: [30, 0, 20, nil, nil]),
        Sample(expression: "IF(m1, 5, m3)", result: [5, 5, 20, nil, nil]),
        Sample(expression: "IF(m1, m2, 5)", result: [30, 0, 5, 5, nil]),
        Sample(expression: "IF(m1, m2)", result: [30, 0, nil, nil, nil]),
        Sample(expression: "IF(METRIC_COUNT([m1,m2]) == 2, m2, m3)", result: [30, nil, 0, 0, 30]),
        Sample(expression: "a < b", result: [0, 0, 1, 0, nil]),
        Sample(expression: "a >= 30", result: [1, 0, 0, 0, nil]),
        Sample(expression: "a > 15 AND b > 15", result: [1, 0, 0, 0, nil]),
        Sample(expression: "a > 15 && b > 15 || a == 0", result: [1, 0, 1, 1, nil]),
        Sample(expression: "IF(1, a, b)", result: [30, 20, 0, 0, nil]),
        Sample(expression: "IF(0, a)", result: [nil, nil, nil, nil, nil]),
        Sample(expression: "FILL(b, LINEAR)", result: [20, 20, 20, nil, nil]),
        Sample(expression: "INSIGHT_RULE_METRIC('rule', 'Sum')", result: [nil, nil, nil, nil, nil]),
        Sample(expression: "a - AVG(m1 / 0)", result: [nil, nil, nil, nil, nil]),
        Sample(expression: "+ - - a", result: [30, 20, 0, 0, nil]),
    ]

    @Test(arguments: documented)
    func documentedSamples(sample: Sample) throws {
        let found = try Self.value(sample.expression, [
            ("m1", [1, 1, 0, 0, nil]), ("m2", [30, nil, 0, 0, 30]), ("m3", [0, 0, 20, nil, 20]),
            ("a", [30, 20, 0, 0, nil]), ("b", [20, nil, 20, nil, nil]),
        ])
        #expect(Self.row(found) == sample.result)
    }

    @Test func metricsLeaveExpressionsOut() throws {
        let sources = ["errors1", "errors2", "other"].map { MathPlan.Source(id: $0, expression: nil, periodSeconds: 60) }
            + [.init(id: "errors3", expression: "errors1 * 100", periodSeconds: nil),
               .init(id: "all", expression: "SUM(METRICS('errors'))", periodSeconds: nil),
               .init(id: "early", expression: "errors3 + all", periodSeconds: nil)]
        var environment = MathEnvironment(from: Self.from, to: Self.from + .minutes(5))
        for (id, value) in [("errors1", 1.0), ("errors2", 2), ("other", 4)] {
            environment.values[id] = .series(Self.series([value]))
        }
        let values = try MathPlan(sources.reversed()).values(in: environment)
        #expect(Self.row(values["all"])?.first == 3)
        #expect(Self.row(values["early"])?.first == 103)
    }

    @Test func arraysKeepTheirLabels() throws {
        guard case .array(let array)? = try Self.value("METRICS() * 2", [("a", [1]), ("b", [2])]) else {
            Issue.record("no array")
            return
        }
        #expect(array.map(\.label) == ["a", "b"])
    }

    @Test func bandsAreUpperThenLower() throws {
        let sources: [MathPlan.Source] = [
            .init(id: "m1", expression: nil, periodSeconds: 3600),
            .init(id: "band", expression: "ANOMALY_DETECTION_BAND(m1, 3)", periodSeconds: nil),
            .init(id: "outside", expression: "IF(m1 > FIRST(band) OR m1 < LAST(band), m1)", periodSeconds: nil),
        ]
        let plan = try MathPlan(sources)
        #expect(plan.bandArguments == [.reference("m1")])
        let past = (0..<336).map { MathPoint(start: Self.from - .hours(Int64(336 - $0)), value: $0 % 2 == 0 ? 9 : 11) }
        var environment = MathEnvironment(from: Self.from - .days(14), to: Self.from)
        environment.values["m1"] = .series(MathSeries(points: past, periodSeconds: 3600))
        let bands = try plan.bands(trainedOn: environment)
        environment = MathEnvironment(from: Self.from, to: Self.from + .hours(2), bands: bands)
        environment.values["m1"] = .series(MathSeries(
            points: [.init(start: Self.from, value: 9.5), .init(start: Self.from + .hours(1), value: 99)], periodSeconds: 3600))
        let values = try plan.values(in: environment)
        guard case .array(let band)? = values["band"], case .series(let outside)? = values["outside"] else {
            Issue.record("no band")
            return
        }
        #expect(band.count == 2 && band[0].points[0].value > band[1].points[0].value)
        #expect(outside.points.map(\.value) == [99])
        // A metric without a past has no band.
        environment.bands = [:]
        guard case .array(let none)? = try plan.values(in: environment)["band"] else { return }
        #expect(none.map(\.points.count) == [0, 0])
    }

    @Test func tooLittleTrainingIsNoModel() {
        let points = (0..<14).map { MathPoint(start: Self.from + .minutes(Int64($0)), value: 1) }
        #expect(BandModel(training: points) == nil)
    }

    struct Refusal: Sendable, CustomTestStringConvertible {
        let expression: String
        let fault: MathFault
        var testDescription: String { expression }
    }

    static let refusals: [Refusal] = [
        Refusal(expression: "m1 +", fault: .unexpectedEnd),
        Refusal(expression: "", fault: .unexpectedEnd),
        Refusal(expression: "m1 m2", fault: .unexpected(token: "m2")),
        Refusal(expression: "(m1", fault: .unexpectedEnd),
        Refusal(expression: "m1 # m2", fault: .unexpectedCharacter("#")),
        Refusal(expression: "m1 + 'a", fault: .unclosedText),
        Refusal(expression: "1.2.3 + m1", fault: .unexpected(token: "1.2.3")),
        Refusal(expression: "NOPE(m1)", fault: .unknownFunction("NOPE")),
        Refusal(expression: "sum(m1)", fault: .unknownFunction("sum")),
        Refusal(expression: "SUM(m1, m2)", fault: .argumentCount(function: "SUM", given: 2)),
        Refusal(expression: "IF(m1)", fault: .argumentCount(function: "IF", given: 1)),
        Refusal(expression: "m9 + 1", fault: .undefinedVariable("m9")),
        Refusal(expression: "result + 1", fault: .circular(["result", "result"])),
        Refusal(expression: "[m1] + [m2]", fault: .operandTypes(symbol: "+", left: "Array[TimeSeries]", right: "Array[TimeSeries]")),
        Refusal(expression: "METRICS() > 1", fault: .operandTypes(symbol: ">", left: "Array[TimeSeries]", right: "Scalar")),
        Refusal(expression: "SUM(5)", fault: .argument(function: "SUM", expected: "a time series or an array of time series")),
        Refusal(expression: "FIRST(m1)", fault: .argument(function: "FIRST", expected: "an array of time series")),
        Refusal(expression: "PERIOD(m1 + m2)", fault: .argument(function: "PERIOD", expected: "a metric")),
        Refusal(expression: "SORT([m1], STDDEV, ASC)", fault: .argument(function: "SORT", expected: "AVG, MIN, MAX or SUM")),
        Refusal(expression: "SORT([m1], AVG, UP)", fault: .argument(function: "SORT", expected: "ASC or DESC")),
        Refusal(expression: "SLICE([m1], -1)", fault: .argument(function: "SLICE", expected: "whole numbers of at least 0")),
        Refusal(expression: "FILL(m1, AGAIN)", fault: .unexpected(token: "AGAIN")),
        Refusal(expression: "TIME_SERIES(m1)", fault: .argument(function: "TIME_SERIES", expected: "a scalar")),
        Refusal(expression: "ANOMALY_DETECTION_BAND(m1, 0)", fault: .argument(
            function: "ANOMALY_DETECTION_BAND", expected: "a positive number of standard deviations")),
        Refusal(expression: "SEARCH('x', 'Middle')", fault: .argument(function: "SEARCH", expected: "a statistic instead of 'Middle'")),
        Refusal(expression: "SEARCH('(x', 'Sum')", fault: .malformedSearch("missing closing parenthesis")),
        Refusal(expression: "SERVICE_QUOTA(m1)", fault: .notEmulated("the service quotas that SERVICE_QUOTA reads")),
        Refusal(expression: String(repeating: "(", count: 500) + "m1" + String(repeating: ")", count: 500), fault: .tooDeep),
        Refusal(expression: "m1" + String(repeating: "^m1", count: 500), fault: .tooDeep),
        Refusal(expression: "SELECT AVG(m FROM x", fault: .malformedQuery("expected ')' before 'FROM'")),
    ]

    @Test(arguments: refusals)
    func refuses(refusal: Refusal) {
        #expect(throws: MathPlan.Defect(id: "result", fault: refusal.fault)) {
            try Self.value(refusal.expression, [("m1", [1]), ("m2", [2])])
        }
    }

    @Test func longSumsAndLongCyclesAreNoDeepRecursion() throws {
        let sum = Self.row(try Self.value("m1" + String(repeating: "+m1", count: 999), [("m1", [1])]))
        #expect(sum?.first == 1000)
        let chain = (1...500).map { MathPlan.Source(id: "e\($0)", expression: "e\($0 % 500 + 1) + 1", periodSeconds: nil) }
        #expect(throws: MathPlan.Defect.self) { try MathPlan(chain) }
        var sources = (1..<500).map { MathPlan.Source(id: "e\($0)", expression: "e\($0 + 1) + 1", periodSeconds: nil) }
        sources.append(.init(id: "e500", expression: "TIME_SERIES(1)", periodSeconds: 60))
        let environment = MathEnvironment(from: Self.from, to: Self.from + .minutes(1))
        #expect(Self.row(try MathPlan(sources).values(in: environment)["e1"])?.first == 500)
    }

    @Test func periodsComeFromInputsUnlessGiven() throws {
        let plan = try MathPlan([
            .init(id: "m1", expression: nil, periodSeconds: 60), .init(id: "m2", expression: nil, periodSeconds: 300),
            .init(id: "e1", expression: "m1 + m2", periodSeconds: nil), .init(id: "e2", expression: "e1", periodSeconds: 600),
        ])
        #expect(plan.queries.map(\.periodSeconds) == [60, 300, 300, 600])
    }
}
