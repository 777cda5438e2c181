import AWSModel
import BlobStore
import Gateway
import HTTPServer
import S3Service
import SimTime
import Testing
import Vocabulary

/// Reading, copying, deleting objects, and what they carry.
@Suite struct S3ObjectTests {
    struct Range: Sendable, CustomTestStringConvertible {
        var header: String
        /// Nil for 416.
        var body: String?
        /// Nil for the whole object, 200.
        var contentRange: String?
        var testDescription: String { header }
    }

    static let ranges = [
        Range(header: "bytes=0-0", body: "0", contentRange: "bytes 0-0/10"),
        Range(header: "bytes=2-4", body: "234", contentRange: "bytes 2-4/10"),
        Range(header: "bytes=5-", body: "56789", contentRange: "bytes 5-9/10"),
        Range(header: "bytes=-1", body: "9", contentRange: "bytes 9-9/10"),
        Range(header: "bytes=-20", body: "0123456789", contentRange: "bytes 0-9/10"),
        Range(header: "bytes=8-20", body: "89", contentRange: "bytes 8-9/10"),
        Range(header: "bytes=0-99999999999999999999", body: "0123456789", contentRange: "bytes 0-9/10"),
        Range(header: "bytes=10-"), Range(header: "bytes=99999999999999999999-"), Range(header: "bytes=-0"),
        Range(header: "bytes=4-2", body: "0123456789"),
        Range(header: "bytes=0-1,3-4", body: "0123456789"),
        Range(header: "bytes=a-b", body: "0123456789"), Range(header: "bytes=-", body: "0123456789"),
        Range(header: "items=0-1", body: "0123456789"), Range(header: "", body: "0123456789"),
    ]

    @Test(arguments: ranges)
    func aRangeIsAnsweredAndHeadAgrees(_ range: Range) async throws {
        let s3 = try await S3Fixture()
        try await s3.put("k", "0123456789".bytes)
        let input: AWSObject = ["Bucket": "pots", "Key": "k", "Range": .string(range.header)]
        guard let body = range.body else {
            for operation in ["GetObject", "HeadObject"] {
                let fault = try await s3.fault(operation, input)
                #expect(fault.code == "InvalidRange")
                #expect(fault.status == 416)
                #expect(fault.members == ["ActualObjectSize": "10", "RangeRequested": .string(range.header)])
            }
            return
        }
        let (response, bytes) = try await s3.get("k", ["Range": .string(range.header)])
        #expect(bytes == body.bytes)
        #expect(response.status == (range.contentRange == nil ? nil : 206))
        #expect(response.output["ContentRange"]?.string == range.contentRange)
        let head = try await s3.call("HeadObject", input)
        #expect(head.output == response.output)
        #expect(head.status == response.status)
        guard case .headOnly(let length) = head.payload else {
            Issue.record("HEAD has a body")
            return
        }
        #expect(length == body.utf8.count)
    }

    struct Condition: Sendable, CustomTestStringConvertible {
        var input: AWSObject
        /// 200, 304 or 412.
        var status: Int
        var failed: String?
        var testDescription: String { input.entries.map { "\($0.key)=\($0.value)" }.joined(separator: " ") }
    }

    static let etag = "\"5d41402abc4b2a76b9719d911017c592\""
    static let before = AWSValue.timestamp(S3Fixture.start - .seconds(60))
    static let same = AWSValue.timestamp(S3Fixture.start.floored(to: .seconds(1)))
    static let later = AWSValue.timestamp(S3Fixture.start + .seconds(60))

    static let conditions = [
        Condition(input: ["IfMatch": .string(etag)], status: 200),
        Condition(input: ["IfMatch": "5d41402abc4b2a76b9719d911017c592"], status: 200),
        Condition(input: ["IfMatch": .string("\"other\", \(etag)")], status: 200),
        Condition(input: ["IfMatch": "*"], status: 200),
        Condition(input: ["IfMatch": "\"other\""], status: 412, failed: "If-Match"),
        Condition(input: ["IfNoneMatch": .string(etag)], status: 304),
        Condition(input: ["IfNoneMatch": .string("W/" + etag)], status: 304),
        Condition(input: ["IfNoneMatch": "\"other\""], status: 200),
        Condition(input: ["IfModifiedSince": before], status: 200),
        Condition(input: ["IfModifiedSince": same], status: 304),
        Condition(input: ["IfUnmodifiedSince": same], status: 200),
        Condition(input: ["IfUnmodifiedSince": before], status: 412, failed: "If-Unmodified-Since"),
        Condition(input: ["IfMatch": .string(etag), "IfUnmodifiedSince": before], status: 200),
        Condition(input: ["IfNoneMatch": "\"other\"", "IfModifiedSince": later], status: 200),
    ]

