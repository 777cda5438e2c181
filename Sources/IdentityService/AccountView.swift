import AWSModel
import Gateway
import SimTime
import Store
import Timeline
import Vocabulary

/// One account's identities, within one read of the store.
/// Documents are keyed by the name in lower case: names are unique without regard to case, while look-ups are exact.
struct AccountView {
    static let keyService = "iam"
    static let accessKeyType = "access-key"
    static let sessionService = "sts"
    static let sessionType = "session"

    let account: AccountID
    let reader: StoreReader

    /// The same read, of another account: roles are assumed and trusted across accounts.
    func view(of other: AccountID) -> AccountView { AccountView(account: other, reader: reader) }

    // MARK: Keys

    func key(_ type: String, _ name: String) -> DocumentKey { collection(type).key(name) }

    func collection(_ type: String) -> DocumentCollection {
        DocumentCollection(.global(account), service: Self.keyService, type: type)
    }

    func sessionKey(_ id: String) -> DocumentKey {
        DocumentCollection(.global(account), service: Self.sessionService, type: Self.sessionType).key(id)
    }

    // MARK: Roles and users

    /// The holder that takes the name, in whatever case.
    func occupant<Holder: PolicyHolder>(_ type: Holder.Type, of name: String) throws -> Holder? {
        try reader.document(key(Holder.noun, name.lowercased()), as: type)
    }

    /// Throws `NoSuchEntity` unless there is one of exactly that name.
    func holder<Holder: PolicyHolder>(_ type: Holder.Type, _ name: String) throws -> Holder {
        guard let holder = try occupant(type, of: name), holder.name == name else {
            throw AWSFault.noSuchEntity("The \(Holder.noun) with name \(name) cannot be found.")
        }
        return holder
    }

    func holders<Holder: PolicyHolder>(_ type: Holder.Type) throws -> [(name: String, value: Holder)] {
        try reader.documents(collection(Holder.noun), as: type)
    }

    /// The role of exactly that ARN, path and case included; nil when this account has none.
    func role(arn: String) throws -> Role? {
        guard let name = arn.split(separator: "/").last else { return nil }
        let role = try occupant(Role.self, of: String(name))
        return role?.arn == arn ? role : nil
    }

    // MARK: Managed policies

    /// The customer's policy that takes the name, in whatever case.
    func policyOccupant(of name: String) throws -> ManagedPolicy? {
        try reader.document(key("policy", name.lowercased()), as: ManagedPolicy.self)
    }

    /// A policy this account may use: its own or one of AWS's. Nil when there is none.
    /// Throws `InvalidInput` for what is no policy's ARN.
    func findPolicy(arn text: String) throws -> ManagedPolicy? {
        guard let arn = ARN(text), arn.service == "iam", arn.resource.hasPrefix("policy/"),
              let name = arn.resource.split(separator: "/").last else {
            // AWS: inferred — widely known wording.
            throw AWSFault.invalidInput("ARN \(text) is not valid.")
        }
        if arn.account == "aws" { return AWSManagedPolicies.policy(arn: text) }
        guard arn.account == account.digits else { return nil }
        let policy = try policyOccupant(of: String(name))
        return policy?.arn == text ? policy : nil
    }

    /// Throws `NoSuchEntity` when there is none.
    func policy(arn: String) throws -> ManagedPolicy {
        guard let policy = try findPolicy(arn: arn) else { throw AWSFault.policyNotFound(arn) }
        return policy
    }

    /// A policy this account may change. Throws `AccessDenied` for AWS's own.
    func ownPolicy(arn: String) throws -> ManagedPolicy {
        let policy = try policy(arn: arn)
        // AWS: inferred.
        guard policy.account != nil else { throw AWSFault.accessDenied("Policy is outside your own account.") }
        return policy
    }

    func attachmentCount(of arn: String) throws -> Int {
        try reader.document(key("policy-use", arn), as: PolicyUse.self)?.attachmentCount ?? 0
    }

    func policiesInUse() throws -> [String: Int] {
        let uses = try reader.documents(collection("policy-use"), as: PolicyUse.self)
        return Dictionary(uniqueKeysWithValues: uses.map { ($0.name, $0.value.attachmentCount) })
    }

    // MARK: Access keys

    /// The keys of a user, or of root for nil, ordered by id.
    func accessKeys(userName: String?) throws -> [AccessKey] {
        try reader.documents(collection(Self.accessKeyType), as: AccessKey.self).map(\.value)
            .filter { $0.userName == userName }
    }

    /// Throws `NoSuchEntity` when that user, or root for nil, has no such key.
    func accessKey(_ id: String, userName: String?) throws -> AccessKey {
        let found = try reader.document(key(Self.accessKeyType, id), as: AccessKey.self)
        guard let found, found.userName == userName
        else { throw AWSFault.noSuchEntity("The Access Key with id \(id) cannot be found.") }
        return found
    }

    // MARK: Trust

    /// Throws `MalformedPolicyDocument` when a principal of the policy is none, or does not exist.
    func checkPrincipals(of policy: PolicyDocument) throws {
        for statement in policy.statements {
            for case .aws(let value) in statement.principals where try !isPrincipal(value) {
                throw AWSFault.malformedPolicy(.invalidPrincipal(kind: "AWS", value: value))
            }
        }
    }

    private func isPrincipal(_ value: String) throws -> Bool {
        if AccountID(value) != nil { return true }
        guard let arn = ARN(value), let account = AccountID(arn.account), arn.region.isEmpty else { return false }
        let owner = view(of: account)
        let parts = arn.resource.split(separator: "/", omittingEmptySubsequences: false)
        guard let name = parts.last.map(String.init), !name.isEmpty else { return false }
        switch (arn.service, parts[0], parts.count) {
        case ("iam", "root", 1): return true
        case ("iam", "role", 2...): return try owner.role(arn: value) != nil
        case ("iam", "user", 2...): return try owner.occupant(User.self, of: name)?.arn == value
        case ("sts", "assumed-role", 3):
            let role = String(parts[1])
            return try owner.occupant(Role.self, of: role)?.name == role
        case ("sts", "federated-user", 2): return true
        default: return false
        }
    }
}

/// One account's identities within a turn that changes them.
struct AccountEdit {
    let turn: Turn
    let view: AccountView

    init(_ turn: Turn, _ account: AccountID) {
        self.turn = turn
        view = AccountView(account: account, reader: turn.transaction)
    }

    func save<Holder: PolicyHolder>(_ holder: Holder) throws {
        try turn.transaction.put(view.key(Holder.noun, holder.name.lowercased()), holder)
    }

    func delete<Holder: PolicyHolder>(_ holder: Holder) throws {
        try turn.transaction.delete(view.key(Holder.noun, holder.name.lowercased()))
    }

    func save(_ policy: ManagedPolicy) throws {
        try turn.transaction.put(view.key("policy", policy.name.lowercased()), policy)
    }

    func delete(_ policy: ManagedPolicy) throws {
        try turn.transaction.delete(view.key("policy", policy.name.lowercased()))
    }

    /// Books one attachment more or less.
    func countAttachment(of arn: String, by change: Int) throws {
        let count = try view.attachmentCount(of: arn) + change
        let key = view.key("policy-use", arn)
        if count > 0 {
            try turn.transaction.put(key, PolicyUse(attachmentCount: count))
        } else {
            try turn.transaction.delete(key)
        }
    }
}
