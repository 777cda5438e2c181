import HTTPServer

/// The header `x-amz-copy-source`: `bucket/key`, percent-encoded, with or without a leading slash.
struct CopySource: Equatable {
    var bucket: String
    var key: ObjectKey

    /// Throws InvalidArgument for anything else, and for a version other than `null`.
    init(_ header: String) throws {
        var rest = header[...]
        if let question = header.ranges(of: "?versionId=").last {
            guard header[question.upperBound...] == "null" else {
                throw S3Fault.invalidArgument(
                    "Invalid version id specified", name: "x-amz-copy-source", value: header)
            }
            rest = header[..<question.lowerBound]
        }
        guard let decoded = PercentCoding.percentDecoded(rest, plusIsSpace: false) else { throw CopySource.malformed(header) }
        let path = decoded.hasPrefix("/") ? decoded.dropFirst() : decoded[...]
        guard let slash = path.utf8.firstIndex(of: 0x2f), slash != path.startIndex,
              path.index(after: slash) != path.endIndex else { throw CopySource.malformed(header) }
        bucket = String(path[..<slash])
        key = ObjectKey(String(path[path.index(after: slash)...]))
    }

    private static func malformed(_ header: String) -> any Error {
        S3Fault.invalidArgument(
            "Copy Source must mention the source bucket and key: sourcebucket/sourcekey", name: "x-amz-copy-source",
            value: header)
    }
}
