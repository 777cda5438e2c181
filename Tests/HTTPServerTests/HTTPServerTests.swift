import Foundation
import HTTPServer
import Testing

@Suite(.timeLimit(.minutes(1))) struct HTTPServerTests {
    private let get = "GET /a?b HTTP/1.1\r\nHost: h\r\n\r\n"

    @Test func oneConnectionServesManyRequests() async throws {
        try await LiveServer.run { live in
            let client = try live.client()
            for _ in 0..<3 {
                try client.send(get)
                let response = try client.readResponse()
                #expect(response.status == 200)
                #expect(response.text == "GET /a?b ")
                #expect(response.headers["X"] == "y")
                #expect(response.headers["Date"]?.hasSuffix(" GMT") == true)
                #expect(response.headers["Connection"] == nil)
            }
            try client.send("POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi")
            let last = try client.readResponse()
            #expect(last.text == "POST /p hi")
            #expect(last.headers["Connection"] == "close")
            #expect(client.isAtEnd())
        }
    }

    @Test func pipelinedRequestsAreAnsweredInOrder() async throws {
        try await LiveServer.run { live in
            let client = try live.client()
            let requests = (0..<200).map { "POST /\($0) HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc" }
            try client.send(requests.joined())
            for index in 0..<200 { #expect(try client.readResponse().text == "POST /\(index) abc") }
        }
    }

    @Test func answersToHTTP10EndWithTheConnection() async throws {
        try await LiveServer.run(answer: { _ in
            let parts = Parts(["a", "b"])
            return HTTPResponse(status: 200, body: .stream(length: nil, next: { parts.next() }))
        }) { live in
            let client = try live.client()
            try client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            let text = client.readToEnd()
            #expect(text.hasPrefix("HTTP/1.1 200 OK\r\n"))
            #expect(text.hasSuffix("Connection: close\r\n\r\nab"))
            #expect(!text.contains("chunked"))
            let modern = try live.client()
            try modern.send("GET / HTTP/1.1\r\nHost: h\r\n\r\n")
            #expect(try modern.readResponse().text == "ab")
        }
    }

    @Test func chunkedBodiesArriveWholeOrInParts() async throws {
        try await LiveServer.run { live in
            let client = try live.client()
            let head = "PUT /c HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
            try client.send(head + "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")
            #expect(try client.readResponse().text == "PUT /c abcde")
            for part in [head + "3\r\nab", "c\r\n", "2", "\r\nde\r\n0\r\n", "T: x\r\n\r\n" + get] { try client.send(part) }
            #expect(try client.readResponse().text == "PUT /c abcde")
            #expect(try client.readResponse().text == "GET /a?b ")
        }
    }

    @Test func continueIsSaidWhenTheBodyIsAskedFor() async throws {
        try await LiveServer.run(answer: { request in
            request.target == "/unread" ? HTTPResponse(status: 403) : await LiveServer.echo(request)
        }) { live in
            let client = try live.client()
            let fields = "HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n"
            try client.send("PUT /x " + fields)
            #expect(try client.readResponse().status == 100)
            try client.send("body")
            #expect(try client.readResponse().text == "PUT /x body")
            try client.send("PUT /there " + fields + "body")
            #expect(try client.readResponse().text == "PUT /there body", "no 100 for a body that is there")
            try client.send("PUT /unread " + fields)
            let refused = try client.readResponse()
            #expect(refused.status == 403)
            #expect(refused.headers["Connection"] == "close", "nobody knows whether the body would have come")
            #expect(client.isAtEnd())
        }
    }

    @Test func headGetsTheLengthAndNoBody() async throws {
        try await LiveServer.run { live in
            let client = try live.client()
            try client.send("HEAD /a HTTP/1.1\r\nHost: h\r\n\r\n" + get)
            let head = try client.readResponse(isHead: true)
            #expect(head.headers["Content-Length"] == "8")
            #expect(try client.readResponse().text == "GET /a?b ")
        }
    }

    @Test(arguments: [
        (bytes: 100_000, isKept: true),
        (bytes: 2_000_000, isKept: false),
    ])
    func anUnreadBodyIsDroppedOrEndsTheConnection(bytes: Int, isKept: Bool) async throws {
        try await LiveServer.run(answer: { _ in HTTPResponse(status: 403) }) { live in
            let client = try live.client()
            try client.send("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: \(bytes)\r\n\r\n")
            try client.send([UInt8](repeating: 0, count: bytes))
            let response = try client.readResponse()
            #expect(response.status == 403)
            #expect((response.headers["Connection"] == "close") == !isKept)
            if isKept {
                try client.send(get)
                #expect(try client.readResponse().status == 403)
            } else {
                client.closeSending()
                #expect(client.isAtEnd())
            }
        }
    }

    @Test func aRouteLimitIsAnswered413() async throws {
        try await LiveServer.run { live in
            let client = try live.client()
            try client.send("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 9000000000\r\n\r\n")
            let response = try client.readResponse()
            #expect(response.status == 413)
            #expect(response.headers["Connection"] == "close")
        }
    }

    @Test(arguments: ["Content-Length: 11\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n6\r\nabcdef\r\n5\r\nghijk\r\n"])
    func theServersOwnLimitIsAnswered413(framing: String) async throws {
        try await LiveServer.run({ $0.bodyBytesMax = 10 }) { live in
            let client = try live.client()
            try client.send("PUT / HTTP/1.1\r\nHost: h\r\n" + framing)
            #expect(try client.readResponse().status == 413)
            client.closeSending()
            #expect(client.isAtEnd())
        }
    }

    @Test(arguments: [
        (request: "nonsense\r\n", status: 400),
        (request: "GET / HTTP/1.1\r\n\r\n", status: 400),
        (request: "GET / HTTP/1.1\r\nHost: h\r\n" + String(repeating: "A: b\r\n", count: 200), status: 431),
        (request: "GET /" + String(repeating: "a", count: 40_000) + " HTTP/1.1\r\n", status: 414),
        (request: "PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n", status: 400),
    ])
    func malformedRequestsAreAnsweredAndTheConnectionCloses(request: String, status: Int) async throws {
        try await LiveServer.run { live in
            let client = try live.client()
            try client.send(request)
            let response = try client.readResponse()
            #expect(response.status == status)
            #expect(response.headers["Connection"] == "close")
            #expect(response.headers["Content-Type"] == "text/plain; charset=utf-8")
            #expect(response.text.hasPrefix("\(status) "))
            client.closeSending()
            #expect(client.isAtEnd())
        }
    }

    @Test func brokenChunksInMidBodyReachTheHandlerAndCloseTheConnection() async throws {
        try await LiveServer.run { live in
            let client = try live.client()
            try client.send("PUT / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n")
            #expect(try client.readResponse().status == 100)
            try client.send("1\r\naX")
            let response = try client.readResponse()
            #expect(response.status == 400)
            #expect(response.text.contains("the chunked body is malformed"))
            #expect(response.headers["Connection"] == "close")
        }
    }

    @Test(arguments: ["127.0.0.1", "localhost"])
    func namesAndAddressesAreServed(host: String) async throws { try await expectService(at: host) }

    @Test(.enabled(if: hasIPv6, "this machine has no ::1"), arguments: ["::1", "::"])
    func theOtherAddressFamilyIsServed(host: String) async throws { try await expectService(at: host) }

    /// Containers often have a loopback of one family only.
    private static let hasIPv6: Bool = {
        #if os(Linux)
        let addresses = try? String(contentsOfFile: "/proc/net/if_inet6", encoding: .utf8)
        return addresses?.contains(String(repeating: "0", count: 31) + "1 ") == true
        #else
        return true
        #endif
    }()

    private func expectService(at host: String) async throws {
        try await LiveServer.run({ $0.host = host }, answer: { request in
            HTTPResponse(status: 200, body: .bytes(Array(request.remoteAddress.utf8)))
        }) { live in
            #expect(live.address.port != 0)
            let target = HTTPServerAddress(
                host: live.address.host == "::" ? "127.0.0.1" : live.address.host, port: live.address.port)
            let client = try RawClient(target)
            try client.send(get)
            #expect(try client.readResponse().text == target.host)
        }
    }

    @Test func aTakenPortIsReported() async throws {
        try await LiveServer.run { live in
            let second = HTTPServer(
                configuration: HTTPServerConfiguration(host: live.address.host, port: live.address.port),
                handler: ClosureHandler(answer: LiveServer.echo))
            await #expect(throws: HTTPServerError.self) { try await second.start() }
            await #expect(throws: HTTPServerError.alreadyStarted) { try await live.server.start() }
        }
    }

    @Test func aConnectionTooManyIsRefusedPolitely() async throws {
        try await LiveServer.run({ $0.connectionsMax = 1 }) { live in
            let first = try live.client()
            try first.send(get)
            #expect(try first.readResponse().status == 200)
            let second = try live.client()
            let refused = try second.readResponse()
            #expect(refused.status == 503)
            #expect(refused.headers["Connection"] == "close")
            try first.send(get)
            #expect(try first.readResponse().status == 200)
        }
    }

    @Test func handlersRunOnTheLoopAndMayLeaveIt() async throws {
        try await LiveServer.run(answer: { request in
            // A task without the loop's preference pulls the body from another thread.
            let task = Task.detached { try await request.body.collect(limitBytes: 1 << 20).count }
            let count = (try? await task.value) ?? -1
            return HTTPResponse(status: 200, body: .bytes(Array("\(count)".utf8)))
        }) { live in
            let client = try live.client()
            try client.send("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 300000\r\n\r\n")
            try client.send([UInt8](repeating: 7, count: 300_000))
            #expect(try client.readResponse().text == "300000")
        }
    }

    @Test func aBodyThatOutlivesItsRequestReadsNothing() async throws {
        let failed = Counter(), finished = Gate()
        try await LiveServer.run(answer: { request in
            Task {
                await finished.wait()
                do { _ = try await request.body.collect(limitBytes: 1 << 20) } catch { failed.add(1) }
            }
            return HTTPResponse(status: 200)
        }) { live in
            let client = try live.client()
            try client.send("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n")
            try client.send([UInt8](repeating: 7, count: 100_000))
            #expect(try client.readResponse().status == 200)
            finished.open()
            try await until { failed.value == 1 }
        }
    }
}

/// A stream source of prepared parts.
final class Parts: Sendable {
    private let parts: [String]
    private let position = Counter()

    init(_ parts: [String]) { self.parts = parts }

    func next() -> [UInt8]? {
        defer { position.add(1) }
        return position.value < parts.count ? Array(parts[position.value].utf8) : nil
    }
}
