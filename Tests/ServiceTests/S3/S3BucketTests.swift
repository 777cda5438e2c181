import AWSModel
import Gateway
import S3Service
import SimTime
import Testing
import Timeline

/// Buckets, their owners, tags and sub-resources; presigned URLs.
@Suite struct S3BucketTests {
    @Test(arguments: [
        ("abc", true), ("a-b.c", true), ("0.1", true), (String(repeating: "a", count: 63), true),
        ("1.2.3", true), ("a.b.c.d", true), ("ab", false), (String(repeating: "a", count: 64), false), ("Abc", false),
        ("-ab", false), ("ab-", false), (".ab", false), ("a..b", false), ("a_b", false), ("192.168.0.1", false), ("é12", false), ("", false),
    ])
    func namesFollowTheRules(_ name: String, _ isValid: Bool) async throws {
        #expect((BucketName(name) != nil) == isValid)
        let s3 = try await S3Fixture(bucket: nil)
        if isValid {
            _ = try await s3.call("CreateBucket", ["Bucket": .string(name)])
        } else {
            let fault = try await s3.fault("CreateBucket", ["Bucket": .string(name)])
            #expect(fault.code == "InvalidBucketName")
            #expect(fault.members == ["BucketName": .string(name)])
        }
    }

    struct Creation: Sendable, CustomTestStringConvertible {
        var constraint: String?
        var endpoint: String
        /// What GetBucketLocation answers, or the code of the refusal.
        var location: String?
        var code: String?
        var testDescription: String { "\(constraint ?? "none") at \(endpoint)" }
    }

    @Test(arguments: [
        Creation(endpoint: "us-east-1"),
        Creation(constraint: "eu-west-1", endpoint: "us-east-1", location: "eu-west-1"),
        Creation(constraint: "EU", endpoint: "eu-west-1", location: "EU"),
        Creation(constraint: "us-gov-west-1", endpoint: "us-gov-west-1", location: "us-gov-west-1"),
        Creation(endpoint: "eu-west-1", code: "IllegalLocationConstraintException"),
        Creation(constraint: "us-west-2", endpoint: "eu-west-1", code: "IllegalLocationConstraintException"),
        Creation(constraint: "us-east-1", endpoint: "us-east-1", code: "InvalidLocationConstraint"),
        Creation(constraint: "the-moon", endpoint: "us-east-1", code: "InvalidLocationConstraint"),
    ])
    func aBucketIsPutWhereItIsAskedFor(_ creation: Creation) async throws {
        let s3 = try await S3Fixture(bucket: nil)
        let input: AWSObject = [
            "Bucket": "pots", "CreateBucketConfiguration": creation.constraint.map { ["LocationConstraint": .string($0)] },
        ]
        if let code = creation.code {
            #expect(try await s3.fault("CreateBucket", input, region: creation.endpoint).code == code)
            return
        }
        let created = try await s3.call("CreateBucket", input, region: creation.endpoint).output
        #expect(created["Location"] == (creation.location == nil ? "/pots" : "http://pots.s3.amazonaws.com/"))
        #expect(created["BucketArn"] == "arn:aws:s3:::pots")
        #expect(try await s3.call("GetBucketLocation", ["Bucket": "pots"]).output["LocationConstraint"]?.string == creation.location)
        let head = try await s3.call("HeadBucket", ["Bucket": "pots"]).output
        #expect(head["BucketRegion"] == .string(creation.location == "EU" ? "eu-west-1" : creation.location ?? "us-east-1"))
        #expect(head["AccessPointAlias"] == false)
    }

    @Test func aBucketIsMadeTwiceOnlyInTheFirstRegion() async throws {
        let s3 = try await S3Fixture()
        _ = try await s3.call("CreateBucket", ["Bucket": "pots"])
        let configured: AWSObject = ["Bucket": "west", "CreateBucketConfiguration": ["LocationConstraint": "us-west-2"]]
        _ = try await s3.call("CreateBucket", configured, region: "us-west-2")
        #expect(try await s3.fault("CreateBucket", configured, region: "us-west-2").code == "BucketAlreadyOwnedByYou")
        let taken = try await s3.fault("CreateBucket", ["Bucket": "pots"], account: "111122223333")
        #expect(taken.code == "BucketAlreadyExists")
        #expect(taken.status == 409)
    }

    @Test func onlyTheOwnerComesIn() async throws {
        let s3 = try await S3Fixture()
        try await s3.put("k", [1])
        let input: AWSObject = ["Bucket": "pots", "Key": "k"]
        for operation in ["HeadBucket", "GetObject", "PutObject", "DeleteObject", "ListObjectsV2", "DeleteBucket"] {
            let fault = try await s3.fault(operation, input, account: "111122223333")
            #expect(fault.code == "AccessDenied", "\(operation)")
            #expect(fault.status == 403)
            let absent = try await s3.fault(operation, ["Bucket": "nowhere", "Key": "k"])
            #expect(absent.message == "The specified bucket does not exist", "\(operation)")
            #expect(absent.members == ["BucketName": "nowhere"])
        }
        func head(_ owner: String) -> AWSObject { ["Bucket": "pots", "ExpectedBucketOwner": .string(owner)] }
        _ = try await s3.call("HeadBucket", head("123456789012"))
        #expect(try await s3.fault("HeadBucket", head("111122223333")).status == 403)
        let odd = try await s3.fault("HeadBucket", head("abcd"))
        #expect(odd.code == "InvalidBucketOwnerAWSAccountID")
        #expect(odd.message == "The value of the expected bucket owner parameter must be an AWS Account ID... [abcd]")
    }

