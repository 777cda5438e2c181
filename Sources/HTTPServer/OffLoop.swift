package import Dispatch

/// Runs milliseconds of arithmetic away from the event loop, which has other connections to serve.
/// Within itself it costs nothing: steps that belong together are best wrapped once more as a whole.
package func offLoop<T: Sendable>(_ work: @Sendable () async throws -> T) async throws -> T {
    try await withTaskExecutorPreference(globalConcurrentExecutor) { try await work() }
}

/// Runs what blocks for a good part of a second or more away from the event loop, and from the shared pool of threads
/// as well: that has one for each core, and with two of them taken nothing else would go on. The caller bounds how many
/// run at once.
/// - Parameter thread: a serial queue, of which work waits for its turn; left out, the work has a thread of its own.
package func offPool<T: Sendable>(
    on thread: DispatchQueue = DispatchQueue(label: "coldframe.long-work"), _ work: @escaping @Sendable () throws -> T
) async throws -> T {
    // A serial queue is served by a thread beside the pool; a concurrent one would take the pool's.
    try await withCheckedThrowingContinuation { continuation in
        thread.async { continuation.resume(with: Result { try work() }) }
    }
}
