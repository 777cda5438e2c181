import AWSModel
import AWSProtocols
import Gateway
import SimTime

extension CognitoService {
    /// AdminLinkProviderForUser and AdminDisableProviderForUser.
    // AWS: doc — at most five providers a user; wording inferred.
    var providerLinkOperations: [Operation] { [linkProvider, disableProvider] }

    /// `Cognito_Subject` stands for the provider's own subject.
    static let subjectAttribute = "Cognito_Subject"
    private static let linksMax = 5

    private struct Party {
        let provider: String
        let attribute: String?
        let value: String

        init(_ input: CognitoInput, _ member: String) throws {
            guard let provider = input.object[member]?["ProviderName"]?.string,
                  let value = input.object[member]?["ProviderAttributeValue"]?.string, !value.isEmpty else {
                throw AWSFault.invalidParameter("\(member) needs a ProviderName and a ProviderAttributeValue.")
            }
            self.provider = provider
            attribute = input.object[member]?["ProviderAttributeName"]?.string
            self.value = value
        }
    }

    private var linkProvider: Operation {
        writing("AdminLinkProviderForUser") { edit, input in
            let pool = try edit.directory.pool(input)
            let target = try Party(input, "DestinationUser"), source = try Party(input, "SourceUser")
            guard let attribute = source.attribute else { throw AWSFault.missingParameter("SourceUser.ProviderAttributeName") }
            var user = try Self.destination(target, pool, edit)
            guard let provider = try edit.directory.one(IdentityProvider.self, source.provider, of: pool) else {
                throw AWSFault.invalidParameter("The provider \(source.provider) does not exist.")
            }
            if attribute != Self.subjectAttribute, provider.attributeMapping[attribute] == nil {
                throw AWSFault.invalidParameter("The provider \(source.provider) maps no claim to \(attribute).")
            }
            let key = ProviderLink.name(source.provider, attribute, source.value)
            if let known = try edit.directory.one(ProviderLink.self, key, of: pool) {
                guard known.username == user.username else {
                    throw AWSFault.invalidParameter("SourceUser is already linked to DestinationUser")
                }
                return [:]
            }
            if attribute == Self.subjectAttribute,
               try edit.directory.user(named: Self.federatedName(source.provider, source.value), in: pool) != nil {
                // AWS: doc — a profile that signed up by itself cannot be linked afterwards.
                throw AWSFault.invalidParameter("Merging is not currently supported, provide a SourceUser that has not been signed up in order to link")
            }
            guard (user.federated?.count ?? 0) < Self.linksMax else {
                throw AWSFault.cognito("LimitExceededException", "A user has at most \(Self.linksMax) linked providers.")
            }
            try edit.save(ProviderLink(
                poolID: pool.id, provider: source.provider, attribute: attribute, value: source.value, username: user.username))
            user.link(.init(
                provider: source.provider, providerType: provider.kind, userID: source.value, isPrimary: false, linked: edit.now))
            user.modified = edit.now
            try edit.save(user, in: pool)
            return [:]
        }
    }

    /// A user of the pool itself goes by name; one who came from a provider by the subject there.
    private static func destination(_ party: Party, _ pool: Pool, _ edit: DirectoryEdit) throws -> User {
        if party.provider == "Cognito" { return try edit.directory.requiredUser(party.value, in: pool) }
        return try edit.directory.requiredUser(federatedName(party.provider, party.value), in: pool)
    }

    private var disableProvider: Operation {
        writing("AdminDisableProviderForUser") { edit, input in
            let pool = try edit.directory.pool(input), party = try Party(input, "User")
            if party.provider == "Cognito" {
                throw AWSFault.invalidParameter("The provider of a user of the pool itself cannot be disabled.")
            }
            let attribute = party.attribute ?? Self.subjectAttribute
            let links = try edit.directory.all(ProviderLink.self, of: pool).filter {
                $0.provider == party.provider && $0.value == party.value && $0.attribute == attribute
            }
            if let link = links.first {
                var user = try edit.directory.requiredUser(link.username, in: pool)
                try edit.delete(link)
                user.unlink(provider: party.provider, userID: party.value)
                user.modified = edit.now
                try edit.save(user, in: pool)
                return [:]
            }
            var user = try edit.directory.requiredUser(Self.federatedName(party.provider, party.value), in: pool)
            // AWS: doc — a profile that came from the provider cannot sign in by it any more.
            user.unlink(provider: party.provider, userID: party.value)
            user.modified = edit.now
            try edit.save(user, in: pool)
            return [:]
        }
    }

    /// The user name of somebody who signed up by a provider.
    // AWS: doc — `Google_1234`.
    static func federatedName(_ provider: String, _ subject: String) -> String { "\(provider)_\(subject)" }
}

extension User {
    /// Adds an identity and shows it in the attribute `identities`.
    mutating func link(_ identity: FederatedIdentity) {
        federated = (federated ?? []).filter { $0.provider != identity.provider || $0.userID != identity.userID } + [identity]
        showIdentities()
    }

    mutating func unlink(provider: String, userID: String) {
        federated?.removeAll { $0.provider == provider && $0.userID == userID }
        showIdentities()
    }

    private mutating func showIdentities() {
        let known = federated ?? []
        self["identities"] = known.isEmpty ? nil : JSON.string(.list(known.map(\.output)))
    }
}
