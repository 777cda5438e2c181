import AWSModel
import Gateway
import SimTime
import TokenCrypto

/// A second secret of a client, beside the one it was made with: for changing secrets without an interruption.
struct ClientSecret: Codable, Sendable, Equatable {
    let value: String
    let created: SimInstant

    // AWS: inferred form.
    func id(of client: Client) -> String { "\(client.id)--\(created.millisecondsSinceEpoch)" }
}

extension Client {
    /// All secrets that prove the client, the oldest first.
    var secrets: [ClientSecret] {
        [secret.map { ClientSecret(value: $0, created: secretCreated ?? created) }, secondSecret].compactMap { $0 }
    }

    /// Whether `given` is one of the client's secrets.
    func accepts(secret given: String) -> Bool { secrets.contains { Digesting.areEqual($0.value, given) } }
}

extension CognitoService {
    /// AddUserPoolClientSecret, DeleteUserPoolClientSecret, ListUserPoolClientSecrets.
    // AWS: doc — two secrets at most, and the last one stays; wording inferred.
    var clientSecretOperations: [Operation] {
        [
            writing("AddUserPoolClientSecret") { [mint] edit, input in
                var client = try edit.directory.client(input, of: edit.directory.pool(input))
                guard client.secret != nil else {
                    throw AWSFault.invalidParameter("Client \(client.id) is a public client and cannot have a secret.")
                }
                guard client.secondSecret == nil else {
                    throw AWSFault.cognito("LimitExceededException", "A client has at most two secrets.")
                }
                let secret = ClientSecret(value: input.optionalText("ClientSecret") ?? mint.clientSecret(), created: edit.now)
                guard !client.accepts(secret: secret.value) else {
                    throw AWSFault.invalidParameter("The client has this secret already.")
                }
                // Two secrets of one instant would share an id.
                let isSameInstant = client.secrets.contains { $0.created == secret.created }
                let kept = isSameInstant ? ClientSecret(value: secret.value, created: secret.created + .milliseconds(1)) : secret
                client.secondSecret = kept
                client.modified = edit.now
                try edit.save(client)
                var shown = Self.described(kept, of: client)
                // The value is only shown when this server made it up.
                shown["ClientSecretValue"] = input.optionalText("ClientSecret") == nil ? .string(kept.value) : nil
                return ["ClientSecretDescriptor": .object(shown)]
            },
            reading("ListUserPoolClientSecrets") { directory, input in
                let client = try directory.client(input, of: directory.pool(input))
                return ["ClientSecrets": .list(client.secrets.map { .object(Self.described($0, of: client)) })]
            },
            writing("DeleteUserPoolClientSecret") { edit, input in
                var client = try edit.directory.client(input, of: edit.directory.pool(input))
                let id = try input.text("ClientSecretId")
                guard client.secrets.contains(where: { $0.id(of: client) == id }) else {
                    throw AWSFault.resourceNotFound("Client secret \(id) does not exist.")
                }
                let rest = client.secrets.filter { $0.id(of: client) != id }
                guard let kept = rest.first else {
                    throw AWSFault.invalidParameter("The last secret of a client cannot be deleted.")
                }
                (client.secret, client.secretCreated, client.secondSecret) = (kept.value, kept.created, nil)
                client.modified = edit.now
                try edit.save(client)
                return [:]
            },
        ]
    }

    private static func described(_ secret: ClientSecret, of client: Client) -> AWSObject {
        ["ClientSecretId": .string(secret.id(of: client)), "ClientSecretCreateDate": .timestamp(secret.created)]
    }
}
