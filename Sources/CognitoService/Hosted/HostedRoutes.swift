import AWSModel
import AWSProtocols
import Gateway
import HTTPServer

/// One request to a hosted endpoint.
struct HostedCall: Sendable {
    let request: HTTPRequest
    /// Of the query, or of the form for POST; the first value of each name.
    let parameters: [String: String]
    let query: [String: String]
    let cookies: [String: String]

    private static let formBytesMax = 64 << 10

    /// Throws `HostedRefusal` for a body that is no form.
    init(_ request: HTTPRequest) async throws {
        self.request = request
        query = Self.pairs(request.rawQuery.flatMap { QueryItems(parsing: $0) })
        if request.method == "POST" {
            let bytes = try await request.body.collect(limitBytes: Self.formBytesMax)
            guard let items = QueryItems(parsing: Substring(decoding: bytes, as: UTF8.self)) else {
                throw HostedRefusal.error("invalid_request")
            }
            parameters = Self.pairs(items)
        } else {
            parameters = query
        }
        var cookies: [String: String] = [:]
        for pair in (request.headers["Cookie"] ?? "").split(separator: ";") {
            let halves = pair.split(separator: "=", maxSplits: 1)
            if halves.count == 2 { cookies[halves[0].trimmed] = halves[1].trimmed }
        }
        self.cookies = cookies
    }

    /// The same request with the query of an earlier one.
    init(_ call: HostedCall, query: [String: String]) {
        (request, cookies) = (call.request, call.cookies)
        (parameters, self.query) = (query, query)
    }

    private static func pairs(_ items: QueryItems?) -> [String: String] {
        Dictionary((items?.items ?? []).map { ($0.name, $0.value ?? "") }) { first, _ in first }
    }
}

extension Substring {
    fileprivate var trimmed: String { String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()) }
}

/// Why a hosted endpoint refuses.
enum HostedRefusal: Error {
    /// OAuth's JSON error, status 400, or 401 for `invalid_client` where tokens are revoked.
    // AWS: doc — spec/cognito.md §D15.
    case error(String)
    /// A page that says so, status 400.
    case page(String)
    case redirect(String)
}

extension CognitoService {
    private static let hostedPaths: Set<Substring> = [
        "/oauth2/authorize", "/oauth2/token", "/oauth2/userInfo", "/oauth2/revoke", "/oauth2/idpresponse", "/saml2/idpresponse",
        "/login", "/logout", "/signup", "/confirmUser", "/forgotPassword", "/confirmforgotPassword",
    ]

    /// The endpoints of a pool's domain, on every host name: the client id tells the pool.
    var hostedRoutes: [PlainRoute] {
        [PlainRoute(where: Self.isHosted) { [self] in await respondHosted(to: $0) }]
    }

    /// Signed requests are S3's: a bucket may be named login.
    private static func isHosted(_ request: HTTPRequest) -> Bool {
        guard hostedPaths.contains(request.rawPath) else { return false }
        let isSigned = request.headers["Authorization"]?.hasPrefix("AWS") ?? false
        return !isSigned && !(request.rawQuery?.contains("X-Amz-") ?? false)
    }

    private func respondHosted(to request: HTTPRequest) async -> HTTPResponse {
        do {
            let call = try await HostedCall(request)
            switch (request.rawPath, request.method) {
            case ("/oauth2/authorize", "GET"): return try await authorize(call)
            case ("/login", "GET"): return try showLogin(call)
            case ("/login", "POST"): return try await takeLogin(call)
            case ("/logout", "GET"): return try await logOut(call)
            case ("/signup", "GET"): return try showSignUp(call)
            case ("/signup", "POST"): return try await takeSignUp(call)
            case ("/confirmUser", "GET"): return try await showConfirmation(call)
            case ("/confirmUser", "POST"): return try await takeConfirmation(call)
            case ("/forgotPassword", "GET"): return try showForgotPassword(call)
            case ("/forgotPassword", "POST"): return try await takeForgotPassword(call)
            case ("/confirmforgotPassword", "GET"): return try showConfirmForgotPassword(call)
            case ("/confirmforgotPassword", "POST"): return try await takeConfirmForgotPassword(call)
            case ("/oauth2/idpresponse", "GET"), ("/oauth2/idpresponse", "POST"): return try await takeProviderResponse(call)
            case ("/saml2/idpresponse", _): return HostedPage.refusal("Coldframe does not emulate sign-in by SAML.")
            case ("/oauth2/token", "POST"): return try await tokens(call)
            case ("/oauth2/userInfo", "GET"), ("/oauth2/userInfo", "POST"): return await userInfo(call)
            case ("/oauth2/revoke", "POST"): return try await revoke(call)
            default: return .json(405, ["error": "invalid_request"])
            }
        } catch HostedRefusal.error(let code) {
            let isUnauthorized = code == "invalid_client" && request.rawPath == "/oauth2/revoke"
            return .json(isUnauthorized ? 401 : 400, ["error": .string(code)])
        } catch HostedRefusal.page(let text) {
            return HostedPage.refusal(text)
        } catch HostedRefusal.redirect(let address) {
            return .redirect(to: address)
        } catch is RequestBodyError {
            return .json(413, ["error": "invalid_request"])
        } catch {
            return .json(500, ["error": "server_error"])
        }
    }
}

extension HTTPResponse {
    static func redirect(to address: String, cookie: String? = nil) -> HTTPResponse {
        var headers: HTTPHeaders = ["Location": address, "Cache-Control": "no-store"]
        if let cookie { headers.add("Set-Cookie", cookie) }
        return HTTPResponse(status: 302, headers: headers)
    }
}

/// An address with further query or fragment parameters.
func address(_ base: String, adding parameters: [(String, String?)], separator: Character? = nil) -> String {
    let pairs = parameters.compactMap { name, value in
        value.map { "\(name)=\(PercentCoding.percentEncoded($0))" }
    }
    let mark = separator ?? (base.contains("?") ? "&" : "?")
    return base + String(mark) + pairs.joined(separator: "&")
}
