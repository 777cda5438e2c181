import CPlatform
package import HTTPServer
import Synchronization

/// Calls out to addresses the user has named, over plain HTTP/1.1: one connection and one thread for each exchange, both
/// bounded. Answers are read to a bound or handed over run by run as they arrive.
package final class OutboundHTTP: Sendable {
    private let gate: AsyncGate

    /// - Parameter exchangesMax: how many may be under way at once; others wait their turn.
    package init(exchangesMax: Int = 64) { gate = AsyncGate(places: exchangesMax) }

    /// Sends a request and answers its whole answer. Throws `OutboundProblem`.
    /// - Parameter timeoutSeconds: how long it may take from this call to its last byte.
    package func exchange(
        _ method: String, _ url: HTTPURL, headers: HTTPHeaders = [:], body: [UInt8] = [], timeoutSeconds: Double = 30,
        answerBytesMax: Int = 8 << 20
    ) async throws(OutboundProblem) -> HTTPAnswer {
        let streamed = try await open(
            method, url, headers: headers, body: body, limits: ExchangeLimits(totalSeconds: timeoutSeconds))
        var bytes: [UInt8] = []
        while let run = try await streamed.next() {
            guard bytes.count + run.count <= answerBytesMax else {
                streamed.cancel()
                throw .tooLarge(url, bytesMax: answerBytesMax)
            }
            bytes += run
        }
        return HTTPAnswer(status: streamed.status, headers: streamed.headers, body: bytes)
    }

    /// Sends a request and answers as soon as the head of the answer is there; its body is read by `next()`. Throws
    /// `OutboundProblem`.
    package func open(
        _ method: String, _ url: HTTPURL, headers: HTTPHeaders = [:], body: [UInt8] = [],
        limits: ExchangeLimits = ExchangeLimits(totalSeconds: 30)
    ) async throws(OutboundProblem) -> OutboundAnswer {
        let begin = cplatform_monotonic_nanoseconds()
        let deadlines = ExchangeDeadlines(limits, begunAt: begin)
        guard await gate.enter(within: deadlines.headIsDue(after: begin)) else {
            throw Task.isCancelled ? .cancelled : .timedOut(url)
        }
        let flow = RunFlow()
        let exchange = BlockingExchange(
            method: method, url: url, headers: headers, body: body, deadlines: deadlines, flow: flow,
            ended: { [gate] in gate.leave() })
        guard exchange.start() else {
            gate.leave()
            throw .notReachable(url)
        }
        guard case .head(let status, let headers)? = try await flow.next() else {
            flow.cancel()
            throw .brokenOff(url)
        }
        return OutboundAnswer(status: status, headers: headers, flow: flow)
    }
}

/// An answer whose body is still arriving. Who does not read it to its end cancels it.
package struct OutboundAnswer: Sendable {
    package let status: Int
    package let headers: HTTPHeaders
    private let flow: RunFlow

    fileprivate init(status: Int, headers: HTTPHeaders, flow: RunFlow) {
        self.status = status
        self.headers = headers
        self.flow = flow
    }

    /// The next run of the body; nil at its end. Throws `OutboundProblem`.
    package func next() async throws(OutboundProblem) -> [UInt8]? {
        while let part = try await flow.next() {
            if case .body(let run) = part, !run.isEmpty { return run }
        }
        return nil
    }

    /// Ends the exchange; the connection is closed.
    package func cancel() { flow.cancel() }
}

/// Why an address gave no answer, in sentences for people.
package enum OutboundProblem: Error, Equatable, Sendable, CustomStringConvertible {
    case notReachable(HTTPURL)
    case timedOut(HTTPURL)
    case brokenOff(HTTPURL)
    case notHTTP(HTTPURL)
    case tooLarge(HTTPURL, bytesMax: Int)
    case unsendable(HTTPURL)
    case cancelled

    package var description: String {
        switch self {
        case .notReachable(let url): "nothing answers at \(url)"
        case .timedOut(let url): "\(url) did not answer in time"
        case .brokenOff(let url): "\(url) closed the connection before its answer was over"
        case .notHTTP(let url): "what listens at \(url) does not speak HTTP"
        case .tooLarge(let url, let bytesMax): "the answer of \(url) is longer than \(bytesMax) bytes"
        case .unsendable(let url): "the request to \(url) has control characters in its address or its header fields"
        case .cancelled: "the exchange was cancelled"
        }
    }
}

/// One exchange on a thread of its own: the blocking client, feeding a flow.
private final class BlockingExchange: Sendable {
    private let method: String
    private let url: HTTPURL
    private let headers: HTTPHeaders
    private let body: [UInt8]
    private let deadlines: ExchangeDeadlines
    private let flow: RunFlow
    private let ended: @Sendable () -> Void

    init(
        method: String, url: HTTPURL, headers: HTTPHeaders, body: [UInt8], deadlines: ExchangeDeadlines, flow: RunFlow,
        ended: @escaping @Sendable () -> Void
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.deadlines = deadlines
        self.flow = flow
        self.ended = ended
    }

    /// False when the system gives no thread.
    func start() -> Bool {
        let context = Unmanaged.passRetained(self)
        let failure = cplatform_thread_start("outbound", { context in
            guard let context else { return }
            Unmanaged<BlockingExchange>.fromOpaque(context).takeRetainedValue().run()
        }, context.toOpaque())
        if failure < 0 { context.release() }
        return failure >= 0
    }

    private func run() {
        defer { ended() }
        let client = HTTPClient(url: url.server, deadlines: deadlines, userAgent: "coldframe")
        do {
            try client.exchange(method, url.target, headers: headers, upload: .init(body)) { status, headers in
                _ = flow.put(.head(status: status, headers))
            } body: { run in
                flow.put(.body(run))
            }
            flow.finish(nil)
        } catch let error as HTTPClientError {
            switch error {
            case .noServer: flow.finish(.notReachable(url))
            case .timedOut: flow.finish(.timedOut(url))
            case .brokenOff: flow.finish(.brokenOff(url))
            case .notHTTP: flow.finish(.notHTTP(url))
            case .unsendable: flow.finish(.unsendable(url))
            }
        } catch {
            flow.finish(.brokenOff(url))
        }
    }
}
