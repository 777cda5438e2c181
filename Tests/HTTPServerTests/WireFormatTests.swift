import HTTPServer
import Testing

@Test func headersCompareNamesWithoutCaseAndKeepRepeats() {
    var headers: HTTPHeaders = ["Content-Type": "a", "X": "1"]
    headers.add("x", "2")
    #expect(headers["content-TYPE"] == "a")
    #expect(headers["Content-Typ"] == nil)
    #expect(headers.values("X") == ["1", "2"])
    #expect(headers == ["content-type": "a", "x": "1", "X": "2"])
    #expect(headers != ["content-type": "a", "x": "1", "X": "3"])
    #expect(headers != ["content-type": "a"])
    headers.set("x", "3")
    #expect(headers.values("x") == ["3"])
    headers.remove("CONTENT-TYPE")
    #expect(headers.count == 1)
    #expect(headers.description == "x: 3")
    #expect(!equalIgnoringCase("@", "`"))
}

@Test(arguments: [
    (seconds: Int64(0), text: "Thu, 01 Jan 1970 00:00:00 GMT"),
    (seconds: 784_111_777, text: "Sun, 06 Nov 1994 08:49:37 GMT"),
    (seconds: 951_782_400, text: "Tue, 29 Feb 2000 00:00:00 GMT"),
    (seconds: 4_107_542_399, text: "Sun, 28 Feb 2100 23:59:59 GMT"),
    (seconds: 4_107_542_400, text: "Mon, 01 Mar 2100 00:00:00 GMT"),
    (seconds: -1, text: "Wed, 31 Dec 1969 23:59:59 GMT"),
])
func datesAreWrittenAsHTTPWants(seconds: Int64, text: String) {
    #expect(HTTPDate.format(unixSeconds: seconds) == text)
}

struct PlanCase: Sendable, CustomTestStringConvertible {
    var name: String
    var response: HTTPResponse
    var isHead = false
    var minorVersion = 1
    var framing: HTTPResponsePlan.Framing
    var sendsBody: Bool
    var keepAlive = true
    var testDescription: String { name }

    private static func stream(_ length: Int?) -> HTTPResponse {
        HTTPResponse(status: 200, body: .stream(length: length, next: { nil }))
    }

    static let all: [PlanCase] = [
        PlanCase(name: "empty", response: HTTPResponse(status: 200), framing: .length(0), sendsBody: true),
        PlanCase(
            name: "bytes", response: HTTPResponse(status: 200, body: .bytes([1, 2])), framing: .length(2), sendsBody: true),
        PlanCase(
            name: "HEAD of bytes", response: HTTPResponse(status: 200, body: .bytes([1, 2])), isHead: true,
            framing: .length(2), sendsBody: false),
        PlanCase(name: "stream of known length", response: stream(7), framing: .length(7), sendsBody: true),
        PlanCase(name: "stream", response: stream(nil), framing: .chunked, sendsBody: true),
        PlanCase(name: "HEAD of a stream", response: stream(nil), isHead: true, framing: .chunked, sendsBody: false),
        PlanCase(
            name: "stream to HTTP/1.0", response: stream(nil), minorVersion: 0, framing: .untilClose, sendsBody: true,
            keepAlive: false),
        PlanCase(
            name: "head only", response: HTTPResponse(status: 200, body: .headOnly(length: 9)), isHead: true,
            framing: .length(9), sendsBody: false),
        PlanCase(
            name: "head only, but to GET", response: HTTPResponse(status: 200, body: .headOnly(length: 9)),
            framing: .length(9), sendsBody: false, keepAlive: false),
        PlanCase(
            name: "no content", response: HTTPResponse(status: 204, body: .bytes([1])), framing: .none, sendsBody: false),
        PlanCase(name: "not modified", response: HTTPResponse(status: 304), framing: .none, sendsBody: false),
        PlanCase(
            name: "not modified, with a length", response: HTTPResponse(status: 304, body: .headOnly(length: 3)),
            framing: .length(3), sendsBody: false),
        PlanCase(
            name: "closed by the handler", response: HTTPResponse(status: 200, headers: ["connection": "Close"]),
            framing: .length(0), sendsBody: true, keepAlive: false),
    ]
}

@Test(arguments: PlanCase.all)
func responsesAreFramed(_ plan: PlanCase) {
    let planned = HTTPResponsePlan(
        plan.response, isHead: plan.isHead, minorVersion: plan.minorVersion, mayKeepAlive: true)
    #expect(planned.framing == plan.framing)
    #expect(planned.sendsBody == plan.sendsBody)
    #expect(planned.keepAlive == plan.keepAlive)
}

@Test func responseHeadsHoldTheServersFramingAndNothingInjected() {
    let response = HTTPResponse(
        status: 404,
        headers: [
            "A": "b\r\nEvil: yes", "bad name": "x", "Content-Length": "99", "Transfer-Encoding": "x", "Connection": "x",
        ],
        body: .bytes([1, 2, 3]))
    let plan = HTTPResponsePlan(response, isHead: false, minorVersion: 0, mayKeepAlive: true)
    var output: [UInt8] = []
    HTTPResponseEncoder.appendHead(
        response, plan: plan, minorVersion: 0, dateField: Array("Date: now\r\n".utf8), to: &output)
    #expect(String(decoding: output, as: UTF8.self) == "HTTP/1.1 404 Not Found\r\nA: b  Evil: yes\r\nDate: now\r\n"
        + "Content-Length: 3\r\nConnection: keep-alive\r\n\r\n")
}

@Test func bodiesInMemoryKeepToTheLimitOfTheRoute() async throws {
    let body = RequestBody(bytes: [1, 2, 3])
    #expect(try await body.collect(limitBytes: 3) == [1, 2, 3])
    await #expect(throws: RequestBodyError.tooLarge(limitBytes: 2)) { try await body.collect(limitBytes: 2) }
}

@Test func queriesBeginRightAfterTheQuestionMark() {
    // U+0301 joins the question mark into one Character.
    let request = HTTPRequest(method: "GET", target: "/a?\u{301}b?c")
    #expect(request.rawPath == "/a")
    #expect(request.rawQuery?.utf8.elementsEqual("\u{301}b?c".utf8) == true)
    #expect(HTTPRequest(method: "GET", target: "/a").rawQuery == nil)
}
