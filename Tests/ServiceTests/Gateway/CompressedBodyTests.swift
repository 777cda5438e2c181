import AWSModel
import AWSProtocols
import ColdframeTesting
import HTTPServer
import Outbound
import Testing

/// Bodies with `Content-Encoding: gzip`, good, damaged and hostile.
@Suite struct CompressedBodyTests {
    static func listModels(_ body: [UInt8], encoding: String = "gzip") async throws -> HTTPAnswer {
        try await LocalColdframe.with { coldframe in
            try await Hosting(coldframe: coldframe).makeModel("m")
            return try await coldframe.send(HTTPRequest(
                method: "POST", target: "/",
                headers: ["Host": "localhost", "X-Amz-Target": "SageMaker.ListModels", "Content-Encoding": encoding],
                body: RequestBody(bytes: body)))
        }
    }

    static let question = Array(#"{"NameContains":"m"}"#.utf8)

    @Test(arguments: ["gzip", "GZIP", "Gzip"])
    func aPackedBodyIsReadAsItsContent(_ encoding: String) async throws {
        let answer = try await Self.listModels(Compression.gzip(Self.question), encoding: encoding)
        #expect(answer.status == 200 && answer.json["Models"]?.list?.count == 1)
    }

    @Test func severalMembersAreOneBody() async throws {
        let (first, rest) = (Array(Self.question.prefix(7)), Array(Self.question.dropFirst(7)))
        let halves = Compression.gzip(first) + Compression.gzip(rest)
        #expect(try await Self.listModels(halves).status == 200)
    }

    struct Damage: CustomTestStringConvertible {
        var name: String
        var bytes: [UInt8]
        var testDescription: String { name }
    }

    static let damages: [Damage] = {
        let good = Compression.gzip(question)
        var flipped = good, wrongSum = good, wrongLength = good
        flipped[good.count / 2] ^= 0xff
        wrongSum[good.count - 8] ^= 1
        wrongLength[good.count - 1] ^= 1
        return [
            Damage(name: "plain", bytes: question), Damage(name: "one byte", bytes: [0x1f]),
            Damage(name: "header only", bytes: Array(good.prefix(10))),
            Damage(name: "cut", bytes: Array(good.dropLast(3))), Damage(name: "flipped", bytes: flipped),
            Damage(name: "wrong checksum", bytes: wrongSum), Damage(name: "wrong length", bytes: wrongLength),
            Damage(name: "tail", bytes: good + [1, 2, 3]), Damage(name: "zeros", bytes: [UInt8](repeating: 0,
                count: 64)),
        ]
    }()

    @Test(arguments: damages)
    func damagedBodiesAreTheClientsFault(_ damage: Damage) async throws {
        let answer = try await Self.listModels(damage.bytes)
        #expect(answer.status == 400)
        #expect(answer.json["__type"]?.string?.hasSuffix("SerializationException") == true, "\(answer.text)")
    }

    @Test func aBombIsRefused() async throws {
        // 65 MiB in some 65 KiB; the limit is 64 MiB.
        let bomb = Compression.gzip([UInt8](repeating: 0x20, count: 65 << 20))
        #expect(bomb.count < 1 << 20)
        let answer = try await Self.listModels(bomb)
        #expect(answer.status == 413)
        #expect(answer.json["__type"]?.string?.hasSuffix("RequestEntityTooLargeException") == true, "\(answer.text)")
    }

    @Test func aBombInAFormIsRefused() async throws {
        // 17 MiB; the limit of forms, which are read to find their action, is 16 MiB.
        let form = Array("Action=GetCallerIdentity&Version=2011-06-15&x=".utf8) + [UInt8](repeating: 0x61,
            count: 17 << 20)
        try await LocalColdframe.with { coldframe in
            for (encoding, body) in [("gzip", Compression.gzip(form)), ("identity", form)] {
                let answer = try await coldframe.send(HTTPRequest(
                    method: "POST", target: "/",
                    headers: [
                        "Host": "localhost", "Content-Type": "application/x-www-form-urlencoded",
                        "Content-Encoding": encoding,
                    ], body: RequestBody(bytes: body)))
                #expect(answer.status == 413, "\(encoding)")
            }
        }
    }

    @Test func metricsArePutPacked() async throws {
        try await LocalColdframe.with { coldframe in
            let form = "Action=GetCallerIdentity&Version=2011-06-15"
            let answer = try await coldframe.send(HTTPRequest(
                method: "POST", target: "/",
                headers: [
                    "Host": "localhost", "Content-Type": "application/x-www-form-urlencoded",
                        "Content-Encoding": "gzip",
                ],
                body: RequestBody(bytes: Compression.gzip(Array(form.utf8)))))
            #expect(answer.status == 200 && answer.text.contains("<Account>123456789012</Account>"))
            let put = try await coldframe.send(HTTPRequest(
                method: "POST", target: "/",
                headers: [
                    "Host": "localhost", "X-Amz-Target": "GraniteServiceVersion20100801.PutMetricData",
                    "Content-Encoding": "gzip",
                ],
                body: RequestBody(bytes: Compression.gzip(
                    Array(#"{"Namespace":"N","MetricData":[{"MetricName":"m","Value":1}]}"#.utf8)))))
            #expect(put.status == 200, "\(put.text)")
            let metrics = try await coldframe.call(service: "cloudwatch", operation: "ListMetrics")["Metrics"]?.list
            #expect(metrics?.map { $0["MetricName"] } == ["m"])
        }
    }

    /// For S3 the encoding is a property of the object, not of the transfer.
    @Test func objectsStayPacked() async throws {
        try await LocalColdframe.with { coldframe in
            _ = try await coldframe.send(HTTPRequest(method: "PUT", target: "/seeds", headers: ["Host": "localhost"]))
            let bytes: [UInt8] = [0x1f, 0x8b, 0, 1, 2]
            let put = try await coldframe.send(HTTPRequest(
                method: "PUT", target: "/seeds/k", headers: ["Host": "localhost", "Content-Encoding": "gzip"],
                body: RequestBody(bytes: bytes)))
            #expect(put.status == 200)
            let got = try await coldframe.send(HTTPRequest(method: "GET", target: "/seeds/k",
                headers: ["Host": "localhost"]))
            #expect(got.body == bytes && got.headers["Content-Encoding"] == "gzip")
        }
    }
}
