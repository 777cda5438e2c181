import CPlatform
import Logging

/// The client is gone, or too slow: nothing more can be written.
struct ConnectionLost: Error {}

/// One client's connection: a single long-lived task reads requests, awaits the handler, and writes the answers
/// in order.
///
/// All state is confined to the loop's thread: the task runs on the loop, readiness and time-outs are delivered by it.
/// That is why the class may be Sendable.
final class Connection: EventSource, @unchecked Sendable {
    /// Why a wait ended.
    enum Wake {
        case ready
        case overdue
        /// The server is stopping.
        case ending
    }

    /// What came of receiving.
    enum Received {
        case bytes
        /// The client closed, or the connection broke.
        case end
        case overdue
        case ending
    }

    /// How a connection is closed.
    enum Ending {
        /// At once: the client has nothing on its way.
        case close
        /// After the client has had time to read the last answer; closing over unread input would reset it away.
        case linger
    }

    /// Turns without waiting after which others get theirs.
    private static let turnsInARow = 32
    /// No call sends more. What fits into one segment of the kernel's (64 KiB with its headers) goes to a client on this machine
    /// in 22 ms for 64 MiB; calls of 64 KiB and more are cut in two, and take 33 to 65 ms, sendfile 45 (Benchmarks/README.md).
    static let sendBytesMax = 48 << 10

    let loop: EventLoop
    let core: ServerCore
    let remoteAddress: String
    /// The place in the loop's list; the loop's to change.
    var index = 0
    var input = ReadBuffer()
    var output: [UInt8] = []
    var parser: HTTPRequestParser
    var body = BodyProgress()
    /// Whether the response in progress has no announced end, so that only the client's leaving ends it.
    var isStreamingOpenEnded = false

    private let refusal: HTTPRejection?
    private var task: Task<Void, Never>?
    private var deadlines: ConnectionDeadlines
    private var reader: UnsafeContinuation<Wake, Never>?
    private var writer: UnsafeContinuation<Wake, Never>?
    private var awaited: ConnectionDeadlines.Awaited?
    /// Whether receiving may bring something. Edges are reported once, so this remembers them.
    private var isReadable = true
    private var isHalfClosed = false
    private var isGone = false
    private var isAbandoned = false
    private var turns = 0

    init(descriptor: Int32, loop: EventLoop, core: ServerCore, remoteAddress: String, refusal: HTTPRejection?) {
        self.loop = loop
        self.core = core
        self.remoteAddress = remoteAddress
        self.refusal = refusal
        parser = HTTPRequestParser(limits: core.configuration.requestLimits)
        deadlines = ConnectionDeadlines(configuration: core.configuration)
        super.init(descriptor: descriptor)
    }

    // MARK: life, on the loop's thread

    func start() {
        guard !loop.isDraining, loop.add(self) else {
            release()
            return
        }
        task = Task(executorPreference: loop) { await self.run() }
    }

    private func run() async {
        let ending: Ending
        if let refusal { ending = await reject(refusal) } else { ending = await serve() }
        if case .linger = ending, !isAbandoned { await linger() }
        task = nil
        loop.remove(self)
        release()
    }

    private func release() {
        cplatform_close(descriptor)
        core.connectionClosed()
    }

    /// Tells the client that nothing more comes, and drops what it still sends, within limits.
    private func linger() async {
        cplatform_shutdown_write(descriptor)
        var dropped = 0
        while dropped < 16 << 20 {
            input.consume(input.count)
            guard case .bytes = await receive(.end) else { return }
            dropped += input.count
            if hasHadItsTurn() { await loop.yield() }
        }
    }

    /// Answers a request that never reaches a handler.
    func reject(_ rejection: HTTPRejection) async -> Ending {
        core.configuration.logger?.debug("refused a request", metadata: [
            "status": "\(rejection.status)", "reason": "\(rejection.reason)", "peer": "\(remoteAddress)",
        ])
        let text = "\(rejection.status) \(reasonPhrase(rejection.status)): \(rejection.reason)\n"
        let response = HTTPResponse(
            status: rejection.status, headers: ["Content-Type": "text/plain; charset=utf-8"],
            body: .bytes(Array(text.utf8)))
        do {
            try await send(response, isHead: false, minorVersion: 1, mayKeepAlive: false)
        } catch {
            return .close
        }
        return .linger
    }

    // MARK: called by the loop

    override func becameReady(_ flags: Int32) {
        if flags & CPLATFORM_HALF_CLOSED != 0 { isHalfClosed = true }
        if flags & CPLATFORM_GONE != 0 { isGone = true }
        if flags & CPLATFORM_READABLE != 0 || isGone {
            isReadable = true
            resumeReader(.ready)
        }
        if flags & CPLATFORM_WRITABLE != 0 || isGone { resumeWriter(.ready) }
        cancelIfPointless()
    }

    /// Nobody is left to answer. A client that only closed its sending side may still read a finite answer.
    func cancelIfPointless() {
        if isGone || (isHalfClosed && isStreamingOpenEnded) { task?.cancel() }
    }

    /// Ends waits that have lasted too long. Answers the next deadline.
    func expire(at now: MonotonicInstant) -> MonotonicInstant {
        if deadlines.readIsOverdue(at: now) { resumeReader(.overdue) }
        if deadlines.writeIsOverdue(at: now) { resumeWriter(.overdue) }
        return deadlines.next
    }

    /// Closes the connection when it is between two requests.
    func endIfIdle() {
        if awaited == .firstRequest || awaited == .nextRequest { resumeReader(.ending) }
    }

