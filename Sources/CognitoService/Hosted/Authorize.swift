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
        let request = try authorizationRequest(call)
        let now = timeline.now
        if let cookie = call.cookies["cognito"],
           let session = try store.read({ try HostedTable.value(BrowserSession.self, token: cookie, at: now, in: $0) }),
           session.poolID == (try directory.client(request.clientID)).poolID {
            return try await complete(request, username: session.username, cookie: nil)
        }
        return .redirect(to: "/login?" + (call.request.rawQuery.map(String.init) ?? ""))
    }

    func showLogin(_ call: HostedCall) throws -> HTTPResponse {
        _ = try authorizationRequest(call)
        return loginForm(call, message: nil)
    }

    private func loginForm(_ call: HostedCall, message: String?) -> HTTPResponse {
        LoginPage.form(
            action: "/login?" + (call.request.rawQuery.map(String.init) ?? ""), csrf: HexText.encode(mint.bytes(16)),
            message: message)
    }

    /// The authorize parameters stand in the query, also of the posted form.
    private func authorizationRequest(_ call: HostedCall) throws -> AuthorizationRequest {
        let client = try? call.query["client_id"].map { try directory.client($0) }
        do {
            return try AuthorizationRequest(call.query, client: client?.oauth)
        } catch {
            switch error {
            case .page(let text): throw HostedRefusal.page(text)
            case .redirect(let uri, let code, let state):
                throw HostedRefusal.redirect(address(uri, adding: [("error", code), ("state", state)]))
            }
        }
    }

    func takeLogin(_ call: HostedCall) async throws -> HTTPResponse {
        let request = try authorizationRequest(call)
        guard let csrf = call.parameters["_csrf"], let cookie = call.cookies["XSRF-TOKEN"], Digesting.areEqual(csrf, cookie) else {
            return loginForm(call, message: "The form was too old. Please try again.")
        }
        let client = try directory.client(request.clientID)
        let pool = try directory.pool(client.poolID)
        let user = try directory.user(meant: call.parameters["username"] ?? "", in: pool)
        let event: SignIn.Event
        do {
            event = try await judge(call.parameters["password"] ?? "", user, in: pool)
        } catch let fault as AWSFault {
            return loginForm(call, message: fault.message)
        }
        let step: SignIn.Step = try await turn { edit in
            guard var user = try user.flatMap({ try edit.directory.user(named: $0.username, in: pool) }) else {
                return .refuse(.incorrectPassword)
            }
            var signIn = SignIn(.password)
            let facts = Self.facts(of: user, in: pool, deviceKey: nil, at: edit.now)
            _ = signIn.begin(facts)
            let step = signIn.handle(event, facts)
            if event == .passwordRefused { user.lock.failed(at: edit.now) } else { user.lock.succeeded() }
            try edit.save(user)
            return step
        }
        switch step {
        case .grant: break
        case .refuse(let rejection):
            return loginForm(call, message: AWSFault.signIn(rejection, hidesUsers: true).message)
        case .challenge(let challenge):
            return loginForm(call, message: "This page does not put the challenge \(challenge.name). Sign in through the API once.")
        case .define: return loginForm(call, message: "Custom authentication is not possible here.")
        }
        let username = user?.username ?? ""
        let token = HexText.encode(mint.bytes(32))
        try await turn { edit in
            try HostedTable.save(
                BrowserSession(poolID: pool.id, username: username), poolID: pool.id, token: token,
                until: edit.now + BrowserSession.validity, in: edit)
        }
        return try await complete(request, username: username, cookie: "cognito=\(token); Path=/; HttpOnly; SameSite=Lax; Max-Age=3600")
    }

    /// Sends the browser back to the client, with a code or with tokens.
    private func complete(_ request: AuthorizationRequest, username: String, cookie: String?) async throws -> HTTPResponse {
        let client = try directory.client(request.clientID)
        let pool = try directory.pool(client.poolID)
        switch request.responseType {
        case .code:
            let code = mint.uuid()
            try await turn { edit in
                try HostedTable.save(
                    AuthorizationCode(request: request, poolID: pool.id, username: username), poolID: pool.id, token: code,
                    until: edit.now + AuthorizationCode.validity, in: edit)
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
    func hostedTokens(
        _ request: AuthorizationRequest, username: String, pool: Pool, client: Client
    ) async throws -> SignedTokens {
        var issue: TokenIssue = try await turn { [self] edit in
            let known = try ClientSettings.knownScopes(pool, in: edit.directory)
            let scopes = request.scopes.filter { !$0.contains("/") || known.contains($0) }
            guard let user = try edit.directory.user(named: username, in: pool), user.isEnabled else {
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
        if let cookie = call.cookies["cognito"] {
            try await turn { edit in try HostedTable.delete(token: cookie, in: edit) }
        }
        let gone = "cognito=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0"
        if let address = call.query["logout_uri"] {
            guard client.settings["LogoutURLs"]?.texts?.contains(address) == true else { throw HostedRefusal.page("Invalid request") }
            return .redirect(to: address, cookie: gone)
        }
        _ = try authorizationRequest(call)
        return .redirect(to: "/login?" + (call.request.rawQuery.map(String.init) ?? ""), cookie: gone)
    }
}
