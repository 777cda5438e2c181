import AWSProtocols
import Vocabulary

/// Who a request is from, as far as its signature's key tells. Signatures themselves are not verified.
struct CallerReading: Sendable {
    let directory: (any CallerDirectory)?

    /// A key this server issued leads to its principal; twelve digits are an account; anything else, and no key at all,
    /// is the fallback account.
    // AWS: inferred — spec/support-services.md §F1, verification policy.
    func caller(_ scope: CredentialScope?) -> Caller {
        guard let key = scope?.accessKeyID, !key.isEmpty else { return .root(of: .fallback, accessKeyID: nil) }
        if let known = directory?.caller(accessKeyID: key) { return known }
        return .root(of: AccountID(key) ?? .fallback, accessKeyID: key)
    }

    func region(_ scope: CredentialScope?) -> RegionName {
        scope?.region.flatMap { RegionName($0) } ?? .fallback
    }
}
