import Synchronization

/// Decoded documents by key. A look-up that misses is answered with the generation at that time; what is then loaded
/// is remembered only if no commit came between, so that a slow reader never puts an old value back.
final class DocumentCache: Sendable {
    enum LookUp {
        case known(any Sendable)
        case absent
        case unknown(generation: UInt64)
    }

    /// Enough for thousands of resources; beyond it the cache starts anew rather than growing.
    private static let entriesMax = 20_000

    private struct State {
        var values: [DocumentKey: (any Sendable)?] = [:]
        var generation: UInt64 = 0
    }

    private let state = Mutex(State())

    func lookUp(_ key: DocumentKey) -> LookUp {
        state.withLock { state in
            guard let entry = state.values[key] else { return .unknown(generation: state.generation) }
            return entry.map { .known($0) } ?? .absent
        }
    }

    func remember(_ key: DocumentKey, _ value: (any Sendable)?, since generation: UInt64) {
        state.withLock { state in
            guard state.generation == generation else { return }
            if state.values.count >= Self.entriesMax { state.values = [:] }
            state.values[key] = .some(value)
        }
    }

    /// Applies what a committed transaction wrote; nil means deleted.
    func commit(_ pending: [DocumentKey: (any Sendable)?]) {
        guard !pending.isEmpty else { return }
        state.withLock { state in
            state.generation += 1
            if state.values.count + pending.count > Self.entriesMax { state.values = [:] }
            for (key, value) in pending { state.values[key] = .some(value) }
        }
    }

    func clear() {
        state.withLock { state in
            state.generation += 1
            state.values = [:]
        }
    }
}
