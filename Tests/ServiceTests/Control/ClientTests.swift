import AWSModel
import ColdframeTesting
import HTTPServer
import Outbound
import Testing

@Suite struct ServerURLTests {
    @Test(arguments: [
        ("http://127.0.0.1:4566", "http://127.0.0.1:4566"), ("HTTP://localhost:1/", "http://localhost:1"),
        ("http://host", "http://host:80"), ("http://[::1]:8080", "http://[::1]:8080"), ("http://[::1]", "http://[::1]:80"),
    ])
    func whatIsAURL(_ text: String, _ shown: String) { #expect(ServerURL(text)?.description == shown) }

    @Test(arguments: [
        "", "localhost:4566", "https://localhost", "http://", "http://:80", "http://h:0", "http://h:65536", "http://h:x",
        "http://h:1:2", "http://h/path", "http://u@h", "http://[::1", "http://[::1]x", "ftp://h",
    ])
    func whatIsNone(_ text: String) { #expect(ServerURL(text) == nil) }

    struct Choice: Sendable {
        var option: String?
        var environment: [String: String] = [:]
        let result: String
    }

    @Test(arguments: [
        Choice(result: "http://127.0.0.1:4566"),
        Choice(option: "http://a:1", environment: ["COLDFRAME_URL": "http://b:2"], result: "http://a:1"),
        Choice(
            environment: ["COLDFRAME_URL": "http://b:2", "AWS_ENDPOINT_URL": "http://localhost:3"], result: "http://b:2"),
        Choice(environment: ["COLDFRAME_URL": "", "AWS_ENDPOINT_URL": "http://localhost:3"], result: "http://localhost:3"),
        Choice(environment: ["AWS_ENDPOINT_URL": "http://example.com:3"], result: "http://127.0.0.1:4566"),
        Choice(environment: ["AWS_ENDPOINT_URL": "https://localhost:3"], result: "http://127.0.0.1:4566"),
    ])
    func theServerIsFoundInOrder(_ choice: Choice) throws {
        let url = try ServerURL.resolve(option: choice.option, environment: choice.environment)
        #expect(url.description == choice.result)
    }

    @Test func aMalformedURLIsNamedWithItsSource() {
        #expect(throws: ServerURLProblem(source: "--url", text: "x")) {
            try ServerURL.resolve(option: "x", environment: [:])
        }
        #expect(throws: ServerURLProblem(source: "COLDFRAME_URL", text: "y")) {
            try ServerURL.resolve(option: nil, environment: ["COLDFRAME_URL": "y"])
        }
    }
}

@Suite struct AnswerReaderTests {
    struct Answer: Sendable {
        let wire: String
        let body: String
        var endsByClose = false
        var status = 200
    }

    static let answers = [
        Answer(wire: "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", body: "hello"),
        Answer(wire: "HTTP/1.1 200 OK\r\ncontent-length:0\r\n\r\n", body: ""),
        Answer(wire: "HTTP/1.1 204 No Content\r\n\r\n", body: "", status: 204),
        Answer(wire: "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 404 Not Found\r\nContent-Length: 1\r\n\r\nx", body: "x", status: 404),
        Answer(wire: "HTTP/1.1 200\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\nT: 1\r\n\r\n", body: "abc0123456789"),
        Answer(wire: "HTTP/1.0 200 OK\nX: y\n\nall the rest", body: "all the rest", endsByClose: true),
    ]

    /// Every answer whole, and cut in two at every byte.
    @Test(arguments: answers)
    func answersAreRead(_ answer: Answer) throws {
        let bytes = Array(answer.wire.utf8)
        for cut in 0..<bytes.count {
            var reader = AnswerReader()
            var parts = try reader.read(Array(bytes[..<cut])) + reader.read(Array(bytes[cut...]))
            #expect(reader.isAtEnd == !answer.endsByClose)
            parts += try reader.close()
            var (status, body, ends) = (0, [UInt8](), 0)
            for part in parts {
                switch part {
                case .head(let found, _): status = found
                case .body(let run): body += run
                case .end: ends += 1
                }
            }
            #expect(status == answer.status && String(decoding: body, as: UTF8.self) == answer.body && ends == 1)
        }
    }

    @Test(arguments: [
        "SSH-2.0-OpenSSH\r\n\r\n", "HTTP/1.1 abc\r\n\r\n", "HTTP/1.1 200 OK\r\nnonsense\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n",
    ])
    func nonsenseIsRefused(_ wire: String) {
        var reader = AnswerReader()
        #expect(throws: AnswerReader.Problem.malformed) { try reader.read(Array(wire.utf8)) }
    }

    @Test(arguments: ["", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell"])
    func anEarlyEndIsNoticed(_ wire: String) throws {
        var reader = AnswerReader()
        _ = try reader.read(Array(wire.utf8))
        #expect(throws: AnswerReader.Problem.truncated) { try reader.close() }
    }

    @Test func aLineWithoutEndIsRefused() {
        var reader = AnswerReader()
        #expect(throws: AnswerReader.Problem.headTooLarge) { try reader.read([UInt8](repeating: 0x61, count: 70_000)) }
    }
}

@Suite struct ShownTextTests {
    @Test func serverSentEventsAreTakenApart() {
        let text = ": open\n\nid: 1\ndata: {\"a\":1}\n\ndata:x\r\ndata: y\r\n\r\ndata: unfinished\n"
        var whole = ServerSentEvents(), pieces = ServerSentEvents()
        #expect(whole.read(Array(text.utf8)) == ["{\"a\":1}", "x\ny"])
        #expect(text.utf8.flatMap { pieces.read([$0]) } == ["{\"a\":1}", "x\ny"])
    }

    @Test func tablesAreAligned() {
        var table = TextTable([("name", .left), ("count", .right), ("", .left)])
        table.add(["a", "5"])
        table.add(["longer", "1234", "x\ny", "dropped"])
        #expect(table.lines == ["name    count", "a           5", "longer   1234  x y"])
    }

    @Test(arguments: [
        ("300", 300), ("300s", 300), ("5m", 300), ("1.5h", 5400), ("0", 0), ("", nil), ("s", nil), ("-1", nil), ("5d", nil),
        ("1e3", nil), ("nan", nil), ("1.2.3", nil),
    ] as [(String, Double?)])
    func lengthsOfTime(_ text: String, _ seconds: Double?) { #expect(TimeText.seconds(text) == seconds) }

    @Test func objectsFitOnALine() {
        let value: AWSValue = ["status": 500, "latency": ["p50": 1.5, "p99": .double(2)], "body": "b", "on": true, "none": .null]
        #expect(MemberText.line(value) == "status=500 latency.p50=1.5 latency.p99=2 body=b on=true")
        #expect(MemberText.line(nil) == "")
        #expect(MemberText.line(value, lengthMax: 8) == "status=…" && MemberText.line(["a": 1], lengthMax: 3) == "a=1")
    }
}
