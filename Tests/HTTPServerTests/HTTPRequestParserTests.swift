import HTTPServer
import Testing

struct ValidRequest: Sendable, CustomTestStringConvertible {
    var name: String
    var text: String
    var targets: [String]
    var bodies: [String] = []
    var framing: HTTPRequestHead.Framing = .length(0)
    var keepAlive = true
    var expectsContinue = false
    var host: String? = "h"
    var testDescription: String { name }

    static let all: [ValidRequest] = [
        ValidRequest(name: "plain GET", text: "GET /a?b=c HTTP/1.1\r\nHost: h\r\n\r\n", targets: ["/a?b=c"]),
        ValidRequest(
            name: "Content-Length", text: "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello",
            targets: ["/"], bodies: ["hello"], framing: .length(5)),
        ValidRequest(
            name: "the same Content-Length twice",
            text: "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\ncontent-length:2\r\n\r\nhi",
            targets: ["/"], bodies: ["hi"], framing: .length(2)),
        ValidRequest(
            name: "chunks, extensions and trailers",
            text: "PUT /c HTTP/1.1\r\nhost:h\r\nTransfer-Encoding: Chunked\r\n\r\n"
                + "5;x=y\r\nhello\r\n00A\r\n, my world\r\n0\r\nChecksum: 1\r\n\r\n",
            targets: ["/c"], bodies: ["hello, my world"], framing: .chunked),
        ValidRequest(
            name: "chunks without content",
            text: "PUT /c HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            targets: ["/c"], framing: .chunked),
        ValidRequest(
            name: "pipelined", text: "\r\nGET /1 HTTP/1.1\r\nHost: h\r\n\r\n\r\n"
                + "GET /2 HTTP/1.1\r\nHost: h\r\nConnection: x, Close\r\n\r\n",
            targets: ["/1", "/2"], keepAlive: false),
        ValidRequest(name: "HTTP/1.0", text: "GET / HTTP/1.0\r\n\r\n", targets: ["/"], keepAlive: false, host: nil),
        ValidRequest(
            name: "HTTP/1.0 kept alive", text: "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", targets: ["/"],
            host: nil),
        ValidRequest(
            name: "expectation", text: "PUT / HTTP/1.1\r\nHost: h\r\nExpect: 100-Continue\r\nContent-Length: 1\r\n\r\n!",
            targets: ["/"], bodies: ["!"], framing: .length(1), expectsContinue: true),
        ValidRequest(
            name: "absolute form", text: "GET http://other:80/x?y HTTP/1.1\r\nHost: h\r\n\r\n", targets: ["/x?y"],
            host: "other:80"),
        ValidRequest(
            name: "absolute form without a path", text: "GET HTTP://other?y HTTP/1.1\r\nHost: h\r\n\r\n",
            targets: ["/?y"], host: "other"),
        ValidRequest(name: "asterisk", text: "OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n", targets: ["*"]),
        ValidRequest(name: "bare UTF-8 target", text: "GET /ключ HTTP/1.1\r\nHost: h\r\n\r\n", targets: ["/ключ"]),
        ValidRequest(name: "space around values", text: "GET / HTTP/1.1\r\nHost:\t h \t\r\nA:\r\n\r\n", targets: ["/"]),
        ValidRequest(name: "a newer 1.x", text: "GET / HTTP/1.7\r\nHost: h\r\n\r\n", targets: ["/"]),
    ]
}

struct InvalidRequest: Sendable, CustomTestStringConvertible {
    var name: String
    var text: String
    var status = 400
    var testDescription: String { name }

    private static func fields(_ fields: String, body: String = "") -> String {
        "POST / HTTP/1.1\r\n\(fields)\r\n\r\n\(body)"
    }

    private static func chunked(_ body: String) -> String {
        fields("Host: h\r\nTransfer-Encoding: chunked", body: body)
    }

