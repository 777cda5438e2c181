import Foundation

/// Temporary data folders: a server that was killed could not remove its own, so the next one does.
enum EphemeralFolders {
    /// No folder that a person names with --data begins like this.
    static let prefix = "coldframe-ephemeral-"

    /// Removes the folders below `root` that look like ours and that no living server holds.
    static func removeAbandoned(in root: String) {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
        for name in names where name.hasPrefix(prefix) {
            let folder = root + "/" + name
            // Without our lock file it is somebody else's; a lock that cannot be had is a living server's.
            guard FileManager.default.fileExists(atPath: folder + "/lock"),
                  FileManager.default.fileExists(atPath: folder + "/coldframe.sqlite"),
                  let lock = try? FolderLock(folder: folder) else { continue }
            try? FileManager.default.removeItem(atPath: folder)
            lock.release()
        }
    }
}
