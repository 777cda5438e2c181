import AWSModel
import Gateway
import HostingRules
import HTTPServer
import SimTime
import Synchronization
import Timeline
import Vocabulary

/// The one path of every invocation: admission → choice of a target → run of the container → booking. It reads the
/// published endpoint, never waits for SQL or a turn, and suspends only for a runner or a scripted latency.
struct InvocationPath: Sendable {
    let directory: HostingDirectory
    let components: ComponentDirectory
    let timeline: Timeline
    let settings: HostingSettings
    let behaviors: BehaviorLedger
    let objects: any ObjectExchange
    let models: ModelCache
    let sessions: SessionBook

    /// Within which a container answers or begins to stream.
    // AWS: doc — spec/hosting.md §E.1.
    static let timeLimitSeconds = 60.0

    /// Runs one request to the end of its answer, which then is whole. Throws the fault of a refusal or of the model.
    func invoke(_ request: InvocationRequest) async throws -> Answered {
        var target = try admitted(request)
        var answered: Answered
        if let (atOnce, scriptedMicroseconds) = answerAtOnce(request, &target) {
            if scriptedMicroseconds > 0 { await wait(microseconds: scriptedMicroseconds) }
            answered = atOnce
        } else {
            answered = try await begin(request, on: target)
        }
        if case .whole = answered.answer.body {} else { answered.answer = await whole(answered.answer) }
        book(answered)
        guard answered.answer.isSuccess else { throw RuntimeFaults.model(answered.answer, request) }
        if let capture = answered.target.fleet.capture {
            capture.offer(
                request, answered.answer, variant: answered.target.fleet.variant, random: &answered.target.random)
        }
        guard let explainer = answered.target.fleet.explainer else { return answered }
        return try await offLoop { [answered] in try await explained(answered, request, explainer) }
    }

    /// A streamed answer as one body: its delays are part of its latency, and a stream that breaks is no answer.
    private func whole(_ streamed: ContainerAnswer) async -> ContainerAnswer {
        var answer = streamed
        if case .script(let chunks, _) = answer.body {
            let delay = chunks.reduce(0) { $0 + $1.delayMicroseconds }
            await wait(microseconds: delay)
            answer.latencyMicroseconds += delay
        }
        do {
            answer.body = .whole(try await answer.body.collected(limitBytes: Self.answerBytesMax))
            return answer
        } catch {
            return .none(error.message, latencyMicroseconds: answer.latencyMicroseconds, hostname: answer.hostname)
        }
    }

    /// The largest whole answer of a container.
    // AWS: sdk — spec/hosting.md §E.1, 25 MB in newer documents.
    static let answerBytesMax = 25 << 20

    /// A request whose container has answered.
    struct Answered: Sendable {
        var target: InvocationTarget
        /// What answered.
        let runner: any ContainerRunner
        var answer: ContainerAnswer
        /// What setting up a serverless worker took before, in microseconds.
        var setupMicroseconds = 0.0
    }

    /// Admission, choice and run: everything up to the container's answer, which is not booked yet.
    func begin(_ request: InvocationRequest) async throws -> Answered {
        try await begin(request, on: try admitted(request))
    }

    /// Admission and choice. Throws the fault of a refusal, which no container has seen.
    private func admitted(_ request: InvocationRequest) throws -> InvocationTarget {
        let hosted = try admit(request)
        var target = try choose(for: request, on: hosted)
        // AWS: doc — spec/hosting.md §E.1; no evidence for the text.
        if request.enableExplanations != nil, target.fleet.explainer == nil {
            throw RuntimeFaults.validation(
                nil, "Endpoint \(request.endpoint) has no explainer configured and does not support enable explanations "
                    + "header.")
        }
        if let fault = target.fleet.runner.frontFault(random: &target.random) { throw fault.fault }
        if target.fleet.isComposite || request.targetModel != nil || request.targetContainerHostname != nil {
            try checkTargets(request, target.fleet)
        }
        return target
    }

    /// The answer of one container on a machine that needs not wait for it, which is what most tests invoke: nothing is
    /// suspended for it but what somebody scripted. Nil, with nothing done, for any other.
    private func answerAtOnce(
        _ request: InvocationRequest, _ target: inout InvocationTarget
    ) -> (Answered, scriptedMicroseconds: Double)? {
        let fleet = target.fleet
        guard !fleet.isComposite, fleet.serverless == nil, fleet.outstanding == nil, target.shadow == nil,
              request.sessionID == nil else { return nil }
        let call = call(request, on: target.instance)
        guard let answer = fleet.runner.answerAtOnce(call, random: &target.random) else { return nil }
        let answered = Answered(target: target, runner: fleet.runner, answer: Self.limited(answer, call))
        return (answered, answer.isLatencyScripted ? Self.waited(answer, call) : 0)
    }

