import AWSModel
import BlobStore
import Gateway
import HTTPServer
import Testing

/// Checksums, digests and framing of uploads.
@Suite struct S3UploadTests {
    struct Vector: Sendable, CustomTestStringConvertible {
        var body: String
        var member: String
        var checksum: String
        var testDescription: String { "\(body) \(member)" }
        var header: String { "x-amz-checksum-" + member.dropFirst("Checksum".count).lowercased() }
    }

    static let vectors = [
        Vector(body: "hello", member: "ChecksumCRC32", checksum: "NhCmhg=="),
        Vector(body: "test-checksum", member: "ChecksumCRC32", checksum: "lVk/nw=="),
        Vector(body: "123456789", member: "ChecksumCRC32C", checksum: "4waSgw=="),
        Vector(body: "123456789", member: "ChecksumCRC64NVME", checksum: "rosUhgp5mIg="),
        Vector(body: "test data..", member: "ChecksumCRC64NVME", checksum: "qUVrWYOrIAM="),
        Vector(body: "hello", member: "ChecksumSHA1", checksum: "qvTGHdzF6KLavt4PO0gs2a6pQ00="),
        Vector(body: "hello", member: "ChecksumSHA256", checksum: "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ="),
    ]

    @Test(arguments: vectors)
    func aChecksumIsVerifiedStoredAndShownOnlyWhenAskedFor(_ vector: Vector) async throws {
        let s3 = try await S3Fixture()
        let output = try await s3.put("k", vector.body.bytes, headers: [vector.header: vector.checksum])
        #expect(output[vector.member] == .string(vector.checksum))
        #expect(output["ChecksumType"] == "FULL_OBJECT")
        #expect(try await s3.get("k").response.output[vector.member] == nil)
        let asked = try await s3.get("k", ["ChecksumMode": "ENABLED"]).response.output
        #expect(asked[vector.member] == .string(vector.checksum))
        let ranged = try await s3.get("k", ["ChecksumMode": "ENABLED", "Range": "bytes=0-1"]).response.output
        #expect(ranged[vector.member] == nil)
        let wrong = try await s3.fault(
            "PutObject", ["Bucket": "pots", "Key": "k2"], body: (vector.body + "!").bytes, headers: [vector.header: vector.checksum])
        #expect(wrong.code == "BadDigest")
        #expect(wrong.message == "The \(vector.member.dropFirst(8)) you specified did not match the calculated checksum.")
        #expect(try s3.blobCount() == 1)
    }

    @Test func withoutAChecksumTheServerStoresCRC64NVME() async throws {
        let s3 = try await S3Fixture()
        let output = try await s3.put("k", "test data..".bytes)
        #expect(output["ETag"] == "\"e6d9226c2a86b7232933663c13467527\"")
        #expect(output["ChecksumCRC64NVME"] == "qUVrWYOrIAM=")
        #expect(output["ServerSideEncryption"] == "AES256")
        let empty = try await s3.put("empty", [])
        #expect(empty["ETag"] == "\"d41d8cd98f00b204e9800998ecf8427e\"")
        #expect(empty["ChecksumCRC64NVME"] == "AAAAAAAAAAA=")
        #expect(try await s3.get("empty").body.isEmpty)
    }

    struct Refusal: Sendable, CustomTestStringConvertible {
        var name: String
        var headers: HTTPHeaders
        var code: String
        var message: String
        var testDescription: String { name }
    }

    static let refusals = [
        Refusal(
            name: "two checksums", headers: ["x-amz-checksum-crc32": "NhCmhg==", "x-amz-checksum-sha1": "qvTGHdzF6KLavt4PO0gs2a6pQ00="],
            code: "InvalidRequest",
            message: "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed."),
        Refusal(
            name: "no checksum's length", headers: ["x-amz-checksum-crc32": "NhCm"], code: "InvalidRequest",
            message: "Value for x-amz-checksum-crc32 header is invalid."),
        Refusal(
            name: "no base64", headers: ["x-amz-checksum-crc32": "!"], code: "InvalidRequest",
            message: "Value for x-amz-checksum-crc32 header is invalid."),
        Refusal(
            name: "another algorithm than declared",
            headers: ["x-amz-sdk-checksum-algorithm": "SHA256", "x-amz-checksum-crc32": "NhCmhg=="], code: "InvalidRequest",
            message: "Value for x-amz-sdk-checksum-algorithm header is invalid."),
        Refusal(
            name: "other MD5", headers: ["Content-MD5": "AAAAAAAAAAAAAAAAAAAAAA=="], code: "BadDigest",
            message: "The Content-MD5 you specified did not match what we received."),
        Refusal(
            name: "no MD5", headers: ["Content-MD5": "abc"], code: "InvalidDigest",
            message: "The Content-MD5 you specified was invalid."),
        Refusal(
            name: "other payload hash", headers: ["x-amz-content-sha256": String(repeating: "0", count: 64)],
            code: "XAmzContentSHA256Mismatch",
            message: "The provided 'x-amz-content-sha256' header does not match what was computed."),
    ]

