package import MetricRules
package import SimTime
import Synchronization
package import Vocabulary

/// Samples of one metric in one minute, on their way to CloudWatch.
package struct MetricObservation: Sendable {
    package var realm: Realm
    package var metric: MetricIdentity
    package var unit: MetricUnit
    /// The start of the minute.
    package var minute: SimInstant
    package var samples: SampleSet

    package init(realm: Realm, metric: MetricIdentity, unit: MetricUnit, minute: SimInstant, samples: SampleSet) {
        self.realm = realm
        self.metric = metric
        self.unit = unit
        self.minute = minute
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

    func meter(_ key: MeterKey, isAsynchronous: Bool) -> FleetMeter {
        meters.withLock { meters in
            if let meter = meters[key], meter.isAsynchronous == isAsynchronous { return meter }
            let meter = FleetMeter(isAsynchronous: isAsynchronous)
            meters[key] = meter
            return meter
        }
    }

    func removeAll() { meters.withLock { $0 = [:] } }

    /// Everything counted since the last call, as observations of both dimension sets. Meters of fleets that `living`
    /// does not name are dropped once they are empty.
    func drain(living: (MeterKey) -> Bool) -> [MetricObservation] {
        let all = meters.withLock { $0 }
        var observations: [MetricObservation] = []
        for (key, meter) in all {
            let tallies = meter.drain()
            for tally in tallies {
                observations += Self.observations(of: tally, key, isAsynchronous: meter.isAsynchronous)
            }
            if tallies.isEmpty, !living(key) { meters.withLock { $0[key] = nil } }
        }
        return observations
    }

    // AWS: doc — spec/hosting.md §D.1.
    private static let notOfAsynchronous: Set<String> = ["Invocations", "OverheadLatency"]

    // AWS: doc and recorded — spec/hosting.md §D.1: sets V and C; InvocationsPerInstance under V only.
    private static func observations(
        of tally: MinuteTally, _ key: MeterKey, isAsynchronous: Bool
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
                    unit: unit, minute: tally.minute, samples: samples))
            }
        }
        observations += containerObservations(of: tally, key, variant)
        for (metric, samples) in tally.occasional {
            observations.append(MetricObservation(
                realm: key.realm,
                metric: MetricIdentity(namespace: "AWS/SageMaker", name: metric.rawValue, dimensions: variant),
                unit: metric.unit, minute: tally.minute, samples: samples))
        }
        if isAsynchronous || tally.count == 0 { return observations }
        let perPlace = key.component == nil ? "InvocationsPerInstance" : "InvocationsPerCopy"
        observations.append(MetricObservation(
            realm: key.realm,
            metric: MetricIdentity(namespace: "AWS/SageMaker", name: perPlace, dimensions: variant),
            unit: .none, minute: tally.minute,
            samples: SampleSet(count: tally.count, sum: tally.perInstance, minimum: 0, maximum: 1)))
        return observations
    }

    // AWS: doc — spec/hosting.md §D.1: set V with ContainerName; pipelines have ContainerLatency alone.
    private static func containerObservations(
        of tally: MinuteTally, _ key: MeterKey, _ variant: [MetricDimension]
    ) -> [MetricObservation] {
        func observation(
            _ name: String, _ unit: MetricUnit, _ hostname: String, _ samples: SampleSet
        ) -> MetricObservation {
            MetricObservation(
                realm: key.realm,
                metric: MetricIdentity(
                    namespace: "AWS/SageMaker", name: name,
                    dimensions: variant + [MetricDimension(name: "ContainerName", value: hostname)]),
                unit: unit, minute: tally.minute, samples: samples)
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
