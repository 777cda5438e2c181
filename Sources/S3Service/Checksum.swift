import AWSProtocols
import Crypto

/// An algorithm of `x-amz-checksum-*`.
enum ChecksumAlgorithm: String, Sendable, CaseIterable, Codable {
    case crc32 = "CRC32"
    case crc32c = "CRC32C"
    case crc64NVME = "CRC64NVME"
    case sha1 = "SHA1"
    case sha256 = "SHA256"

    /// The member of the model's structures, e.g. `ChecksumCRC32`.
    var member: String { "Checksum" + rawValue }
    /// The header and trailer, e.g. `x-amz-checksum-crc32`.
    var header: String { "x-amz-checksum-" + rawValue.lowercased() }
    var byteCount: Int { crc.map { $0.width / 8 } ?? (self == .sha1 ? 20 : 32) }

    var crc: CyclicRedundancyCheck? {
        switch self {
        case .crc32: .crc32
        case .crc32c: .crc32c
        case .crc64NVME: .crc64NVME
        case .sha1, .sha256: nil
        }
    }

    /// How a multipart object's checksum is made unless the client says otherwise.
    var defaultKind: ChecksumKind { self == .crc64NVME ? .fullObject : .composite }

    func supports(_ kind: ChecksumKind) -> Bool {
        switch kind {
        case .fullObject: crc != nil
        case .composite: self != .crc64NVME
        }
    }
}

/// `x-amz-checksum-type`.
enum ChecksumKind: String, Sendable, Codable {
    /// Of the object's bytes.
    case fullObject = "FULL_OBJECT"
    /// Of the parts' checksums, followed by their number.
    case composite = "COMPOSITE"
}

/// A stored checksum in the form clients are shown: base64, with `-N` after a composite one.
struct Checksum: Sendable, Equatable, Codable {
    var algorithm: ChecksumAlgorithm
    var text: String
    var kind: ChecksumKind

    init(_ algorithm: ChecksumAlgorithm, text: String, kind: ChecksumKind = .fullObject) {
        self.algorithm = algorithm
        self.text = text
        self.kind = kind
    }

    init(_ algorithm: ChecksumAlgorithm, bytes: [UInt8]) {
        self.init(algorithm, text: Base64.encode(bytes))
    }
}

/// The checksum of parts put together in order.
struct MultipartChecksum {
    private let algorithm: ChecksumAlgorithm
    private let kind: ChecksumKind
    private var joined: [UInt8] = []
    private var crc: UInt64 = 0
    private var partCount = 0

    init(_ algorithm: ChecksumAlgorithm, kind: ChecksumKind) {
        self.algorithm = algorithm
        self.kind = kind
    }

    mutating func add(_ part: [UInt8], byteCount: Int) {
        partCount += 1
        switch (kind, algorithm.crc) {
        case (.fullObject, let check?):
            crc = check.combine(crc, part.reduce(0) { $0 << 8 | UInt64($1) }, secondByteCount: byteCount)
        default: joined.append(contentsOf: part)
        }
    }

    func finish() -> Checksum {
        if kind == .fullObject, let check = algorithm.crc {
            return Checksum(algorithm, bytes: bigEndianBytes(crc, count: check.width / 8))
        }
        var hasher = ChecksumHasher(algorithm)
        joined.withUnsafeBytes { hasher.update($0) }
        return Checksum(algorithm, text: Base64.encode(hasher.finish()) + "-\(partCount)", kind: .composite)
    }
}

/// Computes one checksum while bytes stream by.
enum ChecksumHasher: Sendable {
    case crc(CyclicRedundancyCheck, UInt64)
    case sha1(Insecure.SHA1)
    case sha256(SHA256)

    init(_ algorithm: ChecksumAlgorithm) {
        switch algorithm {
        case .crc32, .crc32c: self = .crc(algorithm == .crc32 ? .crc32 : .crc32c, 0)
        case .crc64NVME: self = .crc(.crc64NVME, 0)
        case .sha1: self = .sha1(Insecure.SHA1())
        case .sha256: self = .sha256(SHA256())
        }
    }

    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        switch self {
        case .crc(let check, let value): self = .crc(check, check.extend(value, with: bytes))
        case .sha1(var hasher):
            hasher.update(bufferPointer: bytes)
            self = .sha1(hasher)
        case .sha256(var hasher):
            hasher.update(bufferPointer: bytes)
            self = .sha256(hasher)
        }
    }

    /// The checksum's bytes, big-endian.
    func finish() -> [UInt8] {
        switch self {
        case .crc(let check, let value): bigEndianBytes(value, count: check.width / 8)
        case .sha1(let hasher): Array(hasher.finalize())
        case .sha256(let hasher): Array(hasher.finalize())
        }
    }
}

private func bigEndianBytes(_ value: UInt64, count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: value >> UInt64(8 * (count - 1 - $0))) }
}
