import HostingRules
import SimTime

/// What answers for the container of one fleet: a behaviour or the synthetic model at once, a process or a proxy later.
/// `BehaviorLedger.runner(for:)` decides which it is.
protocol ContainerRunner: Sendable {
    /// The answer of a runner that needs not wait: nothing is suspended for it. Nil sends the caller to `answer`.
    func answerAtOnce(_ call: ContainerCall, random: inout SeededRandom) -> ContainerAnswer?

    /// The answer of a runner that has to wait for it. Never throws: a container that crashed, hangs or is not there
    /// answers with status 0 (`ContainerAnswer.none`). It keeps to `call.timeLimitSeconds` itself.
    func answer(_ call: ContainerCall, random: SeededRandom) async -> ContainerAnswer

    /// Status and latency in microseconds without a body: what simulated traffic books.
    func outcome(random: inout SeededRandom) -> (status: Int, latencyMicroseconds: Double)

    /// The same by container, of a runner of several.
    func steps(random: inout SeededRandom) -> [ContainerStep]

    /// An error of the service itself that a test asked for: the request never reaches the container, and is not counted.
    func frontFault(random: inout SeededRandom) -> FrontFault?

    /// What setting up a serverless worker takes, and whether somebody scripted that, so that it is really waited for.
    func coldStart(random: inout SeededRandom) -> (microseconds: Double, isScripted: Bool)
}

extension ContainerRunner {
    func answerAtOnce(_ call: ContainerCall, random: inout SeededRandom) -> ContainerAnswer? { nil }

    func steps(random: inout SeededRandom) -> [ContainerStep] { [] }

    func frontFault(random: inout SeededRandom) -> FrontFault? { nil }

    // AWS: inferred — one to three seconds, what users report of small containers.
    func coldStart(random: inout SeededRandom) -> (microseconds: Double, isScripted: Bool) {
        (1_000_000 + random.unit() * 2_000_000, false)
    }
}

/// One request as it reaches a container.
struct ContainerCall: Sendable {
    let request: InvocationRequest
    /// The simulated machine that was chosen.
    let instance: InstanceID
    /// How long the container may take until its first byte, in simulated seconds.
    let timeLimitSeconds: Double
    /// The simulated instant.
    let now: SimInstant
}

/// What a container answered to one request.
struct ContainerAnswer: Sendable {
    /// The HTTP status; 0 when there was no HTTP answer: the body is then AWS's sentence for what happened.
    var status: Int
    var body: Body
    var contentType: String
    /// What the container set as `X-Amzn-SageMaker-Custom-Attributes`.
    var customAttributes: String?
    /// The time in the container until its first byte, in microseconds. In manual mode a value, never a wait.
    var latencyMicroseconds: Double
    /// True when somebody scripted the latency, so that the caller really waits for it while the clock follows; false when
    /// the time has passed already.
    var isLatencyScripted = false
    /// `scripted`, `synthetic`, …: shown in a response header so that nobody takes it for a real model.
    var origin: StaticString
    /// The container as AWS's error texts name it.
    var hostname = "primary"
    /// The session that the container has opened for this request (`X-Amzn-SageMaker-New-Session-Id`).
    var newSession: ContainerSession?
    /// The session that it has closed (`X-Amzn-SageMaker-Closed-Session-Id`).
    var closedSessionID: String?
    /// What each of several containers took; empty for one that is alone.
    var steps: [ContainerStep] = []

    enum Body: Sendable {
        case whole([UInt8])
        /// A scripted stream: its chunks, and how it breaks off if it does.
        case script([Chunk], StreamBreak?)
        /// A live stream, pulled once; nil ends it. Only a success streams: what is said of an error must be whole.
        case live(@Sendable () async throws(StreamBreak) -> Chunk?)
    }

    /// A run of bytes of a streamed answer.
    struct Chunk: Sendable {
        var bytes: [UInt8]
        /// What the caller waits for before this chunk, in microseconds; 0 for a live one, whose time has passed already.
        var delayMicroseconds: Double
    }

    var isSuccess: Bool { (200...299).contains(status) }

    /// No HTTP answer came.
    static func none(_ reason: String, latencyMicroseconds: Double, hostname: String = "primary") -> ContainerAnswer {
        ContainerAnswer(
            status: 0, body: .whole(Array(reason.utf8)), contentType: "text/plain",
            latencyMicroseconds: latencyMicroseconds, origin: "none", hostname: hostname)
    }

    /// The container did not answer within its time.
    // AWS: recorded — spec/hosting.md §E.4.
    static func timedOut(afterSeconds seconds: Double, hostname: String = "primary") -> ContainerAnswer {
        none(
            "Your invocation timed out while waiting for a response from container \(hostname). Review the latency "
                + "metrics for each container in Amazon CloudWatch, resolve the issue, and try again.",
            latencyMicroseconds: seconds * 1_000_000, hostname: hostname)
    }

    /// The container's process ended while it was answering.
    // AWS: recorded — spec/hosting.md §A.5.
    static func crashed(latencyMicroseconds: Double, hostname: String = "primary") -> ContainerAnswer {
        none(
            "An error occurred while handling request as the model process exited.",
            latencyMicroseconds: latencyMicroseconds, hostname: hostname)
    }
}

/// How a stream ends in mid-course, and what the client is told.
// AWS: sdk — spec/hosting.md §E.2.
package struct StreamBreak: Error, Sendable, Equatable, Codable {
    package enum Kind: String, Sendable, Codable, CaseIterable {
        /// ModelStreamError with this ErrorCode: streaming took longer than eight minutes.
        case modelInvocationTimeExceeded = "ModelInvocationTimeExceeded"
        /// ModelStreamError with this ErrorCode: the connection to the container broke.
        case streamBroken = "StreamBroken"
        /// The service's own failure.
        case internalStreamFailure = "InternalStreamFailure"
    }

    var kind: Kind
    var message: String
}

extension ContainerAnswer.Body {
    /// All bytes of an answer that nobody wants as a stream. Throws how the stream broke off.
    func collected(limitBytes: Int) async throws(StreamBreak) -> [UInt8] {
        switch self {
        case .whole(let bytes): return bytes
        case .script(let chunks, let failure):
            if let failure { throw failure }
            return chunks.flatMap(\.bytes)
        case .live(let next):
            var bytes: [UInt8] = []
            while let chunk = try await next() {
                bytes += chunk.bytes
                guard bytes.count <= limitBytes else {
                    throw StreamBreak(
                        kind: .streamBroken, message: "The model's answer has more than \(limitBytes) bytes.")
                }
            }
            return bytes
        }
    }

    /// The bytes of an answer that is whole or scripted; those of a live stream are not known.
    var bytes: [UInt8] {
        switch self {
        case .whole(let bytes): bytes
        case .script(let chunks, _): chunks.flatMap(\.bytes)
        case .live: []
        }
    }
}
