import HostingRules
import SimTime
import Store
import Synchronization
import Vocabulary

/// The published endpoints: what invocations and Describe calls read, without a lock shared with the control plane's
/// work and without SQL. Replaced endpoint by endpoint after each commit.
final class HostingDirectory: Sendable {
    private let behaviors: BehaviorLedger
    private let meters: MeterBook
    private let logs: ContainerLogs
    private let captures: CaptureDesk
    private let seed: UInt64

    fileprivate struct State {
        var endpoints: [EndpointKey: HostedEndpoint] = [:]
        /// Which endpoints would roll back for an alarm, by alarm name within a realm.
        var watchers: [AlarmKey: Set<EndpointKey>] = [:]
        /// Endpoints that publish something between minutes.
        var fastCount = 0
    }

    fileprivate struct AlarmKey: Hashable {
        let realm: Realm
        let name: String
    }

    private let state = Mutex(State())

    init(behaviors: BehaviorLedger, meters: MeterBook, logs: ContainerLogs, captures: CaptureDesk, seed: UInt64) {
        self.captures = captures
        self.behaviors = behaviors
        self.meters = meters
        self.logs = logs
        self.seed = seed
    }

    /// Reads every stored endpoint: at start, and after the store's content was replaced.
    func reload(from store: Store) throws {
        let records = try store.read { reader in
            try reader.documentsEverywhere(service: "sagemaker", type: "endpoint", as: EndpointRecord.self).map(\.value)
        }
        var fresh = State()
        for record in records { fresh.put(hosted(record, after: nil)) }
        let complete = fresh
        state.withLock { $0 = complete }
        reconcileProcesses()
    }

    /// Has the processes of every endpoint follow the behaviours now in force.
    func reconcileProcesses() {
        for record in all { reconcileProcesses(of: record) }
    }

    private func reconcileProcesses(of record: EndpointRecord) {
        guard let host = behaviors.host else { return }
        var plans: [MachineAddress: MachinePlan] = [:]
        if behaviors.hasCommands {
            for fleet in record.endpoint.fleets + record.endpoint.greenFleets {
                guard let container = record.containers[fleet.id.number] else { continue }
                let plan = MachinePlan(
                    endpointName: record.name, variant: fleet.variant, containers: container.parts)
                for instance in fleet.instances where instance.state != .retiring {
                    plans[MachineAddress(endpoint: record.key, instance: instance.id)] = plan
                }
            }
        }
        host.reconcile(.endpoint(record.key), plans)
    }

    func publish(_ record: EndpointRecord) {
        let old = state.withLock { $0.endpoints[record.key] }
        let hosted = hosted(record, after: old)
        state.withLock { $0.put(hosted) }
        reconcileProcesses(of: record)
    }

    private func hosted(_ record: EndpointRecord, after old: HostedEndpoint?) -> HostedEndpoint {
        let random = old?.forkRandom() ?? SeededRandom(seed: Seed.mixed(seed, record.arn))
        return HostedEndpoint(
            record, behaviors: behaviors, meters: meters, logs: logs, captures: captures, random: random,
            outstanding: old?.outstanding ?? OutstandingRequests())
    }

    func remove(_ key: EndpointKey) {
        state.withLock { $0.forget(key) }
        behaviors.host?.reconcile(.endpoint(key), [:])
    }

    /// The endpoint, with runners that follow the behaviours now in force.
    func endpoint(_ key: EndpointKey) -> HostedEndpoint? {
        guard let hosted = state.withLock({ $0.endpoints[key] }) else { return nil }
        guard hosted.behaviorRevision != behaviors.currentRevision else { return hosted }
        let renewed = self.hosted(hosted.record, after: hosted)
        state.withLock { state in
            // A publication that came in between is newer than this renewal.
            if state.endpoints[key] === hosted { state.endpoints[key] = renewed }
        }
        return renewed
    }

    /// The endpoints of a realm, ordered by name.
    func endpoints(in realm: Realm) -> [EndpointRecord] {
        state.withLock { state in state.endpoints.values.filter { $0.record.realm == realm }.map(\.record) }
            .sorted { $0.name < $1.name }
    }

    /// Every endpoint of every realm.
    var all: [EndpointRecord] { state.withLock { state in state.endpoints.values.map(\.record) } }

    /// Every endpoint that can be invoked.
    var invocable: [HostedEndpoint] {
        state.withLock { state in state.endpoints.values.filter { $0.record.endpoint.status.isInvocable } }
    }

    /// Whether a fleet of that configuration still belongs to the endpoint.
    func hasFleet(_ key: MeterKey) -> Bool {
        guard let endpoint = endpoint(EndpointKey(key.realm, key.endpoint))?.record.endpoint else { return false }
        return (endpoint.fleets + endpoint.greenFleets).contains {
            $0.configName.text == key.config && $0.variant.text == key.variant
        }
    }

    /// Whether some endpoint publishes between minutes because it is configured to.
    var hasFastMetrics: Bool { state.withLock { $0.fastCount > 0 } }

    var isEmpty: Bool { state.withLock { $0.endpoints.isEmpty } }

    /// The endpoints that would roll back if that alarm rang now, ordered.
    func watchers(of alarm: String, in realm: Realm) -> [EndpointKey] {
        let keys = state.withLock { $0.watchers[AlarmKey(realm: realm, name: alarm)] ?? [] }
        return keys.sorted { $0.owner < $1.owner }
    }
}

extension HostingDirectory.State {
    fileprivate mutating func put(_ hosted: HostedEndpoint) {
        let record = hosted.record
        forget(record.key)
        endpoints[record.key] = hosted
        if record.hasFastMetrics { fastCount += 1 }
        for alarm in record.endpoint.watchedAlarms {
            watchers[HostingDirectory.AlarmKey(realm: record.realm, name: alarm.text), default: []].insert(record.key)
        }
    }

    fileprivate mutating func forget(_ key: EndpointKey) {
        guard let old = endpoints.removeValue(forKey: key) else { return }
        if old.record.hasFastMetrics { fastCount -= 1 }
        for alarm in old.record.endpoint.watchedAlarms {
            let alarmKey = HostingDirectory.AlarmKey(realm: key.realm, name: alarm.text)
            watchers[alarmKey]?.remove(key)
            if watchers[alarmKey]?.isEmpty == true { watchers[alarmKey] = nil }
        }
    }
}

extension EndpointRecord {
    fileprivate var hasFastMetrics: Bool { currentFeatures?.metricPace.isFast == true }
}
