package import SimTime
package import Timeline
package import Vocabulary

/// Takes what metric streams send, in the place of the Firehose they name. Implemented by the composition root, which
/// writes objects to the S3 emulation.
package protocol MetricStreamSink: Sendable {
    /// Writes one batch in the turn of its minute; false when there is no place to write it to.
    func write(_ batch: MetricStreamBatch, in turn: Turn) throws -> Bool
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
