import CognitoService
import IdentityService

/// STS, as identity pools have their credentials from it.
struct CredentialBridge: TemporaryCredentialSource {
    let identity: IdentityService

    func credentials(
        roleARN: String, sessionName: String, identity who: WebIdentity, durationSeconds: Int
    ) async throws -> TemporaryCredentials? {
        try await identity.session(
            roleARN: roleARN, name: sessionName, for: VouchedIdentity(who), durationSeconds: durationSeconds
        ).map {
            TemporaryCredentials(
                accessKeyID: $0.accessKeyID, secretKey: $0.secretKey, sessionToken: $0.sessionToken, expires: $0.expires)
        }
    }
}

/// Cognito's tokens, as STS has them verified.
struct WebIdentityBridge: WebIdentityVerifier {
    let cognito: CognitoService

    func identity(token: String, account: String) async throws -> VouchedIdentity? {
        try await cognito.webIdentity(token: token, account: account).map(VouchedIdentity.init)
    }
}

extension VouchedIdentity {
    fileprivate init(_ who: WebIdentity) {
        self.init(
            provider: who.provider, keyPrefix: who.keyPrefix, audience: who.audience, subject: who.subject,
            methods: who.methods, tags: who.tags)
    }
}
