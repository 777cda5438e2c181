/// The unit a datapoint was published with. It is no part of a metric's identity, but datapoints of different units
/// are never mixed or converted. AWS: sdk — spec/cloudwatch.md §2.
package enum MetricUnit: String, CaseIterable, Hashable, Sendable {
    case seconds = "Seconds"
    case microseconds = "Microseconds"
    case milliseconds = "Milliseconds"
    case bytes = "Bytes"
    case kilobytes = "Kilobytes"
    case megabytes = "Megabytes"
    case gigabytes = "Gigabytes"
    case terabytes = "Terabytes"
    case bits = "Bits"
    case kilobits = "Kilobits"
    case megabits = "Megabits"
    case gigabits = "Gigabits"
    case terabits = "Terabits"
    case percent = "Percent"
    case count = "Count"
    case bytesPerSecond = "Bytes/Second"
    case kilobytesPerSecond = "Kilobytes/Second"
    case megabytesPerSecond = "Megabytes/Second"
    case gigabytesPerSecond = "Gigabytes/Second"
    case terabytesPerSecond = "Terabytes/Second"
    case bitsPerSecond = "Bits/Second"
    case kilobitsPerSecond = "Kilobits/Second"
    case megabitsPerSecond = "Megabits/Second"
    case gigabitsPerSecond = "Gigabits/Second"
    case terabitsPerSecond = "Terabits/Second"
    case countPerSecond = "Count/Second"
    case none = "None"

    /// The unit that answers a query naming none, when the metric was published with several: the first by name.
    /// Nil when there is no unit at all. AWS: recorded choices fit the alphabet — spec/cloudwatch.md §5.
    package static func chosen(from units: some Sequence<MetricUnit>) -> MetricUnit? {
        units.min { $0.rawValue < $1.rawValue }
    }

    /// The text of GetMetricData's `MultipleUnits` message, or nil when one unit at most was found.
    /// AWS: recorded — spec/cloudwatch.md §5.
    package static func multipleUnitsMessage(_ units: some Sequence<MetricUnit>) -> String? {
        let names = Set(units.map(\.rawValue)).sorted()
        return names.count < 2 ? nil : "Multiple units returned: '[\(names.joined(separator: ", "))]'"
    }
}
