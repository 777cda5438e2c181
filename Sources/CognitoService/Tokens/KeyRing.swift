import AWSModel
import Foundation
import HTTPServer
import Outbound
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
    private let ahead = Mutex(KeysAhead())
    /// Making a key is nothing but arithmetic: more at once than there are cores would only be slower.
    private let making = AsyncGate(places: ProcessInfo.processInfo.activeProcessorCount)

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
            let task = Task { try await loadOrMake(poolID) }
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

    /// Begins to make the keys of a new pool, so that its first sign-in finds them.
    func prepare(_ poolID: String) {
        guard ahead.withLock({ $0.add(poolID) }) else { return }
        Task {
            while let next = ahead.withLock({ $0.next() }) { _ = try? await keys(of: next) }
        }
    }

    func forget(_ poolID: String) { known.withLock { $0[poolID] = nil } }

    func forget() {
        ahead.withLock { $0.clear() }
        known.withLock { $0 = [:] }
    }

    private func loadOrMake(_ poolID: String) async throws -> PoolKeys {
        if let keys = try store.read({ try Self.find(poolID, in: $0) }) { return keys }
        guard await making.enter() else { throw CancellationError() }
        defer { making.leave() }
        let made = try await offPool { PoolKeys(access: try .generate(), id: try .generate()) }
        return try await timeline.turn { turn in
            // A pool that was deleted meanwhile must not leave keys behind.
            if let keys = try Self.find(poolID, in: turn.transaction) { return keys }
            for (use, key) in [("access", made.access), ("id", made.id)] {
                try turn.transaction.execute(
                    "INSERT INTO cognito_key (pool, use, der) VALUES (?, ?, ?)",
                    [.text(poolID), .text(use), .blob(key.derRepresentation)])
            }
            return made
        }
    }

    /// The stored keys, nil when there are none yet. Throws the fault of a pool that does not exist.
    private static func find(_ poolID: String, in reader: StoreReader) throws -> PoolKeys? {
        if let keys = try load(poolID, from: reader) { return keys }
        guard try poolID == identityPools || reader.document(Pool.collection("").key(poolID), as: Pool.self) != nil
        else { throw AWSFault.noPool(poolID) }
        return nil
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
