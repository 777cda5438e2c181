import AWSModel
import Gateway
import HostingRules
import HTTPServer
import SimTime
import Timeline

/// InvokeEndpoint: the hot path.
struct InvokeEndpoint: Sendable {
    let path: InvocationPath

    var operation: Operation {
        Operation(
            "InvokeEndpoint", behavior: invoke)
    }

    private func invoke(_ request: OperationRequest) async throws -> OperationResponse {
        let body = if let buffered = path.bufferedBody(of: request) { buffered } else { try await path.body(of: request) }
        let invocation = InvocationRequest(request.input, realm: request.context.realm, body: body)
        let answered = try await path.invoke(invocation)
        return OperationResponse(
            [
                "ContentType": .string(answered.answer.contentType),
                "InvokedProductionVariant": .string(answered.target.fleet.variant.text),
                "CustomAttributes": answered.answer.customAttributes.map { .string($0) },
                "NewSessionId": answered.answer.newSession.map { session in
                    .string("\(session.id); Expires=\(CivilTime(path.timeline.clockShift.shown(session.expiresAt)).iso8601)")
                },
                "ClosedSessionId": answered.answer.closedSessionID.map { .string($0) },
            ],
            payload: .bytes(answered.answer.body.bytes),
            headers: ["X-Coldframe-Model": String(describing: answered.answer.origin)])
    }
}
