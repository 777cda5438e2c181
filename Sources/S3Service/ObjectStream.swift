import BlobStore
import HTTPServer
import Synchronization

/// The bytes of a range of an object, read as the client takes them. They stay what they were when the read began,
/// even when the object is overwritten or deleted meanwhile.
final class ObjectStream: Sendable {
    private struct Piece: Sendable {
        let lease: BlobLease
        let range: Range<Int>
    }

    private struct Position {
        var index = 0
        var next: (@Sendable () async throws -> [UInt8]?)?
    }

    private let blobs: BlobStore
    private let pieces: [Piece]
    private let position = Mutex(Position())
    private let byteCount: Int
    private let first: BlobReader?

    /// Throws `BlobStoreError.missing` when bytes are gone already.
    init(_ blobs: BlobStore, segments: [Segment], range: Range<Int>) throws {
        self.blobs = blobs
        byteCount = range.count
        var pieces: [Piece] = []
        var start = 0
        for segment in segments {
            let wanted = range.clamped(to: start..<start + segment.size)
            if !wanted.isEmpty {
                pieces.append(Piece(
                    lease: try blobs.lease(segment.blob), range: wanted.lowerBound - start..<wanted.upperBound - start))
            }
            start += segment.size
        }
        self.pieces = pieces
        // The first piece is open before the answer begins, so that what is missing is an error and no torn answer.
        first = try pieces.first.map { try blobs.open($0.lease.digest) }
        if let first, let piece = pieces.first { position.withLock { $0.next = first.chunks(of: piece.range) } }
    }

    /// The stream as a response's body.
    var body: ResponseBody {
        guard byteCount > 0 else { return .bytes([]) }
        if let first, let piece = pieces.first, pieces.count == 1 {
            return .file(FileRun(descriptor: first.file, range: piece.range, owner: self))
        }
        return .stream(length: byteCount, next: download)
    }

    /// Answers runs of at most 256 KiB, then nil, and lets go of the bytes at the end.
    var download: @Sendable () async throws -> [UInt8]? {
        { [self] in
            if let bytes = try await next() { return bytes }
            for piece in pieces { piece.lease.end() }
            return nil
        }
    }

    /// The next run of at most 256 KiB; nil at the end. The bytes are kept from deletion as long as the stream lives.
    func next() async throws -> [UInt8]? {
        while true {
            guard let chunks = position.withLock({ $0.next }) else { return nil }
            if let bytes = try await chunks() { return bytes }
            try position.withLock { position in
                position.index += 1
                guard position.index < pieces.count else {
                    position.next = nil
                    return
                }
                let piece = pieces[position.index]
                position.next = try blobs.open(piece.lease.digest).chunks(of: piece.range)
            }
        }
    }
}
