import Foundation
import HTTPServer
import Synchronization
import Testing

@Suite struct OffLoopTests {
    private final class Progress: Sendable {
        let begun = Atomic(0)
        let isOver = Atomic(false)
    }

    /// As many arithmetic jobs as the shared pool has threads, which end when a task of the pool has run.
    @Test(.timeLimit(.minutes(1))) func longWorkLeavesTheSharedPoolToOthers() async throws {
        struct Starved: Error {}
        let jobs = ProcessInfo.processInfo.activeProcessorCount
        let progress = Progress()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<jobs {
                group.addTask {
                    try await offPool {
                        if progress.begun.add(1, ordering: .relaxed).newValue == jobs {
                            Task(priority: .medium) { progress.isOver.store(true, ordering: .relaxed) }
                        }
                        let deadline = ContinuousClock.now + .seconds(20)
                        while !progress.isOver.load(ordering: .relaxed) {
                            guard ContinuousClock.now < deadline else { throw Starved() }
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(progress.begun.load(ordering: .relaxed) == jobs)
    }
}
