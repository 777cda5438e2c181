#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// The operating system's words for an error number.
func systemErrorText(_ code: Int32) -> String { String(cString: strerror(code)) }

/// The few POSIX calls the store needs, with errors thrown and interrupted calls repeated.
/// Paths are made by the store alone: no client's text is ever part of one.
enum FileSystem {
    /// No single read or write is larger, so that a call never holds its thread for long.
    static let chunkBytesMax = 256 * 1024

    static func makeFolder(_ path: String) throws {
        guard mkdir(path, 0o700) != 0, errno != EEXIST else { return }
        throw BlobStoreError.system(call: "mkdir", path: path, code: errno)
    }

    static func create(_ path: String) throws -> Int32 {
        try descriptor(open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600), path)
    }

    /// Nil when there is no such file.
    static func openForReading(_ path: String) throws -> Int32? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        if file < 0, errno == ENOENT { return nil }
        return try descriptor(file, path)
    }

    /// Opens at the end, for reading too; nil when there is no such file.
    static func openForAppending(_ path: String) throws -> Int32? {
        let file = open(path, O_RDWR | O_APPEND | O_CLOEXEC)
        if file < 0, errno == ENOENT { return nil }
        return try descriptor(file, path)
    }

    static func truncate(_ file: Int32, to byteCount: Int, path: String) throws {
        guard ftruncate(file, off_t(byteCount)) == 0 else {
            throw BlobStoreError.system(call: "ftruncate", path: path, code: errno)
        }
    }

    private static func descriptor(_ file: Int32, _ path: String) throws -> Int32 {
        guard file < 0 else { return file }
        throw BlobStoreError.system(call: "open", path: path, code: errno)
    }

    static func closeFile(_ file: Int32) { _ = close(file) }

    static func writeAll(_ bytes: UnsafeRawBufferPointer, to file: Int32, path: String) throws {
        var offset = 0
        while offset < bytes.count {
            let written = write(file, bytes.baseAddress! + offset, min(chunkBytesMax, bytes.count - offset))
            if written > 0 {
                offset += written
            } else if errno != EINTR {
                throw BlobStoreError.system(call: "write", path: path, code: errno)
            }
        }
    }

    /// Up to `count` bytes from `offset`; fewer only at the end of the file.
    static func read(_ file: Int32, at offset: Int, count: Int, path: String) throws -> [UInt8] {
        var failure: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            filled = 0
            while filled < count {
                let got = pread(file, buffer.baseAddress! + filled, count - filled, off_t(offset + filled))
                if got > 0 {
                    filled += got
                } else if got == 0 {
                    return
                } else if errno != EINTR {
                    failure = errno
                    return
                }
            }
        }
        guard failure == 0 else { throw BlobStoreError.system(call: "pread", path: path, code: failure) }
        return bytes
    }

    static func size(_ file: Int32, path: String) throws -> Int {
        var status = stat()
        guard fstat(file, &status) == 0 else { throw BlobStoreError.system(call: "fstat", path: path, code: errno) }
        return Int(status.st_size)
    }

    static func synchronize(_ file: Int32, path: String) throws {
        while fsync(file) != 0 {
            guard errno == EINTR else { throw BlobStoreError.system(call: "fsync", path: path, code: errno) }
        }
    }

    /// Makes the entries of a folder durable. File systems that cannot are left alone.
    static func synchronizeFolder(_ path: String) {
        let folder = open(path, O_RDONLY | O_CLOEXEC)
        guard folder >= 0 else { return }
        _ = fsync(folder)
        _ = close(folder)
    }

    /// False when `source` does not exist.
    @discardableResult
    static func move(_ source: String, to target: String) throws -> Bool {
        guard rename(source, target) != 0 else { return true }
        if errno == ENOENT { return false }
        throw BlobStoreError.system(call: "rename", path: source, code: errno)
    }

    static func removeFile(_ path: String) { _ = unlink(path) }

    /// The size of a file and the whole seconds since its last change; nil when there is none.
    static func status(_ path: String) -> (byteCount: Int, ageSeconds: Int)? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        #if canImport(Darwin)
        let changed = status.st_mtimespec.tv_sec
        #else
        let changed = status.st_mtim.tv_sec
        #endif
        return (Int(status.st_size), max(0, time(nil) - changed))
    }

    /// Sets the time of the last change to now; false when there is no such file.
    static func touch(_ path: String) -> Bool { utimes(path, nil) == 0 }

    /// The names in a folder, in no order; empty when there is no such folder.
    static func names(in path: String) -> [String] {
        guard let folder = opendir(path) else { return [] }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { tuple in
                tuple.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: tuple.pointee)) {
                    String(cString: $0)
                }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    /// Removes a file, or a folder with everything in it. The store's own trees are four levels deep at most.
    static func removeTree(_ path: String) {
        guard unlink(path) != 0, errno != ENOENT else { return }
        for name in names(in: path) { removeTree(path + "/" + name) }
        _ = rmdir(path)
    }
}
