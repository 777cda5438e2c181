import Foundation
import HostingRules
import Outbound
import SimTime
import Synchronization
import Timeline
import Vocabulary

/// One instance of one endpoint.
struct ContainerAddress: Hashable, Sendable {
    let endpoint: EndpointKey
    let instance: InstanceID
}

/// What runs on an instance.
struct ProcessPlan: Hashable, Sendable {
    let run: Behavior.Run
    let container: ContainerIdentity
}

/// The processes of all instances whose behaviour is a command: started with their instance, started again when they are
/// called after a crash, stopped when their instance ends, the behaviour changes or the server stops.
final class ContainerHost: Sendable {
    /// Processes at once; instances beyond it are not healthy.
    static let processesMax = 64

    typealias ReadObject = @Sendable (String) async -> [UInt8]?

    private struct State {
        var processes: [ContainerAddress: ContainerProcess] = [:]
        var ending: [ContainerProcess] = []
        var variants: [ContainerAddress: (variant: VariantName, name: String)] = [:]
        var isStopped = false
    }

    let http = ContainerHTTP()
    private let logs: ContainerLogs
    private let timeline: Timeline
    private let readObject: ReadObject
    private let state = Mutex(State())

    init(logs: ContainerLogs, timeline: Timeline, readObject: @escaping ReadObject) {
        self.logs = logs
        self.timeline = timeline
        self.readObject = readObject
    }

    /// Starts what an endpoint's instances are to run and is not running, and stops what they are not to run any more.
    func reconcile(_ endpoint: EndpointKey, name: String, _ plans: [InstanceID: (plan: ProcessPlan, variant: VariantName)]) {
        let superfluous = state.withLock { state -> [ContainerProcess] in
            guard !state.isStopped else { return [] }
            var stopped: [ContainerProcess] = []
            for (address, process) in state.processes where address.endpoint == endpoint {
                guard plans[address.instance]?.plan != process.plan else { continue }
                state.processes[address] = nil
                stopped.append(process)
            }
            for address in state.variants.keys where address.endpoint == endpoint && plans[address.instance] == nil {
                state.variants[address] = nil
            }
            for (instance, entry) in plans {
                state.variants[ContainerAddress(endpoint: endpoint, instance: instance)] = (entry.variant, name)
            }
            state.ending.removeAll { $0.hasEnded }
            state.ending += stopped
            return stopped
        }
        for process in superfluous { process.stop() }
        for (instance, entry) in plans {
            let address = ContainerAddress(endpoint: endpoint, instance: instance)
            if state.withLock({ $0.processes[address] == nil }) { _ = process(at: address, entry.plan) }
        }
    }

    /// The process of an instance, started when there is none or the last one has ended.
    func process(at address: ContainerAddress, _ plan: ProcessPlan) -> ContainerProcess {
        state.withLock { state in
            if let known = state.processes[address], known.plan == plan, !known.hasEnded { return known }
            let old = state.processes[address]
            if let old { state.ending.append(old) }
            let isFull = state.isStopped || state.processes.count(where: { !$0.value.hasEnded }) >= Self.processesMax
            let (variant, name) = state.variants[address] ?? ("AllTraffic", address.endpoint.foldedName)
            let realm = address.endpoint.realm
            let process = ContainerProcess(
                plan, isRefused: isFull, region: realm.region.name, http: http, readObject: readObject,
                after: old?.startedAt
            ) { [logs, timeline] line in
                logs.print(
                    line, realm: realm, endpoint: name, variant: variant, instance: address.instance, at: timeline.now,
                    limit: ContainerLogs.processLinesPerMinuteMax)
            }
            state.processes[address] = process
            return process
        }
    }

    /// Forgets everything, e.g. after a reset; processes are stopped.
    func removeAll() {
        let all = state.withLock { state in
            let all = Array(state.processes.values)
            state.processes = [:]
            state.variants = [:]
            state.ending += all
            return all
        }
        for process in all { process.stop() }
    }

    /// Stops every process and waits until they have ended: the server is about to.
    func stop() async {
        state.withLock { $0.isStopped = true }
        removeAll()
        for process in state.withLock({ $0.ending }) { await process.waitForEnd() }
    }
}

