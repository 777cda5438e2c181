import Gateway
import SimTime
import Store
import Synchronization
import Vocabulary

/// Every key this server issued, in memory. Asked on each request, so it holds finished callers;
/// commits bring it up to date.
final class KeyRing: Sendable {
    struct Entry: Sendable {
        let caller: Caller
        let isActive: Bool
        /// Set for temporary keys.
        var expiresAt: SimInstant?
        /// Set for sessions that have one.
        var sourceIdentity: String?
        /// Set for the sessions of a role.
        var roleARN: String?
    }

    private let entries = Mutex<[String: Entry]>([:])

    func entry(_ accessKeyID: String) -> Entry? { entries.withLock { $0[accessKeyID] } }

    /// The clock is read only for keys that can expire.
    func standing(_ accessKeyID: String, now: () -> SimInstant) -> AccessKeyStanding {
        guard let entry = entry(accessKeyID) else { return .unknown }
        if let expiresAt = entry.expiresAt, now() >= expiresAt { return .expired }
        return entry.isActive ? .active(entry.caller) : .inactive
    }

    func publish(_ key: AccessKey, of account: AccountID) { put(key.id, Entry(key, of: account)) }

    func publish(_ session: Session, of account: AccountID) { put(session.id, Entry(session, of: account)) }

    func forget(_ accessKeyIDs: [String]) {
        entries.withLock { entries in for id in accessKeyIDs { entries[id] = nil } }
    }

    var count: Int { entries.withLock { $0.count } }

    /// The temporary keys that expired before `instant`, with their accounts.
    func expired(before instant: SimInstant) -> [(id: String, account: AccountID)] {
        entries.withLock { entries in
            entries.compactMap { id, entry in
                guard let expiresAt = entry.expiresAt, expiresAt < instant else { return nil }
                return (id, entry.caller.account)
            }
        }
    }

    /// Replaces everything by what the store holds. Throws `StoreError`.
    func load(from store: Store) throws {
        let loaded = try store.read { reader in
            var loaded: [String: Entry] = [:]
            let keys = try reader.documentsEverywhere(
                service: AccountView.keyService, type: AccountView.accessKeyType, as: AccessKey.self)
            for (key, value) in keys { loaded[value.id] = Entry(value, of: key.collection.realm.account) }
            let sessions = try reader.documentsEverywhere(
                service: AccountView.sessionService, type: AccountView.sessionType, as: Session.self)
            for (key, value) in sessions { loaded[value.id] = Entry(value, of: key.collection.realm.account) }
            return loaded
        }
        entries.withLock { $0 = loaded }
    }

    private func put(_ id: String, _ entry: Entry) { entries.withLock { $0[id] = entry } }
}

extension KeyRing.Entry {
    fileprivate init(_ key: AccessKey, of account: AccountID) {
        self.init(
            caller: Caller(account: account, principalARN: key.principalARN, userID: key.userID, accessKeyID: key.id),
            isActive: key.status == .active)
    }

    fileprivate init(_ session: Session, of account: AccountID) {
        self.init(
            caller: Caller(
                account: account, principalARN: session.principalARN, userID: session.userID, accessKeyID: session.id),
            isActive: true, expiresAt: session.expiresAt, sourceIdentity: session.sourceIdentity,
            roleARN: session.roleARN)
    }
}
