import RegistryRules
package import Store
package import Vocabulary

/// What a repository brings to a decision about access.
package struct RepositoryStanding: Sendable {
    /// The JSON of the policies that speak about it.
    package var policies: [String]
    package var tags: [(key: String, value: String)]

    /// Nil when there is no such repository. Throws `StoreError`.
    package init?(_ arn: ARN, _ reader: StoreReader) throws {
        guard arn.resource.hasPrefix("repository/"), let account = AccountID(arn.account), let region = RegionName(arn.region),
              let name = RepositoryName(arn.resource.dropFirst("repository/".count)),
              let found = try RepositoryTable.find(name, in: Realm(account: account, region: region), reader)
        else { return nil }
        policies = try found.policies(reader)
        tags = found.body.tags.map { ($0.key, $0.value) }
    }
}
