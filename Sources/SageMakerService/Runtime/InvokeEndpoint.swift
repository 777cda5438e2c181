import AWSModel
import Gateway
import HostingRules
import HTTPServer
import SimTime
import Timeline
import Vocabulary

/// InvokeEndpoint: the hot path. It reads the published endpoint, never waits for SQL or a turn, and books one measurement.
struct InvokeEndpoint: Sendable {
    let directory: HostingDirectory
    let timeline: Timeline
    let settings: HostingSettings

    // AWS: doc — spec/hosting.md §E.1.
    private static let modelTimeoutMicroseconds = 60_000_000.0

    var operation: Operation {
        Operation(
            "InvokeEndpoint", coverage: .partial(
                "multi-model, inference components, sessions, explanations; Accept, CustomAttributes and InferenceId reach no container"),
            refusedMembers: ["EnableExplanations", "InferenceComponentName", "SessionId"], behavior: invoke)
    }

    private func invoke(_ request: OperationRequest) async throws -> OperationResponse {
        let (input, realm) = (request.input, request.context.realm)
        let name = input["EndpointName"]?.string ?? ""
        // AWS: inferred — spec/hosting.md §E.4: an endpoint that does not serve yet is not found.
        guard let hosted = directory.endpoint(EndpointKey(realm, name)), hosted.record.name == name,
              hosted.record.endpoint.status.isInvocable
        else { throw RuntimeFaults.noSuchEndpoint(name, realm) }
        if hosted.table.variants.isEmpty { throw RuntimeFaults.noInstances(name) }
        if input["TargetModel"] != nil { throw RuntimeFaults.targetModelNotSupported(name) }
        if input["TargetContainerHostname"] != nil {
            throw RuntimeFaults.validation(
                nil, "Endpoint \(name) does not have a multi-container direct variant and does not support target container hostname header.")
        }
        let body = try await self.body(of: request)
        let target = input["TargetVariant"]?.string.map { VariantName($0) }
        guard var chosen = hosted.choose(targetVariant: target) else {
            throw RuntimeFaults.validation(
                nil, "Variant \(target?.text ?? "") of endpoint \(name) is not found or takes no traffic.")
        }
        let fleet = chosen.fleet
        let answer = fleet.runner.answer(body, contentType: input["ContentType"]?.string, random: &chosen.random)
        let isTimeout = answer.latencyMicroseconds > Self.modelTimeoutMicroseconds
        let latency = min(answer.latencyMicroseconds, Self.modelTimeoutMicroseconds)
        if answer.isLatencyScripted { await waitForModel(microseconds: latency) }
        fleet.meter.book(
            Measurement(
                status: isTimeout ? 0 : answer.status, modelLatencyMicroseconds: latency,
                overheadLatencyMicroseconds: Overhead.draw(&chosen.random),
                activeInstances: fleet.route.active.count),
            at: timeline.now)
        if isTimeout { throw RuntimeFaults.timeout(endpoint: name, realm) }
        guard (200...299).contains(answer.status) else {
            throw RuntimeFaults.model(answer, endpoint: name, realm)
        }
        return OperationResponse(
            ["ContentType": .string(answer.contentType), "InvokedProductionVariant": .string(chosen.variant.text)],
            payload: .bytes(answer.body),
            headers: ["X-Coldframe-Model": String(describing: answer.origin)])
    }

    // AWS: sdk — spec/hosting.md §E.1, 6 MiB; the text is the framework's for a blob that is too long.
    private func body(of request: OperationRequest) async throws -> [UInt8] {
        let limit = settings.invocationBodyBytesMax
        do {
            return try await request.payload.collect(limitBytes: limit)
        } catch RequestBodyError.tooLarge {
            throw RuntimeFaults.validation(
                nil, "1 validation error detected: Value at 'body' failed to satisfy constraint: "
                    + "Member must have length less than or equal to \(limit)")
        }
    }

    /// A scripted latency is really waited for while the clock follows, shortened by its scale; under the manual clock
    /// it is a value only (DESIGN §4).
    private func waitForModel(microseconds: Double) async {
        let clock = timeline.clock
        guard clock.mode == .follow else { return }
        // The longest wait is that of a time-out under the slowest clock: far from overflow, but a bound all the same.
        let wait = min(microseconds / clock.scale, Self.modelTimeoutMicroseconds / ClockSetting.scales.lowerBound)
        try? await Task.sleep(for: .microseconds(Int(wait)))
    }
}

/// The time at the front, outside the container: one to two milliseconds.
enum Overhead {
    static func draw(_ random: inout SeededRandom) -> Double { Double(1000 + random.next() % 1000) }
}
