import AWSModel
import Gateway
import SimTime
import Store

/// ListObjects and ListObjectsV2.
extension S3Service {
    private static let pageMax = 1000

    func listObjects(_ request: OperationRequest) async throws -> OperationResponse {
        let input = request.input
        let names = try ListedNames(input)
        let marker = input["Marker"]?.string ?? ""
        let listing = try listing(input, after: marker.isEmpty ? nil : ObjectKey(marker))
        let (bucket, page) = try page(listing, request)
        var output: AWSObject = ["Marker": names.value(marker)]
        describe(page, of: listing, in: bucket, names: names, withOwner: true, input, &output)
        // AWS: recorded — NextMarker only with a delimiter; else the last key is the next marker.
        if page.isTruncated, !listing.delimiter.isEmpty, let last = page.last { output["NextMarker"] = names.value(last) }
        return OperationResponse(output)
    }

    func listObjectsV2(_ request: OperationRequest) async throws -> OperationResponse {
        let input = request.input
        let names = try ListedNames(input)
        let startAfter = input["StartAfter"]?.string
        let token = input["ContinuationToken"]?.string
        // AWS: recorded — a token outweighs start-after.
        let after = try token.map(ContinuationToken.read) ?? startAfter.flatMap { $0.isEmpty ? nil : ObjectKey($0) }
        let listing = try listing(input, after: after)
        let (bucket, page) = try page(listing, request)
        var output: AWSObject = ["KeyCount": .integer(Int64(page.count))]
        output["StartAfter"] = startAfter.map(names.value)
        output["ContinuationToken"] = token.map { .string($0) }
        if page.isTruncated, let last = page.last { output["NextContinuationToken"] = .string(ContinuationToken.write(last)) }
        describe(
            page, of: listing, in: bucket, names: names, withOwner: input["FetchOwner"]?.bool ?? false, input, &output)
        return OperationResponse(output)
    }

    private func listing(_ input: AWSObject, after: ObjectKey?) throws -> ObjectListing {
        let maximum = input["MaxKeys"]?.int ?? Self.pageMax
        guard maximum >= 0 else {
            throw S3Fault.invalidArgument(
                "Argument maxKeys must be an integer between 0 and 2147483647", name: "maxKeys", value: "\(maximum)")
        }
        return ObjectListing(
            prefix: ObjectKey(input["Prefix"]?.string ?? ""), delimiter: Array((input["Delimiter"]?.string ?? "").utf8),
            after: after, maximum: min(maximum, Self.pageMax))
    }

    private func page(
        _ listing: ObjectListing, _ request: OperationRequest
    ) throws -> (BucketRecord, ObjectListing.Page<ListedObject>) {
        try store.read { reader in
            let bucket = try findBucket(for: request, reader)
            let page = try listing.page(key: \.key) { from, limit in
                try ObjectTable.list(bucket, from: from, end: listing.end, limit: limit, reader)
            }
            return (bucket, page)
        }
    }

    private func describe(
        _ page: ObjectListing.Page<ListedObject>, of listing: ObjectListing, in bucket: BucketRecord, names: ListedNames,
        withOwner: Bool, _ input: AWSObject, _ output: inout AWSObject
    ) {
        output["Name"] = .string(bucket.name.name)
        output["Prefix"] = names.value(listing.prefix)
        output["MaxKeys"] = .integer(Int64(listing.maximum))
        output["IsTruncated"] = .boolean(page.isTruncated)
        if !listing.delimiter.isEmpty { output["Delimiter"] = names.value(ObjectKey(bytes: listing.delimiter)) }
        output["EncodingType"] = input["EncodingType"]
        let owner = withOwner ? Self.owner(bucket.account) : nil
        output["Contents"] = .list(page.contents.map { object in
            [
                "Key": names.value(object.key), "LastModified": .timestamp(object.modified.floored(to: .seconds(1))),
                "ETag": .string(ETag.quoted(object.etag)), "ChecksumAlgorithm": [.string(object.checksumAlgorithm)],
                "ChecksumType": .string(object.checksumKind), "Size": .integer(Int64(object.size)),
                "StorageClass": .string(object.storageClass), "Owner": owner,
            ]
        })
        output["CommonPrefixes"] = .list(page.prefixes.map { ["Prefix": names.value($0)] })
    }
}
