import AWSModel
import HTTPServer
import IdentityRules
import SimTime
import Store
import Timeline
import TokenCrypto

extension CognitoService {
    // AWS: doc — spec/cognito.md §D15.
    func authorize(_ call: HostedCall) async throws -> HTTPResponse {
        let visit = try visit(call), now = timeline.now
        let named = try call.query["identity_provider"]
            ?? call.query["idp_identifier"].flatMap { try provider(identifiedBy: $0, in: visit.pool) }
        if let named, named != "COGNITO" { return try await startFederation(visit, provider: named) }
        if call.query["prompt"] != "login", let cookie = call.cookies[Self.sessionCookieName(visit.pool)],
           let session = try store.read({ try HostedTable.value(BrowserSession.self, token: cookie, at: now, in: $0) }),
           session.poolID == visit.pool.id, let user = try directory.user(named: session.username, in: visit.pool),
           user.isEnabled, user.sub == session.sub ?? user.sub {
            return try await complete(visit.request, username: session.username, cookie: nil)
        }
        if call.query["prompt"] == "none" {
            throw HostedRefusal.redirect(address(visit.request.redirectURI, adding: [
                ("error", "login_required"), ("state", visit.request.state),
            ]))
        }
        return .redirect(to: "/login?" + (call.request.rawQuery.map(String.init) ?? ""))
    }

    /// One for each pool: pages of several may be open in one browser.
    static func sessionCookieName(_ pool: Pool) -> String { "cognito-\(pool.srpName)" }

    static func sessionCookie(_ token: String, _ pool: Pool) -> String {
        "\(sessionCookieName(pool))=\(token); Path=/; HttpOnly; SameSite=Lax; Max-Age=3600"
    }

    /// Sends the browser back to the client, with a code or with tokens.
    func complete(_ request: AuthorizationRequest, username: String, cookie: String?) async throws -> HTTPResponse {
        let client = try directory.client(request.clientID)
        let pool = try directory.pool(client.poolID)
        switch request.responseType {
        case .code:
            let code = mint.uuid(), sub = try directory.user(named: username, in: pool)?.sub
            try await turn { edit in
                try HostedTable.save(
                    AuthorizationCode(request: request, poolID: pool.id, username: username, sub: sub), poolID: pool.id,
                    token: code, until: edit.now + AuthorizationCode.validity, in: edit)
            }
            return .redirect(to: address(request.redirectURI, adding: [("code", code), ("state", request.state)]), cookie: cookie)
        case .token:
            let tokens = try await hostedTokens(request, username: username, pool: pool, client: client)
            return .redirect(
                to: address(
                    request.redirectURI,
                    adding: [
                        ("id_token", tokens.id), ("access_token", tokens.access), ("token_type", "bearer"),
                        ("expires_in", String(tokens.expiresInSeconds)), ("state", request.state),
                    ], separator: "#"),
                cookie: cookie)
        }
    }

    /// Grants what an authorization asked for. Scopes of resource servers that are gone are dropped.
    /// - Parameter sub: of the user it was asked for; nil where that is known to be the one of now.
    func hostedTokens(
        _ request: AuthorizationRequest, username: String, sub: String? = nil, pool: Pool, client: Client
    ) async throws -> SignedTokens {
        var issue: TokenIssue = try await turn { [self] edit in
            let known = try ClientSettings.knownScopes(pool, in: edit.directory)
            let scopes = request.scopes.filter { !$0.contains("/") || known.contains($0) }
            guard let user = try edit.directory.user(named: username, in: pool), user.isEnabled,
                  user.sub == sub ?? user.sub else {
                throw HostedRefusal.error("invalid_grant")
            }
            return try grant(user, client, in: pool, source: "TokenGeneration_HostedAuth", scopes: scopes, isOAuth: true, edit: edit)
        }
        issue.occasion.nonce = request.nonce
        return try await sign(issue)
    }

    func logOut(_ call: HostedCall) async throws -> HTTPResponse {
        guard let client = try? call.query["client_id"].map({ try directory.client($0) }) else {
            throw HostedRefusal.page("Required String parameter 'client_id' is not present")
        }
        let name = Self.sessionCookieName(try directory.pool(client.poolID))
        if let cookie = call.cookies[name] { try await turn { edit in try HostedTable.delete(token: cookie, in: edit) } }
        let gone = "\(name)=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0"
        if let address = call.query["logout_uri"] {
            guard client.settings["LogoutURLs"]?.texts?.contains(address) == true else { throw HostedRefusal.page("Invalid request") }
            return .redirect(to: address, cookie: gone)
        }
        _ = try visit(call)
        return .redirect(to: "/login?" + (call.request.rawQuery.map(String.init) ?? ""), cookie: gone)
    }
}
