import AWSModel
import Gateway
import IdentityRules
import Timeline
import Vocabulary

extension CognitoService {
    /// CreateIdentityPool … ListIdentityPools, and the tags of identity pools.
    var identityPoolOperations: [Operation] {
        [
            createIdentityPool, updateIdentityPool,
            reading("DescribeIdentityPool") { directory, input in try directory.identityPool(input).output },
            writing("DeleteIdentityPool") { edit, input in
                let pool = try edit.directory.identityPool(input)
                for identity in try edit.directory.identities(of: pool) { try edit.delete(identity) }
                try edit.delete(pool)
                return [:]
            },
            listIdentityPools, setRoles, getRoles, setPrincipalTags, getPrincipalTags,
            writing("TagResource") { edit, input in
                var pool = try Self.taggedIdentityPool(edit.directory, input)
                pool.tags.merge(input.map("Tags")) { $1 }
                guard pool.tags.count <= 50 else { throw AWSFault.invalidParameter("Too many tags: the most is 50.") }
                try edit.save(pool)
                return [:]
            },
            writing("UntagResource") { edit, input in
                var pool = try Self.taggedIdentityPool(edit.directory, input)
                for key in input.texts("TagKeys") { pool.tags[key] = nil }
                try edit.save(pool)
                return [:]
            },
            reading("ListTagsForResource") { directory, input in
                ["Tags": .object(ofTexts: try Self.taggedIdentityPool(directory, input).tags)]
            },
        ]
    }

    private static let poolMembers = [
        "AllowUnauthenticatedIdentities", "AllowClassicFlow", "SupportedLoginProviders", "DeveloperProviderName",
        "OpenIdConnectProviderARNs", "CognitoIdentityProviders", "SamlProviderARNs",
    ]

    /// What an input says of a pool; lists and maps that are empty are not kept.
    private static func identitySettings(_ input: CognitoInput) throws -> AWSObject {
        var settings = AWSObject()
        for member in poolMembers {
            guard let value = input.object[member], value.list?.isEmpty != true, value.object?.isEmpty != true else { continue }
            settings[member] = value
        }
        var providers: [AWSValue] = []
        for item in input.object["CognitoIdentityProviders"]?.list ?? [] {
            guard let name = item["ProviderName"]?.string, let client = item["ClientId"]?.string else {
                throw AWSFault.invalidParameter("Invalid Cognito Identity Provider: ProviderName and ClientId are required.")
            }
            providers.append([
                "ProviderName": .string(name), "ClientId": .string(client),
                "ServerSideTokenCheck": item["ServerSideTokenCheck"] ?? false,
            ])
        }
        if !providers.isEmpty { settings["CognitoIdentityProviders"] = .list(providers) }
        return settings
    }

    private var createIdentityPool: Operation {
        writing("CreateIdentityPool") { [mint] edit, input in
            let context = input.context
            let pool = IdentityPool(
                id: "\(context.region):\(mint.uuid())", account: context.caller.account, region: context.region, created: edit.now,
                settings: try Self.identitySettings(input), name: try input.text("IdentityPoolName"),
                tags: input.map("IdentityPoolTags"))
            try edit.save(pool)
            return pool.output
        }
    }

    private var updateIdentityPool: Operation {
        writing("UpdateIdentityPool") { edit, input in
            var pool = try edit.directory.identityPool(input)
            let settings = try Self.identitySettings(input)
            // AWS: doc — the developer provider's name cannot change once it is set.
            if let known = pool.developerProvider, let given = settings["DeveloperProviderName"]?.string, given != known {
                throw AWSFault.invalidParameter("Developer provider name cannot be changed once it is set.")
            }
            let known = pool.settings["DeveloperProviderName"]
            pool.settings = settings
            if let known { pool.settings["DeveloperProviderName"] = known }
            pool.name = try input.text("IdentityPoolName")
            if input.object["IdentityPoolTags"] != nil { pool.tags = input.map("IdentityPoolTags") }
            try edit.save(pool)
            return pool.output
        }
    }

