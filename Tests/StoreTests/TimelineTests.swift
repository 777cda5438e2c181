import Dispatch
import Foundation
import Logging
import SimTime
import Store
import Synchronization
import Testing
import Timeline
import Vocabulary

/// A real clock that moves only when the test says so.
private final class HandClock: Sendable {
    private let instant = Mutex(SimInstant(millisecondsSinceEpoch: 1_800_000_000_000))
    var now: SimInstant { instant.withLock { $0 } }
    func move(_ duration: SimDuration) { instant.withLock { $0 = $0 + duration } }
    var reading: RealClock { { self.now } }
}

/// What ran, in order.
private final class Journal: Sendable {
    private let lines = Mutex<[String]>([])
    func write(_ line: String) { lines.withLock { $0.append(line) } }
    var all: [String] { lines.withLock { $0 } }
}

@Suite struct TimelineTests {
    private func makeTimeline(
        _ store: Store, _ clock: HandClock, mode: ClockMode = .manual, scale: Double? = nil
    ) throws -> Timeline {
        try Timeline(
            store: store, clock: .init(mode: mode, scale: scale), realNow: clock.reading, logger: Logger(label: "test"))
    }

    private func timer(_ name: String) -> TimerID { TimerID(kind: "test", owner: "o", name: name) }

    @Test func dueEventsFireInOrderAndTimeStandsAtEach() async throws {
        let store = try Store(location: .ephemeral, migrations: Timeline.migrations)
        defer { store.close() }
        let clock = HandClock(), journal = Journal()
        let timeline = try makeTimeline(store, clock)
        let start = timeline.now
        timeline.handleTimers(kind: "test") { turn, id in
            journal.write("\(id.name)@\((turn.now - start).seconds)")
            if id.name == "first" { try turn.arm(TimerID(kind: "test", owner: "o", name: "chained"), at: turn.now) }
        }
        timeline.add(Tick(name: "alarms", phase: Phase.alarmEvaluation, period: .seconds(60), isNeeded: { true }) { turn in
            journal.write("tick@\((turn.now - start).seconds)")
        })
        timeline.start()
        try await timeline.turn { [self] turn in
            try turn.arm(timer("later"), at: turn.now + .seconds(70))
            try turn.arm(timer("first"), at: turn.now + .seconds(60))
            try turn.arm(timer("never"), at: turn.now + .seconds(65))
            try turn.disarm(timer("never"))
        }
        let report = try await timeline.advance(by: .seconds(80))
        #expect(journal.all == ["tick@60.0", "first@60.0", "chained@60.0", "later@70.0"])
        #expect(report.eventCount == 4)
        #expect(timeline.now == start + .seconds(80))
    }

    @Test func advanceUntilIdleStopsAtTheLastTimer() async throws {
        let store = try Store(location: .ephemeral, migrations: Timeline.migrations)
        defer { store.close() }
        let timeline = try makeTimeline(store, HandClock())
        timeline.handleTimers(kind: "test") { _, _ in }
        timeline.start()
        let start = timeline.now
        try await timeline.turn { [self] turn in try turn.arm(timer("bake"), at: turn.now + .seconds(300)) }
        let report = try await timeline.advanceUntilIdle(limit: .hours(2))
        #expect(report.now == start + .seconds(300))
        let idle = try await timeline.advanceUntilIdle(limit: .hours(2))
        #expect(idle == Timeline.AdvanceReport(now: start + .seconds(300), eventCount: 0))
    }

