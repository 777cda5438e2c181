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
    /// What type each of them is: pools mix several.
    let types: [InstanceID: String]
    /// Its inference components; nil for a variant with a model.
    let guests: [ComponentRecord]?

    private var isServerless: Bool { plan.serverless != nil }
    private var isOfComponents: Bool { guests != nil }

    /// What is utilised, after a span. The load of a variant that hosts components is that of its components.
    func utilization(_ span: PublishedSpan, load: VariantLoad) -> [MetricObservation] {
        // Without a machine nothing is utilised; Invocations still has its zero.
        if instances.isEmpty { return [] }
        let perMachineSecond = load.invocations / span.length.seconds / Double(instances.count)
        let machines = values(requestsPerSecond: perMachineSecond)
        // AWS: doc — spec/hosting.md §D.1: enhanced metrics tell machines apart.
        let isEnhanced = endpoint.currentFeatures?.hasEnhancedMetrics == true && !isServerless
        let apart = isEnhanced ? Array(zip(instances, machines)) : []
        return ([(nil, Utilization.average(machines))] + apart).flatMap { place, values in
            values.map { observation("/aws/sagemaker/Endpoints", $0.name, .percent, $0.percent, span, place) }
        }
    }

    /// How busy each machine is, with what its copies reserve.
    private func values(requestsPerSecond: Double) -> [[Utilization.Value]] {
        if isServerless { return instances.map { _ in Utilization.worker(requestsPerSecond: requestsPerSecond) } }
        var byType: [String: [Utilization.Value]] = [:]
        let hosting = guests.flatMap { $0.contains { $0.component.servingCount > 0 } ? Self.reserved(by: $0) : nil }
        return instances.map { instance in
            let type = types[instance] ?? ""
            let known = byType[type] ?? Utilization.machine(type, requestsPerSecond: requestsPerSecond)
            byType[type] = known
            guard let hosting else { return known }
            return known + Utilization.hosting(
                type, requestsPerSecond: requestsPerSecond, reserved: hosting[instance] ?? ComponentDemand(memoryInMB: 0))
        }
    }

    /// What copies take of each machine.
    private static func reserved(by guests: [ComponentRecord]) -> [InstanceID: ComponentDemand] {
        var sums: [InstanceID: ComponentDemand] = [:]
        for guest in guests {
            for copy in guest.component.copies {
                guard let demand = guest.specifications[copy.revision]?.demand else { continue }
                var sum = sums[copy.machine] ?? ComponentDemand(memoryInMB: 0)
                sum.cpuCores += demand.cpuCores
                sum.memoryInMB += demand.memoryInMB
                sum.accelerators += demand.accelerators
                sums[copy.machine] = sum
            }
        }
        return sums
    }

    /// The zeros of a span without invocations. `hasBusyWorkers` says whether a serverless request was under way in it, be it
    /// one that ends later: what begins is counted when it begins, an invocation when it ends.
    func invocations(_ span: PublishedSpan, load: VariantLoad, hasBusyWorkers: Bool) -> [MetricObservation] {
        // AWS: recorded — spec/hosting.md §D.1: invocations of components have no series under the variant.
        guard load.invocations == 0, !isOfComponents, endpoint.currentFeatures?.asyncInference == nil else { return [] }
        // The per-instance zero is documented by AWS's auto scaling of variants without traffic: it lets them scale in.
        let zeros = ["Invocations", "InvocationsPerInstance"].map { observation("AWS/SageMaker", $0, .none, 0, span) }
        guard isServerless, load.admissions == 0, !hasBusyWorkers else { return zeros }
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

    /// How busy its copies were, each on a machine of its type; one whose machine is gone has nothing to tell.
    func utilization(
        _ span: PublishedSpan, load: VariantLoad, types: [InstanceID: String]
    ) -> [MetricObservation] {
        let copies = record.component.copies.filter { $0.state == .serving }
        if copies.isEmpty { return [] }
        let perCopySecond = load.invocations / span.length.seconds / Double(copies.count)
        var names: [String] = []
        var samples: [String: SampleSet] = [:]
        for copy in copies {
            // An adapter runs in its base's container and has no utilisation of its own.
            guard let demand = record.specifications[copy.revision]?.demand, let type = types[copy.machine] else { continue }
            for value in Utilization.copy(demand, on: type, requestsPerSecond: perCopySecond) {
                if samples[value.name] == nil { names.append(value.name) }
                samples[value.name, default: SampleSet()].add(value.percent)
            }
        }
        return names.compactMap { name in
            samples[name].map { observation(name, $0, span, in: "/aws/sagemaker/InferenceComponents", .percent) }
        }
    }

    private func observation(_ name: String, _ value: Double, _ span: PublishedSpan) -> MetricObservation {
        observation(name, SampleSet(value), span, in: "AWS/SageMaker", .none)
    }

    private func observation(
        _ name: String, _ samples: SampleSet, _ span: PublishedSpan, in namespace: String, _ unit: MetricUnit
    ) -> MetricObservation {
        MetricObservation(
            realm: record.realm,
            metric: MetricIdentity(
                namespace: namespace, name: name,
                dimensions: [MetricDimension(name: "InferenceComponentName", value: record.name)]),
            unit: unit, span: span, samples: samples)
    }
}

extension VariantLoad {
    fileprivate func concurrency(in span: PublishedSpan, places: Int) -> Double {
        modelMicroseconds / 1_000_000 / span.length.seconds / Double(places)
    }
}
