import AWSModel
import BlobStore
import Gateway
import HTTPServer
import SimTime
import Store

/// GetObject and HeadObject: the same answer, with and without the bytes.
extension S3Service {
    func getObject(_ request: OperationRequest) async throws -> OperationResponse {
        // Between the look at the tables and the opening of the bytes the object may be overwritten.
        for _ in 0..<3 {
            do {
                return try answer(request) { try ObjectStream(blobs, segments: $0, range: $1).body }
            } catch BlobStoreError.missing {
                continue
            }
        }
        return try answer(request) { try ObjectStream(blobs, segments: $0, range: $1).body }
    }

    func headObject(_ request: OperationRequest) async throws -> OperationResponse {
        try answer(request) { _, range in .headOnly(length: range.count) }
    }

    private func answer(
        _ request: OperationRequest, body: ([Segment], Range<Int>) throws -> ResponseBody
    ) throws -> OperationResponse {
        let input = request.input
        try checkVersion(input)
        let key = try objectKey(of: request)
        let (object, segments) = try store.read { reader in
            let bucket = try findBucket(for: request, reader)
            guard let object = try ObjectTable.find(key, in: bucket, reader) else { throw S3Fault.noSuchKey(key) }
            return (object, try ObjectTable.segments(of: object, reader))
        }
        switch Preconditions(input).verdict(etag: object.etag, modified: object.modified) {
        case .hold: break
        case .failed(let condition): throw S3Fault.preconditionFailed(condition: condition)
        case .notModified:
            return OperationResponse(
                ["ETag": .string(ETag.quoted(object.etag)), "LastModified": .timestamp(object.modified)], status: 304)
        }
        let part = try ObjectPart(input, object, segments)
        var output: AWSObject = [
            "AcceptRanges": "bytes", "ETag": .string(ETag.quoted(object.etag)),
            "LastModified": .timestamp(object.modified.floored(to: .seconds(1))),
        ]
        var headers = HTTPHeaders()
        object.headers.add(to: &output, headers: &headers)
        if !object.tags.isEmpty { output["TagCount"] = .integer(Int64(object.tags.count)) }
        // AWS: recorded — spec/support-services.md §F4: checksums only when asked for, and never with a range.
        if input["ChecksumMode"]?.string == "ENABLED", !part.isPartial { object.checksum.add(to: &output) }
        if part.isOfUpload { output["PartsCount"] = .integer(Int64(object.partCount)) }
        if part.isPartial { output["ContentRange"] = .string(part.contentRange) }
        override(&output, &headers, by: input, request.context)
        return OperationResponse(
            output, payload: try body(segments, part.range), status: part.isPartial ? 206 : nil, headers: headers)
    }

    /// `response-*` parameters replace stored headers.
    private func override(
        _ output: inout AWSObject, _ headers: inout HTTPHeaders, by input: AWSObject, _ context: RequestContext
    ) {
        for name in ["CacheControl", "ContentDisposition", "ContentEncoding", "ContentLanguage", "ContentType"] {
            if let value = input["Response" + name] { output[name] = value }
        }
        // Passed on as it is written, whether or not it is a date.
        if input["ResponseExpires"] != nil, let question = context.target.utf8.firstIndex(of: 0x3f),
           let query = QueryItems(parsing: context.target[context.target.index(after: question)...]),
           let expires = query["response-expires"]
        {
            headers.set("Expires", expires)
        }
    }
}

/// Which bytes of an object a read asks for: all, a range, or one part of its upload.
struct ObjectPart: Equatable {
    let range: Range<Int>
    let isPartial: Bool
    /// Whether the client asked by part number an object that has parts.
    let isOfUpload: Bool
    private let size: Int

    var contentRange: String { "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(size)" }

    /// Throws InvalidRange and InvalidPartNumber.
    init(_ input: AWSObject, _ object: ObjectRecord, _ segments: [Segment]) throws {
        size = object.size
        let header = input["Range"]?.string
        if let number = input["PartNumber"]?.int {
            guard header == nil else {
                throw S3Fault.invalidRequest("Cannot specify both Range header and partNumber query parameter")
            }
            guard (1...10_000).contains(number) else { throw S3Fault.invalidPartNumber(number) }
            isOfUpload = object.partCount > 0
            range = try Self.range(ofPart: number, object, segments)
            isPartial = !range.isEmpty
            return
        }
        isOfUpload = false
        guard let header, let wanted = ByteRange(header) else {
            range = 0..<size
            isPartial = false
            return
        }
        guard let resolved = wanted.resolved(size: size) else { throw S3Fault.invalidRange(header, size: size) }
        range = resolved
        isPartial = true
    }

    private static func range(ofPart number: Int, _ object: ObjectRecord, _ segments: [Segment]) throws -> Range<Int> {
        // An object put in one piece, or copied, is its own only part.
        guard object.partCount > 0 else {
            guard number == 1 else { throw S3Fault.partNotSatisfiable(number) }
            return 0..<object.size
        }
        guard number <= segments.count else { throw S3Fault.partNotSatisfiable(number) }
        let start = segments.prefix(number - 1).reduce(0) { $0 + $1.size }
        return start..<start + segments[number - 1].size
    }
}

extension S3Fault {
    static func invalidPartNumber(_ number: Int) -> AWSFault {
        invalidArgument(
            "Part number must be an integer between 1 and 10000, inclusive", name: "partNumber", value: "\(number)")
    }

    // AWS: documented — GetObject's partNumber beyond the last part answers 416.
    static func partNotSatisfiable(_ number: Int) -> AWSFault {
        AWSFault(
            "InvalidPartNumber", "The requested partnumber is not satisfiable", status: 416,
            members: ["PartNumberRequested": .string("\(number)")])
    }
}
