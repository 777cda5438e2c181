import Testing

/// Waits for what another thread does. Throws after 20 seconds: a test whose event never comes fails, and does not hang.
func until(
    _ what: Comment, sourceLocation: SourceLocation = #_sourceLocation, _ holds: @Sendable () -> Bool
) async throws {
    let deadline = ContinuousClock.now + .seconds(20)
    while !holds() {
        try #require(ContinuousClock.now < deadline, what, sourceLocation: sourceLocation)
        await Task.yield()
    }
}
