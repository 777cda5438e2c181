package import SimTime
package import Vocabulary

/// Takes what metric streams send, in the place of the Firehose they name. Implemented by the composition root, which
/// writes objects to the S3 emulation.
package protocol MetricStreamSink: Sendable {
    /// Writes one batch. Called outside the timeline; throws when nothing was written.
    func write(_ batch: MetricStreamBatch) async throws
}

/// What a stream sends at once: a whole number of records in its output format.
package struct MetricStreamBatch: Sendable {
    package let realm: Realm
    package let streamName: String
    package let deliveryStreamARN: String
    package let bytes: [UInt8]
    package let recordCount: Int
    /// The simulated instant of sending, as a client would see it.
    package let instant: SimInstant
}
