import AWSModel
import AWSProtocols
import HTTPServer
import IdentityRules
import SimTime
import Timeline
import TokenCrypto

extension CognitoService {
    /// POST /oauth2/token.
    // AWS: doc — spec/cognito.md §D15.
    func tokens(_ call: HostedCall) async throws -> HTTPResponse {
        let client = try authenticatedClient(call)
        switch call.parameters["grant_type"] {
        case "authorization_code": return try await exchangeCode(call, client)
        case "refresh_token": return try await refreshTokens(call, client)
        case "client_credentials": return try await machineTokens(call, client)
        case nil: throw HostedRefusal.error("invalid_request")
        default: throw HostedRefusal.error("unsupported_grant_type")
        }
    }

    /// The client that Basic authentication or the form names; one with a secret has to prove it.
    private func authenticatedClient(_ call: HostedCall) throws -> Client {
        var id = call.parameters["client_id"], secret = call.parameters["client_secret"]
        if let header = call.request.headers["Authorization"] {
            guard header.lowercased().hasPrefix("basic "), let bytes = Base64.decode(header.dropFirst(6)),
                  let text = String(validating: bytes, as: UTF8.self), let colon = text.firstIndex(of: ":"),
                  let user = PercentCoding.percentDecoded(text[..<colon], plusIsSpace: true),
                  let password = PercentCoding.percentDecoded(text[text.index(after: colon)...], plusIsSpace: true)
            else { throw HostedRefusal.error("invalid_client") }
            (id, secret) = (user, password)
        }
        guard let id else { throw HostedRefusal.error("invalid_request") }
        guard let client = try? directory.client(id) else { throw HostedRefusal.error("invalid_client") }
        switch (client.secret, secret) {
        case (nil, nil), (nil, ""?): return client
        case (_?, let given?) where client.accepts(secret: given): return client
        default: throw HostedRefusal.error("invalid_client")
        }
    }

    private func exchangeCode(_ call: HostedCall, _ client: Client) async throws -> HTTPResponse {
        guard client.oauth.flows.contains("code") else { throw HostedRefusal.error("unauthorized_client") }
        guard let text = call.parameters["code"] else { throw HostedRefusal.error("invalid_request") }
        // A code is spent by the first who sends it, also when the rest of the request is wrong.
        let code: AuthorizationCode? = try await turn { edit in
            let code = try HostedTable.value(AuthorizationCode.self, token: text, at: edit.now, in: edit.turn.transaction)
            try HostedTable.delete(token: text, in: edit)
            return code
        }
        guard let code, code.request.clientID == client.id, code.request.redirectURI == call.parameters["redirect_uri"] else {
            throw HostedRefusal.error("invalid_grant")
        }
        switch (code.request.codeChallenge, call.parameters["code_verifier"]) {
        case (nil, nil): break
        case (let challenge?, let verifier?)
            where Digesting.areEqual(Base64URL.encode(Digesting.sha256(verifier.utf8)), challenge): break
        default: throw HostedRefusal.error("invalid_grant")
        }
        let pool = try directory.pool(code.poolID)
        return answer(try await hostedTokens(code.request, username: code.username, sub: code.sub, pool: pool, client: client))
    }

    private func refreshTokens(_ call: HostedCall, _ client: Client) async throws -> HTTPResponse {
        guard let token = call.parameters["refresh_token"] else { throw HostedRefusal.error("invalid_request") }
        do {
            return answer(try await sign(try await refreshed(token, client, deviceKey: nil, nil)))
        } catch is AWSFault {
            throw HostedRefusal.error("invalid_grant")
        }
    }