    @Test func bucketsAreListedForTheirOwner() async throws {
        let s3 = try await S3Fixture(bucket: nil)
        for name in ["delta", "alpha", "beta", "alpine"] { _ = try await s3.call("CreateBucket", ["Bucket": .string(name)]) }
        _ = try await s3.call("CreateBucket", ["Bucket": "foreign"], account: "111122223333")
        func names(_ output: AWSObject) -> [String] { (output["Buckets"]?.list ?? []).compactMap { $0["Name"]?.string } }
        let all = try await s3.call("ListBuckets", [:]).output
        #expect(names(all) == ["alpha", "alpine", "beta", "delta"])
        #expect(all["Buckets"]?.list?.first?["BucketRegion"] == nil)
        #expect(all["Buckets"]?.list?.first?["CreationDate"]?.instant == S3Fixture.start.floored(to: .seconds(1)))
        let page = try await s3.call("ListBuckets", ["MaxBuckets": 1, "Prefix": "al"]).output
        #expect(names(page) == ["alpha"])
        #expect(page["Buckets"]?.list?.first?["BucketArn"] == "arn:aws:s3:::alpha")
        let next = try await s3.call("ListBuckets", ["MaxBuckets": 1, "Prefix": "al", "ContinuationToken": page["ContinuationToken"]]).output
        #expect(names(next) == ["alpine"])
        #expect(next["ContinuationToken"] == nil)
        #expect(names(try await s3.call("ListBuckets", ["BucketRegion": "eu-west-1"]).output).isEmpty)
        #expect(try await s3.fault("ListBuckets", ["MaxBuckets": 0]).code == "InvalidArgument")
    }

    @Test func onlyAnEmptyBucketIsDeleted() async throws {
        let s3 = try await S3Fixture()
        try await s3.put("k", [1])
        let fault = try await s3.fault("DeleteBucket", ["Bucket": "pots"])
        #expect(fault.code == "BucketNotEmpty")
        #expect(fault.status == 409)
        _ = try await s3.call("DeleteObject", ["Bucket": "pots", "Key": "k"])
        let id = try await s3.call("CreateMultipartUpload", ["Bucket": "pots", "Key": "k"]).output["UploadId"]
        _ = try await s3.call("UploadPart", ["Bucket": "pots", "Key": "k", "UploadId": id, "PartNumber": 1], body: [1])
        _ = try await s3.call("DeleteBucket", ["Bucket": "pots"])
        #expect(try await s3.fault("HeadBucket", ["Bucket": "pots"]).status == 404)
        #expect(try s3.blobCount() == 0)
    }

    @Test func tagsAreKeptAndChecked() async throws {
        let s3 = try await S3Fixture()
        try await s3.put("k", [1])
        func set(_ tags: AWSValue, _ name: String = "PutObjectTagging") -> AWSObject {
            ["Bucket": "pots", "Key": "k", "Tagging": ["TagSet": tags]]
        }
        let tags: AWSValue = [["Key": "a", "Value": "1"], ["Key": "b", "Value": ""]]
        #expect(try await s3.call("GetObjectTagging", ["Bucket": "pots", "Key": "k"]).output["TagSet"] == [])
        _ = try await s3.call("PutObjectTagging", set(tags))
        #expect(try await s3.call("GetObjectTagging", ["Bucket": "pots", "Key": "k"]).output["TagSet"] == tags)
        _ = try await s3.call("DeleteObjectTagging", ["Bucket": "pots", "Key": "k"])
        #expect(try await s3.call("GetObjectTagging", ["Bucket": "pots", "Key": "k"]).output["TagSet"] == [])
        #expect(try await s3.fault("GetObjectTagging", ["Bucket": "pots", "Key": "absent"]).code == "NoSuchKey")
        let none = try await s3.fault("GetBucketTagging", ["Bucket": "pots"])
        #expect(none.code == "NoSuchTagSet")
        #expect(try await s3.call("PutBucketTagging", set(tags)).status == 204)
        #expect(try await s3.call("GetBucketTagging", ["Bucket": "pots"]).output["TagSet"] == tags)
        _ = try await s3.call("DeleteBucketTagging", ["Bucket": "pots"])
        #expect(try await s3.fault("GetBucketTagging", ["Bucket": "pots"]).status == 404)
        let many = AWSValue.list((0..<11).map { ["Key": .string("\($0)"), "Value": ""] })
        #expect(try await s3.fault("PutObjectTagging", set(many)).message == "Object tags cannot be greater than 10")
        _ = try await s3.call("PutBucketTagging", set(many))
        let twice: AWSValue = [["Key": "a", "Value": "1"], ["Key": "a", "Value": "2"]]
        #expect(try await s3.fault("PutObjectTagging", set(twice)).code == "InvalidTag")
    }

