import AWSModel
import AWSProtocols
import Foundation
import HTTPServer
import SimTime
import Testing

/// Seeded mutations over every decoder: whatever comes in, the answer is a value or an error, and comes soon.
@Suite struct FuzzTests {
    private struct Mutator {
        var random: SeededRandom
        private static let tokens = [
            "{", "}", "[", "]", "\"", "\\u", ":", ",", "-", "1e999", "9", "<", ">", "</", "<!--", "<![CDATA[", "&#x", "&", "=", "%",
            ".1", ".member.", "entry", "null", "\u{0}", "\r\n", ";", "é", "😀",
        ].map { Array($0.utf8) } + [[0xff], [0x9f], [0xbf], [0xfb], [0xc1], [0x5b], [0x7f, 0xff, 0xff, 0xff], [0x80, 0x80]]

        mutating func mutated(_ bytes: [UInt8]) -> [UInt8] {
            var bytes = bytes
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                let place = Int.random(in: 0...bytes.count, using: &random)
                let end = min(bytes.count, place + Int.random(in: 0...8, using: &random))
                switch Int.random(in: 0..<6, using: &random) {
                case 0: bytes.removeSubrange(place..<end)
                case 1: bytes.insert(contentsOf: Self.tokens.randomElement(using: &random) ?? [], at: place)
                case 2: if place < bytes.count { bytes[place] = UInt8.random(in: 0...255, using: &random) }
                case 3: if place < bytes.count { bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random) }
                case 4: bytes.insert(contentsOf: bytes[place..<end], at: place)
                default: bytes.removeSubrange(place...)
                }
            }
            return bytes
        }
    }

    private struct Seed {
        let codec: WireCodec
        let head: HTTPRequest
        let body: [UInt8]
    }

    private func seeds(every step: Int) throws -> [Seed] {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "vectors/requests.jsonl")
        let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
        return try stride(from: 0, to: lines.count, by: step).map { index in
            let vector = try JSON.parse(String(lines[index]))
            var headers = HTTPHeaders()
            for entry in vector["headers"]?.object?.entries ?? [] { headers.add(entry.key, entry.value.string ?? "") }
            return Seed(
                codec: try WireSample.codec(
                    vector["service"]?.string ?? "", vector["operation"]?.string ?? "",
                    try #require(WireProtocol(rawValue: vector["protocol"]?.string ?? ""))),
                head: HTTPRequest(
                    method: vector["method"]?.string ?? "", target: vector["url"]?.string ?? "", headers: headers),
                body: Base64.decode(vector["body"]?.string ?? "") ?? [])
        }
    }

    @Test func requestBodies() throws {
        var mutator = Mutator(random: SeededRandom(seed: 7))
        var refused = 0
        var read = 0
        for seed in try seeds(every: 9) {
            for _ in 0..<60 {
                let body = mutator.mutated(seed.body)
                do {
                    _ = try seed.codec.decodeRequest(seed.head, body: body)
                    read += 1
                } catch {
                    refused += 1
                }
            }
        }
        #expect(refused > 500)
        #expect(read > 500)
    }

    @Test func requestTargets() throws {
        let routers = try ["s3", "sagemaker-runtime"].map { RESTRouter(model: try WireSample.model($0)) }
        var mutator = Mutator(random: SeededRandom(seed: 8))
        var matched = 0
        for seed in try seeds(every: 5) {
            for _ in 0..<20 {
                var head = seed.head
                head.target = String(decoding: mutator.mutated(Array(head.target.utf8)), as: UTF8.self)
                for router in routers {
                    if case .matched(let match) = router.match(head) {
                        matched += 1
                        _ = try? seed.codec.decodeRequest(head, labels: match.labels, body: [])
                    }
                }
                _ = CredentialScope(head)
            }
        }
        #expect(matched > 100)
    }

    @Test func framings() throws {
        var mutator = Mutator(random: SeededRandom(seed: 9))
        let chunked = Array("3;chunk-signature=ab\r\nabc\r\n5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n".utf8)
        let event = EventStreamMessage.event("PayloadPart", contentType: "a/b", payload: [1, 2, 3]).encoded()
        let authorization = Array("AWS4-HMAC-SHA256 Credential=A/20240102/us-east-1/s3/aws4_request, SignedHeaders=a;b, Signature=c".utf8)
        for _ in 0..<20_000 {
            var decoder = AWSChunkedDecoder()
            _ = try? decoder.decode(mutator.mutated(chunked)[...])
            var buffer = mutator.mutated(event)
            _ = try? EventStreamMessage.take(from: &buffer)
            let text = String(decoding: mutator.mutated(authorization), as: UTF8.self)
            _ = CredentialScope(HTTPRequest(method: "GET", target: "/", headers: ["Authorization": text]))
            _ = WireTimestamp.parse(String(decoding: mutator.mutated(Array("2025-12-17T13:23:00.5+01:00".utf8)), as: UTF8.self))
        }
    }

    /// Inputs made to be slow: each must be handled in time that grows with its size only.
    @Test(arguments: [
        (service: "sagemaker", operation: "CreateEndpointConfig", wire: WireProtocol.json,
         body: "{\"Tags\":[" + String(repeating: "{\"Key\":\"k\",\"Key\":\"k\"},", count: 50_000) + "{}]}"),
        (service: "sagemaker", operation: "CreateModel", wire: .json,
         body: "{\"PrimaryContainer\":{\"Environment\":{" + (0..<50_000).map { "\"k\($0)\":\"v\"" }.joined(separator: ",") + "}}}"),
        (service: "cloudwatch", operation: "PutMetricData", wire: .query,
         body: (0..<50_000).map { "MetricData.member.\($0).Value=1" }.joined(separator: "&")),
        (service: "cloudwatch", operation: "PutMetricData", wire: .query,
         body: "MetricData" + String(repeating: ".member.1", count: 50_000) + "=1"),
        (service: "s3", operation: "PutBucketTagging", wire: .restXML,
         body: "<Tagging><TagSet>" + String(repeating: "<Tag/>", count: 100_000) + "</TagSet></Tagging>"),
        (service: "s3", operation: "PutBucketTagging", wire: .restXML, body: String(repeating: "<!--", count: 200_000)),
        (service: "cloudwatch", operation: "PutMetricData", wire: .cbor, body: String(repeating: "\u{9}", count: 500_000)),
    ])
    func hostileSizes(service: String, operation: String, wire: WireProtocol, body: String) throws {
        let start = ContinuousClock.now
        _ = try? WireSample.decode(service, operation, wire, body)
        // Generous for a debug build; quadratic work would take minutes.
        #expect(ContinuousClock.now - start < .seconds(20))
    }
}