    /// Cuts the connection off, whatever it does.
    func abandon() {
        isAbandoned = true
        task?.cancel()
        cplatform_shutdown_both(descriptor)
        resumeReader(.ending)
        resumeWriter(.ending)
    }

    /// Ends the wait of a task that still pulls the body of a request that is over.
    func interruptRead() { resumeReader(.ending) }

    private func resumeReader(_ wake: Wake) {
        guard let reader else { return }
        self.reader = nil
        awaited = nil
        deadlines.endRead()
        reader.resume(returning: wake)
    }

    private func resumeWriter(_ wake: Wake) {
        guard let writer else { return }
        self.writer = nil
        deadlines.endWrite()
        writer.resume(returning: wake)
    }

    // MARK: waiting

    /// Receives into `input`, waiting while there is nothing.
    func receive(_ awaited: ConnectionDeadlines.Awaited) async -> Received {
        while true {
            if let received = receiveNow() { return received }
            switch await waitToRead(awaited) {
            case .ready: continue
            case .overdue: return .overdue
            case .ending: return .ending
            }
        }
    }

    /// Receives into `input` if anything is there; nil when not.
    func receiveNow() -> Received? {
        guard isReadable else { return nil }
        let (result, filled) = input.receive(from: descriptor)
        if result > 0 {
            // Less than there was room for: the socket is empty, and the next byte will be reported. An end
            // already has been, and must be looked for.
            isReadable = filled || isHalfClosed || isGone
            return .bytes
        }
        guard result == Int(CPLATFORM_WOULD_BLOCK) else { return .end }
        isReadable = false
        return nil
    }

    /// Receives past the buffer, into an array of at most `count` bytes.
    func receiveArray(_ count: Int) async -> (bytes: [UInt8], received: Received) {
        while true {
            if isReadable {
                var result = 0
                let bytes = [UInt8](unsafeUninitializedCapacity: count) { room, initialized in
                    result = cplatform_receive(descriptor, room.baseAddress, count)
                    initialized = max(0, result)
                }
                if result > 0 {
                    isReadable = result == count || isHalfClosed || isGone
                    return (bytes, .bytes)
                }
                guard result == Int(CPLATFORM_WOULD_BLOCK) else { return ([], .end) }
                isReadable = false
            }
            switch await waitToRead(.body) {
            case .ready: continue
            case .overdue: return ([], .overdue)
            case .ending: return ([], .ending)
            }
        }
    }

    func waitToRead(_ awaited: ConnectionDeadlines.Awaited) async -> Wake {
        let isBetweenRequests = awaited == .firstRequest || awaited == .nextRequest
        // Two tasks cannot wait at once: the second is a handler's that pulls a body past its time.
        if isAbandoned || reader != nil || (isBetweenRequests && loop.isDraining) { return .ending }
        turns = 0
        self.awaited = awaited
        loop.noteDeadline(deadlines.beginRead(awaited, at: loop.now))
        return await withUnsafeContinuation { reader = $0 }
    }

    func waitToWrite() async throws(ConnectionLost) {
        if isAbandoned || isGone || writer != nil { throw ConnectionLost() }
        turns = 0
        loop.noteDeadline(deadlines.beginWrite(at: loop.now))
        let wake = await withUnsafeContinuation { writer = $0 }
        guard case .ready = wake else { throw ConnectionLost() }
    }

    /// The head is complete: the limit for the next one begins anew.
    func headArrived() { deadlines.headArrived() }

    /// Asked once per step that may not wait: whether to `await loop.yield()` now, so that a busy client does not starve the
    /// others of its loop.
    func hasHadItsTurn() -> Bool {
        turns += 1
        guard turns >= Self.turnsInARow else { return false }
        turns = 0
        return true
    }

    // MARK: writing

    /// Writes out `output` and then `more`; `output` is empty afterwards.
    func flush(_ more: [UInt8] = [], from start: Int = 0) async throws(ConnectionLost) {
        var sent = start
        while try !flushNow(more, from: &sent) { try await waitToWrite() }
    }

    /// As much of `flush` as the socket takes without waiting, which for most answers is all: whoever asks this first saves
    /// the switch into a function that may wait. Answers whether everything is out; if not, `sent` says how much is.
    func flushNow(_ more: [UInt8] = [], from sent: inout Int) throws(ConnectionLost) -> Bool {
        let total = output.count + more.count
        while sent < total {
            let result = sendOnce(more, from: sent)
            if result == Int(CPLATFORM_WOULD_BLOCK) { return false }
            guard result >= 0 else { throw ConnectionLost() }
            sent += result
        }
        if output.capacity > 64 << 10 { output = [] } else { output.removeAll(keepingCapacity: true) }
        return true
    }

    private func sendOnce(_ more: [UInt8], from sent: Int) -> Int {
        output.withUnsafeBytes { first in
            if more.isEmpty {
                return cplatform_send(descriptor, first.baseAddress! + sent, min(first.count - sent, Self.sendBytesMax))
            }
            return more.withUnsafeBytes { second in
                guard sent < first.count else {
                    let offset = sent - first.count
                    return cplatform_send(
                        descriptor, second.baseAddress! + offset, min(second.count - offset, Self.sendBytesMax))
                }
                return cplatform_send_pair(
                    descriptor, first.baseAddress! + sent, first.count - sent, second.baseAddress!,
                    min(second.count, Self.sendBytesMax))
            }
        }
    }
}
