import AWSModel
import SimTime
import Store
import Synchronization
import Timeline
import Vocabulary

/// What the operations share: finding groups and streams, and writing what containers printed.
final class LogBook: Sendable {
    let timeline: Timeline
    let buffer: ContainerLogBuffer
    private let retention = Mutex(true)

    /// Streams of one group that containers may fill; beyond them the oldest goes.
    private static let containerStreamsMax = 1000

    init(timeline: Timeline, buffer: ContainerLogBuffer) {
        self.timeline = timeline
        self.buffer = buffer
    }

    var store: Store { timeline.store }

    /// False once a sweep has found no group with a retention.
    var mayHaveRetention: Bool { retention.withLock { $0 } }

    func noteRetention() { retention.withLock { $0 = true } }

    func forget() { noteRetention() }

    // MARK: Finding

    func group(_ name: String, in realm: Realm, _ reader: StoreReader) throws -> LogGroup {
        guard let group = try reader.document(LogGroup.collection(realm).key(name), as: LogGroup.self)
        else { throw LogsFault.unknownGroup }
        return group
    }

    /// The name of the group that `logGroupName` or `logGroupIdentifier` gives. Throws when it is neither or both.
    func groupName(_ input: AWSObject) throws -> String {
        switch (input["logGroupName"]?.string, input["logGroupIdentifier"]?.string) {
        case (let name?, nil): return name
        case (nil, let identifier?):
            guard let name = LogGroup.name(ofIdentifier: identifier) else {
                throw LogsFault.invalid("The specified logGroupIdentifier is not valid.")
            }
            return name
        // AWS: inferred.
        case (nil, nil): throw LogsFault.invalid("Either logGroupName or logGroupIdentifier must be specified.")
        case (_?, _?): throw LogsFault.invalid("logGroupName and logGroupIdentifier are mutually exclusive.")
        }
    }

    func stream(_ name: String, of group: String, _ realm: Realm, _ reader: StoreReader) throws -> LogStream {
        guard let stream = try LogTables.stream(name, of: group, realm, reader) else { throw LogsFault.unknownStream }
        return stream
    }

    // MARK: Lines of containers

    /// Writes what is pending, in a turn of its own. Called before logs are read.
    func flush() async throws {
        guard !buffer.isEmpty else { return }
        try await timeline.turn { [self] turn in try writePending(in: turn) }
    }

    func writePending(in turn: Turn) throws {
        let lines = buffer.drain()
        guard !lines.isEmpty else { return }
        turn.afterRollback { [buffer] in buffer.restore(lines) }
        try write(lines, in: turn)
    }

    private struct Address: Hashable {
        let realm: Realm
        let group: String
        let stream: String
    }

    private func write(_ lines: [ContainerLogLine], in turn: Turn) throws {
        let byStream = Dictionary(grouping: lines.indices) { index in
            Address(realm: lines[index].realm, group: lines[index].group, stream: lines[index].stream)
        }
        let ordered = byStream.sorted { ($0.value.first ?? 0) < ($1.value.first ?? 0) }
        for (address, indices) in ordered {
            let key = LogGroup.collection(address.realm).key(address.group)
            if try turn.transaction.document(key, as: LogGroup.self) == nil {
                try turn.transaction.put(key, LogGroup(
                    name: address.group, created: lines[indices[0]].instant, retentionDays: nil, logClass: LogGroup.defaultClass,
                    kmsKeyID: nil, isProtected: false, tags: []))
            }
            let stream = try LogTables.stream(address.stream, of: address.group, address.realm, turn.transaction)
                ?? newStream(address, at: lines[indices[0]].instant, in: turn)
            let events = indices.map { index in
                (instant: lines[index].instant, message: Self.cut(lines[index].message))
            }
            try LogTables.append(events, to: stream, at: turn.now, turn.transaction)
            try LogTables.trim(stream, turn.transaction)
        }
    }

    private func newStream(_ address: Address, at instant: SimInstant, in turn: Turn) throws -> LogStream {
        let others = try LogTables.streams(of: address.group, address.realm, prefix: "", turn.transaction)
        if others.count >= Self.containerStreamsMax, let oldest = others.min(by: { $0.number < $1.number }) {
            try LogTables.delete(oldest, turn.transaction)
        }
        return try LogTables.create(address.stream, of: address.group, address.realm, at: instant, turn.transaction)
    }

    private static func cut(_ message: String) -> String {
        guard message.utf8.count > ContainerLogBuffer.messageBytesMax else { return message.isEmpty ? " " : message }
        return String(decoding: message.utf8.prefix(ContainerLogBuffer.messageBytesMax), as: UTF8.self)
    }

    // MARK: Retention

    /// Drops what groups do not keep any longer.
    func retire(in turn: Turn) throws {
        var found = false
        for (key, group) in try turn.transaction.documentsEverywhere(service: "logs", type: "group", as: LogGroup.self) {
            guard let since = group.keptSince(turn.now) else { continue }
            found = true
            try LogTables.drop(before: since, of: group.name, key.collection.realm, turn.transaction)
        }
        let remains = found
        turn.afterCommit { [self] in if !remains { retention.withLock { $0 = false } } }
    }
}
