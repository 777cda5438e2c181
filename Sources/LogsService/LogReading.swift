package import SimTime
package import Store
package import Vocabulary

/// What the server's other parts may read of logs.
extension LogsService {
    /// Hands over the events of `from ..< to` in the groups that are wanted, ascending within a group; beyond `limit` events
    /// of a group, only the newest.
    package func forEachEvent(
        in realm: Realm, groups isWanted: (String) -> Bool, from: SimInstant, to: SimInstant, limit: Int, _ reader: StoreReader,
        _ body: (_ instant: SimInstant, _ message: String) -> Void
    ) throws {
        for (name, _) in try reader.documents(LogGroup.collection(realm), as: LogGroup.self) where isWanted(name) {
            let streams = try LogTables.streams(of: name, realm, prefix: "", reader).map(\.number)
            guard !streams.isEmpty else { continue }
            var found: [(SimInstant, String)] = []
            try LogTables.events(
                of: streams, after: LogPosition(instant: from, number: 0), before: LogPosition(instant: to, number: 0),
                in: from..<to, isReversed: true, reader, limit: limit
            ) { event, _ in
                found.append((event.position.instant, event.message))
                return true
            }
            for (instant, message) in found.reversed() { body(instant, message) }
        }
    }
}
