import AWSModel
import Gateway
import HostingRules
import Vocabulary

/// One request to a model, however it came in: InvokeEndpoint, its streaming and asynchronous kin, or a copy for a shadow
/// variant. What a container may see of it reaches the container unchanged.
// AWS: sdk — spec/hosting.md §E.1.
struct InvocationRequest: Sendable {
    var realm: Realm
    /// As the client spelled it.
    var endpoint: String
    var body: [UInt8]
    var contentType: String?
    var accept: String?
    var customAttributes: String?
    var inferenceID: String?
    /// `NEW_SESSION` or the id of an open session.
    var sessionID: String?
    var targetVariant: VariantName?
    var targetModel: String?
    var targetContainerHostname: String?
    var inferenceComponentName: String?
    var enableExplanations: String?
    /// Whether the caller takes the answer as a stream, for which a container has more time.
    var isStreamed = false

    /// Reads the members that the operations of the runtime API have in common.
    init(_ input: AWSObject, realm: Realm, body: [UInt8]) {
        self.realm = realm
        self.body = body
        endpoint = ""
        for entry in input.entries {
            guard case .string(let text) = entry.value else { continue }
            switch entry.key {
            case "EndpointName": endpoint = text
            case "ContentType": contentType = text
            case "Accept": accept = text
            case "CustomAttributes": customAttributes = text
            case "InferenceId": inferenceID = text
            case "SessionId": sessionID = text
            case "TargetVariant": targetVariant = VariantName(text)
            case "TargetModel": targetModel = text
            case "TargetContainerHostname": targetContainerHostname = text
            case "InferenceComponentName": inferenceComponentName = text
            case "EnableExplanations": enableExplanations = text
            default: break
            }
        }
    }
}
