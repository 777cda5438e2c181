import Dispatch
import Synchronization

/// Content-addressed files: every blob is stored once, under the SHA-256 of its bytes.
///
/// Who refers to a blob is its owner's business: a service keeps the digests in its own tables, inserts a reference
/// while it holds the blob's `BlobLease`, and calls `release` once no reference is left. Therefore every service has a
/// store of its own, in its own folder.
///
/// Layout: `blobs/ab/cd/abcd….` (the two levels keep folders small), `staging/N` for uploads in progress,
/// `trash/N` for what is being deleted in the background. Both are emptied when the store opens, so that a crash in
/// mid-upload leaves nothing behind; an owner that remembers its uploads' numbers may keep them instead.
package final class BlobStore: Sendable {
    /// What a blob survives once its upload is committed.
    package enum Durability: Sendable {
        /// The end of the process, however sudden. It is what the database promises with `synchronous = NORMAL`.
        case process
        /// A power failure too: contents and folder entry are flushed to the disk before the commit answers.
        case machine
    }

    private struct State {
        /// Starts anywhere: an earlier run may have left small numbers in the trash.
        var nextNumber = UInt64.random(in: 0 ... .max / 2)
        /// How many leases each blob has; a leased blob is never deleted.
        var leases: [BlobDigest: Int] = [:]
        /// The first-level and second-level folders known to exist.
        var folders: Set<String> = []
    }

    let durability: Durability
    private let folder: String
    private let state = Mutex(State())
    private let background = DispatchQueue(label: "coldframe.blobs", qos: .utility)

    /// Opens the store in `folder`, which is created when missing (its parent must exist).
    /// - Parameter keepsUploads: whether unfinished uploads of an earlier run stay: the owner resumes those it knows and
    ///   has the others removed (`discardUploads`).
    /// Throws `BlobStoreError.system`.
    package init(folder: String, durability: Durability = .process, keepsUploads: Bool = false) throws {
        self.folder = folder
        self.durability = durability
        for path in [folder, folder + "/blobs", folder + "/trash"] { try FileSystem.makeFolder(path) }
        if !keepsUploads { try FileSystem.move(folder + "/staging", to: folder + "/trash/\(nextNumber())") }
        try FileSystem.makeFolder(folder + "/staging")
        emptyTrash()
    }

    // MARK: Writing

    /// Starts an upload into the staging folder.
    package func beginUpload() throws -> BlobUpload {
        let number = nextNumber()
        let path = stagingPath(number)
        return BlobUpload(store: self, number: number, path: path, file: try FileSystem.create(path), byteCount: 0)
    }

    /// Goes on with an upload of an earlier run; nil when it is gone. Everything that was written counts, or no more than
    /// `limitBytes` of it: the rest is cut off.
    package func resumeUpload(_ number: UInt64, limitBytes: Int? = nil) throws -> BlobUpload? {
        let path = stagingPath(number)
        guard let file = try FileSystem.openForAppending(path) else { return nil }
        do {
            let size = try FileSystem.size(file, path: path)
            let kept = min(size, limitBytes ?? size)
            if kept < size { try FileSystem.truncate(file, to: kept, path: path) }
            return BlobUpload(store: self, number: number, path: path, file: file, byteCount: kept)
        } catch {
            FileSystem.closeFile(file)
            throw error
        }
    }

    /// Removes the staged files of an earlier run that nobody will resume.
    package func discardUploads(except kept: Set<UInt64>) {
        for name in FileSystem.names(in: folder + "/staging") where UInt64(name).map(kept.contains) != true {
            FileSystem.removeFile(folder + "/staging/" + name)
        }
    }

    /// Runs work that may hold its thread (a flush to disk) away from event loops.
    func inBackground<T: Sendable>(_ work: @escaping @Sendable () throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            background.async { continuation.resume(with: Result { try work() }) }
        }
    }

    /// Makes a finished staging file the blob of `digest`, or drops it when that blob is stored already.
    func adopt(stagingPath: String, digest: BlobDigest, byteCount: Int) throws -> BlobLease {
        let path = path(of: digest)
        try state.withLock { state in
            // A repeated blob counts as new, so that no sweep takes it before its new reference is written.
            // One of another size was torn by a power failure, and is replaced.
            if FileSystem.status(path)?.byteCount == byteCount, FileSystem.touch(path) {
                FileSystem.removeFile(stagingPath)
            } else {
                try makeFolders(of: digest, known: &state.folders)
                guard try FileSystem.move(stagingPath, to: path) else {
                    throw BlobStoreError.system(call: "rename", path: stagingPath, code: 2)
                }
            }
            state.leases[digest, default: 0] += 1
        }
        if durability == .machine { FileSystem.synchronizeFolder(folderPath(of: digest)) }
        return BlobLease(store: self, digest: digest, byteCount: byteCount)
    }

    // MARK: Reading

    /// Opens a blob. What is open stays readable even when the blob is released meanwhile.
    /// Throws `BlobStoreError.missing`.
    package func open(_ digest: BlobDigest) throws -> BlobReader {
        let path = path(of: digest)
        guard let file = try FileSystem.openForReading(path) else { throw BlobStoreError.missing(digest) }
        do {
            return BlobReader(file: file, path: path, byteCount: try FileSystem.size(file, path: path))
        } catch {
            FileSystem.closeFile(file)
            throw error
        }
    }

    /// Whether a blob of that digest is stored.
    package func contains(_ digest: BlobDigest) -> Bool { FileSystem.status(path(of: digest)) != nil }

    /// Keeps a stored blob from being deleted, e.g. while a download of many blobs goes on.
    /// Throws `BlobStoreError.missing`.
    package func lease(_ digest: BlobDigest) throws -> BlobLease {
        let path = path(of: digest)
        try state.withLock { state in
            guard FileSystem.status(path) != nil else { throw BlobStoreError.missing(digest) }
            state.leases[digest, default: 0] += 1
        }
        return BlobLease(store: self, digest: digest, byteCount: nil)
    }

    func endLease(_ digest: BlobDigest) {
        state.withLock { state in
            guard let count = state.leases[digest] else { return }
            state.leases[digest] = count > 1 ? count - 1 : nil
        }
    }

    // MARK: Deleting

    /// Deletes blobs that nothing refers to any more; leased ones stay until a sweep finds them.
    /// A blob is gone when this returns; its disk space is given back in the background.
    /// Call it right after the commit that removed the last reference, before any later turn can add one.
    package func release(_ digests: some Sequence<BlobDigest>) throws {
        var isTrashUsed = false
        for digest in digests where try discard(digest, olderThanSeconds: nil) { isTrashUsed = true }
        if isTrashUsed { emptyTrash() }
    }

    /// Deletes every blob that is at least `graceSeconds` old, not leased, and not referenced. Answers how many went.
    /// The grace covers references that are being written while the sweep looks.
    package func sweep(graceSeconds: Int, isReferenced: (BlobDigest) throws -> Bool) throws -> Int {
        var count = 0
        let root = folder + "/blobs"
        for first in FileSystem.names(in: root) {
            for second in FileSystem.names(in: root + "/" + first) {
                for name in FileSystem.names(in: root + "/\(first)/\(second)") {
                    guard let digest = BlobDigest(hex: name), try !isReferenced(digest),
                          try discard(digest, olderThanSeconds: graceSeconds) else { continue }
                    count += 1
                }
            }
        }
        if count > 0 { emptyTrash() }
        return count
    }

    /// Forgets every blob at once, whatever its size: the folder is moved away and deleted in the background.
    /// Uploads in progress go on.
    package func eraseEverything() throws {
        try state.withLock { state in
            state.folders = []
            state.nextNumber += 1
            try FileSystem.move(folder + "/blobs", to: folder + "/trash/\(state.nextNumber)")
            try FileSystem.makeFolder(folder + "/blobs")
        }
        emptyTrash()
    }

    /// Waits until everything deleted so far has given its disk space back.
    package func drain() { background.sync {} }

    private func discard(_ digest: BlobDigest, olderThanSeconds age: Int?) throws -> Bool {
        let path = path(of: digest)
        return try state.withLock { state in
            guard state.leases[digest] == nil else { return false }
            if let age {
                guard let status = FileSystem.status(path), status.ageSeconds >= age else { return false }
            }
            state.nextNumber += 1
            return try FileSystem.move(path, to: folder + "/trash/\(state.nextNumber)")
        }
    }

    private func emptyTrash() {
        background.async { [trash = folder + "/trash"] in
            for name in FileSystem.names(in: trash) { FileSystem.removeTree(trash + "/" + name) }
        }
    }

    // MARK: Paths

    private func nextNumber() -> UInt64 {
        state.withLock { state in
            state.nextNumber += 1
            return state.nextNumber
        }
    }

    private func makeFolders(of digest: BlobDigest, known: inout Set<String>) throws {
        let path = folderPath(of: digest)
        guard !known.contains(path) else { return }
        try FileSystem.makeFolder(folder + "/blobs/" + digest.hex.prefix(2))
        try FileSystem.makeFolder(path)
        known.insert(path)
    }

    private func folderPath(of digest: BlobDigest) -> String {
        let hex = digest.hex
        return "\(folder)/blobs/\(hex.prefix(2))/\(hex.dropFirst(2).prefix(2))"
    }

    private func stagingPath(_ number: UInt64) -> String { "\(folder)/staging/\(number)" }

    private func path(of digest: BlobDigest) -> String { folderPath(of: digest) + "/" + digest.hex }
}
