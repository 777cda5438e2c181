import HostingRules
import Testing

/// Kernel SHAP against values that are known, and the expression that says what is explained.
@Suite struct ExplanationTests {
    /// The attributions of a function of a record's features, against a baseline.
    static func attributions(
        _ record: [Double], _ baseline: [Double], samples: Int? = nil, of function: ([Double]) -> Double
    ) -> [Double] {
        let shap = KernelShap(featureCount: record.count, sampleCount: samples, seed: 1)
        let values = shap.coalitions.map { coalition in
            function(zip(coalition, zip(record, baseline)).map { $0 ? $1.0 : $1.1 })
        }
        return shap.attributions(baseline: function(baseline), record: function(record), values: values)
    }

    static func isClose(_ a: [Double], _ b: [Double], _ tolerance: Double = 1e-9) -> Bool {
        a.count == b.count && zip(a, b).allSatisfy { abs($0 - $1) < tolerance }
    }

    /// Of a linear model each feature adds its weight times its distance from the baseline, however many there are.
    @Test(arguments: [1, 2, 3, 4, 7, 11, 20]) func linear(_ count: Int) {
        let weights = (0..<count).map { Double($0 % 5) - 1.5 }
        let record = (0..<count).map { Double($0) + 0.5 }, baseline = (0..<count).map { 2 - Double($0 % 3) }
        let found = Self.attributions(record, baseline) { zip($0, weights).reduce(3) { $0 + $1.0 * $1.1 } }
        #expect(Self.isClose(found, (0..<count).map { weights[$0] * (record[$0] - baseline[$0]) }, 1e-6))
    }

    @Test func interactionsAreShared() {
        #expect(Self.isClose(Self.attributions([2, 3], [0, 0]) { $0[0] * $0[1] }, [3, 3]))
        #expect(Self.isClose(Self.attributions([2, 3, 5], [0, 0, 0]) { $0[0] * $0[1] * $0[2] + $0[2] }, [10, 10, 15]))
        // A feature that changes nothing adds nothing.
        #expect(Self.isClose(Self.attributions([2, 3, 9, 9], [0, 0, 1, 1]) { $0[0] * $0[1] }, [3, 3, 0, 0]))
        #expect(Self.isClose(Self.attributions([1, 1, 1], [0, 0, 0]) { max($0[0], $0[1], $0[2]) }, [1, 1, 1].map { $0 / 3 }))
    }

    // AWS: doc — n_samples = MIN(NumberOfSamples, 2^n - 2), and 2n + 2^11 without NumberOfSamples.
    @Test(arguments: [(1, nil, 0), (4, nil, 14), (10, nil, 1022), (20, nil, 2088), (10, 100, 100), (4, 100, 14), (30, 500, 500)]
        as [(Int, Int?, Int)])
    func samples(_ features: Int, _ samples: Int?, _ expected: Int) {
        let shap = KernelShap(featureCount: features, sampleCount: samples, seed: 3)
        #expect(shap.coalitions.count == expected)
        #expect(KernelShap.coalitionCount(featureCount: features, sampleCount: samples) == expected)
        #expect(shap.coalitions.allSatisfy { $0.contains(true) && $0.contains(false) })
        #expect(shap.coalitions == KernelShap(featureCount: features, sampleCount: samples, seed: 3).coalitions)
    }

    /// With too few coalitions for exact values their sum is right all the same.
    @Test func theSumIsAlwaysTheDifference() {
        let record = (0..<16).map(Double.init)
        let found = Self.attributions(record, Array(repeating: 0, count: 16), samples: 60) { row in
            row.reduce(0, +) + row[3] * row[4]
        }
        #expect(abs(found.reduce(0, +) - (120 + 12)) < 1e-9)
    }

    struct Row: CustomTestStringConvertible, Sendable {
        var expression: String
        var record: [String] = []
        /// Nil when the value is neither true nor false.
        var holds: Bool?
        var testDescription: String { expression }
    }

    @Test(arguments: [
        // AWS: doc — the table of the guide's page.
        Row(expression: "`true`", holds: true), Row(expression: "`false`", holds: false),
        Row(expression: "[1]>`0.5`", record: ["1", "0.6"], holds: true),
        Row(expression: "[1]>`0.5`", record: ["1", "0.4"], holds: false),
        Row(expression: " [0] >= `0.5` ", record: ["0.5"], holds: true),
        Row(expression: "[-1]<`1e-1`", record: ["9", "0.05"], holds: true),
        Row(expression: "[0] == 'cat'", record: ["cat"], holds: true),
        Row(expression: "[0] == `\"cat\"`", record: ["dog"], holds: false),
        Row(expression: "[0] != `1`", record: ["1"], holds: false),
        Row(expression: "[0] == `1`", record: ["1.0"], holds: true),
        Row(expression: "![0]", record: [""], holds: true),
        Row(expression: "!(`true` && `false`)", holds: true),
        Row(expression: "[0]>`1` || [1]>`1`", record: ["0", "2"], holds: true),
        Row(expression: "[0]>`1` && [1]>`1` || `true`", record: ["0", "2"], holds: true),
        Row(expression: "[7] == `null`", record: ["1"], holds: true),
        Row(expression: "[0]", record: ["1"]), Row(expression: "[0]>`1`", record: ["cat"]), Row(expression: "[7]", record: []),
    ])
    func conditions(_ row: Row) throws {
        let condition = try ExplanationCondition(row.expression)
        let record = row.record.map { ExplanationCondition.Value(field: $0) }
        if let holds = row.holds {
            #expect(try condition.holds(for: record) == holds)
        } else {
            #expect(throws: ExplanationCondition.NotBoolean.self) { try condition.holds(for: record) }
        }
    }

    @Test(arguments: [
        "", "true", "probability>`0.5`", "!contains(probabilities[:-1], max(probabilities))", "[a]", "[1", "`true", "(`true`",
        "`true` `true`", "`inf`", "`nan`", "[0] > ", "[0] > `1` > `2`", "'a", "&& `true`",
    ])
    func unsupported(_ expression: String) {
        #expect(throws: ExplanationCondition.Unsupported.self) { try ExplanationCondition(expression) }
    }
}
