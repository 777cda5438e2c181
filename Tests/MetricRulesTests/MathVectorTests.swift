import Foundation
import MetricRules
import SimTime
import Testing

/// Metric math against values that numpy computed (`vectors/make_math_vectors.py`).
@Suite struct MathVectorTests {
    struct Case: Decodable, Sendable, CustomTestStringConvertible {
        let expression: String
        let series: [[Double?]]
        let isArray: Bool
        let expected: [[Double?]]
        var testDescription: String { expression }
    }

    struct Band: Decodable, Sendable {
        let training: [[Double]]
        let width: Double
        let starts: [Double]
        let lower: [Double]
        let upper: [Double]
    }

    struct Vectors: Decodable, Sendable {
        let from: Double
        let period: Int
        let count: Int
        let cases: [Case]
        let band: Band
    }

    static let vectors: Vectors = {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "vectors/math.json")
        do {
            return try JSONDecoder().decode(Vectors.self, from: try Data(contentsOf: file))
        } catch {
            fatalError("\(file.path()) cannot be read: \(error)")
        }
    }()

    private static let from = SimInstant(secondsSinceEpoch: vectors.from)

    private static func start(_ index: Int) -> SimInstant { from + .seconds(Int64(index * vectors.period)) }

    private static func series(_ values: [Double?]) -> MathSeries {
        let points = values.enumerated().compactMap { index, value in
            value.map { MathPoint(start: start(index), value: $0) }
        }
        return MathSeries(points: points, periodSeconds: vectors.period)
    }

    @Test(arguments: vectors.cases)
    func agrees(sample: Case) throws {
        let names = ["m1", "m2", "m3"]
        var sources = names.map { MathPlan.Source(id: $0, expression: nil, periodSeconds: Self.vectors.period) }
        sources.append(.init(id: "e", expression: sample.expression, periodSeconds: nil))
        let values = Dictionary(uniqueKeysWithValues: zip(names, sample.series.map { MathValue.series(Self.series($0)) }))
        let environment = MathEnvironment(from: Self.from, to: Self.start(Self.vectors.count), values: values)
        let found: [MathSeries]
        switch try MathPlan(sources).values(in: environment)["e"] {
        case .series(let series) where !sample.isArray: found = [series]
        case .array(let array) where sample.isArray: found = array
        case let other: Issue.record("\(String(describing: other))"); return
        }
        try #require(found.count == sample.expected.count)
        for (series, expected) in zip(found, sample.expected) {
            let wanted = Self.series(expected).points
            #expect(series.points.map(\.start) == wanted.map(\.start))
            for (point, other) in zip(series.points, wanted) {
                #expect(abs(point.value - other.value) <= 1e-9 * max(1, abs(other.value)), "\(point) \(other)")
            }
        }
    }

    @Test func bandsAgree() throws {
        let band = Self.vectors.band
        let training = band.training.map { MathPoint(start: SimInstant(secondsSinceEpoch: $0[0]), value: $0[1]) }
        let model = try #require(BandModel(training: training))
        for (index, start) in band.starts.enumerated() {
            let found = model.band(at: SimInstant(secondsSinceEpoch: start), width: band.width)
            #expect(abs(found.lower - band.lower[index]) < 1e-9)
            #expect(abs(found.upper - band.upper[index]) < 1e-9)
        }
    }
}
