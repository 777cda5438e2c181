import AWSModel
import Gateway
import PolicyRules
import RegistryRules
import SimTime
import Store
import Vocabulary

/// Who asks, on either face, and from where.
struct Principal: Sendable, Equatable {
    let caller: Caller
    let region: RegionName
    let network: NetworkPath
    let now: SimInstant
    /// Whether policies were asked before: by the gateway, or action by action on the registry's face.
    let isAuthorized: Bool

    var account: String { caller.account.digits }
    var arn: String { caller.principalARN }

    init(_ context: RequestContext) {
        self.init(
            caller: context.caller, region: context.region, network: context.network, now: context.now,
            isAuthorized: context.isAuthorized)
    }

    init(caller: Caller, region: RegionName, network: NetworkPath, now: SimInstant, isAuthorized: Bool) {
        self.caller = caller
        self.region = region
        self.network = network
        self.now = now
        self.isAuthorized = isAuthorized
    }

    /// What policies call the caller.
    fileprivate var policyPrincipal: RequestPrincipal {
        guard let arn = ARN(arn) else { return .root(caller.account) }
        let parts = arn.resource.split(separator: "/").map(String.init)
        switch (arn.service, parts.first) {
        case ("iam", "user"): return .user(arn: self.arn, account: caller.account)
        case ("sts", "assumed-role") where parts.count == 3:
            return .session(
                arn: self.arn, roleARN: "arn:aws:iam::\(caller.account):role/\(parts[1])", account: caller.account)
        case ("sts", "federated-user"): return .federatedUser(arn: self.arn, account: caller.account)
        default: return .root(caller.account)
        }
    }
}

/// What a registry's and a repository's policies say to callers of other accounts. Their own policies are not asked here:
/// a server that enforces them asks before (`Authorizer`).
enum CrossAccountAccess {
    /// Nil when one of `policies` allows and none denies; otherwise the text of the refusal.
    // AWS: doc/recorded — spec/ecr.md §E3, E4: both sides are needed across accounts.
    static func refusal(
        of principal: Principal, action: String, resource: String, owner: AccountID, policies: [String]
    ) -> String? {
        let own = principal.policyPrincipal
        let context = ConditionContext(
            RequestFacts(
                userID: principal.caller.userID, network: principal.network, isSecure: true, region: principal.region,
                now: principal.now, resourceAccount: owner),
            of: own, servicePrefix: "ecr")
        let request = AuthorizationRequest(
            principal: own, action: action, resource: resource, resourceAccount: owner, context: context)
        let decision = ApplicablePolicies(identity: everything, resource: policies.compactMap(read)).decision(on: request)
        return request.denialMessage(decision.verdict)
    }

    private static func read(_ text: String) -> Policy? {
        DocumentValue(parsing: Array(text.utf8)).flatMap { try? Policy(PolicyValue($0), as: .resource) }
    }

    private static let everything = [PolicyValue.object([
        "Statement": .object(["Effect": .string("Allow"), "Action": .string("*"), "Resource": .string("*")]),
    ])].compactMap { try? Policy($0, as: .identity) }
}

extension PolicyValue {
    fileprivate init(_ value: DocumentValue) {
        self = switch value {
        case .null: .null
        case .boolean(let flag): .boolean(flag)
        case .integer(let number): .number(Double(number))
        case .number(let number): .number(number)
        case .text(let text): .string(text)
        case .list(let items): .list(items.map(PolicyValue.init))
        case .object(let members):
            .object(Dictionary(members.map { ($0.key, PolicyValue($0.value)) }, uniquingKeysWith: { $1 }))
        }
    }
}

extension RepositoryRecord {
    /// The policies that speak about the repository: its own, and the registry's where that is about all actions.
    // AWS: doc — spec/ecr.md §E4, REGISTRY_POLICY_SCOPE V2; V1 is about replication and pull-through only.
    func policies(_ reader: StoreReader) throws -> [String] {
        let registry = try RegistryRecord.load(realm, reader)
        let isForAll = registry.accountSetting("REGISTRY_POLICY_SCOPE") == "V2"
        return [body.policy, isForAll ? registry.policy : nil].compactMap(\.self)
    }

    /// The repository itself, if `principal` may do `action` with it: its own account may, others need a policy.
    // AWS: recorded — spec/ecr.md §E3, AccessDeniedException across accounts.
    func checked(for principal: Principal, action: String, _ reader: StoreReader) throws -> RepositoryRecord {
        guard !principal.isAuthorized, principal.account != registry else { return self }
        let refusal = CrossAccountAccess.refusal(
            of: principal, action: action, resource: arn, owner: realm.account, policies: try policies(reader))
        if let refusal { throw ECRFault.accessDenied(refusal) }
        return self
    }
}

extension ECRService {
    /// Asks the policies, on a server that enforces them, whether a caller of the registry's face may do something.
    /// The gateway asks for operations. Throws AccessDeniedException.
    func authorize(_ principal: Principal, _ action: String, on resource: String) async throws {
        guard let authorizer else { return }
        let question = AccessQuestion(
            caller: principal.caller, action: action, resource: resource, region: principal.region,
            network: principal.network, now: principal.now)
        if let refusal = try await authorizer.refusal(of: question) { throw ECRFault.accessDenied(refusal.message) }
    }

    static func arn(of repository: String, in realm: Realm) -> String {
        ARN(service: "ecr", realm: realm, resource: "repository/\(repository)").description
    }
}
