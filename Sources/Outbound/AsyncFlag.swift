/// Something that happens once, for tasks that wait for it.
package final class AsyncFlag: Sendable {
    private let line = WaitingLine(false)

    package init() {}

    package var isRaised: Bool { line.condition }

    package func raise() { line.letAllGo { $0 = true } }

    /// Waits until the flag is raised; false for a task that gave up before.
    /// - Parameter limit: how long to wait at most; nil waits until the task is cancelled.
    @discardableResult
    package func wait(atMost limit: Duration? = nil) async -> Bool {
        await line.wait(atMost: limit) { $0 }
    }
}
