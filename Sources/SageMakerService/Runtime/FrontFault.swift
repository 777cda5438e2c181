import AWSModel

/// The errors of the runtime API that come from the service and not from a container.
// AWS: sdk and doc — spec/hosting.md §E.4; the texts are those of the API reference.
package enum FrontFault: String, Sendable, Codable, CaseIterable {
    case internalDependencyException = "InternalDependencyException"
    case internalFailure = "InternalFailure"
    case modelNotReadyException = "ModelNotReadyException"
    case serviceUnavailable = "ServiceUnavailable"
    case throttlingException = "ThrottlingException"

    var fault: AWSFault {
        switch self {
        case .internalDependencyException:
            AWSFault(
                rawValue, "Your request caused an exception with an internal dependency. Contact customer support.",
                status: 530, isSenderFault: false)
        case .internalFailure:
            AWSFault(rawValue, "An internal failure occurred. Try your request again.", status: 500, isSenderFault: false)
        case .modelNotReadyException:
            AWSFault(
                rawValue,
                "Either a serverless endpoint variant's resources are still being provisioned, or a multi-model endpoint is "
                    + "still downloading or loading the target model. Wait and try your request again.", status: 429)
        case .serviceUnavailable:
            AWSFault(
                rawValue, "The service is currently unavailable. Try your call again.", status: 503, isSenderFault: false)
        case .throttlingException: RuntimeFaults.throttled()
        }
    }
}
