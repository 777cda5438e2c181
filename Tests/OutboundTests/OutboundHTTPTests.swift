import HTTPServer
import Logging
import Outbound
import Testing

/// Answers by path, so that each way an exchange can go is one address.
private struct Peer: HTTPHandler {
    /// What asks for silence gets no answer until the test lets it go.
    let silence: AsyncGate

    func respond(to request: HTTPRequest) async -> HTTPResponse {
        switch request.rawPath {
        case "/echo":
            let body = (try? await request.body.collect(limitBytes: 1 << 20)) ?? []
            return HTTPResponse(status: 201, headers: ["X-Method": request.method], body: .bytes(body))
        case "/long": return HTTPResponse(status: 200, body: .bytes([UInt8](repeating: 0x61, count: 3 << 20)))
        case "/broken": return HTTPResponse(status: 500, body: .bytes(Array("out of order".utf8)))
        case "/silent":
            _ = await silence.enter()
            return HTTPResponse(status: 200)
        case "/stalling":
            let runs = AsyncGate(places: 1)
            return HTTPResponse(status: 200, body: .stream(length: nil) { [silence] in
                if await runs.enter(within: .zero) { return Array("so far".utf8) }
                _ = await silence.enter()
                return nil
            })
        default: return HTTPResponse(status: 404)
        }
    }
}

@Suite struct OutboundHTTPTests {
    private func withPeer(silence: AsyncGate = AsyncGate(places: 1), _ use: (ServerURL) async throws -> Void) async throws {
        let server = HTTPServer(
            configuration: HTTPServerConfiguration(host: "127.0.0.1", port: 0, logger: Logger(label: "peer")),
            handler: Peer(silence: silence))
        let address = try await server.start()
        do { try await use(ServerURL(host: address.host, port: address.port)) } catch {
            await server.stop(drainingSeconds: 0)
            throw error
        }
        await server.stop(drainingSeconds: 0)
    }

    @Test func aRequestIsAnswered() async throws {
        try await withPeer { peer in
            let answer = try await OutboundHTTP().exchange(
                "PUT", HTTPURL(server: peer, target: "/echo"), body: Array("hello".utf8))
            #expect(answer.status == 201)
            #expect(answer.headers["X-Method"] == "PUT")
            #expect(answer.body == Array("hello".utf8))
        }
    }

    @Test(arguments: ["tok\r\nX-Injected: yes", "a\nb", "a\rb", "a\u{0}b", "a\u{1f}", "\u{7f}"])
    func aControlCharacterIsNotSent(_ text: String) async throws {
        try await withPeer { peer in
            let url = HTTPURL(server: peer, target: "/echo")
            for headers: HTTPHeaders in [["Authorization": "Bearer \(text)"], ["X-\(text)": "1"]] {
                await #expect(throws: OutboundProblem.unsendable(url)) {
                    try await OutboundHTTP().exchange("GET", url, headers: headers)
                }
            }
            let target = HTTPURL(server: peer, target: "/echo?\(text)")
            await #expect(throws: OutboundProblem.unsendable(target)) { try await OutboundHTTP().exchange("GET", target) }
            let answer = try await OutboundHTTP().exchange("GET", url, headers: ["X-Tab": "a\tbé"])
            #expect(answer.status == 201)
        }
    }

    @Test func anAnswerBeyondItsBoundIsNotTaken() async throws {
        try await withPeer { peer in
            let url = HTTPURL(server: peer, target: "/long")
            await #expect(throws: OutboundProblem.tooLarge(url, bytesMax: 1 << 20)) {
                try await OutboundHTTP().exchange("GET", url, answerBytesMax: 1 << 20)
            }
        }
    }

    @Test func aLongAnswerArrivesInRunsAndMayBeLeft() async throws {
        try await withPeer { peer in
            let http = OutboundHTTP(exchangesMax: 1)
            let url = HTTPURL(server: peer, target: "/long")
            let left = try await http.open("GET", url)
            #expect(try await left.next() != nil)
            left.cancel()
            // The only place is free again: the exchange that was left does not hold it.
            let read = try await http.open("GET", url)
            var count = 0
            while let run = try await read.next() { count += run.count }
            #expect(count == 3 << 20)
        }
    }

    @Test func moreExchangesThanPlacesAllEnd() async throws {
        try await withPeer { peer in
            let http = OutboundHTTP(exchangesMax: 2)
            let statuses = try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<20 {
                    group.addTask { try await http.exchange("POST", HTTPURL(server: peer, target: "/echo")).status }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(statuses == [Int](repeating: 201, count: 20))
        }
    }

    @Test func anAnswerThatStallsIsGivenUp() async throws {
        let silence = AsyncGate(places: 1)
        #expect(await silence.enter())
        try await withPeer(silence: silence) { peer in
            let limits = ExchangeLimits(headSeconds: 600, stallSeconds: 0.2, totalSeconds: 600)
            let silent = HTTPURL(server: peer, target: "/silent")
            await #expect(throws: OutboundProblem.timedOut(silent)) {
                _ = try await OutboundHTTP().open("GET", silent, limits: limits)
            }
            let stalling = HTTPURL(server: peer, target: "/stalling")
            let answer = try await OutboundHTTP().open("GET", stalling, limits: limits)
            #expect(try await answer.next() == Array("so far".utf8))
            await #expect(throws: OutboundProblem.timedOut(stalling)) { _ = try await answer.next() }
            silence.leave()
        }
    }

    @Test func waitingForAPlaceCounts() async throws {
        let silence = AsyncGate(places: 1)
        #expect(await silence.enter())
        try await withPeer(silence: silence) { peer in
            let http = OutboundHTTP(exchangesMax: 1)
            let stalling = try await http.open("GET", HTTPURL(server: peer, target: "/stalling"))
            let echo = HTTPURL(server: peer, target: "/echo")
            await #expect(throws: OutboundProblem.timedOut(echo)) {
                try await http.exchange("POST", echo, timeoutSeconds: 0.05)
            }
            let waiting = Task { try await http.exchange("POST", echo) }
            waiting.cancel()
            await #expect(throws: OutboundProblem.cancelled) { try await waiting.value }
            stalling.cancel()
            silence.leave()
            #expect(try await http.exchange("POST", echo).status == 201)
        }
    }

    @Test func nobodyThereIsSaidSo() async throws {
        let url = try #require(HTTPURL("http://127.0.0.1:1/"))
        await #expect(throws: OutboundProblem.notReachable(url)) { try await OutboundHTTP().exchange("GET", url) }
    }

    @Test func hooksAtAnAddress() async throws {
        try await withPeer { peer in
            let runner = HookRunner()
            let echo = Hook.address(HTTPURL(server: peer, target: "/echo"))
            let echoed = try await runner.run(echo, event: Array("{}".utf8), timeoutSeconds: 5)
            #expect(echoed == Array("{}".utf8))
            await #expect(throws: HookProblem.failed("out of order")) {
                try await runner.run(.address(HTTPURL(server: peer, target: "/broken")), event: [], timeoutSeconds: 5)
            }
        }
    }

    @Test func anAddressThatDoesNotAnswerIsLeftWhenItsTimeIsOver() async throws {
        let silence = AsyncGate(places: 1)
        _ = await silence.enter()
        try await withPeer(silence: silence) { peer in
            let hook = Hook.address(HTTPURL(server: peer, target: "/silent"))
            await #expect(throws: HookProblem.timedOut(seconds: 600)) {
                try await HookRunner(wait: { _ in }).run(hook, event: [], timeoutSeconds: 600)
            }
            silence.leave()
        }
    }
}
