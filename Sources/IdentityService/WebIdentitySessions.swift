import AWSModel
import Gateway
package import SimTime
import PolicyRules
import Store
import Synchronization
import Timeline
import Vocabulary

/// Somebody whom a provider outside IAM vouches for, once its token has been verified.
package struct VouchedIdentity: Sendable, Equatable {
    /// As trust policies name the provider: `cognito-identity.amazonaws.com`, or the ARN of an OpenID Connect provider.
    package var provider: String
    /// What the provider's condition keys begin with, e.g. `cognito-identity.amazonaws.com`.
    package var keyPrefix: String
    package var audience: String
    package var subject: String
    /// Values of the condition key `amr`.
    package var methods: [String]
    /// Tags of the session.
    package var tags: [String: String]

    package init(
        provider: String, keyPrefix: String, audience: String, subject: String, methods: [String], tags: [String: String]
    ) {
        self.provider = provider
        self.keyPrefix = keyPrefix
        self.audience = audience
        self.subject = subject
        self.methods = methods
        self.tags = tags
    }
}

/// Verifies tokens of outside providers for AssumeRoleWithWebIdentity. Joined by the composition root.
package protocol WebIdentityVerifier: Sendable {
    /// Nil when the token is of no provider this server can verify, forged, or too old.
    func identity(token: String, account: String) async throws -> VouchedIdentity?
}

/// A session that was opened for a vouched identity. The secrets leave the server once.
package struct OpenedSession: Sendable {
    package let accessKeyID: String
    package let secretKey: String
    package let sessionToken: String
    package let expires: SimInstant
    let principalARN: String
    let userID: String
}

extension IdentityService {
    /// AssumeRoleWithWebIdentity.
    var webIdentityOperations: [Operation] {
        [
            Operation(
                "AssumeRoleWithWebIdentity",
                coverage: .partial("tokens of user pools and identity pools of this server only; session policies are not enforced"),
                refusedMembers: ["ProviderId", "PolicyArns"]
            ) { [self] request in
                let input = IdentityInput(request)
                let arn = try input.text("RoleArn"), name = try input.text("RoleSessionName")
                let account = ARN(arn).map(\.account) ?? ""
                guard let identity = try await verifier.withLock({ $0 })?.identity(token: input.text("WebIdentityToken"), account: account) else {
                    // AWS: doc — the error's name; wording inferred.
                    throw AWSFault(
                        "InvalidIdentityToken", "The web identity token that was passed could not be validated.", status: 400)
                }
                let seconds = input.int("DurationSeconds") ?? 3600
                guard let session = try await session(
                    roleARN: arn, name: name, for: identity, durationSeconds: seconds, policy: input.optionalText("Policy"))
                else {
                    // AWS: recorded.
                    throw AWSFault("AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity", status: 403)
                }
                return OperationResponse([
                    "Credentials": [
                        "AccessKeyId": .string(session.accessKeyID), "SecretAccessKey": .string(session.secretKey),
                        "SessionToken": .string(session.sessionToken), "Expiration": .timestamp(session.expires),
                    ],
                    "SubjectFromWebIdentityToken": .string(identity.subject),
                    "AssumedRoleUser": ["AssumedRoleId": .string(session.userID), "Arn": .string(session.principalARN)],
                    "Provider": .string(identity.provider), "Audience": .string(identity.audience),
                ])
            }
        ]
    }

    /// Opens a session of the role for an identity that its trust policy lets in by `sts:AssumeRoleWithWebIdentity`, and
    /// by `sts:TagSession` when it brings tags. Nil when there is no such role or its trust policy refuses.
    // AWS: doc — trust policies of roles for web identities.
    package func session(
        roleARN: String, name: String, for identity: VouchedIdentity, durationSeconds: Int, policy: String? = nil
    ) async throws -> OpenedSession? {
        guard let parsed = ARN(roleARN), parsed.service == "iam", let account = AccountID(parsed.account) else { return nil }
        if let policy { try Self.checkIdentityPolicy(policy) }
        return try await timeline.turn { [self] turn in
            let edit = AccountEdit(turn, account)
            guard let role = try edit.view.role(arn: roleARN), durationSeconds <= role.maxSessionSeconds,
                  let trust = try? Policy(text: role.trustPolicy, as: .trust) else { return nil }
            let actions = ["sts:AssumeRoleWithWebIdentity"] + (identity.tags.isEmpty ? [] : ["sts:TagSession"])
            guard actions.allSatisfy({ Self.isTrusted(identity, $0, role, account, trust) }) else { return nil }
            var session = newSession(
                principalARN: "arn:aws:sts::\(role.account):assumed-role/\(role.name)/\(name)",
                userID: "\(role.id):\(name)", seconds: durationSeconds, at: turn.now)
            session.roleARN = role.arn
            session.policy = policy
            session.tags = identity.tags.isEmpty
                ? nil : identity.tags.sorted { $0.key < $1.key }.map { Tag(key: $0.key, value: $0.value) }
            try open(session, in: edit)
            return OpenedSession(
                accessKeyID: session.id, secretKey: session.secret.revealed, sessionToken: session.token.revealed,
                expires: session.expiresAt, principalARN: session.principalARN, userID: session.userID)
        }
    }

    private static func isTrusted(
        _ identity: VouchedIdentity, _ action: String, _ role: Role, _ account: AccountID, _ trust: Policy
    ) -> Bool {
        var context = ConditionContext()
        context["\(identity.keyPrefix):aud"] = [identity.audience]
        context["\(identity.keyPrefix):sub"] = [identity.subject]
        context["\(identity.keyPrefix):amr"] = identity.methods
        for (key, value) in identity.tags { context["aws:RequestTag/\(key)"] = [value] }
        context["aws:TagKeys"] = identity.tags.keys.sorted()
        let request = AuthorizationRequest(
            principal: .federated(provider: identity.provider), action: action, resource: role.arn, resourceAccount: account,
            context: context)
        return ApplicablePolicies(roleTrust: trust).decision(on: request).isAllowed
    }
}
