import AWSModel
import Gateway
import SimTime

/// An identity provider of a pool.
struct IdentityProvider: Stored {
    let poolID: String
    let name: String
    let kind: String
    var details: [String: String]
    var attributeMapping: [String: String]
    var identifiers: [String]
    let created: SimInstant
    var modified: SimInstant

    static func type(_ poolID: String) -> String { "identity-provider/\(poolID)" }
    var storedName: String { name }
    var social: SocialProvider? { SocialProvider(rawValue: kind) }

    var output: AWSValue {
        [
            "UserPoolId": .string(poolID), "ProviderName": .string(name), "ProviderType": .string(kind),
            "ProviderDetails": .object(ofTexts: social?.shownDetails(details) ?? details),
            "AttributeMapping": .object(ofTexts: attributeMapping),
            "IdpIdentifiers": .list(ofTexts: identifiers), "LastModifiedDate": .timestamp(modified), "CreationDate": .timestamp(created),
        ]
    }
}

extension CognitoService {
    /// CreateIdentityProvider … ListIdentityProviders.
    var identityProviderOperations: [Operation] {
        let missing = "users are sent to OIDC providers at http:// addresses, and to social ones whose address "
            + "coldframe.yaml gives; sign-in by SAML is refused by name"
        return [
            createIdentityProvider(missing), updateIdentityProvider(missing),
            reading("DescribeIdentityProvider") { directory, input in
                ["IdentityProvider": try Self.provider(directory, input).output]
            },
            reading("GetIdentityProviderByIdentifier") { directory, input in
                let pool = try directory.pool(input), identifier = try input.text("IdpIdentifier")
                let provider = try directory.all(IdentityProvider.self, of: pool).first { $0.identifiers.contains(identifier) }
                guard let provider else { throw Self.noProvider(identifier) }
                return ["IdentityProvider": provider.output]
            },
            writing("DeleteIdentityProvider") { edit, input in
                try edit.delete(try Self.provider(edit.directory, input))
                return [:]
            },
            reading("ListIdentityProviders") { directory, input in
                let pool = try directory.pool(input)
                let providers = try directory.all(IdentityProvider.self, of: pool)
                let page = try CognitoPage(
                    of: providers.map { ($0.name, $0) }.sorted { $0.0 < $1.0 },
                    size: input.int("MaxResults").flatMap { $0 == 0 ? nil : $0 } ?? 60, token: input.optionalText("NextToken"),
                    list: input.list(pool.id))
                return [
                    "Providers": .list(page.items.map { provider in
                        [
                            "ProviderName": .string(provider.name), "ProviderType": .string(provider.kind),
                            "LastModifiedDate": .timestamp(provider.modified), "CreationDate": .timestamp(provider.created),
                        ]
                    }),
                    "NextToken": page.next.map { .string($0) },
                ]
            },
        ]
    }

    private static func noProvider(_ name: String) -> AWSFault {
        .resourceNotFound("Identity provider \(name) does not exist.")
    }

    private static func provider(_ directory: Directory, _ input: CognitoInput) throws -> IdentityProvider {
        let name = try input.text("ProviderName")
        guard let provider = try directory.one(IdentityProvider.self, name, of: directory.pool(input)) else { throw noProvider(name) }
        return provider
    }

    private func createIdentityProvider(_ missing: String) -> Operation {
        writing("CreateIdentityProvider", coverage: .partial(missing)) { edit, input in
            let pool = try edit.directory.pool(input)
            let name = try input.text("ProviderName")
            guard try edit.directory.one(IdentityProvider.self, name, of: pool) == nil else {
                throw AWSFault.cognito("DuplicateProviderException", "A provider with the name \(name) already exists.")
            }
            let provider = IdentityProvider(
                poolID: pool.id, name: name, kind: try input.text("ProviderType"), details: input.map("ProviderDetails"),
                attributeMapping: input.map("AttributeMapping"), identifiers: input.texts("IdpIdentifiers"), created: edit.now,
                modified: edit.now)
            try edit.save(provider)
            return ["IdentityProvider": provider.output]
        }
    }

    private func updateIdentityProvider(_ missing: String) -> Operation {
        writing("UpdateIdentityProvider", coverage: .partial(missing)) { edit, input in
            var provider = try Self.provider(edit.directory, input)
            if input.object["ProviderDetails"] != nil { provider.details = input.map("ProviderDetails") }
            if input.object["AttributeMapping"] != nil { provider.attributeMapping = input.map("AttributeMapping") }
            if input.object["IdpIdentifiers"] != nil { provider.identifiers = input.texts("IdpIdentifiers") }
            provider.modified = edit.now
            try edit.save(provider)
            return ["IdentityProvider": provider.output]
        }
    }
}
