import HostingRules
import SimTime
import Testing

/// Which spans become datapoints, when, and under which timestamp.
@Suite struct MetricPaceTests {
    static let noon = SimInstant(millisecondsSinceEpoch: 1_767_268_800_000)

    @Test(arguments: [
        (nil, false, 60, 60, false), (10, false, 10, 60, true), (10, true, 10, 10, true), (30, true, 30, 30, true),
        (60, true, 60, 60, false), (300, false, 300, 60, false), (300, true, 300, 300, false),
    ] as [(Int?, Bool, Int64, Int64, Bool)])
    func paces(_ frequency: Int?, _ isEnhanced: Bool, _ utilization: Int64, _ invocations: Int64, _ isFast: Bool) {
        let pace = MetricPace(frequencySeconds: frequency, isEnhanced: isEnhanced)
        #expect(pace.utilization == .seconds(utilization) && pace.invocations == .seconds(invocations))
        #expect(pace.isFast == isFast)
    }

    /// By the length of a span that an instant 65 seconds after noon is in.
    @Test(arguments: [
        (10, 60, 60, true, true), (30, 60, 60, true, true), (60, 60, 60, false, true), (120, 0, 60, false, false),
        (300, 0, 240, false, false),
    ] as [(Int64, Int64, Int64, Bool, Bool)])
    func spans(_ length: Int64, _ start: Int64, _ timestamp: Int64, _ isHighResolution: Bool, _ grows: Bool) {
        let span = PublishedSpan(containing: Self.noon + .seconds(65), length: .seconds(length))
        #expect(span.start == Self.noon + .seconds(start) && span.end == span.start + .seconds(length))
        #expect(span.timestamp == Self.noon + .seconds(timestamp))
        #expect(span.isHighResolution == isHighResolution && span.grows == grows)
        #expect(span.contains(span.start) && !span.contains(span.end))
    }

    struct Row: CustomTestStringConvertible, Sendable {
        var name: String
        var length: Int64
        /// Seconds after noon: when the subject is first seen, and when it is asked for.
        var first: Int64
        var asked: [Int64]
        /// The starts of the spans that each question yields.
        var starts: [[Int64]]
        var testDescription: String { name }
    }

    @Test(arguments: [
        Row(name: "the span that ends just then", length: 60, first: 60, asked: [60, 60, 119, 120], starts: [[0], [], [], [60]]),
        Row(name: "the span under way", length: 60, first: 25, asked: [25, 59, 60], starts: [[], [], [0]]),
        Row(name: "several at once", length: 10, first: 60, asked: [60, 95], starts: [[50], [60, 70, 80]]),
        Row(name: "slower than a minute", length: 300, first: 180, asked: [180, 299, 300, 600], starts: [[], [], [0], [300]]),
        Row(name: "time that went back", length: 60, first: 120, asked: [120, 60, 180], starts: [[60], [], [120]]),
        Row(name: "long ago is not made up for", length: 60, first: 60, asked: [60, 7200], starts: [[0], [7140]]),
    ])
    func cursors(_ row: Row) {
        var cursor = SpanCursor(length: .seconds(row.length), at: Self.noon + .seconds(row.first))
        let starts = row.asked.map { asked in
            cursor.take(until: Self.noon + .seconds(asked)).map { ($0.start - Self.noon).milliseconds / 1000 }
        }
        #expect(starts == row.starts)
    }

    /// A change of pace, 130 seconds after noon: what it yields after so many seconds.
    @Test(arguments: [
        (60, 60, 180, [120]), (60, 10, 150, [120, 130, 140]), (10, 60, 180, [120]), (300, 60, 180, [0, 60, 120]),
        (60, 300, 300, [0]), (30, 10, 150, [120, 130, 140]),
    ] as [(Int64, Int64, Int64, [Int64])])
    func changesOfPace(_ before: Int64, _ after: Int64, _ asked: Int64, _ starts: [Int64]) {
        var cursor = SpanCursor(length: .seconds(before), at: Self.noon + .seconds(5))
        _ = cursor.take(until: Self.noon + .seconds(130))
        cursor = cursor.continued(length: .seconds(after))
        let found = cursor.take(until: Self.noon + .seconds(asked))
        #expect(found.map { ($0.start - Self.noon).milliseconds / 1000 } == starts)
        #expect(found.allSatisfy { $0.length == .seconds(after) })
    }
}
