import AWSModel
import Gateway
import PolicyRules
import Vocabulary

extension IdentityService {
    /// SimulateCustomPolicy and SimulatePrincipalPolicy.
    var simulationOperations: [Operation] {
        [
            reading("SimulateCustomPolicy", coverage: Self.simulationCoverage, refusing: ["ResourceHandlingOption"]) {
                view, input in
                let caller = try input.callerUser
                if input.optionalText("ResourcePolicy") != nil, caller == nil { throw AWSFault.callerIsRequired }
                // Policies that belong to a principal do not ask who it is: any user will do.
                let nobody = RequestPrincipal.user(
                    arn: "arn:aws:iam::\(view.account):user/simulated", account: view.account)
                return try Self.simulate(caller ?? nobody, [], input)
            },
            reading("SimulatePrincipalPolicy", coverage: Self.simulationCoverage, refusing: ["ResourceHandlingOption"]) {
                view, input in
                let (source, policies, boundary) = try view.simulatedSource(arn: input.text("PolicySourceArn"))
                let caller = try input.callerUser
                if input.optionalText("ResourcePolicy") != nil, caller == nil, !source.isUser {
                    throw AWSFault.callerIsRequired
                }
                return try Self.simulate(
                    caller ?? source, policies, input, boundary: try boundary.flatMap { try view.findPolicy(arn: $0) })
            },
        ]
    }

    private static let simulationCoverage = Operation.Coverage.partial(
        "no details of cross-account decisions; context values are not checked against their type")

    /// Evaluates the page of actions that is asked for, on the policies given and those of the input.
    private static func simulate(
        _ principal: RequestPrincipal, _ policies: [SimulatedPolicy], _ input: IdentityInput,
        boundary own: ManagedPolicy? = nil
    ) throws -> AWSObject {
        let boundaries = input.texts("PermissionsBoundaryPolicyInputList")
        guard boundaries.count <= 1 else {
            // AWS: doc for the limit, inferred wording.
            throw AWSFault.invalidInput("Only one permissions boundary policy can be specified.")
        }
        let resources = input.texts("ResourceArns")
        let owner = try input.optionalText("ResourceOwner").map(account)
        let simulation = PolicySimulation(
            identity: try policies + input.texts("PolicyInputList").enumerated().map { index, text in
                try SimulatedPolicy(id: "PolicyInputList.\(index + 1)", text: text)
            },
            boundary: try boundaries.first.map {
                try SimulatedPolicy(id: "PermissionsBoundaryPolicyInputList.1", text: $0)
            } ?? own.map { try SimulatedPolicy(id: $0.name, text: $0.version("v\($0.defaultNumber)").document) },
            resourcePolicy: try input.optionalText("ResourcePolicy").map {
                try SimulatedPolicy(id: "ResourcePolicy", text: $0, as: .resource)
            },
            principal: principal, resourceOwner: owner, resources: resources.isEmpty ? ["*"] : resources,
            context: input.simulatedContext)
        let actions = try input.texts("ActionNames").enumerated().map { index, action in
            guard isActionName(action) else {
                // AWS: doc for the rule, inferred wording.
                throw AWSFault.invalidInput("Invalid action name \(action).")
            }
            // Markers compare keys as text, so numbers get a fixed width.
            return (key: String("0000000\(index)".suffix(8)), item: action)
        }
        return try ListPage(of: actions, input).output("EvaluationResults", simulation.result)
    }

    /// `service:Operation` without wildcards.
    private static func isActionName(_ text: String) -> Bool {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        return parts.count == 2 && parts.allSatisfy { !$0.isEmpty } && !text.contains("*") && !text.contains("?")
    }

    /// An account by its id or by the ARN of its root.
    private static func account(_ text: String) throws -> AccountID {
        if let account = AccountID(text) { return account }
        guard let arn = ARN(text), arn.service == "iam", arn.resource == "root", let account = AccountID(arn.account)
        else { throw AWSFault.invalidInput("ARN \(text) is not valid.") }
        return account
    }
}

extension AccountView {
    /// The user, role or group of that ARN with its policies, inline ones first, and the ARN of its boundary.
    /// Throws `NoSuchEntity` when there is none, `InvalidInput` for the ARN of anything else.
    fileprivate func simulatedSource(
        arn text: String
    ) throws -> (principal: RequestPrincipal, policies: [SimulatedPolicy], boundary: String?) {
        guard let arn = ARN(text), arn.service == "iam", let name = arn.resource.split(separator: "/").last
        else { throw AWSFault.invalidInput("ARN \(text) is not valid.") }
        switch arn.resource.prefix(while: { $0 != "/" }) {
        case "user":
            guard let user = try occupant(User.self, of: String(name)), user.arn == text
            else { throw AWSFault.noSuchEntity("The user with name \(name) cannot be found.") }
            let ofGroups = try groups(of: user).flatMap { try policies(of: $0) }
            return (.user(arn: text, account: account), try policies(of: user) + ofGroups, user.permissionsBoundary)
        case "role":
            guard let role = try role(arn: text)
            else { throw AWSFault.noSuchEntity("The role with name \(name) cannot be found.") }
            return (.session(arn: text, roleARN: text, account: account), try policies(of: role), role.permissionsBoundary)
        case "group":
            guard let group = try occupant(Group.self, of: String(name)), group.arn == text
            else { throw AWSFault.noSuchEntity("The group with name \(name) cannot be found.") }
            return (.user(arn: text, account: account), try policies(of: group), nil)
        default: throw AWSFault.invalidInput("ARN \(text) is not valid.")
        }
    }

    /// AWS: recorded — an attached policy goes by its name, an inline one by its holder's kind, name and its own name.
    private func policies<Holder: PolicyHolder>(of holder: Holder) throws -> [SimulatedPolicy] {
        let inline = try holder.inlinePolicies.map {
            try SimulatedPolicy(id: "\(Holder.noun)_\(holder.name)_\($0.name)", text: $0.document)
        }
        let attached = try holder.attachedPolicies.map { arn in
            let policy = try policy(arn: arn)
            return try SimulatedPolicy(
                id: policy.name, text: policy.version("v\(policy.defaultNumber)").document)
        }
        return inline + attached
    }
}

extension IdentityInput {
    /// The `CallerArn` member. Throws `InvalidInput` unless it is a user's.
    fileprivate var callerUser: RequestPrincipal? {
        get throws {
            guard let text = optionalText("CallerArn") else { return nil }
            guard let arn = ARN(text), arn.service == "iam", arn.resource.hasPrefix("user/"),
                  let account = AccountID(arn.account) else {
                // AWS: doc for the rule, inferred wording.
                throw AWSFault.invalidInput("Invalid CallerArn \(text): only the ARN of an IAM user can be specified.")
            }
            return .user(arn: text, account: account)
        }
    }

    fileprivate func texts(_ member: String) -> [String] { (object[member]?.list ?? []).compactMap(\.string) }

    /// Nothing but what the input says: the simulator adds no keys of its own.
    fileprivate var simulatedContext: ConditionContext {
        ConditionContext((object["ContextEntries"]?.list ?? []).compactMap { entry in
            guard let name = entry["ContextKeyName"]?.string else { return nil }
            return (key: name, values: (entry["ContextKeyValues"]?.list ?? []).compactMap(\.string))
        })
    }
}

extension RequestPrincipal {
    fileprivate var isUser: Bool { if case .user = self { true } else { false } }
}

extension AWSFault {
    /// AWS: doc for the rule, inferred wording.
    fileprivate static let callerIsRequired = invalidInput(
        "CallerArn is required when a ResourcePolicy is specified for a principal that is not an IAM user.")
}
