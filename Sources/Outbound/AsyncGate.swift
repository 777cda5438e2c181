/// Lets a bounded number of tasks in; the others wait in line, until they are cancelled or their time is over.
package final class AsyncGate: Sendable {
    private let line: WaitingLine<Int>

    package init(places: Int) { line = WaitingLine(max(1, places)) }

    /// Takes a place, which `leave` gives back; false, and no place, for a task that gave up waiting for one.
    /// - Parameter limit: how long to wait at most; nil waits until the task is cancelled.
    package func enter(within limit: Duration? = nil) async -> Bool {
        await line.wait(atMost: limit) { free in
            guard free > 0 else { return false }
            free -= 1
            return true
        }
    }

    /// Gives a place back.
    package func leave() { line.letFirstGo { $0 += 1 } }
}