    private func begin(_ request: InvocationRequest, on admitted: InvocationTarget) async throws -> Answered {
        var target = admitted
        if target.fleet.isComposite, case .multiModel(let keepsModels) = target.fleet.container.layout {
            let (place, runner) = try await modelTarget(request, target, keepsModels: keepsModels)
            return await run(request, place, runner: runner)
        }
        if target.shadow != nil { copyToShadow(request, &target) }
        guard target.fleet.serverless != nil else { return await run(request, target) }
        return try await runServerless(request, target)
    }

    private func call(_ request: InvocationRequest, on instance: InstanceID) -> ContainerCall {
        ContainerCall(
            request: request, instance: instance, timeLimitSeconds: Self.timeLimitSeconds, now: timeline.now)
    }

    /// Runs the container, and settles what it says of sessions.
    private func run(
        _ request: InvocationRequest, _ chosen: InvocationTarget, runner model: (any ContainerRunner)? = nil
    ) async -> Answered {
        var target = chosen
        let runner = model ?? target.fleet.runner
        let call = call(request, on: target.instance)
        target.fleet.outstanding?.begin(target.instance)
        defer { target.fleet.outstanding?.end(target.instance) }
        let answer: ContainerAnswer
        if let atOnce = runner.answerAtOnce(call, random: &target.random) {
            answer = atOnce
        } else {
            answer = await runner.answer(call, random: target.random.split())
        }
        if answer.isLatencyScripted { await wait(microseconds: Self.waited(answer, call)) }
        if request.sessionID != nil { settleSession(answer, request, target) }
        return Answered(target: target, runner: runner, answer: Self.limited(answer, call))
    }

    /// Runs a request of a serverless variant on one of its workers. Throws when all of them are busy.
    // AWS: doc — serverless inference: a request above MaxConcurrency is throttled.
    private func runServerless(_ request: InvocationRequest, _ chosen: InvocationTarget) async throws -> Answered {
        var target = chosen
        let fleet = target.fleet
        guard let plan = fleet.serverless else { return await run(request, target) }
        guard request.body.count <= Self.serverlessBodyBytesMax else {
            throw RuntimeFaults.bodyTooLong(limitBytes: Self.serverlessBodyBytesMax)
        }
        var setup = 0.0
        switch fleet.beginServerless(plan, at: timeline.now) {
        case .throttled: throw RuntimeFaults.throttled()
        case .provisioned, .warm: break
        case .cold:
            let (microseconds, isScripted) = fleet.runner.coldStart(random: &target.random)
            setup = microseconds
            if isScripted { await wait(microseconds: microseconds) }
        }
        var answered = await run(request, target)
        answered.setupMicroseconds = setup
        fleet.meter.workers.withLock { $0.end(at: timeline.now) }
        return answered
    }

    // AWS: doc — spec/hosting.md §E.1, 4 MB.
    private static let serverlessBodyBytesMax = 4 << 20

    private func settleSession(_ answer: ContainerAnswer, _ request: InvocationRequest, _ target: InvocationTarget) {
        let key = EndpointKey(request.realm, request.endpoint)
        if let session = answer.newSession {
            sessions.open(session, key, fleet: target.fleet.route.fleet, instance: target.instance)
        }
        if let closed = answer.closedSessionID { sessions.close(closed, key) }
    }

    // MARK: Steps

    /// The endpoint, if it takes such a request.
    private func admit(_ request: InvocationRequest) throws -> HostedEndpoint {
        let name = request.endpoint
        // AWS: inferred — spec/hosting.md §E.4: an endpoint that does not serve yet is not found.
        guard let hosted = directory.endpoint(EndpointKey(request.realm, name)), hosted.record.name == name,
              hosted.record.endpoint.status.isInvocable
        else { throw RuntimeFaults.noSuchEndpoint(name, request.realm) }
        // AWS: doc — spec/hosting.md §E.1; no evidence for the text.
        if hosted.isAsynchronous {
            throw RuntimeFaults.validation(
                nil, "Endpoint \(name) accepts asynchronous requests only. Use InvokeEndpointAsync.")
        }
        if hosted.hostsComponents { return hosted }
        if request.inferenceComponentName != nil { throw RuntimeFaults.componentsNotSupported(name) }
        if hosted.table.variants.isEmpty { throw RuntimeFaults.noInstances(name) }
        return hosted
    }

    private func choose(for request: InvocationRequest, on hosted: HostedEndpoint) throws -> InvocationTarget {
        if hosted.hostsComponents { return try chooseCopy(for: request, on: hosted) }
        if let session = request.sessionID, session != "NEW_SESSION" {
            let place = sessions.place(of: session, hosted.record.key, at: timeline.now)
            if let place, let target = hosted.target(fleet: place.fleet, instance: place.instance) { return target }
            // AWS: doc for the rule; no evidence for the text.
            throw RuntimeFaults.validation(nil, "Session \(session) of endpoint \(request.endpoint) is not open.")
        }
        if let target = hosted.choose(targetVariant: request.targetVariant) { return target }
        throw RuntimeFaults.validation(
            nil, "Variant \(request.targetVariant?.text ?? "") of endpoint \(request.endpoint) is not found or takes no traffic.")
    }

