import HostingRules
import MetricRules
import SimTime
import Vocabulary

/// What flows for every variant whether or not it is called: a zero for Invocations in an idle minute, and utilisation.
// AWS: recorded — spec/hosting.md §D.1; the utilisation values here are made up from the minute's load.
enum IdleMetrics {
    /// The observations of a variant for the minute that just ended.
    static func observations(
        of endpoint: EndpointRecord, variant: String, instances: [InstanceID], isServerless: Bool, minute: SimInstant,
        load: MinuteLoad, isOfComponents: Bool = false, isProvisioned: Bool = false
    ) -> [MetricObservation] {
        let invocations = load.invocations
        let activeInstances = instances.count
        let dimensions = VariantDimensions.variant(endpoint: endpoint.name, variant: variant)
        func observation(
            _ namespace: String, _ name: String, _ unit: MetricUnit, _ value: Double, _ instance: InstanceID? = nil
        ) -> MetricObservation {
            let more = instance.map { [MetricDimension(name: "InstanceId", value: $0.text)] } ?? []
            return MetricObservation(
                realm: endpoint.realm,
                metric: MetricIdentity(namespace: namespace, name: name, dimensions: dimensions + more),
                unit: unit, minute: minute, samples: SampleSet(value))
        }
        let perMachineSecond = invocations / 60 / Double(max(1, activeInstances))
        // Without a machine nothing is utilised; Invocations still has its zero.
        var utilisation: [(name: String, percent: Double)] = [("MemoryUtilization", min(95, 6 + perMachineSecond * 0.02))]
        if !isServerless {
            utilisation += [("CPUUtilization", min(400, 0.5 + perMachineSecond * 0.8)), ("DiskUtilization", 9)]
        }
        // AWS: doc — spec/hosting.md §D.1: enhanced metrics tell machines apart.
        let isEnhanced = endpoint.currentFeatures?.hasEnhancedMetrics == true && !isServerless
        var all: [MetricObservation] = []
        for (name, percent) in utilisation where activeInstances > 0 {
            all.append(observation("/aws/sagemaker/Endpoints", name, .percent, percent))
            for instance in isEnhanced ? instances : [] {
                all.append(observation("/aws/sagemaker/Endpoints", name, .percent, percent, instance))
            }
        }
        // AWS: recorded — spec/hosting.md §D.1: invocations of components have no series under the variant.
        if invocations == 0, !isOfComponents, endpoint.currentFeatures?.asyncInference == nil {
            // The per-instance zero is documented by AWS's auto scaling of variants without traffic: it lets them scale in.
            for name in ["Invocations", "InvocationsPerInstance"] { all.append(observation("AWS/SageMaker", name, .none, 0)) }
        }
        if invocations == 0, isServerless {
            // Assumed, as the zero per instance: without it, auto scaling would never take provisioned concurrency away.
            var metrics: [OccasionalMetric] = [.serverlessConcurrentExecutionsUtilization]
            if isProvisioned { metrics.append(.serverlessProvisionedConcurrencyUtilization) }
            for metric in metrics { all.append(observation("AWS/SageMaker", metric.rawValue, metric.unit, 0)) }
        }
        if activeInstances > 0, !isServerless, !isOfComponents, endpoint.currentFeatures?.asyncInference == nil {
            let concurrency = load.modelMicroseconds / 60_000_000 / Double(activeInstances)
            all.append(observation("AWS/SageMaker", "ConcurrentRequestsPerModel", .none, concurrency))
        }
        return all
    }

    /// What flows for a component: a zero when nobody called it, and how many requests a copy had at once.
    static func observations(
        of record: ComponentRecord, minute: SimInstant, load: MinuteLoad
    ) -> [MetricObservation] {
        func observation(_ name: String, _ value: Double) -> MetricObservation {
            MetricObservation(
                realm: record.realm,
                metric: MetricIdentity(
                    namespace: "AWS/SageMaker", name: name,
                    dimensions: [MetricDimension(name: "InferenceComponentName", value: record.name)]),
                unit: .none, minute: minute, samples: SampleSet(value))
        }
        var all = load.invocations == 0 ? [observation("Invocations", 0)] : []
        let copies = record.component.servingCount
        if copies > 0 {
            // AWS: doc — "Scale an endpoint to zero instances" tracks it down to no copy, which needs a value when idle.
            if load.invocations == 0 { all.append(observation("InvocationsPerCopy", 0)) }
            all.append(observation("ConcurrentRequestsPerCopy", load.modelMicroseconds / 60_000_000 / Double(copies)))
        }
        return all
    }
}

/// What one variant did in one minute.
struct MinuteLoad: Sendable {
    var invocations = 0.0
    /// The time that all its requests spent in containers: divided by the minute and the machines, how many a machine had
    /// at once on average (Little's law), which holds for simulated traffic too.
    var modelMicroseconds = 0.0
}
