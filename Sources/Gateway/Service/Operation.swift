package import AWSModel
package import HTTPServer

/// One parsed and validated call.
package struct OperationRequest: Sendable {
    /// The input structure; members that were not sent are absent.
    package var input: AWSObject
    /// The raw payload of an operation whose input has a streaming blob (PutObject, UploadPart) or a blob payload
    /// (InvokeEndpoint's `Body`); empty for all others. Streaming payloads are not in `input`.
    package var payload: RequestBody
    package var context: RequestContext

    package init(input: AWSObject, payload: RequestBody, context: RequestContext) {
        self.input = input
        self.payload = payload
        self.context = context
    }
}

/// What an operation answers: members for the codec, and a raw payload for outputs that have one.
package struct OperationResponse: Sendable {
    /// Members of the output structure (those bound to headers and status included).
    package var output: AWSObject
    /// The body of an output whose payload is a blob; `.empty` otherwise.
    package var payload: ResponseBody
    /// Overrides the model's success status, e.g. 206 for a range.
    package var status: Int?
    /// Headers beyond the modelled ones.
    package var headers: HTTPHeaders

    package init(
        _ output: AWSObject = [:], payload: ResponseBody = .empty, status: Int? = nil, headers: HTTPHeaders = [:]
    ) {
        self.output = output
        self.payload = payload
        self.status = status
        self.headers = headers
    }
}

/// One emulated operation: its behaviour and how much of AWS's it covers.
package final class Operation: Sendable {
    package typealias Behavior = @Sendable (OperationRequest) async throws -> OperationResponse

    package enum Coverage: Sendable, Equatable {
        case full
        /// What is missing, in a phrase for the coverage table.
        case partial(String)
    }

    package let name: String
    package let coverage: Coverage
    /// Members of the input that are not emulated: sending one answers `AWSFault.notEmulated(member:of:)`.
    package let refusedMembers: [String]
    package let behavior: Behavior

    package init(
        _ name: String, coverage: Coverage = .full, refusedMembers: [String] = [], behavior: @escaping Behavior
    ) {
        self.name = name
        self.coverage = coverage
        self.refusedMembers = refusedMembers
        self.behavior = behavior
    }
}

/// A service: the operations it emulates, by the model they belong to, and its routes outside AWS's protocols.
package protocol Service: Sendable {
    /// Operations by service model. One service may speak for several models (`sagemaker` and `sagemaker-runtime`).
    var operations: [ServiceID: [Operation]] { get }
    /// Unmodelled HTTP of this service, e.g. `/v2/`; tried before AWS identification.
    var routes: [PlainRoute] { get }
}

extension Service {
    package var routes: [PlainRoute] { [] }
}