    @Test(arguments: [
        ("GetBucketPolicy", "NoSuchBucketPolicy", "The bucket policy does not exist"),
        ("GetBucketLifecycleConfiguration", "NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist"),
        ("GetBucketCors", "NoSuchCORSConfiguration", "The CORS configuration does not exist"),
        ("GetPublicAccessBlock", "NoSuchPublicAccessBlockConfiguration", "The public access block configuration was not found"),
    ])
    func whatNobodyConfiguredIsAbsent(_ operation: String, _ code: String, _ message: String) async throws {
        let s3 = try await S3Fixture()
        let fault = try await s3.fault(operation, ["Bucket": "pots"])
        #expect(fault == AWSFault(code, message, status: 404, members: ["BucketName": "pots"]))
        #expect(try await s3.fault(operation, ["Bucket": "nowhere"]).code == "NoSuchBucket")
    }

    @Test func defaultsOfANewBucket() async throws {
        let s3 = try await S3Fixture()
        #expect(try await s3.call("GetBucketVersioning", ["Bucket": "pots"]).output.isEmpty)
        let encryption = try await s3.call("GetBucketEncryption", ["Bucket": "pots"]).output["ServerSideEncryptionConfiguration"]
        #expect(encryption?["Rules"]?.list?.first?["ApplyServerSideEncryptionByDefault"]?["SSEAlgorithm"] == "AES256")
        let acl = try await s3.call("GetBucketAcl", ["Bucket": "pots"]).output
        #expect(acl["Grants"]?.list?.first?["Permission"] == "FULL_CONTROL")
        #expect(try await s3.fault("PutObject", ["Bucket": "pots", "Key": "k", "ACL": "public-read"]).code == "AccessControlListNotSupported")
        try await s3.put("k", [1], ["ACL": "bucket-owner-full-control"])
    }

    // MARK: Presigned URLs

    struct Presigned: Sendable, CustomTestStringConvertible {
        var query: String
        var code: String?
        var message: String?
        var testDescription: String { query }
    }

    /// The clock stands at 2026-01-01T00:00:00Z.
    static func v4(date: String, expires: String) -> String {
        "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=a&X-Amz-Date=\(date)&X-Amz-Expires=\(expires)&X-Amz-SignedHeaders=host&X-Amz-Signature=0"
    }

    @Test(arguments: [
        Presigned(query: v4(date: "20251231T235000Z", expires: "600")),
        Presigned(query: v4(date: "20251231T235000Z", expires: "599"), code: "AccessDenied", message: "Request has expired"),
        Presigned(
            query: v4(date: "2025-12-31", expires: "600"), code: "AuthorizationQueryParametersError",
            message: "X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\""),
        Presigned(
            query: v4(date: "20251231T235000Z", expires: "x"), code: "AuthorizationQueryParametersError",
            message: "X-Amz-Expires should be a number"),
        Presigned(
            query: v4(date: "20251231T235000Z", expires: "-1"), code: "AuthorizationQueryParametersError",
            message: "X-Amz-Expires must be non-negative"),
        Presigned(query: v4(date: "20251231T235000Z", expires: "604801"), code: "AuthorizationQueryParametersError"),
        Presigned(query: "X-Amz-Signature=0", code: "AuthorizationQueryParametersError"),
        Presigned(query: "AWSAccessKeyId=a&Signature=b&Expires=1767225601"),
        Presigned(query: "AWSAccessKeyId=a&Signature=b&Expires=1767225599", code: "AccessDenied", message: "Request has expired"),
        Presigned(query: "AWSAccessKeyId=a&Signature=b&Expires=soon", code: "AccessDenied"),
        Presigned(query: "Expires=1&Signature=b"),
    ])
    func presignedURLsExpire(_ presigned: Presigned) async throws {
        let s3 = try await S3Fixture()
        try await s3.put("k", [1])
        let target = "/pots/k?" + presigned.query
        guard let code = presigned.code else {
            _ = try await s3.call("GetObject", ["Bucket": "pots", "Key": "k"], target: target)
            return
        }
        let fault = try await s3.fault("GetObject", ["Bucket": "pots", "Key": "k"], target: target)
        #expect(fault.code == code)
        if let message = presigned.message { #expect(fault.message == message) }
        if presigned.message == "Request has expired" {
            #expect(fault.members["ServerTime"] == "2026-01-01T00:00:00Z")
            #expect(fault.members["Expires"] != nil)
        }
    }

    @Test func aClientsOwnClockDecidesHoweverFarTimeWasAdvanced() async throws {
        let s3 = try await S3Fixture()
        try await s3.put("k", [1])
        _ = try await s3.timeline.advance(by: .hours(5))
        let target = "/pots/k?" + Self.v4(date: "20260101T000000Z", expires: "60")
        _ = try await s3.call("GetObject", ["Bucket": "pots", "Key": "k"], target: target)
    }
}
