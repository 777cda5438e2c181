import SimTime

/// What a model container answered to one invocation.
struct ModelAnswer: Sendable {
    var status: Int
    var body: [UInt8]
    var contentType: String
    /// The time in the container, in microseconds. In manual mode a value, never a wait.
    var latencyMicroseconds: Double
    /// True when somebody scripted the latency, so that the caller really waits for it while the clock follows.
    var isLatencyScripted: Bool
    /// `scripted` or `synthetic`: shown in a response header so that nobody takes it for a real model.
    var origin: StaticString
}

/// Answers invocations for one container, from the rule that matches it or by the synthetic default.
struct ModelRunner: Sendable {
    let container: ContainerIdentity
    let behavior: Behavior?
    private let latency: LatencyDistribution
    private let isLatencyScripted: Bool

    /// "A few milliseconds": what a healthy model takes when nobody says otherwise.
    private static let defaultLatency = Behavior.Latency(p50: 3, p99: 8)

    init(container: ContainerIdentity, behavior: Behavior?) {
        self.container = container
        self.behavior = behavior
        let scripted = behavior?.respond?.latencyMilliseconds
        latency = LatencyDistribution(scripted ?? Self.defaultLatency)
        isLatencyScripted = scripted != nil
    }

    /// Status and latency without a body: what simulated traffic needs.
    func outcome(random: inout SeededRandom) -> (status: Int, latencyMicroseconds: Double) {
        (status(random: &random), latency.draw(random: &random))
    }

    func answer(_ body: [UInt8], contentType: String?, random: inout SeededRandom) -> ModelAnswer {
        let (status, latencyMicroseconds) = outcome(random: &random)
        let isScriptedAnswer = behavior?.respond?.errorRate == nil || status != 200
        var answer = ModelAnswer(
            status: status, body: [], contentType: "text/plain", latencyMicroseconds: latencyMicroseconds,
            isLatencyScripted: isLatencyScripted, origin: behavior?.respond == nil ? "synthetic" : "scripted")
        if isScriptedAnswer, let text = behavior?.respond?.body {
            answer.body = Array(text.utf8)
            answer.contentType = behavior?.respond?.contentType ?? "application/json"
        } else if (200...299).contains(status) {
            let synthetic = SyntheticModel.predict(body, contentType: contentType)
            answer.body = synthetic.body
            answer.contentType = behavior?.respond?.contentType ?? synthetic.contentType
        } else {
            answer.body = Array("The model answered with status \(status).".utf8)
        }
        return answer
    }

    private func status(random: inout SeededRandom) -> Int {
        guard let respond = behavior?.respond else { return 200 }
        guard let errorRate = respond.errorRate else { return respond.status ?? 200 }
        return random.unit() < errorRate ? respond.status ?? 500 : 200
    }
}
