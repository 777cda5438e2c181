import Dispatch
package import SimTime
import Store

/// Moving simulated time by hand.
extension Timeline {
    package struct AdvanceReport: Sendable, Equatable {
        package var now: SimInstant
        /// Timers and ticks that ran.
        package var eventCount: Int

        package init(now: SimInstant, eventCount: Int) {
            self.now = now
            self.eventCount = eventCount
        }
    }

    /// Moves simulated time forward to `target`, running every due event in order. Requests get their turns in between.
    package func advance(by duration: SimDuration) async throws -> AdvanceReport {
        try await advance(by: duration, stopsWhenIdle: false)
    }

    /// Moves simulated time forward until no timer is set, but by no more than `limit`.
    package func advanceUntilIdle(limit: SimDuration) async throws -> AdvanceReport {
        try await advance(by: limit, stopsWhenIdle: true)
    }

    private func advance(by duration: SimDuration, stopsWhenIdle: Bool) async throws -> AdvanceReport {
        try await withCheckedThrowingContinuation { continuation in
            queue.async { [self] in
                guard !state.isStopped else { return continuation.resume(throwing: TimelineError.interrupted) }
                // One that waits behind another starts where that one ends.
                state.advances.append(Advance(duration: duration, stopsWhenIdle: stopsWhenIdle, continuation: continuation))
                if state.advances.count == 1 { beginAdvance() }
            }
        }
    }

    struct Advance {
        let duration: SimDuration
        let stopsWhenIdle: Bool
        let continuation: CheckedContinuation<AdvanceReport, any Error>
        var eventCount = 0
    }

    private func beginAdvance() {
        guard let advance = state.advances.first else { return }
        continueAdvance(to: max(now, state.processed) + advance.duration, epoch: state.epoch)
    }

    private func endAdvance(_ result: Result<AdvanceReport, any Error>) {
        state.advances.removeFirst().continuation.resume(with: result)
        beginAdvance()
    }

    /// Ends every advance, also those that wait: they were asked of a state that is gone, or time stands still from now
    /// on.
    func interruptAdvances() {
        state.epoch += 1
        let interrupted = state.advances
        state.advances = []
        for advance in interrupted { advance.continuation.resume(throwing: TimelineError.interrupted) }
    }

    /// One slice of the first advance; the rest is queued behind whatever waits for a turn.
    private func continueAdvance(to target: SimInstant, epoch: Int) {
        // Interrupted between two slices: whoever asked for it has been answered.
        guard epoch == state.epoch else { return }
        let stopsWhenIdle = state.advances[0].stopsWhenIdle
        let sliceEnd = DispatchTime.now() + Self.slice
        while !(stopsWhenIdle && state.agenda.isEmpty), let next = state.nextDue(), next.due <= target {
            moveClock(to: next.due)
            fire(next)
            state.advances[0].eventCount += 1
            if DispatchTime.now() > sliceEnd { return queue.async { self.continueAdvance(to: target, epoch: epoch) } }
        }
        endAdvance(Result {
            let end = stopsWhenIdle && state.agenda.isEmpty ? max(state.processed, now) : target
            fillGap(to: end)
            state.settle(at: end)
            moveClock(to: end)
            try perform(at: end) { turn in for write in state.advanceWriters { try write(turn) } }
            releaseWaiters(upTo: state.processed)
            scheduleWake()
            return AdvanceReport(now: now, eventCount: state.advances[0].eventCount)
        })
    }

    /// How long the queue is kept before others get their turns.
    static let slice = DispatchTimeInterval.milliseconds(20)
}