/// One process of one instance, from its archive to its end.
final class ContainerProcess: Sendable {
    let plan: ProcessPlan
    let startedAt: ContinuousClock.Instant
    private let http: ContainerHTTP
    private let print: @Sendable (String) -> Void
    private let state = Mutex(State())
    private let start: Mutex<Task<HTTPContainer?, Never>?> = Mutex(nil)

    private struct State {
        var server: ServerProcess?
        var isStopping = false
        var hasEnded = false
    }

    private static let pingPause = Duration.milliseconds(100)
    /// A process that ended is not started again sooner than this after its start.
    private static let restartPause = Duration.seconds(1)

    init(
        _ plan: ProcessPlan, isRefused: Bool, region: String, http: ContainerHTTP,
        readObject: @escaping ContainerHost.ReadObject, after last: ContinuousClock.Instant?,
        print: @escaping @Sendable (String) -> Void
    ) {
        self.plan = plan
        self.http = http
        self.print = print
        startedAt = .now
        let task = Task.detached { [self] in
            await launch(isRefused: isRefused, region: region, readObject, notBefore: last.map { $0 + Self.restartPause })
        }
        start.withLock { $0 = task }
    }

    var hasEnded: Bool { state.withLock { $0.hasEnded } }

    /// The container once its health check has passed; nil when it does not come to that.
    func ready() async -> HTTPContainer? { await start.withLock { $0 }?.value }

    func stop() {
        let server = state.withLock { state in
            state.isStopping = true
            return state.server
        }
        server?.stop()
    }

    func waitForEnd() async {
        _ = await ready()
        await state.withLock { $0.server }?.waitForEnd()
    }

    private func launch(
        isRefused: Bool, region: String, _ readObject: ContainerHost.ReadObject, notBefore: ContinuousClock.Instant?
    ) async -> HTTPContainer? {
        if let notBefore { try? await Task.sleep(until: notBefore, clock: .continuous) }
        guard !isRefused, !state.withLock({ $0.isStopping }), let port = ServerProcess.freePort() else {
            if isRefused { print("[coldframe] There are too many processes: this one is not started.") }
            state.withLock { $0.hasEnded = true }
            return nil
        }
        let model = await ModelFolder.prepare(plan.container.modelDataUrl, readObject, print)
        let words = plan.run.command.map { word in
            word.replacing("{port}", with: String(port)).replacing("{model}", with: model ?? "")
        }
        var environment = plan.container.environment ?? [:]
        environment["SAGEMAKER_BIND_TO_PORT"] = String(port)
        environment["SAGEMAKER_SAFE_PORT_RANGE"] = "\(port)-\(port)"
        environment["PORT"] = String(port)
        environment["AWS_REGION"] = region
        if let model { environment["SM_MODEL_DIR"] = model }
        let settings = ServerProcess.Settings(
            words: words, environment: environment, graceSeconds: plan.run.graceSeconds ?? 30)
        let server = ServerProcess(settings, line: print) { [self] how in
            if !state.withLock({ $0.isStopping }) { print("[coldframe] The process has ended: \(how)") }
            state.withLock { $0.hasEnded = true }
            if let model { try? FileManager.default.removeItem(atPath: model) }
        }
        let isStopping = state.withLock { state in
            state.server = server
            return state.isStopping
        }
        if isStopping { server.stop() }
        return await firstPing(of: server, port: port)
    }

    private func firstPing(of server: ServerProcess, port: UInt16) async -> HTTPContainer? {
        guard let base = HTTPURL("http://127.0.0.1:\(port)") else { return nil }
        let container = HTTPContainer(
            http: http, base: base, timeoutSeconds: plan.run.timeoutSeconds ?? HTTPContainer.invocationTimeoutSeconds)
        let deadline = ContinuousClock.now + .seconds(plan.run.startupSeconds ?? HTTPContainer.startupSeconds)
        while ContinuousClock.now < deadline, !server.hasEnded, !state.withLock({ $0.isStopping }) {
            if await container.isHealthy() { return container }
            try? await Task.sleep(for: Self.pingPause)
        }
        if !server.hasEnded { print("[coldframe] The health check at /ping did not pass in time.") }
        server.stop()
        return nil
    }
}
