import AWSModel
import MetricRules

/// Reading dimensions from requests.
enum DimensionReading {
    // AWS: sdk and doc — spec/cloudwatch.md §2.
    private static let dimensionsMax = 30

    /// Reads `[{Name, Value}]`. `path` is the parameter's name in error texts.
    /// Throws for more than 30, and for names and values that are not printable ASCII, blank, or begin with a colon.
    static func dimensions(_ value: AWSValue?, path: String) throws -> [MetricDimension] {
        guard let list = value?.list else { return [] }
        guard list.count <= dimensionsMax else { throw CloudWatchFault.tooMany(path, maximum: dimensionsMax) }
        return try list.enumerated().map { index, item in
            let member = "\(path).member.\(index + 1)"
            guard let name = item["Name"]?.string else { throw CloudWatchFault.missing("\(member).Name") }
            guard let value = item["Value"]?.string else { throw CloudWatchFault.missing("\(member).Value") }
            guard isText(name), name.first != ":" else { throw CloudWatchFault.invalid(name, "\(member).Name") }
            guard isText(value) else { throw CloudWatchFault.invalid(value, "\(member).Value") }
            return MetricDimension(name: name, value: value)
        }
    }

    private static func isText(_ text: String) -> Bool {
        text.utf8.allSatisfy { (0x20...0x7e).contains($0) } && text.utf8.contains { $0 != 0x20 }
    }
}
