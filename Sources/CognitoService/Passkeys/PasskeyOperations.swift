import AWSModel
import AWSProtocols
import Gateway
import IdentityRules
import SimTime
import Timeline
import TokenCrypto

extension CognitoService {
    /// Registering, listing and deleting passkeys, by access token.
    var passkeyOperations: [Operation] {
        [
            startRegistration, completeRegistration,
            acting("ListWebAuthnCredentials") { [self] input in
                let user = try await bearer(input).user
                let keys = user.passkeys ?? []
                let page = try CognitoPage(
                    of: keys.map { (key: PageOrder.key($0.created, $0.id), item: $0) }.sorted { $0.key < $1.key },
                    size: input.int("MaxResults").flatMap { $0 == 0 ? nil : $0 } ?? 20, token: input.optionalText("NextToken"),
                    list: input.list(user.poolID, user.username))
                return ["Credentials": .list(page.items.map(\.output)), "NextToken": page.next.map { .string($0) }]
            },
            changingOwn("DeleteWebAuthnCredential") { edit, user, pool, _, input in
                var user = user
                let id = try input.text("CredentialId")
                guard user.passkeys?.contains(where: { $0.id == id }) == true else {
                    throw AWSFault.resourceNotFound("WebAuthn credential does not exist.")
                }
                user.passkeys?.removeAll { $0.id == id }
                try edit.save(user, in: pool)
                return [:]
            },
        ]
    }

    private static let credentialsMax = 20
    private static let ceremonySeconds: Int64 = 180

    /// Throws unless the pool takes passkeys, and has a relying party.
    private static func relyingParty(of pool: Pool) throws -> String {
        guard pool.allowsPasskeys else {
            throw AWSFault.cognito("WebAuthnNotEnabledException", "WebAuthn is not enabled for the user pool.")
        }
        guard let party = pool.relyingParty else {
            throw AWSFault.cognito(
                "WebAuthnConfigurationMissingException", "The user pool has no relying party ID and no domain.")
        }
        return party
    }

    // AWS: doc — StartWebAuthnRegistration's example.
    private var startRegistration: Operation {
        changingOwn("StartWebAuthnRegistration") { [mint] edit, user, pool, _, _ in
            var user = user
            let party = try Self.relyingParty(of: pool), challenge = Base64URL.encode(mint.bytes(32))
            guard (user.passkeys?.count ?? 0) < Self.credentialsMax else {
                throw AWSFault.cognito("LimitExceededException", "A user has at most \(Self.credentialsMax) passkeys.")
            }
            user.passkeyChallenge = .init(text: challenge, expires: edit.now + .seconds(Self.ceremonySeconds))
            try edit.save(user)
            return ["CredentialCreationOptions": [
                "challenge": .string(challenge),
                "rp": ["id": .string(party), "name": .string(party)],
                "user": [
                    "id": .string(Base64URL.encode(Array(user.sub.utf8))), "name": .string(user.username),
                    "displayName": .string(user["name"] ?? user.username),
                ],
                "pubKeyCredParams": [["type": "public-key", "alg": -7], ["type": "public-key", "alg": -257]],
                "timeout": 60000,
                "excludeCredentials": .list((user.passkeys ?? []).map { key in
                    ["type": "public-key", "id": .string(key.id), "transports": .list(ofTexts: key.transports)]
                }),
                "authenticatorSelection": [
                    "requireResidentKey": true, "residentKey": "required",
                    "userVerification": .string(pool.requiresUserVerification ? "required" : "preferred"),
                ],
                "attestation": "none",
            ]]
        }
    }

    private var completeRegistration: Operation {
        changingOwn("CompleteWebAuthnRegistration") { edit, user, pool, _, input in
            var user = user
            let party = try Self.relyingParty(of: pool)
            let pending = user.passkeyChallenge
            guard let credential = input.object["Credential"] else { throw AWSFault.missingParameter("Credential") }
            let key = try Self.registered(credential, pool, party, pending, at: edit.now)
            guard user.passkeys?.contains(where: { $0.id == key.id }) != true else {
                throw AWSFault.invalidParameter("The passkey is registered already.")
            }
            user.passkeys = (user.passkeys ?? []) + [key]
            user.passkeyChallenge = nil
            user.modified = edit.now
            try edit.save(user, in: pool)
            return [:]
        }
    }

