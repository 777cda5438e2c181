import HTTPServer
import Outbound
import SimTime

/// The ways to containers. A ping never waits behind invocations that hang.
struct ContainerHTTP: Sendable {
    let invocations = OutboundHTTP(exchangesMax: 256)
    let pings = OutboundHTTP(exchangesMax: 64)
}

/// A container that speaks HTTP: how it is pinged and invoked.
// AWS: doc — spec/hosting.md §E.5.
struct HTTPContainer: Sendable {
    let http: ContainerHTTP
    let base: HTTPURL
    /// Within which it must answer, or begin a stream, in real seconds; nil is as long as the call may take: a minute, or
    /// what an asynchronous request says.
    let timeoutSeconds: Double?

    static let pingTimeoutSeconds = 2.0
    static let startupSeconds = 60.0
    /// For a whole stream.
    // AWS: doc — spec/hosting.md §E.1: streaming up to 8 minutes.
    static let streamSeconds = 480.0

    /// A stream must begin in time, any other answer must be complete by then.
    func limits(callSeconds: Double, isStreamed: Bool) -> ExchangeLimits {
        let timeoutSeconds = timeoutSeconds ?? callSeconds
        guard isStreamed else { return ExchangeLimits(totalSeconds: timeoutSeconds) }
        let totalSeconds = max(timeoutSeconds, Self.streamSeconds)
        return ExchangeLimits(headSeconds: timeoutSeconds, stallSeconds: totalSeconds, totalSeconds: totalSeconds)
    }

    func isHealthy() async -> Bool {
        let answer = try? await http.pings.exchange(
            "GET", base.appending("/ping"), timeoutSeconds: Self.pingTimeoutSeconds, answerBytesMax: 1 << 20)
        return answer?.status == 200
    }

    /// Sends an invocation and answers its answer. Errors are whole, a success without a length streams. Throws why
    /// there is no answer.
    func exchange(_ call: ContainerCall) async throws(OutboundProblem) -> ContainerAnswer {
        let began = ContinuousClock.now
        func microseconds() -> Double { (ContinuousClock.now - began) / .microseconds(1) }
        let opened = try await http.invocations.open(
            "POST", base.appending("/invocations"), headers: Self.headers(call.request), body: call.request.body,
            limits: limits(callSeconds: call.timeLimitSeconds, isStreamed: call.request.isStreamed))
        var answer = ContainerAnswer(
            status: opened.status, body: .whole([]),
            contentType: opened.headers["Content-Type"] ?? "application/octet-stream",
            customAttributes: opened.headers["X-Amzn-SageMaker-Custom-Attributes"],
            latencyMicroseconds: microseconds(), origin: "process")
        if (200...299).contains(opened.status), opened.headers["Content-Length"] == nil {
            let stream = LiveBody(opened)
            answer.body = .live { () throws(StreamBreak) in try await stream.next() }
            return answer
        }
        var bytes: [UInt8] = []
        while let run = try await opened.next() {
            bytes += run
            guard bytes.count <= InvocationPath.answerBytesMax else {
                opened.cancel()
                return .none(
                    "The model's answer has more than \(InvocationPath.answerBytesMax) bytes.",
                    latencyMicroseconds: microseconds())
            }
        }
        answer.body = .whole(bytes)
        answer.latencyMicroseconds = microseconds()
        return answer
    }

    /// What a caller is told where there is no answer.
    func noAnswer(_ problem: OutboundProblem, to call: ContainerCall, latencyMicroseconds: Double) -> ContainerAnswer {
        switch problem {
        case .timedOut: .timedOut(afterSeconds: timeoutSeconds ?? call.timeLimitSeconds)
        case .notReachable, .brokenOff, .cancelled, .notHTTP, .tooLarge, .unsendable:
            .none(
                "Failed to get a response from the container: \(problem.description).",
                latencyMicroseconds: latencyMicroseconds)
        }
    }

    // AWS: doc — spec/hosting.md §E.1: what of a request reaches the container.
    private static func headers(_ request: InvocationRequest) -> HTTPHeaders {
        var headers: HTTPHeaders = [:]
        for (name, value) in [
            ("Content-Type", request.contentType), ("Accept", request.accept),
            ("X-Amzn-SageMaker-Custom-Attributes", request.customAttributes),
            ("X-Amzn-SageMaker-Inference-Id", request.inferenceID),
            ("X-Amzn-SageMaker-Session-Id", request.sessionID), ("X-Amzn-SageMaker-Target-Model", request.targetModel),
        ] {
            if let value { headers.set(name, value) }
        }
        return headers
    }
}

/// A streamed answer that is dropped when nobody reads it to its end.
private final class LiveBody: Sendable {
    private let answer: OutboundAnswer

    init(_ answer: OutboundAnswer) { self.answer = answer }

    deinit { answer.cancel() }

    func next() async throws(StreamBreak) -> ContainerAnswer.Chunk? {
        do {
            return try await answer.next().map { ContainerAnswer.Chunk(bytes: $0, delayMicroseconds: 0) }
        } catch {
            switch error {
            case .timedOut:
                throw StreamBreak(kind: .modelInvocationTimeExceeded, message: "Model invocation time exceeded the limit.")
            default:
                throw StreamBreak(
                    kind: .streamBroken, message: "The connection to the model container was broken while it was streaming.")
            }
        }
    }
}
