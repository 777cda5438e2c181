import AWSModel
import Gateway
import HTTPServer
import SimTime
import Store
import Timeline
import Vocabulary

extension IdentityService {
    /// The nine operations on the inline and attached policies of a role or user: PutRolePolicy, PutUserPolicy, …
    func policyOperations<Holder: PolicyHolder>(of type: Holder.Type) -> [Operation] {
        inlinePolicyOperations(of: type) + attachmentOperations(of: type)
    }

    private func inlinePolicyOperations<Holder: PolicyHolder>(of type: Holder.Type) -> [Operation] {
        [
            writing("Put\(Holder.label)Policy") { edit, input in
                var holder = try edit.view.holder(type, input.text(Holder.nameMember))
                let policy = InlinePolicy(
                    name: try input.text("PolicyName"), document: try input.text("PolicyDocument"))
                try Self.checkIdentityPolicy(policy.document)
                holder.inlinePolicies.removeAll { $0.name == policy.name }
                holder.inlinePolicies.append(policy)
                guard holder.inlinePolicies.reduce(0, { $0 + Self.policyCharacters($1.document) })
                        <= Holder.inlineCharactersMax else {
                    // AWS: inferred — widely known wording.
                    throw AWSFault.limitExceeded(
                        "Maximum policy size of \(Holder.inlineCharactersMax) bytes exceeded for "
                            + "\(Holder.noun) \(holder.name)")
                }
                try edit.save(holder)
                return [:]
            },
            reading("Get\(Holder.label)Policy") { view, input in
                let holder = try view.holder(type, input.text(Holder.nameMember))
                let policy = try holder.inlinePolicy(input.text("PolicyName"))
                return [
                    Holder.nameMember: .string(holder.name), "PolicyName": .string(policy.name),
                    "PolicyDocument": .string(PercentCoding.percentEncoded(policy.document)),
                ]
            },
            reading("List\(Holder.label)Policies") { view, input in
                let names = try view.holder(type, input.text(Holder.nameMember)).inlinePolicies.map(\.name).sorted()
                return try ListPage(of: names.map { ($0, $0) }, input).output("PolicyNames") { .string($0) }
            },
            writing("Delete\(Holder.label)Policy") { edit, input in
                var holder = try edit.view.holder(type, input.text(Holder.nameMember))
                let policy = try holder.inlinePolicy(input.text("PolicyName"))
                holder.inlinePolicies.removeAll { $0.name == policy.name }
                try edit.save(holder)
                return [:]
            },
        ]
    }

    private func attachmentOperations<Holder: PolicyHolder>(of type: Holder.Type) -> [Operation] {
        [
            writing("Attach\(Holder.label)Policy") { edit, input in
                var holder = try edit.view.holder(type, input.text(Holder.nameMember))
                let arn = try input.text("PolicyArn")
                guard try edit.view.findPolicy(arn: arn) != nil else {
                    throw AWSFault.noSuchEntity("Policy \(arn) does not exist or is not attachable.")
                }
                if holder.attachedPolicies.contains(arn) { return [:] }
                guard holder.attachedPolicies.count < Holder.attachmentsMax else {
                    // AWS: inferred — widely known wording.
                    throw AWSFault.limitExceeded(
                        "Cannot exceed quota for PoliciesPer\(Holder.label): \(Holder.attachmentsMax)")
                }
                holder.attachedPolicies.append(arn)
                try edit.save(holder)
                try edit.countAttachment(of: arn, by: 1)
                return [:]
            },
            writing("Detach\(Holder.label)Policy") { edit, input in
                var holder = try edit.view.holder(type, input.text(Holder.nameMember))
                let arn = try input.text("PolicyArn")
                _ = try edit.view.findPolicy(arn: arn)
                guard let index = holder.attachedPolicies.firstIndex(of: arn) else {
                    throw AWSFault.policyNotFound(arn)
                }
                holder.attachedPolicies.remove(at: index)
                try edit.save(holder)
                try edit.countAttachment(of: arn, by: -1)
                return [:]
            },
            reading("ListAttached\(Holder.label)Policies") { view, input in
                let prefix = input.pathPrefix
                let attached = try view.holder(type, input.text(Holder.nameMember)).attachedPolicies
                    .compactMap { try view.findPolicy(arn: $0) }
                    .filter { $0.path.hasPrefix(prefix) }
                    .map { (key: "\($0.name) \($0.arn)", item: $0) }
                    .sorted { $0.key < $1.key }
                return try ListPage(of: attached, input).output("AttachedPolicies") {
                    ["PolicyName": .string($0.name), "PolicyArn": .string($0.arn)]
                }
            },
        ]
    }
}
