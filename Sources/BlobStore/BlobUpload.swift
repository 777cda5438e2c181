import Crypto
import Synchronization

/// A blob on its way in: bytes are written to the staging folder and hashed as they come.
/// It may be kept across requests (a registry's chunked upload). Dropping it discards what was written.
package final class BlobUpload: Sendable {
    private struct Progress {
        /// Nil once the upload is over.
        var file: Int32?
        var hasher = SHA256()
        var byteCount = 0
    }

    private let store: BlobStore
    private let path: String
    private let progress: Mutex<Progress>

    init(store: BlobStore, path: String, file: Int32) {
        self.store = store
        self.path = path
        progress = Mutex(Progress(file: file))
    }

    deinit { discard() }

    /// How many bytes have been appended.
    package var byteCount: Int { progress.withLock { $0.byteCount } }

    /// The digest of what has been appended so far.
    package var digest: BlobDigest { progress.withLock { Self.digest($0.hasher) } }

    /// Adds bytes at the end. Pass at most 256 KiB at a time on an event loop.
    /// Throws `BlobStoreError.system`, and `.uploadOver` after `commit` or `discard`.
    package func append(_ bytes: ArraySlice<UInt8>) throws {
        try progress.withLock { progress in
            guard let file = progress.file else { throw BlobStoreError.uploadOver }
            try bytes.withUnsafeBytes { buffer in
                try FileSystem.writeAll(buffer, to: file, path: path)
                progress.hasher.update(bufferPointer: buffer)
            }
            progress.byteCount += bytes.count
        }
    }

    /// Makes the bytes a stored blob, visible to readers at once and whole. The answer keeps the blob from deletion
    /// until its reference is written. Throws `BlobStoreError.system` and `.uploadOver`.
    package func commit() async throws -> BlobLease {
        switch store.durability {
        case .process: try finish(isFlushed: false)
        case .machine: try await store.inBackground { try self.finish(isFlushed: true) }
        }
    }

    /// `commit` on the caller's thread, for work that may hold it.
    package func commitAtOnce() throws -> BlobLease { try finish(isFlushed: store.durability == .machine) }

    /// Gives up what was written; nothing happens after `commit`.
    package func discard() {
        progress.withLock { progress in
            guard let file = progress.file else { return }
            FileSystem.closeFile(file)
            FileSystem.removeFile(path)
            progress.file = nil
        }
    }

    private func finish(isFlushed: Bool) throws -> BlobLease {
        try progress.withLock { progress in
            guard let file = progress.file else { throw BlobStoreError.uploadOver }
            if isFlushed { try FileSystem.synchronize(file, path: path) }
            let lease = try store.adopt(
                stagingPath: path, digest: Self.digest(progress.hasher), byteCount: progress.byteCount)
            FileSystem.closeFile(file)
            progress.file = nil
            return lease
        }
    }

    private static func digest(_ hasher: SHA256) -> BlobDigest {
        guard let digest = BlobDigest(bytes: Array(hasher.finalize())) else {
            preconditionFailure("SHA-256 has thirty-two bytes")
        }
        return digest
    }
}
