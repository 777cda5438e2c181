import HostingRules
package import MetricRules
package import SimTime
import Synchronization
package import Vocabulary

/// Samples of one metric in one span of time, on their way to CloudWatch.
package struct MetricObservation: Sendable {
    package var realm: Realm
    package var metric: MetricIdentity
    package var unit: MetricUnit
    /// The datapoint's timestamp.
    package var timestamp: SimInstant
    /// Whether it can be seen below a minute.
    package var isHighResolution: Bool
    package var samples: SampleSet

    init(realm: Realm, metric: MetricIdentity, unit: MetricUnit, span: PublishedSpan, samples: SampleSet) {
        self.realm = realm
        self.metric = metric
        self.unit = unit
        timestamp = span.timestamp
        isHighResolution = span.isHighResolution
        self.samples = samples
    }
}

/// Where observations go. Implemented by CloudWatch, joined by the composition root.
package protocol MetricSink: Sendable {
    func book(_ observations: [MetricObservation])
}

/// All meters of the data plane, and how their counts become observations.
final class MeterBook: Sendable {
    private let meters = Mutex<[MeterKey: FleetMeter]>([:])

    /// - Parameter pace: the length of the spans that its counts become datapoints of; nil leaves it.
    func meter(_ key: MeterKey, isAsynchronous: Bool, pace: SimDuration? = nil) -> FleetMeter {
        let meter = meters.withLock { meters in
            if let meter = meters[key], meter.isAsynchronous == isAsynchronous { return meter }
            let meter = FleetMeter(isAsynchronous: isAsynchronous)
            meters[key] = meter
            return meter
        }
        if let pace { meter.setPace(pace) }
        return meter
    }

    func removeAll() { meters.withLock { $0 = [:] } }

    /// What may be published at an instant of everything counted since the last call, as observations of both dimension
    /// sets, and the load of each meter. Meters of fleets that `living` does not name are dropped once they are empty.
    func drain(
        at instant: SimInstant, living: (MeterKey) -> Bool
    ) -> (observations: [MetricObservation], loads: [(key: MeterKey, load: SpanLoad)]) {
        let all = meters.withLock { $0 }
        var observations: [MetricObservation] = []
        var loads: [(key: MeterKey, load: SpanLoad)] = []
        for (key, meter) in all {
            let drained = meter.drain(at: instant)
            for tally in drained.tallies {
                observations += Self.observations(of: tally, key, isAsynchronous: meter.isAsynchronous)
            }
            loads += drained.loads.map { (key, $0) }
            if drained.isEmpty, !living(key) { meters.withLock { $0[key] = nil } }
        }
        return (observations, loads)
    }

    // AWS: doc — spec/hosting.md §D.1.
    private static let notOfAsynchronous: Set<String> = ["Invocations", "OverheadLatency"]

    // AWS: doc and recorded — spec/hosting.md §D.1: sets V and C; InvocationsPerInstance under V only.
    private static func observations(
        of tally: SpanTally, _ key: MeterKey, isAsynchronous: Bool
    ) -> [MetricObservation] {
        let variant: [MetricDimension]
        var sets: [[MetricDimension]]
        if let component = key.component {
            // AWS: recorded — spec/hosting.md §D.1: for inference components under their own name only.
            variant = [MetricDimension(name: "InferenceComponentName", value: component)]
            sets = [variant]
        } else {
            variant = VariantDimensions.variant(endpoint: key.endpoint, variant: key.variant)
            sets = [variant, variant + [MetricDimension(name: "EndpointConfigName", value: key.config)]]
        }
        // A tally may hold nothing but failures of another kind.
        if tally.count == 0 { sets = [] }
        var observations: [MetricObservation] = []
        for (name, unit, samples) in sets.isEmpty ? [] : tally.samples
        where !(isAsynchronous && notOfAsynchronous.contains(name)) {
            for dimensions in sets {
                observations.append(MetricObservation(
                    realm: key.realm,
                    metric: MetricIdentity(namespace: "AWS/SageMaker", name: name, dimensions: dimensions),
                    unit: unit, span: tally.span, samples: samples))
            }
        }
        observations += containerObservations(of: tally, key, variant)
        for (metric, samples) in tally.occasional {
            observations.append(MetricObservation(
                realm: key.realm,
                metric: MetricIdentity(namespace: "AWS/SageMaker", name: metric.rawValue, dimensions: variant),
                unit: metric.unit, span: tally.span, samples: samples))
        }
        if isAsynchronous || tally.count == 0 { return observations }
        let perPlace = key.component == nil ? "InvocationsPerInstance" : "InvocationsPerCopy"
        observations.append(MetricObservation(
            realm: key.realm,
            metric: MetricIdentity(namespace: "AWS/SageMaker", name: perPlace, dimensions: variant),
            unit: .none, span: tally.span,
            samples: SampleSet(count: tally.count, sum: tally.perInstance, minimum: 0, maximum: 1)))
        return observations
    }

    // AWS: doc — spec/hosting.md §D.1: set V with ContainerName; pipelines have ContainerLatency alone.
    private static func containerObservations(
        of tally: SpanTally, _ key: MeterKey, _ variant: [MetricDimension]
    ) -> [MetricObservation] {
        func observation(
            _ name: String, _ unit: MetricUnit, _ hostname: String, _ samples: SampleSet
        ) -> MetricObservation {
            MetricObservation(
                realm: key.realm,
                metric: MetricIdentity(
                    namespace: "AWS/SageMaker", name: name,
                    dimensions: variant + [MetricDimension(name: "ContainerName", value: hostname)]),
                unit: unit, span: tally.span, samples: samples)
        }
        var observations = tally.containerLatencies.map { observation("ContainerLatency", .microseconds, $0.key, $0.value) }
        for (hostname, own) in tally.containers {
            for (name, unit, samples) in own.samples where name != "OverheadLatency" {
                observations.append(observation(name, unit, hostname, samples))
            }
        }
        return observations
    }
}

/// The dimensions of hosting metrics.
enum VariantDimensions {
    static func variant(endpoint: String, variant: String) -> [MetricDimension] {
        [MetricDimension(name: "EndpointName", value: endpoint), MetricDimension(name: "VariantName", value: variant)]
    }
}
