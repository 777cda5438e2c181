import AWSModel
import AWSProtocols
import SimTime

/// A user as an identity provider knows them.
struct FederatedIdentity: Codable, Sendable, Equatable {
    let provider: String
    let providerType: String
    /// The subject there, or the value of another attribute.
    let userID: String
    /// True for the provider the profile was made by.
    let isPrimary: Bool
    let linked: SimInstant

    /// One entry of the attribute and claim `identities`.
    // AWS: recorded — the shape of the claim.
    var output: AWSValue {
        [
            "userId": .string(userID), "providerName": .string(provider), "providerType": .string(providerType),
            "issuer": .null, "primary": .string(isPrimary ? "true" : "false"),
            "dateCreated": .string(String(linked.millisecondsSinceEpoch)),
        ]
    }
}

/// Which user somebody at an identity provider is.
struct ProviderLink: Stored {
    let poolID: String
    let provider: String
    /// `Cognito_Subject`, or an attribute that a claim is mapped to.
    let attribute: String
    let value: String
    let username: String

    static func type(_ poolID: String) -> String { "provider-link/\(poolID)" }
    static func name(_ provider: String, _ attribute: String, _ value: String) -> String { "\(provider) \(attribute) \(value)" }
    var storedName: String { Self.name(provider, attribute, value) }
}
