import DequeModule
import Synchronization

/// Carries alarm actions out: in order for each action, several actions at once, no more waiting than it can hold, and
/// tried again while the other side does not take them.
final class ActionCourier: Sendable {
    /// One notification on its way.
    struct Errand: Sendable {
        let notification: AlarmNotification
        let sink: any AlarmActionSink
        /// Told the outcome: nil for success, else what went wrong at the last attempt.
        let report: @Sendable (String?) async -> Void
    }

    /// Why an errand was not even tried.
    static let overflow = "Too many actions are waiting to be delivered."

    private static let waitingMax = 1000
    /// Waited in real time before the second attempt, the third and so on. AWS: doc of SNS for the three further attempts.
    private let pauses: [Duration]

    private struct State: Sendable {
        var lanes: [String: Deque<Errand>] = [:]
        var waitingCount = 0
        /// Moved by `forget`: what is under way then is told to nobody.
        var epoch = 0
    }

    private let state = Mutex(State())

    init(pauses: [Duration]) { self.pauses = pauses }

    /// Takes an errand; reports at once when there are too many.
    func send(_ errand: Errand) {
        let lane = errand.notification.actionARN
        let (start, isFull) = state.withLock { state -> (Int?, Bool) in
            guard state.waitingCount < Self.waitingMax else { return (nil, true) }
            state.waitingCount += 1
            if state.lanes[lane] != nil {
                state.lanes[lane]?.append(errand)
                return (nil, false)
            }
            state.lanes[lane] = [errand]
            return (state.epoch, false)
        }
        if isFull { Task { await errand.report(Self.overflow) } }
        if let start { Task { await empty(lane, since: start) } }
    }

    /// Drops what waits, after the state was erased or replaced.
    func forget() {
        state.withLock { state in
            let epoch = state.epoch + 1
            state = State()
            state.epoch = epoch
        }
    }

    /// Delivers a lane's errands one after the other until there are none.
    private func empty(_ lane: String, since start: Int) async {
        while let errand = next(lane, since: start) {
            let failure = await deliver(errand)
            let isCurrent = state.withLock { state in
                guard state.epoch == start else { return false }
                state.waitingCount -= 1
                return true
            }
            guard isCurrent else { return }
            await errand.report(failure)
        }
    }

    /// Takes the first errand of a lane; a lane without any ends.
    private func next(_ lane: String, since start: Int) -> Errand? {
        state.withLock { state in
            guard state.epoch == start else { return nil }
            guard let first = state.lanes[lane]?.popFirst() else {
                state.lanes[lane] = nil
                return nil
            }
            return first
        }
    }

    private func deliver(_ errand: Errand) async -> String? {
        var failure: String?
        for pause in [Duration.zero] + pauses {
            if pause > .zero { try? await Task.sleep(for: pause) }
            do {
                try await errand.sink.deliver(errand.notification)
                return nil
            } catch {
                failure = "\(error)"
            }
        }
        return failure
    }
}
