import Synchronization

/// Keeps a blob from deletion until the reference to it is written, or while it is being read.
/// Ends by `end` or when it is dropped.
package final class BlobLease: Sendable {
    package let digest: BlobDigest
    /// The blob's size, known to the lease of a fresh upload; nil for others.
    package let byteCount: Int?
    private let store: BlobStore
    private let isOver = Mutex(false)

    init(store: BlobStore, digest: BlobDigest, byteCount: Int?) {
        self.store = store
        self.digest = digest
        self.byteCount = byteCount
    }

    deinit { end() }

    /// Ends the lease; further calls do nothing. Calling it explicitly, after the reference is committed, is also
    /// what keeps the lease alive until then.
    package func end() {
        let wasOver = isOver.withLock { isOver in
            defer { isOver = true }
            return isOver
        }
        if !wasOver { store.endLease(digest) }
    }
}
