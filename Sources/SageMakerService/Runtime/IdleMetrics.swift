import HostingRules
import MetricRules
import SimTime
import Vocabulary

/// What flows for every variant whether or not it is called: a zero for Invocations in an idle span, utilisation, and
/// how many requests a machine had at once.
// AWS: recorded — spec/hosting.md §D.1; the utilisation values here are made up from the span's load.
struct IdleMetrics {
    let endpoint: EndpointRecord
    let variant: String
    /// Its machines with traffic.
    let instances: [InstanceID]
    let isServerless: Bool
    /// Whether it hosts inference components.
    let isOfComponents: Bool
    /// Whether it is serverless with provisioned concurrency.
    let isProvisioned: Bool

    /// What is utilised, after a span.
    func utilization(_ span: PublishedSpan, load: VariantLoad) -> [MetricObservation] {
        // Without a machine nothing is utilised; Invocations still has its zero.
        if instances.isEmpty { return [] }
        let perMachineSecond = load.invocations / span.length.seconds / Double(instances.count)
        var utilization: [(name: String, percent: Double)] = [("MemoryUtilization", min(95, 6 + perMachineSecond * 0.02))]
        if !isServerless {
            utilization += [("CPUUtilization", min(400, 0.5 + perMachineSecond * 0.8)), ("DiskUtilization", 9)]
        }
        // AWS: doc — spec/hosting.md §D.1: enhanced metrics tell machines apart.
        let isEnhanced = endpoint.currentFeatures?.hasEnhancedMetrics == true && !isServerless
        var all: [MetricObservation] = []
        for (name, percent) in utilization {
            all.append(observation("/aws/sagemaker/Endpoints", name, .percent, percent, span))
            for instance in isEnhanced ? instances : [] {
                all.append(observation("/aws/sagemaker/Endpoints", name, .percent, percent, span, instance))
            }
        }
        return all
    }

    /// The zeros of a span without invocations.
    func invocations(_ span: PublishedSpan, load: VariantLoad) -> [MetricObservation] {
        // AWS: recorded — spec/hosting.md §D.1: invocations of components have no series under the variant.
        guard load.invocations == 0, !isOfComponents, endpoint.currentFeatures?.asyncInference == nil else { return [] }
        // The per-instance zero is documented by AWS's auto scaling of variants without traffic: it lets them scale in.
        let zeros = ["Invocations", "InvocationsPerInstance"].map { observation("AWS/SageMaker", $0, .none, 0, span) }
        guard isServerless else { return zeros }
        // Assumed, as the zero per instance: without it, auto scaling would never take provisioned concurrency away.
        var metrics: [OccasionalMetric] = [.serverlessConcurrentExecutionsUtilization]
        if isProvisioned { metrics.append(.serverlessProvisionedConcurrencyUtilization) }
        return zeros + metrics.map { observation("AWS/SageMaker", $0.rawValue, $0.unit, 0, span) }
    }

    /// How many requests a machine had at once.
    func concurrency(_ span: PublishedSpan, load: VariantLoad) -> [MetricObservation] {
        guard !instances.isEmpty, !isServerless, !isOfComponents, endpoint.currentFeatures?.asyncInference == nil
        else { return [] }
        let concurrency = load.concurrency(in: span, places: instances.count)
        return [observation("AWS/SageMaker", "ConcurrentRequestsPerModel", .none, concurrency, span)]
    }

    private func observation(
        _ namespace: String, _ name: String, _ unit: MetricUnit, _ value: Double, _ span: PublishedSpan,
        _ instance: InstanceID? = nil
    ) -> MetricObservation {
        let more = instance.map { [MetricDimension(name: "InstanceId", value: $0.text)] } ?? []
        return MetricObservation(
            realm: endpoint.realm,
            metric: MetricIdentity(
                namespace: namespace, name: name,
                dimensions: VariantDimensions.variant(endpoint: endpoint.name, variant: variant) + more),
            unit: unit, span: span, samples: SampleSet(value))
    }
}

/// The same for an inference component.
struct IdleComponentMetrics {
    let record: ComponentRecord

    /// The zero of a span without invocations.
    func invocations(_ span: PublishedSpan, load: VariantLoad) -> [MetricObservation] {
        guard load.invocations == 0 else { return [] }
        // AWS: doc — "Scale an endpoint to zero instances" tracks it down to no copy, which needs a value when idle.
        let names = record.component.servingCount > 0 ? ["Invocations", "InvocationsPerCopy"] : ["Invocations"]
        return names.map { observation($0, 0, span) }
    }

    /// How many requests a copy had at once.
    func concurrency(_ span: PublishedSpan, load: VariantLoad) -> [MetricObservation] {
        let copies = record.component.servingCount
        if copies == 0 { return [] }
        return [observation("ConcurrentRequestsPerCopy", load.concurrency(in: span, places: copies), span)]
    }

    private func observation(_ name: String, _ value: Double, _ span: PublishedSpan) -> MetricObservation {
        MetricObservation(
            realm: record.realm,
            metric: MetricIdentity(
                namespace: "AWS/SageMaker", name: name,
                dimensions: [MetricDimension(name: "InferenceComponentName", value: record.name)]),
            unit: .none, span: span, samples: SampleSet(value))
    }
}

extension VariantLoad {
    fileprivate func concurrency(in span: PublishedSpan, places: Int) -> Double {
        modelMicroseconds / 1_000_000 / span.length.seconds / Double(places)
    }
}