    private var listIdentityPools: Operation {
        reading("ListIdentityPools") { directory, input in
            let pools = try directory.identityPools(of: input.context.realm).map { (key: PageOrder.key($0.created, $0.id), item: $0) }
            let page = try CognitoPage(
                of: pools.sorted { $0.key < $1.key }, size: input.int("MaxResults") ?? 60, token: input.optionalText("NextToken"),
                list: input.list(input.context.realm.description))
            return [
                "IdentityPools": .list(page.items.map {
                    ["IdentityPoolId": .string($0.id), "IdentityPoolName": .string($0.name)]
                }),
                "NextToken": page.next.map { .string($0) },
            ]
        }
    }

    private static func taggedIdentityPool(_ directory: Directory, _ input: CognitoInput) throws -> IdentityPool {
        let text = try input.text("ResourceArn")
        guard let arn = ARN(text), arn.service == "cognito-identity", arn.resource.hasPrefix("identitypool/") else {
            throw AWSFault.invalidParameter("Invalid resource ARN.")
        }
        let pool = try directory.identityPool(String(arn.resource.dropFirst("identitypool/".count)))
        guard pool.arn == text, pool.realm == input.context.realm else { throw AWSFault.noIdentityPool(pool.id) }
        return pool
    }

    // MARK: Roles

    private var setRoles: Operation {
        writing("SetIdentityPoolRoles") { edit, input in
            var pool = try edit.directory.identityPool(input)
            let roles = input.map("Roles")
            for kind in roles.keys where kind != "authenticated" && kind != "unauthenticated" {
                throw AWSFault.invalidParameter("Invalid role type \(kind): it must be authenticated or unauthenticated.")
            }
            let mappings = input.object["RoleMappings"]?.object ?? [:]
            for (provider, mapping) in mappings.entries { try Self.check(mapping, provider) }
            pool.roles = roles
            pool.roleMappings = mappings
            try edit.save(pool)
            return [:]
        }
    }

    // AWS: doc — the rules; wording inferred.
    private static func check(_ value: AWSValue, _ provider: String) throws {
        guard let mapping = RoleMapping(value) else { throw AWSFault.invalidParameter("Invalid role mapping for \(provider).") }
        let given = value["RulesConfiguration"]?["Rules"]?.list ?? []
        guard mapping.rules.count == given.count else {
            throw AWSFault.invalidParameter("Invalid rule in the role mapping for \(provider).")
        }
        if value["AmbiguousRoleResolution"] == nil {
            throw AWSFault.invalidParameter("AmbiguousRoleResolution is required for the role mapping of \(provider).")
        }
        if mapping.kind == .rules, given.isEmpty || given.count > 25 {
            throw AWSFault.invalidParameter("A role mapping by rules needs 1 to 25 rules.")
        }
    }

    private var getRoles: Operation {
        reading("GetIdentityPoolRoles") { directory, input in
            let pool = try directory.identityPool(input)
            return [
                "IdentityPoolId": .string(pool.id), "Roles": .object(ofTexts: pool.roles),
                "RoleMappings": pool.roleMappings.isEmpty ? nil : .object(pool.roleMappings),
            ]
        }
    }

    // MARK: Principal tags

    private var setPrincipalTags: Operation {
        writing("SetPrincipalTagAttributeMap") { edit, input in
            var pool = try edit.directory.identityPool(input)
            let provider = try input.text("IdentityProviderName")
            let tags = IdentityPool.PrincipalTags(usesDefaults: input.flag("UseDefaults"), claims: input.map("PrincipalTags"))
            pool.principalTags[provider] = tags
            try edit.save(pool)
            return Self.tagOutput(pool, provider, tags)
        }
    }

    private var getPrincipalTags: Operation {
        reading("GetPrincipalTagAttributeMap") { directory, input in
            let pool = try directory.identityPool(input)
            let provider = try input.text("IdentityProviderName")
            guard let tags = pool.principalTags[provider] else {
                // AWS: inferred.
                throw AWSFault.resourceNotFound("No attribute mapping is configured for \(provider).")
            }
            return Self.tagOutput(pool, provider, tags)
        }
    }

    private static func tagOutput(_ pool: IdentityPool, _ provider: String, _ tags: IdentityPool.PrincipalTags) -> AWSObject {
        [
            "IdentityPoolId": .string(pool.id), "IdentityProviderName": .string(provider),
            "UseDefaults": .boolean(tags.usesDefaults), "PrincipalTags": .object(ofTexts: tags.effective),
        ]
    }
}
