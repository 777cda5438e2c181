import Outbound
import SimTime

/// Answers for one container from the rule that matches it, or by the synthetic default. Never waits.
struct BehaviorRunner: ContainerRunner {
    private let respond: Behavior.Response?
    private let latency: LatencyDistribution
    private let isLatencyScripted: Bool
    /// Nil without a scripted cold start.
    private let setup: LatencyDistribution?

    /// "A few milliseconds": what a healthy model takes when nobody says otherwise.
    private static let defaultLatency = Behavior.Latency(p50: 3, p99: 8)

    init(_ behavior: Behavior?) {
        respond = behavior?.respond
        latency = LatencyDistribution(respond?.latencyMilliseconds ?? Self.defaultLatency)
        isLatencyScripted = respond?.latencyMilliseconds != nil
        setup = respond?.coldStartMilliseconds.map { LatencyDistribution($0) }
    }

    func outcome(random: inout SeededRandom) -> (status: Int, latencyMicroseconds: Double) {
        (status(random: &random), latency.draw(random: &random))
    }

    func answer(_ call: ContainerCall, random: SeededRandom) async -> ContainerAnswer {
        var random = random
        return answer(call, random: &random)
    }

    func answerAtOnce(_ call: ContainerCall, random: inout SeededRandom) -> ContainerAnswer? {
        answer(call, random: &random)
    }

    func frontFault(random: inout SeededRandom) -> FrontFault? {
        guard let fault = respond?.fault else { return nil }
        return random.unit() < respond?.errorRate ?? 1 ? fault : nil
    }

    func coldStart(random: inout SeededRandom) -> (microseconds: Double, isScripted: Bool) {
        guard let setup else { return (1_000_000 + random.unit() * 2_000_000, false) }
        return (setup.draw(random: &random), true)
    }

    private func answer(_ call: ContainerCall, random: inout SeededRandom) -> ContainerAnswer {
        let request = call.request
        let (status, latencyMicroseconds) = outcome(random: &random)
        var answer = ContainerAnswer(
            status: status, body: .whole([]), contentType: "text/plain",
            // A container that minds them hands them back, as AWS's example does with a trace id.
            customAttributes: respond?.customAttributes ?? request.customAttributes,
            latencyMicroseconds: latencyMicroseconds, isLatencyScripted: isLatencyScripted,
            origin: respond == nil ? "synthetic" : "scripted")
        if let session = request.sessionID { settle(session, call, &answer, &random) }
        // With an error rate, the body is that of the failing share.
        let isScriptedAnswer = respond?.errorRate == nil || status != 200
        if isScriptedAnswer, let text = respond?.body {
            answer.body = .whole(Array(text.utf8))
            answer.contentType = respond?.contentType ?? "application/json"
        } else if (200...299).contains(status), let stream = respond?.stream {
            answer.body = stream.body
            answer.contentType = respond?.contentType ?? "application/octet-stream"
        } else if (200...299).contains(status) {
            let synthetic = SyntheticModel.predict(
                request.body, contentType: request.contentType, accept: request.accept)
            answer.body = .whole(synthetic.body)
            answer.contentType = respond?.contentType ?? synthetic.contentType
        } else {
            answer.body = .whole(Array("The model answered with status \(status).".utf8))
        }
        return answer
    }

    /// The synthetic model opens every session it is asked for, and closes one when a behaviour says so.
    private func settle(
        _ session: String, _ call: ContainerCall, _ answer: inout ContainerAnswer, _ random: inout SeededRandom
    ) {
        guard answer.isSuccess else { return }
        if session == "NEW_SESSION" {
            answer.newSession = ContainerSession(
                id: Seed.uuid(&random), expiresAt: call.now + Self.sessionDuration)
        } else if respond?.closesSession == true {
            answer.closedSessionID = session
        }
    }

    /// AWS leaves this to the container; here every session lasts as long.
    private static let sessionDuration = SimDuration.minutes(20)

    private func status(random: inout SeededRandom) -> Int {
        guard let respond else { return 200 }
        // The failing share of a fault has not come this far.
        if respond.fault != nil { return 200 }
        guard let errorRate = respond.errorRate else { return respond.status ?? 200 }
        return random.unit() < errorRate ? respond.status ?? 500 : 200
    }
}

extension Behavior.Stream {
    /// The chunks up to where the stream breaks, if it does.
    var body: ContainerAnswer.Body {
        let delay = (delayMilliseconds ?? 0) * 1000
        let all = chunks.map { ContainerAnswer.Chunk(bytes: Array($0.utf8), delayMicroseconds: delay) }
        guard let failure else { return .script(all, nil) }
        return .script(
            Array(all.prefix(failure.afterChunks)),
            StreamBreak(kind: failure.code, message: failure.message ?? failure.code.defaultMessage))
    }
}

extension StreamBreak.Kind {
    // AWS: no evidence for these texts; own wording.
    fileprivate var defaultMessage: String {
        switch self {
        case .modelInvocationTimeExceeded: "Model invocation time exceeded the limit."
        case .streamBroken: "The connection to the model container was broken while it was streaming."
        case .internalStreamFailure: "The stream processing failed because of an unknown error."
        }
    }
}

extension BehaviorLedger {
    /// Who answers for a container: the only place that decides it.
    func runner(for container: ContainerIdentity) -> any ContainerRunner {
        switch container.layout {
        case .serial(let parts): return PipelineRunner(parts: runners(for: parts))
        case .direct(let parts): return DirectRunner(parts: runners(for: parts))
        case .multiModel, nil: break
        }
        let behavior = behavior(for: container)
        if behavior?.run != nil, let host { return ProcessRunner(host: host, container: container) }
        if let proxy = behavior?.proxy, let server = server(of: proxy) { return ProxyRunner(server: server) }
        return BehaviorRunner(behavior)
    }

    private func runners(for parts: [ContainerIdentity]) -> [(hostname: String, runner: any ContainerRunner)] {
        parts.map { ($0.hostname ?? "primary", runner(for: $0)) }
    }

    /// The server that a rule names.
    func server(of proxy: Behavior.Proxy) -> HTTPContainer? {
        guard let base = HTTPURL(proxy.url), let http = host?.http else { return nil }
        return HTTPContainer(http: http, base: base, timeoutSeconds: proxy.timeoutSeconds)
    }
}