    static let all: [InvalidRequest] = [
        InvalidRequest(name: "TLS hello", text: "\u{16}\u{3}\u{1}"),
        InvalidRequest(name: "HTTP/2 preface", text: "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", status: 505),
        InvalidRequest(name: "no version", text: "GET /\r\n"),
        InvalidRequest(name: "bad version", text: "GET / HTTP/1.x\r\n"),
        InvalidRequest(name: "other protocol", text: "GET / HTTQ/1.1\r\n"),
        InvalidRequest(name: "space in the target", text: "GET /a b HTTP/1.1\r\n"),
        InvalidRequest(name: "two spaces", text: "GET  / HTTP/1.1\r\n"),
        InvalidRequest(name: "control byte in the target", text: "GET /\u{1} HTTP/1.1\r\n"),
        InvalidRequest(name: "lower-case method", text: "get / HTTP/1.1\r\n"),
        InvalidRequest(name: "bad method", text: "G@T / HTTP/1.1\r\n"),
        InvalidRequest(name: "authority form", text: "CONNECT h:1 HTTP/1.1\r\n"),
        InvalidRequest(name: "relative target", text: "GET a HTTP/1.1\r\n"),
        InvalidRequest(name: "absolute without host", text: "GET http:///a HTTP/1.1\r\n"),
        InvalidRequest(name: "bare line feed", text: "GET / HTTP/1.1\nHost: h\n\n"),
        InvalidRequest(name: "bare line feed in fields", text: "GET / HTTP/1.1\r\nHost: h\n\r\n"),
        InvalidRequest(name: "bare carriage return", text: fields("Host: h\r\nA: b\rc")),
        InvalidRequest(name: "only empty lines", text: "\r\n\r\n\r\n\r\n\r\n"),
        InvalidRequest(name: "Host missing", text: fields("A: b")),
        InvalidRequest(name: "Host repeated", text: fields("Host: h\r\nHost: h")),
        InvalidRequest(name: "folded field", text: fields("Host: h\r\nA: b\r\n c")),
        InvalidRequest(name: "space before the colon", text: fields("Host : h")),
        InvalidRequest(name: "no colon", text: fields("Host: h\r\nnonsense")),
        InvalidRequest(name: "empty name", text: fields("Host: h\r\n: x")),
        InvalidRequest(name: "zero byte in a value", text: fields("Host: h\r\nA: \0")),
        InvalidRequest(name: "conflicting lengths", text: fields("Host: h\r\nContent-Length: 1\r\nContent-Length: 2")),
        InvalidRequest(name: "list of lengths", text: fields("Host: h\r\nContent-Length: 1, 1")),
        InvalidRequest(name: "signed length", text: fields("Host: h\r\nContent-Length: +1")),
        InvalidRequest(name: "negative length", text: fields("Host: h\r\nContent-Length: -1")),
        InvalidRequest(name: "empty length", text: fields("Host: h\r\nContent-Length:")),
        InvalidRequest(name: "overflowing length", text: fields("Host: h\r\nContent-Length: 9223372036854775808")),
        InvalidRequest(
            name: "length and chunks", text: fields("Host: h\r\nContent-Length: 1\r\nTransfer-Encoding: chunked")),
        InvalidRequest(
            name: "chunks and length", text: fields("Host: h\r\nTransfer-Encoding: chunked\r\nContent-Length: 1")),
        InvalidRequest(
            name: "repeated coding", text: fields("Host: h\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked")),
        InvalidRequest(name: "other coding", text: fields("Host: h\r\nTransfer-Encoding: gzip, chunked"), status: 501),
        InvalidRequest(name: "disguised coding", text: fields("Host: h\r\nTransfer-Encoding: xchunked"), status: 501),
        InvalidRequest(name: "chunks in HTTP/1.0", text: "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"),
        InvalidRequest(name: "other expectation", text: fields("Host: h\r\nExpect: tea"), status: 417),
        InvalidRequest(name: "chunk size is no number", text: chunked("x\r\n")),
        InvalidRequest(name: "chunk size empty", text: chunked("\r\n")),
        InvalidRequest(name: "chunk size negative", text: chunked("-1\r\n")),
        InvalidRequest(name: "chunk size prefixed", text: chunked("0x1\r\na\r\n")),
        InvalidRequest(name: "chunk size overflows", text: chunked("1000000000000000\r\n")),
        InvalidRequest(name: "chunk size ends in LF", text: chunked("1\na\r\n")),
        InvalidRequest(name: "chunk longer than said", text: chunked("1\r\nab\r\n")),
        InvalidRequest(name: "chunk ends in LF", text: chunked("1\r\na\n0\r\n\r\n")),
        InvalidRequest(name: "endless extension", text: chunked("1;" + String(repeating: "x", count: 2000))),
        InvalidRequest(name: "control byte in an extension", text: chunked("1;\u{1}\r\n")),
        InvalidRequest(name: "bad trailer", text: chunked("0\r\nA b\r\n")),
        InvalidRequest(
            name: "long target", text: "GET /" + String(repeating: "a", count: 20_000) + " HTTP/1.1\r\n", status: 414),
        InvalidRequest(name: "endless target", text: "GET /" + String(repeating: "a", count: 20_000), status: 414),
        InvalidRequest(
            name: "large field", text: "GET / HTTP/1.1\r\nHost: h\r\nA: " + String(repeating: "a", count: 70_000),
            status: 431),
        InvalidRequest(
            name: "large fields",
            text: "GET / HTTP/1.1\r\nHost: h\r\n"
                + String(repeating: "A: \(String(repeating: "a", count: 900))\r\n", count: 100),
            status: 431),
        InvalidRequest(
            name: "many fields", text: "GET / HTTP/1.1\r\nHost: h\r\n" + String(repeating: "A: b\r\n", count: 128),
            status: 431),
        InvalidRequest(
            name: "many trailers", text: chunked("0\r\n" + String(repeating: "A: b\r\n", count: 129)), status: 431),
    ]
}

@Test(arguments: ValidRequest.all)
func validRequestsParseHoweverTheyAreSplit(_ request: ValidRequest) throws {
    let bytes = Array(request.text.utf8)
    let whole = ParserTranscript(bytes)
    #expect(whole.rejection == nil)
    #expect(whole.heads.map(\.target) == request.targets)
    #expect(whole.bodies == request.bodies)
    #expect(whole.ends == request.targets.count)
    #expect(whole.leftover == 0)
    let last = try #require(whole.heads.last)
    #expect(last.framing == request.framing)
    #expect(last.keepAlive == request.keepAlive)
    #expect(last.expectsContinue == request.expectsContinue)
    #expect(last.headers["HOST"] == request.host)
    for cut in 0...bytes.count { #expect(ParserTranscript(bytes, cuts: [cut]) == whole, "cut at \(cut)") }
    #expect(ParserTranscript(bytes, cuts: Array(0...bytes.count)) == whole)
}

@Test(arguments: InvalidRequest.all)
func invalidRequestsAreRefusedHoweverTheyAreSplit(_ request: InvalidRequest) {
    let bytes = Array(request.text.utf8)
    let whole = ParserTranscript(bytes)
    #expect(whole.rejection?.status == request.status)
    // Long ones are cut in a few places: the rest would only repeat the same letter.
    let stride = max(1, bytes.count / 200)
    for cut in Swift.stride(from: 0, through: bytes.count, by: stride) {
        #expect(ParserTranscript(bytes, cuts: [cut]) == whole, "cut at \(cut)")
    }
    #expect(ParserTranscript(bytes, cuts: Array(Swift.stride(from: 0, through: bytes.count, by: stride))) == whole)
}

@Test func aHeadMayBeAsLargeAsTheLimitAndNoLarger() {
    let text = "GET / HTTP/1.1\r\nHost: h\r\nA: bc\r\n\r\n"
    var limits = HTTPRequestLimits()
    limits.headBytesMax = text.utf8.count
    limits.requestLineBytesMax = 16
    limits.fieldCountMax = 2
    #expect(ParserTranscript(Array(text.utf8), limits: limits).rejection == nil)
    limits.headBytesMax -= 1
    #expect(ParserTranscript(Array(text.utf8), limits: limits).rejection?.status == 431)
    limits.headBytesMax += 1
    limits.requestLineBytesMax = 15
    #expect(ParserTranscript(Array(text.utf8), limits: limits).rejection?.status == 414)
    limits.requestLineBytesMax = 16
    limits.fieldCountMax = 1
    #expect(ParserTranscript(Array(text.utf8), limits: limits).rejection?.status == 431)
}

/// Valid requests, damaged at random: the parser accepts or rejects, never traps, and no split changes its mind.
@Test(arguments: 1...8)
func damagedRequestsNeverTrapAndNeverDependOnTheSplit(seed: UInt64) {
    var random = Seeded(seed: seed)
    let corpus = ValidRequest.all.map { Array($0.text.utf8) }
    let poison = ["\r\n", "\n", "\r", "\0", ":", " ", "0", "ffffffffffffffff", "chunked", "\u{ff}", "HTTP/1.1"]
        .map { Array($0.utf8) }
    for _ in 0..<400 {
        var bytes = corpus.randomElement(using: &random)!
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            let at = Int.random(in: 0...bytes.count, using: &random)
            let until = Int.random(in: at...min(bytes.count, at + 12), using: &random)
            switch Int.random(in: 0..<5, using: &random) {
            case 0: bytes.removeSubrange(at..<until)
            case 1: bytes.insert(contentsOf: bytes[at..<until], at: at)
            case 2: bytes.insert(contentsOf: poison.randomElement(using: &random)!, at: at)
            case 3: if at < bytes.count { bytes[at] = UInt8.random(in: 0...255, using: &random) }
            default: bytes.append(contentsOf: corpus.randomElement(using: &random)!)
            }
        }
        let whole = ParserTranscript(bytes)
        let cuts = (0..<4).map { _ in Int.random(in: 0...bytes.count, using: &random) }.sorted()
        #expect(ParserTranscript(bytes, cuts: cuts) == whole, "\(bytes) cut at \(cuts)")
    }
}
