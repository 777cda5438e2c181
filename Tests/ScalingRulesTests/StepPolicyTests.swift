import ScalingRules
import Testing

/// Step scaling: which intervals are allowed, and what a step makes of a capacity.
@Suite struct StepPolicyTests {
    struct Adjustment: Sendable, CustomTestStringConvertible {
        let type: StepPolicy.AdjustmentType
        let adjustment: Int
        var minimum: Int?
        let from: Int
        let to: Int
        var testDescription: String { "\(from) \(type.rawValue) \(adjustment) → \(to)" }
    }

    @Test(arguments: [
        Adjustment(type: .changeInCapacity, adjustment: 2, from: 3, to: 5),
        Adjustment(type: .changeInCapacity, adjustment: -5, from: 3, to: 0),
        Adjustment(type: .exactCapacity, adjustment: 7, from: 3, to: 7),
        Adjustment(type: .percentChangeInCapacity, adjustment: 50, from: 4, to: 6),
        Adjustment(type: .percentChangeInCapacity, adjustment: 10, from: 3, to: 4),
        Adjustment(type: .percentChangeInCapacity, adjustment: 25, from: 7, to: 8),
        Adjustment(type: .percentChangeInCapacity, adjustment: -25, from: 7, to: 6),
        Adjustment(type: .percentChangeInCapacity, adjustment: 10, minimum: 2, from: 10, to: 12),
        Adjustment(type: .percentChangeInCapacity, adjustment: -10, minimum: 2, from: 10, to: 8),
        Adjustment(type: .percentChangeInCapacity, adjustment: 100, from: 0, to: 0),
        Adjustment(type: .changeInCapacity, adjustment: .max, from: 3, to: 1_000_000_003),
        Adjustment(type: .percentChangeInCapacity, adjustment: .max, from: .max / 2, to: 1_000_000_000),
    ])
    func adjusts(_ row: Adjustment) {
        let step = StepPolicy.Step(lower: 0, adjustment: row.adjustment)
        let policy = StepPolicy(type: row.type, steps: [step], minimumMagnitude: row.minimum)
        #expect(policy.capacity(step, from: min(row.from, 1_000_000_000)) == row.to)
    }

    static func steps(_ bounds: (Double?, Double?)...) -> [StepPolicy.Step] {
        bounds.map { StepPolicy.Step(lower: $0.0, upper: $0.1, adjustment: 1) }
    }

    @Test func intervalsAreContiguousAndDisjoint() {
        let rows: [([StepPolicy.Step], StepPolicyRejection?)] = [
            (Self.steps((0, 10), (10, nil)), nil),
            (Self.steps((nil, -10), (-10, 0)), nil),
            (Self.steps((10, nil), (0, 10)), nil),
            ([], .noSteps),
            (Self.steps((0, 10), (5, nil)), .overlap),
            (Self.steps((0, 10), (20, nil)), .gap),
            (Self.steps((10, 10)), .emptyInterval),
            (Self.steps((nil, 5), (nil, 10)), .severalOpenLower),
            (Self.steps((0, nil), (10, nil)), .severalOpenUpper),
            (Array(repeating: StepPolicy.Step(lower: 0, adjustment: 1), count: 21), .tooManySteps(21)),
        ]
        for (steps, rejection) in rows {
            let policy = StepPolicy(type: .changeInCapacity, steps: steps)
            if let rejection {
                #expect(throws: rejection) { try policy.check() }
            } else {
                #expect(throws: Never.self) { try policy.check() }
            }
        }
    }

    @Test func boundsTowardsTheThresholdAreInclusive() {
        let policy = StepPolicy(type: .changeInCapacity, steps: [
            .init(lower: 0, upper: 10, adjustment: 1), .init(lower: 10, adjustment: 2),
        ])
        #expect(policy.step(for: 0)?.adjustment == 1)
        #expect(policy.step(for: 9.9)?.adjustment == 1)
        #expect(policy.step(for: 10)?.adjustment == 2)
        #expect(policy.step(for: -1) == nil)
        let down = StepPolicy(type: .changeInCapacity, steps: [
            .init(lower: -10, upper: 0, adjustment: -1), .init(upper: -10, adjustment: -2),
        ])
        #expect(down.step(for: -10)?.adjustment == -2)
        #expect(down.step(for: -9.9)?.adjustment == -1)
    }
}
