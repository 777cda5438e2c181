import AWSModel
import Gateway

/// An API whose scopes clients of a pool may ask for.
struct ResourceServer: Stored {
    struct Scope: Codable, Sendable, Equatable {
        let name: String
        let description: String
    }

    let poolID: String
    let identifier: String
    var name: String
    var scopes: [Scope]

    static func type(_ poolID: String) -> String { "resource-server/\(poolID)" }
    var storedName: String { identifier }

    var output: AWSValue {
        [
            "UserPoolId": .string(poolID), "Identifier": .string(identifier), "Name": .string(name),
            "Scopes": .list(scopes.map {
                ["ScopeName": .string($0.name), "ScopeDescription": .string($0.description)]
            }),
        ]
    }
}

extension CognitoService {
    /// CreateResourceServer … ListResourceServers.
    var resourceServerOperations: [Operation] {
        [
            writing("CreateResourceServer") { edit, input in
                let pool = try edit.directory.pool(input)
                let identifier = try input.text("Identifier")
                guard try edit.directory.one(ResourceServer.self, identifier, of: pool) == nil else {
                    throw AWSFault.invalidParameter("\(identifier) already exists in user pool \(pool.id).")
                }
                let server = ResourceServer(
                    poolID: pool.id, identifier: identifier, name: try input.text("Name"), scopes: Self.scopes(input))
                try edit.save(server)
                return ["ResourceServer": server.output]
            },
            reading("DescribeResourceServer") { directory, input in
                ["ResourceServer": try Self.server(directory, input).output]
            },
            writing("UpdateResourceServer") { edit, input in
                var server = try Self.server(edit.directory, input)
                server.name = try input.text("Name")
                server.scopes = Self.scopes(input)
                try edit.save(server)
                return ["ResourceServer": server.output]
            },
            writing("DeleteResourceServer") { edit, input in
                try edit.delete(try Self.server(edit.directory, input))
                return [:]
            },
            reading("ListResourceServers") { directory, input in
                let pool = try directory.pool(input)
                let servers = try directory.all(ResourceServer.self, of: pool)
                let page = try CognitoPage(
                    of: servers.map { ($0.identifier, $0) }.sorted { $0.0 < $1.0 }, size: input.int("MaxResults") ?? 50,
                    token: input.optionalText("NextToken"),
                    list: input.list(pool.id))
                return ["ResourceServers": .list(page.items.map(\.output)), "NextToken": page.next.map { .string($0) }]
            },
        ]
    }

    private static func server(_ directory: Directory, _ input: CognitoInput) throws -> ResourceServer {
        guard let server = try directory.one(ResourceServer.self, input.text("Identifier"), of: directory.pool(input)) else {
            throw AWSFault.resourceNotFound("Resource server not found.")
        }
        return server
    }

    private static func scopes(_ input: CognitoInput) -> [ResourceServer.Scope] {
        (input.object["Scopes"]?.list ?? []).compactMap { item in
            item["ScopeName"]?.string.map { ResourceServer.Scope(name: $0, description: item["ScopeDescription"]?.string ?? "") }
        }
    }
}
