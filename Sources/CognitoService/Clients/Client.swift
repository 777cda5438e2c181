import AWSModel
import IdentityRules
import SimTime
import TokenCrypto

/// An app client of a pool.
struct Client: Stored {
    let id: String
    let poolID: String
    var name: String
    /// Nil for a public client.
    var secret: String?
    /// Nil while it is the one the client was made with.
    var secretCreated: SimInstant?
    var secondSecret: ClientSecret?
    let created: SimInstant
    var modified: SimInstant
    /// Members of the UserPoolClient structure, defaults filled in.
    var settings: AWSObject

    static func type(_ poolID: String) -> String { "client" }
    var storedName: String { id }

    var flows: [String] { settings["ExplicitAuthFlows"]?.texts ?? [] }
    /// Refusals say no more than "incorrect" about users that do not exist.
    var hidesUsers: Bool { settings["PreventUserExistenceErrors"]?.string == "ENABLED" }
    var revokesTokens: Bool { settings["EnableTokenRevocation"]?.bool ?? true }
    var sessionValidity: SimDuration { .minutes(Int64(settings["AuthSessionValidity"]?.int ?? 3)) }
    var rotatesRefreshTokens: Bool { settings["RefreshTokenRotation"]?["Feature"]?.string == "ENABLED" }
    var rotationGraceSeconds: Int64 { Int64(settings["RefreshTokenRotation"]?["RetryGracePeriodSeconds"]?.int ?? 0) }
    /// Nil when the client may read, or write, everything.
    var readableAttributes: Set<String>? { settings["ReadAttributes"]?.texts.map(Set.init) }
    var writableAttributes: Set<String>? { settings["WriteAttributes"]?.texts.map(Set.init) }

    var oauth: OAuthClient {
        OAuthClient(
            id: id, hasSecret: secret != nil,
            isOAuthEnabled: settings["AllowedOAuthFlowsUserPoolClient"]?.bool ?? false,
            flows: settings["AllowedOAuthFlows"]?.texts ?? [], scopes: settings["AllowedOAuthScopes"]?.texts ?? [],
            callbackURLs: settings["CallbackURLs"]?.texts ?? [], defaultRedirectURI: settings["DefaultRedirectURI"]?.string)
    }

    enum TokenKind: String { case access = "AccessToken", id = "IdToken", refresh = "RefreshToken" }

    /// How long a token of the kind is good.
    // AWS: doc — spec/cognito.md §D4: hours, hours, days; a refresh validity of 0 is 30 days.
    func validity(of kind: TokenKind) -> SimDuration {
        let count = settings["\(kind.rawValue)Validity"]?.int.flatMap { $0 == 0 ? nil : Int64($0) }
        guard let count else { return kind == .refresh ? .days(30) : .hours(1) }
        switch settings["TokenValidityUnits"]?[kind.rawValue]?.string ?? (kind == .refresh ? "days" : "hours") {
        case "seconds": return .seconds(count)
        case "minutes": return .minutes(count)
        case "days": return .days(count)
        default: return .hours(count)
        }
    }

    /// Throws unless the client's secret was proven for one of the names the caller may have meant.
    // AWS: recorded, the third inferred — spec/cognito.md §D5.
    func check(secretHash: String?, names: [String]) throws {
        guard secret != nil else {
            guard secretHash == nil else {
                throw AWSFault.notAuthorized("Client \(id) is configured without secret but SECRET_HASH was received")
            }
            return
        }
        guard let secretHash else {
            throw AWSFault.notAuthorized("Client \(id) is configured with secret but SECRET_HASH was not received")
        }
        let isRight = secrets.contains { secret in
            names.contains { name in
                let expected = Base64Text.encode(Digesting.secretHash(secret: secret.value, username: name, clientID: id))
                return Digesting.areEqual(expected, secretHash)
            }
        }
        guard isRight else { throw AWSFault.notAuthorized("Unable to verify secret hash for client \(id)") }
    }

    /// The `UserPoolClient` structure.
    var output: AWSValue {
        var output: AWSObject = [
            "UserPoolId": .string(poolID), "ClientName": .string(name), "ClientId": .string(id),
            "ClientSecret": secret.map { .string($0) },
            "LastModifiedDate": .timestamp(modified), "CreationDate": .timestamp(created),
        ]
        for (name, value) in settings.entries { output.append(name, value) }
        return .object(output)
    }
}
