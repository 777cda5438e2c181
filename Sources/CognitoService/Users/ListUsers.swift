import AWSModel
import Gateway
import IdentityRules

extension CognitoService {
    /// ListUsers.
    var userListOperations: [Operation] { [listUsers] }

    // AWS: doc — spec/cognito.md §D14.
    private var listUsers: Operation {
        reading("ListUsers") { directory, input in
            let pool = try directory.pool(input)
            let filter = try Self.filter(input.optionalText("Filter"))
            var users = try directory.users(of: pool)
            if let filter {
                let isCaseSensitive = pool.naming.isCaseSensitive
                users = users.filter { filter.matches($0.searched(filter.attribute), isCaseSensitive: isCaseSensitive) }
            }
            let order = filter?.attribute ?? "username"
            let keyed = users.map { (key: ($0.searched(order) ?? "") + "\u{0}" + $0.username, item: $0) }
            let page = try CognitoPage(
                of: keyed.sorted { $0.key < $1.key }, size: input.int("Limit").flatMap { $0 == 0 ? nil : $0 } ?? 60,
                token: input.optionalText("PaginationToken"),
                list: input.list(pool.id, input.optionalText("Filter") ?? ""))
            let names = try Self.shownNames(input, pool, page.items)
            return [
                "Users": .list(page.items.map { $0.listed(only: names) }), "PaginationToken": page.next.map { .string($0) },
            ]
        }
    }

    private static func filter(_ text: String?) throws -> UserFilter? {
        guard let text, !text.isEmpty else { return nil }
        do {
            return try UserFilter(text)
        } catch .unparsable {
            throw AWSFault.invalidParameter("Error while parsing filter")
        } catch .attributeNotSearchable(let name) {
            throw AWSFault.invalidParameter("Invalid search attribute: \(name)")
        }
    }

    private static func shownNames(_ input: CognitoInput, _ pool: Pool, _ users: [User]) throws -> Set<String>? {
        guard input.object["AttributesToGet"] != nil else { return nil }
        let names = input.texts("AttributesToGet")
        for name in names {
            guard pool.schema[name] != nil else { throw AWSFault.invalidParameter("Invalid attribute to get: \(name)") }
            if users.contains(where: { $0[name] == nil }) {
                throw AWSFault.invalidParameter("One or more requested attributes do not exist in user pool.")
            }
        }
        return Set(names)
    }
}

extension User {
    /// The value a filter on that attribute looks at.
    func searched(_ attribute: String) -> String? {
        switch attribute {
        case "username": username
        case "status": isEnabled ? "Enabled" : "Disabled"
        case "cognito:user_status": status.rawValue
        default: self[attribute]
        }
    }
}
