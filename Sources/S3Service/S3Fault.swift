import AWSModel

/// The errors of S3: code, status, text and extra elements, each once.
// AWS: recorded — spec/support-services.md §F5, unless marked there.
enum S3Fault {
    // MARK: Buckets

    static func noSuchBucket(_ name: String) -> AWSFault {
        AWSFault("NoSuchBucket", "The specified bucket does not exist", status: 404, members: ["BucketName": .string(name)])
    }

    static func bucketAlreadyOwnedByYou(_ name: String) -> AWSFault {
        AWSFault(
            "BucketAlreadyOwnedByYou",
            "Your previous request to create the named bucket succeeded and you already own it.",
            status: 409, members: ["BucketName": .string(name)])
    }

    static func bucketAlreadyExists(_ name: String) -> AWSFault {
        AWSFault(
            "BucketAlreadyExists",
            "The requested bucket name is not available. The bucket namespace is shared by all users of the system. Please select a different name and try again.",
            status: 409, members: ["BucketName": .string(name)])
    }

    static func bucketNotEmpty(_ name: String) -> AWSFault {
        AWSFault(
            "BucketNotEmpty", "The bucket you tried to delete is not empty", status: 409,
            members: ["BucketName": .string(name)])
    }

    static func invalidBucketName(_ name: String) -> AWSFault {
        AWSFault(
            "InvalidBucketName", "The specified bucket is not valid.", status: 400, members: ["BucketName": .string(name)])
    }

    static func incompatibleLocation(_ constraint: String) -> AWSFault {
        AWSFault(
            "IllegalLocationConstraintException",
            "The \(constraint) location constraint is incompatible for the region specific endpoint this request was sent to.",
            status: 400)
    }

    static func invalidLocation(_ constraint: String) -> AWSFault {
        AWSFault(
            "InvalidLocationConstraint", "The specified location-constraint is not valid", status: 400,
            members: ["LocationConstraint": .string(constraint)])
    }

    static func invalidOwner(_ owner: String) -> AWSFault {
        AWSFault(
            "InvalidBucketOwnerAWSAccountID",
            "The value of the expected bucket owner parameter must be an AWS Account ID... [\(owner)]", status: 400)
    }

    static let accessDenied = AWSFault("AccessDenied", "Access Denied", status: 403)

    /// A sub-resource that the bucket does not have.
    static func absent(_ code: String, _ message: String, bucket: BucketName) -> AWSFault {
        AWSFault(code, message, status: 404, members: ["BucketName": .string(bucket.name)])
    }

    // MARK: Objects and uploads

    static func noSuchKey(_ key: ObjectKey) -> AWSFault {
        AWSFault("NoSuchKey", "The specified key does not exist.", status: 404, members: ["Key": .string(key.description)])
    }

    static func noSuchUpload(_ id: String) -> AWSFault {
        AWSFault(
            "NoSuchUpload",
            "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.",
            status: 404, members: ["UploadId": .string(id)])
    }

    static func invalidRange(_ header: String, size: Int) -> AWSFault {
        AWSFault(
            "InvalidRange", "The requested range is not satisfiable", status: 416,
            members: ["ActualObjectSize": .string("\(size)"), "RangeRequested": .string(header)])
    }

    static func preconditionFailed(condition: String) -> AWSFault {
        AWSFault(
            "PreconditionFailed", "At least one of the pre-conditions you specified did not hold", status: 412,
            members: ["Condition": .string(condition)])
    }

    static func keyTooLong(byteCount: Int) -> AWSFault {
        AWSFault(
            "KeyTooLongError", "Your key is too long", status: 400,
            members: ["Size": .string("\(byteCount)"), "MaxSizeAllowed": .string("\(ObjectKey.bytesMax)")])
    }

    static func entityTooLarge(proposed: Int, maximum: Int) -> AWSFault {
        AWSFault(
            "EntityTooLarge", "Your proposed upload exceeds the maximum allowed size", status: 400,
            members: ["ProposedSize": .string("\(proposed)"), "MaxSizeAllowed": .string("\(maximum)")])
    }

    static let metadataTooLarge = AWSFault(
        "MetadataTooLarge", "Your metadata headers exceed the maximum allowed metadata size", status: 400)

    static func entityTooSmall(part: PartRecord, minimum: Int) -> AWSFault {
        AWSFault(
            "EntityTooSmall", "Your proposed upload is smaller than the minimum allowed size", status: 400,
            members: [
                "ETag": .string(part.etag), "MinSizeAllowed": .string("\(minimum)"), "PartNumber": .string("\(part.number)"),
                "ProposedSize": .string("\(part.size)"),
            ])
    }

    static func invalidPart(number: Int, etag: String, upload: String) -> AWSFault {
        AWSFault(
            "InvalidPart",
            "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.",
            status: 400,
            members: ["ETag": .string(etag), "PartNumber": .string("\(number)"), "UploadId": .string(upload)])
    }

    static func invalidPartOrder(upload: String) -> AWSFault {
        AWSFault(
            "InvalidPartOrder", "The list of parts was not in ascending order. Parts must be ordered by part number.",
            status: 400, members: ["UploadId": .string(upload)])
    }

    // MARK: Requests

    static func invalidRequest(_ message: String) -> AWSFault { AWSFault("InvalidRequest", message, status: 400) }

    static func invalidArgument(_ message: String, name: String, value: String) -> AWSFault {
        AWSFault(
            "InvalidArgument", message, status: 400,
            members: ["ArgumentName": .string(name), "ArgumentValue": .string(value)])
    }

    static let malformedXML = AWSFault(
        "MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema", status: 400)

    static func notImplemented(header: String) -> AWSFault {
        AWSFault(
            "NotImplemented", "A header you provided implies functionality that is not implemented", status: 501,
            members: ["Header": .string(header)], isSenderFault: false)
    }

    // MARK: Digests

    static func badChecksum(_ algorithm: ChecksumAlgorithm) -> AWSFault {
        AWSFault("BadDigest", "The \(algorithm.rawValue) you specified did not match the calculated checksum.", status: 400)
    }

    static func badMD5(expected: String, calculated: String) -> AWSFault {
        AWSFault(
            "BadDigest", "The Content-MD5 you specified did not match what we received.", status: 400,
            members: ["ExpectedDigest": .string(expected), "CalculatedDigest": .string(calculated)])
    }

    static func invalidMD5(_ header: String) -> AWSFault {
        AWSFault(
            "InvalidDigest", "The Content-MD5 you specified was invalid.", status: 400, members: ["Content-MD5": .string(header)])
    }

    static func wrongPayloadHash(client: String, server: String) -> AWSFault {
        AWSFault(
            "XAmzContentSHA256Mismatch", "The provided 'x-amz-content-sha256' header does not match what was computed.",
            status: 400,
            members: ["ClientComputedContentSHA256": .string(client), "S3ComputedContentSHA256": .string(server)])
    }

    static let unsupportedChecksum = invalidRequest(
        "Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]")

    static let incompleteBody = AWSFault(
        "IncompleteBody", "You did not provide the number of bytes specified by the Content-Length HTTP header", status: 400)

    static let malformedTrailer = AWSFault(
        "MalformedTrailerError",
        "The request contained trailing data that was not well-formed or did not conform to our published schema.",
        status: 400)

    static let missingLength = AWSFault(
        "MissingContentLength", "You must provide the Content-Length HTTP header.", status: 411)
}
