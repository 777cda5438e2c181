import HTTPServer
import Testing

/// Large bodies, slow clients, and stopping.
@Suite(.timeLimit(.minutes(1))) struct HTTPServerFlowTests {
    private let get = "GET / HTTP/1.1\r\nHost: h\r\n\r\n"
    private static let mebibyte = 1 << 20

    @Test(arguments: ["Content-Length: 20971520\r\n", "Transfer-Encoding: chunked\r\n"])
    func twentyMebibytesGoUpInSmallRuns(framing: String) async throws {
        let largestRun = Counter()
        try await LiveServer.run(answer: { request in
            var count = 0
            var sum: UInt32 = 0
            do {
                try await request.body.forEachChunk { run in
                    count += run.count
                    sum = Compression.crc32(Array(run), seed: sum)
                    if run.count > largestRun.value { largestRun.add(run.count - largestRun.value) }
                }
            } catch {
                return HTTPResponse(status: 500, body: .bytes(Array("\(error)".utf8)))
            }
            return HTTPResponse(status: 200, body: .bytes(Array("\(count) \(sum)".utf8)))
        }) { live in
            let client = try live.client()
            let run = (0..<Self.mebibyte).map { UInt8(truncatingIfNeeded: $0 &* 7) }
            let isChunked = framing.hasPrefix("Transfer")
            try client.send("PUT / HTTP/1.1\r\nHost: h\r\n\(framing)\r\n")
            var sum: UInt32 = 0
            for _ in 0..<20 {
                if isChunked { try client.send("100000\r\n") }
                try client.send(run)
                if isChunked { try client.send("\r\n") }
                sum = Compression.crc32(run, seed: sum)
            }
            if isChunked { try client.send("0\r\n\r\n") }
            #expect(try client.readResponse().text == "20971520 \(sum)")
            #expect(largestRun.value <= 128 << 10)
            try client.send("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n")
            #expect(try client.readResponse().text == "0 0")
        }
    }

    @Test(arguments: [20 * 1_048_576, nil])
    func twentyMebibytesComeDown(length: Int?) async throws {
        try await LiveServer.run(answer: { _ in
            let produced = Counter()
            return HTTPResponse(status: 200, body: .stream(length: length, next: {
                guard produced.value < 20 << 20 else { return nil }
                produced.add(100_000)
                return [UInt8](repeating: 5, count: min(100_000, (20 << 20) - produced.value + 100_000))
            }))
        }) { live in
            let client = try live.client()
            try client.send(get)
            let response = try client.readResponse()
            #expect(response.body.count == 20 << 20)
            #expect(response.body == [UInt8](repeating: 5, count: 20 << 20))
            try client.send("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n")
            #expect(try client.readResponse(isHead: true).status == 200)
        }
    }

    @Test func runsOfFilesComeDown() async throws {
        let file = try TemporaryFile(Array((0..<20).map { [UInt8](repeating: $0, count: 1_048_573) }.joined()))
        let range = 1_000_003..<file.bytes.count
        try await LiveServer.run(answer: { _ in
            HTTPResponse(status: 200, body: .file(FileRun(descriptor: file.descriptor, range: range, owner: file)))
        }) { live in
            let client = try live.client()
            for _ in 0..<2 {
                try client.send(get)
                let response = try client.readResponse()
                #expect(response.headers["Content-Length"] == "\(range.count)")
                #expect(response.body == Array(file.bytes[range]))
            }
            try client.send("HEAD / HTTP/1.1\r\nHost: h\r\n\r\n")
            #expect(try client.readResponse(isHead: true).headers["Content-Length"] == "\(range.count)")
        }
    }

    @Test func aFileThatIsShorterThanPromisedBreaksTheConnectionOff() async throws {
        let file = try TemporaryFile([UInt8](repeating: 7, count: 100))
        try await LiveServer.run(answer: { _ in
            HTTPResponse(status: 200, body: .file(FileRun(descriptor: file.descriptor, range: 0..<101, owner: file)))
        }) { live in
            let client = try live.client()
            try client.send(get)
            let text = client.readToEnd()
            #expect(text.contains("Content-Length: 101") && text.hasSuffix(String(repeating: "\u{7}", count: 100)))
        }
    }

    @Test func aClientThatGoesInTheMiddleOfAFileHarmsNobodyElse() async throws {
        let file = try TemporaryFile([UInt8](repeating: 7, count: 32 << 20))
        try await LiveServer.run(answer: { _ in
            HTTPResponse(
                status: 200, body: .file(FileRun(descriptor: file.descriptor, range: 0..<file.bytes.count, owner: file)))
        }) { live in
            for _ in 0..<3 {
                let quitter = try live.client()
                try quitter.send(get)
                // Gone with unread bytes: the server's next write meets a reset, or a broken pipe.
                _ = quitter.isAtEnd()
            }
            let client = try live.client()
            try client.send(get)
            #expect(try client.readResponse().body.count == file.bytes.count)
        }
    }

    @Test func aClientThatDoesNotReadHoldsTheSourceBackAndIsDroppedInTheEnd() async throws {
        let produced = Counter()
        try await LiveServer.run({ $0.writeStallTimeout = .milliseconds(100) }, answer: { _ in
            HTTPResponse(status: 200, body: .stream(length: nil, next: {
                produced.add(64 << 10)
                return [UInt8](repeating: 1, count: 64 << 10)
            }))
        }) { live in
            let client = try live.client()
            try client.send(get)
            try await until { produced.value > 0 }
            // Returns when the stalled connection has been given up, long before the limit for draining.
            await live.server.stop(drainingSeconds: 60)
            #expect(produced.value < 32 << 20, "only what the sockets hold")
            _ = client.readToEnd()
        }
    }

    @Test func aHandlerThatDoesNotPullHoldsTheClientBack() async throws {
        let gate = Gate()
        try await LiveServer.run(answer: { request in
            await gate.wait()
            var count = 0
            do { try await request.body.forEachChunk { count += $0.count } } catch { count = -1 }
            return HTTPResponse(status: 200, body: .bytes(Array("\(count)".utf8)))
        }) { live in
            let client = try live.client()
            let total = 64 << 20
            let bytes = [UInt8](repeating: 2, count: total)
            try client.send("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: \(total)\r\n\r\n")
            let sent = client.sendWhatFits(bytes[...], stallMilliseconds: 300)
            #expect(sent < total / 2, "only what the sockets hold")
            gate.open()
            #expect(client.sendWhatFits(bytes[sent...]) == total - sent)
            #expect(try client.readResponse().text == "\(total)")
        }
    }

    @Test(arguments: [
        (sent: "GET / HTTP/1.1\r\nHo", answer: "HTTP/1.1 408 Request Timeout\r\n"),
        (sent: "GE", answer: "HTTP/1.1 408 Request Timeout\r\n"),
        (sent: "PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nabc", answer: "HTTP/1.1 408 Request Timeout\r\n"),
        (
            sent: "PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nabc",
            answer: "HTTP/1.1 400 Bad Request\r\n"
        ),
        (sent: "", answer: ""),
    ])
    func slowClientsAreGivenUp(sent: String, answer: String) async throws {
        try await LiveServer.run({
            // From the connection on: long enough for a client that is held up before it sends.
            $0.headTimeout = .milliseconds(500)
            $0.bodyStallTimeout = .milliseconds(500)
            $0.lingerTimeout = .milliseconds(500)
        }) { live in
            let client = try live.client()
            try client.send(sent)
            let text = client.readToEnd()
            #expect(answer.isEmpty ? text.isEmpty : text.hasPrefix(answer))
        }
    }

    @Test func idleConnectionsAreClosedSilently() async throws {
        try await LiveServer.run({ $0.idleTimeout = .milliseconds(30) }) { live in
            let client = try live.client()
            try client.send(get)
            #expect(try client.readResponse().status == 200)
            #expect(client.isAtEnd())
        }
    }

    @Test func aStreamThatFailsTruncatesItsMessage() async throws {
        try await LiveServer.run(answer: { request in
            let produced = Counter()
            return HTTPResponse(status: 200, body: .stream(length: request.target == "/long" ? 9 : nil, next: {
                produced.add(1)
                guard produced.value == 1 else { throw RequestBodyError.broken(reason: "no more") }
                return Array("abc".utf8)
            }))
        }) { live in
            for target in ["/long", "/chunked"] {
                let client = try live.client()
                try client.send("GET \(target) HTTP/1.1\r\nHost: h\r\n\r\n")
                let text = client.readToEnd()
                #expect(text.contains("abc"))
                #expect(!text.hasSuffix("0\r\n\r\n"))
            }
        }
    }

    @Test func aClientThatLeavesEndsAnOpenEndedStream() async throws {
        let ended = Gate(), started = Gate()
        try await LiveServer.run(answer: { _ in
            let sent = Counter()
            return HTTPResponse(status: 200, body: .stream(length: nil, next: {
                defer { sent.add(1) }
                if sent.value == 0 { return Array("first".utf8) }
                started.open()
                // Nothing ever happens: only cancellation ends this.
                await Gate().wait()
                ended.open()
                return nil
            }))
        }) { live in
            var client: RawClient? = try live.client()
            try client?.send(get)
            await started.wait()
            client = nil
            await ended.wait()
        }
    }

    @Test func drainingLetsRunningRequestsEndAndClosesIdleConnections() async throws {
        let arrived = Gate(), release = Gate()
        try await LiveServer.run(answer: { request in
            if request.target == "/slow" {
                arrived.open()
                await release.wait()
            }
            return HTTPResponse(status: 200, body: .bytes(Array("done".utf8)))
        }) { live in
            let idle = try live.client(), fresh = try live.client(), busy = try live.client()
            try idle.send(get)
            #expect(try idle.readResponse().text == "done")
            try busy.send("GET /slow HTTP/1.1\r\nHost: h\r\n\r\n")
            await arrived.wait()
            async let stopped: Void = live.server.stop(drainingSeconds: 60)
            #expect(idle.isAtEnd())
            #expect(fresh.isAtEnd())
            #expect(throws: RawClient.Broken.self) { _ = try live.client() }
            release.open()
            let response = try busy.readResponse()
            #expect(response.text == "done")
            #expect(response.headers["Connection"] == "close")
            busy.closeSending()
            await stopped
        }
    }

    @Test func drainingCutsOffWhatDoesNotEnd() async throws {
        let arrived = Gate()
        try await LiveServer.run(answer: { _ in
            arrived.open()
            await Gate().wait()
            return HTTPResponse(status: 200)
        }) { live in
            let client = try live.client()
            try client.send(get)
            await arrived.wait()
            await live.server.stop(drainingSeconds: 0.03)
            #expect(client.isAtEnd())
        }
    }

    @Test func manyConnectionsAtOnce() async throws {
        try await LiveServer.run { live in
            let clients = try (0..<300).map { _ in try live.client() }
            for (index, client) in clients.enumerated() { try client.send("GET /\(index) HTTP/1.1\r\nHost: h\r\n\r\n") }
            for (index, client) in clients.enumerated() { #expect(try client.readResponse().text == "GET /\(index) ") }
        }
    }
}
