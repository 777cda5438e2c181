import AWSModel
import HostingRules

/// What an endpoint configuration says of the endpoint as a whole, beside its variants. An endpoint keeps it with the
/// fleets it came with: the configuration may be deleted meanwhile, and a rollback brings the old one back.
struct EndpointFeatures: Codable, Sendable, Equatable {
    /// `AsyncInferenceConfig` as given; nil for an endpoint that answers at once.
    var asyncInference: AWSObject?
    /// `DataCaptureConfig` as given.
    var dataCapture: AWSObject?
    /// `ExplainerConfig` as given.
    var explainer: AWSObject?
    /// `MetricsConfig` as given.
    var metrics: AWSObject?
    /// `MetricsConfig.EnableEnhancedMetrics`, of an endpoint from before `metrics` was kept too.
    var hasEnhancedMetrics: Bool?

    init(_ config: AWSObject) {
        asyncInference = config["AsyncInferenceConfig"]?.object
        dataCapture = config["DataCaptureConfig"]?.object
        explainer = config["ExplainerConfig"]?.object
        metrics = config["MetricsConfig"]?.object
        hasEnhancedMetrics = config["MetricsConfig"]?["EnableEnhancedMetrics"]?.bool
    }
}

extension EndpointFeatures {
    var capture: CapturePlan? { dataCapture.map { CapturePlan($0) } }

    var metricPace: MetricPace {
        MetricPace(
            frequencySeconds: metrics?["MetricPublishFrequencyInSeconds"]?.int, isEnhanced: hasEnhancedMetrics == true)
    }
}

extension ServerlessPlan {
    /// Reads `ServerlessConfig`.
    init?(_ config: AWSValue) {
        guard let memory = config["MemorySizeInMB"]?.int, let concurrency = config["MaxConcurrency"]?.int else { return nil }
        self.init(
            memorySizeInMB: memory, maxConcurrency: concurrency,
            provisionedConcurrency: config["ProvisionedConcurrency"]?.int)
    }
}
