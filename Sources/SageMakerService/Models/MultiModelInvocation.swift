import AWSModel
import HostingRules
import SimTime
import Timeline

extension InvocationPath {
    /// Throws the fault of headers that the chosen variant does not know, or misses.
    // AWS: doc — spec/hosting.md §E.1; recorded for a target model where there is none.
    func checkTargets(_ request: InvocationRequest, _ fleet: HostedFleet) throws {
        let name = request.endpoint
        switch fleet.container.layout {
        case .multiModel:
            if request.targetModel == nil { throw RuntimeFaults.targetModelMissing(name) }
        case .direct(let parts):
            guard let hostname = request.targetContainerHostname else { throw RuntimeFaults.targetContainerMissing(name) }
            guard parts.contains(where: { $0.hostname == hostname }) else {
                throw RuntimeFaults.noSuchContainer(hostname, name)
            }
        case .serial, nil: break
        }
        if request.targetModel != nil {
            guard case .multiModel = fleet.container.layout else { throw RuntimeFaults.targetModelNotSupported(name) }
        }
        if request.targetContainerHostname != nil {
            guard case .direct = fleet.container.layout else { throw RuntimeFaults.targetContainerNotSupported(name) }
        }
    }

    /// Finds or loads the named model on a machine of the fleet, and answers with its runner.
    // AWS: doc — spec/hosting.md §D.1, §E.1: a model that needs more than the time of a request goes on loading.
    func modelTarget(
        _ request: InvocationRequest, _ target: InvocationTarget, keepsModels: Bool
    ) async throws -> (target: InvocationTarget, runner: any ContainerRunner) {
        let (fleet, now) = (target.fleet, timeline.now)
        let container = fleet.container
        let model = request.targetModel ?? ""
        let part = container.part(of: model)
        let limit = Self.timeLimitSeconds * 1_000_000
        var place = target
        var wait = 0.0
        if let found = models.find(model, among: fleet.route.active) {
            place = InvocationTarget(
                fleet: fleet, instance: found.machine, shadow: target.shadow, random: target.random)
            wait = max(0, Double((found.readyAt - now).milliseconds) * 1000)
            fleet.meter.book(.modelCacheHit, wait == 0 ? 1 : 0, at: now)
        } else {
            guard try await archiveExists(part.modelDataUrl) else { throw RuntimeFaults.downloadFailed(part.modelDataUrl) }
            let rule = behaviors.behavior(for: part)?.models
            wait = (rule?.loadMilliseconds ?? Self.modelLoadMilliseconds) * 1000
            let evicted = load(
                model, on: target.instance, of: fleet, wait, atMost: rule?.max ?? Self.modelsPerMachineMax, now)
            let machine = MachineAddress(
                endpoint: EndpointKey(request.realm, request.endpoint), instance: target.instance)
            for model in evicted {
                behaviors.host?.release(ContainerAddress(machine: machine, container: container.part(of: model)))
            }
        }
        guard wait <= limit else { throw RuntimeFaults.modelNotReady(model) }
        fleet.meter.book(.modelLoadingWaitTime, wait, at: now)
        await self.wait(microseconds: wait)
        if !keepsModels { models.unload(model, on: place.instance) }
        return (place, behaviors.runner(for: part))
    }

    /// Made up: archives here are not looked into. AWS: the order of magnitude of small models.
    private static let modelLoadMilliseconds = 200.0
    private static let modelsPerMachineMax = 100
    /// The part of a load that is the download; made up.
    private static let downloadShare = 0.4

    private func load(
        _ model: String, on machine: InstanceID, of fleet: HostedFleet, _ microseconds: Double, atMost limit: Int,
        _ now: SimInstant
    ) -> [String] {
        // Under the manual clock a wait is a value: the model is there when this request is answered. One that takes
        // longer than a request may is waited for in simulated time by all who come.
        let isWaited = timeline.clock.mode == .manual && microseconds <= Self.timeLimitSeconds * 1_000_000
        let readyAt = isWaited ? now : now + SimDuration(milliseconds: Int64(microseconds / 1000))
        let evicted = models.load(model, on: machine, readyAt: readyAt, atMost: limit)
        fleet.meter.book(.modelCacheHit, 0, at: now)
        fleet.meter.book(.modelDownloadingTime, microseconds * Self.downloadShare, at: now)
        fleet.meter.book(.modelLoadingTime, microseconds * (1 - Self.downloadShare), at: now)
        for _ in evicted { fleet.meter.book(.modelUnloadingTime, 1000, at: now) }
        return evicted
    }

    /// Asked only when no machine has the model: the one place where an invocation waits for a turn.
    private func archiveExists(_ uri: String) async throws -> Bool {
        let objects = objects
        return try await timeline.turn { turn in
            // Nothing is read: whether there is something too large to be nothing is all that counts.
            try objects.read(uri, limitBytes: 0, in: turn) != .missing
        }
    }
}

extension ContainerIdentity {
    /// The container of a multi-model endpoint as it answers with one of its models.
    fileprivate func part(of model: String) -> ContainerIdentity {
        var part = self
        part.layout = nil
        part.modelDataUrl += (modelDataUrl.hasSuffix("/") ? "" : "/") + model
        return part
    }
}