    /// Believes a registration response. WebAuthn §7.1.
    // AWS: doc — the errors' names; wording inferred.
    private static func registered(
        _ credential: AWSValue, _ pool: Pool, _ party: String, _ pending: User.PasskeyChallenge?, at now: SimInstant
    ) throws -> Passkey {
        let response = credential["response"]
        guard credential["type"]?.string == "public-key", let client = CollectedClientData(response?["clientDataJSON"]?.string),
              client.type == "webauthn.create",
              let attested = response?["attestationObject"]?.string.flatMap({ Base64URL.decode($0) }) else {
            throw AWSFault.invalidParameter("Credential is not a registration response.")
        }
        guard let pending, now < pending.expires, Digesting.areEqual(client.challenge, pending.text) else {
            throw AWSFault.cognito("WebAuthnChallengeNotFoundException", "The challenge was not found, or is too old.")
        }
        guard client.isAllowed(for: party) else {
            throw AWSFault.cognito("WebAuthnOriginNotAllowedException", "The origin \(client.origin) is not allowed.")
        }
        guard let attestation = Attestation(attested), let made = attestation.authenticatorData.credential else {
            throw AWSFault.invalidParameter("attestationObject cannot be read.")
        }
        guard attestation.authenticatorData.relyingPartyHash == Digesting.sha256(party.utf8) else {
            throw AWSFault.cognito("WebAuthnRelyingPartyMismatchException", "The relying party ID does not match.")
        }
        guard attestation.authenticatorData.isUserPresent,
              attestation.authenticatorData.isUserVerified || !pool.requiresUserVerification else {
            throw AWSFault.cognito("WebAuthnCredentialNotSupportedException", "The user was not verified.")
        }
        guard PasskeyKey(cose: made.publicKey) != nil, attestation.isAcceptable(clientDataHash: client.hash) else {
            throw AWSFault.cognito(
                "WebAuthnCredentialNotSupportedException",
                "Keys are ES256 or RS256, and attestation is none or the passkey's own; this one is \(attestation.format).")
        }
        let id = Base64URL.encode(made.id)
        guard credential["id"]?.string == id else { throw AWSFault.invalidParameter("The credential's id does not match.") }
        return Passkey(
            id: id, publicKey: made.publicKey, signCount: attestation.authenticatorData.signCount, relyingParty: party,
            attachment: credential["authenticatorAttachment"]?.string, transports: response?["transports"]?.texts ?? [],
            created: now)
    }

    // MARK: Signing in

    /// The parameters of the challenge WEB_AUTHN.
    // AWS: doc — CREDENTIAL_REQUEST_OPTIONS is JSON in a text.
    static func passkeyRequest(_ challenge: String, _ user: User?, _ pool: Pool) -> AWSValue {
        let options: AWSValue = [
            "challenge": .string(challenge), "timeout": 180000, "rpId": pool.relyingParty.map { .string($0) },
            "allowCredentials": .list((user?.passkeys ?? []).map { key in
                ["id": .string(key.id), "type": "public-key", "transports": .list(ofTexts: key.transports)]
            }),
            "userVerification": .string(pool.requiresUserVerification || pool.passkeysAreMultiFactor ? "required" : "preferred"),
        ]
        return ["CREDENTIAL_REQUEST_OPTIONS": .string(JSON.string(options))]
    }

    /// The passkey with which an assertion was made, its count brought up to date; nil for one that proves nothing.
    /// WebAuthn §7.2.
    static func proven(_ text: String, challenge: String, of user: User, in pool: Pool) -> Passkey? {
        guard let credential = try? JSON.parse(text), let id = credential["id"]?.string,
              var passkey = user.passkeys?.first(where: { $0.id == id }), let party = pool.relyingParty,
              passkey.relyingParty == party, let response = credential["response"],
              let client = CollectedClientData(response["clientDataJSON"]?.string), client.type == "webauthn.get",
              Digesting.areEqual(client.challenge, challenge), client.isAllowed(for: party),
              let bytes = response["authenticatorData"]?.string.flatMap({ Base64URL.decode($0) }),
              let data = AuthenticatorData(bytes), data.relyingPartyHash == Digesting.sha256(party.utf8), data.isUserPresent,
              data.isUserVerified || !(pool.requiresUserVerification || pool.passkeysAreMultiFactor),
              let signature = response["signature"]?.string.flatMap({ Base64URL.decode($0) }),
              let key = PasskeyKey(cose: passkey.publicKey), key.isValid(signature, of: bytes + client.hash)
        else { return nil }
        if let handle = response["userHandle"]?.string, handle != Base64URL.encode(Array(user.sub.utf8)) { return nil }
        // A count that does not grow tells of a copied authenticator; zero means that none is kept.
        guard data.signCount == 0 || data.signCount > passkey.signCount else { return nil }
        passkey.signCount = data.signCount
        return passkey
    }
}
