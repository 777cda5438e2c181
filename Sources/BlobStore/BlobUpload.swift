import Crypto
import Synchronization

/// A blob on its way in: bytes are written to the staging folder and hashed as they come.
/// It may be kept across requests (a registry's chunked upload), and across runs by its number.
/// Dropping it discards what was written.
package final class BlobUpload: Sendable {
    private struct Progress {
        /// Nil once the upload is over.
        var file: Int32?
        var hasher = SHA256()
        /// Behind `byteCount` in an upload of an earlier run, until `catchUp`.
        var hashedByteCount = 0
        var byteCount: Int
    }

    /// Names the upload to `BlobStore.resumeUpload`.
    package let number: UInt64
    private let store: BlobStore
    private let path: String
    private let progress: Mutex<Progress>

    init(store: BlobStore, number: UInt64, path: String, file: Int32, byteCount: Int) {
        self.store = store
        self.number = number
        self.path = path
        progress = Mutex(Progress(file: file, byteCount: byteCount))
    }

    deinit { discard() }

    /// How many bytes have been appended.
    package var byteCount: Int { progress.withLock { $0.byteCount } }

    /// The digest of what has been appended so far, or of as much of it as has been hashed (`catchUp`).
    package var digest: BlobDigest { progress.withLock { Self.digest($0.hasher) } }

    /// Hashes what an earlier run has written, away from event loops. To be done before bytes of this run are added.
    /// Throws `BlobStoreError.system`, and `.uploadOver` after `commit` or `discard`.
    package func catchUp() async throws {
        guard progress.withLock({ $0.hashedByteCount < $0.byteCount }) else { return }
        try await store.inBackground { while try self.hashRun() {} }
    }

    /// Hashes the next run of written bytes; false when none is left.
    private func hashRun() throws -> Bool {
        try progress.withLock { progress in
            guard let file = progress.file else { throw BlobStoreError.uploadOver }
            let left = progress.byteCount - progress.hashedByteCount
            guard left > 0 else { return false }
            let run = try FileSystem.read(
                file, at: progress.hashedByteCount, count: min(left, FileSystem.chunkBytesMax), path: path)
            guard !run.isEmpty else { throw BlobStoreError.system(call: "pread", path: path, code: 5) }
            progress.hasher.update(data: run)
            progress.hashedByteCount += run.count
            return true
        }
    }

    /// Adds bytes at the end. Pass at most 256 KiB at a time on an event loop.
    /// Throws `BlobStoreError.system`, and `.uploadOver` after `commit` or `discard`.
    package func append(_ bytes: ArraySlice<UInt8>) throws {
        while try hashRun() {}
        try progress.withLock { progress in
            guard let file = progress.file else { throw BlobStoreError.uploadOver }
            try bytes.withUnsafeBytes { buffer in
                try FileSystem.writeAll(buffer, to: file, path: path)
                progress.hasher.update(bufferPointer: buffer)
            }
            progress.byteCount += bytes.count
            progress.hashedByteCount += bytes.count
        }
    }

    /// Makes the bytes a stored blob, visible to readers at once and whole. The answer keeps the blob from deletion
    /// until its reference is written. Throws `BlobStoreError.system` and `.uploadOver`.
    package func commit() async throws -> BlobLease {
        try await catchUp()
        switch store.durability {
        case .process: return try finish(isFlushed: false)
        case .machine: return try await store.inBackground { try self.finish(isFlushed: true) }
        }
    }

    /// The same for a few bytes, without leaving the thread. Throws `BlobStoreError.system` and `.uploadOver`.
    package func commitAtOnce() throws -> BlobLease {
        while try hashRun() {}
        return try finish(isFlushed: store.durability == .machine)
    }

    /// Gives up what was written; nothing happens after `commit`.
    package func discard() {
        progress.withLock { progress in
            guard let file = progress.file else { return }
            FileSystem.closeFile(file)
            FileSystem.removeFile(path)
            progress.file = nil
        }
    }

    /// Closes the upload and leaves its bytes for `BlobStore.resumeUpload`.
    package func suspend() {
        progress.withLock { progress in
            guard let file = progress.file else { return }
            FileSystem.closeFile(file)
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
