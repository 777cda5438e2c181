package import Store

extension CognitoService {
    /// The tags of a pool; none when there is no such pool. Throws `StoreError`.
    package static func tags(ofPool id: String, in store: Store) throws -> [String: String] {
        try store.document(Pool.collection("").key(id), as: Pool.self)?.tags ?? [:]
    }
}