    /// Counts one answered request.
    func book(_ answered: Answered) {
        let target = answered.target
        book(
            answered.answer, on: target.fleet, target.instance, target.random,
            setupMicroseconds: answered.setupMicroseconds)
    }

    private func book(
        _ answer: ContainerAnswer, on fleet: HostedFleet, _ instance: InstanceID, _ random: SeededRandom,
        setupMicroseconds: Double = 0
    ) {
        if !answer.isSuccess {
            fleet.log.failed(status: answer.status, FleetLog.excerpt(answer.body.bytes), on: instance, at: timeline.now)
        }
        if !answer.steps.isEmpty { fleet.book(answer.steps, at: timeline.now) }
        var random = random
        fleet.book(
            status: answer.status, latencyMicroseconds: answer.latencyMicroseconds,
            setupMicroseconds: setupMicroseconds, random: &random, at: timeline.now)
    }

    // MARK: Shadow variants

    /// Sends the copy for the shadow variant: nobody waits for it, its answer is counted and dropped.
    // AWS: doc — spec/hosting.md §E.1.
    private func copyToShadow(_ request: InvocationRequest, _ target: inout InvocationTarget) {
        guard let (fleet, instance) = target.shadow else { return }
        let call = call(request, on: instance)
        var random = target.random.split()
        if let answer = fleet.runner.answerAtOnce(call, random: &random) {
            return settleCopy(Self.limited(answer, call), request, fleet, instance, random)
        }
        guard fleet.takeShadowSlot() else { return }
        Task { [random] in
            let answer = await fleet.runner.answer(call, random: random)
            fleet.leaveShadowSlot()
            settleCopy(Self.limited(answer, call), request, fleet, instance, random)
        }
    }

    private func settleCopy(
        _ answer: ContainerAnswer, _ request: InvocationRequest, _ fleet: HostedFleet, _ instance: InstanceID,
        _ random: SeededRandom
    ) {
        book(answer, on: fleet, instance, random)
        var random = random
        fleet.capture?.offer(request, answer, variant: fleet.variant, random: &random)
    }

    /// How long a container is waited for, in microseconds.
    private static func waited(_ answer: ContainerAnswer, _ call: ContainerCall) -> Double {
        min(answer.latencyMicroseconds, call.timeLimitSeconds * 1_000_000)
    }

    /// The answer, or a time-out when it took longer than the container may.
    private static func limited(_ answer: ContainerAnswer, _ call: ContainerCall) -> ContainerAnswer {
        guard answer.latencyMicroseconds > call.timeLimitSeconds * 1_000_000 else { return answer }
        return .timedOut(afterSeconds: call.timeLimitSeconds, hostname: answer.hostname)
    }

    /// A scripted latency is really waited for while the clock follows, shortened by its scale; under the manual clock
    /// it is a value only (DESIGN §4).
    func wait(microseconds: Double) async {
        let clock = timeline.clock
        guard clock.mode == .follow, microseconds > 0 else { return }
        // The longest wait is that of a time-out under the slowest clock: far from overflow, but a bound all the same.
        let limit = Self.timeLimitSeconds * 1_000_000 / ClockSetting.scales.lowerBound
        try? await Task.sleep(for: .microseconds(Int(min(microseconds / clock.scale, limit))))
    }

    // MARK: Bodies

    /// A body that has come with the head, for callers that need not wait then.
    func bufferedBody(of request: OperationRequest) -> [UInt8]? {
        guard let buffered = request.payload.buffered, buffered.count <= settings.invocationBodyBytesMax else { return nil }
        return buffered
    }

    /// The request's body, which operations of the runtime API carry raw.
    // AWS: sdk — spec/hosting.md §E.1, 6 MiB; the text is the framework's for a blob that is too long.
    func body(of request: OperationRequest) async throws -> [UInt8] {
        let limit = settings.invocationBodyBytesMax
        do {
            return try await request.payload.collect(limitBytes: limit)
        } catch RequestBodyError.tooLarge {
            throw RuntimeFaults.bodyTooLong(limitBytes: limit)
        }
    }
}

/// Where a request goes: chosen once, with a private source of chance for what follows.
struct InvocationTarget: Sendable {
    let fleet: HostedFleet
    let instance: InstanceID
    /// Where a copy of the request goes; its answer is dropped.
    let shadow: (fleet: HostedFleet, instance: InstanceID)?
    var random: SeededRandom
}

/// The time at the front, outside the container: one to two milliseconds.
enum Overhead {
    static func draw(_ random: inout SeededRandom) -> Double { Double(1000 + random.next() % 1000) }
}
