import HostingRules
import SimTime
import Timeline

/// A fleet's part in data capture; nil where nothing is captured.
struct FleetCapture: Sendable {
    private let plan: CapturePlan
    private let desk: CaptureDesk

    /// Nil when the configuration captures nothing.
    init?(_ plan: CapturePlan?, _ desk: CaptureDesk) {
        guard let plan, plan.isEnabled, plan.samplingPercentage > 0 else { return nil }
        self.plan = plan
        self.desk = desk
    }

    /// Captures the request if it is in the sample.
    func offer(
        _ request: InvocationRequest, _ answer: ContainerAnswer, variant: VariantName, random: inout SeededRandom
    ) {
        guard answer.isSuccess, isInSample(&random) else { return }
        desk.capture(request, answer, plan, variant: variant)
    }

    /// The capture of a streamed answer that has begun; nil when the request is not in the sample,
    /// or other streams hold too much already.
    func offerStream(
        _ request: InvocationRequest, variant: VariantName, random: inout SeededRandom
    ) -> StreamCapture? {
        isInSample(&random) ? StreamCapture(request, plan, desk, variant: variant) : nil
    }

    /// Captures an asynchronous request that has succeeded, if it is in the sample, once the turn is committed. Its input
    /// is read anew: when it is not there any more, or it is larger than a captured stream may be, nothing is captured.
    func offer(
        _ invocation: AsyncInvocation, _ key: EndpointKey, _ answer: ContainerAnswer, variant: VariantName,
        objects: any ObjectExchange, in turn: Turn
    ) throws {
        var random = invocation.random
        random = random.split()
        guard answer.body.bytes.count <= StreamCopy.bytesMax, isInSample(&random) else { return }
        var body: [UInt8] = []
        if plan.capturesInput {
            let uri = S3Address.uri(invocation.inputLocation)
            guard case .found(let bytes) = try objects.read(uri, limitBytes: StreamCopy.bytesMax, in: turn) else { return }
            body = bytes
        }
        turn.afterCommit { [self, body] in
            desk.capture(invocation.request(key, body: body), answer, plan, variant: variant)
        }
    }

    private func isInSample(_ random: inout SeededRandom) -> Bool {
        random.unit() * 100 < Double(plan.samplingPercentage)
    }
}
