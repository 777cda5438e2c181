import AWSModel
import AWSProtocols
import Crypto
import Gateway
import HTTPServer
import SimTime
import Timeline

extension S3Service {
    /// No part but the last may be smaller: 5 MiB.
    static let partBytesMin = 5 * 1024 * 1024

    func completeMultipartUpload(_ request: OperationRequest) async throws -> OperationResponse {
        let conditions = try WriteConditions(request.input)
        let wanted = try CompletedPart.list(request.input["MultipartUpload"])
        let (bucket, object) = try await timeline.turn { [self] turn in
            let bucket = try findBucket(for: request, turn.transaction)
            let upload = try findUpload(for: request, in: bucket, turn.transaction)
            let stored = try UploadTable.parts(of: upload, limit: Self.partNumbers.upperBound, turn.transaction)
            let parts = try Self.match(wanted, with: stored, of: upload)
            let object = try Self.assemble(parts, of: upload, at: turn.now)
            try Self.check(object, against: request.input)
            // The object refers to the parts' bytes before the upload lets go of them.
            try put(
                object,
                segments: parts.map { Segment(number: $0.number, size: $0.size, blob: $0.blob, checksum: $0.checksum) },
                into: bucket, if: conditions, turn)
            try release(try UploadTable.delete(upload, in: turn.transaction), after: turn)
            return (bucket, object)
        }
        let host = request.context.headers["Host"] ?? "s3.amazonaws.com"
        var output: AWSObject = [
            "Location": .string("http://\(host)/\(bucket.name)/\(object.key)"), "Bucket": .string(bucket.name.name),
            "Key": .string(object.key.description), "ETag": .string(ETag.quoted(object.etag)),
        ]
        object.checksum.add(to: &output)
        object.headers.addEncryption(to: &output)
        return OperationResponse(output)
    }

    /// The stored parts the client lists, in its order. Throws InvalidPartOrder, InvalidPart, EntityTooSmall.
    private static func match(
        _ wanted: [CompletedPart], with stored: [PartRecord], of upload: UploadRecord
    ) throws -> [PartRecord] {
        guard zip(wanted, wanted.dropFirst()).allSatisfy({ $0.number < $1.number })
        else { throw S3Fault.invalidPartOrder(upload: upload.id) }
        let known = Dictionary(uniqueKeysWithValues: stored.map { ($0.number, $0) })
        let parts = try wanted.map { part in
            guard let found = known[part.number], found.etag == part.etag else {
                throw S3Fault.invalidPart(number: part.number, etag: part.etag, upload: upload.id)
            }
            let checksum = part.checksums[upload.algorithm]
            if upload.isChecksumAsked, upload.kind == .composite, checksum == nil {
                let name = upload.algorithm.rawValue.lowercased()
                throw S3Fault.invalidRequest(
                    "The upload was created using a \(name) checksum. The complete request must include the checksum for each part. It was missing for part \(part.number) in the request.")
            }
            guard checksum == nil || checksum == found.checksum else {
                throw S3Fault.invalidPart(number: part.number, etag: part.etag, upload: upload.id)
            }
            return found
        }
        if let small = parts.dropLast().first(where: { $0.size < partBytesMin }) {
            throw S3Fault.entityTooSmall(part: small, minimum: partBytesMin)
        }
        return parts
    }

    private static func assemble(_ parts: [PartRecord], of upload: UploadRecord, at now: SimInstant) throws -> ObjectRecord {
        var md5 = Insecure.MD5()
        var checksum = MultipartChecksum(upload.algorithm, kind: upload.kind)
        var size = 0
        for part in parts {
            guard let digest = Self.bytes(hex: part.etag), let own = Base64.decode(part.checksum)
            else { throw S3Breakdown.unreadableRow(table: "s3_part") }
            digest.withUnsafeBytes { md5.update(bufferPointer: $0) }
            checksum.add(own, byteCount: part.size)
            size += part.size
        }
        return ObjectRecord(
            bucket: upload.bucket, key: upload.key, size: size, etag: ETag.hex(md5.finalize()) + "-\(parts.count)",
            modified: now, checksum: checksum.finish(), partCount: parts.count, headers: upload.headers, tags: upload.tags)
    }

    /// What the client says of the whole object has to be so.
    private static func check(_ object: ObjectRecord, against input: AWSObject) throws {
        if let size = input["MpuObjectSize"]?.int, size != object.size {
            throw S3Fault.invalidRequest(
                "The provided 'x-amz-mp-object-size' header value \(size) does not match what was computed: \(object.size)")
        }
        let checksum = object.checksum
        if let kind = input["ChecksumType"]?.string, kind != checksum.kind.rawValue {
            throw S3Fault.invalidRequest(
                "The upload was created using the \(checksum.kind.rawValue) checksum mode. The complete request must use the same checksum mode.")
        }
        for algorithm in ChecksumAlgorithm.allCases {
            guard let sent = input[algorithm.member]?.string else { continue }
            // A composite one may come with or without its number of parts.
            guard algorithm == checksum.algorithm,
                  sent == checksum.text || checksum.text.hasPrefix(sent + "-")
            else { throw S3Fault.badChecksum(algorithm) }
        }
    }

    private static func bytes(hex: String) -> [UInt8]? {
        let digits = Array(hex.utf8)
        guard digits.count == 32 else { return nil }
        return stride(from: 0, to: 32, by: 2).map {
            UInt8(String(decoding: digits[$0..<$0 + 2], as: UTF8.self), radix: 16) ?? 0
        }
    }
}

/// A part as CompleteMultipartUpload lists it.
private struct CompletedPart: Sendable {
    var number: Int
    /// Without quotes: clients send it with and without.
    var etag: String
    var checksums: [ChecksumAlgorithm: String]

    static func list(_ value: AWSValue?) throws -> [CompletedPart] {
        guard let items = value?["Parts"]?.list, !items.isEmpty
        else { throw S3Fault.invalidRequest("You must specify at least one part") }
        guard items.count <= S3Service.partNumbers.upperBound else { throw S3Fault.malformedXML }
        return try items.map { item in
            guard let number = item["PartNumber"]?.int, let etag = item["ETag"]?.string
            else { throw S3Fault.malformedXML }
            guard S3Service.partNumbers.contains(number) else { throw S3Fault.invalidPartNumber(number) }
            var checksums: [ChecksumAlgorithm: String] = [:]
            for algorithm in ChecksumAlgorithm.allCases { checksums[algorithm] = item[algorithm.member]?.string }
            return CompletedPart(number: number, etag: String(ETag.bare(etag)), checksums: checksums)
        }
    }
}
