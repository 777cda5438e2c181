package import AWSModel
package import Gateway
package import Logging
import SimTime
package import Store
package import Timeline

/// Amazon CloudWatch Logs: groups, streams and events, and the logs of model containers.
///
/// Made after the timeline and before it starts, since it registers its ticks there.
package final class LogsService: Service {
    /// Where the data plane leaves what containers print.
    package let containerLogs: ContainerLogBuffer
    private let book: LogBook
    private let timeline: Timeline

    package static let model = ServiceID("logs")

    /// The tables of streams and events.
    package static let migrations = [LogTables.migration]

    package init(timeline: Timeline, logger: Logger = Logger(label: "coldframe.logs")) {
        self.timeline = timeline
        let buffer = ContainerLogBuffer()
        containerLogs = buffer
        let book = LogBook(timeline: timeline, buffer: buffer)
        self.book = book
        timeline.add(Tick(
            name: "container logs", phase: Phase.metricFlush, period: .minutes(1), isNeeded: { !buffer.isEmpty },
            run: { turn in try book.writePending(in: turn) }))
        timeline.add(Tick(
            name: "log retention", phase: Phase.lifecycles, period: .hours(1), isNeeded: { book.mayHaveRetention },
            run: { turn in try book.retire(in: turn) }))
        timeline.beforeAdvanceAnswers { turn in try book.writePending(in: turn) }
    }

    /// Writes what containers printed so far: before the server stops, and before a snapshot is taken.
    package func flush() async throws { try await book.flush() }

    /// Drops what is in memory, after the database was erased or replaced.
    package func forget() {
        containerLogs.removeAll()
        book.forget()
    }

    package var operations: [ServiceID: [Operation]] {
        [Self.model: groupOperations + streamOperations + eventOperations + tagOperations]
    }

    private var groupOperations: [Operation] {
        let groups = LogGroupOperations(timeline: timeline, book: book)
        let linked = ["accountIdentifiers", "includeLinkedAccounts"]
        return [
            Operation("CreateLogGroup", coverage: .partial("keys are kept; nothing is encrypted")) { try await groups.create($0) },
            Operation("DescribeLogGroups", refusedMembers: linked) { try await groups.describe($0) },
            Operation("ListLogGroups", refusedMembers: linked + ["dataSources", "fieldIndexNames", "logGroupTags"]) {
                try await groups.list($0)
            },
            Operation("DeleteLogGroup") { try await groups.delete($0) },
            Operation("PutLogGroupDeletionProtection") { try await groups.protect($0) },
            Operation("PutRetentionPolicy") { try await groups.putRetention($0) },
            Operation("DeleteRetentionPolicy") { try await groups.deleteRetention($0) },
        ]
    }

    private var streamOperations: [Operation] {
        let streams = LogStreamOperations(timeline: timeline, book: book)
        return [
            Operation("CreateLogStream") { try await streams.create($0) },
            Operation("DescribeLogStreams") { try await streams.describe($0) },
            Operation("DeleteLogStream") { try await streams.delete($0) },
        ]
    }

    private var eventOperations: [Operation] {
        let put = PutLogEvents(timeline: timeline, book: book)
        let get = GetLogEvents(book: book), filter = FilterLogEvents(book: book)
        return [
            Operation("PutLogEvents", refusedMembers: ["entity"]) { try await put.respond(to: $0) },
            Operation("GetLogEvents") { try await get.respond(to: $0) },
            Operation("FilterLogEvents", coverage: .partial("no regular expressions and no space-delimited patterns")) {
                try await filter.respond(to: $0)
            },
        ]
    }

    private var tagOperations: [Operation] {
        let tags = LogTagOperations(timeline: timeline, book: book)
        return [
            Operation("TagResource") { try await tags.tag($0) },
            Operation("UntagResource") { try await tags.untag($0) },
            Operation("ListTagsForResource") { try await tags.list($0) },
            Operation("TagLogGroup") { try await tags.tagGroup($0) },
            Operation("UntagLogGroup") { try await tags.untagGroup($0) },
            Operation("ListTagsLogGroup") { try await tags.listGroup($0) },
        ]
    }
}
