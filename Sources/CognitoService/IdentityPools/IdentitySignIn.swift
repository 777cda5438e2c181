import AWSModel
import Gateway
import IdentityRules
import Timeline
import Vocabulary

extension CognitoService {
    /// GetId, GetCredentialsForIdentity, GetOpenIdToken, and what shows and removes identities.
    var identityOperations: [Operation] {
        [
            acting("GetId") { [self] input in
                let pool = try directory.identityPool(input.text("IdentityPoolId"))
                if let account = input.optionalText("AccountId"), account != pool.account.digits {
                    throw AWSFault.noIdentityPool(pool.id)
                }
                let verified = try await verify(input.map("Logins"), for: pool)
                let fresh = "\(pool.region):\(mint.uuid())"
                let identity: Identity = try await turn { edit in try Self.identify(verified, in: pool, fresh: fresh, edit) }
                return ["IdentityId": .string(identity.id)]
            },
            getCredentials, getOpenIDToken, unlinkIdentity,
            reading("DescribeIdentity") { directory, input in try Self.ownIdentity(directory, input).output },
            listIdentities, deleteIdentities,
        ]
    }

    /// Who the verified logins mean: the identity one of them is linked to, or a new one. All of them lead to it afterwards.
    private static func identify(
        _ verified: [VerifiedLogin], in pool: IdentityPool, fresh: String, _ edit: DirectoryEdit
    ) throws -> Identity {
        if verified.isEmpty {
            guard pool.admitsGuests else { throw AWSFault.guestsRefused }
            return try edit.newIdentity(in: pool, id: fresh, logins: [])
        }
        if let own = verified.first(where: { $0.identityID != nil })?.identityID {
            return try link(verified, to: try edit.directory.identity(own).identity, in: pool, edit)
        }
        let known = try verified.compactMap { try edit.directory.identity(linkedTo: $0.login, in: pool) }
        guard let first = known.first else { return try edit.newIdentity(in: pool, id: fresh, logins: verified.map(\.login)) }
        return try link(verified, to: first, in: pool, edit)
    }

    /// Has every login lead to `identity`. Throws when one leads elsewhere already.
    private static func link(
        _ verified: [VerifiedLogin], to identity: Identity, in pool: IdentityPool, _ edit: DirectoryEdit
    ) throws -> Identity {
        var linked = identity
        for login in verified where login.identityID == nil {
            if let other = try edit.directory.identity(linkedTo: login.login, in: pool) {
                guard other.id == identity.id else {
                    throw AWSFault.resourceConflict("Login is already linked to another account.")
                }
                continue
            }
            linked.logins.append(login.login)
        }
        guard linked.logins != identity.logins else { return identity }
        linked.modified = edit.now
        try edit.save(linked, replacing: identity)
        return linked
    }

    /// Lets somebody in as `identity`, by logins that mean it or by none for a guest.
    // AWS: recorded for logins that do not match; the forbidden guest is widely known wording — spec/cognito.md §D17.
    private func admit(_ id: String, _ logins: [String: String]) async throws -> (Identity, IdentityPool, [VerifiedLogin]) {
        let (known, pool) = try directory.identity(id)
        if logins.isEmpty {
            guard known.logins.isEmpty, !known.isDisabled else { throw AWSFault.notAuthorized("Access to Identity '\(id)' is forbidden.") }
            guard pool.admitsGuests else { throw AWSFault.guestsRefused }
            return (known, pool, [])
        }
        let verified = try await verify(logins, for: pool)
        let identity: Identity = try await turn { edit in
            let identity = try edit.directory.identity(id).identity
            let meant = verified.contains { $0.identityID == id || identity.logins.contains($0.login) }
            let elsewhere = try verified.contains { login in
                if let own = login.identityID { return own != id }
                let other = try edit.directory.identity(linkedTo: login.login, in: pool)
                return other != nil && other?.id != id
            }
            guard !elsewhere, !identity.isDisabled, meant || identity.logins.isEmpty else { throw AWSFault.loginsMismatch }
            return try Self.link(verified, to: identity, in: pool, edit)
        }
        return (identity, pool, verified)
    }

    // MARK: Credentials

    private static let credentialSeconds = 3600

    private var getCredentials: Operation {
        acting("GetCredentialsForIdentity") { [self] input in
            let (identity, pool, verified) = try await admit(input.text("IdentityId"), input.map("Logins"))
            let role = try Self.role(verified, pool, customRole: input.optionalText("CustomRoleArn"))
            let made = try await credentials.credentials(
                roleARN: role, sessionName: "CognitoIdentityCredentials",
                identity: WebIdentity(
                    provider: Self.ownProvider, keyPrefix: Self.ownProvider, audience: pool.id, subject: identity.id,
                    methods: Self.methods(verified), tags: Self.tags(verified, pool)),
                durationSeconds: Self.credentialSeconds)
            guard let made else { throw AWSFault.invalidRoles }
            return [
                "IdentityId": .string(identity.id),
                "Credentials": [
                    "AccessKeyId": .string(made.accessKeyID), "SecretKey": .string(made.secretKey),
                    "SessionToken": .string(made.sessionToken), "Expiration": .timestamp(made.expires),
                ],
            ]
        }
    }

