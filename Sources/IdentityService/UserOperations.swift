import AWSModel
import Gateway
import SimTime
import Store
import Timeline
import Vocabulary

/// Whom an operation is about that may leave the user's name out.
enum KeyOwner {
    case root(AccountID)
    case user(User)

    /// The user named by the input, else the caller itself.
    /// Throws `NoSuchEntity`, or `ValidationError` for callers that are neither user nor root.
    init(_ input: IdentityInput, in view: AccountView) throws {
        if let name = input.optionalText("UserName") {
            self = .user(try view.holder(User.self, name))
        } else if input.caller.principalARN == "arn:aws:iam::\(view.account):root" {
            self = .root(view.account)
        } else if let arn = ARN(input.caller.principalARN), arn.service == "iam", arn.resource.hasPrefix("user/"),
                  let name = arn.resource.split(separator: "/").last {
            self = .user(try view.holder(User.self, String(name)))
        } else {
            // AWS: inferred — widely known wording.
            throw AWSFault.validationError("Must specify userName when calling with non-User credentials")
        }
    }

    /// Nil for root.
    var userName: String? { if case .user(let user) = self { user.name } else { nil } }

    var principalARN: String {
        switch self {
        case .root(let account): "arn:aws:iam::\(account):root"
        case .user(let user): user.arn
        }
    }

    var userID: String {
        switch self {
        case .root(let account): account.digits
        case .user(let user): user.id
        }
    }
}

extension IdentityService {
    /// CreateUser … DeleteUser. Policies of users are in `PolicyOperations.swift`.
    var userOperations: [Operation] { [createUser, getUser, listUsers, deleteUser] }

    /// What GetUser shows as root's creation: accounts are not created here, so it is the same for all.
    private static let rootCreatedAt = SimInstant(millisecondsSinceEpoch: 1_423_248_000_000)

    private var createUser: Operation {
        writing("CreateUser") { [mint] edit, input in
            let name = try input.text("UserName")
            guard try edit.view.occupant(User.self, of: name) == nil else {
                throw AWSFault.entityAlreadyExists("User with name \(name) already exists.")
            }
            let user = User(
                account: edit.view.account, name: name, path: input.path, id: mint.id(.user),
                createdAt: edit.turn.now.wholeSecond, tags: try [Tag]().merged(with: input.tags()),
                permissionsBoundary: try Self.boundary(input, edit.view))
            try edit.save(user)
            return ["User": user.output(listed: false)]
        }
    }

    private var getUser: Operation {
        reading("GetUser") { view, input in
            switch try KeyOwner(input, in: view) {
            case .user(let user): return ["User": user.output(listed: false)]
            case .root(let account):
                // AWS: inferred — root has neither a user name nor a path of its own.
                return ["User": [
                    "Path": "/", "UserId": .string(account.digits), "Arn": "arn:aws:iam::\(account.digits):root",
                    "CreateDate": .timestamp(Self.rootCreatedAt),
                ]]
            }
        }
    }

    private var listUsers: Operation {
        reading("ListUsers") { view, input in
            let prefix = input.pathPrefix
            let users = try view.holders(User.self).filter { $0.value.path.hasPrefix(prefix) }
            return try ListPage(of: users.map { ($0.name, $0.value) }, input)
                .output("Users") { $0.output(listed: true) }
        }
    }

    private var deleteUser: Operation {
        writing("DeleteUser") { edit, input in
            let user = try edit.view.holder(User.self, input.text("UserName"))
            try user.checkBare()
            guard user.groups?.isEmpty ?? true else {
                // AWS: inferred — widely known wording.
                throw AWSFault.deleteConflict("Cannot delete entity, must remove users from group first.")
            }
            guard try edit.view.accessKeys(userName: user.name).isEmpty else {
                // AWS: inferred — widely known wording.
                throw AWSFault.deleteConflict("Cannot delete entity, must delete access keys first.")
            }
            try edit.delete(user)
            return [:]
        }
    }
}
