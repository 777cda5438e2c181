import CPlatform
import Synchronization

/// One thread that waits for sockets and runs tasks: the executor of its connections' tasks, handlers included.
///
/// Everything but `enqueue` and `stop` is confined to the loop's own thread, which is why the class may be Sendable.
final class EventLoop: TaskExecutor, @unchecked Sendable {
    private struct Inbox {
        var jobs: [UnownedJob] = []
        var stopRequested = false
        var hasStopped = false
    }

    private static let eventBatch = 256

    private let poller: cplatform_poller
    private let inbox = Mutex(Inbox())
    /// Set with each change of the inbox, so that a turn without mail takes no lock.
    private let hasMail = Atomic(false)
    private var threadIdentity: UInt = 0
    private let threadIsKnown = Atomic(false)
    private var jobs: [UnownedJob] = []
    private var spareJobs: [UnownedJob] = []
    private var yielded: [UnsafeContinuation<Void, Never>] = []
    private var connections: [Connection] = []
    private var listener: Listener?
    /// When a listener at rest is looked at again.
    private var listenerReturn = MonotonicInstant.distantFuture
    private static let listenerRest = Duration.milliseconds(100)
    /// No deadline of any connection is earlier than this.
    private var nextSweep = MonotonicInstant.distantFuture
    private var drainWaiters: [UnsafeContinuation<Void, Never>] = []
    private var drainDeadline = MonotonicInstant.distantFuture
    private var stopRequested = false
    private(set) var isDraining = false
    private var dateSecond = Int64.min
    private var dateField: [UInt8] = []

    init() throws(HTTPServerError) {
        var poller = cplatform_poller()
        let result = cplatform_poller_open(&poller)
        guard result == 0 else { throw .cannotStartLoop(errorNumber: -result) }
        self.poller = poller
    }

    deinit {
        var poller = poller
        cplatform_poller_close(&poller)
    }

    // MARK: from any thread

    /// Starts the thread, which keeps the loop alive until `stop`.
    func start(name: String) throws(HTTPServerError) {
        let context = Unmanaged.passRetained(self)
        let result = cplatform_thread_start(name, { Unmanaged<EventLoop>.fromOpaque($0!).takeRetainedValue().run() },
                                          context.toOpaque())
        guard result == 0 else {
            context.release()
            throw .cannotStartLoop(errorNumber: -result)
        }
    }

