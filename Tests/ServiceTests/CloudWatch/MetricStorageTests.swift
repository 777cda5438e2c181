import AWSModel
import CloudWatchService
import MetricRules
import SimTime
import Store
import Synchronization
import Testing
import Timeline

/// What is in memory and what is stored add up to the same answers, whenever and wherever it was put.
@Suite struct MetricStorageTests {
    @Test func flushedDatapointsOutliveTheServer() async throws {
        let first = try CloudWatchHarness()
        defer { first.close() }
        try await first.put(1.5)
        for value in 0..<50 { try await first.put(Double(value), metric: "many") }
        try await first.service.flush()
        first.timeline.stop()
        let second = try CloudWatchHarness(store: first.store)
        #expect(try await second.sums() == [[0, 1.5]])
        let answer = try await second.call("GetMetricStatistics", [
            "Namespace": "N", "MetricName": "many", "StartTime": .timestamp(second.now - .hours(1)),
            "EndTime": .timestamp(second.now + .minutes(1)), "Period": 60, "ExtendedStatistics": ["p50"],
        ])
        #expect(answer["Datapoints"]?.list?.first?["ExtendedStatistics"] == ["p50": 24.5])
        #expect(try await second.call("ListMetrics", [:])["Metrics"]?.list?.count == 2)
    }

    /// Bookings before, between and after restarts and flushes, recent and late: the sums are those of all of them.
    @Test(arguments: 1...6 as ClosedRange<UInt64>)
    func anyInterleavingAddsUp(seed: UInt64) async throws {
        var random = SeededRandom(seed: seed)
        var harness = try CloudWatchHarness()
        defer { harness.close() }
        var expected: [Double: Double] = [:]
        for _ in 0..<120 {
            switch Int.random(in: 0..<10, using: &random) {
            case 0: try await harness.service.flush()
            case 1:
                try await harness.service.flush()
                harness.timeline.stop()
                harness = try CloudWatchHarness(store: harness.store)
            case 2: try await harness.advance(.minutes(Int64.random(in: 1...40, using: &random)))
            default:
                let age = Int64.random(in: 0..<(Bool.random(using: &random) ? 5 : 400), using: &random)
                let instant = harness.now - .minutes(age), value = Double(Int.random(in: 0...9, using: &random))
                try await harness.put(value, at: instant)
                expected[(instant - CloudWatchHarness.start).seconds / 60, default: 0] += value
            }
            if Int.random(in: 0..<6, using: &random) == 0 {
                let sums = try await harness.sums(from: CloudWatchHarness.start - .minutes(420))
                #expect(sums == expected.sorted { $0.key < $1.key }.map { [$0.key, $0.value] })
            }
        }
    }

    @Test func failedFlushesLoseNothing() async throws {
        struct Failure: Error {}
        let harness = try CloudWatchHarness()
        defer { harness.close() }
        try await harness.put(1)
        try await harness.put(2, at: harness.now - .minutes(300))
        try await harness.service.flush()
        try await harness.put(4)
        try await harness.put(8, at: harness.now - .minutes(300))
        await #expect(throws: Failure.self) {
            try await harness.timeline.turn { turn in
                try harness.service.flush(in: turn)
                throw Failure()
            }
        }
        #expect(try await harness.sums(from: CloudWatchHarness.start - .minutes(301)) == [[-300, 10], [0, 5]])
        try await harness.service.flush()
        harness.timeline.stop()
        let next = try CloudWatchHarness(store: harness.store)
        #expect(try await next.sums(from: CloudWatchHarness.start - .minutes(301)) == [[-300, 10], [0, 5]])
    }

    /// The samples of a failed flush are not lost when memory was extended over them in between.
    @Test func failedLateSamplesSurviveLoading() async throws {
        struct Failure: Error {}
        let first = try CloudWatchHarness()
        defer { first.close() }
        try await first.put(1)
        try await first.service.flush()
        try await first.advance(.hours(5))
        first.timeline.stop()
        let second = try CloudWatchHarness(store: first.store)
        try await second.put(2, at: CloudWatchHarness.start)
        await #expect(throws: Failure.self) {
            try await second.timeline.turn { turn in
                try second.service.flush(in: turn)
                throw Failure()
            }
        }
        try await second.putAlarm(["Period": 3600, "EvaluationPeriods": 24, "DatapointsToAlarm": 1, "Threshold": 1.2])
        try await second.advance(.minutes(1))
        #expect(try await second.state() == "ALARM")
        try await second.put(4, at: CloudWatchHarness.start)
        try await second.service.flush()
        second.timeline.stop()
        #expect(try await CloudWatchHarness(store: first.store).sums() == [[0, 7]])
    }

    @Test func sourcesAreAskedBeforeReads() async throws {
        let harness = try CloudWatchHarness()
        defer { harness.close() }
        let held = Mutex(3.0)
        harness.service.metrics.addSource { [weak harness] in
            let value = held.withLock { held in
                defer { held = 0 }
                return held
            }
            guard let harness, value > 0 else { return }
            harness.service.metrics.book(CloudWatchHarness.realm, [MetricBooking(
                metric: MetricIdentity(namespace: "N", name: "m"), unit: .none, instant: harness.now, samples: SampleSet(value))])
        }
        #expect(try await harness.sums() == [[0, 3]])
    }

    /// AWS: doc — spec/cloudwatch.md §2: tiers of 3 hours, 15, 63 and 455 days.
    @Test func oldDataBecomesCoarseAndGoes() async throws {
        let harness = try CloudWatchHarness()
        defer { harness.close() }
        for minute in 0..<10 as Range<Int64> { try await harness.put(1, at: harness.now - .minutes(minute), ["StorageResolution": 1]) }
        let from = CloudWatchHarness.start - .hours(1), to = CloudWatchHarness.start + .hours(1)
        func total(_ period: Int64) async throws -> Double {
            try await harness.sums(from: from, to: to, period: period).reduce(0) { $0 + $1[1] }
        }
        #expect(try await [total(10), total(60), total(300), total(3600)] == [10, 10, 10, 10])
        try await harness.advance(.hours(5))
        #expect(try await [total(10), total(60), total(300)] == [0, 10, 10])
        try await harness.advance(.days(16))
        #expect(try await [total(60), total(300), total(3600)] == [0, 10, 10])
        #expect(try rows(harness.store) == [300: 3])
        try await harness.advance(.days(50))
        #expect(try await [total(300), total(3600)] == [0, 10])
        #expect(try rows(harness.store) == [3600: 2])
    }

    private func rows(_ store: Store) throws -> [Int64: Int64] {
        var counts: [Int64: Int64] = [:]
        try store.read { reader in
            try reader.query("SELECT tier, COUNT(*) FROM datapoint GROUP BY tier") { counts[$0.integer(0)] = $0.integer(1) }
        }
        return counts
    }

    @Test func resetForgetsEverything() async throws {
        let harness = try CloudWatchHarness()
        defer { harness.close() }
        try await harness.put(1)
        try await harness.putAlarm()
        try await harness.service.flush()
        try await harness.timeline.reset { harness.service.forget() }
        #expect(try await harness.sums() == [])
        #expect(try await harness.described().isEmpty)
        try await harness.put(2)
        try await harness.service.flush()
        #expect(try await harness.sums().map(\.[1]) == [2])
    }
}
