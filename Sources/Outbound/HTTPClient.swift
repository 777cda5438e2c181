import CPlatform
package import HTTPServer

/// A small blocking HTTP/1.1 client for a Coldframe: one connection per request, plain HTTP, bodies in runs.
/// (FoundationNetworking would bring curl and TLS into the binary.)
package struct HTTPClient: Sendable {
    package let url: ServerURL
    /// How long the connection, and each single read or write, may take; 0 is without end.
    package let timeoutMilliseconds: Int32
    /// Bounds the exchange as a whole; nil leaves it to the bound of each step.
    private let deadlines: ExchangeDeadlines?

    private let userAgent: String

    private static let runBytes = 256 << 10

    package init(url: ServerURL, timeoutMilliseconds: Int32 = 60_000, userAgent: String = "coldframe-cli") {
        self.url = url
        self.timeoutMilliseconds = timeoutMilliseconds
        self.userAgent = userAgent
        deadlines = nil
    }

    init(url: ServerURL, deadlines: ExchangeDeadlines, userAgent: String) {
        self.url = url
        timeoutMilliseconds = 0
        self.userAgent = userAgent
        self.deadlines = deadlines
    }

    /// A request's body: its length, and what answers its next run (empty at the end).
    package struct Upload {
        package var byteCount: Int
        package var next: () throws -> [UInt8]

        package init(byteCount: Int, next: @escaping () throws -> [UInt8]) {
            self.byteCount = byteCount
            self.next = next
        }

        package init(_ bytes: [UInt8]) {
            var rest: [UInt8]? = bytes
            self.init(byteCount: bytes.count) {
                defer { rest = nil }
                return rest ?? []
            }
        }
    }

    /// Sends a request and answers its whole answer. Throws `HTTPClientError`.
    package func exchange(
        _ method: String, _ target: String, headers: HTTPHeaders = [:], body: [UInt8] = []
    ) throws -> HTTPAnswer {
        var answer = HTTPAnswer(status: 0, headers: [:], body: [])
        try exchange(method, target, headers: headers, upload: Upload(body)) { status, headers in
            answer.status = status
            answer.headers = headers
        } body: { run in
            answer.body += run
            return true
        }
        return answer
    }

    /// Sends a request and hands over the answer as it arrives; `body` answers false to hear no more.
    /// Throws `HTTPClientError`, and what the closures throw.
    package func exchange(
        _ method: String, _ target: String, headers: HTTPHeaders = [:], upload: Upload,
        head: (Int, HTTPHeaders) throws -> Void, body: ([UInt8]) throws -> Bool
    ) throws {
        guard Self.isOneHead(method, target, headers) else { throw HTTPClientError.unsendable(url) }
        let socket = cplatform_connect(url.host, url.port, try nextMilliseconds(hasHead: false))
        guard socket >= 0 else { throw HTTPClientError.noServer(url) }
        defer { cplatform_close(socket) }
        do {
            try send(requestHead(method, target, headers, upload.byteCount), to: socket)
            while case let run = try upload.next(), !run.isEmpty { try send(run, to: socket) }
        } catch HTTPClientError.brokenOff {
            // A server that refuses early says why before it closes: the answer is read all the same.
        }
        try receive(from: socket, head: head, body: body)
    }

    /// False where a control character would end a line early, and what follows be read as fields of its own.
    private static func isOneHead(_ method: String, _ target: String, _ headers: HTTPHeaders) -> Bool {
        func isPlain(_ text: String, tabs: Bool = false) -> Bool {
            text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7f || tabs && $0 == 0x09 }
        }
        var isOne = isPlain(method) && isPlain(target)
        headers.forEach { name, value in isOne = isOne && isPlain(name) && isPlain(value, tabs: true) }
        return isOne
    }

    private func requestHead(_ method: String, _ target: String, _ headers: HTTPHeaders, _ byteCount: Int) -> [UInt8] {
        var text = "\(method) \(target) HTTP/1.1\r\nHost: \(url.authority)\r\nConnection: close\r\n"
        text += "User-Agent: \(userAgent)\r\n"
        headers.forEach { name, value in
            if !["host", "content-length", "connection"].contains(name.lowercased()) { text += "\(name): \(value)\r\n" }
        }
        if byteCount > 0 || method != "GET" { text += "Content-Length: \(byteCount)\r\n" }
        return Array((text + "\r\n").utf8)
    }

    private func send(_ bytes: [UInt8], to socket: Int32) throws(HTTPClientError) {
        var sent = 0
        while sent < bytes.count {
            try limitNextStep(of: socket, hasHead: false)
            let count = bytes.withUnsafeBytes { cplatform_send(socket, $0.baseAddress! + sent, $0.count - sent) }
            guard count > 0 else { throw .brokenOff(url) }
            sent += count
        }
    }

    private func nextMilliseconds(hasHead: Bool) throws(HTTPClientError) -> Int32 {
        guard let deadlines else { return timeoutMilliseconds }
        let left = deadlines.nextMilliseconds(cplatform_monotonic_nanoseconds(), hasHead: hasHead)
        guard left > 0 else { throw .timedOut(url) }
        return left
    }

    private func limitNextStep(of socket: Int32, hasHead: Bool) throws(HTTPClientError) {
        // Without deadlines every step has the limit that the connection was opened with.
        guard deadlines != nil else { return }
        cplatform_limit_waits(socket, try nextMilliseconds(hasHead: hasHead))
    }

    private func receive(
        from socket: Int32, head: (Int, HTTPHeaders) throws -> Void, body: ([UInt8]) throws -> Bool
    ) throws {
        var reader = AnswerReader()
        var hasHead = false
        while !reader.isAtEnd {
            try limitNextStep(of: socket, hasHead: hasHead)
            var failure = 0
            let run = [UInt8](unsafeUninitializedCapacity: Self.runBytes) { buffer, filled in
                let count = cplatform_receive(socket, buffer.baseAddress, buffer.count)
                failure = min(0, count)
                filled = max(0, count)
            }
            if failure == Int(CPLATFORM_WOULD_BLOCK) { throw HTTPClientError.timedOut(url) }
            guard failure == 0 else { throw HTTPClientError.brokenOff(url) }
            let parts: [AnswerReader.Part]
            do { parts = run.isEmpty ? try reader.close() : try reader.read(run) } catch {
                throw error == .truncated ? HTTPClientError.brokenOff(url) : .notHTTP(url)
            }
            for part in parts {
                switch part {
                case .head(let status, let headers):
                    hasHead = true
                    try head(status, headers)
                case .body(let run): guard try body(run) else { return }
                case .end: return
                }
            }
        }
    }
}

/// Why a server gave no answer, in sentences for people.
package enum HTTPClientError: Error, Equatable, Sendable, CustomStringConvertible {
    case noServer(ServerURL)
    case timedOut(ServerURL)
    case brokenOff(ServerURL)
    case notHTTP(ServerURL)
    case unsendable(ServerURL)

    package var description: String {
        switch self {
        case .noServer(let url): "no server answers at \(url): start one with `coldframe serve`, or name another with --url"
        case .timedOut(let url): "the server at \(url) does not answer in time"
        case .brokenOff(let url): "the server at \(url) closed the connection before its answer was over"
        case .notHTTP(let url): "what listens at \(url) does not speak HTTP"
        case .unsendable(let url): "the request to \(url) has control characters in its address or its header fields"
        }
    }
}
