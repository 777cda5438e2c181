package import AWSModel
package import DeclaredResources
package import Gateway
import HostingRules
import Logging
import SimTime
package import Store
package import Timeline
package import Vocabulary

/// SageMaker hosting: models, endpoint configurations, endpoints with real fleets, and their invocations.
package final class SageMakerService: Service {
    package let behaviors: BehaviorLedger
    package let traffic: TrafficDesk
    package let capacity: CapacityLedger
    private let store: Store
    private let timeline: Timeline
    private let directory: HostingDirectory
    private let componentDirectory: ComponentDirectory
    private let meters: MeterBook
    private let modelCache = ModelCache()
    private let flow: MetricFlow
    let shell: EndpointShell
    private let host: ContainerHost
    private let async: AsyncDesk
    private let captures: CaptureDesk
    private let sessions = SessionBook()
    package let operations: [ServiceID: [Operation]]

    /// The tables of this service.
    package static let migrations = AsyncQueue.migrations

    /// - Parameters:
    ///   - others: resources of other services that share the model's tag operations.
    ///   - seed: decides routing draws; the same seed and requests give the same choices.
    package init(
        store: Store, timeline: Timeline, metrics: any MetricSink, alarms: any AlarmStates,
        objects: any ObjectExchange, images: (any ImageResolver)? = nil,
        containerLogs sink: (any ContainerLogSink)? = nil, scaling: (any ScaledVariants)? = nil,
        settings: HostingSettings = HostingSettings(),
        tagging others: [any TaggableResources] = [], seed: UInt64 = .random(in: 0 ... .max)
    ) throws {
        self.store = store
        self.timeline = timeline
        behaviors = try BehaviorLedger(store: store, timeline: timeline)
        capacity = try CapacityLedger(store: store, timeline: timeline)
        meters = MeterBook()
        let logs = ContainerLogs(sink: sink)
        captures = CaptureDesk(timeline: timeline, objects: objects, seed: seed)
        directory = HostingDirectory(
            behaviors: behaviors, meters: meters, logs: logs, captures: captures, seed: seed)
        host = ContainerHost(
            logs: logs, timeline: timeline, command: { [weak behaviors] in behaviors?.behavior(for: $0)?.run }
        ) { uri in
            guard case .found(let bytes)? = try? await objects.read(uri, limitBytes: ModelFolder.archiveBytesMax)
            else { return nil }
            return bytes
        }
        componentDirectory = ComponentDirectory(behaviors: behaviors, meters: meters, logs: logs)
        behaviors.attach(host) { [weak directory, weak componentDirectory] in
            directory?.reconcileProcesses()
            componentDirectory?.reconcileProcesses()
        }
        traffic = try TrafficDesk(
            store: store, timeline: timeline, directory: directory, components: componentDirectory)
        flow = MetricFlow(directory: directory, components: componentDirectory, meters: meters, models: modelCache,
            sink: metrics)
        async = AsyncDesk(directory: directory, timeline: timeline, objects: objects)
        let housing = ComponentHousing(shell: ComponentShell(
            directory: componentDirectory, behaviors: behaviors, alarms: alarms))
        shell = EndpointShell(
            directory: directory, behaviors: behaviors, traffic: traffic, alarms: alarms, capacity: capacity,
            logs: logs, async: async, housing: housing, health: HealthCheck(host: host, behaviors: behaviors),
            timeline: timeline)

        let tags = TagLedger(service: "sagemaker", store: store)
        let models = ResourceEngine(.model.checkingImages(images), store: store, timeline: timeline, tags: tags)
        let configs = ResourceEngine(.endpointConfig, store: store, timeline: timeline, tags: tags)
        let endpoints = EndpointOperations(
            timeline: timeline, shell: shell, tags: tags, images: images, scaling: scaling, settings: settings)
        let components = ComponentOperations(
            timeline: timeline, shell: shell, tags: tags, images: images, settings: settings)
        let tagging = TagOperations(store: store, timeline: timeline, tags: tags, others: others)
        let path = InvocationPath(
            directory: directory, components: componentDirectory, timeline: timeline, settings: settings,
            behaviors: behaviors, objects: objects, models: modelCache, sessions: sessions)
        operations = [
            ServiceID("sagemaker"): models.operations(named: "Model") + configs.operations(named: "EndpointConfig")
                + endpoints.operations + components.operations + tagging.operations,
            ServiceID("sagemaker-runtime"): [
                InvokeEndpoint(path: path).operation, InvokeEndpointWithResponseStream(path: path).operation,
                InvokeEndpointAsync(directory: directory, timeline: timeline, desk: async).operation,
            ],
        ]
        try componentDirectory.reload(from: store)
        try directory.reload(from: store)
        join(timeline)
        shell.resumeProbes()
    }

    private func join(_ timeline: Timeline) {
        let (shell, flow, directory, traffic) = (shell, flow, directory, traffic)
        let (async, captures) = (async, captures)
        for kind in [AsyncDesk.dispatchKind, AsyncDesk.completionKind] {
            timeline.handleTimers(kind: kind) { turn, id in try async.timerFired(id, in: turn) }
        }
        let kinds = [
            EndpointShell.timerKind, EndpointShell.alarmTimerKind, ComponentShell.timerKind,
            ComponentShell.alarmTimerKind, ComponentShell.idleTimerKind,
        ]
        for kind in kinds {
            timeline.handleTimers(kind: kind) { turn, id in try shell.timerFired(id, in: turn) }
        }
        timeline.add(Tick(
            name: "hosting metrics", phase: Phase.metricFlush, period: .minutes(1), isNeeded: { !directory.isEmpty }
        ) { turn in
            try flow.closeMinute(turn)
            try traffic.save(in: turn)
            try async.resume(in: turn)
            try captures.flush(in: turn)
        })
        // Endpoints that are read between minutes, also by nobody but alarms, must not wait for the minute.
        timeline.add(Tick(
            name: "fast hosting metrics", phase: Phase.metricFlush, period: MetricPace.concurrency,
            isNeeded: { directory.hasFastMetrics }
        ) { turn in
            flow.settle(at: turn.now)
            flow.flush()
        })
        timeline.fillGaps { from, to in
            traffic.fill(from: from, to: to)
            flow.settle(at: to)
        }
    }

    /// Writes captured requests that are not in S3 yet.
    package func flushCaptures(in turn: Turn) throws { try captures.flush(in: turn) }

    /// Has everything happen that metrics may be published for by now; called outside turns, before metrics are read. Once
    /// each ten seconds of a clock that follows, and never under a manual one, where nothing happens unasked.
    package func catchUpMetrics() async {
        guard !directory.isEmpty, timeline.clock.mode == .follow, flow.isBehind(timeline.now) else { return }
        await timeline.catchUpWithNow()
    }

    /// Hands everything the data plane has counted to the metric sink. Called before metrics are read.
    package func flushMetrics() { flow.flush() }

    /// An alarm went into ALARM in this turn.
    package func alarmRang(_ name: String, realm: Realm, in turn: Turn) throws {
        try shell.alarmRang(name, realm: realm, in: turn)
    }

    /// Ends the processes of behaviours and waits for them: the server is about to stop.
    package func stop() async { await host.stop() }

    /// Reads everything anew, after the store's content was erased or replaced.
    package func reload() throws {
        host.removeAll()
        meters.removeAll()
        modelCache.removeAll()
        captures.removeAll()
        sessions.removeAll()
        flow.removeAll()
        try behaviors.reload()
        try capacity.reload()
        try traffic.reload()
        try componentDirectory.reload(from: store)
        try directory.reload(from: store)
        shell.resumeProbes()
    }
}
