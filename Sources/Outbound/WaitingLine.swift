import Synchronization

/// Tasks that wait for a condition in the order they came. Each may give up: when it is cancelled, or after a time.
final class WaitingLine<Condition: Sendable>: Sendable {
    private struct Waiter {
        let ticket: UInt64
        let isLetGo: CheckedContinuation<Bool, Never>
    }

    private struct State {
        var condition: Condition
        var lastTicket: UInt64 = 0
        var waiters: [Waiter] = []
    }

    private let state: Mutex<State>

    init(_ condition: Condition) { state = Mutex(State(condition: condition)) }

    var condition: Condition { state.withLock { $0.condition } }

    /// True at once when `take` says so of the condition, later when the line lets the task go; false for a task that
    /// has given up.
    func wait(
        atMost limit: Duration? = nil, unless take: @escaping @Sendable (inout Condition) -> Bool
    ) async -> Bool {
        guard let limit else { return await wait(unless: take) }
        if !Task.isCancelled, state.withLock({ take(&$0.condition) }) { return true }
        return await withTaskGroup(of: Bool.self) { group in
            group.addTask { await self.wait(unless: take) }
            group.addTask {
                try? await Task.sleep(for: limit)
                return false
            }
            var isLetGo = await group.next() ?? false
            group.cancelAll()
            // Who was let go in the moment its time was over has what it waited for.
            for await outcome in group { isLetGo = isLetGo || outcome }
            return isLetGo
        }
    }

    private func wait(unless take: @Sendable (inout Condition) -> Bool) async -> Bool {
        let ticket = state.withLock { state in
            state.lastTicket += 1
            return state.lastTicket
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state -> Bool? in
                    // A cancellation that comes after this look finds the waiter in the line.
                    if Task.isCancelled { return false }
                    if take(&state.condition) { return true }
                    state.waiters.append(Waiter(ticket: ticket, isLetGo: continuation))
                    return nil
                }
                if let isOver { continuation.resume(returning: isOver) }
            }
        } onCancel: {
            let waiter = state.withLock { state in
                state.waiters.firstIndex { $0.ticket == ticket }.map { state.waiters.remove(at: $0) }
            }
            waiter?.isLetGo.resume(returning: false)
        }
    }

    /// Lets the first in the line go; changes the condition when nobody waits.
    func letFirstGo(orElse change: (inout Condition) -> Void) {
        let first = state.withLock { state -> Waiter? in
            if !state.waiters.isEmpty { return state.waiters.removeFirst() }
            change(&state.condition)
            return nil
        }
        first?.isLetGo.resume(returning: true)
    }

    /// Changes the condition and lets everybody go.
    func letAllGo(after change: (inout Condition) -> Void) {
        let all = state.withLock { state in
            change(&state.condition)
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in all { waiter.isLetGo.resume(returning: true) }
    }
}
