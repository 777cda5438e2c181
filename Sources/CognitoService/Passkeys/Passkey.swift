import AWSModel
import AWSProtocols
import IdentityRules
import SimTime
import TokenCrypto

/// A passkey of a user.
struct Passkey: Codable, Sendable, Equatable {
    /// Base64url, as browsers call it.
    let id: String
    let publicKey: [UInt8]
    var signCount: UInt32
    let relyingParty: String
    let attachment: String?
    let transports: [String]
    let created: SimInstant

    // AWS: doc — ListWebAuthnCredentials; the friendly name is inferred.
    var output: AWSValue {
        [
            "CredentialId": .string(id), "FriendlyCredentialName": .string("Passkey \(id.prefix(8))"),
            "RelyingPartyId": .string(relyingParty), "AuthenticatorAttachment": attachment.map { .string($0) },
            "AuthenticatorTransports": .list(ofTexts: transports), "CreatedAt": .timestamp(created),
        ]
    }
}

/// What a browser says of its part in a ceremony.
struct CollectedClientData: Sendable {
    let type: String
    /// Base64url of the bytes that were sent as the challenge.
    let challenge: String
    let origin: String
    let hash: [UInt8]

    /// Nil when the text is not base64url of JSON.
    init?(_ text: String?) {
        guard let text, let bytes = Base64URL.decode(text), let json = try? JSON.parse(bytes),
              let type = json["type"]?.string, let challenge = json["challenge"]?.string, let origin = json["origin"]?.string
        else { return nil }
        self.type = type
        self.challenge = challenge
        self.origin = origin
        hash = Digesting.sha256(bytes)
    }

    /// Whether the page's host is the relying party or below it, over TLS unless it is this machine.
    // WebAuthn §7.1, §5.1.2: the relying party's id is a suffix of the origin's effective domain.
    func isAllowed(for relyingParty: String) -> Bool {
        let parts = origin.split(separator: "/", omittingEmptySubsequences: true)
        guard parts.count == 2 else { return false }
        let host = parts[1].prefix { $0 != ":" }
        let isLocal = host == "localhost" || host.hasSuffix(".localhost")
        guard parts[0] == "https:" || (parts[0] == "http:" && isLocal) else { return false }
        return host == relyingParty || host.hasSuffix("." + relyingParty)
    }
}

extension Pool {
    var webAuthn: AWSValue? { mfa["WebAuthnConfiguration"] }

    /// The relying party: as configured, or the pool's own domain.
    // AWS: doc — WebAuthnConfigurationType.
    var relyingParty: String? {
        webAuthn?["RelyingPartyId"]?.string ?? domain.map { $0.contains(".") ? $0 : "\($0).auth.\(region).amazoncognito.com" }
    }

    var requiresUserVerification: Bool { webAuthn?["UserVerification"]?.string == "required" }
    /// Passkeys with user verification count as both factors.
    var passkeysAreMultiFactor: Bool {
        webAuthn?["FactorConfiguration"]?.string == "MULTI_FACTOR_WITH_USER_VERIFICATION"
    }
    var allowsPasskeys: Bool { firstFactors.contains("WEB_AUTHN") }
}
