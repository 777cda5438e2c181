import AWSModel
import Gateway
import IdentityRules
import Store
import Timeline
import Vocabulary

extension CognitoService {
    /// CreateUserPool … ListUserPools, AddCustomAttributes and the tags of pools.
    var poolOperations: [Operation] {
        [
            createUserPool, describeUserPool, listUserPools, updateUserPool, deleteUserPool, addCustomAttributes,
            tagResource, untagResource, listTagsForResource,
        ]
    }

    private var createUserPool: Operation {
        writing("CreateUserPool") { [mint, keys] edit, input in
            var schema = AttributeSchema()
            for item in input.object["Schema"]?.list ?? [] { schema.define(try .read(item, customOnly: false)) }
            let pool = Pool(
                id: mint.poolID(input.context.region), account: input.context.caller.account, region: input.context.region,
                name: try input.text("PoolName"), created: edit.now, modified: edit.now,
                settings: try PoolSettings.settings(input.object), schema: schema, tags: input.map("UserPoolTags"))
            try PoolSettings.checkMFA(of: pool)
            try edit.save(pool)
            edit.turn.afterCommit { keys.prepare(pool.id) }
            return ["UserPool": pool.output(userCount: 0)]
        }
    }

    private var describeUserPool: Operation {
        reading("DescribeUserPool") { directory, input in
            let pool = try directory.pool(input)
            return ["UserPool": pool.output(userCount: try directory.users(of: pool).count)]
        }
    }

    private var listUserPools: Operation {
        reading("ListUserPools") { directory, input in
            let pools = try directory.pools(of: input.context.realm).sorted { ($0.created, $0.id) < ($1.created, $1.id) }
            let keyed = pools.map { (key: PageOrder.key($0.created, $0.id), item: $0) }
            let page = try CognitoPage(
                of: keyed, size: input.int("MaxResults") ?? 60, token: input.optionalText("NextToken"),
                list: input.list(input.context.realm.description))
            return [
                "UserPools": .list(page.items.map { pool in
                    [
                        "Id": .string(pool.id), "Name": .string(pool.name), "LambdaConfig": pool.settings["LambdaConfig"],
                        "LastModifiedDate": .timestamp(pool.modified), "CreationDate": .timestamp(pool.created),
                    ]
                }),
                "NextToken": page.next.map { .string($0) },
            ]
        }
    }

    private var updateUserPool: Operation {
        writing("UpdateUserPool") { edit, input in
            var pool = try edit.directory.pool(input)
            var settings = try PoolSettings.settings(input.object)
            for member in PoolSettings.immutable { settings[member] = pool.settings[member] }
            pool.settings = settings
            try PoolSettings.checkMFA(of: pool)
            if let name = input.optionalText("PoolName") { pool.name = name }
            if input.object["UserPoolTags"] != nil { pool.tags = input.map("UserPoolTags") }
            pool.modified = edit.now
            try edit.save(pool)
            return [:]
        }
    }

    private var deleteUserPool: Operation {
        writing("DeleteUserPool") { [keys] edit, input in
            let pool = try edit.directory.pool(input)
            if pool.isProtected {
                throw AWSFault.invalidParameter(
                    "The user pool cannot be deleted because deletion protection is activated. "
                        + "Deletion protection must be inactivated first.")
            }
            if pool.domain != nil {
                throw AWSFault.invalidParameter(
                    "User pool cannot be deleted. It has a domain configured that should be deleted first.")
            }
            for user in try edit.directory.users(of: pool) { try edit.delete(user, in: pool) }
            for client in try edit.directory.clients(of: pool) { try edit.delete(client) }
            for group in try edit.directory.all(Group.self, of: pool) { try edit.delete(group) }
            for server in try edit.directory.all(ResourceServer.self, of: pool) { try edit.delete(server) }
            for provider in try edit.directory.all(IdentityProvider.self, of: pool) { try edit.delete(provider) }
            for link in try edit.directory.all(ProviderLink.self, of: pool) { try edit.delete(link) }
            for terms in try edit.directory.all(Terms.self, of: pool) { try edit.delete(terms) }
            for branding in try edit.directory.all(ManagedLoginBranding.self, of: pool) { try edit.delete(branding) }
            for custom in try edit.directory.all(UICustomization.self, of: pool) { try edit.delete(custom) }
            for risk in try edit.directory.all(RiskConfiguration.self, of: pool) { try edit.delete(risk) }
            for job in try edit.directory.all(UserImportJob.self, of: pool) { try edit.delete(job) }
            try edit.turn.transaction.execute("DELETE FROM cognito_event WHERE pool = ?", [.text(pool.id)])
            try edit.turn.transaction.execute("DELETE FROM cognito_key WHERE pool = ?", [.text(pool.id)])
            try edit.turn.transaction.execute("DELETE FROM cognito_session WHERE pool = ?", [.text(pool.id)])
            try edit.delete(pool)
            edit.turn.afterCommit { keys.forget(pool.id) }
            return [:]
        }
    }

    private var addCustomAttributes: Operation {
        writing("AddCustomAttributes") { edit, input in
            var pool = try edit.directory.pool(input)
            for item in input.object["CustomAttributes"]?.list ?? [] {
                let definition = try AttributeDefinition.read(item, customOnly: true)
                guard pool.schema[definition.name] == nil else {
                    throw AWSFault.invalidParameter("\(definition.name): Attribute already exists in the schema.")
                }
                pool.schema.define(definition)
            }
            pool.modified = edit.now
            try edit.save(pool)
            return [:]
        }
    }

    // MARK: Tags

    private static func taggedPool(_ directory: Directory, _ input: CognitoInput) throws -> Pool {
        let text = try input.text("ResourceArn")
        guard let arn = ARN(text), arn.service == "cognito-idp", arn.resource.hasPrefix("userpool/"),
              case let pool = try directory.pool(String(arn.resource.dropFirst("userpool/".count))), pool.arn == text
        else { throw AWSFault.invalidParameter("Invalid resource ARN.") }
        return pool
    }

    private var tagResource: Operation {
        writing("TagResource") { edit, input in
            var pool = try Self.taggedPool(edit.directory, input)
            pool.tags.merge(input.map("Tags")) { $1 }
            guard pool.tags.count <= 50 else { throw AWSFault.invalidParameter("Too many tags: the most is 50.") }
            try edit.save(pool)
            return [:]
        }
    }

    private var untagResource: Operation {
        writing("UntagResource") { edit, input in
            var pool = try Self.taggedPool(edit.directory, input)
            for key in input.texts("TagKeys") { pool.tags[key] = nil }
            try edit.save(pool)
            return [:]
        }
    }

    private var listTagsForResource: Operation {
        reading("ListTagsForResource") { directory, input in
            ["Tags": .object(ofTexts: try Self.taggedPool(directory, input).tags)]
        }
    }
}
