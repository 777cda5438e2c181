import HostingRules
import MetricRules
import SimTime
import Store

/// What an asynchronous endpoint publishes of its backlog each minute.
// AWS: doc — spec/hosting.md §D.3.
enum AsyncBacklogMetrics {
    static func observations(
        of hosted: HostedEndpoint, _ minute: PublishedSpan, at now: SimInstant, _ reader: StoreReader
    ) throws -> [MetricObservation] {
        let record = hosted.record
        let backlog = try AsyncQueue.backlog(record.key, reader)
        let instances = hosted.table.instances.count
        func observation(_ name: String, _ unit: MetricUnit, _ value: Double) -> MetricObservation {
            MetricObservation(
                realm: record.realm,
                metric: MetricIdentity(
                    namespace: "AWS/SageMaker", name: name,
                    dimensions: [MetricDimension(name: "EndpointName", value: record.name)]),
                unit: unit, span: minute, samples: SampleSet(value))
        }
        var all = [
            observation("ApproximateBacklogSize", .count, Double(backlog.count)),
            observation("HasBacklogWithoutCapacity", .count, backlog.count > 0 && instances == 0 ? 1 : 0),
        ]
        // Without a machine there is nothing to divide by: that is what HasBacklogWithoutCapacity is for.
        if instances > 0 {
            all.append(observation("ApproximateBacklogSizePerInstance", .count, Double(backlog.count) / Double(instances)))
        }
        if let oldest = backlog.oldestAccepted {
            let age = now - SimInstant(millisecondsSinceEpoch: oldest)
            all.append(observation("ApproximateAgeOfOldestRequest", .seconds, age.seconds))
        }
        return all
    }
}
