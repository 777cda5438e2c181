import HostingRules
import MetricRules
import SimTime
import Synchronization
import Timeline
import Vocabulary

/// Carries what the data plane counted to the metric sink, and adds what flows in idle minutes.
final class MetricFlow: Sendable {
    private let directory: HostingDirectory
    private let components: ComponentDirectory
    private let meters: MeterBook
    private let models: ModelCache
    private let sink: any MetricSink
    /// What was already handed over, by variant, for the minutes whose end has not been accounted for.
    private let handedOver = Mutex<[VariantMinute: MinuteLoad]>([:])

    private struct VariantMinute: Hashable {
        let endpoint: EndpointKey
        let variant: String
        let minute: SimInstant
    }

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

    /// Hands over everything counted so far. Cheap when there is nothing; called before any metric is read.
    func flush() {
        let observations = meters.drain { key in
            if let component = key.component { return components.component(ComponentKey(key.realm, component)) != nil }
            return directory.hasFleet(key)
        }
        guard !observations.isEmpty else { return }
        handedOver.withLock { loads in
            for observation in observations where observation.metric.dimensions.count <= 2 {
                let values = observation.metric.dimensions.map(\.value)
                let key = values.count == 2
                    ? VariantMinute(
                        endpoint: EndpointKey(observation.realm, values[0]), variant: values[1],
                        minute: observation.minute)
                    : Self.minute(observation.minute, ofComponent: values[0], in: observation.realm)
                switch observation.metric.name {
                case "Invocations": loads[key, default: MinuteLoad()].invocations += observation.samples.count
                case "ModelLatency": loads[key, default: MinuteLoad()].modelMicroseconds += observation.samples.sum
                default: break
                }
            }
        }
        sink.book(observations)
    }

    /// The minute that ends now is over: everything counted and everything idle of it is handed over.
    func closeMinute(_ turn: Turn) throws {
        flush()
        let minute = turn.now - .minutes(1)
        let counts = handedOver.withLock { counts in
            let closed = counts
            counts = counts.filter { $0.key.minute > minute }
            return closed
        }
        var observations: [MetricObservation] = []
        for hosted in directory.invocable {
            if hosted.isAsynchronous {
                observations += try AsyncBacklogMetrics.observations(
                    of: hosted, minute: minute, at: turn.now, turn.transaction)
            }
            for fleet in hosted.record.endpoint.fleets {
                let name = fleet.variant.text
                let key = VariantMinute(endpoint: hosted.record.key, variant: name, minute: minute)
                let routes = hosted.table.variants.filter { $0.variant == fleet.variant }.flatMap(\.fleets)
                observations += IdleMetrics.observations(
                    of: hosted.record, variant: name, instances: routes.flatMap(\.active),
                    isServerless: fleet.plan.serverless != nil, minute: minute, load: counts[key] ?? MinuteLoad(),
                    isOfComponents: fleet.plan.modelName == nil,
                    isProvisioned: fleet.serverless?.provisionedConcurrency ?? 0 > 0)
            }
        }
        observations += loadedModels(minute)
        for record in components.all {
            let key = Self.minute(minute, ofComponent: record.name, in: record.realm)
            observations += IdleMetrics.observations(of: record, minute: minute, load: counts[key] ?? MinuteLoad())
        }
        if !observations.isEmpty { sink.book(observations) }
    }

    /// How many models each machine of multi-model endpoints has; machines that are gone are forgotten.
    // AWS: doc — spec/hosting.md §D.2.
    private func loadedModels(_ minute: SimInstant) -> [MetricObservation] {
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
                    unit: .none, minute: minute, samples: samples))
            }
        }
        models.forget { living.contains($0) }
        return observations
    }

    /// Components are counted beside variants, under an endpoint name that no endpoint can have.
    private static func minute(_ minute: SimInstant, ofComponent name: String, in realm: Realm) -> VariantMinute {
        VariantMinute(endpoint: EndpointKey(realm, "/"), variant: name, minute: minute)
    }

    func removeAll() { handedOver.withLock { $0 = [:] } }
}
