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
    /// Whether requests are for inference components, which the caller names.
    let hostsComponents: Bool
    /// The revision of the behaviours that the runners were made with.
    let behaviorRevision: Int
    let isAsynchronous: Bool
    /// By fleet, of asynchronous endpoints: their requests end also when no machine has traffic.
    private let asynchronousBooks: [FleetID: FleetBooks]
    private let random: Mutex<SeededRandom>
    /// Counted only where a fleet chooses by it.
    let outstanding: OutstandingRequests
    private let countsOutstanding: Bool

    init(
        _ record: EndpointRecord, behaviors: BehaviorLedger, meters: MeterBook, logs: ContainerLogs,
        captures: CaptureDesk, random: SeededRandom, outstanding: OutstandingRequests
    ) {
        self.outstanding = outstanding
        self.record = record
        self.random = Mutex(random)
        behaviorRevision = behaviors.currentRevision
        hostsComponents = record.hostsComponents
        table = RoutingTable(record.endpoint.routing)
        countsOutstanding = table.variants.contains { $0.fleets.contains { $0.strategy == .leastOutstandingRequests } }
        let isAsynchronous = record.currentFeatures?.asyncInference != nil
        self.isAsynchronous = isAsynchronous
        let all = record.endpoint.fleets + record.endpoint.greenFleets
        func meter(_ variant: VariantName, _ config: EndpointConfigName, _ fleet: FleetID) -> FleetMeter {
            meters.meter(
                MeterKey(realm: record.realm, endpoint: record.name, variant: variant.text, config: config.text),
                isAsynchronous: isAsynchronous, pace: (record.features?[fleet.number]?.metricPace ?? .standard).invocations)
        }
        var asynchronousBooks: [FleetID: FleetBooks] = [:]
        for fleet in isAsynchronous ? all : [] {
            asynchronousBooks[fleet.id] = FleetBooks(
                variant: fleet.variant, meter: meter(fleet.variant, fleet.configName, fleet.id),
                capture: FleetCapture(record.features?[fleet.id.number]?.capture, captures))
        }
        self.asynchronousBooks = asynchronousBooks
        fleets = table.variants.map { route in
            route.fleets.map { fleet in
                let container = record.containers[fleet.fleet.number]
                    ?? ContainerIdentity(modelName: fleet.modelName?.text ?? "", image: "", modelDataUrl: "")
                return HostedFleet(
                    variant: route.variant, route: fleet,
                    runner: behaviors.runner(for: container), meter: meter(route.variant, fleet.configName, fleet.fleet),
                    log: FleetLog(logs: logs, realm: record.realm, endpoint: record.name, variant: route.variant),
                    serverless: all.first { $0.id == fleet.fleet }?.serverless,
                    capture: FleetCapture(record.features?[fleet.fleet.number]?.capture, captures),
                    container: container, explainer: record.features?[fleet.fleet.number]?.explainerPlan,
                    outstanding: fleet.strategy == .leastOutstandingRequests ? outstanding : nil)
            }
        }
    }

    /// Chooses fleet and machine for one request, and for a copy of it where a shadow variant takes a sample; leaves a
    /// private source of chance for what follows.
    func choose(targetVariant: VariantName?) -> InvocationTarget? {
        let (choice, shadow, split) = random.withLock { random in
            let choice = draw(&random, targetVariant)
            let shadow = table.shadowVariant == nil ? nil : table.chooseShadow(random: &random)
            return (choice, shadow, random.split())
        }
        guard let choice else { return nil }
        return InvocationTarget(
            fleet: fleet(choice), instance: table.instances[choice.slot],
            shadow: shadow.map { (fleet($0), table.instances[$0.slot]) }, random: split)
    }

    private func draw(_ random: inout SeededRandom, _ targetVariant: VariantName?) -> RoutingTable.Choice? {
        guard countsOutstanding else { return table.choose(random: &random, targetVariant: targetVariant) }
        return outstanding.choosing { busy in
            table.choose(random: &random, targetVariant: targetVariant) { busy(table.instances[$0]) }
        }
    }

    /// A machine of a session, if it still has traffic. Sessions are not copied to shadows: their copies would find none.
    func target(fleet id: FleetID, instance: InstanceID) -> InvocationTarget? {
        for fleet in fleets.joined() where fleet.route.fleet == id && fleet.route.active.contains(instance) {
            return InvocationTarget(fleet: fleet, instance: instance, shadow: nil, random: forkRandom())
        }
        return nil
    }

    /// Where an asynchronous request of that fleet is written down, or of another fleet of its variant when it is gone; nil
    /// when there is none.
    func books(fleet id: FleetID, variant: VariantName) -> FleetBooks? {
        asynchronousBooks[id] ?? asynchronousBooks.filter { $0.value.variant == variant }.min { $0.key < $1.key }?.value
    }

    func fleet(_ choice: RoutingTable.Choice) -> HostedFleet { fleets[choice.variant][choice.fleet] }

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
final class HostedFleet: Sendable {
    let variant: VariantName
    let route: FleetRoute
    let runner: any ContainerRunner
    let meter: FleetMeter
    let log: FleetLog
    /// Nil for a fleet with machines.
    let serverless: ServerlessPlan?
    let capture: FleetCapture?
    /// Nil for a fleet whose machines are drawn at random.
    let outstanding: OutstandingRequests?
    let container: ContainerIdentity
    /// Set when answers are explained.
    let explainer: ExplainerPlan?
    /// Whether several containers or several models answer.
    let isComposite: Bool
    /// Copies under way of runners that wait.
    private let shadowCopies = Atomic<Int>(0)

    /// How many copies may be under way at once: a shadow that is slower than the traffic loses the rest.
    private static let shadowCopiesMax = 64

    init(
        variant: VariantName, route: FleetRoute, runner: any ContainerRunner, meter: FleetMeter, log: FleetLog,
        serverless: ServerlessPlan?, capture: FleetCapture?, container: ContainerIdentity,
        explainer: ExplainerPlan? = nil, outstanding: OutstandingRequests? = nil
    ) {
        self.explainer = explainer
        self.outstanding = outstanding
        self.container = container
        isComposite = container.layout != nil
        self.serverless = serverless
        self.capture = capture
        self.variant = variant
        self.route = route
        self.runner = runner
        self.meter = meter
        self.log = log
    }

    /// Counts one answered request of this fleet at an instant.
    func book(
        status: Int, latencyMicroseconds: Double, setupMicroseconds: Double = 0, random: inout SeededRandom,
        at instant: SimInstant
    ) {
        // AWS: doc — spec/hosting.md §D.1: a cold start is part of the overhead.
        if setupMicroseconds > 0 { meter.book(.modelSetupTime, setupMicroseconds, at: instant) }
        meter.book(
            Measurement(
                status: status, modelLatencyMicroseconds: latencyMicroseconds,
                overheadLatencyMicroseconds: Overhead.draw(&random) + setupMicroseconds,
                activeInstances: route.active.count),
            at: instant)
    }

    /// Counts what each of several containers took.
    func book(_ steps: [ContainerStep], at instant: SimInstant) {
        var isDirect = false
        if case .direct = container.layout { isDirect = true }
        meter.book(steps, isDirect: isDirect, activeInstances: route.active.count, at: instant)
    }

    /// Whether one more copy may be sent; if so, `leaveShadowSlot` must follow.
    func takeShadowSlot() -> Bool {
        if shadowCopies.add(1, ordering: .relaxed).newValue <= Self.shadowCopiesMax { return true }
        leaveShadowSlot()
        return false
    }

    func leaveShadowSlot() { shadowCopies.subtract(1, ordering: .relaxed) }
}
