import AWSModel
import AWSProtocols
import HTTPServer
import Vocabulary

/// One call of the control API.
struct ControlCall: Sendable {
    let request: HTTPRequest
    /// The path's segments below `/_coldframe/`, percent-encoded.
    let path: [String]
    let query: QueryItems
    /// False when an escape of the query is broken.
    let isQueryReadable: Bool

    private static let bodyBytesMax = 16 << 20

    init(_ request: HTTPRequest, path: [String]) {
        self.request = request
        self.path = path
        query = request.rawQuery.flatMap { QueryItems(parsing: $0) } ?? QueryItems()
        isQueryReadable = request.rawQuery == nil || QueryItems(parsing: request.rawQuery ?? "") != nil
    }

    /// The last segment, decoded.
    func name() throws -> String {
        guard let name = PercentCoding.percentDecoded(path[path.count - 1][...], plusIsSpace: false), !name.isEmpty else {
            throw ControlRefusal(400, "The name in the path is not valid.")
        }
        return name
    }

    /// The body as a JSON object; an empty body is an empty object. Unknown members are refused, so that a misspelt
    /// one is never silently without effect.
    func object(allowing known: Set<String>) async throws -> AWSObject {
        let bytes = try await request.body.collect(limitBytes: Self.bodyBytesMax)
        if bytes.isEmpty { return [:] }
        let parsed: AWSValue
        do { parsed = try JSON.parse(bytes) } catch { throw ControlRefusal(400, "The body is not JSON.") }
        guard let object = parsed.object else { throw ControlRefusal(400, "The body must be a JSON object.") }
        try object.refuseUnknown(known, at: "")
        return object
    }

    /// The account and region that `?account=` and `?region=` name.
    func realm() throws -> Realm {
        let account = try query["account"].map { text in
            guard let id = AccountID(text) else { throw ControlRefusal(400, "account must be 12 digits.") }
            return id
        }
        let region = try query["region"].map { text in
            guard let name = RegionName(text) else { throw ControlRefusal(400, "region is not the name of a region.") }
            return name
        }
        return Realm(account: account ?? .fallback, region: region ?? .fallback)
    }
}

extension AWSObject {
    /// Throws when a member is not one of `known`; `path` says where the object stands, e.g. `respond.`.
    func refuseUnknown(_ known: Set<String>, at path: String) throws {
        for (member, _) in entries where !known.contains(member) {
            throw ControlRefusal(
                400, "\(path)\(member) is not a known member; known are \(known.sorted().joined(separator: ", ")).")
        }
    }

    /// The member as a number; throws when it is something else.
    func number(_ member: String) throws -> Double? {
        guard let value = self[member] else { return nil }
        guard let number = value.double, number.isFinite else { throw ControlRefusal(400, "\(member) must be a number.") }
        return number
    }

    /// The member as text; throws when it is something else.
    func text(_ member: String) throws -> String? {
        guard let value = self[member] else { return nil }
        guard let text = value.string else { throw ControlRefusal(400, "\(member) must be a string.") }
        return text
    }

    /// The member as a nested object; throws when it is something else.
    func nested(_ member: String) throws -> AWSObject? {
        guard let value = self[member] else { return nil }
        guard let object = value.object else { throw ControlRefusal(400, "\(member) must be an object.") }
        return object
    }
}

/// What a control call answers.
enum ControlAnswer: Sendable {
    case json(AWSValue)
    case response(HTTPResponse)
}

/// Why a control call is refused: a status, and a sentence that says what to do.
struct ControlRefusal: Error, Sendable {
    let status: Int
    let message: String

    init(_ status: Int, _ message: String) {
        self.status = status
        self.message = message
    }
}

extension HTTPResponse {
    static func json(_ status: Int, _ value: AWSValue) -> HTTPResponse {
        HTTPResponse(
            status: status, headers: ["Content-Type": "application/json", "Cache-Control": "no-store"],
            body: .bytes(JSON.write(value)))
    }
}
