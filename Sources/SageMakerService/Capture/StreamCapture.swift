import HostingRules
import SimTime
import Synchronization

/// The capture of one streamed answer, which is written down as one when the stream has come to its end. A stream that
/// breaks off, or whose client leaves, is not captured, as an InvokeEndpoint that fails is not.
// AWS: inferred — the guide describes the lines of InvokeEndpoint only.
final class StreamCapture: Sendable {
    private let request: InvocationRequest
    private let plan: CapturePlan
    private let desk: CaptureDesk
    private let variant: VariantName
    private let copy = Mutex(StreamCopy())

    /// Nil when there is no room for the request's body beside those of the other streams.
    init?(_ request: InvocationRequest, _ plan: CapturePlan, _ desk: CaptureDesk, variant: VariantName) {
        var request = request
        if !plan.capturesInput { request.body = [] }
        guard desk.takeRoom(request.body.count) else { return nil }
        self.request = request
        self.plan = plan
        self.desk = desk
        self.variant = variant
    }

    deinit { desk.leaveRoom(request.body.count + copy.withLock { $0.bytes.count }) }

    /// Keeps a part of the answer.
    func add(_ part: [UInt8]) {
        guard plan.capturesOutput else { return }
        let growth = copy.withLock { $0.add(part, hasRoom: desk.takeRoom) }
        if growth < 0 { desk.leaveRoom(-growth) }
    }

    /// The stream has ended as it should.
    func end(_ answer: ContainerAnswer) {
        let copy = copy.withLock { $0 }
        guard copy.isWhole else { return }
        var whole = answer
        whole.body = .whole(copy.bytes)
        desk.capture(request, whole, plan, variant: variant)
    }
}
