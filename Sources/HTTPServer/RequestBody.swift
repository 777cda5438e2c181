/// Why a request body could not be read to its end.
package enum RequestBodyError: Error, Equatable, Sendable {
    /// More than the limit asked for; the connection answers 413 and closes.
    case tooLarge(limitBytes: Int)
    /// The client closed, stalled past the time limit, or broke the chunked framing.
    case broken(reason: String)
}

/// A request's body: pulled once, in order, with back-pressure; nothing is read ahead of the puller
/// beyond one socket buffer. A handler that does not read it leaves draining to the server.
package struct RequestBody: Sendable {
    /// The length announced by Content-Length; nil for a chunked body.
    package let contentLength: Int?
    private let source: Source

    private enum Source: Sendable {
        case buffered([UInt8])
        case pulled(@Sendable () async throws -> [UInt8]?)
    }

    /// A body that is already in memory.
    package init(bytes: [UInt8]) {
        contentLength = bytes.count
        source = .buffered(bytes)
    }

    /// A body that is already in memory; `contentLength` is nil when it came in chunks.
    init(bytes: [UInt8], contentLength: Int?) {
        self.contentLength = contentLength
        source = .buffered(bytes)
    }

    /// A body read on demand. `next` answers a non-empty run of bytes, or nil at the end (and again after it).
    package init(contentLength: Int?, next: @escaping @Sendable () async throws -> [UInt8]?) {
        self.contentLength = contentLength
        source = .pulled(next)
    }

    /// The whole body, when it is in memory already.
    package var buffered: [UInt8]? {
        if case .buffered(let bytes) = source { return bytes }
        return nil
    }

    /// Reads the whole body. Throws `RequestBodyError.tooLarge` as soon as it is known to exceed `limitBytes`.
    package func collect(limitBytes: Int) async throws -> [UInt8] {
        if let contentLength, contentLength > limitBytes { throw RequestBodyError.tooLarge(limitBytes: limitBytes) }
        switch source {
        case .buffered(let bytes):
            guard bytes.count <= limitBytes else { throw RequestBodyError.tooLarge(limitBytes: limitBytes) }
            return bytes
        case .pulled(let next):
            var collected: [UInt8] = []
            // The announced length is the client's word: it buys a little room in advance, not gigabytes.
            if let contentLength { collected.reserveCapacity(min(contentLength, 1 << 20)) }
            while let chunk = try await next() {
                guard chunk.count <= limitBytes - collected.count else {
                    throw RequestBodyError.tooLarge(limitBytes: limitBytes)
                }
                collected.append(contentsOf: chunk)
            }
            return collected
        }
    }

    /// Calls `consume` with each run of bytes in order until the end.
    package func forEachChunk(_ consume: (ArraySlice<UInt8>) async throws -> Void) async throws {
        switch source {
        case .buffered(let bytes): if !bytes.isEmpty { try await consume(bytes[...]) }
        case .pulled(let next): while let chunk = try await next() { try await consume(chunk[...]) }
        }
    }
}