    @Test func aFailedTurnChangesNothingAndArmsNothing() async throws {
        struct Refused: Error {}
        let store = try Store(location: .ephemeral, migrations: Timeline.migrations)
        defer { store.close() }
        let journal = Journal()
        let timeline = try makeTimeline(store, HandClock())
        timeline.handleTimers(kind: "test") { _, id in journal.write(id.name) }
        timeline.start()
        await #expect(throws: Refused.self) {
            try await timeline.turn { [self] turn in
                try turn.arm(timer("ghost"), at: turn.now)
                turn.afterCommit { journal.write("committed") }
                throw Refused()
            }
        }
        _ = try await timeline.advance(by: .seconds(10))
        #expect(journal.all.isEmpty)
    }

    @Test func aFailingTimerIsLoggedAndNeverBlocksTheRest() async throws {
        struct Broken: Error {}
        let store = try Store(location: .ephemeral, migrations: Timeline.migrations)
        defer { store.close() }
        let journal = Journal()
        let timeline = try makeTimeline(store, HandClock())
        timeline.handleTimers(kind: "test") { _, id in
            if id.name == "broken" { throw Broken() }
            journal.write(id.name)
        }
        timeline.start()
        try await timeline.turn { [self] turn in
            try turn.arm(timer("broken"), at: turn.now + .seconds(1))
            try turn.arm(timer("sound"), at: turn.now + .seconds(2))
        }
        _ = try await timeline.advance(by: .seconds(5))
        _ = try await timeline.advance(by: .seconds(5))
        #expect(journal.all == ["sound"])
    }

    @Test func timersOutliveTheProcessAndOverdueOnesFireInOrderAtTheirInstants() async throws {
        let folder = NSTemporaryDirectory() + "coldframe-test-\(UInt32.random(in: 0 ... .max))"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let clock = HandClock(), journal = Journal()
        let start = clock.now
        do {
            let store = try Store(location: .folder(folder), migrations: Timeline.migrations)
            let timeline = try makeTimeline(store, clock, mode: .follow, scale: 60)
            timeline.start()
            try await timeline.turn { [self] turn in
                try turn.arm(timer("bake"), at: start + .seconds(300))
                try turn.arm(timer("ready"), at: start + .seconds(120))
                try turn.arm(timer("far"), at: start + .seconds(900))
            }
            timeline.stop()
            store.close()
        }
        // Time goes on at its real pace while nobody serves.
        clock.move(.minutes(10))
        let store = try Store(location: .folder(folder), migrations: Timeline.migrations)
        defer { store.close() }
        let timeline = try Timeline(store: store, clock: .init(), realNow: clock.reading, logger: Logger(label: "test"))
        timeline.handleTimers(kind: "test") { turn, id in journal.write("\(id.name)@\((turn.now - start).seconds)") }
        timeline.start()
        try await timeline.turn { _ in }
        #expect(journal.all == ["ready@120.0", "bake@300.0"])
        #expect(timeline.now == start + .seconds(600))
    }

    @Test func gapsAreFilledBeforeEachInstantAndCoverAllTime() async throws {
        let store = try Store(location: .ephemeral, migrations: Timeline.migrations)
        defer { store.close() }
        let journal = Journal()
        let timeline = try makeTimeline(store, HandClock())
        let start = timeline.now
        timeline.fillGaps { from, to in journal.write("\((from - start).seconds)–\((to - start).seconds)") }
        timeline.handleTimers(kind: "test") { _, id in journal.write(id.name) }
        timeline.start()
        try await timeline.turn { [self] turn in try turn.arm(timer("shift"), at: turn.now + .seconds(30)) }
        _ = try await timeline.advance(by: .seconds(50))
        #expect(journal.all == ["0.0–30.0", "shift", "30.0–50.0"])
    }

    @Test func anIdleTickIsSkippedAndTakesUpAtTheNextBoundary() async throws {
        let store = try Store(location: .ephemeral, migrations: Timeline.migrations)
        defer { store.close() }
        let journal = Journal()
        let isNeeded = Mutex(false)
        let timeline = try makeTimeline(store, HandClock())
        let start = timeline.now
        timeline.add(Tick(
            name: "alarms", phase: Phase.alarmEvaluation, period: .seconds(60), isNeeded: { isNeeded.withLock { $0 } }
        ) { turn in journal.write("\((turn.now - start).seconds)") })
        timeline.start()
        let quiet = try await timeline.advance(by: .days(7))
        #expect(quiet.eventCount == 0)
        isNeeded.withLock { $0 = true }
        _ = try await timeline.advance(by: .seconds(130))
        #expect(journal.all == ["604860.0", "604920.0"])
    }

    @Test func resetForgetsTimersAndReturnsToThePresent() async throws {
        let store = try Store(location: .ephemeral, migrations: Timeline.migrations)
        defer { store.close() }
        let clock = HandClock(), journal = Journal()
        let timeline = try makeTimeline(store, clock)
        timeline.handleTimers(kind: "test") { _, id in journal.write(id.name) }
        timeline.start()
        try await timeline.turn { [self] turn in try turn.arm(timer("old"), at: turn.now + .hours(2)) }
        _ = try await timeline.advance(by: .hours(1))
        #expect(timeline.clockShift.duration == .hours(1))
        try await timeline.reset {}
        #expect(timeline.now == clock.now)
        #expect(timeline.clockShift == .none)
        _ = try await timeline.advance(by: .hours(3))
        #expect(journal.all.isEmpty)
    }

    @Test func requestsGetTheirTurnsDuringALongAdvance() async throws {
        let store = try Store(location: .ephemeral, migrations: Timeline.migrations)
        defer { store.close() }
        let timeline = try makeTimeline(store, HandClock())
        timeline.add(Tick(name: "busy", phase: 0, period: .seconds(1), isNeeded: { true }) { _ in })
        timeline.start()
        let start = timeline.now
        let advance = Task { try await timeline.advance(by: .days(30)) }
        try await until("the advance begins") { timeline.now >= start + .seconds(60) }
        let served = try await timeline.turn { $0.now }
        #expect(served >= start + .seconds(60))
        #expect(timeline.now < start + .days(30), "the turn did not wait for the end of the advance")
        try await timeline.reset {}
        await #expect(throws: TimelineError.interrupted) { _ = try await advance.value }
    }

    @Test func requestsBetweenAdvancesLeaveTheirCountsAlone() async throws {
        let store = try Store(location: .ephemeral, migrations: Timeline.migrations)
        defer { store.close() }
        let timeline = try makeTimeline(store, HandClock())
        timeline.add(Tick(name: "busy", phase: 0, period: .seconds(1), isNeeded: { true }) { _ in })
        timeline.start()
        let start = timeline.now
        async let report = timeline.advance(by: .hours(3))
        try await until("the advance begins") { timeline.now >= start + .seconds(60) }
        try await timeline.turn { _ in }
        #expect(try await report == Timeline.AdvanceReport(now: start + .hours(3), eventCount: 10_800))
    }

    @Test func eventsAreStoredAndHeard() async throws {
        let store = try Store(location: .ephemeral, migrations: Timeline.migrations)
        defer { store.close() }
        let timeline = try makeTimeline(store, HandClock())
        timeline.start()
        let stream = timeline.events.subscribe()
        try await timeline.turn { turn in
            turn.record(LoggedEvent(instant: turn.now, detailType: "T", subject: "churn", json: "{}"))
            turn.record(LoggedEvent(instant: turn.now, detailType: "T", subject: "other", json: "{}"))
        }
        var heard: [String] = []
        for await event in stream {
            heard.append(event.subject)
            if heard.count == 2 { break }
        }
        #expect(heard == ["churn", "other"])
        #expect(try timeline.events.events(subject: "churn").map(\.number) == [1])
        #expect(try timeline.events.events(subject: nil).map(\.subject) == ["churn", "other"])
    }
}

