import Foundation
import Synchronization

/// Keeps a second server out of a data folder: two turn loops on one database would undo each other's work.
/// The system releases it when the process ends, however it ends.
final class FolderLock: Sendable {
    private let descriptor: Mutex<Int32>

    /// Throws `StoreError.folderInUse` when another process holds the folder, `cannotOpen` when it cannot be written.
    init(folder: String) throws {
        let file = open(folder + "/lock", O_CREAT | O_RDWR | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw StoreError.cannotOpen(folder: folder, reason: String(cString: strerror(errno))) }
        guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
            close(file)
            throw StoreError.folderInUse(folder)
        }
        descriptor = Mutex(file)
    }

    /// Lets others in. Safe to call twice.
    func release() {
        descriptor.withLock { file in
            if file >= 0 { close(file) }
            file = -1
        }
    }

    deinit { release() }
}
