import MetricRules
import SimTime

/// One datapoint of one metric, as a stream sends it.
struct StreamRecord: Sendable {
    let metric: MetricIdentity
    let unit: MetricUnit
    /// The start of the minute, as a client would see it.
    let start: SimInstant
    let samples: SampleSet
    /// Beyond count, sum, maximum and minimum: as they are named in the stream's configuration, and their values.
    let additional: [(name: String, value: Double)]

    static let span = SimDuration.minutes(1)
}

/// The forms of records. AWS: doc — metric stream output formats.
enum StreamFormat: String, Sendable {
    case json
    case openTelemetry07 = "opentelemetry0.7"
    case openTelemetry10 = "opentelemetry1.0"

    func encoded(_ records: [StreamRecord], of stream: StreamIdentity) -> [UInt8] {
        switch self {
        case .json: Array(records.map { Self.line($0, stream) + "\n" }.joined().utf8)
        case .openTelemetry07: StreamOTLP(release: .v07).encoded(records, of: stream)
        case .openTelemetry10: StreamOTLP(release: .v10).encoded(records, of: stream)
        }
    }

    /// One JSON object in one line.
    private static func line(_ record: StreamRecord, _ stream: StreamIdentity) -> String {
        let samples = record.samples
        let values = [("count", samples.count), ("sum", samples.sum), ("max", samples.maximum), ("min", samples.minimum)]
        return JSONText.object([
            ("metric_stream_name", JSONText.string(stream.name)), ("account_id", JSONText.string(stream.account)),
            ("region", JSONText.string(stream.region)), ("namespace", JSONText.string(record.metric.namespace)),
            ("metric_name", JSONText.string(record.metric.name)),
            ("dimensions", JSONText.object(record.metric.dimensions.map { ($0.name, JSONText.string($0.value)) })),
            ("timestamp", String(record.start.millisecondsSinceEpoch)),
            ("value", JSONText.object((values + record.additional).map { ($0.0, JSONText.number($0.1)) })),
            ("unit", JSONText.string(record.unit.rawValue)),
        ])
    }
}

/// What records say of the stream they come from.
struct StreamIdentity: Sendable {
    let name: String
    let account: String
    let region: String
    let arn: String
}
