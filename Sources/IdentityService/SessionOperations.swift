import AWSModel
import Gateway
import HTTPServer
import PolicyRules
import SimTime
import Store
import Timeline
import Vocabulary

extension IdentityService {
    /// STS.
    var sessionOperations: [Operation] { [getCallerIdentity, getAccessKeyInfo, getSessionToken, assumeRole] }

    /// AWS: doc — spec/support-services.md §F2.
    private static let sessionSecondsMin = 900
    private static let assumedSecondsMax = 43_200
    private static let tokenSecondsMax = 129_600
    private static let tokenSecondsDefault = 43_200
    private static let assumedSecondsDefault = 3_600
    /// The most a chained session, and a session of root, may last.
    private static let shortSecondsMax = 3_600
    /// AWS: doc — the packed size of a session policy is a share of this many characters.
    private static let sessionPolicyCharactersMax = 2_048
    /// Expired sessions are kept a while, so that their keys are told from keys never issued.
    private static let expiredKept = SimDuration.days(1)
    /// Old sessions are looked for whenever the number of keys reaches a multiple of this.
    private static let keysBetweenSweeps = 256

    private var getCallerIdentity: Operation {
        Operation("GetCallerIdentity") { request in
            let caller = request.context.caller
            return OperationResponse([
                "UserId": .string(caller.userID), "Account": .string(caller.account.digits),
                "Arn": .string(caller.principalARN),
            ])
        }
    }

    /// A key this server did not issue stands for the fallback account, just as it does when it signs a request.
    private var getAccessKeyInfo: Operation {
        Operation("GetAccessKeyInfo") { [keys] request in
            let id = try IdentityInput(request).text("AccessKeyId")
            let account = keys.entry(id)?.caller.account ?? .fallback
            return OperationResponse(["Account": .string(account.digits)])
        }
    }

    private var getSessionToken: Operation {
        writing(
            "GetSessionToken", coverage: .partial("no multi-factor authentication"),
            refusing: ["SerialNumber", "TokenCode", "MinimumSessionTokenSize"]
        ) { [self] edit, input in
            let caller = input.caller
            guard caller.accessKeyID.flatMap({ keys.entry($0)?.expiresAt }) == nil, !isSession(caller.principalARN)
            else {
                // AWS: inferred — widely known wording.
                throw AWSFault.accessDenied("Cannot call GetSessionToken with session credentials")
            }
            var seconds = try Self.duration(input, max: Self.tokenSecondsMax) ?? Self.tokenSecondsDefault
            // AWS: doc — root's sessions last an hour at most; a longer wish is cut, not refused.
            if caller.userID == caller.account.digits { seconds = min(seconds, Self.shortSecondsMax) }
            let session = newSession(
                principalARN: caller.principalARN, userID: caller.userID, seconds: seconds, at: edit.turn.now)
            try open(session, in: edit)
            return ["Credentials": Self.credentials(of: session)]
        }
    }

    // MARK: AssumeRole

    private var assumeRole: Operation {
        writing(
            "AssumeRole",
            coverage: .partial("root may assume roles; no transitive tags, no multi-factor authentication"),
            refusing: ["TransitiveTagKeys", "SerialNumber", "TokenCode", "ProvidedContexts", "MinimumSessionTokenSize"]
        ) { [self] edit, input in
            let role = try trustedRole(edit.view, input)
            let seconds = try Self.assumedSeconds(input, role)
            let policy = input.optionalText("Policy")
            let packedPercent = try policy.map(Self.packedPercent)
            let name = try input.text("RoleSessionName")
            let edit = AccountEdit(edit.turn, role.account)
            var session = newSession(
                principalARN: "arn:aws:sts::\(role.account):assumed-role/\(role.name)/\(name)",
                userID: "\(role.id):\(name)", seconds: seconds, at: edit.turn.now)
            session.roleARN = role.arn
            session.policy = policy
            session.policyARNs = try Self.sessionPolicies(input, edit.view)
            let tags = try input.tags()
            session.tags = tags.isEmpty ? nil : tags
            session.sourceIdentity = input.optionalText("SourceIdentity")
                ?? input.caller.accessKeyID.flatMap { keys.entry($0)?.sourceIdentity }
            try open(session, in: edit)
            return [
                "Credentials": Self.credentials(of: session),
                "AssumedRoleUser": [
                    "AssumedRoleId": .string(session.userID), "Arn": .string(session.principalARN),
                ],
                "PackedPolicySize": packedPercent.map { .integer(Int64($0)) },
                "SourceIdentity": session.sourceIdentity.map { .string($0) },
            ]
        }
    }