    @Test(arguments: conditions, ["GetObject", "HeadObject"])
    func conditionsDecide(_ condition: Condition, _ operation: String) async throws {
        let s3 = try await S3Fixture()
        try await s3.put("k", "hello".bytes)
        var input = condition.input
        input["Bucket"] = "pots"
        input["Key"] = "k"
        guard condition.status != 412 else {
            let fault = try await s3.fault(operation, input)
            #expect(fault.code == "PreconditionFailed")
            #expect(fault.message == "At least one of the pre-conditions you specified did not hold")
            #expect(fault.members == ["Condition": .string(condition.failed ?? "")])
            return
        }
        let response = try await s3.call(operation, input)
        #expect(response.status ?? 200 == condition.status)
        #expect(response.output["ETag"] == .string(Self.etag))
        if condition.status == 304 { #expect(try await bytes(of: response.payload).isEmpty) }
    }

    @Test func whatAnObjectCarriesComesBack() async throws {
        let s3 = try await S3Fixture()
        try await s3.put("k", [1], [
            "CacheControl": "max-age=1", "ContentDisposition": "inline", "ContentEncoding": "gzip", "ContentLanguage": "de",
            "ContentType": "text/csv", "Metadata": ["Colour": "green", "n": "1"], "Tagging": "a=1&b%20c=2",
            "StorageClass": "STANDARD_IA",
        ], headers: ["Expires": "whenever"])
        let response = try await s3.get("k").response
        let output = response.output
        #expect(output["CacheControl"] == "max-age=1")
        #expect(output["ContentDisposition"] == "inline")
        #expect(output["ContentEncoding"] == "gzip")
        #expect(output["ContentLanguage"] == "de")
        #expect(output["ContentType"] == "text/csv")
        #expect(output["Metadata"] == ["colour": "green", "n": "1"])
        #expect(output["TagCount"] == 2)
        #expect(output["StorageClass"] == "STANDARD_IA")
        #expect(output["AcceptRanges"] == "bytes")
        #expect(output["ServerSideEncryption"] == "AES256")
        #expect(response.headers["Expires"] == "whenever")
        try await s3.put("plain", [1])
        #expect(try await s3.get("plain").response.output["ContentType"] == "binary/octet-stream")
        #expect(try await s3.get("plain").response.output["TagCount"] == nil)
        let overridden = try await s3.call(
            "GetObject",
            ["Bucket": "pots", "Key": "k", "ResponseContentType": "text/plain", "ResponseCacheControl": "no-store",
             "ResponseExpires": .timestamp(S3Fixture.start)],
            target: "/pots/k?response-expires=Thu%2C%2001%20Jan%202026")
        #expect(overridden.output["ContentType"] == "text/plain")
        #expect(overridden.output["CacheControl"] == "no-store")
        #expect(overridden.headers["Expires"] == "Thu, 01 Jan 2026")
    }

    @Test func conditionalWritesHold() async throws {
        let s3 = try await S3Fixture()
        let created = try await s3.put("k", "hello".bytes, ["IfNoneMatch": "*"])
        #expect(created["ETag"] == .string(Self.etag))
        func refused(_ more: AWSObject, key: String = "k") async throws -> AWSFault {
            var input = more
            input["Bucket"] = "pots"
            input["Key"] = .string(key)
            return try await s3.fault("PutObject", input, body: [1])
        }
        #expect(try await refused(["IfNoneMatch": "*"]).status == 412)
        #expect(try await refused(["IfMatch": "\"other\""]).status == 412)
        #expect(try await refused(["IfMatch": .string(Self.etag)], key: "absent").code == "NoSuchKey")
        #expect(try await refused(["IfNoneMatch": "\"tag\""]).code == "NotImplemented")
        try await s3.put("k", [1], ["IfMatch": .string(Self.etag)])
        #expect(try await s3.get("k").body == [1])
    }

    // MARK: Deleting

    @Test func overwrittenAndDeletedBytesAreReleasedUnlessShared() async throws {
        let s3 = try await S3Fixture()
        try await s3.put("a", [1])
        try await s3.put("b", [1])
        #expect(try s3.blobCount() == 1)
        try await s3.put("a", [2])
        #expect(try s3.blobCount() == 2)
        guard case .file(let run) = try await s3.call("GetObject", ["Bucket": "pots", "Key": "b"]).payload
        else { throw S3Fixture.Unexpected.success("no file") }
        for _ in 0..<2 {
            _ = try await s3.call("DeleteObject", ["Bucket": "pots", "Key": "b"])
        }
        #expect(run.bytes() == [1])
        #expect(try await s3.fault("GetObject", ["Bucket": "pots", "Key": "b"]).message == "The specified key does not exist.")
        try await s3.put("a", [2])
        #expect(try await s3.get("a").body == [2])
        let ifMatch = try await s3.fault("DeleteObject", ["Bucket": "pots", "Key": "a", "IfMatch": "\"x\""])
        #expect(ifMatch.status == 412)
    }

    @Test func aSweepTakesWhatNoObjectRefersTo() async throws {
        let s3 = try await S3Fixture()
        try await s3.put("a", [1])
        let upload = try s3.blobs.beginUpload()
        try upload.append([9])
        try await upload.commit().end()
        #expect(try s3.blobCount() == 2)
        #expect(try s3.service.sweepUnreferencedBlobs(graceSeconds: 0) == 1)
        #expect(try await s3.get("a").body == [1])
    }

    @Test func manyAreDeletedAtOnce() async throws {
        let s3 = try await S3Fixture()
        for key in ["a", "b", "c"] { try await s3.put(key, key.bytes) }
        let digest: HTTPHeaders = ["x-amz-checksum-crc32": "AAAAAA=="]
        func input(_ objects: AWSValue, quiet: Bool) -> AWSObject {
            ["Bucket": "pots", "Delete": ["Objects": objects, "Quiet": .boolean(quiet)]]
        }
        let loud = try await s3.call(
            "DeleteObjects", input([["Key": "a"], ["Key": "absent"], ["Key": "b", "VersionId": "v7"]], quiet: false), headers: digest)
        #expect(loud.output["Deleted"] == [["Key": "a"], ["Key": "absent"]])
        #expect(loud.output["Errors"]?.list?.count == 1)
        #expect(loud.output["Errors"]?.list?.first?["Code"] == "NoSuchVersion")
        let quiet = try await s3.call("DeleteObjects", input([["Key": "b"]], quiet: true), headers: digest)
        #expect(quiet.output["Deleted"] == [])
        #expect(S3ListingTests.names(try await s3.call("ListObjectsV2", ["Bucket": "pots"]).output).map(\.name) == ["c"])
        let bare = try await s3.fault("DeleteObjects", input([["Key": "c"]], quiet: false))
        #expect(bare.code == "InvalidRequest")
        let none = try await s3.fault("DeleteObjects", input([], quiet: false), headers: digest)
        #expect(none.code == "MalformedXML")
        #expect(try await s3.get("c").body == "c".bytes)
    }

    // MARK: Copying

    @Test func aCopyKeepsOrReplacesWhatTheSourceCarries() async throws {
        let s3 = try await S3Fixture()
        try await s3.put("dir/a b+c", "hello".bytes, ["ContentType": "text/csv", "Metadata": ["n": "1"], "Tagging": "t=1"])
        for source in ["pots/dir/a%20b+c", "/pots/dir/a%20b%2Bc?versionId=null"] {
            let output = try await s3.call(
                "CopyObject", ["Bucket": "pots", "Key": "kept", "CopySource": .string(source)]).output
            #expect(output["CopyObjectResult"]?["ETag"] == .string(Self.etag))
            #expect(output["CopyObjectResult"]?["ChecksumType"] == "FULL_OBJECT")
        }
        let kept = try await s3.get("kept")
        #expect(kept.body == "hello".bytes)
        #expect(kept.response.output["ContentType"] == "text/csv")
        #expect(kept.response.output["Metadata"] == ["n": "1"])
        #expect(kept.response.output["TagCount"] == 1)
        let output = try await s3.call("CopyObject", [
            "Bucket": "pots", "Key": "replaced", "CopySource": "pots/kept", "MetadataDirective": "REPLACE",
            "TaggingDirective": "REPLACE", "Metadata": ["m": "2"], "ChecksumAlgorithm": "CRC32",
        ]).output
        #expect(output["CopyObjectResult"]?["ChecksumCRC32"] == "NhCmhg==")
        let replaced = try await s3.get("replaced").response.output
        #expect(replaced["ContentType"] == "binary/octet-stream")
        #expect(replaced["Metadata"] == ["m": "2"])
        #expect(replaced["TagCount"] == nil)
        #expect(try s3.blobCount() == 1)
        _ = try await s3.call("DeleteObject", ["Bucket": "pots", "Key": "dir/a b+c"])
        #expect(try await s3.get("replaced").body == "hello".bytes)
    }

    @Test func aCopyIsRefused() async throws {
        let s3 = try await S3Fixture()
        try await s3.put("k", "hello".bytes)
        func refused(_ source: String, _ more: AWSObject = [:], key: String = "copy") async throws -> AWSFault {
            var input = more
            input["Bucket"] = "pots"
            input["Key"] = .string(key)
            input["CopySource"] = .string(source)
            return try await s3.fault("CopyObject", input)
        }
        #expect(try await refused("pots/k", key: "k").message?.hasPrefix("This copy request is illegal because it is trying to copy an object to itself") == true)
        #expect(try await refused("pots/absent").code == "NoSuchKey")
        #expect(try await refused("nowhere/k").code == "NoSuchBucket")
        for source in ["pots", "pots/", "/", "", "%zz/k", "pots/k?versionId=7"] {
            #expect(try await refused(source).code == "InvalidArgument", "\(source)")
        }
        let conditional = try await refused("pots/k", ["CopySourceIfNoneMatch": .string(Self.etag)])
        #expect(conditional.members["Condition"] == "x-amz-copy-source-If-None-Match")
        #expect(try await refused("pots/k", ["MetadataDirective": "MERGE"]).message == "Unknown metadata directive.")
        _ = try await s3.call("CopyObject", [
            "Bucket": "pots", "Key": "k", "CopySource": "pots/k", "MetadataDirective": "REPLACE", "ContentType": "text/plain",
        ])
        let (response, body) = try await s3.get("k")
        #expect(body == "hello".bytes)
        #expect(response.output["ContentType"] == "text/plain")
    }

    // MARK: Ports

    @Test func otherServicesReadAndWriteObjects() async throws {
        let s3 = try await S3Fixture()
        let location = try #require(ObjectLocation(uri: "s3://pots/out/k.json"))
        #expect(try !s3.service.objectExists(location))
        #expect(try s3.service.readObject(location) == nil)
        try await s3.service.writeObject(
            location, content: RequestBody(bytes: "{}".bytes), contentType: "application/json", metadata: [("N", "1")])
        #expect(try s3.service.objectExists(location))
        let content = try #require(try s3.service.readObject(location))
        #expect(content.byteCount == 2)
        #expect(content.contentType == "application/json")
        #expect(content.metadata.map(\.name) == ["n"])
        #expect(try await content.bytes(limitBytes: 10) == "{}".bytes)
        await #expect(throws: RequestBodyError.tooLarge(limitBytes: 1)) { _ = try await content.bytes(limitBytes: 1) }
        #expect(try s3.service.anyObjectExists(under: ObjectLocation(bucket: "pots", key: "out/")))
        #expect(try !s3.service.anyObjectExists(under: ObjectLocation(bucket: "pots", key: "in/")))
        #expect(try s3.service.bucketExists(try #require(BucketName("pots"))))
        await #expect(throws: AWSFault.self) {
            try await s3.service.writeObject(
                ObjectLocation(bucket: "nowhere", key: "k"), content: RequestBody(bytes: []))
        }
        for text in ["s3:/pots/k", "S3://pots/k", "s3:///k", "pots/k", "", "https://pots/k"] {
            #expect(ObjectLocation(uri: text) == nil, "\(text)")
        }
        #expect(ObjectLocation(uri: "s3://pots")?.key == "")
    }
}
