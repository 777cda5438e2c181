/// The account and region within which names are unique.
package struct Realm: Hashable, Sendable, Codable, CustomStringConvertible {
    package let account: AccountID
    package let region: RegionName

    package init(account: AccountID, region: RegionName) {
        self.account = account
        self.region = region
    }

    /// The realm of names that are unique in the whole server, such as S3 buckets.
    package static let shared = Realm(account: .fallback, region: .global)

    /// The realm of an account's global resources, such as IAM roles.
    package static func global(_ account: AccountID) -> Realm { Realm(account: account, region: .global) }

    package var description: String { "\(account)/\(region)" }
}
