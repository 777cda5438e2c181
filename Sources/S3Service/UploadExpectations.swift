import AWSModel
import AWSProtocols
import Gateway
import HTTPServer

/// What an upload's headers say of its body, read before the first byte.
struct UploadExpectations: Sendable {
    /// The client's checksum algorithm; nil when it sent none.
    private(set) var algorithm: ChecksumAlgorithm?
    /// The client's checksum, when it is a header; else it comes as a trailer or not at all.
    private var checksum: [UInt8]?
    private var isChecksumInTrailer = false
    private var md5: [UInt8]?
    private var md5Header: String?
    /// The SHA-256 of the whole body in hexadecimal, where the client's signature covers it.
    private var payloadHash: String?
    let isChunked: Bool
    /// The length of what is stored.
    let byteCount: Int

    /// The most that one request may upload: 5 GiB.
    static let bytesMax = 5 * 1024 * 1024 * 1024

    /// Throws the faults of F4 for headers that contradict themselves or each other.
    init(_ request: OperationRequest) throws {
        let headers = request.context.headers
        let hash = headers["x-amz-content-sha256"] ?? ""
        let codings = headers["Content-Encoding"]?.lowercased() ?? ""
        let decodedLength = headers["x-amz-decoded-content-length"]
        isChunked = hash.hasPrefix("STREAMING-") || (codings.contains("aws-chunked") && decodedLength != nil)
        if hash.utf8.count == 64 { payloadHash = hash.lowercased() }
        guard let length = isChunked ? decodedLength.flatMap({ Int($0) }) : request.payload.contentLength, length >= 0
        else { throw S3Fault.missingLength }
        guard length <= Self.bytesMax else { throw S3Fault.entityTooLarge(proposed: length, maximum: Self.bytesMax) }
        byteCount = length
        try readMD5(headers)
        try readChecksum(headers)
    }

    private mutating func readMD5(_ headers: HTTPHeaders) throws {
        guard let header = headers["Content-MD5"] else { return }
        guard let bytes = Base64.decode(header), bytes.count == 16 else { throw S3Fault.invalidMD5(header) }
        md5 = bytes
        md5Header = header
    }

    private mutating func readChecksum(_ headers: HTTPHeaders) throws {
        let sent = ChecksumAlgorithm.allCases.filter { headers[$0.header] != nil }
        let trailers = (headers["x-amz-trailer"] ?? "").split(separator: ",").map { name in
            String(name.filter { $0 != " " }).lowercased()
        }
        let announced = ChecksumAlgorithm.allCases.filter { trailers.contains($0.header) }
        guard sent.count + announced.count <= 1 else {
            throw S3Fault.invalidRequest(
                "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.")
        }
        let known = Set(ChecksumAlgorithm.allCases.map(\.header))
        for name in trailers where name.hasPrefix("x-amz-checksum-") && !known.contains(name) {
            throw S3Fault.notImplemented(header: name)
        }
        algorithm = sent.first ?? announced.first
        isChecksumInTrailer = !announced.isEmpty
        if let algorithm = sent.first {
            guard let bytes = Base64.decode(headers[algorithm.header] ?? ""), bytes.count == algorithm.byteCount else {
                throw S3Fault.invalidRequest("Value for \(algorithm.header) header is invalid.")
            }
            checksum = bytes
        }
        try Self.checkDeclared(headers["x-amz-sdk-checksum-algorithm"], algorithm)
    }

    /// The algorithm an SDK says it uses has to be the one it uses.
    // AWS: documented — S3 user guide, checking object integrity.
    private static func checkDeclared(_ declared: String?, _ used: ChecksumAlgorithm?) throws {
        guard let declared else { return }
        guard let algorithm = ChecksumAlgorithm(rawValue: declared.uppercased()) else {
            throw S3Fault.invalidRequest("Value for x-amz-sdk-checksum-algorithm header is invalid.")
        }
        guard let used else {
            throw S3Fault.invalidRequest(
                "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.")
        }
        guard algorithm == used else {
            throw S3Fault.invalidRequest("Value for x-amz-sdk-checksum-algorithm header is invalid.")
        }
    }

    /// Judges what came against what was said. Throws BadDigest, IncompleteBody and their kin.
    func check(_ received: ReceivedBody) throws {
        guard received.byteCount == byteCount else { throw S3Fault.incompleteBody }
        if let algorithm {
            guard let expected = try checksum ?? trailerChecksum(algorithm, received.trailers) else {
                throw S3Fault.malformedTrailer
            }
            guard received.checksums[algorithm] == expected else { throw S3Fault.badChecksum(algorithm) }
        }
        if let md5, let md5Header, md5 != received.md5 {
            throw S3Fault.badMD5(expected: md5Header, calculated: Base64.encode(received.md5))
        }
        if let payloadHash, !isChunked, payloadHash != received.sha256Hex {
            throw S3Fault.wrongPayloadHash(client: payloadHash, server: received.sha256Hex)
        }
    }

    private func trailerChecksum(
        _ algorithm: ChecksumAlgorithm, _ trailers: [(name: String, value: String)]
    ) throws -> [UInt8]? {
        guard isChecksumInTrailer, let text = trailers.first(where: { $0.name == algorithm.header })?.value else { return nil }
        guard let bytes = Base64.decode(text), bytes.count == algorithm.byteCount else {
            throw S3Fault.invalidRequest("Value for \(algorithm.header) trailing header is invalid.")
        }
        return bytes
    }
}

/// What an upload's body turned out to be.
struct ReceivedBody: Sendable {
    var byteCount: Int
    var md5: [UInt8]
    var sha256Hex: String
    var checksums: [ChecksumAlgorithm: [UInt8]]
    var trailers: [(name: String, value: String)]
}
