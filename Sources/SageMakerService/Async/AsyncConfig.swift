import AWSModel
import HostingRules

/// `AsyncInferenceConfig`, read.
struct AsyncConfig: Sendable, Equatable {
    var concurrencyPerInstance: Int
    /// Without a slash at its end; nil when answers only go into notifications.
    var outputPath: String?
    var failurePath: String?
    var successTopic: String?
    var errorTopic: String?
    /// Which notifications hold the answer itself: SUCCESS_NOTIFICATION_TOPIC, ERROR_NOTIFICATION_TOPIC.
    var answersIn: [String]

    init(_ config: AWSObject) {
        let output = config["OutputConfig"]
        let topics = output?["NotificationConfig"]
        concurrencyPerInstance = config["ClientConfig"]?["MaxConcurrentInvocationsPerInstance"]?.int
            ?? AsyncSlots.defaultConcurrencyPerInstance
        outputPath = output?["S3OutputPath"]?.string.map(Self.withoutSlash)
        failurePath = output?["S3FailurePath"]?.string.map(Self.withoutSlash)
        successTopic = topics?["SuccessTopic"]?.string
        errorTopic = topics?["ErrorTopic"]?.string
        answersIn = topics?["IncludeInferenceResponseIn"]?.list?.compactMap(\.string) ?? []
    }

    private static func withoutSlash(_ path: String) -> String {
        var path = path[...]
        while path.hasSuffix("/") { path = path.dropLast() }
        return String(path)
    }

    /// What a configuration with `AsyncInferenceConfig` may not have.
    // AWS: doc — the SageMaker guide's exclusions of asynchronous inference; the texts are our own.
    static func check(_ config: AWSObject) throws {
        guard let own = config["AsyncInferenceConfig"]?.object else { return }
        if config["ProductionVariants"]?.list?.contains(where: { $0["ServerlessConfig"] != nil }) == true {
            throw AWSFault.validation("\(ServerlessChecks.conflict): AsyncInferenceConfig cannot be used with ServerlessConfig.")
        }
        let read = AsyncConfig(own)
        for path in [read.outputPath, read.failurePath].compactMap({ $0 }) {
            guard path.hasPrefix("s3://"), path.utf8.count > 5 else {
                throw AWSFault.validation("The S3 path \(path) of AsyncInferenceConfig is not valid.")
            }
        }
        if read.outputPath == nil, !read.answersIn.contains("SUCCESS_NOTIFICATION_TOPIC") {
            throw AWSFault.validation(
                "OutputConfig needs an S3OutputPath, unless SUCCESS_NOTIFICATION_TOPIC includes the inference response.")
        }
    }
}

extension EndpointFeatures {
    var async: AsyncConfig? { asyncInference.map { AsyncConfig($0) } }
}