    /// The role of the input, when its trust policy lets the caller in.
    /// A missing role and a refusal read the same, so that nobody can probe for roles.
    /// AWS: recorded — spec/support-services.md §F2.
    private func trustedRole(_ view: AccountView, _ input: IdentityInput) throws -> Role {
        let arn = try input.text("RoleArn")
        guard let parsed = ARN(arn), parsed.service == "iam", parsed.region.isEmpty,
              let account = AccountID(parsed.account), parsed.resource.hasPrefix("role/"), !arn.hasSuffix("/")
        else { throw AWSFault.validationError("\(arn) is invalid") }
        let caller = input.caller
        guard let role = try view.view(of: account).role(arn: arn) else {
            throw AWSFault.notAuthorized(caller.principalARN, action: "sts:AssumeRole", resource: arn)
        }
        let trust: Policy
        do { trust = try Policy(text: role.trustPolicy, as: .trust) } catch {
            throw AWSFault.notAuthorized(caller.principalARN, action: "sts:AssumeRole", resource: arn)
        }
        var actions = ["sts:AssumeRole"]
        if input.optionalText("SourceIdentity") != nil { actions.append("sts:SetSourceIdentity") }
        if input.object["Tags"]?.list?.isEmpty == false { actions.append("sts:TagSession") }
        for action in actions {
            guard trusts(trust, role, action, input) else {
                throw AWSFault.notAuthorized(caller.principalARN, action: action, resource: arn)
            }
        }
        return role
    }

    /// Whether a trust policy lets the caller in. The caller's own permission is the authorizer's matter, where there
    /// is one: here it counts as given. AWS ties a named principal to its unique id; here a user or role that was
    /// deleted and made again is trusted again.
    private func trusts(_ trust: Policy, _ role: Role, _ action: String, _ input: IdentityInput) -> Bool {
        let caller = input.caller
        let principal: RequestPrincipal = if caller.userID == caller.account.digits {
            .root(caller.account)
        } else if let roleARN = caller.accessKeyID.flatMap({ keys.entry($0)?.roleARN }) {
            .session(arn: caller.principalARN, roleARN: roleARN, account: caller.account)
        } else {
            .user(arn: caller.principalARN, account: caller.account)
        }
        let tags = (try? input.tags()) ?? []
        var context = ConditionContext(
            RequestFacts(
                userID: caller.userID, network: input.context.network, isSecure: true, region: input.context.region,
                now: input.context.now, userAgent: input.context.headers["User-Agent"],
                resourceAccount: role.account, resourceTags: role.tags.map { ($0.key, $0.value) },
                requestTags: tags.map { ($0.key, $0.value) }),
            of: principal, servicePrefix: "iam")
        for (member, key) in [
            ("ExternalId", "sts:ExternalId"), ("RoleSessionName", "sts:RoleSessionName"),
            ("SourceIdentity", "sts:SourceIdentity"),
        ] {
            if let text = input.optionalText(member) { context[key] = [text] }
        }
        let request = AuthorizationRequest(
            principal: principal, action: action, resource: role.arn, resourceAccount: role.account, context: context)
        return ApplicablePolicies(identity: [.everything], roleTrust: trust).decision(on: request).isAllowed
    }

