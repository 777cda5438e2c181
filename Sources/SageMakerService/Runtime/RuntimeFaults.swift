import AWSModel
import Vocabulary

/// The errors of the runtime API.
// AWS: recorded — spec/hosting.md §E.4.
enum RuntimeFaults {
    static func validation(_ code: String?, _ message: String) -> AWSFault {
        AWSFault(
            "ValidationError", message, status: 400, members: ["ErrorCode": code.map { .string($0) }])
    }

    /// The text is the framework's for a blob that is too long.
    static func bodyTooLong(limitBytes: Int) -> AWSFault {
        validation(
            nil, "1 validation error detected: Value at 'body' failed to satisfy constraint: "
                + "Member must have length less than or equal to \(limitBytes)")
    }

    /// MaxConcurrency of a serverless variant is reached.
    // AWS: doc — serverless inference; SDKs expect the status 400 with this code.
    static func throttled() -> AWSFault { AWSFault("ThrottlingException", "Rate exceeded", status: 400) }

    static func noSuchEndpoint(_ name: String, _ realm: Realm) -> AWSFault {
        validation("NO_SUCH_ENDPOINT", "Endpoint \(name) of account \(realm.account) not found.")
    }

    /// Every variant is scaled to zero. AWS's answer is not known.
    static func noInstances(_ name: String) -> AWSFault {
        AWSFault("ServiceUnavailable", "Endpoint \(name) has no instance in service.", status: 503, isSenderFault: false)
    }

    static func targetModelNotSupported(_ name: String) -> AWSFault {
        validation(
            "TARGET_MODEL_HEADER_NOT_SUPPORTED",
            "Endpoint \(name) is not a multi-model endpoint and does not support target model header.")
    }

    /// AWS: inferred.
    static func componentsNotSupported(_ name: String) -> AWSFault {
        validation(
            nil, "Endpoint \(name) does not host inference components and does not support Inference Component Name header.")
    }

    // AWS: recorded — spec/hosting.md §G.2.
    static let componentNameMissing = validation(
        nil, "Inference Component Name header is required for endpoints to which you plan to deploy inference components. "
            + "Please include Inference Component Name header or consider using SageMaker models.")

    /// AWS: inferred.
    static func noSuchComponent(_ name: String, on endpoint: String) -> AWSFault {
        validation(nil, "Inference Component \(name) of endpoint \(endpoint) not found.")
    }

    // AWS: recorded — spec/hosting.md §G.2.
    static let componentHasNoCapacity = validation(
        nil, "Inference Component has no capacity to process this request. ApplicationAutoScaling may be in-progress "
            + "(if configured) or try to increase the capacity by invoking UpdateInferenceComponentRuntimeConfig API.")

    /// AWS: inferred from its counterpart.
    static func targetModelMissing(_ name: String) -> AWSFault {
        validation(
            "TARGET_MODEL_HEADER_MISSING",
            "Endpoint \(name) is a multi-model endpoint and requires target model header.")
    }

    /// AWS: inferred.
    static func targetContainerMissing(_ name: String) -> AWSFault {
        validation(
            nil, "Endpoint \(name) has a multi-container direct variant and requires target container hostname header.")
    }

    /// AWS: inferred.
    static func targetContainerNotSupported(_ name: String) -> AWSFault {
        validation(
            nil, "Endpoint \(name) does not have a multi-container direct variant and does not support target container hostname header.")
    }

    /// AWS: inferred.
    static func noSuchContainer(_ hostname: String, _ name: String) -> AWSFault {
        validation(nil, "Endpoint \(name) has no container with hostname \(hostname).")
    }

    /// The archive of a target model is not in S3. AWS: the text as users quote it.
    static func downloadFailed(_ uri: String) -> AWSFault {
        let parts = uri.dropFirst("s3://".count).split(separator: "/", maxSplits: 1).map(String.init)
        return validation(
            nil, "Failed to download model data(bucket: \(parts.first ?? ""), key: \(parts.count > 1 ? parts[1] : "")). "
                + "Please ensure that there is an object located at the URL and that the role passed to CreateModel has "
                + "permissions to download the model.")
    }

    /// AWS: doc for status and code — spec/hosting.md §E.4; the text is inferred.
    static func modelNotReady(_ model: String) -> AWSFault {
        AWSFault(
            "ModelNotReadyException", "Model \(model) is not ready for inference: it is being loaded. Try again.",
            status: 429)
    }

    /// The container answered with an error, or not at all.
    static func model(_ answer: ContainerAnswer, _ request: InvocationRequest) -> AWSFault {
        let text = String(decoding: answer.body.bytes, as: UTF8.self)
        let isClient = (400...499).contains(answer.status)
        let opening = "Received \(isClient ? "client" : "server") error (\(answer.status)) from \(answer.hostname) with message"
        return AWSFault(
            "ModelError", "\(opening) \"\(text)\". \(seeLogs(request.endpoint, request.realm))", status: 424,
            members: [
                "ErrorCode": isClient ? "CLIENT_ERROR_FROM_MODEL" : "SERVER_ERROR_FROM_MODEL",
                "LogStreamArn": .string(logGroup(request.endpoint, request.realm)), "OriginalMessage": .string(text),
                "OriginalStatusCode": .integer(Int64(answer.status)),
            ])
    }

    private static func logGroup(_ endpoint: String, _ realm: Realm) -> String {
        ARN(service: "logs", realm: realm, resource: "log-group:/aws/sagemaker/Endpoints/\(endpoint)").description
    }

    private static func seeLogs(_ endpoint: String, _ realm: Realm) -> String {
        let region = realm.region
        return "See https://\(region).console.aws.amazon.com/cloudwatch/home?region=\(region)"
            + "#logEventViewer:group=/aws/sagemaker/Endpoints/\(endpoint) in account \(realm.account) for more information."
    }
}