@Suite struct TimelineInterruptionTests {
    @Test func whoSubscribesAfterTheEndIsNotKept() async throws {
        let store = try Store(location: .ephemeral, migrations: Timeline.migrations)
        defer { store.close() }
        let events = EventLog(store: store), journal = Journal()
        let early = events.subscribe()
        events.endSubscriptions()
        for stream in [early, events.subscribe()] {
            Task {
                for await _ in stream {}
                journal.write("ended")
            }
        }
        try await until("both streams end") { journal.all.count == 2 }
    }

    private func makeTimeline(_ store: Store, _ clock: HandClock, mode: ClockMode, scale: Double? = nil) throws -> Timeline {
        try Timeline(
            store: store, clock: .init(mode: mode, scale: scale), realNow: clock.reading, logger: Logger(label: "test"))
    }

    /// A manual timeline that has something to do in every second, and an advance by two days that has begun.
    private func beginLongAdvance(
        _ store: Store, _ clock: HandClock
    ) async throws -> (Timeline, advance: Task<Timeline.AdvanceReport, any Error>) {
        let timeline = try makeTimeline(store, clock, mode: .manual)
        timeline.add(Tick(name: "busy", phase: 0, period: .seconds(1), isNeeded: { true }) { _ in })
        timeline.start()
        let advance = Task { try await timeline.advance(by: .days(2)) }
        try await until("the advance begins") { timeline.now >= clock.now + .seconds(10) }
        return (timeline, advance)
    }

