package import Store
package import Vocabulary

/// What a bucket brings to a decision about access.
package struct BucketStanding: Sendable {
    package var account: AccountID
    /// The policy's JSON.
    package var policy: String?
    package var tags: [(key: String, value: String)]

    /// Nil when there is no such bucket. Throws `StoreError`.
    package init?(bucket text: String, _ reader: StoreReader) throws {
        guard let name = BucketName(text), let bucket = try BucketTable.find(name, in: reader) else { return nil }
        account = bucket.account
        policy = bucket.policy
        tags = bucket.tags.map { ($0.key, $0.value) }
    }
}
