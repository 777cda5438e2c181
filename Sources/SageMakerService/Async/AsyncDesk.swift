import AWSModel
import HostingRules
import Logging
import SimTime
import Store
import Synchronization
import Timeline
import Vocabulary

/// Carries out asynchronous requests in simulated time: starts them as machines have slots, ends them when their model
/// would, expires those that waited too long. Everything it decides is in the turn that decides it.
final class AsyncDesk: Sendable {
    /// Starts what can start; owned by the endpoint.
    static let dispatchKind = "async-dispatch"
    /// Ends the request whose number is the timer's name.
    static let completionKind = "async-completion"
    /// Of one endpoint: far more than a test needs, and a bound for the disk.
    static let backlogMax = 100_000
    /// The largest input object. AWS takes 1 GB; here it passes through memory.
    static let inputBytesMax = 64 << 20
    /// How many requests one turn starts: the next turn goes on at the same instant.
    private static let startsPerTurnMax = 64
    /// One that has read so much of its inputs starts no other request.
    private static let inputBytesPerTurnMax = 16 << 20

    private let directory: HostingDirectory
    private let timeline: Timeline
    private let objects: any ObjectExchange
    /// The requests that a runner of this process is working on.
    private let underWay = Mutex<Set<Int64>>([])

    init(directory: HostingDirectory, timeline: Timeline, objects: any ObjectExchange) {
        self.directory = directory
        self.timeline = timeline
        self.objects = objects
    }

    // MARK: Events

    /// Takes a request into the queue.
    func accept(_ invocation: AsyncInvocation, for key: EndpointKey, in turn: Turn) throws {
        guard try AsyncQueue.backlog(key, turn.transaction).count < Self.backlogMax else {
            throw AWSFault(
                "ServiceUnavailable", "Endpoint \(invocation.endpoint) has \(Self.backlogMax) requests in its backlog.",
                status: 503, isSenderFault: false)
        }
        try AsyncQueue.add(invocation, to: key, in: turn.transaction)
        try arm(key, at: turn.now, in: turn)
    }

    /// Machines may have come: what waits is looked at.
    func routingChanged(_ record: EndpointRecord, in turn: Turn) throws {
        if record.currentFeatures?.async != nil { try arm(record.key, at: turn.now, in: turn) }
    }

    /// The endpoint is gone, and with it what it had not done yet.
    func endpointRemoved(_ key: EndpointKey, in turn: Turn) throws {
        try AsyncQueue.removeAll(of: key, in: turn.transaction)
        for kind in [Self.dispatchKind, Self.completionKind] { try turn.disarmAll(kind: kind, owner: key.owner) }
    }

    func timerFired(_ id: TimerID, in turn: Turn) throws {
        guard let key = EndpointKey(owner: id.owner) else { return }
        if id.kind == Self.dispatchKind {
            try dispatch(key, in: turn)
        } else if let number = Int64(id.name), let row = try AsyncQueue.row(number, of: key, turn.transaction) {
            try complete(row, key, in: turn)
        }
    }

    /// What a runner was working on when the server ended is started anew.
    func resume(in turn: Turn) throws {
        let underWay = underWay.withLock { $0 }
        for (owner, row) in try AsyncQueue.awaited(turn.transaction) {
            guard !underWay.contains(row.number), let key = EndpointKey(owner: owner) else { continue }
            var row = row
            row.invocation.run = nil
            try AsyncQueue.update(row, in: turn.transaction)
            try arm(key, at: turn.now, in: turn)
        }
    }

    private func arm(_ key: EndpointKey, at instant: SimInstant, in turn: Turn) throws {
        try turn.arm(TimerID(kind: Self.dispatchKind, owner: key.owner, name: "dispatch"), at: instant)
    }

    // MARK: Starting

