package import SimTime

/// The buckets an alarm is evaluated on, newest first; missing ones included.
package struct AlarmWindow: Hashable, Sendable {
    package struct Datapoint: Hashable, Sendable {
        package let value: Double
        /// Nil for computed values.
        package let sampleCount: Double?
        /// The band the value is judged by, for alarms on one.
        package let bounds: BandBounds?

        package init(value: Double, sampleCount: Double?, bounds: BandBounds? = nil) {
            self.value = value
            self.sampleCount = sampleCount
            self.bounds = bounds
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
            } else if definition.statistic?.needsDistribution ?? false {
                sets[index]?.merge(span.samples)
            } else {
                sets[index]?.mergeTotals(span.samples)
            }
        }
        buckets = (0..<count).reversed().map { index in
            let datapoint = sets[index].flatMap { set in
                definition.statistic.flatMap(set.value).map { Datapoint(value: $0, sampleCount: set.count) }
            }
            return Bucket(start: start + definition.period * Int64(index), datapoint: datapoint)
        }
    }

    /// The window of an alarm on an expression. With a band, a datapoint without bounds is missing: nothing can be
    /// said of it.
    package init(
        of definition: AlarmDefinition, endingAt end: SimInstant, series: MathSeries,
        band: (upper: MathSeries, lower: MathSeries)? = nil
    ) {
        func values(_ series: MathSeries) -> [SimInstant: Double] {
            Dictionary(series.points.map { ($0.start, $0.value) }, uniquingKeysWith: { first, _ in first })
        }
        let known = values(series), bounds = band.map { (upper: values($0.upper), lower: values($0.lower)) }
        buckets = (1...definition.evaluationRange).map { index in
            let start = end - definition.period * Int64(index)
            guard let value = known[start] else { return Bucket(start: start, datapoint: nil) }
            guard let bounds else { return Bucket(start: start, datapoint: Datapoint(value: value, sampleCount: nil)) }
            guard let upper = bounds.upper[start], let lower = bounds.lower[start] else {
                return Bucket(start: start, datapoint: nil)
            }
            return Bucket(start: start, datapoint: Datapoint(
                value: value, sampleCount: nil, bounds: BandBounds(lower: lower, upper: upper)))
        }
    }

    /// The datapoints as an input of metric math.
    package func series(periodSeconds: Int, label: String? = nil) -> MathSeries {
        MathSeries(
            points: buckets.reversed().compactMap { bucket in
                bucket.datapoint.map { MathPoint(start: bucket.start, value: $0.value) }
            }, periodSeconds: periodSeconds, label: label)
    }
}
