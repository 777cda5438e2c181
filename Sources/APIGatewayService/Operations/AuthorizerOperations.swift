import AWSModel
import Gateway

extension APIGatewayService {
    /// CreateAuthorizer … DeleteAuthorizer.
    var authorizerOperations: [Operation] {
        [createAuthorizer, getAuthorizer, getAuthorizers, updateAuthorizer, deleteAuthorizer]
    }

    private static let kept = [
        "name", "type", "providerARNs", "authType", "authorizerUri", "authorizerCredentials", "identitySource",
    ]
    /// AWS: doc — CreateAuthorizer: the TTL is 300 seconds by default and at most an hour.
    private static let secondsDefault: AWSValue = 300
    private static let secondsMax = 3600

    private var createAuthorizer: Operation {
        changing("CreateAuthorizer", refusing: ["identityValidationExpression"]) { [mint] api, input, _ in
            var authorizer: AWSObject = ["id": .string(mint.partID())]
            for name in Self.kept { if let value = input[name] { authorizer.append(name, value) } }
            authorizer.append("authorizerResultTtlInSeconds", input["authorizerResultTtlInSeconds"] ?? Self.secondsDefault)
            if authorizer["type"] == "COGNITO_USER_POOLS" { authorizer["authType"] = "cognito_user_pools" } else {
                authorizer["authType"] = authorizer["authType"] ?? "custom"
            }
            try Self.check(authorizer)
            guard !api.authorizers.contains(where: { $0["name"] == authorizer["name"] }) else {
                throw APIGatewayFault.badRequest("Authorizer name must be unique. Authorizer "
                    + "\(authorizer["name"]?.string ?? "") already exists in this RestApi.")
            }
            api.authorizers.append(authorizer)
            return authorizer
        }
    }

    private static func check(_ authorizer: AWSObject) throws {
        let seconds = authorizer["authorizerResultTtlInSeconds"]?.int ?? 0
        guard (0...secondsMax).contains(seconds) else {
            throw APIGatewayFault.badRequest("Authorizer result TTL must be between 0 and \(secondsMax) seconds")
        }
        switch authorizer["type"]?.string {
        case "COGNITO_USER_POOLS":
            guard authorizer["providerARNs"]?.list?.isEmpty == false else {
                throw APIGatewayFault.badRequest("Invalid provider ARN")
            }
        case "TOKEN", "REQUEST":
            guard FunctionARN(uri: authorizer["authorizerUri"]?.string ?? "") != nil else {
                throw APIGatewayFault.badRequest("Invalid Authorizer URI: \(authorizer["authorizerUri"]?.string ?? ""). "
                    + "Authorizer URI should be a valid API Gateway ARN that represents a Lambda function invocation.")
            }
        default: break
        }
        let source = authorizer["identitySource"]?.string ?? ""
        guard !source.isEmpty || (authorizer["type"] == "REQUEST" && seconds == 0) else {
            throw APIGatewayFault.badRequest("Identity source should not be empty")
        }
        for part in IdentitySource.parts(source) where IdentitySource(part) == nil {
            throw APIGatewayFault.badRequest("Invalid identity source expression: \(part)")
        }
    }

    private var getAuthorizer: Operation {
        reading("GetAuthorizer") { api, input in try Self.authorizer(api, input) }
    }

    private var getAuthorizers: Operation {
        reading("GetAuthorizers") { api, input in
            Self.page(api.authorizers.map { ($0["id"]?.string ?? "", $0) }, input)
        }
    }

    private var updateAuthorizer: Operation {
        changing("UpdateAuthorizer", coverage: .partial("not every patch path")) { api, input, _ in
            var authorizer = try Self.authorizer(api, input)
            for patch in Patch.read(input) {
                switch (patch.op, patch.path) {
                case ("replace", "/name"), ("replace", "/authorizerUri"), ("replace", "/identitySource"),
                    ("replace", "/authorizerCredentials"):
                    authorizer[patch.name] = .string(patch.value)
                case ("replace", "/authorizerResultTtlInSeconds"):
                    guard let seconds = Int64(patch.value) else { throw patch.refusal }
                    authorizer[patch.name] = .integer(seconds)
                default: throw patch.refusal
                }
            }
            try Self.check(authorizer)
            let id = authorizer["id"]
            if let index = api.authorizers.firstIndex(where: { $0["id"] == id }) { api.authorizers[index] = authorizer }
            return authorizer
        }
    }

    private var deleteAuthorizer: Operation {
        changing("DeleteAuthorizer") { api, input, _ in
            let id = try Self.authorizer(api, input)["id"]
            guard !api.resources.contains(where: { $0.methods.values.contains { $0["authorizerId"] == id } }) else {
                throw APIGatewayFault.conflict("Cannot delete authorizer that is in use by a method")
            }
            api.authorizers.removeAll { $0["id"] == id }
            return [:]
        }
    }

    private static func authorizer(_ api: RestAPI, _ input: AWSObject) throws -> AWSObject {
        guard let found = api.authorizers.first(where: { $0["id"] == input["authorizerId"] })
        else { throw APIGatewayFault.noAuthorizer }
        return found
    }
}
