import AWSModel
import Gateway
import SimTime
import Store
import Timeline
import Vocabulary

extension IdentityService {
    /// CreateRole … ListRoleTags. Policies of roles are in `PolicyOperations.swift`.
    var roleOperations: [Operation] {
        [
            createRole, getRole, listRoles, updateRole, updateRoleDescription, updateTrust, deleteRole,
            tagRole, untagRole, listRoleTags,
        ]
    }

    private var createRole: Operation {
        writing("CreateRole") { [mint] edit, input in
            let name = try input.text("RoleName")
            let document = try input.text("AssumeRolePolicyDocument")
            try Self.checkTrust(document, of: edit.view)
            guard try edit.view.occupant(Role.self, of: name) == nil else {
                throw AWSFault.entityAlreadyExists("Role with name \(name) already exists.")
            }
            let role = Role(
                account: edit.view.account, name: name, path: input.path, id: mint.id(.role),
                createdAt: edit.turn.now.wholeSecond, trustPolicy: document,
                description: input.optionalText("Description"),
                maxSessionSeconds: input.int("MaxSessionDuration") ?? 3600,
                tags: try [Tag]().merged(with: input.tags()),
                permissionsBoundary: try Self.boundary(input, edit.view))
            try edit.save(role)
            return ["Role": role.output(.created)]
        }
    }

    private var getRole: Operation {
        reading("GetRole", coverage: .partial("last use is not kept")) { view, input in
            ["Role": try view.holder(Role.self, input.text("RoleName")).output(.full)]
        }
    }

    private var listRoles: Operation {
        reading("ListRoles") { view, input in
            let prefix = input.pathPrefix
            let roles = try view.holders(Role.self).filter { $0.value.path.hasPrefix(prefix) }
            return try ListPage(of: roles.map { ($0.name, $0.value) }, input).output("Roles") { $0.output(.listed) }
        }
    }

    private var updateRole: Operation {
        changingRole("UpdateRole") { role, input in
            if let description = input.optionalText("Description") { role.description = description }
            if let seconds = input.int("MaxSessionDuration") { role.maxSessionSeconds = seconds }
            return [:]
        }
    }

    private var updateRoleDescription: Operation {
        changingRole("UpdateRoleDescription") { role, input in
            role.description = try input.text("Description")
            return ["Role": role.output(.listed)]
        }
    }

    private var updateTrust: Operation {
        writing("UpdateAssumeRolePolicy") { edit, input in
            var role = try edit.view.holder(Role.self, input.text("RoleName"))
            role.trustPolicy = try input.text("PolicyDocument")
            try Self.checkTrust(role.trustPolicy, of: edit.view)
            try edit.save(role)
            return [:]
        }
    }

    private var deleteRole: Operation {
        writing("DeleteRole") { edit, input in
            let role = try edit.view.holder(Role.self, input.text("RoleName"))
            try role.checkBare()
            try edit.delete(role)
            return [:]
        }
    }

    private var tagRole: Operation {
        changingRole("TagRole") { role, input in
            role.tags = try role.tags.merged(with: input.tags())
            return [:]
        }
    }

    private var untagRole: Operation {
        changingRole("UntagRole") { role, input in
            let keys = Set((input.object["TagKeys"]?.list ?? []).compactMap { $0.string?.lowercased() })
            role.tags.removeAll { keys.contains($0.key.lowercased()) }
            return [:]
        }
    }

    private var listRoleTags: Operation {
        reading("ListRoleTags") { view, input in
            let tags = try view.holder(Role.self, input.text("RoleName")).tags.sorted { $0.key < $1.key }
            return try ListPage(of: tags.map { ($0.key, $0) }, input).output("Tags", \.output)
        }
    }

    /// An operation that changes one role's record and nothing else.
    private func changingRole(
        _ name: String, _ change: @escaping @Sendable (inout Role, IdentityInput) throws -> AWSObject
    ) -> Operation {
        writing(name) { edit, input in
            var role = try edit.view.holder(Role.self, input.text("RoleName"))
            let output = try change(&role, input)
            try edit.save(role)
            return output
        }
    }

    /// Throws `MalformedPolicyDocument` or `LimitExceeded` unless `document` can be a trust policy in this account.
    private static func checkTrust(_ document: String, of view: AccountView) throws {
        let policy = try trustPolicy(document)
        guard policyCharacters(document) <= Role.trustCharactersMax else {
            // AWS: inferred — widely known wording.
            throw AWSFault.limitExceeded("Cannot exceed quota for ACLSizePerRole: \(Role.trustCharactersMax)")
        }
        try view.checkPrincipals(of: policy)
    }

    /// Reads a trust policy. Throws `MalformedPolicyDocument`.
    static func trustPolicy(_ document: String) throws -> PolicyDocument {
        do {
            return try PolicyDocument(document, as: .trust)
        } catch {
            throw AWSFault.malformedPolicy(error)
        }
    }

    /// Throws `MalformedPolicyDocument` unless `document` is an identity policy.
    static func checkIdentityPolicy(_ document: String) throws {
        do {
            _ = try PolicyDocument(document, as: .identity)
        } catch {
            throw AWSFault.malformedPolicy(error)
        }
    }

    /// What quotas count: white space is free.
    /// AWS: doc — IAM quotas.
    static func policyCharacters(_ document: String) -> Int {
        document.unicodeScalars.count { !$0.properties.isWhitespace }
    }
}
