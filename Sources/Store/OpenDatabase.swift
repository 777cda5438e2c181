import Dispatch
import GRDB
import Synchronization

/// The database's connections, for as long as they are open.
///
/// GRDB lets a read that waits for a reader go on with one that was closed meanwhile, which ends the process. Here whoever
/// comes after `close` is refused, and `close` waits for whoever came before.
final class OpenDatabase: Sendable {
    private let pool: DatabasePool
    private let isClosed = Mutex(false)
    private let users = DispatchGroup()

    init(_ pool: DatabasePool) { self.pool = pool }

    /// Runs `body` on the connections. Throws `StoreError.closed`, and what `body` throws.
    func use<T>(_ body: (DatabasePool) throws -> T) throws -> T {
        try isClosed.withLock { isClosed in
            guard !isClosed else { throw StoreError.closed }
            users.enter()
        }
        defer { users.leave() }
        return try body(pool)
    }

    /// Closes the connections once nobody uses them; false when that was done before. Must not be called within `use`.
    func close() -> Bool {
        let wasClosed = isClosed.withLock { isClosed in
            defer { isClosed = true }
            return isClosed
        }
        guard !wasClosed else { return false }
        users.wait()
        try? pool.close()
        return true
    }
}
