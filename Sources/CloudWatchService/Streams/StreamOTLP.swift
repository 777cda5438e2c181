import MetricRules
import SimTime

/// Records as OpenTelemetry's `ExportMetricsServiceRequest`, each request after its length as a varint. AWS: doc of the
/// structure; field numbers are those of opentelemetry-proto.
struct StreamOTLP {
    /// The two differ in the attributes of datapoints: plain pairs of texts, or `KeyValue`s.
    enum Release { case v07, v10 }

    let release: Release

    // AWS: inferred — how many metrics share a request.
    private static let metricsPerRequest = 500

    func encoded(_ records: [StreamRecord], of stream: StreamIdentity) -> [UInt8] {
        var output = ProtobufWriter(), file: [UInt8] = []
        for first in stride(from: 0, to: records.count, by: Self.metricsPerRequest) {
            let part = records[first..<min(records.count, first + Self.metricsPerRequest)]
            var request = ProtobufWriter()
            request.message(1) { resourceMetrics in
                resourceMetrics.message(1) { resource in
                    for (key, value) in [
                        ("cloud.provider", "aws"), ("cloud.account.id", stream.account), ("cloud.region", stream.region),
                        ("aws.exporter.arn", stream.arn),
                    ] { resource.message(1) { Self.keyValue(key, value, &$0) } }
                }
                resourceMetrics.message(2) { scope in
                    for record in part { scope.message(2) { metric(record, &$0) } }
                }
            }
            output = ProtobufWriter()
            output.varint(UInt64(request.bytes.count))
            file += output.bytes + request.bytes
        }
        return file
    }

    private func metric(_ record: StreamRecord, _ metric: inout ProtobufWriter) {
        metric.string(1, "amazonaws.com/\(record.metric.namespace)/\(record.metric.name)")
        metric.string(3, Self.unit(record.unit))
        // A summary with one datapoint.
        metric.message(11) { $0.message(1) { datapoint(record, &$0) } }
    }

    private func datapoint(_ record: StreamRecord, _ point: inout ProtobufWriter) {
        let names = [("Namespace", record.metric.namespace), ("MetricName", record.metric.name)]
        switch release {
        case .v07:
            let dimensions = record.metric.dimensions.map { ($0.name, $0.value) }
            for (key, value) in names + dimensions {
                point.message(1) { label in
                    label.string(1, key)
                    label.string(2, value)
                }
            }
        case .v10:
            for (key, value) in names { point.message(7) { Self.keyValue(key, value, &$0) } }
            point.message(7) { attribute in
                attribute.string(1, "Dimensions")
                attribute.message(2) { value in
                    value.message(6) { list in
                        for dimension in record.metric.dimensions {
                            list.message(1) { Self.keyValue(dimension.name, dimension.value, &$0) }
                        }
                    }
                }
            }
        }
        point.fixed64(2, Self.nanoseconds(record.start))
        point.fixed64(3, Self.nanoseconds(record.start + StreamRecord.span))
        point.fixed64(4, UInt64(clamping: Int64(min(max(record.samples.count, 0), 9e15))))
        point.double(5, record.samples.sum)
        // AWS: doc — quantile 0 is the minimum and quantile 1 the maximum.
        let percentiles = record.additional.compactMap { name, value in
            Double(name.dropFirst()).map { ($0 / 100, value) }
        }
        for (quantile, value) in [(0, record.samples.minimum)] + percentiles + [(1, record.samples.maximum)] {
            point.message(6) { pair in
                pair.double(1, quantile)
                pair.double(2, value)
            }
        }
    }

    private static func keyValue(_ key: String, _ value: String, _ pair: inout ProtobufWriter) {
        pair.string(1, key)
        pair.message(2) { $0.string(1, value) }
    }

    private static func nanoseconds(_ instant: SimInstant) -> UInt64 {
        UInt64(clamping: instant.millisecondsSinceEpoch.multipliedReportingOverflow(by: 1_000_000).partialValue)
    }

    /// OpenTelemetry's names of units. AWS: doc.
    private static func unit(_ unit: MetricUnit) -> String {
        let parts = unit.rawValue.split(separator: "/")
        let name = switch parts[0] {
        case "Seconds": "s"
        case "Microseconds": "us"
        case "Milliseconds": "ms"
        case "Bytes": "By"
        case "Kilobytes": "kBy"
        case "Megabytes": "MBy"
        case "Gigabytes": "GBy"
        case "Terabytes": "TBy"
        case "Bits": "bit"
        case "Kilobits": "kbit"
        case "Megabits": "Mbit"
        case "Gigabits": "Gbit"
        case "Terabits": "Tbit"
        case "Percent": "%"
        case "Count": "{Count}"
        default: "1"
        }
        return parts.count == 2 ? name + "/s" : name
    }
}