    @Test(arguments: refusals)
    func aBodyThatIsNotWhatItsHeadersSayChangesNothing(_ refusal: Refusal) async throws {
        let s3 = try await S3Fixture()
        let fault = try await s3.fault(
            "PutObject", ["Bucket": "pots", "Key": "k"], body: "hello".bytes, headers: refusal.headers)
        #expect(fault.code == refusal.code)
        #expect(fault.message == refusal.message)
        #expect(fault.status == 400)
        #expect(try await s3.fault("GetObject", ["Bucket": "pots", "Key": "k"]).code == "NoSuchKey")
        #expect(try s3.blobCount() == 0)
    }

    @Test func goodDigestsPass() async throws {
        let s3 = try await S3Fixture()
        try await s3.put("k", "hello".bytes, headers: [
            "Content-MD5": "XUFAKrxLKna5cZ2REBfFkg==", "x-amz-sdk-checksum-algorithm": "CRC32", "x-amz-checksum-crc32": "NhCmhg==",
            "x-amz-content-sha256": "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",
        ])
        #expect(try await s3.get("k").body == "hello".bytes)
    }

    // MARK: aws-chunked

    struct Framing: Sendable, CustomTestStringConvertible {
        var name: String
        var text: String
        var length = "5"
        var trailer: String? = "x-amz-checksum-crc32"
        var hash = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
        var code: String?
        var testDescription: String { name }
        var headers: HTTPHeaders {
            var headers: HTTPHeaders = [
                "x-amz-content-sha256": hash, "x-amz-decoded-content-length": length, "Content-Encoding": "gzip, aws-chunked",
            ]
            if let trailer { headers.add("X-Amz-Trailer", trailer) }
            return headers
        }
    }

    private static let signature = ";chunk-signature=" + String(repeating: "a", count: 64)

    static let framings = [
        Framing(name: "one chunk", text: "5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n"),
        Framing(name: "several chunks", text: "2\r\nhe\r\n3\r\nllo\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n"),
        Framing(
            name: "signed", text: "5\(signature)\r\nhello\r\n0\(signature)\r\n\r\n", trailer: nil,
            hash: "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"),
        Framing(
            name: "signed with trailer",
            text: "5\(signature)\r\nhello\r\n0\(signature)\r\nx-amz-checksum-crc32:NhCmhg==\r\nx-amz-trailer-signature:00\r\n\r\n",
            hash: "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"),
        Framing(name: "missing trailer", text: "5\r\nhello\r\n0\r\n\r\n", code: "MalformedTrailerError"),
        Framing(
            name: "wrong trailer", text: "5\r\nhello\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n", code: "BadDigest"),
        Framing(
            name: "unreadable trailer", text: "5\r\nhello\r\n0\r\nx-amz-checksum-crc32:AA\r\n\r\n", code: "InvalidRequest"),
        Framing(
            name: "longer than said", text: "5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n", length: "4",
            code: "IncompleteBody"),
        Framing(
            name: "shorter than said", text: "5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n", length: "6",
            code: "IncompleteBody"),
        Framing(name: "cut off", text: "5\r\nhel", code: "IncompleteBody"),
        Framing(name: "no framing", text: "hello", code: "IncompleteBody"),
        Framing(name: "no length", text: "0\r\n\r\n", length: "five", code: "MissingContentLength"),
        Framing(name: "negative length", text: "0\r\n\r\n", length: "-1", code: "MissingContentLength"),
    ]

    @Test(arguments: framings, [1, 3, 1000])
    func chunkedBodiesAreReadHoweverTheyAreCut(_ framing: Framing, _ pieceBytes: Int) async throws {
        let s3 = try await S3Fixture()
        let bytes = framing.text.bytes
        let pieces = stride(from: 0, to: bytes.count, by: pieceBytes).map { Array(bytes[$0..<min($0 + pieceBytes, bytes.count)]) }
        let input: AWSObject = ["Bucket": "pots", "Key": "k", "ContentEncoding": "gzip, aws-chunked"]
        if let code = framing.code {
            #expect(try await s3.fault("PutObject", input, pieces: pieces, headers: framing.headers).code == code)
            #expect(try s3.blobCount() == 0)
            return
        }
        _ = try await s3.call("PutObject", input, pieces: pieces, headers: framing.headers)
        let (response, body) = try await s3.get("k")
        #expect(body == "hello".bytes)
        #expect(response.output["ContentEncoding"] == "gzip")
    }

    @Test func aBodyOfUnknownLengthIsRefused() async throws {
        let s3 = try await S3Fixture()
        let fault = try await s3.fault("PutObject", ["Bucket": "pots", "Key": "k"], pieces: ["hello".bytes])
        #expect(fault.code == "MissingContentLength")
        #expect(fault.status == 411)
    }

    @Test func aLargeBodyStreamsThrough() async throws {
        let s3 = try await S3Fixture()
        let pieceBytes = 100_000
        let pieces = (0..<30).map { [UInt8](repeating: UInt8($0), count: pieceBytes) }
        let framed = pieces.map { "\(String(pieceBytes, radix: 16))\r\n".bytes + $0 + "\r\n".bytes } + ["0\r\n\r\n".bytes]
        _ = try await s3.call("PutObject", ["Bucket": "pots", "Key": "k"], pieces: framed, headers: [
            "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER", "x-amz-decoded-content-length": "3000000",
        ])
        guard case .file(let run) = try await s3.call("GetObject", ["Bucket": "pots", "Key": "k"]).payload
        else { throw S3Fixture.Unexpected.success("no file") }
        #expect(run.bytes() == pieces.flatMap { $0 })
    }
}
