import Gateway
import HTTPServer

extension CognitoService {
    /// Browsers ask before they call another origin: for the API, whose path is `/`, and for the endpoints of tokens.
    // AWS: recorded — spec/cognito.md §D1 for the API's answers; the preflight's own headers are inferred.
    var crossOriginRoutes: [PlainRoute] {
        [
            PlainRoute(where: Self.isPreflight) { request in
                var headers: HTTPHeaders = [
                    "Access-Control-Allow-Origin": "*", "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
                    "Access-Control-Max-Age": "172800",
                    "Access-Control-Expose-Headers": "x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,Date",
                ]
                if let asked = request.headers["Access-Control-Request-Headers"] {
                    headers.add("Access-Control-Allow-Headers", String(asked.prefix(1024)))
                }
                return HTTPResponse(status: 200, headers: headers)
            }
        ]
    }

    private static let callable: Set<Substring> = ["/oauth2/token", "/oauth2/userInfo", "/oauth2/revoke"]

    private static func isPreflight(_ request: HTTPRequest) -> Bool {
        guard request.method == "OPTIONS", request.headers["Access-Control-Request-Method"] != nil else { return false }
        if callable.contains(request.rawPath) || request.rawPath.hasSuffix("/.well-known/jwks.json") { return true }
        let asked = request.headers["Access-Control-Request-Headers"]?.lowercased() ?? ""
        return request.rawPath == "/" && asked.contains("x-amz-target")
    }
}
