import AWSModel
import AWSProtocols
import HTTPServer

/// The gateway's own answers. Authorization refusals say `Message`, everything else `message`.
/// AWS: recorded and doc — spec/studio.md §C2.
struct APIAnswer: Error, Sendable, Equatable {
    let status: Int
    let body: String
    let errorType: String

    private init(_ status: Int, _ body: String, _ errorType: String) {
        self.status = status
        self.body = body
        self.errorType = errorType
    }

    static let missingToken = APIAnswer(
        403, #"{"message":"Missing Authentication Token"}"#, "MissingAuthenticationTokenException")
    static let unauthorized = APIAnswer(401, #"{"message":"Unauthorized"}"#, "UnauthorizedException")
    static let expiredToken = APIAnswer(401, #"{"message":"The incoming token has expired"}"#, "UnauthorizedException")
    /// AWS: inferred — body and type.
    static let forbidden = APIAnswer(403, #"{"message":"Forbidden"}"#, "ForbiddenException")
    /// AWS: inferred — body and type.
    static let authorizerBroken = APIAnswer(500, #"{"message":null}"#, "AuthorizerConfigurationException")
    static let explicitDeny = denied("User is not authorized to access this resource with an explicit deny")
    static let implicitDeny = denied("User is not authorized to access this resource")
    static let integrationBroken = APIAnswer(
        502, #"{"message": "Internal server error"}"#, "InternalServerErrorException")
    static let internalError = APIAnswer(
        500, #"{"message": "Internal server error"}"#, "InternalServerErrorException")
    static let timedOut = APIAnswer(504, #"{"message": "Endpoint request timed out"}"#, "InternalServerErrorException")
    /// AWS: inferred — body and type.
    static let tooLong = APIAnswer(414, #"{"message":"Request-URI Too Long"}"#, "RequestTooLargeException")

    static func denied(_ message: String) -> APIAnswer {
        APIAnswer(403, JSON.string(["Message": .string(message)]), "AccessDeniedException")
    }

    /// The refusal of a resource policy without an authorizer's result: the account is masked to its last four digits.
    static func anonymous(_ methodARN: String, account: String, isExplicit: Bool) -> APIAnswer {
        let masked = methodARN.replacing(":\(account):", with: ":********\(account.suffix(4)):", maxReplacements: 1)
        return denied("User: anonymous is not authorized to perform: execute-api:Invoke on resource: \(masked)"
            + (isExplicit ? " with an explicit deny" : ""))
    }

    func response(_ ids: APIRequestIDs) -> HTTPResponse {
        var headers: HTTPHeaders = ["Content-Type": "application/json", "x-amzn-ErrorType": errorType]
        ids.add(to: &headers)
        return HTTPResponse(status: status, headers: headers, body: .bytes(Array(body.utf8)))
    }
}

/// The ids that every answer carries.
struct APIRequestIDs: Sendable {
    let requestID: String
    /// `x-amz-apigw-id`, the event's `extendedRequestId`.
    let extendedID: String
    /// `Root=1-…`
    let traceID: String

    init(requestID: String, epochSeconds: Int64) {
        self.requestID = requestID
        let digits = requestID.filter { $0 != "-" }
        extendedID = String(Base64.encode(Array(digits.utf8.prefix(11)))).prefix(15) + "="
        traceID = "Root=1-\(String(epochSeconds, radix: 16))-\(digits.prefix(24))"
    }

    func add(to headers: inout HTTPHeaders) {
        headers.set("x-amzn-RequestId", requestID)
        headers.set("x-amz-apigw-id", extendedID)
    }
}
