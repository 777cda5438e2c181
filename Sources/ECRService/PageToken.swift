import AWSModel
import Vocabulary

/// The token of a listing: the last thing shown.
enum PageToken {
    static func make(_ cursor: String, for operation: String) -> String {
        ListingToken.write([cursor], for: "ecr:" + operation)
    }

    /// What was shown last. Throws InvalidParameterException for a token of another call, or a changed one.
    // AWS: inferred — spec/ecr.md §E4.
    static func read(_ token: String?, for operation: String) throws -> String? {
        guard let token else { return nil }
        guard let place = ListingToken.read(token, for: "ecr:" + operation), place.count == 1 else { throw invalid }
        return place[0]
    }

    static let invalid = ECRFault.invalidParameter("nextToken", "Invalid token")
}
