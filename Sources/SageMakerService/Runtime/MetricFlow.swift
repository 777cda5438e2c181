import HostingRules
import MetricRules
import SimTime
import Synchronization
import Timeline
import Vocabulary

/// Carries what the data plane counted to the metric sink, and adds what flows in idle times, each at the pace of its
/// endpoint.
///
/// Whatever is over may be published by anybody who reads metrics, so that nothing has to wake up for it: an evaluation
/// of alarms each ten seconds finds the spans that ended by then. Over is what has happened: while the clock follows, who
/// reads outside a turn has the timeline catch up first when `isBehind` says so.
final class MetricFlow: Sendable {
    private let directory: HostingDirectory
    private let components: ComponentDirectory
    private let meters: MeterBook
    private let models: ModelCache
    private let sink: any MetricSink
    private let state = Mutex(State())
    /// Everything up to here has happened, simulated traffic included, in milliseconds since the epoch; the epoch itself
    /// as long as nothing has.
    private let settled = Atomic<Int64>(0)

    /// A variant of an endpoint, or an inference component.
    private struct Subject: Hashable {
        let endpoint: EndpointKey
        let name: String

        init(variant: String, of endpoint: EndpointKey) { (self.endpoint, name) = (endpoint, variant) }

        /// Components are counted beside variants, under an endpoint name that no endpoint can have.
        init(component: String, in realm: Realm) { self.init(variant: component, of: EndpointKey(realm, "/")) }

        init(_ key: MeterKey) {
            if let component = key.component {
                self.init(component: component, in: key.realm)
            } else {
                self.init(variant: key.variant, of: EndpointKey(key.realm, key.endpoint))
            }
        }
    }

    /// What of a subject is published, and its load by the shortest spans as far as it is still needed.
    private struct Course {
        var concurrency: SpanCursor
        var utilization: SpanCursor
        var invocations: SpanCursor

        init(_ pace: MetricPace, at instant: SimInstant) {
            concurrency = SpanCursor(length: MetricPace.concurrency, at: instant)
            utilization = SpanCursor(length: pace.utilization, at: instant)
            invocations = SpanCursor(length: pace.invocations, at: instant)
        }

        /// The same course at a pace that may have changed.
        func continued(_ pace: MetricPace) -> Course {
            var course = self
            course.utilization = utilization.continued(length: pace.utilization)
            course.invocations = invocations.continued(length: pace.invocations)
            return course
        }
    }

    private struct State {
        var courses: [Subject: Course] = [:]
        var loads: [Subject: [SimInstant: VariantLoad]] = [:]
        /// The last instant that idle metrics were published for, on the shortest pace.
        var lastIdle: SimInstant?
    }

    /// Loads older than this are of no use: the slowest pace, and some.
    private static let loadsKept = SimDuration.minutes(10)

    init(
        directory: HostingDirectory, components: ComponentDirectory, meters: MeterBook, models: ModelCache,
        sink: any MetricSink
    ) {
        self.models = models
        self.directory = directory
        self.components = components
        self.meters = meters
        self.sink = sink
    }

    /// Everything up to an instant has happened.
    func settle(at instant: SimInstant) {
        settled.store(instant.millisecondsSinceEpoch, ordering: .releasing)
    }

    /// Whether a span may have ended by an instant that not everything has happened up to.
    func isBehind(_ instant: SimInstant) -> Bool {
        SimInstant(millisecondsSinceEpoch: settled.load(ordering: .acquiring)).floored(to: MetricPace.concurrency)
            < instant.floored(to: MetricPace.concurrency)
    }

    /// Hands over everything that may be known by now. Cheap when there is nothing; called before any metric is read.
    func flush() {
        let instant = SimInstant(millisecondsSinceEpoch: settled.load(ordering: .acquiring))
        // Nobody may read between the counts that are taken and the idle metrics that follow from them.
        state.withLock { state in
            var observations = takeCounts(at: instant, &state)
            let slot = instant.floored(to: MetricPace.concurrency)
            if instant.millisecondsSinceEpoch > 0, state.lastIdle != slot {
                observations += idle(at: instant, &state)
                state.lastIdle = slot
            }
            if !observations.isEmpty { sink.book(observations) }
        }
    }

    /// The minute that ends now is over: what is published by the minute whatever the endpoint's pace is handed over too.
    func closeMinute(_ turn: Turn) throws {
        settle(at: turn.now)
        flush()
        let minute = PublishedSpan(containing: turn.now - .minutes(1), length: .minutes(1))
        var observations = loadedModels(minute)
        for hosted in directory.invocable where hosted.isAsynchronous {
            observations += try AsyncBacklogMetrics.observations(of: hosted, minute, at: turn.now, turn.transaction)
        }
        if !observations.isEmpty { sink.book(observations) }
    }

    private func takeCounts(at instant: SimInstant, _ state: inout State) -> [MetricObservation] {
        let (observations, loads) = meters.drain(at: instant) { key in
            if let component = key.component { return components.component(ComponentKey(key.realm, component)) != nil }
            return directory.hasFleet(key)
        }
        for (key, load) in loads {
            let before = state.loads[Subject(key), default: [:]][load.span.start] ?? VariantLoad()
            state.loads[Subject(key), default: [:]][load.span.start] = before + load.load
        }
        return observations
    }

