import AWSModel

/// What `MetricsConfig` may say.
// AWS: doc — spec/hosting.md §0; the text is our own.
enum MetricsChecks {
    static let publishFrequencies = [10, 30, 60, 120, 180, 240, 300]

    static func check(_ config: AWSObject) throws {
        guard let seconds = config["MetricsConfig"]?["MetricPublishFrequencyInSeconds"]?.int else { return }
        guard publishFrequencies.contains(seconds) else {
            let allowed = publishFrequencies.map(String.init).joined(separator: ", ")
            throw AWSFault.validation("MetricPublishFrequencyInSeconds is \(seconds); it must be one of \(allowed).")
        }
    }
}