    /// The `PolicyArns` member. Throws `MalformedPolicyDocument`'s kin for a policy that is not there.
    private static func sessionPolicies(_ input: IdentityInput, _ view: AccountView) throws -> [String]? {
        guard let list = input.object["PolicyArns"]?.list, !list.isEmpty else { return nil }
        // AWS: doc — AssumeRole, PolicyArns: at most ten.
        guard list.count <= 10 else { throw AWSFault.validationError("At most 10 managed session policies can be given.") }
        return try list.compactMap { $0["arn"]?.string }.map { arn in
            guard try view.findPolicy(arn: arn) != nil else { throw AWSFault.policyNotFound(arn) }
            return arn
        }
    }

    private static func assumedSeconds(_ input: IdentityInput, _ role: Role) throws -> Int {
        guard let seconds = try duration(input, max: assumedSecondsMax) else { return assumedSecondsDefault }
        if isSession(input.caller.principalARN), seconds > shortSecondsMax {
            // AWS: doc for the limit, inferred wording.
            throw AWSFault.validationError(
                "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining")
        }
        guard seconds <= role.maxSessionSeconds else {
            throw AWSFault.validationError(
                "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
        }
        return seconds
    }

    /// The `DurationSeconds` member within the API's bounds, nil when it is absent.
    /// The gateway checks the model's bounds too; they are repeated because a session's length is this file's promise.
    private static func duration(_ input: IdentityInput, max: Int) throws -> Int? {
        guard let seconds = input.int("DurationSeconds") else { return nil }
        guard seconds >= sessionSecondsMin else {
            throw AWSFault.constraint(
                "\(seconds)", at: "durationSeconds",
                "Member must have value greater than or equal to \(sessionSecondsMin)")
        }
        guard seconds <= max else {
            throw AWSFault.constraint(
                "\(seconds)", at: "durationSeconds", "Member must have value less than or equal to \(max)")
        }
        return seconds
    }

    // MARK: Sessions

    func newSession(principalARN: String, userID: String, seconds: Int, at now: SimInstant) -> Session {
        Session(
            id: mint.id(.temporaryKey), secret: mint.secret(), token: mint.sessionToken(), principalARN: principalARN,
            userID: userID, expiresAt: now.wholeSecond + .seconds(Int64(seconds)))
    }

    /// Stores a session, publishes its key once that is committed, and now and then forgets sessions long over.
    func open(_ session: Session, in edit: AccountEdit) throws {
        let (keys, account) = (keys, edit.view.account)
        try edit.turn.transaction.put(edit.view.sessionKey(session.id), session)
        var old: [String] = []
        if keys.count % Self.keysBetweenSweeps == Self.keysBetweenSweeps - 1 {
            for (id, owner) in keys.expired(before: edit.turn.now - Self.expiredKept) {
                try edit.turn.transaction.delete(edit.view.view(of: owner).sessionKey(id))
                old.append(id)
            }
        }
        edit.turn.afterCommit { [old] in
            keys.forget(old)
            keys.publish(session, of: account)
        }
    }

    private static func credentials(of session: Session) -> AWSValue {
        [
            "AccessKeyId": .string(session.id), "SecretAccessKey": .string(session.secret.revealed),
            "SessionToken": .string(session.token.revealed), "Expiration": .timestamp(session.expiresAt),
        ]
    }

    /// Checks a session policy and answers its share of the permitted size.
    /// AWS: inferred — the true packing is not published; here it is the share of the plain limit.
    private static func packedPercent(_ policy: String) throws -> Int {
        try checkIdentityPolicy(policy)
        let percent = max(1, policy.unicodeScalars.count * 100 / sessionPolicyCharactersMax)
        guard percent <= 100 else {
            throw AWSFault(
                "PackedPolicyTooLargeException",
                "Packed policy consumes \(percent)% of allotted space, please use smaller policy.", status: 400)
        }
        return percent
    }
}

/// True for the ARN of an assumed role's session or a federated user.
private func isSession(_ principalARN: String) -> Bool { ARN(principalARN)?.service == "sts" }