    /// What flows for every variant and component, of all spans that are over.
    private func idle(at instant: SimInstant, _ state: inout State) -> [MetricObservation] {
        var observations: [MetricObservation] = []
        var courses: [Subject: Course] = [:]
        func course(_ subject: Subject, _ pace: MetricPace) -> Course {
            if let known = courses[subject] { return known }
            return state.courses[subject]?.continued(pace) ?? Course(pace, at: instant)
        }
        func load(_ subject: Subject, _ span: PublishedSpan) -> VariantLoad {
            (state.loads[subject] ?? [:]).reduce(VariantLoad()) { span.contains($1.key) ? $0 + $1.value : $0 }
        }
        var knownTypes: [EndpointKey: [InstanceID: String]] = [:]
        func types(of hosted: HostedEndpoint?) -> [InstanceID: String] {
            guard let record = hosted?.record else { return [:] }
            if let known = knownTypes[record.key] { return known }
            let types = record.endpoint.instanceTypes
            knownTypes[record.key] = types
            return types
        }
        let guests = Dictionary(grouping: components.all, by: \.endpointKey)
        for hosted in directory.invocable {
            let pace = hosted.record.currentFeatures?.metricPace ?? .standard
            for fleet in hosted.record.endpoint.fleets {
                let subject = Subject(variant: fleet.variant.text, of: hosted.record.key)
                let routes = hosted.table.variants.filter { $0.variant == fleet.variant }.flatMap(\.fleets)
                let own = fleet.plan.modelName == nil ? (guests[hosted.record.key] ?? []).filter {
                    $0.variantName == fleet.variant.text && $0.belongs(to: hosted.record)
                } : nil
                let metrics = IdleMetrics(
                    endpoint: hosted.record, plan: fleet.plan, instances: routes.flatMap(\.active), types: types(of: hosted),
                    guests: own)
                var progress = course(subject, pace)
                for span in progress.concurrency.take(until: instant) {
                    observations += metrics.concurrency(span, load: load(subject, span))
                }
                for span in progress.utilization.take(until: instant) {
                    let hosted = own?.reduce(VariantLoad()) { $0 + load(Subject(component: $1.name, in: $1.realm), span) }
                    observations += metrics.utilization(span, load: hosted ?? load(subject, span))
                }
                for span in progress.invocations.take(until: instant) {
                    let isBusy = hosted.fleets.joined().contains {
                        $0.variant == fleet.variant && $0.serverless != nil && $0.meter.isBusy(in: span)
                    }
                    observations += metrics.invocations(span, load: load(subject, span), hasBusyWorkers: isBusy)
                }
                courses[subject] = progress
            }
        }
        for record in components.all {
            let subject = Subject(component: record.name, in: record.realm)
            let host = directory.endpoint(record.endpointKey)
            let pace = host?.record.currentFeatures?.metricPace ?? .standard
            _ = meters.meter(
                MeterKey(component: record.name, realm: record.realm), isAsynchronous: false, pace: pace.invocations)
            let metrics = IdleComponentMetrics(record: record)
            var own = course(subject, pace)
            for span in own.concurrency.take(until: instant) {
                observations += metrics.concurrency(span, load: load(subject, span))
            }
            for span in own.utilization.take(until: instant) {
                observations += metrics.utilization(span, load: load(subject, span), types: types(of: host))
            }
            for span in own.invocations.take(until: instant) {
                observations += metrics.invocations(span, load: load(subject, span))
            }
            courses[subject] = own
        }
        state.courses = courses
        let horizon = instant - Self.loadsKept
        state.loads = state.loads.compactMapValues { loads in
            let kept = loads.filter { $0.key >= horizon }
            return kept.isEmpty ? nil : kept
        }
        return observations
    }

    /// How many models each machine of multi-model endpoints has; machines that are gone are forgotten.
    // AWS: doc — spec/hosting.md §D.2.
    private func loadedModels(_ minute: PublishedSpan) -> [MetricObservation] {
        var observations: [MetricObservation] = []
        var living: Set<InstanceID> = []
        for hosted in directory.invocable {
            for fleet in hosted.fleets.joined() {
                guard case .multiModel = fleet.container.layout else { continue }
                living.formUnion(fleet.route.active)
                var samples = SampleSet()
                for count in models.counts(of: fleet.route.active) { samples.add(Double(count)) }
                observations.append(MetricObservation(
                    realm: hosted.record.realm,
                    metric: MetricIdentity(
                        namespace: "/aws/sagemaker/Endpoints", name: "LoadedModelCount",
                        dimensions: VariantDimensions.variant(
                            endpoint: hosted.record.name, variant: fleet.variant.text)),
                    unit: .none, span: minute, samples: samples))
            }
        }
        models.forget { living.contains($0) }
        return observations
    }

    func removeAll() {
        settled.store(0, ordering: .releasing)
        state.withLock { $0 = State() }
    }
}
