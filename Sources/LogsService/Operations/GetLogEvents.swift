import AWSModel
import Gateway
import SimTime
import Store

/// What GetLogEvents and FilterLogEvents read: up to so many events, of a span, until an answer is full.
struct EventSpan: Sendable {
    let instants: Range<SimInstant>
    let limit: Int

    /// AWS: doc — an answer holds up to 1 MB or 10,000 events.
    static let eventsMax = 10_000
    static let bytesMax = 1 << 20

    /// Nil when the span is empty. What a group does not keep any longer is outside every span.
    init?(_ input: AWSObject, _ group: LogGroup, _ context: RequestContext) {
        let earliest = SimInstant(millisecondsSinceEpoch: 0), latest = SimInstant(millisecondsSinceEpoch: .max)
        let start = max(context.readMilliseconds(input["startTime"]) ?? earliest, group.keptSince(context.now) ?? earliest)
        let end = context.readMilliseconds(input["endTime"]) ?? latest
        guard start < end else { return nil }
        instants = start..<end
        limit = min(input["limit"]?.int ?? Self.eventsMax, Self.eventsMax)
    }
}

/// GetLogEvents: one stream, forwards or backwards. AWS: doc — the answer is always in order of time; a token that leads
/// nowhere further is answered by itself.
struct GetLogEvents: Sendable {
    let book: LogBook

    func respond(to request: OperationRequest) async throws -> OperationResponse {
        let (input, context) = (request.input, request.context)
        let name = input["logStreamName"]?.string ?? "", groupName = try book.groupName(input)
        let token = try input["nextToken"]?.string.map { text in
            guard let token = LogToken(text) else { throw LogsFault.invalidToken }
            return token
        }
        try await book.flush()
        var events: [LogEvent] = []
        var isReversed = !(input["startFromHead"]?.bool ?? false)
        var after = LogPosition.start, before = LogPosition.end
        var standing = LogPosition.start
        switch token {
        case .forward(let position): (isReversed, after, standing) = (false, position, position)
        case .backward(let position): (isReversed, before, standing) = (true, position, position)
        case nil: break
        }
        try book.store.read { reader in
            let group = try book.group(groupName, in: context.realm, reader)
            let stream = try book.stream(name, of: groupName, context.realm, reader)
            guard let span = EventSpan(input, group, context) else { return }
            var bytes = 0
            try LogTables.events(
                of: [stream.number], after: after, before: before, in: span.instants, isReversed: isReversed, reader,
                limit: span.limit
            ) { event, _ in
                bytes += event.message.utf8.count + LogTables.eventOverheadBytes
                guard events.isEmpty || bytes <= EventSpan.bytesMax else { return false }
                events.append(event)
                return true
            }
        }
        if isReversed { events.reverse() }
        return OperationResponse([
            "events": .list(events.map { event in
                [
                    "timestamp": context.shownMilliseconds(event.position.instant), "message": .string(event.message),
                    "ingestionTime": context.shownMilliseconds(event.ingested),
                ]
            }),
            "nextForwardToken": .string(LogToken.forward(events.last?.position ?? standing).text),
            "nextBackwardToken": .string(LogToken.backward(events.first?.position ?? standing).text),
        ])
    }
}
