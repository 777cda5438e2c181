import Synchronization

/// An open blob. Its bytes never change, and stay readable when the blob is released.
package final class BlobReader: Sendable {
    /// No read answers more bytes at once.
    package static let chunkBytesMax = FileSystem.chunkBytesMax

    package let byteCount: Int
    /// The open file, for whoever sends it. It is closed when this reader goes.
    package let file: Int32
    private let path: String

    init(file: Int32, path: String, byteCount: Int) {
        self.file = file
        self.path = path
        self.byteCount = byteCount
    }

    deinit { FileSystem.closeFile(file) }

    /// The bytes from `offset`: at most `limitBytes`, at most 256 KiB, fewer at the end, none beyond it.
    /// Throws `BlobStoreError.system`.
    package func read(at offset: Int, limitBytes: Int = chunkBytesMax) throws -> [UInt8] {
        let count = min(limitBytes, Self.chunkBytesMax, byteCount - offset)
        guard count > 0, offset >= 0 else { return [] }
        return try FileSystem.read(file, at: offset, count: count, path: path)
    }

    /// The bytes of `range` in runs of at most 256 KiB, then nil: what `ResponseBody.stream` pulls.
    /// A file that is shorter than its range throws, so that a client never takes a torn blob for a whole one.
    package func chunks(of range: Range<Int>) -> @Sendable () async throws -> [UInt8]? {
        let position = Mutex(range.lowerBound)
        return { [self] in try position.withLock { position in
            guard position < range.upperBound else { return nil }
            let bytes = try read(at: position, limitBytes: range.upperBound - position)
            guard !bytes.isEmpty else { throw BlobStoreError.system(call: "pread", path: path, code: 5) }
            position += bytes.count
            return bytes
        } }
    }
}
