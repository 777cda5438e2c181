package import SimTime

/// Somebody a provider vouches for, as STS is told.
package struct WebIdentity: Sendable, Equatable {
    /// As trust policies name it: `cognito-identity.amazonaws.com`, or the ARN of an OpenID Connect provider.
    package var provider: String
    /// What the provider's condition keys begin with: `cognito-identity.amazonaws.com` in `…:aud`.
    package var keyPrefix: String
    package var audience: String
    package var subject: String
    /// `authenticated` or `unauthenticated`, and by whom.
    package var methods: [String]
    /// Tags of the session.
    package var tags: [String: String]

    package init(
        provider: String, keyPrefix: String, audience: String, subject: String, methods: [String],
        tags: [String: String] = [:]
    ) {
        self.provider = provider
        self.keyPrefix = keyPrefix
        self.audience = audience
        self.subject = subject
        self.methods = methods
        self.tags = tags
    }
}

/// Temporary credentials of a role.
package struct TemporaryCredentials: Sendable {
    package let accessKeyID: String
    package let secretKey: String
    package let sessionToken: String
    package let expires: SimInstant

    package init(accessKeyID: String, secretKey: String, sessionToken: String, expires: SimInstant) {
        self.accessKeyID = accessKeyID
        self.secretKey = secretKey
        self.sessionToken = sessionToken
        self.expires = expires
    }
}

/// Where identity pools have their credentials from: STS. Joined by the composition root.
package protocol TemporaryCredentialSource: Sendable {
    /// Opens a session of the role for somebody its trust policy lets in by `sts:AssumeRoleWithWebIdentity`.
    /// Nil when there is no such role or its trust policy refuses.
    func credentials(
        roleARN: String, sessionName: String, identity: WebIdentity, durationSeconds: Int
    ) async throws -> TemporaryCredentials?
}

/// Knows no role.
package struct NoTemporaryCredentials: TemporaryCredentialSource {
    package init() {}
    package func credentials(
        roleARN: String, sessionName: String, identity: WebIdentity, durationSeconds: Int
    ) async throws -> TemporaryCredentials? { nil }
}
