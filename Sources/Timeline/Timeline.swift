import Dispatch
package import Logging
package import SimTime
package import Store
import Synchronization

/// The one serial turn loop. Everything that changes control-plane state is a turn: a due timer, a tick, or a request's
/// own work, each in a transaction at a simulated instant, in the order (instant, phase, sequence).
/// Simulated time is only ever read and moved here.
package final class Timeline: Sendable {
    package typealias TimerHandler = @Sendable (Turn, TimerID) throws -> Void
    /// Called before simulated time moves from one instant to a later one: simulated traffic fills the gap.
    package typealias GapFiller = @Sendable (_ from: SimInstant, _ to: SimInstant) -> Void

    package let store: Store
    package let events: EventLog
    let realNow: RealClock
    let logger: Logger
    let queue = DispatchQueue(label: "coldframe.timeline", qos: .userInitiated)
    private let setting: Mutex<ClockSetting>
    /// Touched only on `queue`.
    let state: TimelineState

    /// - Parameters:
    ///   - clock: used when the store holds no clock yet; `startClock` decides over a stored one.
    ///   - realNow: the machine's clock, or a test's.
    package init(store: Store, clock: StartClock, realNow: @escaping RealClock, logger: Logger) throws {
        self.store = store
        self.realNow = realNow
        self.logger = logger
        events = EventLog(store: store)
        let (initial, processed, agenda) = try TimelineState.load(from: store, clock: clock, real: realNow())
        setting = Mutex(initial)
        state = TimelineState(agenda: agenda, processed: processed)
        try store.write { try TimelineState.save(initial, processed: processed, in: $0) }
        let alarmClock = DispatchSource.makeTimerSource(queue: queue)
        alarmClock.setEventHandler { [weak self] in self?.wake() }
        alarmClock.resume()
        state.alarmClock = alarmClock
    }

    deinit { state.alarmClock?.cancel() }

    /// What the command line asks of the clock.
    package struct StartClock: Sendable {
        /// Nil keeps the stored mode, `follow` for a new store.
        package var mode: ClockMode?
        /// Nil keeps the stored scale, 1 for a new store.
        package var scale: Double?

        package init(mode: ClockMode? = nil, scale: Double? = nil) {
            self.mode = mode
            self.scale = scale
        }
    }

    // MARK: Set-up, before `start`

    /// Names who answers the timers of a kind.
    package func handleTimers(kind: String, _ handler: @escaping TimerHandler) {
        queue.sync { state.handlers[kind] = handler }
    }

    package func add(_ tick: Tick) { queue.sync { state.ticks.append(.init(tick: tick, last: state.processed)) } }

    /// Names what is to be written before an advance answers, in a turn of its own: whoever is told that time has passed
    /// may count on what happened in it, even if the process is killed at once.
    package func beforeAdvanceAnswers(_ write: @escaping @Sendable (Turn) throws -> Void) {
        queue.sync { state.advanceWriters.append(write) }
    }

    package func fillGaps(_ filler: @escaping GapFiller) { queue.sync { state.gapFillers.append(filler) } }

    /// Fires what is overdue, in order, and from then on what becomes due.
    package func start() {
        queue.async { [self] in
            (state.isStarted, state.isStopped) = (true, false)
            catchUp()
        }
    }

    /// Lets the running turn end, and starts no other by itself; advances under way, waiting and yet to come end with
    /// `TimelineError.interrupted`.
    package func stop() {
        queue.sync {
            (state.isStarted, state.isStopped) = (false, true)
            interruptAdvances()
            releaseWaiters(upTo: nil)
            // A graceful stop keeps the present, so that a fast clock does not seem to have run on.
            try? store.write { try TimelineState.save(clock, processed: max(now, state.processed), in: $0) }
        }
    }

    // MARK: Reading time

    /// The present simulated instant.
    package var now: SimInstant {
        let real = realNow()
        return setting.withLock { $0.simulated(atReal: real) }
    }

    package var clock: ClockSetting { setting.withLock { $0 } }

    /// The present shift between simulated time and what clients are shown.
    package var clockShift: ClockShift { reading.shift }

    /// The present instant and its shift, from one reading of the real clock.
    package var reading: (now: SimInstant, shift: ClockShift) {
        let real = realNow()
        let simulated = setting.withLock { $0.simulated(atReal: real) }
        return (simulated, ClockShift(simulated: simulated, real: real))
    }

    // MARK: Turns

    /// Runs `body` as a turn at the present instant, after everything due before it, and answers once it is committed.
    /// When `body` throws, nothing is changed and the error is the caller's.
    package func turn<T: Sendable>(_ body: @escaping @Sendable (Turn) throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            queue.async { [self] in
                let isCurrent = catchUp()
                // In the middle of a long replay the turn takes place where the replay stands.
                let instant = isCurrent ? max(now, state.processed) : state.processed
                continuation.resume(with: Result { try perform(at: instant, body) })
                catchUp()
            }
        }
    }

    /// Runs `body` on the timeline's thread, between turns, without a transaction.
    package func betweenTurns<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            queue.async { continuation.resume(with: Result { try body() }) }
        }
    }

    /// Waits until everything due at `instant` has happened, if simulated time gets there within `realSeconds` by itself;
    /// answers at once when it does not.
    package func wait(until instant: SimInstant, atMostRealSeconds realSeconds: Double) async {
        guard comesByItself(instant, withinRealSeconds: realSeconds) else { return }
        await withCheckedContinuation { continuation in
            queue.async { [self] in
                // Asked again where the clock stands still: a change of it may have been queued before this.
                guard state.isStarted, state.processed < instant, comesByItself(instant, withinRealSeconds: realSeconds)
                else { return continuation.resume() }
                state.waiters.append((instant, continuation))
                scheduleWake()
            }
        }
    }

    private func comesByItself(_ instant: SimInstant, withinRealSeconds realSeconds: Double) -> Bool {
        guard let milliseconds = clock.realMilliseconds(until: instant, fromReal: realNow()) else { return false }
        return milliseconds <= realSeconds * 1000
    }

    /// Lets everything due by now happen, without a turn or a transaction of its own; in the middle of a long replay, one
    /// slice of it.
    package func catchUpWithNow() async {
        await withCheckedContinuation { continuation in
            queue.async { [self] in
                catchUp()
                continuation.resume()
            }
        }
    }

    // MARK: Moving time

    /// Changes how time moves; the present stays.
    package func setClock(mode: ClockMode?, scale: Double?) async throws -> ClockSetting {
        try await withCheckedThrowingContinuation { continuation in
            queue.async { [self] in
                continuation.resume(with: Result {
                    catchUp()
                    let changed = clock.changed(
                        mode: mode ?? clock.mode, scale: scale ?? clock.scale, atReal: realNow())
                    try store.write { try TimelineState.save(changed, processed: state.processed, in: $0) }
                    setting.withLock { $0 = changed }
                    // What was near may be far now: whoever waited is answered with what is.
                    releaseWaiters(upTo: nil)
                    scheduleWake()
                    return changed
                })
            }
        }
    }

    /// Forgets all state: rows, timers, events. The clock returns to the present of the machine in the same mode.
    package func reset(_ alsoErase: @escaping @Sendable () throws -> Void) async throws {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            queue.async { [self] in
                continuation.resume(with: Result {
                    interruptAdvances()
                    try store.eraseEverything()
                    try alsoErase()
                    state.agenda = Agenda()
                    let real = realNow()
                    let fresh = clock.moved(to: real, atReal: real)
                    state.rewind(to: real)
                    try store.write { try TimelineState.save(fresh, processed: real, in: $0) }
                    setting.withLock { $0 = fresh }
                    releaseWaiters(upTo: nil)
                    scheduleWake()
                })
            }
        }
    }

    /// Reloads clock, agenda and position after the store's content was replaced.
    package func reload(_ replace: @escaping @Sendable () throws -> Void) async throws {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            queue.async { [self] in
                continuation.resume(with: Result {
                    interruptAdvances()
                    // What was near may be far now, or never come: whoever waited is answered with what is.
                    defer { releaseWaiters(upTo: nil) }
                    try replace()
                    let (stored, processed, agenda) = try TimelineState.load(from: store, clock: StartClock(), real: realNow())
                    state.agenda = agenda
                    state.rewind(to: processed)
                    setting.withLock { $0 = stored }
                    catchUp()
                })
            }
        }
    }

    // MARK: On the queue

    /// Fires everything due by now. `now` is read once: what becomes due meanwhile has its turn at the next wake-up.
    /// Answers false when a slice of a long replay is over and the rest is still to come.
    @discardableResult
    private func catchUp() -> Bool {
        guard state.isStarted else { return true }
        let present = now
        let sliceEnd = DispatchTime.now() + Self.slice
        while let next = state.nextDue(), next.due <= present {
            fire(next)
            if DispatchTime.now() > sliceEnd {
                wakeSoon()
                return false
            }
        }
        if present > state.processed {
            fillGap(to: present)
            state.settle(at: present)
        }
        releaseWaiters(upTo: state.processed)
        scheduleWake()
        return true
    }

    /// Runs one due event in its own transaction. When its handler fails the timer is gone all the same,
    /// since it would fire for ever, and the failure is in the log.
    func fire(_ due: TimelineState.Due) {
        let instant = max(due.due, state.processed)
        fillGap(to: instant)
        state.processed = instant
        do {
            switch due.what {
            case .tick(let index):
                state.ticks[index].last = instant
                try perform(at: instant) { try state.ticks[index].tick.run($0) }
            case .timer(let id):
                _ = state.agenda.popDue(at: due.due)
                try fire(id, at: instant)
            }
        } catch {
            logger.error("failed to run a due event", metadata: ["event": "\(due.label)", "error": "\(error)"])
        }
    }

    private func fire(_ id: TimerID, at instant: SimInstant) throws {
        do {
            try perform(at: instant) { turn in
                try turn.disarm(id)
                try state.handlers[id.kind]?(turn, id)
            }
        } catch {
            try perform(at: instant) { try $0.disarm(id) }
            throw error
        }
    }

    func perform<T>(at instant: SimInstant, _ body: (Turn) throws -> T) throws -> T {
        let clock = self.clock
        var begun: Turn?
        let result: T, turn: Turn, stored: [LoggedEvent]
        do {
            (result, turn, stored) = try store.write { transaction in
                let turn = Turn(now: instant, transaction: transaction)
                begun = turn
                let result = try body(turn)
                let stored = try turn.events.isEmpty ? [] : events.store(turn.events, in: transaction)
                try TimelineState.save(clock, processed: max(state.processed, instant), in: transaction)
                return (result, turn, stored)
            }
        } catch {
            for action in begun?.rollbackActions ?? [] { action() }
            throw error
        }
        for change in turn.timerChanges { state.apply(change) }
        for action in turn.commitActions { action() }
        events.publish(stored)
        return result
    }

    func fillGap(to instant: SimInstant) {
        guard instant > state.processed else { return }
        for filler in state.gapFillers { filler(state.processed, instant) }
    }

    func moveClock(to instant: SimInstant) {
        let real = realNow()
        setting.withLock { setting in
            if setting.simulated(atReal: real) < instant { setting = setting.moved(to: instant, atReal: real) }
        }
    }

    func releaseWaiters(upTo instant: SimInstant?) {
        var kept: [(SimInstant, CheckedContinuation<Void, Never>)] = []
        for waiter in state.waiters {
            if let instant, waiter.0 > instant { kept.append(waiter) } else { waiter.1.resume() }
        }
        state.waiters = kept
    }

    private func wake() {
        state.wakeInstant = nil
        catchUp()
    }

    private func wakeSoon() {
        state.wakeInstant = state.processed
        state.alarmClock?.schedule(deadline: .now())
    }

    /// Sets the wake-up for what is due next.
    func scheduleWake() {
        guard state.isStarted, clock.mode == .follow else { return }
        let nextWaiter = state.waiters.map(\.0).min()
        guard let instant = [state.nextDue()?.due, nextWaiter].compactMap({ $0 }).min() else { return }
        let clock = self.clock
        guard instant != state.wakeInstant || clock != state.wakeClock,
              let milliseconds = clock.realMilliseconds(until: instant, fromReal: realNow()) else { return }
        (state.wakeInstant, state.wakeClock) = (instant, clock)
        // A day at most: a clock that is set forward is noticed by then.
        let microseconds = Int(max(0, min(milliseconds, 86_400_000)) * 1000) + 200
        state.alarmClock?.schedule(deadline: .now() + .microseconds(microseconds))
    }
}

/// Why the timeline did not carry out what it was asked.
package enum TimelineError: Error, Equatable, Sendable {
    /// The state was erased or replaced, or the server stopped, before an advance was complete.
    case interrupted
}
