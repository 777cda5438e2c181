import AWSModel
import Gateway
import SimTime
import Store
import Timeline
import Vocabulary

/// A group of users, as stored. Who is in it is kept with the users.
struct Group: PolicyHolder {
    static let noun = "group"
    static let label = "Group"
    /// AWS: doc — IAM quotas.
    static let inlineCharactersMax = 5_120
    /// AWS: doc — IAM quotas, groups a user can be in.
    static let groupsPerUserMax = 10

    let account: AccountID
    let name: String
    let path: String
    let id: String
    let createdAt: SimInstant
    var inlinePolicies: [InlinePolicy] = []
    var attachedPolicies: [String] = []

    var arn: String { "arn:aws:iam::\(account):group\(path)\(name)" }

    var output: AWSValue {
        [
            "Path": .string(path), "GroupName": .string(name), "GroupId": .string(id), "Arn": .string(arn),
            "CreateDate": .timestamp(createdAt),
        ]
    }
}

extension IdentityService {
    /// CreateGroup … ListGroupsForUser. Policies of groups are in `PolicyOperations.swift`.
    var groupOperations: [Operation] {
        [createGroup, getGroup, listGroups, deleteGroup, addUser, removeUser, listGroupsForUser]
    }

    private var createGroup: Operation {
        writing("CreateGroup") { [mint] edit, input in
            let name = try input.text("GroupName")
            guard try edit.view.occupant(Group.self, of: name) == nil else {
                throw AWSFault.entityAlreadyExists("Group with name \(name) already exists.")
            }
            let group = Group(
                account: edit.view.account, name: name, path: input.path, id: mint.id(.group),
                createdAt: edit.turn.now.wholeSecond)
            try edit.save(group)
            return ["Group": group.output]
        }
    }

    private var getGroup: Operation {
        reading("GetGroup") { view, input in
            let group = try view.holder(Group.self, input.text("GroupName"))
            let users = try view.members(of: group).map { ($0.name, $0) }
            return try ListPage(of: users, input).output("Users") { $0.output(listed: true) }
                .adding("Group", group.output)
        }
    }

    private var listGroups: Operation {
        reading("ListGroups") { view, input in
            let prefix = input.pathPrefix
            let groups = try view.holders(Group.self).filter { $0.value.path.hasPrefix(prefix) }
            return try ListPage(of: groups.map { ($0.name, $0.value) }, input).output("Groups", \.output)
        }
    }

    private var deleteGroup: Operation {
        writing("DeleteGroup") { edit, input in
            let group = try edit.view.holder(Group.self, input.text("GroupName"))
            guard try edit.view.members(of: group).isEmpty else {
                // AWS: inferred — widely known wording.
                throw AWSFault.deleteConflict("Cannot delete entity, must remove users from group first.")
            }
            try group.checkBare()
            try edit.delete(group)
            return [:]
        }
    }

    private var addUser: Operation {
        writing("AddUserToGroup") { edit, input in
            let group = try edit.view.holder(Group.self, input.text("GroupName"))
            var user = try edit.view.holder(User.self, input.text("UserName"))
            var groups = user.groups ?? []
            if groups.contains(group.name) { return [:] }
            guard groups.count < Group.groupsPerUserMax else {
                // AWS: inferred — widely known wording.
                throw AWSFault.limitExceeded("Cannot exceed quota for GroupsPerUser: \(Group.groupsPerUserMax)")
            }
            groups.append(group.name)
            user.groups = groups
            try edit.save(user)
            return [:]
        }
    }

    private var removeUser: Operation {
        writing("RemoveUserFromGroup") { edit, input in
            let group = try edit.view.holder(Group.self, input.text("GroupName"))
            var user = try edit.view.holder(User.self, input.text("UserName"))
            user.groups?.removeAll { $0 == group.name }
            try edit.save(user)
            return [:]
        }
    }

    private var listGroupsForUser: Operation {
        reading("ListGroupsForUser") { view, input in
            let user = try view.holder(User.self, input.text("UserName"))
            let groups = try view.groups(of: user).sorted { $0.name < $1.name }
            return try ListPage(of: groups.map { ($0.name, $0) }, input).output("Groups", \.output)
        }
    }
}

extension AccountView {
    /// The groups a user is in.
    func groups(of user: User) throws -> [Group] {
        try (user.groups ?? []).compactMap { try occupant(Group.self, of: $0) }
    }

    fileprivate func members(of group: Group) throws -> [User] {
        try holders(User.self).map(\.value).filter { $0.groups?.contains(group.name) ?? false }
    }
}

extension AWSObject {
    fileprivate func adding(_ member: String, _ value: AWSValue) -> AWSObject {
        var object = self
        object[member] = value
        return object
    }
}
