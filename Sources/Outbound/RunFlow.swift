import Dispatch
import Synchronization

/// Hands an answer's parts from the thread that reads them to the task that uses them, a few at a time: a slow reader
/// slows the connection down instead of filling memory.
final class RunFlow: Sendable {
    private static let partsWaitingMax = 4

    private struct State {
        var waiting: [AnswerReader.Part] = []
        var reader: CheckedContinuation<Void, Never>?
        var isFinished = false
        var isCancelled = false
        var problem: OutboundProblem?
    }

    private let state = Mutex(State())
    private let room = DispatchSemaphore(value: partsWaitingMax)

    /// Called on the reading thread, which waits while the other side is behind. False when nobody wants more.
    func put(_ part: AnswerReader.Part) -> Bool {
        room.wait()
        let (reader, isWanted) = state.withLock { state -> (CheckedContinuation<Void, Never>?, Bool) in
            guard !state.isCancelled else { return (nil, false) }
            state.waiting.append(part)
            defer { state.reader = nil }
            return (state.reader, true)
        }
        reader?.resume()
        return isWanted
    }

    func finish(_ problem: OutboundProblem?) {
        let reader = state.withLock { state in
            state.isFinished = true
            state.problem = problem
            defer { state.reader = nil }
            return state.reader
        }
        reader?.resume()
    }

    /// The next part; nil at the end. Throws what the exchange ended with.
    func next() async throws(OutboundProblem) -> AnswerReader.Part? {
        while true {
            enum Step { case part(AnswerReader.Part), end, problem(OutboundProblem), wait }
            let step = state.withLock { state -> Step in
                if !state.waiting.isEmpty { return .part(state.waiting.removeFirst()) }
                if state.isCancelled { return .problem(.cancelled) }
                guard state.isFinished else { return .wait }
                return state.problem.map { .problem($0) } ?? .end
            }
            switch step {
            case .part(let part):
                room.signal()
                return part
            case .end: return nil
            case .problem(let problem): throw problem
            case .wait: await change()
            }
        }
    }

    /// Lets the reading thread go; parts that wait are dropped.
    func cancel() {
        let reader = state.withLock { state in
            state.isCancelled = true
            state.waiting = []
            defer { state.reader = nil }
            return state.reader
        }
        // The thread may wait for room: one place is enough, since it looks before it waits again.
        room.signal()
        reader?.resume()
    }

    private func change() async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isReady = state.withLock { state in
                    if !state.waiting.isEmpty || state.isFinished || state.isCancelled { return true }
                    state.reader = continuation
                    return false
                }
                if isReady { continuation.resume() }
            }
        } onCancel: {
            cancel()
        }
    }

    deinit {
        // A semaphore must not end below the value it began with.
        for _ in 0..<Self.partsWaitingMax { room.signal() }
    }
}
