import Crypto

/// The ETag and one checksum of bytes that stream by.
struct BodyHasher {
    private var md5 = Insecure.MD5()
    private var hasher: ChecksumHasher
    private let algorithm: ChecksumAlgorithm

    init(_ algorithm: ChecksumAlgorithm) {
        self.algorithm = algorithm
        hasher = ChecksumHasher(algorithm)
    }

    mutating func update(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { buffer in
            md5.update(bufferPointer: buffer)
            hasher.update(buffer)
        }
    }

    var etag: String { ETag.hex(md5.finalize()) }
    var checksum: Checksum { Checksum(algorithm, bytes: hasher.finish()) }
}
