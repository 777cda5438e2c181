import AWSModel
import Gateway
import SimTime
import Timeline

/// PutLogEvents: appends a batch to a stream. AWS: doc — limits and rejections of PutLogEvents.
struct PutLogEvents: Sendable {
    let timeline: Timeline
    let book: LogBook

    private static let batchBytesMax = 1_048_576
    private static let newestAhead = SimDuration.hours(2)
    private static let oldestBehind = SimDuration.days(14)

    func respond(to request: OperationRequest) async throws -> OperationResponse {
        let (input, context) = (request.input, request.context)
        let group = input["logGroupName"]?.string ?? "", name = input["logStreamName"]?.string ?? ""
        let events = (input["logEvents"]?.list ?? []).map { item in
            (instant: context.readMilliseconds(item["timestamp"]) ?? context.now, message: item["message"]?.string ?? "")
        }
        try Self.check(events)
        return try await timeline.turn { [book] turn in
            let record = try book.group(group, in: context.realm, turn.transaction)
            try book.writePending(in: turn)
            let stream = try book.stream(name, of: group, context.realm, turn.transaction)
            // In order, so that what is too old is at the beginning and what is too new at the end.
            let tooOld = events.prefix { $0.instant < turn.now - Self.oldestBehind }.count
            let expired = record.keptSince(turn.now).map { since in events.prefix { $0.instant < since }.count } ?? 0
            let tooNew = events.firstIndex { $0.instant > turn.now + Self.newestAhead }
            let accepted = events[min(max(tooOld, expired), events.count)..<max(tooNew ?? events.count, max(tooOld, expired))]
            try LogTables.append(Array(accepted), to: stream, at: turn.now, turn.transaction)
            try LogTables.trim(stream, turn.transaction)
            let rejected: AWSObject = [
                "tooNewLogEventStartIndex": tooNew.map { .integer(Int64($0)) },
                "tooOldLogEventEndIndex": tooOld > 0 ? .integer(Int64(tooOld)) : nil,
                "expiredLogEventEndIndex": expired > tooOld ? .integer(Int64(expired)) : nil,
            ]
            return OperationResponse([
                "nextSequenceToken": .string(LogPosition(instant: turn.now, number: stream.number).digits),
                "rejectedLogEventsInfo": rejected.isEmpty ? nil : .object(rejected),
            ])
        }
    }

    private static func check(_ events: [(instant: SimInstant, message: String)]) throws {
        let bytes = events.reduce(0) { $0 + $1.message.utf8.count + LogTables.eventOverheadBytes }
        guard bytes <= batchBytesMax else {
            throw LogsFault.invalid("Upload too large: \(bytes) bytes exceeds limit of \(batchBytesMax)")
        }
        for (earlier, later) in zip(events, events.dropFirst()) where later.instant < earlier.instant {
            throw LogsFault.invalid("Log events in a single PutLogEvents request must be in chronological order.")
        }
        if let first = events.first, let last = events.last, last.instant - first.instant > .hours(24) {
            throw LogsFault.invalid("The batch of log events in a single PutLogEvents request cannot span more than 24 hours.")
        }
    }
}
