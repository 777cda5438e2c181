import AWSModel
import Gateway
import HTTPServer
import Testing

/// Multipart uploads.
@Suite struct S3MultipartTests {
    static let large = [UInt8](repeating: 0x61, count: 5_242_880)
    static let small = [UInt8](repeating: 0x62, count: 10)
    static let largeTag = "\"79b281060d337b9b2b84ccf390adcf74\""
    static let smallTag = "\"82136b4240d6ce4ea7d03e51469a393b\""

    private func begin(_ s3: S3Fixture, _ more: AWSObject = [:]) async throws -> String {
        var input = more
        input["Bucket"] = "pots"
        input["Key"] = "k"
        return try #require(try await s3.call("CreateMultipartUpload", input).output["UploadId"]?.string)
    }

    private func part(_ number: Int, of id: String, _ more: AWSObject = [:]) -> AWSObject {
        var input = more
        input["Bucket"] = "pots"
        input["Key"] = "k"
        input["UploadId"] = .string(id)
        input["PartNumber"] = .integer(Int64(number))
        return input
    }

    private func complete(_ id: String, _ parts: [AWSValue], _ more: AWSObject = [:]) -> AWSObject {
        var input = more
        input["Bucket"] = "pots"
        input["Key"] = "k"
        input["UploadId"] = .string(id)
        input["MultipartUpload"] = ["Parts": .list(parts)]
        return input
    }

    struct Sum: Sendable, CustomTestStringConvertible {
        var asked: AWSObject
        var parts: (large: String, small: String)?
        var member: String
        var whole: String
        var kind: String
        var testDescription: String { "\(member) \(kind)" }
    }

    static let sums = [
        Sum(
            asked: ["ChecksumAlgorithm": "CRC32"], parts: ("r/zBbw==", "Qi9M+A=="), member: "ChecksumCRC32",
            whole: "meG8JQ==-2", kind: "COMPOSITE"),
        Sum(
            asked: ["ChecksumAlgorithm": "CRC32", "ChecksumType": "FULL_OBJECT"], parts: nil, member: "ChecksumCRC32",
            whole: "1FimjA==", kind: "FULL_OBJECT"),
    ]

    @Test(arguments: sums)
    func theVectorsOfTheSpecificationHold(_ sum: Sum) async throws {
        let s3 = try await S3Fixture()
        let id = try await begin(s3, sum.asked)
        // Out of order, and the first one twice.
        let second = try await s3.call("UploadPart", part(2, of: id), body: Self.small).output
        _ = try await s3.call("UploadPart", part(1, of: id), body: Self.small)
        let first = try await s3.call("UploadPart", part(1, of: id), body: Self.large).output
        #expect(first["ETag"] == .string(Self.largeTag))
        #expect(second["ETag"] == .string(Self.smallTag))
        #expect(first["ChecksumCRC32"] == "r/zBbw==")
        #expect(second["ChecksumCRC32"] == "Qi9M+A==")
        let output = try await s3.call("CompleteMultipartUpload", complete(id, [
            ["PartNumber": 1, "ETag": .string(Self.largeTag), "ChecksumCRC32": sum.parts.map { .string($0.large) }],
            ["PartNumber": 2, "ETag": "82136b4240d6ce4ea7d03e51469a393b", "ChecksumCRC32": sum.parts.map { .string($0.small) }],
        ]), headers: ["Host": "localhost:4566"]).output
        #expect(output["ETag"] == "\"8b0be7847da5564ae08e97af63b60885-2\"")
        #expect(output[sum.member] == .string(sum.whole))
        #expect(output["ChecksumType"] == .string(sum.kind))
        #expect(output["Location"] == "http://localhost:4566/pots/k")
        try await readBack(s3, sum, id)
    }

    private func readBack(_ s3: S3Fixture, _ sum: Sum, _ id: String) async throws {
        let (response, body) = try await s3.get("k", ["ChecksumMode": "ENABLED"])
        #expect(body == Self.large + Self.small)
        #expect(response.output[sum.member] == .string(sum.whole))
        #expect(try await s3.get("k", ["Range": "bytes=5242878-5242881"]).body == "aabb".bytes)
        let part = try await s3.get("k", ["PartNumber": 2])
        #expect(part.body == Self.small)
        #expect(part.response.status == 206)
        #expect(part.response.output["ContentRange"] == "bytes 5242880-5242889/5242890")
        #expect(part.response.output["PartsCount"] == 2)
        #expect(try await s3.fault("GetObject", ["Bucket": "pots", "Key": "k", "PartNumber": 3]).status == 416)
        #expect(try await s3.fault("ListParts", self.part(1, of: id)).code == "NoSuchUpload")
        // A copy is an object of one piece over the same stored bytes.
        let copy = try await s3.call("CopyObject", ["Bucket": "pots", "Key": "copy", "CopySource": "pots/k"]).output
        #expect(copy["CopyObjectResult"]?["ChecksumCRC32"] == "1FimjA==")
        #expect(copy["CopyObjectResult"]?["ETag"]?.string?.contains("-") == false)
        #expect(try s3.blobCount() == 2)
        for key in ["k", "copy"] { _ = try await s3.call("DeleteObject", ["Bucket": "pots", "Key": .string(key)]) }
        #expect(try s3.blobCount() == 0)
    }