    @Test func aResetEndsAnAdvanceUnderWay() async throws {
        let store = try Store(location: .ephemeral, migrations: Timeline.migrations)
        defer { store.close() }
        let clock = HandClock()
        let (timeline, advance) = try await beginLongAdvance(store, clock)
        try await timeline.reset {}
        await #expect(throws: TimelineError.interrupted) { _ = try await advance.value }
        #expect(timeline.now == clock.now)
    }

    @Test func aStopEndsTheAdvanceUnderWayThoseThatWaitAndThoseToCome() async throws {
        let store = try Store(location: .ephemeral, migrations: Timeline.migrations)
        defer { store.close() }
        let (timeline, running) = try await beginLongAdvance(store, HandClock())
        let waiting = Task { try await timeline.advance(by: .days(2)) }
        for _ in 0..<100 { await Task.yield() }
        try await timeline.betweenTurns {}
        timeline.stop()
        let stopped = timeline.now
        for advance in [running, waiting] {
            await #expect(throws: TimelineError.interrupted) { _ = try await advance.value }
        }
        await #expect(throws: TimelineError.interrupted) { _ = try await timeline.advance(by: .days(2)) }
        #expect(timeline.now == stopped)
    }

    @Test func advancesThatOverlapAddUp() async throws {
        let store = try Store(location: .ephemeral, migrations: Timeline.migrations)
        defer { store.close() }
        let clock = HandClock()
        let timeline = try makeTimeline(store, clock, mode: .manual)
        timeline.start()
        async let first = timeline.advance(by: .minutes(10))
        async let second = timeline.advance(by: .minutes(5))
        _ = try await (first, second)
        #expect(timeline.now == clock.now + .minutes(15))
    }

    @Test func whatATurnMakesDueAtOnceHappensWithoutAnAdvance() async throws {
        let store = try Store(location: .ephemeral, migrations: Timeline.migrations)
        defer { store.close() }
        let journal = Journal()
        let timeline = try makeTimeline(store, HandClock(), mode: .manual)
        timeline.handleTimers(kind: "test") { _, id in journal.write(id.name) }
        timeline.start()
        try await timeline.turn { turn in
            try turn.arm(TimerID(kind: "test", owner: "o", name: "at once"), at: turn.now)
        }
        try await timeline.betweenTurns {}
        #expect(journal.all == ["at once"])
    }

