import AWSModel
import AWSProtocols
import Gateway
import HostingRules
import HTTPServer
import SimTime
import Synchronization
import Timeline

/// InvokeEndpointWithResponseStream: the container's answer chunk by chunk, as it comes, framed as an event stream.
// AWS: sdk — spec/hosting.md §E.2.
struct InvokeEndpointWithResponseStream: Sendable {
    let path: InvocationPath

    var operation: Operation {
        Operation(
            "InvokeEndpointWithResponseStream", behavior: invoke)
    }

    private func invoke(_ request: OperationRequest) async throws -> OperationResponse {
        var invocation = InvocationRequest(
            request.input, realm: request.context.realm, body: try await path.body(of: request))
        invocation.isStreamed = true
        let answered = try await path.begin(invocation)
        guard answered.answer.isSuccess else {
            path.book(answered)
            throw RuntimeFaults.model(answered.answer, invocation)
        }
        guard answered.target.fleet.explainer == nil else {
            path.book(answered)
            // AWS: inferred — explanations are documented for InvokeEndpoint only.
            throw RuntimeFaults.validation(
                nil, "Endpoint \(invocation.endpoint) has an explainer and does not support streaming.")
        }
        let stream = ModelStream(answered, of: invocation, path)
        return OperationResponse(
            [
                "ContentType": .string(answered.answer.contentType),
                "InvokedProductionVariant": .string(answered.target.fleet.variant.text),
                "CustomAttributes": answered.answer.customAttributes.map { .string($0) },
            ],
            payload: .stream(length: nil, next: { await stream.next() }),
            headers: ["X-Coldframe-Model": String(describing: answered.answer.origin)])
    }
}

/// One answer on its way to the client. It is pulled by one reader; what it books, it books at its end, whether the
/// container, an error or the client's leaving brings it.
final class ModelStream: Sendable {
    // AWS: doc — spec/hosting.md §E.1: streaming for up to eight minutes.
    static let timeLimitSeconds = 480.0
    /// AWS splits what a container sends at once; no part is larger than this.
    static let partBytesMax = 64 << 10

    private let answered: InvocationPath.Answered
    private let path: InvocationPath
    /// Nil when this answer is not captured.
    private let capture: StreamCapture?
    private let state: Mutex<State>

    private struct State {
        var position = 0
        /// What is left of a chunk that is larger than a part.
        var rest: ArraySlice<UInt8> = []
        var elapsedMicroseconds: Double
        var isBroken = false
        var isOver = false
    }

    init(_ answered: InvocationPath.Answered, of request: InvocationRequest, _ path: InvocationPath) {
        self.answered = answered
        self.path = path
        state = Mutex(State(elapsedMicroseconds: answered.answer.latencyMicroseconds))
        var random = answered.target.random
        let overhead = Overhead.draw(&random)
        let fleet = answered.target.fleet
        capture = fleet.capture?.offerStream(request, variant: fleet.variant, random: &random)
        let (meter, now) = (fleet.meter, path.timeline.now)
        meter.book(.firstChunkModelLatency, answered.answer.latencyMicroseconds, at: now)
        meter.book(.firstChunkOverheadLatency, overhead, at: now)
        meter.book(.firstChunkLatency, answered.answer.latencyMicroseconds + overhead, at: now)
    }

    deinit { book() }

    /// The next frame; nil after the last.
    func next() async -> [UInt8]? {
        if let part = takePart() { return frame(part) }
        if state.withLock({ $0.isOver }) { return nil }
        do throws(StreamBreak) {
            while let chunk = try await nextChunk() {
                try await pass(chunk.delayMicroseconds)
                capture?.add(chunk.bytes)
                state.withLock { $0.rest = chunk.bytes[...] }
                if let part = takePart() { return frame(part) }
            }
            end(isBroken: false)
            capture?.end(answered.answer)
            return nil
        } catch {
            end(isBroken: true)
            return Self.frame(error)
        }
    }

    private func takePart() -> ArraySlice<UInt8>? {
        state.withLock { state in
            if state.rest.isEmpty { return nil }
            let part = state.rest.prefix(Self.partBytesMax)
            state.rest = state.rest.dropFirst(part.count)
            return part
        }
    }

    private func nextChunk() async throws(StreamBreak) -> ContainerAnswer.Chunk? {
        let position = state.withLock { state in
            state.position += 1
            return state.position - 1
        }
        switch answered.answer.body {
        case .whole(let bytes): return position == 0 ? .init(bytes: bytes, delayMicroseconds: 0) : nil
        case .script(let chunks, let failure):
            if position < chunks.count { return chunks[position] }
            if let failure { throw failure }
            return nil
        case .live(let next):
            return try await next()
        }
    }

    /// Waits for a chunk. Throws when the stream has taken too long.
    private func pass(_ microseconds: Double) async throws(StreamBreak) {
        let limit = Self.timeLimitSeconds * 1_000_000
        let elapsed = state.withLock { $0.elapsedMicroseconds }
        await path.wait(microseconds: min(microseconds, max(0, limit - elapsed)))
        state.withLock { $0.elapsedMicroseconds = min(limit, elapsed + microseconds) }
        guard elapsed + microseconds <= limit else {
            throw StreamBreak(
                kind: .modelInvocationTimeExceeded,
                message: "The model has been streaming for more than \(Int(Self.timeLimitSeconds)) seconds.")
        }
    }

    private func end(isBroken: Bool) {
        state.withLock { state in
            state.isOver = true
            state.isBroken = isBroken
        }
    }

    // AWS: doc — spec/hosting.md §D.1.
    private func book() {
        let (elapsed, isBroken) = state.withLock { ($0.elapsedMicroseconds, $0.isBroken) }
        var ended = answered
        ended.answer.latencyMicroseconds = elapsed
        path.book(ended)
        answered.target.fleet.meter.book(.midStreamErrors, isBroken ? 1 : 0, at: path.timeline.now)
    }

    // MARK: Frames

    private func frame(_ part: ArraySlice<UInt8>) -> [UInt8] {
        EventStreamMessage.event("PayloadPart", contentType: "application/octet-stream", payload: Array(part)).encoded()
    }

    private static func frame(_ failure: StreamBreak) -> [UInt8] {
        switch failure.kind {
        case .internalStreamFailure:
            EventStreamMessage.exception(
                "InternalStreamFailure", payload: JSON.write(["Message": .string(failure.message)])).encoded()
        case .modelInvocationTimeExceeded, .streamBroken:
            EventStreamMessage.exception("ModelStreamError", payload: JSON.write([
                "Message": .string(failure.message), "ErrorCode": .string(failure.kind.rawValue),
            ])).encoded()
        }
    }
}
