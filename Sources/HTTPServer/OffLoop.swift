/// Runs milliseconds of arithmetic away from the event loop, which has other connections to serve.
/// Within itself it costs nothing: steps that belong together are best wrapped once more as a whole.
package func offLoop<T: Sendable>(_ work: @Sendable () async throws -> T) async throws -> T {
    try await withTaskExecutorPreference(globalConcurrentExecutor) { try await work() }
}