    private func dispatch(_ key: EndpointKey, in turn: Turn) throws {
        guard let hosted = directory.endpoint(key), let config = hosted.record.currentFeatures?.async else { return }
        try expire(key, hosted, config, in: turn)
        var slots = AsyncSlots(
            instances: hosted.table.variants.filter { !$0.isShadow }.map { route in
                (route.variant, route.fleets.reduce(0) { $0 + $1.active.count })
            },
            busy: try AsyncQueue.busy(key, turn.transaction), concurrencyPerInstance: config.concurrencyPerInstance)
        let limit = min(slots.count, Self.startsPerTurnMax)
        var isCut = limit == Self.startsPerTurnMax, readBytes = 0
        if limit > 0, hosted.record.endpoint.status.isInvocable {
            for row in try AsyncQueue.waiting(key, limit: limit, turn.transaction) {
                guard readBytes < Self.inputBytesPerTurnMax else {
                    isCut = true
                    break
                }
                var row = row
                guard let drawn = hosted.table.choose(random: &row.invocation.random),
                      let variant = slots.take(hosted.fleet(drawn).variant),
                      let choice = hosted.table.choose(random: &row.invocation.random, targetVariant: variant)
                else { break }
                readBytes += try start(row, key, hosted, choice, config, in: turn)
            }
        }
        let backlog = try AsyncQueue.backlog(key, turn.transaction)
        if backlog.waiting > 0, slots.count > 0, isCut {
            try arm(key, at: turn.now, in: turn)
        } else if let expiry = backlog.nextExpiry {
            try arm(key, at: max(turn.now, SimInstant(millisecondsSinceEpoch: expiry)), in: turn)
        }
    }

    /// Starts a request, or ends it when its input cannot be had; answers how many bytes were read.
    private func start(
        _ waiting: AsyncQueue.Row, _ key: EndpointKey, _ hosted: HostedEndpoint, _ choice: RoutingTable.Choice,
        _ config: AsyncConfig, in turn: Turn
    ) throws -> Int {
        var row = waiting
        let fleet = hosted.fleet(choice)
        let ending = AsyncEnding(
            row: row, key: key, books: FleetBooks(fleet), config: config, objects: objects, record: hosted.record)
        let body: [UInt8]
        switch try objects.read(S3Address.uri(row.invocation.inputLocation), limitBytes: Self.inputBytesMax, in: turn) {
        case .found(let bytes): body = bytes
        case .missing:
            try end(ending, .downloadFailed("The input object does not exist or cannot be read."), in: turn)
            return 0
        case .tooLarge:
            try end(ending, .downloadFailed("The input object has more than \(Self.inputBytesMax) bytes."), in: turn)
            return 0
        }
        var run = AsyncInvocation.Run(
            variant: fleet.variant, fleet: fleet.route.fleet, startedAt: turn.now,
            downloadMicroseconds: AsyncTransfer.microseconds(byteCount: body.count))
        let call = ContainerCall(
            request: row.invocation.request(key, body: body), instance: hosted.table.instances[choice.slot],
            timeLimitSeconds: Double(row.invocation.timeoutSeconds),
            now: turn.now)
        if let answer = fleet.runner.answerAtOnce(call, random: &row.invocation.random) {
            let stored = AsyncInvocation.Answer(Self.whole(answer, call))
            run.answer = stored
            row.invocation.run = run
            try AsyncQueue.update(row, in: turn.transaction)
            try turn.arm(
                TimerID(kind: Self.completionKind, owner: key.owner, name: String(row.number)),
                at: turn.now + .milliseconds(Int64((run.downloadMicroseconds + stored.latencyMicroseconds) / 1000)))
        } else {
            row.invocation.run = run
            try AsyncQueue.update(row, in: turn.transaction)
            let random = row.invocation.random
            let number = row.number
            turn.afterCommit { [self] in
                underWay.withLock { _ = $0.insert(number) }
                Task { await self.runToEnd(fleet.runner, call, random, number: number, key) }
            }
        }
        return body.count
    }

