import AWSModel
import Gateway

extension CognitoService {
    /// CreateUserPoolClient … ListUserPoolClients.
    var clientOperations: [Operation] {
        [createClient, describeClient, updateClient, deleteClient, listClients]
    }

    private var createClient: Operation {
        writing("CreateUserPoolClient") { [mint] edit, input in
            let pool = try edit.directory.pool(input)
            let given = input.optionalText("ClientSecret")
            if given != nil, input.flag("GenerateSecret") {
                throw AWSFault.invalidParameter("ClientSecret and GenerateSecret cannot be used together.")
            }
            let secret = given ?? (input.flag("GenerateSecret") ? mint.clientSecret() : nil)
            let client = Client(
                id: mint.clientID(), poolID: pool.id, name: try input.text("ClientName"), secret: secret,
                created: edit.now, modified: edit.now,
                settings: try ClientSettings.settings(input, hasSecret: secret != nil, pool: pool, in: edit.directory))
            try edit.save(client)
            return ["UserPoolClient": client.output]
        }
    }

    private var describeClient: Operation {
        reading("DescribeUserPoolClient") { directory, input in
            ["UserPoolClient": try directory.client(input, of: directory.pool(input)).output]
        }
    }

    private var updateClient: Operation {
        writing("UpdateUserPoolClient") { edit, input in
            let pool = try edit.directory.pool(input)
            var client = try edit.directory.client(input, of: pool)
            client.settings = try ClientSettings.settings(
                input, hasSecret: client.secret != nil, pool: pool, in: edit.directory)
            if let name = input.optionalText("ClientName") { client.name = name }
            client.modified = edit.now
            try edit.save(client)
            return ["UserPoolClient": client.output]
        }
    }

    private var deleteClient: Operation {
        writing("DeleteUserPoolClient") { edit, input in
            try edit.delete(try edit.directory.client(input, of: edit.directory.pool(input)))
            return [:]
        }
    }

    private var listClients: Operation {
        reading("ListUserPoolClients") { directory, input in
            let pool = try directory.pool(input)
            let keyed = try directory.clients(of: pool).map { (key: PageOrder.key($0.created, $0.id), item: $0) }
            let page = try CognitoPage(
                of: keyed.sorted { $0.key < $1.key }, size: input.int("MaxResults") ?? 60, token: input.optionalText("NextToken"),
                list: input.list(pool.id))
            return [
                "UserPoolClients": .list(page.items.map {
                    ["ClientId": .string($0.id), "UserPoolId": .string($0.poolID), "ClientName": .string($0.name)]
                }),
                "NextToken": page.next.map { .string($0) },
            ]
        }
    }
}