    static func methods(_ verified: [VerifiedLogin]) -> [String] {
        verified.isEmpty ? ["unauthenticated"] : ["authenticated"] + verified.flatMap(\.methods)
    }

    /// The tags the claims of the logins put on the session. A claim that is missing gives no tag.
    private static func tags(_ verified: [VerifiedLogin], _ pool: IdentityPool) -> [String: String] {
        var tags: [String: String] = [:]
        for login in verified {
            for (tag, claim) in pool.principalTags[login.login.provider]?.effective ?? [:] {
                if let value = login.claims[claim]?.first { tags[tag] = value }
            }
        }
        return tags
    }

    private static func role(_ verified: [VerifiedLogin], _ pool: IdentityPool, customRole: String?) throws -> String {
        guard !verified.isEmpty else {
            if customRole != nil { throw AWSFault.invalidParameter("CustomRoleArn is not allowed for unauthenticated identities.") }
            guard let role = pool.roles["unauthenticated"] else { throw AWSFault.invalidRoles }
            return role
        }
        for login in verified {
            guard let mapping = pool.roleMapping(provider: login.login.provider, clientID: login.clientID) else { continue }
            do {
                if let role = try mapping.role(claims: login.claims, customRole: customRole) { return role }
            } catch .denied {
                // AWS: inferred wording.
                throw AWSFault.notAuthorized("Access denied: no role mapping of the identity pool applies to the token.")
            } catch .customRoleNotGiven {
                throw AWSFault.notAuthorized("The role \(customRole ?? "") is not among those the token may assume.")
            }
        }
        guard let role = pool.roles["authenticated"] else { throw AWSFault.invalidRoles }
        if let customRole, customRole != role {
            throw AWSFault.notAuthorized("The role \(customRole) is not among those the token may assume.")
        }
        return role
    }

    // AWS: recorded — 15 minutes (spec/cognito.md §D17); the refusal is widely known wording.
    private var getOpenIDToken: Operation {
        acting("GetOpenIdToken") { [self] input in
            let (identity, pool, verified) = try await admit(input.text("IdentityId"), input.map("Logins"))
            guard pool.allowsClassicFlow else {
                throw AWSFault.invalidParameter("Basic (classic) flow is not enabled, please use enhanced flow.")
            }
            let token = try await openIDToken(
                identity, in: pool, methods: Self.methods(verified), seconds: 900, tags: Self.tags(verified, pool))
            return ["IdentityId": .string(identity.id), "Token": .string(token)]
        }
    }

    private var unlinkIdentity: Operation {
        acting("UnlinkIdentity") { [self] input in
            let logins = input.map("Logins")
            guard !logins.isEmpty else { throw AWSFault.loginsMismatch }
            let (identity, _, _) = try await admit(input.text("IdentityId"), logins)
            let removed = Set(input.texts("LoginsToRemove"))
            try await turn { edit in
                let before = try edit.directory.identity(identity.id).identity
                guard removed.isSubset(of: Set(before.providers)) else {
                    throw AWSFault.invalidParameter("LoginsToRemove names a provider that is not linked to the identity.")
                }
                var after = before
                after.logins.removeAll { removed.contains($0.provider) }
                // AWS: doc — removing the last login makes the identity inaccessible.
                after.isDisabled = after.logins.isEmpty
                after.modified = edit.now
                try edit.save(after, replacing: before)
            }
            return [:]
        }
    }

    // MARK: Showing and removing

    static func ownIdentity(_ directory: Directory, _ input: CognitoInput) throws -> Identity {
        let id = try input.text("IdentityId")
        let (identity, pool) = try directory.identity(id)
        guard pool.realm == input.context.realm else { throw AWSFault.noIdentity(id) }
        return identity
    }

    private var listIdentities: Operation {
        reading("ListIdentities") { directory, input in
            let pool = try directory.identityPool(input)
            let shown = try directory.identities(of: pool).filter { !input.flag("HideDisabled") || !$0.isDisabled }
            let page = try CognitoPage(
                of: shown.map { (key: PageOrder.key($0.created, $0.id), item: $0) }.sorted { $0.key < $1.key },
                size: input.int("MaxResults") ?? 60, token: input.optionalText("NextToken"),
                list: input.list(pool.id, input.flag("HideDisabled") ? "enabled" : "all"))
            return [
                "IdentityPoolId": .string(pool.id), "Identities": .list(page.items.map { .object($0.output) }),
                "NextToken": page.next.map { .string($0) },
            ]
        }
    }

    private var deleteIdentities: Operation {
        writing("DeleteIdentities") { edit, input in
            var failed: [AWSValue] = []
            for id in input.texts("IdentityIdsToDelete") {
                guard let (identity, pool) = try? edit.directory.identity(id), pool.realm == input.context.realm else {
                    // AWS: inferred.
                    failed.append(["IdentityId": .string(id), "ErrorCode": "AccessDenied"])
                    continue
                }
                try edit.delete(identity)
            }
            return ["UnprocessedIdentityIds": .list(failed)]
        }
    }
}
