package import SimTime

/// The buckets an alarm is evaluated on, newest first; missing ones included.
package struct AlarmWindow: Hashable, Sendable {
    package struct Datapoint: Hashable, Sendable {
        package let value: Double
        package let sampleCount: Double

        package init(value: Double, sampleCount: Double) {
            self.value = value
            self.sampleCount = sampleCount
        }
    }

    package struct Bucket: Hashable, Sendable {
        package let start: SimInstant
        /// Nil when there is no data.
        package let datapoint: Datapoint?

        package init(start: SimInstant, datapoint: Datapoint?) {
            self.start = start
            self.datapoint = datapoint
        }
    }

    package let buckets: [Bucket]

    package init(buckets: [Bucket]) { self.buckets = buckets }

    /// The window of an evaluation at `end`, from ascending spans of data. Buckets end at `end`, one period earlier, and
    /// so on: they slide with the evaluation and need not lie on multiples of the period.
    /// AWS: recorded — spec/cloudwatch.md §8.1.
    package init(
        of definition: AlarmDefinition, endingAt end: SimInstant,
        spans: some Collection<(start: SimInstant, samples: SampleSet)>
    ) {
        let count = definition.evaluationRange
        let start = end - definition.evaluationSpan
        var sets = [SampleSet?](repeating: nil, count: count)
        for span in spans where span.start >= start && span.start < end {
            let index = Int((span.start - start).milliseconds / definition.period.milliseconds)
            if sets[index] == nil {
                sets[index] = span.samples
            } else if definition.statistic.needsDistribution {
                sets[index]?.merge(span.samples)
            } else {
                sets[index]?.mergeTotals(span.samples)
            }
        }
        buckets = (0..<count).reversed().map { index in
            let datapoint = sets[index].flatMap { set in
                set.value(definition.statistic).map { Datapoint(value: $0, sampleCount: set.count) }
            }
            return Bucket(start: start + definition.period * Int64(index), datapoint: datapoint)
        }
    }
}
