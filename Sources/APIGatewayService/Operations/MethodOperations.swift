import AWSModel
import Gateway

extension APIGatewayService {
    /// PutMethod … DeleteMethodResponse.
    var methodOperations: [Operation] {
        [putMethod, getMethod, updateMethod, deleteMethod]
            + responseOperations("Method", in: "methodResponses", keeping: ["responseParameters", "responseModels"])
    }

    private static let methods: Set = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "ANY"]

    private var putMethod: Operation {
        changing("PutMethod", refusing: ["requestValidatorId"], coverage: .partial("no AWS_IAM, API keys or validators")) {
            api, input, _ in
            let resource = try Self.find(api, input)
            let verb = input["httpMethod"]?.string ?? ""
            guard Self.methods.contains(verb) else { throw APIGatewayFault.badRequest("Invalid HTTP method specified") }
            guard resource.methods[verb] == nil else {
                throw APIGatewayFault.conflict("Method already exists for this resource")
            }
            try Self.checkAuthorization(input, api)
            var method: AWSObject = ["httpMethod": .string(verb)]
            method.append("authorizationType", input["authorizationType"] ?? "NONE")
            for name in ["authorizerId", "operationName", "requestParameters", "requestModels", "authorizationScopes"] {
                if let value = input[name] { method.append(name, value) }
            }
            method.append("apiKeyRequired", false)
            api.set(method, verb, of: resource)
            return method
        }
    }

    private static func checkAuthorization(_ input: AWSObject, _ api: RestAPI) throws {
        switch input["authorizationType"]?.string {
        case "NONE", nil: break
        case "CUSTOM", "COGNITO_USER_POOLS":
            guard api.authorizers.contains(where: { $0["id"] == input["authorizerId"] }) else {
                // AWS: inferred — widely known wording.
                throw APIGatewayFault.badRequest("Invalid authorizer ID specified. Setting the authorization type to "
                    + "CUSTOM or COGNITO_USER_POOLS requires a valid authorizer.")
            }
        case let other?: throw AWSFault.notEmulated(member: "authorizationType \(other)", of: "PutMethod")
        }
        if input["apiKeyRequired"]?.bool == true { throw AWSFault.notEmulated(member: "apiKeyRequired", of: "PutMethod") }
    }

    private var getMethod: Operation {
        reading("GetMethod") { api, input in try Self.method(api, input) }
    }

    private var updateMethod: Operation {
        changing("UpdateMethod", coverage: .partial("only /authorizationType and /authorizerId")) { api, input, _ in
            var method = try Self.method(api, input)
            for patch in Patch.read(input) {
                guard patch.op == "replace", ["/authorizationType", "/authorizerId", "/operationName"].contains(patch.path)
                else { throw patch.refusal }
                method[patch.name] = .string(patch.value)
            }
            try Self.checkAuthorization(method, api)
            api.set(method, input["httpMethod"]?.string ?? "", of: try Self.find(api, input))
            return method
        }
    }

    private var deleteMethod: Operation {
        changing("DeleteMethod") { api, input, _ in
            _ = try Self.method(api, input)
            api.set(nil, input["httpMethod"]?.string ?? "", of: try Self.find(api, input))
            return [:]
        }
    }

    static func method(_ api: RestAPI, _ input: AWSObject) throws -> AWSObject {
        guard let found = try find(api, input).methods[input["httpMethod"]?.string ?? ""] else { throw APIGatewayFault.noMethod }
        return found
    }

    /// Put, Get and Delete of the responses of methods or of integrations.
    func responseOperations(_ kind: String, in member: String, keeping members: [String]) -> [Operation] {
        [
            changing("Put\(kind)Response") { api, input, _ in
                var owner = try Self.responseOwner(api, input, kind)
                let status = input["statusCode"]?.string ?? ""
                var response: AWSObject = ["statusCode": .string(status)]
                for name in members { if let value = input[name] { response.append(name, value) } }
                var all = owner[member]?.object ?? [:]
                all[status] = .object(response)
                owner[member] = .object(all)
                try Self.save(owner, kind, &api, input)
                return response
            },
            reading("Get\(kind)Response") { api, input in
                let owner = try Self.responseOwner(api, input, kind)
                guard let found = owner[member]?[input["statusCode"]?.string ?? ""]?.object
                else { throw APIGatewayFault.noResponse }
                return found
            },
            changing("Delete\(kind)Response") { api, input, _ in
                var owner = try Self.responseOwner(api, input, kind)
                var all = owner[member]?.object ?? [:]
                guard all[input["statusCode"]?.string ?? ""] != nil else { throw APIGatewayFault.noResponse }
                all[input["statusCode"]?.string ?? ""] = nil
                owner[member] = .object(all)
                try Self.save(owner, kind, &api, input)
                return [:]
            },
        ]
    }

    private static func responseOwner(_ api: RestAPI, _ input: AWSObject, _ kind: String) throws -> AWSObject {
        let method = try method(api, input)
        if kind == "Method" { return method }
        guard let integration = method["methodIntegration"]?.object else { throw APIGatewayFault.noIntegration }
        return integration
    }

    private static func save(_ owner: AWSObject, _ kind: String, _ api: inout RestAPI, _ input: AWSObject) throws {
        var method = try method(api, input)
        if kind == "Method" { method = owner } else { method["methodIntegration"] = .object(owner) }
        api.set(method, input["httpMethod"]?.string ?? "", of: try find(api, input))
    }
}

extension RestAPI {
    /// Sets or removes a method of a resource.
    mutating func set(_ method: AWSObject?, _ verb: String, of resource: APIResource) {
        guard let index = resources.firstIndex(where: { $0.id == resource.id }) else { return }
        resources[index].methods[verb] = method
    }
}
