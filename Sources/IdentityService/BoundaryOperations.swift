import AWSModel
import Gateway
import Store
import Timeline

/// Who may be limited by a permissions boundary: roles and users.
protocol BoundaryHolder: PolicyHolder {
    /// The ARN of a managed policy.
    var permissionsBoundary: String? { get set }
}

extension Role: BoundaryHolder {}
extension User: BoundaryHolder {}

extension BoundaryHolder {
    /// AWS: doc — GetRole's example shows the type `Policy`.
    var boundaryOutput: AWSValue? {
        permissionsBoundary.map { ["PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": .string($0)] }
    }
}

extension IdentityService {
    /// PutRolePermissionsBoundary and its three kin.
    func boundaryOperations<Holder: BoundaryHolder>(of type: Holder.Type) -> [Operation] {
        [
            writing("Put\(Holder.label)PermissionsBoundary") { edit, input in
                var holder = try edit.view.holder(type, input.text(Holder.nameMember))
                holder.permissionsBoundary = try Self.boundary(input, edit.view)
                try edit.save(holder)
                return [:]
            },
            writing("Delete\(Holder.label)PermissionsBoundary") { edit, input in
                var holder = try edit.view.holder(type, input.text(Holder.nameMember))
                holder.permissionsBoundary = nil
                try edit.save(holder)
                return [:]
            },
        ]
    }

    /// The `PermissionsBoundary` member, an existing policy's ARN; nil when it is absent.
    /// Throws `NoSuchEntity` when there is no such policy.
    static func boundary(_ input: IdentityInput, _ view: AccountView) throws -> String? {
        guard let arn = input.optionalText("PermissionsBoundary") else { return nil }
        guard try view.findPolicy(arn: arn) != nil else {
            // AWS: inferred — widely known wording.
            throw AWSFault.noSuchEntity("Scope ARN: \(arn) does not exist or is not attachable.")
        }
        return arn
    }
}
