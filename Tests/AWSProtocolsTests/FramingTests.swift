import AWSModel
import AWSProtocols
import HTTPServer
import SimTime
import Testing

@Suite struct EventStreamTests {
    /// One event as botocore's own decoder accepts it (prelude 8 + CRC 4, three headers, "hi", CRC 4).
    @Test func anEventHasItsFrame() throws {
        let message = EventStreamMessage.event("PayloadPart", contentType: "application/octet-stream", payload: Array("hi".utf8))
        let bytes = message.encoded()
        #expect(Array(bytes[..<8]) == [0, 0, 0, UInt8(bytes.count), 0, 0, 0, UInt8(bytes.count - 18)])
        #expect(Array(bytes[12..<35]) == [13] + Array(":message-type".utf8) + [7, 0, 5] + Array("event".utf8) + [11])
        var buffer = bytes + bytes.dropLast()
        #expect(try EventStreamMessage.take(from: &buffer) == message)
        #expect(try EventStreamMessage.take(from: &buffer) == nil)
        buffer.append(contentsOf: bytes.suffix(1))
        #expect(try EventStreamMessage.take(from: &buffer)?[":event-type"] == "PayloadPart")
        #expect(buffer.isEmpty)
    }

    /// The empty message of the format's published test vectors.
    @Test func theEmptyMessage() throws {
        let bytes = [UInt8](hex: "00000010 00000000 05c248eb 7d98c8ff")
        #expect(EventStreamMessage(headers: [], payload: []).encoded() == bytes)
        var buffer = bytes
        #expect(try EventStreamMessage.take(from: &buffer) == EventStreamMessage(headers: [], payload: []))
    }

    @Test func damageIsSeen() {
        let bytes = EventStreamMessage.exception("ModelStreamError", payload: Array("{}".utf8)).encoded()
        for index in bytes.indices {
            var buffer = bytes
            buffer[index] ^= 1
            #expect(throws: EventStreamMessage.Defect.self) { try EventStreamMessage.take(from: &buffer) }
        }
    }
}

@Suite struct AWSChunkedTests {
    @Test(arguments: [
        (text: "5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n", data: "hello", checksum: "NhCmhg=="),
        (text: "0\r\n\r\n", data: "", checksum: nil),
        (text: "0\r\n", data: "", checksum: nil),
        (text: "3;chunk-signature=ab\r\nabc\r\nA;chunk-signature=cd\r\n0123\r\n6789\r\n0;chunk-signature=ef\r\n\r\n",
         data: "abc0123\r\n6789", checksum: nil),
    ] as [(text: String, data: String, checksum: String?)])
    func decodesAnyCut(text: String, data: String, checksum: String?) throws {
        for size in 1...text.utf8.count {
            var decoder = AWSChunkedDecoder()
            var output: [UInt8] = []
            var rest = Array(text.utf8)[...]
            while !rest.isEmpty {
                output += try decoder.decode(rest.prefix(size))
                rest = rest.dropFirst(size)
            }
            try decoder.finish()
            #expect(String(decoding: output, as: UTF8.self) == data)
            #expect(decoder.decodedBytes == output.count)
            #expect(decoder.trailer("x-amz-checksum-crc32") == checksum)
        }
    }

    @Test(arguments: ["5\r\nhelloX\r\n", "x\r\n", "\r\n", "-1\r\n", "+1\r\n", "ffffffffffffffffff\r\n", "0\r\nno-colon\r\n", "0\r\n\r\nmore",
                      String(repeating: "1", count: 5000)])
    func refuses(text: String) {
        #expect(throws: AWSChunkedDecoder.Malformed()) {
            var decoder = AWSChunkedDecoder()
            _ = try decoder.decode(Array(text.utf8)[...])
        }
    }

    @Test(arguments: ["", "5\r\nhel", "5\r\nhello\r\n", "0\r\nx-a"])
    func seesTruncation(text: String) throws {
        var decoder = AWSChunkedDecoder()
        _ = try decoder.decode(Array(text.utf8)[...])
        #expect(throws: AWSChunkedDecoder.Malformed()) { try decoder.finish() }
    }
}

