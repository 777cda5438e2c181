import AWSModel
import Gateway

extension APIGatewayService {
    /// PutIntegration … DeleteIntegrationResponse.
    var integrationOperations: [Operation] {
        [putIntegration, getIntegration, updateIntegration, deleteIntegration] + responseOperations(
            "Integration", in: "integrationResponses",
            keeping: ["selectionPattern", "responseParameters", "responseTemplates", "contentHandling"])
    }

    private static let kept = [
        "type", "uri", "connectionType", "credentials", "requestParameters", "requestTemplates", "passthroughBehavior",
        "contentHandling", "cacheKeyParameters",
    ]

    private var putIntegration: Operation {
        changing(
            "PutIntegration", refusing: ["connectionId", "tlsConfig", "integrationTarget", "responseTransferMode"],
            coverage: .partial("types AWS_PROXY and MOCK")
        ) { api, input, _ in
            var method = try Self.method(api, input)
            let type = input["type"]?.string ?? ""
            guard ["AWS_PROXY", "MOCK"].contains(type) else {
                throw AWSFault.notEmulated(member: "type \(type)", of: "PutIntegration")
            }
            if type == "AWS_PROXY", FunctionARN(uri: input["uri"]?.string ?? "") == nil {
                // AWS: inferred — widely known wording.
                throw APIGatewayFault.badRequest("Invalid ARN specified in the request")
            }
            var integration = AWSObject()
            for name in Self.kept { if let value = input[name] { integration.append(name, value) } }
            if let verb = input["integrationHttpMethod"] { integration.append("httpMethod", verb) }
            integration["passthroughBehavior"] = integration["passthroughBehavior"] ?? "WHEN_NO_MATCH"
            integration.append("timeoutInMillis", input["timeoutInMillis"] ?? 29000)
            integration.append("cacheNamespace", input["cacheNamespace"] ?? input["resourceId"] ?? "")
            integration["cacheKeyParameters"] = integration["cacheKeyParameters"] ?? []
            method["methodIntegration"] = .object(integration)
            api.set(method, input["httpMethod"]?.string ?? "", of: try Self.find(api, input))
            return integration
        }
    }

    private var getIntegration: Operation {
        reading("GetIntegration") { api, input in try Self.integration(api, input) }
    }

    private var updateIntegration: Operation {
        changing("UpdateIntegration", coverage: .partial("only /uri, /httpMethod, /credentials and /timeoutInMillis")) {
            api, input, _ in
            var integration = try Self.integration(api, input)
            for patch in Patch.read(input) {
                switch (patch.op, patch.path) {
                case ("replace", "/uri"), ("replace", "/httpMethod"), ("replace", "/credentials"):
                    integration[patch.name] = .string(patch.value)
                case ("replace", "/timeoutInMillis"):
                    guard let milliseconds = Int64(patch.value), (50...29_000).contains(milliseconds) else { throw patch.refusal }
                    integration[patch.name] = .integer(milliseconds)
                default: throw patch.refusal
                }
            }
            var method = try Self.method(api, input)
            method["methodIntegration"] = .object(integration)
            api.set(method, input["httpMethod"]?.string ?? "", of: try Self.find(api, input))
            return integration
        }
    }

    private var deleteIntegration: Operation {
        changing("DeleteIntegration") { api, input, _ in
            _ = try Self.integration(api, input)
            var method = try Self.method(api, input)
            method["methodIntegration"] = nil
            api.set(method, input["httpMethod"]?.string ?? "", of: try Self.find(api, input))
            return [:]
        }
    }

    private static func integration(_ api: RestAPI, _ input: AWSObject) throws -> AWSObject {
        guard let found = try method(api, input)["methodIntegration"]?.object else { throw APIGatewayFault.noIntegration }
        return found
    }
}