    private func machineTokens(_ call: HostedCall, _ client: Client) async throws -> HTTPResponse {
        let oauth = client.oauth
        guard oauth.flows.contains("client_credentials"), oauth.hasSecret else { throw HostedRefusal.error("unauthorized_client") }
        let pool = try directory.pool(client.poolID)
        guard let asked = AuthorizationRequest.scopes(call.parameters["scope"], allowed: oauth.scopes) else {
            throw HostedRefusal.error("invalid_scope")
        }
        let known = try ClientSettings.knownScopes(pool, in: directory)
        let seconds = client.validity(of: .access).milliseconds / 1000
        let reading = timeline.reading
        let now = reading.shift.shown(reading.now).wholeSeconds
        let occasion = TokenOccasion(
            issuer: issuer(of: pool), clientID: client.id, scopes: asked.filter(known.contains), authTime: now,
            issuedAt: now, accessValiditySeconds: seconds, idValiditySeconds: seconds, originJTI: nil, eventID: mint.uuid())
        let keys = try await keys.keys(of: pool.id), jti = mint.uuid()
        let overrides = try await preTokenGeneration(
            machine: client, pool, scopes: occasion.scopes, metadata: Self.metadata(call))
        let token = try await offLoop {
            try CompactToken.signed(payload: ClaimSet.machine(occasion, jti: jti, overrides: overrides).json, by: keys.access)
        }
        return .json(200, ["access_token": .string(token), "expires_in": .integer(seconds), "token_type": "Bearer"])
    }

    /// `aws_client_metadata`: a JSON object of texts.
    private static func metadata(_ call: HostedCall) -> [String: String] {
        (call.parameters["aws_client_metadata"].flatMap { try? JSON.parse($0) })?.textMap ?? [:]
    }

    private func answer(_ tokens: SignedTokens) -> HTTPResponse {
        .json(200, [
            "id_token": tokens.id.map { .string($0) }, "access_token": .string(tokens.access),
            "refresh_token": tokens.refresh.map { .string($0) }, "expires_in": .integer(tokens.expiresInSeconds),
            "token_type": "Bearer",
        ])
    }

    // MARK: /oauth2/userInfo

    func userInfo(_ call: HostedCall) async -> HTTPResponse {
        guard let header = call.request.headers["Authorization"], header.lowercased().hasPrefix("bearer ") else {
            return .bearerError(400, "invalid_request", "Bad OAuth2 request at UserInfo Endpoint")
        }
        guard let bearer = try? await bearer(accessToken: String(header.dropFirst(7)), scope: "openid") else {
            return .bearerError(
                401, "invalid_token",
                "Access token is expired, disabled, or deleted, or the user has globally signed out.")
        }
        let readable = bearer.client.readableAttributes
        var claims: AWSObject = ["sub": .string(bearer.user.sub)]
        for attribute in bearer.user.attributes.sorted(by: { $0.name < $1.name })
        where Self.isReadable(attribute.name, by: bearer.grant.scopes) && readable?.contains(attribute.name) ?? true {
            claims[attribute.name] = .string(attribute.value)
        }
        claims["username"] = .string(bearer.user.username)
        return .json(200, .object(claims))
    }

    // AWS: doc — each standard scope opens its attributes.
    private static func isReadable(_ attribute: String, by scopes: [String]) -> Bool {
        switch attribute {
        case "email", "email_verified": scopes.contains("email") || scopes.contains("profile")
        case "phone_number", "phone_number_verified": scopes.contains("phone") || scopes.contains("profile")
        default: scopes.contains("profile") || scopes == ["openid"]
        }
    }

    // MARK: /oauth2/revoke

    func revoke(_ call: HostedCall) async throws -> HTTPResponse {
        guard let token = call.parameters["token"] else { throw HostedRefusal.error("invalid_request") }
        let client = try authenticatedClient(call)
        do {
            try await turn { edit in try Self.revoke(token, client, edit) }
        } catch let fault as AWSFault {
            throw HostedRefusal.error(fault.code == "UnsupportedTokenTypeException" ? "unsupported_token_type" : "invalid_request")
        }
        return HTTPResponse(status: 200, headers: ["Cache-Control": "no-store"])
    }
}

extension HTTPResponse {
    // AWS: doc — spec/cognito.md §D15.
    fileprivate static func bearerError(_ status: Int, _ code: String, _ text: String) -> HTTPResponse {
        var response = HTTPResponse.json(status, ["error": .string(code), "error_description": .string(text)])
        response.headers.add("WWW-Authenticate", "error=\"\(code)\", error_description=\"\(text)\"")
        return response
    }
}
