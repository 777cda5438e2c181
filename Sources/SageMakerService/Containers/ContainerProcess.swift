import Foundation
import Outbound
import Synchronization

/// One process of one container on one machine, from its archive to its end.
final class ContainerProcess: Sendable {
    let run: Behavior.Run
    let startedAt: ContinuousClock.Instant
    private let container: ContainerIdentity
    private let http: ContainerHTTP
    private let print: @Sendable (String) -> Void
    private let state = Mutex(State())
    private let ended = AsyncFlag()

    private struct State {
        var launch: Task<HTTPContainer?, Never>?
        var server: ServerProcess?
        var isStopping = false
    }

    private static let pingPause = Duration.milliseconds(100)
    /// A process that ended is not started again sooner than this after its start.
    private static let restartPause = Duration.seconds(1)

    /// - Parameter last: when its predecessor was started, if that ended by itself.
    init(
        _ container: ContainerIdentity, _ run: Behavior.Run, isRefused: Bool, region: String, http: ContainerHTTP,
        readObject: @escaping ContainerHost.ReadObject, after last: ContinuousClock.Instant?,
        print: @escaping @Sendable (String) -> Void
    ) {
        self.container = container
        self.run = run
        self.http = http
        self.print = print
        startedAt = .now
        let task = Task.detached { [self] in
            await launch(
                isRefused: isRefused, region: region, readObject, notBefore: last.map { $0 + Self.restartPause })
        }
        state.withLock { $0.launch = task }
    }

    var hasEnded: Bool { ended.isRaised }

    /// Whether it was told to stop; otherwise it ends by itself.
    var isStopping: Bool { state.withLock { $0.isStopping } }

    /// The container once its health check has passed; nil when it does not come to that.
    func ready() async -> HTTPContainer? { await state.withLock { $0.launch }?.value }

    /// Ends it: SIGTERM now, SIGKILL after its grace; what has not been started yet is not.
    func stop() {
        let (launch, server) = state.withLock { state in
            state.isStopping = true
            return (state.launch, state.server)
        }
        launch?.cancel()
        server?.stop()
    }

    /// Waits until it has ended; false when it has not by then.
    func waitForEnd(atMost limit: Duration) async -> Bool { await ended.wait(atMost: limit) }

    private func launch(
        isRefused: Bool, region: String, _ readObject: ContainerHost.ReadObject, notBefore: ContinuousClock.Instant?
    ) async -> HTTPContainer? {
        if isRefused { print("[coldframe] There are too many processes: this one is not started.") }
        if let notBefore { try? await Task.sleep(until: notBefore, clock: .continuous) }
        guard !isRefused, !isStopping, let port = ServerProcess.freePort() else {
            ended.raise()
            return nil
        }
        let model = await ModelFolder.prepare(container.modelDataUrl, readObject, print)
        let server = state.withLock { state -> ServerProcess? in
            guard !state.isStopping else { return nil }
            let server = start(port: port, model: model, region: region)
            state.server = server
            return server
        }
        guard let server else {
            end(model)
            return nil
        }
        return await firstPing(of: server, port: port)
    }

    private func start(port: UInt16, model: String?, region: String) -> ServerProcess {
        let words = run.command.map { word in
            word.replacing("{port}", with: String(port)).replacing("{model}", with: model ?? "")
        }
        var environment = container.environment ?? [:]
        environment["SAGEMAKER_BIND_TO_PORT"] = String(port)
        environment["SAGEMAKER_SAFE_PORT_RANGE"] = "\(port)-\(port)"
        environment["PORT"] = String(port)
        environment["AWS_REGION"] = region
        if let model { environment["SM_MODEL_DIR"] = model }
        let settings = ServerProcess.Settings(
            words: words, environment: environment, graceSeconds: run.effectiveGraceSeconds)
        return ServerProcess(settings, line: print) { [self] how in
            if !isStopping { print("[coldframe] The process has ended: \(how)") }
            end(model)
        }
    }

    private func end(_ model: String?) {
        if let model { try? FileManager.default.removeItem(atPath: model) }
        ended.raise()
    }

    private func firstPing(of server: ServerProcess, port: UInt16) async -> HTTPContainer? {
        guard let base = HTTPURL("http://127.0.0.1:\(port)") else { return nil }
        let container = HTTPContainer(http: http, base: base, timeoutSeconds: run.timeoutSeconds)
        let deadline = ContinuousClock.now + .seconds(run.startupSeconds ?? HTTPContainer.startupSeconds)
        while ContinuousClock.now < deadline, !server.hasEnded, !isStopping {
            if await container.isHealthy() { return container }
            try? await Task.sleep(for: Self.pingPause)
        }
        if !server.hasEnded, !isStopping { print("[coldframe] The health check at /ping did not pass in time.") }
        server.stop()
        return nil
    }
}
