import AWSModel
import AWSProtocols
import BlobStore
import Crypto
import Gateway
import HTTPServer

/// Bytes that are stored but that no object refers to yet.
struct StagedContent: Sendable {
    var lease: BlobLease
    var byteCount: Int
    /// The MD5 in hexadecimal.
    var etag: String
    /// The checksum to be stored.
    var checksum: Checksum
}

/// Takes in bytes: into the blob store, through every hash that is wanted. Memory does not grow with the body.
struct StagingWriter {
    private let upload: BlobUpload
    private var md5 = Insecure.MD5()
    private var hashers: [ChecksumAlgorithm: ChecksumHasher] = [:]

    /// No larger run is hashed and written at once, so that an event loop is never held for long.
    private static let runBytesMax = 256 * 1024

    init(_ blobs: BlobStore, computing algorithms: Set<ChecksumAlgorithm>) throws {
        upload = try blobs.beginUpload()
        // The blob's own digest is its SHA-256.
        for algorithm in algorithms where algorithm != .sha256 { hashers[algorithm] = ChecksumHasher(algorithm) }
    }

    mutating func append(_ bytes: ArraySlice<UInt8>) throws {
        var rest = bytes
        while !rest.isEmpty {
            let run = rest.prefix(Self.runBytesMax)
            try upload.append(run)
            run.withUnsafeBytes { buffer in
                md5.update(bufferPointer: buffer)
                for algorithm in hashers.keys { hashers[algorithm]?.update(buffer) }
            }
            rest = rest.dropFirst(run.count)
        }
    }

    func received(trailers: [(name: String, value: String)] = []) -> ReceivedBody {
        let digest = upload.digest
        var checksums = hashers.mapValues { $0.finish() }
        checksums[.sha256] = digest.bytes
        return ReceivedBody(
            byteCount: upload.byteCount, md5: Array(md5.finalize()), sha256Hex: digest.hex, checksums: checksums,
            trailers: trailers)
    }

    /// Stores the bytes with the checksum of `algorithm`, which has to be one of those computed.
    func commit(_ received: ReceivedBody, keeping algorithm: ChecksumAlgorithm) async throws -> StagedContent {
        StagedContent(
            lease: try await upload.commit(), byteCount: received.byteCount, etag: ETag.hex(received.md5),
            checksum: Checksum(algorithm, bytes: received.checksums[algorithm] ?? []))
    }

    /// The same inside a turn, which may not suspend.
    func commitAtOnce(_ received: ReceivedBody, keeping algorithm: ChecksumAlgorithm) throws -> StagedContent {
        StagedContent(
            lease: try upload.commitAtOnce(), byteCount: received.byteCount, etag: ETag.hex(received.md5),
            checksum: Checksum(algorithm, bytes: received.checksums[algorithm] ?? []))
    }
}

extension S3Service {
    /// Reads a request's body into the blob store and verifies everything its headers and trailers say of it.
    /// `algorithm` is what is stored with the bytes; nil stores the client's own, else CRC64NVME.
    // AWS: recorded — spec/support-services.md §F4: CRC64NVME when the client sends no checksum.
    func stage(_ request: OperationRequest, keeping algorithm: ChecksumAlgorithm? = nil) async throws -> StagedContent {
        let expectations = try UploadExpectations(request)
        let kept = algorithm ?? expectations.algorithm ?? .crc64NVME
        var writer = try StagingWriter(blobs, computing: Set([kept] + (expectations.algorithm.map { [$0] } ?? [])))
        var trailers: [(name: String, value: String)] = []
        do {
            if expectations.isChunked {
                var decoder = AWSChunkedDecoder()
                try await request.payload.forEachChunk { chunk in
                    try writer.append(try decoder.decode(chunk)[...])
                    guard decoder.decodedBytes <= expectations.byteCount else { throw S3Fault.incompleteBody }
                }
                try decoder.finish()
                trailers = decoder.trailers
            } else {
                try await request.payload.forEachChunk { try writer.append($0) }
            }
        } catch is AWSChunkedDecoder.Malformed {
            throw S3Fault.incompleteBody
        }
        let received = writer.received(trailers: trailers)
        try expectations.check(received)
        return try await writer.commit(received, keeping: kept)
    }
}
