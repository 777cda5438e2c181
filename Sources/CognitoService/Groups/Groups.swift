import AWSModel
import Gateway
import IdentityRules
import SimTime

/// A group of a pool's users.
struct Group: Stored {
    let poolID: String
    let name: String
    var description: String?
    var roleARN: String?
    var precedence: Int?
    let created: SimInstant
    var modified: SimInstant

    static func type(_ poolID: String) -> String { "group/\(poolID)" }
    var storedName: String { name }
    var membership: GroupMembership { GroupMembership(name: name, roleARN: roleARN, precedence: precedence) }

    var output: AWSValue {
        [
            "GroupName": .string(name), "UserPoolId": .string(poolID), "Description": description.map { .string($0) },
            "RoleArn": roleARN.map { .string($0) }, "Precedence": precedence.map { .integer(Int64($0)) },
            "LastModifiedDate": .timestamp(modified), "CreationDate": .timestamp(created),
        ]
    }
}

extension Directory {
    /// Throws `ResourceNotFoundException`.
    func group(_ input: CognitoInput, of pool: Pool) throws -> Group {
        guard let group = try one(Group.self, input.text("GroupName"), of: pool) else { throw AWSFault.noGroup }
        return group
    }

    func groups(of user: User, in pool: Pool) throws -> [Group] {
        try user.groups.compactMap { try one(Group.self, $0, of: pool) }.sorted { $0.name < $1.name }
    }
}

extension CognitoService {
    /// Groups and who is in them.
    var groupOperations: [Operation] {
        [
            createGroup, getGroup, updateGroup, deleteGroup, listGroups, addUserToGroup, removeUserFromGroup,
            listGroupsForUser, listUsersInGroup,
        ]
    }

    private var createGroup: Operation {
        writing("CreateGroup") { edit, input in
            let pool = try edit.directory.pool(input)
            let name = try input.text("GroupName")
            guard try edit.directory.one(Group.self, name, of: pool) == nil else {
                throw AWSFault.cognito("GroupExistsException", "A group with the name already exists.")
            }
            let group = Group(
                poolID: pool.id, name: name, description: input.optionalText("Description"),
                roleARN: input.optionalText("RoleArn"), precedence: input.int("Precedence"), created: edit.now, modified: edit.now)
            try edit.save(group)
            return ["Group": group.output]
        }
    }

    private var getGroup: Operation {
        reading("GetGroup") { directory, input in
            ["Group": try directory.group(input, of: directory.pool(input)).output]
        }
    }

    private var updateGroup: Operation {
        writing("UpdateGroup") { edit, input in
            var group = try edit.directory.group(input, of: edit.directory.pool(input))
            if let text = input.optionalText("Description") { group.description = text }
            if let arn = input.optionalText("RoleArn") { group.roleARN = arn }
            if let precedence = input.int("Precedence") { group.precedence = precedence }
            group.modified = edit.now
            try edit.save(group)
            return ["Group": group.output]
        }
    }

    private var deleteGroup: Operation {
        writing("DeleteGroup") { edit, input in
            let pool = try edit.directory.pool(input)
            let group = try edit.directory.group(input, of: pool)
            for var user in try edit.directory.users(of: pool) where user.groups.contains(group.name) {
                user.groups.removeAll { $0 == group.name }
                try edit.save(user)
            }
            try edit.delete(group)
            return [:]
        }
    }

    private var listGroups: Operation {
        reading("ListGroups") { directory, input in
            let pool = try directory.pool(input)
            return try Self.page(of: directory.all(Group.self, of: pool), input, list: input.list(pool.id))
        }
    }

    private var addUserToGroup: Operation {
        changingMembership("AdminAddUserToGroup") { user, group in
            if !user.groups.contains(group) { user.groups.append(group) }
        }
    }

    private var removeUserFromGroup: Operation {
        changingMembership("AdminRemoveUserFromGroup") { user, group in user.groups.removeAll { $0 == group } }
    }

    private func changingMembership(
        _ name: String, _ change: @escaping @Sendable (inout User, String) -> Void
    ) -> Operation {
        writing(name) { edit, input in
            let pool = try edit.directory.pool(input)
            let group = try edit.directory.group(input, of: pool)
            var user = try edit.directory.requiredUser(input.text("Username"), in: pool)
            change(&user, group.name)
            try edit.save(user)
            return [:]
        }
    }

    private var listGroupsForUser: Operation {
        reading("AdminListGroupsForUser") { directory, input in
            let pool = try directory.pool(input)
            let user = try directory.requiredUser(input.text("Username"), in: pool)
            return try Self.page(
                of: directory.groups(of: user, in: pool), input, list: input.list(pool.id, user.username))
        }
    }

    private var listUsersInGroup: Operation {
        reading("ListUsersInGroup") { directory, input in
            let pool = try directory.pool(input)
            let group = try directory.group(input, of: pool)
            let members = try directory.users(of: pool).filter { $0.groups.contains(group.name) }
            let page = try CognitoPage(
                of: members.map { ($0.username, $0) }.sorted { $0.0 < $1.0 }, size: input.int("Limit") ?? 60,
                token: input.optionalText("NextToken"), list: input.list(pool.id, group.name))
            return [
                "Users": .list(page.items.map { $0.listed(only: nil) }), "NextToken": page.next.map { .string($0) },
            ]
        }
    }

    private static func page(of groups: [Group], _ input: CognitoInput, list: String) throws -> AWSObject {
        let page = try CognitoPage(
            of: groups.map { ($0.name, $0) }.sorted { $0.0 < $1.0 }, size: input.int("Limit") ?? 60,
            token: input.optionalText("NextToken"), list: list)
        return ["Groups": .list(page.items.map(\.output)), "NextToken": page.next.map { .string($0) }]
    }
}
