import HostingRules
import Outbound
import SimTime
import Synchronization
import Timeline
import Vocabulary

/// One machine of one endpoint.
struct MachineAddress: Hashable, Sendable {
    let endpoint: EndpointKey
    let instance: InstanceID
}

/// One container on one machine.
struct ContainerAddress: Hashable, Sendable {
    let machine: MachineAddress
    let container: ContainerIdentity
}

/// What containers a machine is to run for an endpoint, or for one of its inference components.
struct MachinePlan: Sendable {
    let endpointName: String
    let variant: VariantName
    let containers: [ContainerIdentity]
}

/// Who wants containers on machines: an endpoint for its fleets, a component for its copies.
enum ContainerOwner: Hashable, Sendable {
    case endpoint(EndpointKey)
    case component(ComponentKey)
}

/// The only place where processes of containers start and end. A container runs as long as an owner wants it on its
/// machine and the rule for it is a command: owners say what they want whenever they are published (`reconcile`), and
/// the rule is looked up anew before every start. What ended by itself is started again when it is called.
final class ContainerHost: Sendable {
    /// Processes at once; containers beyond it are not healthy.
    static let processesMax = 64
    /// Processes in the grace of their end; nothing is started before there are fewer.
    private static let endingMax = 64
    /// Beyond its grace, for a process to be gone after SIGKILL.
    private static let killSeconds = 5

    typealias ReadObject = @Sendable (String) async -> [UInt8]?

    fileprivate struct State {
        var plans: [ContainerOwner: [MachineAddress: MachinePlan]] = [:]
        var processes: [ContainerAddress: ContainerProcess] = [:]
        /// Those that were told to stop.
        var ending: [ContainerProcess] = []
        var isStopped = false

        /// The plan that has the container on that machine; nil when nobody wants it there.
        func plan(for address: ContainerAddress) -> MachinePlan? {
            for machines in plans.values {
                guard let plan = machines[address.machine] else { continue }
                if plan.containers.contains(where: { $0.covers(address.container) }) { return plan }
            }
            return nil
        }
    }

    let http = ContainerHTTP()
    private let logs: ContainerLogs
    private let timeline: Timeline
    private let command: @Sendable (ContainerIdentity) -> Behavior.Run?
    private let readObject: ReadObject
    private let state = Mutex(State())

    /// - Parameter command: the command that runs a container by the rules now in force; nil when there is none.
    init(
        logs: ContainerLogs, timeline: Timeline, command: @escaping @Sendable (ContainerIdentity) -> Behavior.Run?,
        readObject: @escaping ReadObject
    ) {
        self.logs = logs
        self.timeline = timeline
        self.command = command
        self.readObject = readObject
    }

    /// Takes note of all that an owner wants, starts what is missing and stops what nobody wants any more.
    func reconcile(_ owner: ContainerOwner, _ plans: [MachineAddress: MachinePlan]) {
        let superfluous = state.withLock { state -> [ContainerProcess] in
            guard !state.isStopped else { return [] }
            state.plans[owner] = plans.isEmpty ? nil : plans
            let stopped = state.processes.filter { address, process in
                state.plan(for: address) == nil || command(address.container) != process.run
            }
            for address in stopped.keys { state.processes[address] = nil }
            state.noteEnding(stopped.values)
            return Array(stopped.values)
        }
        for process in superfluous { process.stop() }
        for (machine, plan) in plans {
            for container in plan.containers {
                let address = ContainerAddress(machine: machine, container: container)
                // One that ended by itself waits for a call.
                if state.withLock({ $0.processes[address] == nil }) { _ = process(at: address) }
            }
        }
    }

    /// The process of a container, started when there is none or the last one has ended; nil when nobody wants it
    /// there, or no command runs it.
    func process(at address: ContainerAddress) -> ContainerProcess? {
        let (process, displaced) = state.withLock { state -> (ContainerProcess?, ContainerProcess?) in
            // The rule is looked up under the lock: whoever changes it reconciles afterwards, and finds this process.
            guard !state.isStopped, let plan = state.plan(for: address), let run = command(address.container)
            else { return (nil, nil) }
            if let known = state.processes[address], known.run == run, !known.hasEnded { return (known, nil) }
            let known = state.processes.removeValue(forKey: address)
            let displaced = known?.hasEnded == false ? known : nil
            state.noteEnding(displaced.map { [$0] } ?? [])
            let isFull = state.processes.values.count(where: { !$0.hasEnded }) >= Self.processesMax
                || state.ending.count >= Self.endingMax
            let process = start(
                address, plan, run, isRefused: isFull, after: displaced == nil ? known?.startedAt : nil)
            state.processes[address] = process
            return (process, displaced)
        }
        displaced?.stop()
        return process
    }

    private func start(
        _ address: ContainerAddress, _ plan: MachinePlan, _ run: Behavior.Run, isRefused: Bool,
        after last: ContinuousClock.Instant?
    ) -> ContainerProcess {
        let realm = address.machine.endpoint.realm, instance = address.machine.instance
        return ContainerProcess(
            address.container, run, isRefused: isRefused, region: realm.region.name, http: http, readObject: readObject,
            after: last
        ) { [logs, timeline] line in
            logs.print(
                line, realm: realm, endpoint: plan.endpointName, variant: plan.variant, instance: instance,
                at: timeline.now, limit: ContainerLogs.processLinesPerMinuteMax)
        }
    }

    /// Stops the process of a container that may come back with its next call: a model that had to go for another.
    func release(_ address: ContainerAddress) {
        let process = state.withLock { state in
            let process = state.processes.removeValue(forKey: address)
            state.noteEnding(process.map { [$0] } ?? [])
            return process
        }
        process?.stop()
    }

    /// Nobody wants anything any more, e.g. after a reset; processes are stopped.
    func removeAll() {
        let all = state.withLock { $0.takeAll() }
        for process in all { process.stop() }
    }

    /// Stops every process and waits until they have ended, or should have: the server is about to.
    func stop() async {
        let all = state.withLock { state in
            state.isStopped = true
            return state.takeAll()
        }
        for process in all { process.stop() }
        let ending = state.withLock { $0.ending }
        let graceSeconds = ending.map(\.run.effectiveGraceSeconds).max() ?? 0
        let deadline = ContinuousClock.now + .seconds(graceSeconds + Self.killSeconds)
        for process in ending { _ = await process.waitForEnd(atMost: deadline - .now) }
    }
}

extension ContainerHost.State {
    fileprivate mutating func noteEnding(_ processes: some Sequence<ContainerProcess>) {
        ending.removeAll { $0.hasEnded }
        ending += processes
    }

    /// Takes every process out; all of them are to be stopped.
    fileprivate mutating func takeAll() -> [ContainerProcess] {
        let all = Array(processes.values)
        plans = [:]
        processes = [:]
        noteEnding(all)
        return all
    }
}

extension ContainerIdentity {
    /// Whether whoever wants this container wants that one too: it is the same, or a model that this one loads.
    fileprivate func covers(_ other: ContainerIdentity) -> Bool {
        if other == self { return true }
        guard case .multiModel = layout, other.modelDataUrl.hasPrefix(modelDataUrl) else { return false }
        var model = self
        model.layout = nil
        model.modelDataUrl = other.modelDataUrl
        return model == other
    }
}
