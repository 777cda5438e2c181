import AWSModel
import Gateway
import SimTime
import Store
import Timeline
import Vocabulary

/// CreateLogStream, DescribeLogStreams and DeleteLogStream.
struct LogStreamOperations: Sendable {
    let timeline: Timeline
    let book: LogBook

    private static let pageMax = 50
    /// A bound against runaway scripts; AWS has none.
    private static let streamsMax = 20_000

    func create(_ request: OperationRequest) async throws -> OperationResponse {
        let realm = request.context.realm
        let group = request.input["logGroupName"]?.string ?? "", name = request.input["logStreamName"]?.string ?? ""
        try await timeline.turn { [book] turn in
            try book.writePending(in: turn)
            _ = try book.group(group, in: realm, turn.transaction)
            let streams = try LogTables.streams(of: group, realm, prefix: "", turn.transaction)
            if streams.contains(where: { $0.name == name }) { throw LogsFault.streamExists }
            guard streams.count < Self.streamsMax else { throw LogsFault.limit("Resource limit exceeded.") }
            _ = try LogTables.create(name, of: group, realm, at: turn.now, turn.transaction)
        }
        return OperationResponse()
    }

    func delete(_ request: OperationRequest) async throws -> OperationResponse {
        let realm = request.context.realm
        let group = request.input["logGroupName"]?.string ?? "", name = request.input["logStreamName"]?.string ?? ""
        try await timeline.turn { [book] turn in
            try book.writePending(in: turn)
            _ = try book.group(group, in: realm, turn.transaction)
            try LogTables.delete(try book.stream(name, of: group, realm, turn.transaction), turn.transaction)
        }
        return OperationResponse()
    }

    func describe(_ request: OperationRequest) async throws -> OperationResponse {
        let (input, context) = (request.input, request.context)
        let group = try book.groupName(input), prefix = input["logStreamNamePrefix"]?.string
        let isByTime = input["orderBy"]?.string == "LastEventTime"
        if isByTime, prefix != nil {
            throw LogsFault.invalid("Cannot order by LastEventTime with a logStreamNamePrefix.")
        }
        try await book.flush()
        var streams = try book.store.read { reader in
            _ = try book.group(group, in: context.realm, reader)
            return try LogTables.streams(of: group, context.realm, prefix: prefix ?? "", reader)
        }
        if isByTime {
            let never = SimInstant(millisecondsSinceEpoch: 0)
            streams.sort { ($0.lastEvent ?? never, $0.name) < ($1.lastEvent ?? never, $1.name) }
        }
        if input["descending"]?.bool == true { streams.reverse() }
        let (page, next) = try LogPage.cut(streams, input, pageMax: Self.pageMax, by: \.name)
        return OperationResponse([
            "logStreams": .list(page.map { Self.shown($0, group, context) }), "nextToken": next.map { .string($0) },
        ])
    }

    /// AWS: doc — storedBytes of streams is 0 since 2019, and every stream has a sequence token nobody needs.
    private static func shown(_ stream: LogStream, _ group: String, _ context: RequestContext) -> AWSValue {
        [
            "logStreamName": .string(stream.name), "creationTime": context.shownMilliseconds(stream.created),
            "firstEventTimestamp": stream.firstEvent.map(context.shownMilliseconds),
            "lastEventTimestamp": stream.lastEvent.map(context.shownMilliseconds),
            "lastIngestionTime": stream.lastIngestion.map(context.shownMilliseconds),
            "uploadSequenceToken": .string(LogPosition(instant: stream.created, number: stream.number).digits),
            "arn": .string(LogGroup.arn(group, in: context.realm) + ":log-stream:\(stream.name)"), "storedBytes": 0,
        ]
    }
}
