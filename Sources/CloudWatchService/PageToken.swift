import AWSModel
import Vocabulary

/// An opaque NextToken: some text of ours.
enum PageToken {
    static func encode(_ text: String) -> String { ListingToken.write([text], for: "cloudwatch") }

    /// Throws `InvalidNextToken` for a token that this server did not make.
    static func decode(_ token: String) throws -> String {
        guard let place = ListingToken.read(token, for: "cloudwatch"), place.count == 1 else {
            throw CloudWatchFault.invalidNextToken
        }
        return place[0]
    }
}
