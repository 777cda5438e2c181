import AWSModel
import Gateway
import Timeline

extension CognitoService {
    /// Users the developer's own back end vouches for.
    var developerIdentityOperations: [Operation] {
        [getTokenForDeveloper, lookupDeveloper, mergeDevelopers, unlinkDeveloper]
    }

    private static func provider(_ pool: IdentityPool, named name: String?) throws -> String {
        guard let provider = pool.developerProvider, name == nil || name == provider else {
            // AWS: inferred wording.
            throw AWSFault.invalidParameter("Invalid developer provider name: \(name ?? "the identity pool has none").")
        }
        return provider
    }

    private var getTokenForDeveloper: Operation {
        acting("GetOpenIdTokenForDeveloperIdentity") { [self] input in
            let pool = try directory.identityPool(input)
            var logins = input.map("Logins")
            let provider = try Self.provider(pool, named: nil)
            guard let user = logins.removeValue(forKey: provider), !user.isEmpty else {
                throw AWSFault.invalidParameter("Please provide a login for the developer provider \(provider).")
            }
            let others = try await verify(logins, for: pool)
            let wish = input.optionalText("IdentityId"), fresh = "\(pool.region):\(mint.uuid())"
            let own = Identity.Login(provider: provider, subject: user)
            let identity: Identity = try await turn { edit in
                try Self.developerIdentity(own, others.map(\.login), wish, in: pool, fresh: fresh, edit)
            }
            let token = try await openIDToken(
                identity, in: pool, methods: ["authenticated", provider, "\(provider):\(pool.id):\(user)"] + others.flatMap(\.methods),
                // AWS: doc — 15 minutes unless the caller says otherwise, a day at most.
                seconds: Int64(input.int("TokenDuration") ?? 900), tags: input.map("PrincipalTags"))
            return ["IdentityId": .string(identity.id), "Token": .string(token)]
        }
    }

    private static func developerIdentity(
        _ own: Identity.Login, _ others: [Identity.Login], _ wish: String?, in pool: IdentityPool, fresh: String,
        _ edit: DirectoryEdit
    ) throws -> Identity {
        let known = try edit.directory.identity(linkedTo: own, in: pool)
        guard let wish else {
            let linked = try known ?? others.lazy.compactMap { try edit.directory.identity(linkedTo: $0, in: pool) }.first
            guard var identity = linked else { return try edit.newIdentity(in: pool, id: fresh, logins: [own] + others) }
            let before = identity
            for login in [own] + others where !identity.logins.contains(login) {
                try refuseForeign(login, identity, in: pool, edit)
                identity.logins.append(login)
            }
            try edit.save(identity, replacing: before)
            return identity
        }
        let (before, home) = try edit.directory.identity(wish)
        guard home.id == pool.id else { throw AWSFault.noIdentity(wish) }
        if let known, known.id != wish {
            // AWS: doc — the error's name; wording inferred.
            throw AWSFault.cognito(
                "DeveloperUserAlreadyRegisteredException", "Developer user is already registered with another identity.")
        }
        var identity = before
        for login in [own] + others where !identity.logins.contains(login) {
            try refuseForeign(login, identity, in: pool, edit)
            identity.logins.append(login)
        }
        identity.modified = edit.now
        try edit.save(identity, replacing: before)
        return identity
    }

    private static func refuseForeign(_ login: Identity.Login, _ identity: Identity, in pool: IdentityPool, _ edit: DirectoryEdit) throws {
        if let other = try edit.directory.identity(linkedTo: login, in: pool), other.id != identity.id {
            throw AWSFault.resourceConflict("Login is already linked to another account.")
        }
    }

    private var lookupDeveloper: Operation {
        reading("LookupDeveloperIdentity") { directory, input in
            let pool = try directory.identityPool(input)
            let provider = try Self.provider(pool, named: nil)
            let user = input.optionalText("DeveloperUserIdentifier"), id = input.optionalText("IdentityId")
            let byUser = try user.flatMap { try directory.identity(linkedTo: .init(provider: provider, subject: $0), in: pool) }
            let byID = try id.map { id in
                let (identity, home) = try directory.identity(id)
                guard home.id == pool.id else { throw AWSFault.noIdentity(id) }
                return identity
            }
            guard user != nil || id != nil else {
                throw AWSFault.invalidParameter("Either IdentityId or DeveloperUserIdentifier is required.")
            }
            if let byID, user != nil, byUser?.id != byID.id {
                // AWS: doc — a pair that does not match is a conflict.
                throw AWSFault.resourceConflict("The developer user is not linked to the identity.")
            }
            guard let identity = byID ?? byUser else { throw AWSFault.resourceNotFound("Developer user '\(user ?? "")' not found.") }
            let subjects = identity.logins.filter { $0.provider == provider }.map(\.subject).sorted()
            let page = try CognitoPage(
                of: subjects.map { ($0, $0) }, size: input.int("MaxResults") ?? 60, token: input.optionalText("NextToken"),
                list: input.list(identity.id, provider))
            return [
                "IdentityId": .string(identity.id), "DeveloperUserIdentifierList": .list(ofTexts: page.items),
                "NextToken": page.next.map { .string($0) },
            ]
        }
    }

    private var mergeDevelopers: Operation {
        writing("MergeDeveloperIdentities") { edit, input in
            let pool = try edit.directory.identityPool(input)
            let provider = try Self.provider(pool, named: input.text("DeveloperProviderName"))
            let identity = { (member: String) in
                let user = try input.text(member)
                let login = Identity.Login(provider: provider, subject: user)
                guard let identity = try edit.directory.identity(linkedTo: login, in: pool) else {
                    throw AWSFault.resourceNotFound("Developer user '\(user)' not found.")
                }
                return identity
            }
            let source = try identity("SourceUserIdentifier"), before = try identity("DestinationUserIdentifier")
            guard source.id != before.id else { return ["IdentityId": .string(before.id)] }
            // AWS: doc — public logins at the same provider cannot both lead to one identity.
            let clashing = Set(source.providers).intersection(before.providers).subtracting([provider])
            guard clashing.isEmpty else {
                throw AWSFault.resourceConflict("Both identities have a login of \(clashing.sorted()[0]).")
            }
            var (emptied, merged) = (source, before)
            emptied.logins = []
            emptied.isDisabled = true
            (emptied.modified, merged.modified) = (edit.now, edit.now)
            merged.logins += source.logins
            try edit.save(emptied, replacing: source)
            try edit.save(merged, replacing: before)
            return ["IdentityId": .string(merged.id)]
        }
    }

    private var unlinkDeveloper: Operation {
        writing("UnlinkDeveloperIdentity") { edit, input in
            let pool = try edit.directory.identityPool(input)
            let provider = try Self.provider(pool, named: input.text("DeveloperProviderName"))
            let before = try Self.ownIdentity(edit.directory, input)
            let login = Identity.Login(provider: provider, subject: try input.text("DeveloperUserIdentifier"))
            guard before.poolID == pool.id, before.logins.contains(login) else {
                throw AWSFault.resourceNotFound("Developer user '\(login.subject)' not found.")
            }
            var after = before
            after.logins.removeAll { $0 == login }
            after.isDisabled = after.logins.isEmpty
            after.modified = edit.now
            try edit.save(after, replacing: before)
            return [:]
        }
    }
}
