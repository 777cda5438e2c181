import AWSModel
import Gateway
import HostingRules
import SimTime
import Timeline

/// InvokeEndpointAsync: takes a request into the endpoint's queue and answers at once.
// AWS: sdk — spec/hosting.md §E.3.
struct InvokeEndpointAsync: Sendable {
    let directory: HostingDirectory
    let timeline: Timeline
    let desk: AsyncDesk

    var operation: Operation { Operation("InvokeEndpointAsync", behavior: invoke) }

    private func invoke(_ request: OperationRequest) async throws -> OperationResponse {
        let input = request.input
        let name = input["EndpointName"]?.string ?? ""
        let key = EndpointKey(request.context.realm, name)
        let realm = request.context.realm
        let (directory, desk) = (directory, desk)
        let invocation = try await timeline.turn { turn in
            // Asked in the turn: one that comes before it may delete the endpoint.
            guard let hosted = directory.endpoint(key), hosted.record.name == name,
                  hosted.record.endpoint.status.isInvocable
            else { throw RuntimeFaults.noSuchEndpoint(name, realm) }
            // AWS: no evidence for the text.
            guard let config = hosted.record.currentFeatures?.async else {
                throw RuntimeFaults.validation(
                    nil, "Endpoint \(name) does not support asynchronous inference. Use InvokeEndpoint.")
            }
            var random = hosted.forkRandom()
            let id = Seed.uuid(&random)
            let invocation = Self.invocation(input, name, config, id: id, random: random, at: turn.now)
            try desk.accept(invocation, for: key, in: turn)
            return invocation
        }
        return OperationResponse([
            "InferenceId": .string(invocation.inferenceID),
            "OutputLocation": invocation.outputLocation.map { .string($0) },
            "FailureLocation": invocation.failureLocation.map { .string($0) },
        ])
    }

    private static func invocation(
        _ input: AWSObject, _ name: String, _ config: AsyncConfig, id: String, random: SeededRandom, at now: SimInstant
    ) -> AsyncInvocation {
        let folder = input["S3OutputPathExtension"]?.string.map { text in
            "/" + text.split(separator: "/").joined(separator: "/")
        } ?? ""
        let file = input["Filename"]?.string ?? id + ".out"
        return AsyncInvocation(
            endpoint: name, inferenceID: input["InferenceId"]?.string ?? id,
            inputLocation: input["InputLocation"]?.string ?? "", contentType: input["ContentType"]?.string,
            accept: input["Accept"]?.string, customAttributes: input["CustomAttributes"]?.string,
            outputLocation: config.outputPath.map { "\($0)\(folder)/\(file)" },
            // AWS: inferred — the form that AWS's examples show.
            failureLocation: config.failurePath.map { "\($0)\(folder)/\(id)-error.out" },
            timeoutSeconds: input["InvocationTimeoutSeconds"]?.int ?? 900, acceptedAt: now,
            expiresAt: now + .seconds(Int64(input["RequestTTLSeconds"]?.int ?? 21_600)), random: random)
    }
}