    @Test func aFastClockDoesNotRunOnWhileTheServerIsAway() async throws {
        let folder = NSTemporaryDirectory() + "coldframe-test-\(UInt32.random(in: 0 ... .max))"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let clock = HandClock()
        let start = clock.now
        do {
            let store = try Store(location: .folder(folder), migrations: Timeline.migrations)
            let timeline = try makeTimeline(store, clock, mode: .follow, scale: 60)
            timeline.start()
            clock.move(.minutes(1))
            try await timeline.turn { _ in }
            timeline.stop()
            store.close()
        }
        clock.move(.hours(12))
        let store = try Store(location: .folder(folder), migrations: Timeline.migrations)
        defer { store.close() }
        let timeline = try Timeline(store: store, clock: .init(), realNow: clock.reading, logger: Logger(label: "test"))
        #expect(timeline.now == start + .minutes(60) + .hours(12))
    }

    @Test func waitersAreAnsweredWhenTheClockChanges() async throws {
        let store = try Store(location: .ephemeral, migrations: Timeline.migrations)
        defer { store.close() }
        let clock = HandClock()
        let timeline = try makeTimeline(store, clock, mode: .follow)
        timeline.start()
        async let waiting: Void = timeline.wait(until: clock.now + .seconds(1), atMostRealSeconds: 2)
        try await timeline.betweenTurns {}
        _ = try await timeline.setClock(mode: nil, scale: 0.001)
        await waiting
    }

    /// The wait is decided while the old clock still holds, and comes to the timeline's thread behind the change.
    @Test func aWaiterThatMeetsAChangeOfTheClockIsAnswered() async throws {
        let store = try Store(location: .ephemeral, migrations: Timeline.migrations)
        defer { store.close() }
        let clock = HandClock(), readings = Atomic(0)
        let timeline = try Timeline(
            store: store, clock: .init(mode: .follow), realNow: { readings.add(1, ordering: .relaxed); return clock.now },
            logger: Logger(label: "test"))
        timeline.start()
        let due = clock.now + .seconds(1)
        for mode in [ClockMode.manual, .follow] {
            _ = try await timeline.setClock(mode: .follow, scale: 1)
            let gate = DispatchSemaphore(value: 0)
            async let held: Void = timeline.betweenTurns { gate.wait() }
            let changed = Task { try await timeline.setClock(mode: mode, scale: 0.001) }
            for _ in 0..<100 { await Task.yield() }
            let before = readings.load(ordering: .relaxed)
            let waiting = Task { await timeline.wait(until: due, atMostRealSeconds: 2) }
            defer { gate.signal() }
            try await until("the wait is decided") { readings.load(ordering: .relaxed) > before }
            gate.signal()
            _ = try await (held, changed.value)
            await waiting.value
        }
    }

    @Test(arguments: [true, false]) func waitersAreAnsweredWhenTheStateIsReplaced(isReadable: Bool) async throws {
        struct Unreadable: Error {}
        let store = try Store(location: .ephemeral, migrations: Timeline.migrations)
        defer { store.close() }
        let clock = HandClock(), readings = Atomic(0), isAnswered = Atomic(false)
        let timeline = try Timeline(
            store: store, clock: .init(mode: .follow),
            realNow: { readings.add(1, ordering: .relaxed); return clock.now },
            logger: Logger(label: "test"))
        timeline.start()
        try await timeline.betweenTurns {}
        let before = readings.load(ordering: .relaxed), due = clock.now + .seconds(1)
        Task {
            await timeline.wait(until: due, atMostRealSeconds: 2)
            isAnswered.store(true, ordering: .releasing)
        }
        // The second reading is on the timeline's thread.
        try await until("the wait is queued") { readings.load(ordering: .relaxed) >= before + 2 }
        let reload = Task {
            try await timeline.reload {
                try store.write { try $0.execute("UPDATE clock SET mode = 'manual'", []) }
                if !isReadable { throw Unreadable() }
            }
        }
        switch await reload.result {
        case .success: #expect(isReadable)
        case .failure(let error): #expect(!isReadable && error is Unreadable)
        }
        try await until("the wait is answered") { isAnswered.load(ordering: .acquiring) }
    }
}
