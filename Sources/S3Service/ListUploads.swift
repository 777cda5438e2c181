import AWSModel
import Gateway
import SimTime
import Store

/// ListParts and ListMultipartUploads.
extension S3Service {
    private static let entriesMax = 1000

    func listParts(_ request: OperationRequest) async throws -> OperationResponse {
        let input = request.input
        let limit = try Self.limit(input["MaxParts"]?.int, name: "max-parts")
        let marker = input["PartNumberMarker"]?.int ?? 0
        let (bucket, upload, found) = try store.read { reader in
            let bucket = try findBucket(for: request, reader)
            let upload = try findUpload(for: request, in: bucket, reader)
            let parts = try UploadTable.parts(of: upload, after: marker, limit: limit + 1, reader)
            return (bucket, upload, parts)
        }
        let page = found.prefix(limit)
        var output: AWSObject = [
            "Bucket": .string(bucket.name.name), "Key": .string(upload.key.description), "UploadId": .string(upload.id),
            "PartNumberMarker": .integer(Int64(marker)), "MaxParts": .integer(Int64(limit)),
            "NextPartNumberMarker": .integer(Int64(page.last?.number ?? 0)),
            "IsTruncated": .boolean(limit > 0 && found.count > page.count),
            "Initiator": Self.initiator(upload), "Owner": Self.owner(bucket.account),
            "StorageClass": .string(upload.headers.storageClass),
            "Parts": .list(page.map { Self.listed($0, upload.algorithm) }),
        ]
        if upload.isChecksumAsked {
            output["ChecksumAlgorithm"] = .string(upload.algorithm.rawValue)
            output["ChecksumType"] = .string(upload.kind.rawValue)
        }
        return OperationResponse(output)
    }

    func listMultipartUploads(_ request: OperationRequest) async throws -> OperationResponse {
        let input = request.input
        let names = try ListedNames(input)
        let limit = try Self.limit(input["MaxUploads"]?.int, name: "max-uploads")
        let keyMarker = ObjectKey(input["KeyMarker"]?.string ?? "")
        let idMarker = keyMarker.bytes.isEmpty ? "" : input["UploadIdMarker"]?.string ?? ""
        let listing = ObjectListing(
            prefix: ObjectKey(input["Prefix"]?.string ?? ""), delimiter: Array((input["Delimiter"]?.string ?? "").utf8),
            after: nil, maximum: limit)
        let (bucket, uploads) = try store.read { reader in
            let bucket = try findBucket(for: request, reader)
            return (bucket, try UploadTable.list(bucket, from: listing.prefix, end: listing.end, reader))
        }
        let page = UploadPage(uploads, listing, afterKey: keyMarker, afterID: idMarker)
        var output: AWSObject = [
            "Bucket": .string(bucket.name.name), "KeyMarker": names.value(keyMarker), "UploadIdMarker": .string(idMarker),
            "Prefix": names.value(listing.prefix), "MaxUploads": .integer(Int64(limit)),
            "IsTruncated": .boolean(page.isTruncated),
            "Uploads": .list(page.uploads.map { Self.listed($0, in: bucket, names) }),
            "CommonPrefixes": .list(page.prefixes.map { ["Prefix": names.value($0)] }),
        ]
        if !listing.delimiter.isEmpty { output["Delimiter"] = names.value(ObjectKey(bytes: listing.delimiter)) }
        output["EncodingType"] = input["EncodingType"]
        if page.isTruncated {
            output["NextKeyMarker"] = page.nextKey.map(names.value)
            output["NextUploadIdMarker"] = page.nextID.map { .string($0) }
        }
        return OperationResponse(output)
    }

    private static func listed(_ part: PartRecord, _ algorithm: ChecksumAlgorithm) -> AWSValue {
        let entry: AWSObject = [
            "PartNumber": .integer(Int64(part.number)), "LastModified": .timestamp(part.modified.floored(to: .seconds(1))),
            "ETag": .string(ETag.quoted(part.etag)), "Size": .integer(Int64(part.size)),
            algorithm.member: .string(part.checksum),
        ]
        return .object(entry)
    }

    private static func listed(_ upload: UploadRecord, in bucket: BucketRecord, _ names: ListedNames) -> AWSValue {
        let entry: AWSObject = [
            "UploadId": .string(upload.id), "Key": names.value(upload.key),
            "Initiated": .timestamp(upload.initiated.floored(to: .seconds(1))),
            "StorageClass": .string(upload.headers.storageClass), "Owner": owner(bucket.account),
            "Initiator": initiator(upload),
            "ChecksumAlgorithm": upload.isChecksumAsked ? .string(upload.algorithm.rawValue) : nil,
            "ChecksumType": upload.isChecksumAsked ? .string(upload.kind.rawValue) : nil,
        ]
        return .object(entry)
    }

    private static func initiator(_ upload: UploadRecord) -> AWSValue { ["ID": .string(upload.initiator)] }

    private static func limit(_ value: Int?, name: String) throws -> Int {
        let limit = value ?? entriesMax
        guard limit >= 0 else {
            throw S3Fault.invalidArgument(
                "Argument \(name) must be an integer between 0 and 2147483647", name: name, value: "\(limit)")
        }
        return min(limit, entriesMax)
    }
}

/// One page of a bucket's uploads. They are few, so that all with the prefix are looked through.
struct UploadPage {
    private(set) var uploads: [UploadRecord] = []
    private(set) var prefixes: [ObjectKey] = []
    private(set) var isTruncated = false
    private(set) var nextKey: ObjectKey?
    /// Nil when the page ends on a common prefix.
    private(set) var nextID: String?

    /// `sorted` is in the order of key and start. The page begins behind the key `afterKey`, or behind the upload
    /// `afterID` of that key when one is named.
    init(_ sorted: [UploadRecord], _ listing: ObjectListing, afterKey: ObjectKey, afterID: String) {
        let isPassed = Self.passed(sorted, afterKey, afterID)
        for upload in sorted where !isPassed(upload) {
            let common = upload.key.commonPrefix(behind: listing.prefix, delimiter: listing.delimiter)
            if let common, common == prefixes.last || (!afterKey.bytes.isEmpty && !(afterKey < common)) { continue }
            guard uploads.count + prefixes.count < listing.maximum else {
                isTruncated = listing.maximum > 0
                return
            }
            if let common {
                prefixes.append(common)
                (nextKey, nextID) = (common, nil)
            } else {
                uploads.append(upload)
                (nextKey, nextID) = (upload.key, upload.id)
            }
        }
    }

    private static func passed(
        _ sorted: [UploadRecord], _ afterKey: ObjectKey, _ afterID: String
    ) -> (UploadRecord) -> Bool {
        guard !afterKey.bytes.isEmpty else { return { _ in false } }
        let marked = sorted.first { $0.key == afterKey && $0.id == afterID }
        return { upload in
            if upload.key == afterKey { return marked.map { upload.number <= $0.number } ?? true }
            return upload.key < afterKey
        }
    }
}
