package import MetricRules
package import SimTime
import Vocabulary

/// Samples of one metric in one minute, on their way into storage.
package struct MetricBooking: Sendable {
    package var metric: MetricIdentity
    package var unit: MetricUnit
    /// Any instant of the minute (of the second, for high resolution) that the samples belong to.
    package var instant: SimInstant
    package var samples: SampleSet
    /// True for metrics kept by the second as well (`StorageResolution` 1).
    package var isHighResolution: Bool

    package init(
        metric: MetricIdentity, unit: MetricUnit, instant: SimInstant, samples: SampleSet, isHighResolution: Bool = false
    ) {
        self.metric = metric
        self.unit = unit
        self.instant = instant
        self.samples = samples
        self.isHighResolution = isHighResolution
    }
}

/// A metric of one realm.
struct SeriesKey: Hashable, Sendable {
    let realm: Realm
    let metric: MetricIdentity
}