    /// Waits for a runner that waits, and ends the request with what it answers.
    private func runToEnd(
        _ runner: any ContainerRunner, _ call: ContainerCall, _ random: SeededRandom, number: Int64, _ key: EndpointKey
    ) async {
        var answer = await runner.answer(call, random: random)
        do throws(StreamBreak) {
            answer.body = .whole(try await answer.body.collected(limitBytes: InvocationPath.answerBytesMax))
        } catch {
            answer = .none(error.message, latencyMicroseconds: answer.latencyMicroseconds, hostname: answer.hostname)
        }
        let stored = AsyncInvocation.Answer(Self.whole(answer, call))
        // The endpoint may have been deleted meanwhile, or all state replaced: then there is nothing to end. When the turn
        // fails, the request is started anew.
        try? await timeline.turn { [self] turn in
            guard var row = try AsyncQueue.row(number, of: key, turn.transaction), row.invocation.random == random
            else { return }
            row.invocation.run?.answer = stored
            try complete(row, key, in: turn)
        }
        underWay.withLock { _ = $0.remove(number) }
    }

    /// A scripted stream as one body, with its delays as latency; a time-out when that is too long.
    private static func whole(_ answer: ContainerAnswer, _ call: ContainerCall) -> ContainerAnswer {
        var answer = answer
        if case .script(let chunks, let failure) = answer.body {
            answer.latencyMicroseconds += chunks.reduce(0) { $0 + $1.delayMicroseconds }
            if let failure {
                answer = .none(
                    failure.message, latencyMicroseconds: answer.latencyMicroseconds, hostname: answer.hostname)
            }
        }
        guard answer.latencyMicroseconds > call.timeLimitSeconds * 1_000_000 else { return answer }
        return .timedOut(afterSeconds: call.timeLimitSeconds, hostname: answer.hostname)
    }

    // MARK: Ending

    private func complete(_ row: AsyncQueue.Row, _ key: EndpointKey, in turn: Turn) throws {
        guard let run = row.invocation.run, let answer = run.answer, let hosted = directory.endpoint(key),
              let config = hosted.record.currentFeatures?.async
        else { return try AsyncQueue.remove(row.number, in: turn.transaction) }
        let ending = AsyncEnding(
            row: row, key: key, books: hosted.books(fleet: run.fleet, variant: run.variant), config: config,
            objects: objects, record: hosted.record)
        try end(ending, .answered(answer.containerAnswer), in: turn)
        try arm(key, at: turn.now, in: turn)
    }

    private func expire(_ key: EndpointKey, _ hosted: HostedEndpoint, _ config: AsyncConfig, in turn: Turn) throws {
        let expired = try AsyncQueue.expired(
            key, at: turn.now.millisecondsSinceEpoch, limit: Self.startsPerTurnMax, turn.transaction)
        // No variant was drawn yet: the first one counts.
        let books = hosted.record.endpoint.fleets.first.flatMap { hosted.books(fleet: $0.id, variant: $0.variant) }
        for row in expired {
            let ending = AsyncEnding(
                row: row, key: key, books: books, config: config, objects: objects, record: hosted.record)
            try end(ending, .expired, in: turn)
        }
    }

    private func end(_ ending: AsyncEnding, _ how: AsyncEnding.How, in turn: Turn) throws {
        try ending.perform(how, in: turn)
        try AsyncQueue.remove(ending.row.number, in: turn.transaction)
    }
}

/// What moving an object takes: a made-up time, 10 ms and 100 MB/s.
enum AsyncTransfer {
    static func microseconds(byteCount: Int) -> Double { 10_000 + Double(byteCount) / 100 }
}

/// Addresses of objects as clients give them.
enum S3Address {
    /// `s3://bucket/key`, also for `https://bucket.s3.region.amazonaws.com/key` and `https://s3.region.…/bucket/key`.
    static func uri(_ address: String) -> String {
        guard address.hasPrefix("https://") else { return address }
        let rest = address.dropFirst("https://".count)
        let host = rest.prefix { $0 != "/" }
        let path = rest.dropFirst(host.count + 1).prefix { $0 != "?" }
        if host.hasPrefix("s3.") || host.hasPrefix("s3-") { return "s3://\(path)" }
        guard let end = host.firstRange(of: ".s3")?.lowerBound else { return "s3://\(host)/\(path)" }
        return "s3://\(host[..<end])/\(path)"
    }
}
