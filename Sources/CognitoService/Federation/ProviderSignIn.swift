import AWSModel
import AWSProtocols
import Gateway
import HTTPServer
import IdentityRules
import Outbound
import SimTime
import Store
import Timeline
import TokenCrypto

/// A sign-in that is at an identity provider just now. Found by the `state` that comes back.
struct FederationRequest: Codable, Sendable {
    /// The authorization parameters of the client.
    let query: [String: String]
    let poolID: String
    let provider: String
    let nonce: String
    /// Where the provider sends the browser back to.
    let redirectURI: String

    static let validity = SimDuration.minutes(10)
}

extension CognitoService {
    private static let stateCookie = "cognito-federation"

    /// Sends the browser to the provider.
    // AWS: doc — /oauth2/authorize with identity_provider or idp_identifier.
    func startFederation(_ visit: HostedVisit, provider name: String) async throws -> HTTPResponse {
        let provider = try reachableProvider(name, visit)
        let endpoints: ProviderEndpoints
        do { endpoints = try await self.endpoints(of: provider) } catch { throw HostedRefusal.page(error.text) }
        let state = HexText.encode(mint.bytes(32)), nonce = HexText.encode(mint.bytes(16))
        let host = visit.call.request.headers["Host"] ?? "localhost"
        let request = FederationRequest(
            query: visit.call.query, poolID: visit.pool.id, provider: name, nonce: nonce,
            redirectURI: "http://\(host)/oauth2/idpresponse")
        try await turn { edit in
            try HostedTable.save(
                request, poolID: request.poolID, token: state, until: edit.now + FederationRequest.validity, in: edit)
        }
        let target = address(
            endpoints.authorize,
            adding: endpoints.parameters(redirectURI: request.redirectURI) + [("state", state), ("nonce", nonce)])
        return .redirect(to: target, cookie: "\(Self.stateCookie)=\(state); Path=/oauth2/idpresponse; HttpOnly; SameSite=Lax; Max-Age=600")
    }

    private func endpoints(of provider: IdentityProvider) async throws(ProviderProblem) -> ProviderEndpoints {
        try await ProviderEndpoints(provider, at: provider.social.flatMap { socialAddresses[$0] }, outbound)
    }

    /// Throws for a provider the client does not have, and for one that nothing here answers for.
    private func reachableProvider(_ name: String, _ visit: HostedVisit) throws -> IdentityProvider {
        guard visit.client.settings["SupportedIdentityProviders"]?.texts?.contains(name) == true,
              let provider = try directory.one(IdentityProvider.self, name, of: visit.pool) else {
            throw HostedRefusal.page("The client does not support the identity provider \(name).")
        }
        if let social = provider.social {
            guard socialAddresses[social] != nil else {
                throw HostedRefusal.page(
                    "Coldframe does not emulate sign-in by \(provider.kind) unless identityProviders in coldframe.yaml "
                        + "says where it is reached.")
            }
        } else if provider.kind != "OIDC" {
            throw HostedRefusal.page(
                "Coldframe does not emulate sign-in by \(provider.kind): only OIDC and social providers can be reached.")
        }
        return provider
    }

    /// The provider by the identifier that `idp_identifier` names.
    func provider(identifiedBy text: String, in pool: Pool) throws -> String? {
        try directory.all(IdentityProvider.self, of: pool).first { $0.identifiers.contains(text) }?.name
    }

    /// The browser comes back from the provider.
    func takeProviderResponse(_ call: HostedCall) async throws -> HTTPResponse {
        guard let state = call.parameters["state"], Digesting.areEqual(call.cookies[Self.stateCookie] ?? "", state) else {
            throw HostedRefusal.page("Invalid state: the sign-in was not begun in this browser.")
        }
        let known: FederationRequest? = try await turn { edit in
            let request = try HostedTable.value(FederationRequest.self, token: state, at: edit.now, in: edit.turn.transaction)
            try HostedTable.delete(token: state, in: edit)
            return request
        }
        guard let known else { throw HostedRefusal.page("Invalid state: the sign-in took too long.") }
        let visit = try visit(HostedCall(call, query: known.query))
        let provider = try reachableProvider(known.provider, visit)
        let refuse = { (text: String) in
            HostedRefusal.redirect(address(visit.request.redirectURI, adding: [
                ("error", "invalid_request"), ("error_description", text), ("state", visit.request.state),
            ]))
        }
        guard let code = call.parameters["code"] else {
            throw refuse(call.parameters["error_description"] ?? call.parameters["error"] ?? "access_denied")
        }
        do {
            let endpoints = try await self.endpoints(of: provider)
            let reading = timeline.reading
            var claims = try await endpoints.claims(
                .init(
                    code: code, redirectURI: known.redirectURI, nonce: known.nonce,
                    now: reading.shift.shown(reading.now).wholeSeconds), outbound)
            if provider.social == .apple { Self.add(namesOf: call.parameters["user"], to: &claims) }
            let user = try await federatedUser(claims, provider, visit)
            let token = HexText.encode(mint.bytes(32)), pool = visit.pool
            try await turn { edit in
                try HostedTable.save(
                    BrowserSession(poolID: pool.id, username: user.username, sub: user.sub), poolID: pool.id, token: token,
                    until: edit.now + BrowserSession.validity, in: edit)
            }
            return try await complete(visit.request, username: user.username, cookie: Self.sessionCookie(token, pool))
        } catch let problem as ProviderProblem {
            throw refuse(problem.text)
        } catch let fault as AWSFault where fault.status != 500 {
            throw refuse(fault.message ?? fault.code)
        }
    }

