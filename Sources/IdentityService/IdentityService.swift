package import AWSModel
package import Gateway
package import Store
import Synchronization
package import Timeline

/// STS and IAM: who a caller is, and the roles, users, policies and keys of each account.
/// What permissions mean is for `AccessControl` to decide; `Permissions.swift` hands them over.
package final class IdentityService: Service, CallerDirectory {
    static let iam = ServiceID("iam")
    static let sts = ServiceID("sts")

    let store: Store
    let timeline: Timeline
    let mint: IdentityMint
    let keys = KeyRing()
    let verifier = Mutex<(any WebIdentityVerifier)?>(nil)
    let permissions = PermissionCache()

    /// Loads every issued key. Throws `StoreError`.
    /// - Parameter random: where ids, secrets and tokens come from; tests give a seeded one.
    package init(
        store: Store, timeline: Timeline,
        random: any RandomNumberGenerator & Sendable = SystemRandomNumberGenerator()
    ) throws {
        self.store = store
        self.timeline = timeline
        mint = IdentityMint(random: random)
        try keys.load(from: store)
    }

    /// Tells who verifies the tokens that AssumeRoleWithWebIdentity takes.
    package func verifyWebIdentities(with verifier: any WebIdentityVerifier) {
        self.verifier.withLock { $0 = verifier }
    }

    package var operations: [ServiceID: [Operation]] {
        [
            Self.iam: roleOperations + userOperations + accessKeyOperations + managedPolicyOperations
                + policyOperations(of: Role.self) + policyOperations(of: User.self) + simulationOperations
                + groupOperations + policyOperations(of: Group.self)
                + boundaryOperations(of: Role.self) + boundaryOperations(of: User.self),
            Self.sts: sessionOperations + webIdentityOperations,
        ]
    }

    /// Nil for a key this server did not issue, or that is switched off, deleted or past its expiration.
    package func caller(accessKeyID: String) -> Caller? {
        if case .active(let caller) = standing(accessKeyID: accessKeyID) { caller } else { nil }
    }

    /// What the key is worth now.
    package func standing(accessKeyID: String) -> AccessKeyStanding {
        keys.standing(accessKeyID) { timeline.now }
    }

    /// Takes over the store's keys after its content was erased or replaced. Throws `StoreError`.
    package func reload() throws {
        try keys.load(from: store)
        permissions.clear()
    }

    // MARK: Making operations

    /// An operation that only reads.
    func reading(
        _ name: String, coverage: Operation.Coverage = .full, refusing refusedMembers: [String] = [],
        _ body: @escaping @Sendable (AccountView, IdentityInput) throws -> AWSObject
    ) -> Operation {
        Operation(name, coverage: coverage, refusedMembers: refusedMembers) { [store] request in
            let input = IdentityInput(request)
            return OperationResponse(try store.read { reader in
                try body(AccountView(account: input.caller.account, reader: reader), input)
            })
        }
    }

    /// An operation that is one turn of the timeline.
    func writing(
        _ name: String, coverage: Operation.Coverage = .full, refusing refusedMembers: [String] = [],
        _ body: @escaping @Sendable (AccountEdit, IdentityInput) throws -> AWSObject
    ) -> Operation {
        Operation(name, coverage: coverage, refusedMembers: refusedMembers) { [timeline, permissions] request in
            let input = IdentityInput(request)
            return OperationResponse(try await timeline.turn { turn in
                turn.afterCommit { permissions.clear() }
                return try body(AccountEdit(turn, input.caller.account), input)
            })
        }
    }
}
