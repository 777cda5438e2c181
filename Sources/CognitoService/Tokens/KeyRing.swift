import AWSModel
import HTTPServer
import Store
import Synchronization
import Timeline
import TokenCrypto

/// The two signing keys of a pool: one for access tokens, one for id tokens.
// AWS: doc — spec/cognito.md §D2.
struct PoolKeys: Sendable {
    let access: SigningKey
    let id: SigningKey

    var all: [SigningKey] { [id, access] }
    func key(id: String) -> SigningKey? { all.first { $0.id == id } }

    /// The `keys` member of the pool's JWKS.
    var jwks: AWSValue { .list(all.map { $0.jwk(.rs256) }) }
}

extension SigningKey {
    /// The key as a JWKS shows it.
    func jwk(_ algorithm: Algorithm) -> AWSValue {
        [
            "alg": .string(algorithm.rawValue), "e": .string(exponentText), "kid": .string(id), "kty": "RSA",
            "n": .string(modulusText), "use": "sig",
        ]
    }
}

/// The signing keys of all pools: made once, kept in the store, held in memory.
final class KeyRing: Sendable {
    private let store: Store
    private let timeline: Timeline
    private let known = Mutex<[String: Task<PoolKeys, any Error>]>([:])

    init(store: Store, timeline: Timeline) {
        self.store = store
        self.timeline = timeline
    }

    /// Whose the keys of identity pools' own tokens are: one pair for all of them.
    static let identityPools = "cognito-identity"

    /// The keys of a pool. Several callers at once wait for the same making.
    func keys(of poolID: String) async throws -> PoolKeys {
        let task = known.withLock { known in
            if let task = known[poolID] { return task }
            let task = Task { [store, timeline] in try await Self.loadOrMake(poolID, store, timeline) }
            known[poolID] = task
            return task
        }
        do {
            return try await task.value
        } catch {
            forget(poolID)
            throw error
        }
    }

    func forget(_ poolID: String) { known.withLock { $0[poolID] = nil } }
    func forget() { known.withLock { $0 = [:] } }

    private static func loadOrMake(_ poolID: String, _ store: Store, _ timeline: Timeline) async throws -> PoolKeys {
        if let keys = try store.read({ try load(poolID, from: $0) }) { return keys }
        let made = try await offPool { PoolKeys(access: try .generate(), id: try .generate()) }
        return try await timeline.turn { turn in
            if let keys = try load(poolID, from: turn.transaction) { return keys }
            // A pool that was deleted meanwhile must not leave keys behind.
            guard try poolID == identityPools || Directory(source: turn.transaction).source.document(
                Pool.collection("").key(poolID), as: Pool.self) != nil else { throw AWSFault.noPool(poolID) }
            for (use, key) in [("access", made.access), ("id", made.id)] {
                try turn.transaction.execute(
                    "INSERT INTO cognito_key (pool, use, der) VALUES (?, ?, ?)",
                    [.text(poolID), .text(use), .blob(key.derRepresentation)])
            }
            return made
        }
    }

    private static func load(_ poolID: String, from reader: StoreReader) throws -> PoolKeys? {
        var keys: [String: SigningKey] = [:]
        try reader.query("SELECT use, der FROM cognito_key WHERE pool = ?", [.text(poolID)]) { row in
            keys[row.text(0)] = try SigningKey(derRepresentation: row.blob(1))
        }
        guard let access = keys["access"], let id = keys["id"] else { return nil }
        return PoolKeys(access: access, id: id)
    }
}
