import HostingRules
import SimTime
import Store
import Synchronization
import Vocabulary

/// An inference component as the data plane reads it.
final class HostedComponent: Sendable {
    let record: ComponentRecord
    /// The copies that answer, each with its machine and the runner of its specification.
    let copies: [(machine: InstanceID, fleet: HostedFleet)]
    let meter: FleetMeter
    let behaviorRevision: Int

    init(_ record: ComponentRecord, behaviors: BehaviorLedger, meters: MeterBook, logs: ContainerLogs) {
        self.record = record
        behaviorRevision = behaviors.currentRevision
        var runners: [Int: any ContainerRunner] = [:]
        for (revision, specification) in record.specifications {
            runners[revision] = behaviors.runner(for: specification.container)
        }
        let meter = meters.meter(
            MeterKey(component: record.name, realm: record.realm), isAsynchronous: false)
        let serving = record.component.copies.filter { $0.state == .serving }
        let route = FleetRoute.component(
            copiesOn: serving.map(\.machine), config: EndpointConfigName(record.endpointName))
        let log = FleetLog(
            logs: logs, realm: record.realm, endpoint: record.endpointName, variant: VariantName(record.variantName))
        copies = serving.compactMap { copy in
            guard let runner = runners[copy.revision] else { return nil }
            return (copy.machine, HostedFleet(
                variant: VariantName(record.variantName), route: route, runner: runner, meter: meter, log: log,
                serverless: nil, capture: nil,
                container: ContainerIdentity(modelName: record.name, image: "", modelDataUrl: "")))
        }
        self.meter = meter
    }
}

/// The published inference components: replaced one by one after each commit.
final class ComponentDirectory: Sendable {
    private struct State {
        var components: [ComponentKey: HostedComponent] = [:]
    }

    private let behaviors: BehaviorLedger
    private let meters: MeterBook
    private let logs: ContainerLogs
    private let state = Mutex(State())

    init(behaviors: BehaviorLedger, meters: MeterBook, logs: ContainerLogs) {
        self.logs = logs
        self.behaviors = behaviors
        self.meters = meters
    }

    /// Reads every stored component: at start, and after the store's content was replaced.
    func reload(from store: Store) throws {
        let records = try store.read { reader in
            try reader.documentsEverywhere(service: "sagemaker", type: "inference-component", as: ComponentRecord.self)
        }
        var fresh = State()
        for (_, record) in records { fresh.components[record.key] = hosted(record) }
        let complete = fresh
        state.withLock { $0 = complete }
        reconcileProcesses()
    }

    func publish(_ record: ComponentRecord) {
        let hosted = hosted(record)
        state.withLock { $0.components[record.key] = hosted }
        reconcileProcesses(of: record)
    }

    func remove(_ key: ComponentKey) {
        state.withLock { _ = $0.components.removeValue(forKey: key) }
        behaviors.host?.reconcile(.component(key), [:])
    }

    /// Has the processes of every component follow the behaviours now in force.
    func reconcileProcesses() {
        for record in all { reconcileProcesses(of: record) }
    }

    private func reconcileProcesses(of record: ComponentRecord) {
        guard let host = behaviors.host else { return }
        var plans: [MachineAddress: MachinePlan] = [:]
        if behaviors.hasCommands {
            for (machine, copies) in Dictionary(grouping: record.component.copies, by: \.machine) {
                let revisions = Set(copies.filter { $0.state != .retiring }.map(\.revision)).sorted()
                plans[MachineAddress(endpoint: record.endpointKey, instance: machine)] = MachinePlan(
                    endpointName: record.endpointName, variant: VariantName(record.variantName),
                    containers: revisions.compactMap { record.specifications[$0]?.container })
            }
        }
        host.reconcile(.component(record.key), plans)
    }

    /// The component, with runners that follow the behaviours now in force.
    func component(_ key: ComponentKey) -> HostedComponent? {
        guard let found = state.withLock({ $0.components[key] }) else { return nil }
        guard found.behaviorRevision != behaviors.currentRevision else { return found }
        let renewed = hosted(found.record)
        state.withLock { state in
            // A publication that came in between is newer than this renewal.
            if state.components[key] === found { state.components[key] = renewed }
        }
        return renewed
    }

    /// The components of a realm, ordered by name.
    func components(in realm: Realm) -> [ComponentRecord] {
        state.withLock { $0.components.values.filter { $0.record.realm == realm }.map(\.record) }
            .sorted { $0.name < $1.name }
    }

    /// Whether a component names that endpoint.
    func hasComponents(of key: EndpointKey) -> Bool {
        state.withLock { $0.components.values.contains { $0.record.endpointKey == key } }
    }

    /// Every component.
    var all: [ComponentRecord] { state.withLock { $0.components.values.map(\.record) } }

    /// The components whose rollouts would roll back if that alarm rang now, ordered.
    func watchers(of alarm: String, in realm: Realm) -> [ComponentKey] {
        components(in: realm).filter { $0.component.watchedAlarms.contains(AlarmName(alarm)) }.map(\.key)
    }

    private func hosted(_ record: ComponentRecord) -> HostedComponent {
        HostedComponent(record, behaviors: behaviors, meters: meters, logs: logs)
    }
}