@Suite struct CredentialScopeTests {
    @Test func readsTheAuthorizationHeader() {
        let request = HTTPRequest(
            method: "POST", target: "/",
            headers: [
                "authorization": "AWS4-HMAC-SHA256 Credential=AKIA/20240102/eu-west-1/monitoring/aws4_request, "
                    + "SignedHeaders=Content-Type;host, Signature=ab", "X-Amz-Security-Token": "t",
            ])
        let scope = CredentialScope(request)
        #expect(scope?.accessKeyID == "AKIA")
        #expect(scope?.date == "20240102")
        #expect(scope?.region == "eu-west-1")
        #expect(scope?.service == "monitoring")
        #expect(scope?.signedHeaders == ["content-type", "host"])
        #expect(scope?.sessionToken == "t")
        #expect(scope?.form == .header)
    }

    @Test(arguments: [
        (target: "/b/k?X-Amz-Credential=A%2F20240102%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-SignedHeaders=host&X-Amz-Security-Token=t",
         key: "A", region: "us-east-1", form: CredentialScope.Form.presigned),
        (target: "/b/k?AWSAccessKeyId=AKIA&Signature=x%3D&Expires=1", key: "AKIA", region: nil, form: .presignedV2),
        (target: "/b/k?X-Amz-Credential=odd", key: "odd", region: nil, form: .presigned),
    ] as [(target: String, key: String, region: String?, form: CredentialScope.Form)])
    func readsPresignedForms(target: String, key: String, region: String?, form: CredentialScope.Form) {
        let scope = CredentialScope(HTTPRequest(method: "GET", target: target))
        #expect(scope?.accessKeyID == key)
        #expect(scope?.region == region)
        #expect(scope?.form == form)
    }

    @Test(arguments: ["", "Bearer x", "AWS4-HMAC-SHA256", "AWS4-HMAC-SHA256 Signature=a", "Basic QVdTOng="])
    func othersAreNotSignatures(authorization: String) {
        let request = HTTPRequest(method: "GET", target: "/", headers: ["Authorization": authorization])
        #expect(CredentialScope(request) == nil)
    }

    @Test func readsSignatureV2() {
        let request = HTTPRequest(method: "GET", target: "/", headers: ["Authorization": "AWS AKIA:sig="])
        #expect(CredentialScope(request)?.accessKeyID == "AKIA")
    }
}

@Suite struct TimestampTests {
    @Test(arguments: [
        (text: "2025-12-17T13:23:00Z", milliseconds: 1_765_977_780_000), (text: "2025-12-17T13:23:00.1239Z", milliseconds: 1_765_977_780_123),
        (text: "2025-12-17T14:23:00+01:00", milliseconds: 1_765_977_780_000), (text: "2025-12-17T13:23", milliseconds: 1_765_977_780_000),
        (text: "2025-12-17", milliseconds: 1_765_929_600_000), (text: "1765977780.5", milliseconds: 1_765_977_780_500),
        (text: "Wed, 17 Dec 2025 13:23:00 GMT", milliseconds: 1_765_977_780_000), (text: "-1", milliseconds: -1000),
        (text: "", milliseconds: nil), (text: "2025-13-01", milliseconds: nil), (text: "2025-02-29T00:00:00Z", milliseconds: nil),
        (text: "2025-12-17T25:00:00Z", milliseconds: nil), (text: "now", milliseconds: nil), (text: "2025-12-17T13:23:00X", milliseconds: nil),
        (text: "nan", milliseconds: nil), (text: "0x10", milliseconds: nil),
    ] as [(text: String, milliseconds: Int64?)])
    func reads(text: String, milliseconds: Int64?) {
        #expect(WireTimestamp.parse(text)?.millisecondsSinceEpoch == milliseconds)
    }
}

@Suite struct RequestDecompressionTests {
    @Test func unpacksWithinTheLimit() throws {
        let packed = Compression.gzip(Array(repeating: 0x61, count: 100_000))
        #expect(try RequestDecompression.body(packed, headers: ["content-encoding": "GZIP"], limitBytes: 100_000).count == 100_000)
        #expect(try RequestDecompression.body(packed, headers: [:], limitBytes: 10) == packed)
        #expect { try RequestDecompression.body(packed, headers: ["Content-Encoding": "gzip"], limitBytes: 99_999) } throws: {
            ($0 as? AWSFault)?.status == 413
        }
        #expect { try RequestDecompression.body([1, 2], headers: ["Content-Encoding": "gzip"], limitBytes: 10) } throws: {
            ($0 as? AWSFault)?.code == "SerializationException"
        }
    }
}
