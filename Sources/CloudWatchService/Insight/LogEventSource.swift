package import SimTime
package import Store
package import Vocabulary

/// Where Contributor Insights reads log events. Implemented by the composition root from the Logs emulation.
package protocol LogEventSource: Sendable {
    /// Makes what is not stored yet readable. Called before a report, outside a turn.
    func flush() async throws
    /// Hands over the events of `from ..< to` in the groups that are wanted, the newest `limit` of each group.
    func forEachEvent(
        in realm: Realm, groups isWanted: (String) -> Bool, from: SimInstant, to: SimInstant, limit: Int, _ reader: StoreReader,
        _ body: (_ instant: SimInstant, _ message: String) -> Void
    ) throws
}
