import AWSModel
import AWSProtocols
import Vocabulary

/// Who a request is from, as far as its signature's key tells. Signatures themselves are not verified.
struct CallerReading: Sendable {
    let directory: (any CallerDirectory)?

    /// A key this server issued leads to its principal; twelve digits are an account; anything else, and no key at all,
    /// is the fallback account. A key this server issued that is no longer good is refused: taking it for the fallback
    /// account would hide just what a test of expiring sessions looks for.
    // AWS: inferred — spec/support-services.md §F1, verification policy and failure table.
    func caller(_ scope: CredentialScope?, _ wire: WireProtocol) throws -> Caller {
        guard let key = scope?.accessKeyID, !key.isEmpty else { return .root(of: .fallback, accessKeyID: nil) }
        switch directory?.standing(accessKeyID: key) ?? .unknown {
        case .active(let caller): return caller
        case .unknown: return .root(of: AccountID(key) ?? .fallback, accessKeyID: key)
        case .expired:
            // STS models an error that is almost of this name for expired web identity tokens: not this one.
            switch wire {
            case .restXML: throw AWSFault("ExpiredToken", "The provided token has expired.", status: 400)
            case .query:
                throw AWSFault("ExpiredToken", "The security token included in the request is expired", status: 403)
            case .json, .restJSON, .cbor:
                throw AWSFault(
                    "ExpiredTokenException", "The security token included in the request is expired", status: 400)
            }
        case .inactive:
            throw wire == .restXML
                ? AWSFault(
                    "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.", status: 403)
                : AWSFault(
                    "UnrecognizedClientException", "The security token included in the request is invalid.", status: 400)
        }
    }

    func region(_ scope: CredentialScope?) -> RegionName {
        scope?.region.flatMap { RegionName($0) } ?? .fallback
    }
}