    @Test func withoutAnAlgorithmTheWholeHasCRC64NVME() async throws {
        let s3 = try await S3Fixture()
        let id = try await begin(s3)
        // A part may bring a checksum of its own.
        let sent = try await s3.call(
            "UploadPart", part(1, of: id), body: "hello".bytes, headers: ["x-amz-checksum-crc32": "NhCmhg=="]).output
        let whole = try await s3.put("whole", "hello".bytes)["ChecksumCRC64NVME"]
        #expect(sent["ChecksumCRC64NVME"] == whole)
        let output = try await s3.call("CompleteMultipartUpload", complete(id, [
            ["PartNumber": 1, "ETag": sent["ETag"]],
        ], ["ChecksumCRC64NVME": whole, "MpuObjectSize": 5])).output
        #expect(output["ChecksumCRC64NVME"] == whole)
        #expect(output["ChecksumType"] == "FULL_OBJECT")
    }

    struct Refusal: Sendable, CustomTestStringConvertible {
        var name: String
        var parts: [AWSValue]
        var more: AWSObject = [:]
        var code: String
        var members: AWSObject = [:]
        var testDescription: String { name }
    }

    static let hello = "\"5d41402abc4b2a76b9719d911017c592\""
    static let refusals = [
        Refusal(
            name: "descending", parts: [["PartNumber": 2, "ETag": .string(hello)], ["PartNumber": 1, "ETag": .string(hello)]],
            code: "InvalidPartOrder"),
        Refusal(
            name: "twice", parts: [["PartNumber": 1, "ETag": .string(hello)], ["PartNumber": 1, "ETag": .string(hello)]],
            code: "InvalidPartOrder"),
        Refusal(
            name: "wrong tag", parts: [["PartNumber": 1, "ETag": "\"x\""]], code: "InvalidPart",
            members: ["ETag": "x", "PartNumber": "1"]),
        Refusal(name: "absent", parts: [["PartNumber": 3, "ETag": .string(hello)]], code: "InvalidPart"),
        Refusal(
            name: "small", parts: [["PartNumber": 1, "ETag": .string(hello)], ["PartNumber": 2, "ETag": .string(hello)]],
            code: "EntityTooSmall", members: ["MinSizeAllowed": "5242880", "PartNumber": "1", "ProposedSize": "5"]),
        Refusal(name: "none", parts: [], code: "InvalidRequest"),
        Refusal(
            name: "size", parts: [["PartNumber": 1, "ETag": .string(hello)]], more: ["MpuObjectSize": 6], code: "InvalidRequest"),
        Refusal(
            name: "checksum", parts: [["PartNumber": 1, "ETag": .string(hello)]], more: ["ChecksumCRC64NVME": "AAAAAAAAAAA="],
            code: "BadDigest"),
    ]

