import AWSModel
package import Gateway
package import PolicyRules
import Store
import Synchronization
package import Vocabulary

/// A user, role, group or policy as other services see it.
package struct IdentityResource: Sendable {
    /// With the path, whichever was asked for.
    package var arn: String
    /// Of a role.
    package var trust: Policy?
    package var tags: [PrincipalPolicies.Tag]
}

/// What each principal's identity brings to decisions, kept ready until anything of IAM changes.
final class PermissionCache: Sendable {
    private struct State {
        var known: [String: PrincipalPolicies] = [:]
        /// Counts changes, so that what was read before one is not kept after it.
        var generation: UInt64 = 0
    }

    /// More principals than a test has; beyond, everything is read anew.
    private static let principalsMax = 4096
    private let state = Mutex(State())

    func clear() {
        state.withLock { state in
            state.known = [:]
            state.generation &+= 1
        }
    }

    func policies(_ key: String, _ read: () throws -> PrincipalPolicies) rethrows -> PrincipalPolicies {
        let (found, generation) = state.withLock { ($0.known[key], $0.generation) }
        if let found { return found }
        let made = try read()
        state.withLock { state in
            guard state.generation == generation else { return }
            if state.known.count >= Self.principalsMax { state.known = [:] }
            state.known[key] = made
        }
        return made
    }
}

extension IdentityService {
    /// The caller's own policies: of its user with groups, or of its role and session. A principal that is gone has
    /// none; root and keys this server did not issue need none.
    /// Throws `StoreError`.
    package func policies(of caller: Caller) throws -> PrincipalPolicies {
        guard let arn = ARN(caller.principalARN), arn.resource != "root" else {
            return PrincipalPolicies(principal: .root(caller.account))
        }
        return try permissions.policies(caller.principalARN + " " + (caller.accessKeyID ?? "")) {
            try store.read { reader in
                let view = AccountView(account: caller.account, reader: reader)
                return arn.service == "sts" ? try view.sessionPolicies(arn, caller) : try view.userPolicies(arn)
            }
        }
    }

    /// A session of a role for a function of this server's own, without keys.
    /// Throws `AccessDenied` when there is no such role, `StoreError`.
    package func caller(assuming name: String, session: String, in account: AccountID) throws -> Caller {
        let role = try store.read { try AccountView(account: account, reader: $0).occupant(Role.self, of: name) }
        guard let role else {
            throw AWSFault.accessDenied("The role with name \(name) cannot be found.")
        }
        return Caller(
            account: account, principalARN: "arn:aws:sts::\(account):assumed-role/\(role.name)/\(session)",
            userID: "\(role.id):\(session)", accessKeyID: nil)
    }

    /// The role, user, group or policy of an ARN, which may lack its path. Nil when there is none.
    /// Throws `StoreError`.
    package func resource(_ arn: ARN) throws -> IdentityResource? {
        guard arn.service == "iam", let account = AccountID(arn.account), let name = arn.resource.split(separator: "/").last
        else { return nil }
        return try store.read { reader in
            let view = AccountView(account: account, reader: reader)
            switch arn.resource.prefix(while: { $0 != "/" }) {
            case "role":
                guard let role = try view.occupant(Role.self, of: String(name)) else { return nil }
                return IdentityResource(
                    arn: role.arn, trust: try? Policy(text: role.trustPolicy, as: .trust), tags: role.tags.forPolicies)
            case "group":
                return try view.occupant(Group.self, of: String(name)).map { IdentityResource(arn: $0.arn, tags: []) }
            case "user":
                guard let user = try view.occupant(User.self, of: String(name)) else { return nil }
                return IdentityResource(arn: user.arn, tags: user.tags.forPolicies)
            default: return nil
            }
        }
    }
}

extension AccountView {
    fileprivate func userPolicies(_ arn: ARN) throws -> PrincipalPolicies {
        let principal = RequestPrincipal.user(arn: arn.description, account: account)
        guard let name = arn.resource.split(separator: "/").last, let user = try occupant(User.self, of: String(name)),
              user.arn == arn.description else { return PrincipalPolicies(principal: principal) }
        let ofGroups = try groups(of: user).flatMap { try policies(of: $0) }
        return PrincipalPolicies(
            principal: principal, identity: try policies(of: user) + ofGroups, boundary: try boundary(of: user),
            tags: user.tags.forPolicies)
    }

    /// A session is its role's, limited by the policy it was opened with.
    fileprivate func sessionPolicies(_ arn: ARN, _ caller: Caller) throws -> PrincipalPolicies {
        let parts = arn.resource.split(separator: "/")
        guard parts.count == 3, parts[0] == "assumed-role", let role = try occupant(Role.self, of: String(parts[1])) else {
            return PrincipalPolicies(principal: .federatedUser(arn: arn.description, account: account))
        }
        let session = try caller.accessKeyID.flatMap { try reader.document(sessionKey($0), as: Session.self) }
        var made = PrincipalPolicies(
            principal: .session(arn: arn.description, roleARN: role.arn, account: account),
            identity: try policies(of: role), boundary: try boundary(of: role), session: try limits(of: session),
            tags: role.tags.merging(session?.tags ?? []).forPolicies)
        if let source = session?.sourceIdentity { made.context["aws:SourceIdentity"] = [source] }
        return made
    }

    private func policies<Holder: PolicyHolder>(of holder: Holder) throws -> [Policy] {
        try holder.inlinePolicies.map { try evaluable($0.document) }
            + holder.attachedPolicies.compactMap { arn in
                try findPolicy(arn: arn).map { try evaluable($0.version("v\($0.defaultNumber)").document) }
            }
    }

    /// Nil without a boundary; a boundary whose policy is gone allows nothing.
    func boundary<Holder: BoundaryHolder>(of holder: Holder) throws -> [Policy]? {
        guard let arn = holder.permissionsBoundary else { return nil }
        return try findPolicy(arn: arn).map { [try evaluable($0.version("v\($0.defaultNumber)").document)] } ?? []
    }

    /// What a session was opened with. AWS: doc — all session policies of one session together are one limit.
    private func limits(of session: Session?) throws -> [Policy]? {
        guard let session, session.policy != nil || session.policyARNs != nil else { return nil }
        let named = try (session.policyARNs ?? []).compactMap { arn in
            try findPolicy(arn: arn).map { try evaluable($0.version("v\($0.defaultNumber)").document) }
        }
        return try session.policy.map { [try evaluable($0)] + named } ?? named
    }

    /// A stored document was checked when it came in; one that cannot be read all the same allows nothing.
    private func evaluable(_ document: String) throws -> Policy {
        do { return try Policy(text: document, as: .identity) } catch {
            return try Policy(.object(["Statement": .list([])]), as: .identity)
        }
    }
}

extension [Tag] {
    /// A session's tags go before its role's.
    fileprivate func merging(_ added: [Tag]) -> [Tag] {
        filter { own in !added.contains { $0.key.lowercased() == own.key.lowercased() } } + added
    }

    fileprivate var forPolicies: [PrincipalPolicies.Tag] { map { PrincipalPolicies.Tag(key: $0.key, value: $0.value) } }
}
