import AWSModel
import Gateway
import SimTime
import Store

/// FilterLogEvents: all or some streams of a group, in order of time, by a pattern.
struct FilterLogEvents: Sendable {
    let book: LogBook

    /// Events looked at in one call; when nothing more was found in them, the answer is a token to go on with, as on AWS.
    private static let scannedMax = 50_000

    func respond(to request: OperationRequest) async throws -> OperationResponse {
        let (input, context) = (request.input, request.context)
        let groupName = try book.groupName(input)
        let names = input["logStreamNames"]?.list?.compactMap(\.string), prefix = input["logStreamNamePrefix"]?.string
        if names != nil, prefix != nil {
            // AWS: inferred.
            throw LogsFault.invalid("logStreamNames and logStreamNamePrefix are mutually exclusive.")
        }
        let pattern = try FilterPattern.read(input["filterPattern"]?.string ?? "")
        var after = LogPosition.start
        if let token = input["nextToken"]?.string {
            guard let position = LogPosition(digits: token) else { throw LogsFault.invalidToken }
            after = position
        }
        try await book.flush()
        let begin = after
        let found = try book.store.read { reader in
            let group = try book.group(groupName, in: context.realm, reader)
            let streams = try self.streams(of: groupName, names, prefix, context, reader)
            guard let span = EventSpan(input, group, context), !streams.isEmpty else { return Found() }
            return try search(streams, span, pattern, after: begin, reader)
        }
        return OperationResponse([
            "events": .list(found.events.map { event in
                [
                    "logStreamName": .string(event.stream), "timestamp": context.shownMilliseconds(event.position.instant),
                    "message": .string(event.message), "ingestionTime": context.shownMilliseconds(event.ingested),
                    "eventId": .string(event.position.digits),
                ]
            }),
            // AWS: doc — empty since 2019.
            "searchedLogStreams": [],
            "nextToken": found.next.map { .string($0.digits) },
        ])
    }

    private struct Found: Sendable {
        var events: [LogEvent] = []
        /// The last position looked at, when there may be more behind it.
        var next: LogPosition?
    }

    private func streams(
        of group: String, _ names: [String]?, _ prefix: String?, _ context: RequestContext, _ reader: StoreReader
    ) throws -> [LogStream] {
        guard let names else { return try LogTables.streams(of: group, context.realm, prefix: prefix ?? "", reader) }
        return try Set(names).sorted().map { try book.stream($0, of: group, context.realm, reader) }
    }

    private func search(
        _ streams: [LogStream], _ span: EventSpan, _ pattern: FilterPattern, after: LogPosition, _ reader: StoreReader
    ) throws -> Found {
        let names = Dictionary(uniqueKeysWithValues: streams.map { ($0.number, $0.name) })
        var found = Found(), bytes = 0, scanned = 0, isFull = false
        var last = after
        try LogTables.events(
            of: streams.map(\.number), after: after, before: .end, in: span.instants, isReversed: false, reader,
            limit: Self.scannedMax
        ) { event, stream in
            if pattern.matches(event.message) {
                bytes += event.message.utf8.count + LogTables.eventOverheadBytes
                guard found.events.count < span.limit, found.events.isEmpty || bytes <= EventSpan.bytesMax else {
                    isFull = true
                    return false
                }
                var named = event
                named.stream = names[stream] ?? ""
                found.events.append(named)
            }
            scanned += 1
            last = event.position
            return true
        }
        if isFull || scanned == Self.scannedMax { found.next = last }
        return found
    }
}