    @Test(arguments: refusals)
    func aCompletionIsRefusedAndTheUploadGoesOn(_ refusal: Refusal) async throws {
        let s3 = try await S3Fixture()
        let id = try await begin(s3)
        for number in 1...2 { _ = try await s3.call("UploadPart", part(number, of: id), body: "hello".bytes) }
        let fault = try await s3.fault("CompleteMultipartUpload", complete(id, refusal.parts, refusal.more))
        #expect(fault.code == refusal.code)
        #expect(fault.status == 400)
        for entry in refusal.members.entries { #expect(fault.members[entry.key] == entry.value, "\(entry.key)") }
        _ = try await s3.call(
            "CompleteMultipartUpload", complete(id, [["PartNumber": 2, "ETag": .string(Self.hello)]]))
        #expect(try await s3.get("k").body == "hello".bytes)
    }

    @Test func abortingLetsGoOfEverything() async throws {
        let s3 = try await S3Fixture()
        let id = try await begin(s3)
        _ = try await s3.call("UploadPart", part(1, of: id), body: "hello".bytes)
        _ = try await s3.call("AbortMultipartUpload", part(1, of: id))
        #expect(try s3.blobCount() == 0)
        for operation in ["AbortMultipartUpload", "UploadPart", "ListParts"] {
            let fault = try await s3.fault(operation, part(1, of: id), body: [1])
            #expect(fault.code == "NoSuchUpload")
            #expect(fault.members == ["UploadId": .string(id)])
        }
        #expect(try await s3.fault("CompleteMultipartUpload", complete(id, [["PartNumber": 1, "ETag": "x"]])).status == 404)
        for number in [0, 10_001, -1] {
            let fault = try await s3.fault("UploadPart", part(number, of: id), body: [1])
            #expect(fault.message == "Part number must be an integer between 1 and 10000, inclusive")
        }
    }

    @Test func checksumsOfPartsHaveToFitTheUpload() async throws {
        let s3 = try await S3Fixture()
        let id = try await begin(s3, ["ChecksumAlgorithm": "SHA256"])
        let other = try await s3.fault(
            "UploadPart", part(1, of: id), body: "hello".bytes, headers: ["x-amz-checksum-crc32": "NhCmhg=="])
        #expect(other.message == "Checksum Type mismatch occurred, expected checksum Type: sha256, actual checksum Type: crc32")
        _ = try await s3.call("UploadPart", part(1, of: id), body: "hello".bytes)
        let missing = try await s3.fault(
            "CompleteMultipartUpload", complete(id, [["PartNumber": 1, "ETag": .string(Self.hello)]]))
        #expect(missing.message?.contains("It was missing for part 1 in the request.") == true)
        for (algorithm, kind) in [("SHA1", "FULL_OBJECT"), ("CRC64NVME", "COMPOSITE"), ("MD4", nil), (nil, "COMPOSITE")] {
            let fault = try await s3.fault("CreateMultipartUpload", [
                "Bucket": "pots", "Key": "k", "ChecksumAlgorithm": algorithm.map { .string($0) }, "ChecksumType": kind.map { .string($0) },
            ])
            #expect(fault.code == "InvalidRequest")
        }
    }

    @Test func partsAreCopiedFromObjects() async throws {
        let s3 = try await S3Fixture()
        try await s3.put("source", "0123456789".bytes)
        let id = try await begin(s3)
        let copied = try await s3.call(
            "UploadPartCopy", part(1, of: id, ["CopySource": "pots/source", "CopySourceRange": "bytes=2-4"])).output
        for range in ["bytes=2-", "bytes=-1", "bytes=4-2", "bytes=0-10", "2-4"] {
            let fault = try await s3.fault(
                "UploadPartCopy", part(1, of: id, ["CopySource": "pots/source", "CopySourceRange": .string(range)]))
            #expect(fault.code == "InvalidArgument", "\(range)")
        }
        _ = try await s3.call("CompleteMultipartUpload", complete(id, [
            ["PartNumber": 1, "ETag": copied["CopyPartResult"]?["ETag"]],
        ]))
        #expect(try await s3.get("k").body == "234".bytes)
    }

    @Test func partsAndUploadsAreListedInPages() async throws {
        let s3 = try await S3Fixture()
        let id = try await begin(s3)
        for number in [7, 2, 5] { _ = try await s3.call("UploadPart", part(number, of: id), body: [UInt8(number)]) }
        let first = try await s3.call("ListParts", part(0, of: id, ["MaxParts": 2])).output
        #expect(first["Parts"]?.list?.compactMap { $0["PartNumber"]?.int } == [2, 5])
        #expect(first["IsTruncated"] == true)
        #expect(first["NextPartNumberMarker"] == 5)
        let rest = try await s3.call("ListParts", part(0, of: id, ["PartNumberMarker": 5])).output
        #expect(rest["Parts"]?.list?.compactMap { $0["PartNumber"]?.int } == [7])
        #expect(rest["IsTruncated"] == false)

        for key in ["a/1", "a/2", "b", "b"] {
            _ = try await s3.call("CreateMultipartUpload", ["Bucket": "pots", "Key": .string(key)])
        }
        var input: AWSObject = ["Bucket": "pots", "MaxUploads": 1, "Delimiter": "/"]
        var seen: [String] = []
        for _ in 0..<10 {
            let output = try await s3.call("ListMultipartUploads", input).output
            seen += (output["Uploads"]?.list ?? []).compactMap { $0["Key"]?.string }
            seen += (output["CommonPrefixes"]?.list ?? []).compactMap { $0["Prefix"]?.string }
            guard output["IsTruncated"] == true else { break }
            input["KeyMarker"] = output["NextKeyMarker"]
            input["UploadIdMarker"] = output["NextUploadIdMarker"]
        }
        #expect(seen == ["a/", "b", "b", "k"])
    }
}
