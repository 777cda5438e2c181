import MetricRules
import SimTime
import Testing

/// SEARCH's terms and Metrics Insights queries. AWS: spec/cloudwatch.md §5.
@Suite struct SearchTests {
    private static func metric(_ namespace: String, _ name: String, _ dimensions: [(String, String)]) -> MetricIdentity {
        MetricIdentity(
            namespace: namespace, name: name, dimensions: dimensions.map { MetricDimension(name: $0.0, value: $0.1) })
    }

    static let metrics: [MetricIdentity] = [
        metric("AWS/SageMaker", "Invocation5XXErrors", [("EndpointName", "churn-prod"), ("VariantName", "AllTraffic")]),
        metric("AWS/SageMaker", "Invocations", [("EndpointName", "churn-prod"), ("VariantName", "AllTraffic")]),
        metric("AWS/SageMaker", "Invocations", [("EndpointName", "fraudDetector"), ("VariantName", "AllTraffic")]),
        metric("AWS/SageMaker", "Invocations", []),
        metric("Custom", "CPUUtilization", [("InstanceId", "i-1"), ("InstanceType", "t2.micro")]),
        metric("Custom", "CPUUtilization", [("InstanceId", "i-2"), ("InstanceType", "c5.large")]),
    ]

    struct Sample: Sendable, CustomTestStringConvertible {
        let search: String
        let found: [Int]
        var testDescription: String { search }
    }

    static let samples: [Sample] = [
        Sample(search: "", found: [0, 1, 2, 3, 4, 5]),
        Sample(search: "{AWS/SageMaker,EndpointName,VariantName}", found: [0, 1, 2]),
        Sample(search: " {AWS/SageMaker,VariantName,EndpointName} Invocations ", found: [1, 2]),
        Sample(search: "{AWS/SageMaker} Invocations", found: [3]),
        Sample(search: "{AWS/SageMaker,EndpointName}", found: []),
        Sample(search: "invocation", found: [0]),
        Sample(search: "xx errors", found: [0]),
        Sample(search: "5XX", found: [0]),
        Sample(search: "churn", found: [0, 1]),
        Sample(search: "detector", found: [2]),
        Sample(search: "\"churn\"", found: []),
        Sample(search: "\"churn-prod\" Invocations", found: [1]),
        Sample(search: "MetricName=\"Invocations\"", found: [1, 2, 3]),
        Sample(search: "Namespace=\"Custom\" InstanceType=\"c5.large\"", found: [5]),
        Sample(search: "InstanceType=(t2 OR \"c5.large\")", found: [4, 5]),
        Sample(search: "EndpointName=(churn OR fraud) MetricName=Invocations", found: [1, 2]),
        Sample(search: "cpu NOT micro", found: [5]),
        Sample(search: "cpu AND NOT (micro OR large)", found: []),
        Sample(search: "fraud OR utilization", found: [2, 4, 5]),
        Sample(search: "fraud OR utilization micro", found: [2, 4]),
        Sample(search: "(fraud OR utilization) micro", found: [4]),
        Sample(search: "{\"Custom\",InstanceId,\"InstanceType\"} i 1", found: [4]),
        Sample(search: "-", found: []),
    ]

    @Test(arguments: samples)
    func finds(sample: Sample) throws {
        let search = try MetricSearch(parsing: sample.search)
        #expect(Self.metrics.indices.filter { search.matches(Self.metrics[$0]) } == sample.found)
    }

    @Test(arguments: [
        "(a", "a)", "a =", "= a", "NOT", "a OR", "\"a", "{A,", "{A,,B}", "A=(b", String(repeating: "(", count: 40),
        String(repeating: "a", count: 1025),
    ])
    func refuses(search: String) { #expect(throws: MathFault.self) { try MetricSearch(parsing: search) } }

    @Test func labelsNameDimensionsInTheSchemasOrder() throws {
        let search = try MetricSearch(parsing: "{Custom,InstanceType,InstanceId} cpu")
        #expect(search.label(of: Self.metrics[4]) == "t2.micro i-1 CPUUtilization")
    }

    // MARK: Metrics Insights

    struct Query: Sendable, CustomTestStringConvertible {
        let text: String
        let labels: [String?]
        let values: [[Double]]
        var testDescription: String { text }
    }

    private static let from = CivilTime(year: 2026, month: 5, day: 26, hour: 14)!.instant

    /// Each metric has two buckets: its position plus one, ten samples; and a hundred times that, one sample.
    private static func buckets(_ index: Int) -> [(start: SimInstant, samples: SampleSet)] {
        [(from, SampleSet(Double(index + 1), count: 10)), (from + .minutes(1), SampleSet(Double(index + 1) * 100))]
    }

    static let queries: [Query] = [
        Query(text: "SELECT SUM(Invocations) FROM \"AWS/SageMaker\"", labels: [nil], values: [[90, 900]]),
        Query(text: "select avg(Invocations) from SCHEMA(\"AWS/SageMaker\", EndpointName, VariantName)", labels: [nil], values: [[2.5, 250]]),
        Query(text: "SELECT COUNT(CPUUtilization) FROM Custom", labels: [nil], values: [[20, 2]]),
        Query(text: "SELECT MAX(CPUUtilization) FROM Custom GROUP BY InstanceId", labels: ["i-1", "i-2"], values: [[5, 500], [6, 600]]),
        Query(
            text: "SELECT MIN(CPUUtilization) FROM Custom GROUP BY InstanceId, InstanceType ORDER BY MAX() DESC LIMIT 1",
            labels: ["i-2 c5.large"], values: [[6, 600]]),
        Query(
            text: "SELECT AVG(CPUUtilization) FROM Custom WHERE InstanceType != 'c5.large' AND InstanceId = 'i-1'",
            labels: [nil], values: [[5, 500]]),
        Query(text: "SELECT AVG(Invocations) FROM \"AWS/SageMaker\" GROUP BY EndpointName ORDER BY SUM() ASC",
              labels: ["churn-prod", "fraudDetector", "Other"], values: [[2, 200], [3, 300], [4, 400]]),
        Query(text: "SELECT AVG(Nothing) FROM Custom", labels: [], values: []),
    ]

    @Test(arguments: queries)
    func answers(query: Query) throws {
        #expect(InsightsQuery.isQuery(query.text))
        let insights = try InsightsQuery(parsing: query.text)
        let members = Self.metrics.indices.filter { insights.matches(Self.metrics[$0]) }.map {
            (metric: Self.metrics[$0], buckets: Self.buckets($0))
        }
        let series = insights.series(of: members, periodSeconds: 60)
        #expect(series.map(\.label) == query.labels)
        #expect(series.map { $0.points.map(\.value) } == query.values)
    }

    @Test(arguments: [
        "SELECT", "SELECT AVG(x)", "SELECT NOPE(x) FROM y", "SELECT AVG(x) FROM y WHERE", "SELECT AVG(x) FROM y WHERE a > 'b'",
        "SELECT AVG(x) FROM y LIMIT 0", "SELECT AVG(x) FROM y LIMIT 501", "SELECT AVG(x) FROM y ORDER BY MAX", "SELECT AVG(x) FROM y z",
        "SELECT AVG(x) FROM SCHEMA()", "SELECT AVG(x) FROM y GROUP EndpointName",
    ])
    func refusesQueries(text: String) { #expect(throws: MathFault.self) { try InsightsQuery(parsing: text) } }
}
