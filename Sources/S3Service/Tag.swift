import AWSModel
import HTTPServer

/// A tag of a bucket or an object.
struct Tag: Codable, Sendable, Equatable {
    var key: String
    var value: String

    static let objectTagsMax = 10
    static let bucketTagsMax = 50

    /// Reads a `TagSet`. Throws the faults of the tagging operations.
    static func list(_ value: AWSValue?, forBucket isBucket: Bool) throws -> [Tag] {
        guard let items = value?.list else { throw S3Fault.malformedXML }
        let tags = try items.map { item in
            guard let key = item["Key"]?.string, let value = item["Value"]?.string else { throw S3Fault.malformedXML }
            return Tag(key: key, value: value)
        }
        try check(tags, forBucket: isBucket)
        return tags
    }

    /// Reads the header `x-amz-tagging`: `a=1&b=2`, encoded as a query.
    static func list(header: String?) throws -> [Tag] {
        guard let header else { return [] }
        guard let query = QueryItems(parsing: header[...]) else {
            throw S3Fault.invalidArgument(
                "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name duplicates.",
                name: "x-amz-tagging", value: header)
        }
        let tags = query.items.map { Tag(key: $0.name, value: $0.value ?? "") }
        try check(tags, forBucket: false)
        return tags
    }

    static func output(_ tags: [Tag]) -> AWSValue {
        .list(tags.map { ["Key": .string($0.key), "Value": .string($0.value)] })
    }

    // AWS: documented — S3 user guide, object tagging limits.
    private static func check(_ tags: [Tag], forBucket isBucket: Bool) throws {
        let most = isBucket ? bucketTagsMax : objectTagsMax
        guard tags.count <= most else {
            let what = isBucket ? "Bucket tag count" : "Object tags"
            throw AWSFault("BadRequest", "\(what) cannot be greater than \(most)", status: 400)
        }
        var seen: Set<[UInt8]> = []
        for tag in tags {
            guard (1...128).contains(tag.key.unicodeScalars.count) else {
                throw invalid("The TagKey you have provided is invalid", ["TagKey": .string(tag.key)])
            }
            guard tag.value.unicodeScalars.count <= 256 else {
                throw invalid("The TagValue you have provided is invalid", ["TagValue": .string(tag.value)])
            }
            guard seen.insert(Array(tag.key.utf8)).inserted else {
                throw invalid("Cannot provide multiple Tags with the same key", ["TagKey": .string(tag.key)])
            }
        }
    }

    private static func invalid(_ message: String, _ members: AWSObject) -> AWSFault {
        AWSFault("InvalidTag", message, status: 400, members: members)
    }
}
