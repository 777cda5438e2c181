import AWSModel
import AWSProtocols
import HostingRules
import SimTime
import Synchronization
import Timeline
import Vocabulary

/// What has been captured and not yet written, by variant; written to S3 each simulated minute, or earlier when it is much.
final class CaptureDesk: Sendable {
    private struct Place: Hashable {
        let destination: String
        let endpoint: String
        let variant: String
    }

    private struct Buffer {
        var lines: [UInt8] = []
        /// When the first line was captured: the file is named after it.
        var begun: SimInstant
    }

    /// A buffer of this size is written without waiting for the minute.
    private static let flushBytes = 4 << 20
    /// What is captured while that much waits to be written is dropped, so that memory stays bounded.
    private static let bufferedBytesMax = 64 << 20

    private struct State {
        var buffers: [Place: Buffer] = [:]
        var byteCount = 0
        var isFlushing = false
        var random: SeededRandom
    }

    private let timeline: Timeline
    private let objects: any ObjectExchange
    private let state: Mutex<State>
    /// What captured streams under way hold: their requests, and the copies of their answers.
    private let copiedBytes = Atomic<Int>(0)
    /// Streams that bring more than that together are not captured, so that memory stays bounded.
    private static let copiedBytesMax = 64 << 20

    init(timeline: Timeline, objects: any ObjectExchange, seed: UInt64) {
        self.timeline = timeline
        self.objects = objects
        state = Mutex(State(random: SeededRandom(seed: Seed.mixed(seed, "capture"))))
    }

    /// Keeps one request and its answer, a success whose body is whole or scripted.
    func capture(
        _ request: InvocationRequest, _ answer: ContainerAnswer, _ plan: CapturePlan, variant: VariantName
    ) {
        let (now, shift) = timeline.reading
        let id = state.withLock { Seed.uuid(&$0.random) }
        let line = Self.line(request, answer, plan, id: id, at: shift.shown(now))
        let place = Place(destination: plan.destination, endpoint: request.endpoint, variant: variant.text)
        let isMuch = state.withLock { state in
            guard state.byteCount + line.count <= Self.bufferedBytesMax else { return false }
            state.buffers[place, default: Buffer(begun: now)].lines += line
            state.byteCount += line.count
            guard state.byteCount >= Self.flushBytes, !state.isFlushing else { return false }
            state.isFlushing = true
            return true
        }
        guard isMuch else { return }
        Task {
            try? await timeline.turn { [self] turn in try flush(in: turn) }
            state.withLock { $0.isFlushing = false }
        }
    }

    /// Writes everything captured so far. What has no bucket to go to is lost, as on AWS.
    func flush(in turn: Turn) throws {
        let (buffers, names) = state.withLock { state in
            let taken = state.buffers
            state.buffers = [:]
            state.byteCount = 0
            return (taken, taken.mapValues { _ in Seed.uuid(&state.random) })
        }
        guard !buffers.isEmpty else { return }
        turn.afterRollback { [self] in restore(buffers) }
        let shift = timeline.clockShift
        for (place, buffer) in buffers {
            let key = Self.path(place.endpoint, place.variant, at: shift.shown(buffer.begun), id: names[place] ?? "")
            _ = try objects.write(
                "\(place.destination)/\(key)", buffer.lines, contentType: "application/octet-stream", in: turn)
        }
    }

    /// Puts back what a turn took that was undone.
    private func restore(_ taken: [Place: Buffer]) {
        state.withLock { state in
            for (place, buffer) in taken {
                let since = state.buffers.updateValue(buffer, forKey: place)
                state.buffers[place]?.lines += since?.lines ?? []
                state.byteCount += buffer.lines.count
            }
        }
    }

    /// Whether a stream under way may hold so many bytes more; if so, `leaveRoom` must follow.
    func takeRoom(_ byteCount: Int) -> Bool {
        if copiedBytes.add(byteCount, ordering: .relaxed).newValue <= Self.copiedBytesMax { return true }
        leaveRoom(byteCount)
        return false
    }

    func leaveRoom(_ byteCount: Int) { copiedBytes.subtract(byteCount, ordering: .relaxed) }

    func removeAll() {
        state.withLock { state in
            state.buffers = [:]
            state.byteCount = 0
        }
    }

    // AWS: doc — the SageMaker guide, "Capture data from real-time endpoint": the layout of keys.
    private static func path(_ endpoint: String, _ variant: String, at instant: SimInstant, id: String) -> String {
        let time = CivilTime(instant)
        let day = "\(padded(time.year, 4))/\(padded(time.month))/\(padded(time.day))/\(padded(time.hour))"
        return "\(endpoint)/\(variant)/\(day)/\(padded(time.minute))-\(padded(time.second))-\(padded(time.millisecond, 3))-\(id).jsonl"
    }

    // AWS: doc — the same page: one JSON object a line.
    private static func line(
        _ request: InvocationRequest, _ answer: ContainerAnswer, _ plan: CapturePlan, id: String, at shown: SimInstant
    ) -> [UInt8] {
        var data = AWSObject()
        if plan.capturesInput {
            data.append("endpointInput", side("INPUT", request.body, request.contentType, plan))
        }
        if plan.capturesOutput {
            data.append("endpointOutput", side("OUTPUT", answer.body.bytes, answer.contentType, plan))
        }
        let attributes = [request.customAttributes, answer.customAttributes].compactMap { $0 }
        let line: AWSValue = [
            "captureData": .object(data),
            "eventMetadata": [
                "eventId": .string(id),
                "customAttributes": attributes.isEmpty ? nil : .list(Set(attributes).sorted().map { .string($0) }),
                "inferenceId": request.inferenceID.map { .string($0) },
                "inferenceTime": .string(CivilTime(shown).iso8601),
            ],
            "eventVersion": "0",
        ]
        return JSON.write(line) + [UInt8(ascii: "\n")]
    }

    private static func side(
        _ mode: String, _ body: [UInt8], _ contentType: String?, _ plan: CapturePlan
    ) -> AWSValue {
        var encoding = plan.encoding(of: contentType)
        var text = ""
        switch (encoding, String(validating: body, as: UTF8.self)) {
        case (.csv, .some(let valid)), (.json, .some(let valid)): text = valid
        // What only claims to be text is kept as it is.
        case (.csv, nil), (.json, nil), (.base64, _):
            encoding = .base64
            text = Base64.encode(body)
        }
        return [
            "observedContentType": contentType.map { .string($0) }, "mode": .string(mode), "data": .string(text),
            "encoding": .string(encoding.rawValue),
        ]
    }
}
