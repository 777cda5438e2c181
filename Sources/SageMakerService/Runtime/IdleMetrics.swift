import HostingRules
import MetricRules
import SimTime
import Vocabulary

/// What flows for every variant whether or not it is called: a zero for Invocations in an idle span, utilisation, and
/// how many requests a machine had at once.
// AWS: recorded — spec/hosting.md §D.1; the utilisation values here are made up from the span's load.
struct IdleMetrics {
    let endpoint: EndpointRecord
    let plan: VariantPlan
    /// Its machines with traffic.
    let instances: [InstanceID]
    /// Its inference components; nil for a variant with a model.
    let guests: [ComponentRecord]?

    private var isServerless: Bool { plan.serverless != nil }
    private var isOfComponents: Bool { guests != nil }

    /// What is utilised, after a span. The load of a variant that hosts components is that of its components.
    func utilization(_ span: PublishedSpan, load: VariantLoad) -> [MetricObservation] {
        // Without a machine nothing is utilised; Invocations still has its zero.
        if instances.isEmpty { return [] }
        let perMachineSecond = load.invocations / span.length.seconds / Double(instances.count)
        let type = plan.instanceType ?? ""
        let machine = isServerless
            ? Utilization.worker(requestsPerSecond: perMachineSecond)
            : Utilization.machine(type, requestsPerSecond: perMachineSecond)
        // AWS: doc — spec/hosting.md §D.1: enhanced metrics tell machines apart.
        let isEnhanced = endpoint.currentFeatures?.hasEnhancedMetrics == true && !isServerless
        let places: [InstanceID?] = [nil] + (isEnhanced ? instances : [])
        return places.flatMap { place in
            var values = machine
            if let guests, guests.contains(where: { $0.component.servingCount > 0 }) {
                let reserved = Self.reserved(by: guests, on: place.map { [$0] } ?? instances)
                values += Utilization.hosting(type, requestsPerSecond: perMachineSecond, reserved: reserved)
            }
            return values.map { observation("/aws/sagemaker/Endpoints", $0.name, .percent, $0.percent, span, place) }
        }
    }

    /// What copies take of these machines, on average of one.
    private static func reserved(by guests: [ComponentRecord], on machines: [InstanceID]) -> ComponentDemand {
        var sum = ComponentDemand(memoryInMB: 0)
        for guest in guests {
            for copy in guest.component.copies where machines.contains(copy.machine) {
                guard let demand = guest.specifications[copy.revision]?.demand else { continue }
                sum.cpuCores += demand.cpuCores
                sum.memoryInMB += demand.memoryInMB
                sum.accelerators += demand.accelerators
            }
        }
        return ComponentDemand(
            cpuCores: sum.cpuCores / Double(machines.count), memoryInMB: sum.memoryInMB / machines.count,
            accelerators: sum.accelerators / Double(machines.count))
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
        if plan.serverless?.provisionedConcurrency ?? 0 > 0 { metrics.append(.serverlessProvisionedConcurrencyUtilization) }
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
                dimensions: VariantDimensions.variant(endpoint: endpoint.name, variant: plan.name.text) + more),
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

    /// How busy its copies were. `instanceType` is that of its variant; nil when that is gone.
    func utilization(_ span: PublishedSpan, load: VariantLoad, instanceType: String?) -> [MetricObservation] {
        let copies = Double(record.component.servingCount)
        // An adapter runs in its base's container and has no utilisation of its own.
        guard copies > 0, let demand = record.current?.demand, let instanceType else { return [] }
        return Utilization.copy(demand, on: instanceType, requestsPerSecond: load.invocations / span.length.seconds / copies)
            .map { observation($0.name, $0.percent, span, in: "/aws/sagemaker/InferenceComponents", .percent, count: copies) }
    }

    private func observation(
        _ name: String, _ value: Double, _ span: PublishedSpan, in namespace: String = "AWS/SageMaker",
        _ unit: MetricUnit = .none, count: Double = 1
    ) -> MetricObservation {
        MetricObservation(
            realm: record.realm,
            metric: MetricIdentity(
                namespace: namespace, name: name,
                dimensions: [MetricDimension(name: "InferenceComponentName", value: record.name)]),
            unit: unit, span: span, samples: SampleSet(value, count: count))
    }
}

extension VariantLoad {
    fileprivate func concurrency(in span: PublishedSpan, places: Int) -> Double {
        modelMicroseconds / 1_000_000 / span.length.seconds / Double(places)
    }
}
