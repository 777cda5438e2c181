import HostingRules
import SimTime
import Synchronization

/// An endpoint as the data plane reads it: immutable but for its meters and its source of chance. Made anew after
/// each commit that touches the endpoint; an invocation in flight finishes with the one it began with.
final class HostedEndpoint: Sendable {
    let record: EndpointRecord
    let table: RoutingTable
    /// By variant, then fleet, as indexed by `RoutingTable.Choice`.
    let fleets: [[HostedFleet]]
    /// The revision of the behaviours that the runners were made with.
    let behaviorRevision: Int
    private let random: Mutex<SeededRandom>

    init(
        _ record: EndpointRecord, behaviors: BehaviorLedger, meters: MeterBook, logs: ContainerLogs, random: SeededRandom
    ) {
        self.record = record
        self.random = Mutex(random)
        behaviorRevision = behaviors.currentRevision
        table = RoutingTable(record.endpoint.routing)
        fleets = table.variants.map { route in
            route.fleets.map { fleet in
                let container = record.containers[fleet.fleet.number]
                    ?? ContainerIdentity(modelName: fleet.modelName?.text ?? "", image: "", modelDataUrl: "")
                return HostedFleet(
                    route: fleet,
                    runner: behaviors.runner(for: container),
                    meter: meters.meter(MeterKey(
                        realm: record.realm, endpoint: record.name, variant: route.variant.text,
                        config: fleet.configName.text)),
                    log: FleetLog(logs: logs, realm: record.realm, endpoint: record.name, variant: route.variant))
            }
        }
    }

    /// Chooses fleet and machine for one request and leaves a private source of chance for what follows.
    func choose(targetVariant: VariantName?) -> InvocationTarget? {
        let (choice, split) = random.withLock { random in
            (table.choose(random: &random, targetVariant: targetVariant), random.split())
        }
        guard let choice else { return nil }
        return InvocationTarget(
            fleet: fleets[choice.variant][choice.fleet], variant: table.variants[choice.variant].variant,
            instance: table.instances[choice.slot], random: split)
    }

    /// A source of chance that goes on where this endpoint's own is.
    func forkRandom() -> SeededRandom { random.withLock { $0.split() } }

    /// When the status changes by itself, if that is by `horizon` and without a bake before it: who polls through a bake
    /// wants to see it, however fast the clock runs.
    func nextStatusChange(at now: SimInstant, notAfter horizon: SimInstant) -> SimInstant? {
        // Nothing under way is by far the most frequent case, and needs no forecast.
        if record.endpoint.timers.isEmpty { return nil }
        return record.endpoint.nextStatusChange(at: now, notAfter: horizon, stopsAtBakes: true)
    }
}

/// One fleet that serves.
struct HostedFleet: Sendable {
    let route: FleetRoute
    let runner: any ContainerRunner
    let meter: FleetMeter
    let log: FleetLog
}
