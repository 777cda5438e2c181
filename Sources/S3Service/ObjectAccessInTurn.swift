import BlobStore
package import Timeline

/// Objects inside a turn of another part of the server: what it reads and writes is one with what it decides.
extension S3Service {
    /// The bytes of an object; nil when there is none. Throws `ObjectTooLarge`, and when they cannot be read.
    package func readObject(_ location: ObjectLocation, limitBytes: Int, in turn: Turn) throws -> [UInt8]? {
        guard let object = try record(location, turn.transaction) else { return nil }
        guard object.size <= limitBytes else { throw ObjectTooLarge(byteCount: object.size) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(object.size)
        for segment in try ObjectTable.segments(of: object, turn.transaction) {
            let reader = try blobs.open(segment.blob)
            var offset = 0
            while case let run = try reader.read(at: offset), !run.isEmpty {
                bytes += run
                offset += run.count
            }
        }
        return bytes
    }

    /// Writes an object, replacing one that is there; it is visible once the turn is committed. Answers false when there is
    /// no such bucket or the key is too long.
    package func writeObject(
        _ location: ObjectLocation, bytes: [UInt8], contentType: String, in turn: Turn
    ) throws -> Bool {
        let key = ObjectKey(location.key)
        guard !location.key.isEmpty, key.bytes.count <= ObjectKey.bytesMax, let name = BucketName(location.bucket),
              let bucket = try BucketTable.find(name, in: turn.transaction) else { return false }
        var headers = ObjectHeaders()
        headers.contentType = contentType
        var writer = try StagingWriter(blobs, computing: [.crc64NVME])
        try writer.append(bytes[...])
        let staged = try writer.commitAtOnce(writer.received(), keeping: .crc64NVME)
        try put(key, staged, headers: headers, tags: [], into: bucket, if: .none, turn)
        turn.afterCommit { staged.lease.end() }
        return true
    }
}

/// An object has more bytes than its reader takes.
package struct ObjectTooLarge: Error, Equatable, Sendable {
    package let byteCount: Int
}