    var isCurrent: Bool { threadIsKnown.load(ordering: .acquiring) && cplatform_thread_identity() == threadIdentity }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        if isCurrent {
            jobs.append(job)
            return
        }
        let isTaken = inbox.withLock { inbox in
            if !inbox.hasStopped { inbox.jobs.append(job) }
            return !inbox.hasStopped
        }
        // A task that outlived the loop still has to end somewhere; nothing of the loop is left to be confined.
        if isTaken { wake() } else { globalConcurrentExecutor.enqueue(job) }
    }

    /// Ends the thread as soon as it has no connection and nothing to run.
    func stop() {
        inbox.withLock { $0.stopRequested = true }
        wake()
    }

    /// Whether the thread has ended, so that nothing can run on the loop any more.
    var hasStopped: Bool { inbox.withLock { $0.hasStopped } }

    private func wake() {
        // Only the first to post since the loop last looked has to wake it.
        guard !hasMail.exchange(true, ordering: .acquiringAndReleasing) else { return }
        withUnsafePointer(to: poller) { cplatform_poller_wake($0) }
    }

    // MARK: on the loop's thread

    private func run() {
        threadIdentity = cplatform_thread_identity()
        threadIsKnown.store(true, ordering: .releasing)
        var events = [cplatform_event](repeating: cplatform_event(), count: Self.eventBatch)
        while true {
            takeMail()
            runJobs()
            let isIdle = jobs.isEmpty && yielded.isEmpty && !hasMail.load(ordering: .acquiring)
            if isIdle, stopRequested, connections.isEmpty, endThread() { return }
            let timeout = isIdle ? millisecondsUntilSweep() : 0
            let count = withUnsafePointer(to: poller) {
                cplatform_poller_wait($0, &events, Int32(Self.eventBatch), timeout)
            }
            for index in 0..<max(0, Int(count)) { deliver(events[index]) }
            if nextSweep != .distantFuture { sweep() }
            resumeYielded()
        }
    }

    /// Answers false when mail came in the last moment.
    private func endThread() -> Bool {
        inbox.withLock { inbox in
            guard inbox.jobs.isEmpty else { return false }
            inbox.hasStopped = true
            // The next thread may be given this one's identity.
            threadIsKnown.store(false, ordering: .releasing)
            return true
        }
    }

    private func resumeYielded() {
        guard !yielded.isEmpty else { return }
        let resumed = yielded
        yielded = []
        for waiter in resumed { waiter.resume() }
    }

    /// Lets other sockets and tasks go first. `Task.yield` would take a detour over the global executor's threads.
    func yield() async { await withUnsafeContinuation { yielded.append($0) } }

    private func takeMail() {
        // Cleared before looking: mail that comes while looking wakes the loop once more, at worst for nothing.
        guard hasMail.load(ordering: .acquiring) else { return }
        _ = hasMail.exchange(false, ordering: .acquiringAndReleasing)
        inbox.withLock { inbox in
            jobs.append(contentsOf: inbox.jobs)
            inbox.jobs.removeAll(keepingCapacity: true)
            stopRequested = stopRequested || inbox.stopRequested
        }
    }

    /// Runs what is queued now; what those jobs queue waits for the next turn, so that sockets get their share.
    private func runJobs() {
        guard !jobs.isEmpty else { return }
        swap(&jobs, &spareJobs)
        let executor = asUnownedTaskExecutor()
        for job in spareJobs { job.runSynchronously(on: executor) }
        spareJobs.removeAll(keepingCapacity: true)
    }

    private func deliver(_ event: cplatform_event) {
        guard let token = event.token else { return }
        // Tokens are objects of this loop's list; one leaves the list only in a job, never between two events.
        let source = Unmanaged<EventSource>.fromOpaque(token)
        source._withUnsafeGuaranteedRef { $0.becameReady(event.flags) }
    }

    private func millisecondsUntilSweep() -> Int32 {
        guard nextSweep != .distantFuture else { return -1 }
        let now = now
        guard nextSweep > now else { return 0 }
        // Rounded up: waking too early would only mean to wait again.
        return Int32(clamping: (nextSweep.nanoseconds - now.nanoseconds + 999_999) / 1_000_000)
    }

    /// Ends the waits that have lasted too long, and finds out when to look again.
    private func sweep() {
        let now = now
        guard nextSweep <= now else { return }
        nextSweep = .distantFuture
        if drainDeadline <= now {
            drainDeadline = .distantFuture
            for connection in connections { connection.abandon() }
            // A handler that ignores cancellation is not waited for; its connection is gone already.
            finishDrain()
        }
        noteDeadline(drainDeadline)
        if listenerReturn <= now {
            listenerReturn = .distantFuture
            if let listener, !watch(listener) { listenerReturn = now.advanced(by: Self.listenerRest) }
        }
        noteDeadline(listenerReturn)
        for connection in connections { noteDeadline(connection.expire(at: now)) }
    }

    private func finishDrain() {
        let waiters = drainWaiters
        drainWaiters = []
        for waiter in waiters { waiter.resume() }
    }

    var now: MonotonicInstant { MonotonicInstant(nanoseconds: cplatform_monotonic_nanoseconds()) }

    func noteDeadline(_ deadline: MonotonicInstant) {
        if deadline < nextSweep { nextSweep = deadline }
    }

    /// Takes a connection in and watches its socket. Answers whether that succeeded.
    func add(_ connection: Connection) -> Bool {
        let token = Unmanaged<EventSource>.passUnretained(connection).toOpaque()
        let result = withUnsafePointer(to: poller) {
            cplatform_poller_watch_edges($0, connection.descriptor, token)
        }
        guard result == 0 else { return false }
        connection.index = connections.count
        connections.append(connection)
        return true
    }

    func remove(_ connection: Connection) {
        let last = connections.removeLast()
        if last !== connection {
            last.index = connection.index
            connections[connection.index] = last
        }
        if connections.isEmpty { finishDrain() }
    }

    func listen(_ listener: Listener) {
        let isWatched = watch(listener)
        precondition(isWatched, "a listening socket can be watched")
        listener.loop = self
        self.listener = listener
    }

    private func watch(_ listener: Listener) -> Bool {
        let token = Unmanaged<EventSource>.passUnretained(listener).toOpaque()
        return withUnsafePointer(to: poller) {
            cplatform_poller_watch_level($0, listener.descriptor, token)
        } == 0
    }

    /// Leaves new connections in the kernel's queue for a moment, while none can be accepted.
    func restListener() {
        guard let listener, listenerReturn == .distantFuture else { return }
        withUnsafePointer(to: poller) { cplatform_poller_unwatch_level($0, listener.descriptor) }
        listenerReturn = now.advanced(by: Self.listenerRest)
        noteDeadline(listenerReturn)
    }

    /// Accepts no more, closes connections between requests, and waits until the others have ended or `limit` is over.
    func drain(limit: Duration) async {
        isDraining = true
        listener?.close()
        listener = nil
        for connection in connections { connection.endIfIdle() }
        guard !connections.isEmpty else { return }
        drainDeadline = now.advanced(by: limit)
        noteDeadline(drainDeadline)
        await withUnsafeContinuation { drainWaiters.append($0) }
    }

    /// The Date field line with its CRLF, made once a second.
    var currentDateField: [UInt8] {
        let second = cplatform_unix_seconds()
        if second != dateSecond {
            dateSecond = second
            dateField = Array("Date: \(HTTPDate.format(unixSeconds: second))\r\n".utf8)
        }
        return dateField
    }
}

/// Something the poller reports on. `becameReady` runs on the loop's thread.
class EventSource {
    let descriptor: Int32

    init(descriptor: Int32) { self.descriptor = descriptor }

    func becameReady(_ flags: Int32) { preconditionFailure("every source overrides this") }
}