    /// What Apple tells once only, beside the code: the user's names.
    // AWS: doc — the attributes that can be mapped: email, name, firstName, lastName.
    private static func add(namesOf told: String?, to claims: inout AWSObject) {
        guard let name = told.flatMap({ try? JSON.parse($0) })?["name"] else { return }
        let names = ["firstName", "lastName"].compactMap { key in name[key]?.string.map { (key, $0) } }
        for (key, value) in names where claims[key] == nil { claims[key] = .string(value) }
        if claims["name"] == nil, !names.isEmpty { claims["name"] = .string(names.map(\.1).joined(separator: " ")) }
    }

    /// Who the claims mean: a user they are linked to, one who came this way before, or a new one.
    // AWS: doc — mapping of attributes, and the trigger PreSignUp_ExternalProvider.
    private func federatedUser(_ claims: AWSObject, _ provider: IdentityProvider, _ visit: HostedVisit) async throws -> User {
        let pool = visit.pool
        var texts = AWSValue.object(claims).claimTexts.compactMapValues(\.first)
        if let answer = try await fire(
            .inboundFederation, "InboundFederation_ExternalProvider", pool: pool, clientID: visit.client.id,
            username: texts["sub"] ?? "", attributes: [],
            request: ["providerName": .string(provider.name), "providerType": .string(provider.kind), "attributes": .object(claims)],
            response: ["userAttributesToMap": .null]), let mapped = answer["userAttributesToMap"]?.textMap, !mapped.isEmpty {
            texts.merge(mapped) { $1 }
        }
        guard let subject = texts["sub"], !subject.isEmpty else {
            throw AWSFault.invalidParameter("The provider's token has no subject.")
        }
        var attributes: [Attribute] = []
        for (name, claim) in provider.attributeMapping.sorted(by: { $0.key < $1.key }) where name != "username" {
            if let value = texts[claim], pool.schema[name] != nil { attributes.append(Attribute(name: name, value: value)) }
        }
        if let known = try linkedUser(subject, attributes, provider, pool) {
            guard known.isEnabled else { throw AWSFault.notAuthorized("User is disabled.") }
            return try await refresh(known, attributes, pool)
        }
        let name = Self.federatedName(provider.name, subject)
        var draft = User(
            poolID: pool.id, username: name, sub: mint.uuid(), created: timeline.now, modified: timeline.now,
            status: .externalProvider, attributes: attributes, foldedName: pool.naming.folded(name))
        draft.link(.init(
            provider: provider.name, providerType: provider.kind, userID: subject, isPrimary: true, linked: timeline.now))
        let request = OperationRequest(input: [:], payload: RequestBody(bytes: []), context: context(of: visit, "SignUp"))
        let made = try await applyPreSignUp(
            "PreSignUp_ExternalProvider", to: draft, in: pool, clientID: visit.client.id, CognitoInput(request)).user
        // The trigger may have linked the newcomer to a user of the pool.
        if let linked = try linkedUser(subject, attributes, provider, pool) { return try await refresh(linked, attributes, pool) }
        let user: User = try await turn { edit in
            guard try edit.directory.user(named: name, in: pool) == nil else { throw AWSFault.userExists }
            try edit.save(made, in: pool)
            return made
        }
        try await fireConfirmed(
            user, "PostConfirmation_ConfirmSignUp", in: pool, clientID: visit.client.id, CognitoInput(request))
        return user
    }

    /// Throws `NotAuthorizedException` where the name is taken by somebody whom the provider never vouched for: a name
    /// proves nothing.
    private func linkedUser(_ subject: String, _ attributes: [Attribute], _ provider: IdentityProvider, _ pool: Pool) throws -> User? {
        let keys = [ProviderLink.name(provider.name, Self.subjectAttribute, subject)]
            + attributes.map { ProviderLink.name(provider.name, $0.name, $0.value) }
        for key in keys {
            if let link = try directory.one(ProviderLink.self, key, of: pool) {
                return try directory.user(named: link.username, in: pool)
            }
        }
        let name = Self.federatedName(provider.name, subject)
        guard let namesake = try directory.user(named: name, in: pool) else { return nil }
        let identities = namesake.federated ?? []
        guard identities.contains(where: { $0.provider == provider.name && $0.userID == subject }) else {
            // AWS: inferred, with the wording.
            throw AWSFault.notAuthorized(
                "The user name belongs to a user who is not linked to the provider \(provider.name).")
        }
        return namesake
    }

    /// Mapped attributes are brought up to date at each sign-in.
    private func refresh(_ user: User, _ attributes: [Attribute], _ pool: Pool) async throws -> User {
        try await turn { edit in
            var user = try edit.directory.requiredUser(user.username, in: pool)
            for attribute in attributes where pool.schema[attribute.name]?.isMutable == true {
                user[attribute.name] = attribute.value
            }
            user.modified = edit.now
            try edit.save(user, in: pool)
            return user
        }
    }
}
