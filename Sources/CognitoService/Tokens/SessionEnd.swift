import AWSModel
import Gateway
import IdentityRules
import Timeline
import TokenCrypto

extension CognitoService {
    /// Refreshing, revoking and signing out.
    var sessionEndOperations: [Operation] {
        [globalSignOut, adminUserGlobalSignOut, revokeToken, getTokensFromRefreshToken]
    }

    private var globalSignOut: Operation {
        changingOwn("GlobalSignOut") { edit, user, _, _, _ in
            try GrantTable.revokeAll(of: user, in: edit.turn.transaction)
            return [:]
        }
    }

    private var adminUserGlobalSignOut: Operation {
        writing("AdminUserGlobalSignOut") { edit, input in
            let pool = try edit.directory.pool(input)
            let user = try edit.directory.requiredUser(input.text("Username"), in: pool)
            try GrantTable.revokeAll(of: user, in: edit.turn.transaction)
            return [:]
        }
    }

    private var revokeToken: Operation {
        writing("RevokeToken") { edit, input in
            let client = try edit.directory.client(input.text("ClientId"))
            try Self.check(clientSecret: input.optionalText("ClientSecret"), of: client)
            try Self.revoke(input.text("Token"), client, edit)
            return [:]
        }
    }

    /// Throws `NotAuthorizedException` unless the secret is the client's own.
    static func check(clientSecret: String?, of client: Client) throws {
        guard client.secret != nil else {
            guard clientSecret == nil else { throw AWSFault.notAuthorized("Client \(client.id) has no client secret.") }
            return
        }
        guard let clientSecret, client.accepts(secret: clientSecret) else {
            throw AWSFault.notAuthorized("Unable to verify client secret for client \(client.id)")
        }
    }

    /// Revokes a refresh token and what came from it; one that is revoked already is a success.
    // AWS: doc — spec/cognito.md §D11.
    static func revoke(_ token: String, _ client: Client, _ edit: DirectoryEdit) throws {
        guard client.revokesTokens else {
            throw AWSFault.cognito("UnsupportedOperationException", "Token revocation is disabled for this client.")
        }
        guard token.split(separator: ".", omittingEmptySubsequences: false).count == 5 else {
            throw AWSFault.cognito("UnsupportedTokenTypeException", "Unsupported token type.")
        }
        guard var grant = try GrantTable.grant(refreshToken: token, in: edit.turn.transaction) else {
            throw AWSFault.invalidRefreshToken
        }
        guard grant.clientID == client.id else { throw AWSFault.cognito("UnauthorizedException", "Client is not allowed to revoke this token.") }
        grant.refresh.revoke()
        try GrantTable.save(grant, in: edit.turn.transaction)
    }

    private var getTokensFromRefreshToken: Operation {
        acting("GetTokensFromRefreshToken") { [self] input in
            let client = try directory.client(input.text("ClientId"))
            try Self.check(clientSecret: input.optionalText("ClientSecret"), of: client)
            let issue = try await refreshed(
                input.text("RefreshToken"), client, deviceKey: input.optionalText("DeviceKey"), input)
            return ["AuthenticationResult": try await authenticationResult(issue)]
        }
    }

    /// New tokens for a refresh token, and a new refresh token where the client rotates them.
    func refreshed(_ token: String, _ client: Client, deviceKey: String?, _ input: CognitoInput?) async throws -> TokenIssue {
        var issue: TokenIssue = try await turn { [self] edit in
            let hash = GrantTable.hash(token)
            guard var grant = try GrantTable.grant(refreshToken: token, in: edit.turn.transaction),
                  grant.clientID == client.id, grant.deviceKey == nil || grant.deviceKey == deviceKey
            else { throw AWSFault.invalidRefreshToken }
            if let rejection = grant.refresh.rejection(of: hash, at: edit.now) { throw AWSFault.refresh(rejection) }
            let pool = try edit.directory.pool(grant.poolID)
            guard let user = try edit.directory.user(named: grant.username, in: pool) else { throw AWSFault.invalidRefreshToken }
            guard user.isEnabled else { throw AWSFault.notAuthorized("User is disabled.") }
            var next: String?
            if client.rotatesRefreshTokens {
                let token = mint.refreshToken()
                grant.refresh.rotate(
                    hash, to: GrantTable.hash(token), graceSeconds: client.rotationGraceSeconds, at: edit.now)
                try GrantTable.save(grant, in: edit.turn.transaction)
                next = token
            }
            return try self.issue(
                from: grant, user, client, in: pool, refreshToken: next, source: "TokenGeneration_RefreshTokens", edit: edit)
        }
        issue.metadata = input?.map("ClientMetadata") ?? [:]
        return issue
    }
}
