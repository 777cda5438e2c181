import AWSModel
import Gateway
import HTTPServer
import SimTime

/// The expiry of presigned URLs, Signature V4 (`X-Amz-*`) and V2 (`Expires`). The signature itself is not verified.
enum PresignedURL {
    /// The longest life of a V4 URL: a week.
    private static let secondsMax = 604_800

    /// Throws AccessDenied when the request came by a presigned URL that has expired, by the clock clients are shown.
    // AWS: recorded — spec/support-services.md §F1.
    static func check(_ context: RequestContext) throws {
        guard let question = context.target.utf8.firstIndex(of: 0x3f),
              let query = QueryItems(parsing: context.target[context.target.index(after: question)...]) else { return }
        let now = context.clockShift.shown(context.now).floored(to: .seconds(1))
        if query.contains("X-Amz-Algorithm") || query.contains("X-Amz-Signature") {
            try checkV4(query, now: now)
        } else if query.contains("AWSAccessKeyId"), query.contains("Signature") {
            try checkV2(query, now: now)
        }
    }

    private static func checkV4(_ query: QueryItems, now: SimInstant) throws {
        let required = ["X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature", "X-Amz-SignedHeaders"]
        guard required.allSatisfy(query.contains), let date = query["X-Amz-Date"], let life = query["X-Amz-Expires"] else {
            throw malformed(
                "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.")
        }
        guard let signed = instant(date) else {
            throw malformed("X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"")
        }
        guard let seconds = Int(life) else { throw malformed("X-Amz-Expires should be a number") }
        guard seconds >= 0 else { throw malformed("X-Amz-Expires must be non-negative") }
        guard seconds <= secondsMax else {
            throw malformed("X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds")
        }
        let end = signed + .seconds(Int64(seconds))
        guard now <= end else {
            throw expired(["X-Amz-Expires": .string("\(seconds)"), "Expires": text(end), "ServerTime": text(now)])
        }
    }

    private static func checkV2(_ query: QueryItems, now: SimInstant) throws {
        guard let text = query["Expires"], let seconds = Int64(text), seconds.magnitude < 1 << 40 else {
            throw AWSFault("AccessDenied", "Invalid date (should be seconds since epoch): \(query["Expires"] ?? "")", status: 403)
        }
        let end = SimInstant(millisecondsSinceEpoch: seconds * 1000)
        guard now <= end else { throw expired(["Expires": self.text(end), "ServerTime": self.text(now)]) }
    }

    private static func expired(_ members: AWSObject) -> AWSFault {
        AWSFault("AccessDenied", "Request has expired", status: 403, members: members)
    }

    private static func malformed(_ message: String) -> AWSFault {
        AWSFault("AuthorizationQueryParametersError", message, status: 400)
    }

    private static func text(_ instant: SimInstant) -> AWSValue { .string(CivilTime(instant).iso8601) }

    /// Reads `20260102T030405Z`.
    private static func instant(_ text: String) -> SimInstant? {
        let bytes = Array(text.utf8)
        guard bytes.count == 16, bytes[8] == 0x54, bytes[15] == 0x5a else { return nil }
        func number(_ range: Range<Int>) -> Int? {
            guard bytes[range].allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
            return bytes[range].reduce(0) { $0 * 10 + Int($1 - 0x30) }
        }
        guard let year = number(0..<4), let month = number(4..<6), let day = number(6..<8), let hour = number(9..<11),
              let minute = number(11..<13), let second = number(13..<15) else { return nil }
        return CivilTime(year: year, month: month, day: day, hour: hour, minute: minute, second: second)?.instant
    }
}
