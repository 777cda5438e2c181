import SimTime

/// Answers for one container from the rule that matches it, or by the synthetic default. Never waits.
struct BehaviorRunner: ContainerRunner {
    private let respond: Behavior.Response?
    private let latency: LatencyDistribution
    private let isLatencyScripted: Bool

    /// "A few milliseconds": what a healthy model takes when nobody says otherwise.
    private static let defaultLatency = Behavior.Latency(p50: 3, p99: 8)

    init(_ behavior: Behavior?) {
        respond = behavior?.respond
        latency = LatencyDistribution(respond?.latencyMilliseconds ?? Self.defaultLatency)
        isLatencyScripted = respond?.latencyMilliseconds != nil
    }

    func outcome(random: inout SeededRandom) -> (status: Int, latencyMicroseconds: Double) {
        (status(random: &random), latency.draw(random: &random))
    }

    func answer(_ call: ContainerCall, random: SeededRandom) async -> ContainerAnswer {
        var random = random
        return answer(call.request, random: &random)
    }

    func answerAtOnce(_ call: ContainerCall, random: inout SeededRandom) -> ContainerAnswer? {
        answer(call.request, random: &random)
    }

    private func answer(_ request: InvocationRequest, random: inout SeededRandom) -> ContainerAnswer {
        let (status, latencyMicroseconds) = outcome(random: &random)
        var answer = ContainerAnswer(
            status: status, body: .whole([]), contentType: "text/plain",
            // A container that minds them hands them back, as AWS's example does with a trace id.
            customAttributes: respond?.customAttributes ?? request.customAttributes,
            latencyMicroseconds: latencyMicroseconds, isLatencyScripted: isLatencyScripted,
            origin: respond == nil ? "synthetic" : "scripted")
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

    private func status(random: inout SeededRandom) -> Int {
        guard let respond else { return 200 }
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
        BehaviorRunner(behavior(for: container))
    }
}
