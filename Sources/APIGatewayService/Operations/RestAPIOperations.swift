import AWSModel
import AWSProtocols
import Gateway
import PolicyRules
import SimTime
import Store
import Timeline
import Vocabulary

extension APIGatewayService {
    /// CreateRestApi … DeleteRestApi.
    var apiOperations: [Operation] { [createAPI, getAPI, getAPIs, updateAPI, deleteAPI] }

    private var createAPI: Operation {
        Operation(
            "CreateRestApi", refusedMembers: ["cloneFrom", "minimumCompressionSize", "securityPolicy", "endpointAccessMode"]
        ) { [timeline, mint] request in
            let (input, realm) = (request.input, request.context.realm)
            let id = mint.apiID(), root = mint.partID()
            return OperationResponse(try await timeline.turn { turn in
                var configuration = input["endpointConfiguration"]?.object ?? [:]
                if configuration["types"] == nil { configuration["types"] = ["EDGE"] }
                configuration["ipAddressType"] = configuration["ipAddressType"] ?? "ipv4"
                var members: AWSObject = ["name": input["name"], "description": input["description"]]
                for name in ["version", "binaryMediaTypes"] { if let value = input[name] { members.append(name, value) } }
                members.append("apiKeySource", input["apiKeySource"] ?? "HEADER")
                members.append("endpointConfiguration", .object(configuration))
                members.append("disableExecuteApiEndpoint", input["disableExecuteApiEndpoint"] ?? false)
                let api = RestAPI(
                    id: id, realm: realm, createdAt: turn.now.floored(to: .seconds(1)), rootResourceID: root, members: members,
                    policy: try input["policy"]?.string.map { try Self.checkedPolicy($0) },
                    tags: input.texts("tags"),
                    resources: [APIResource(id: root, parentID: nil, pathPart: nil, path: "/")])
                try turn.transaction.put(api.key, api)
                return api.output
            })
        }
    }

    private var getAPI: Operation { reading("GetRestApi") { api, _ in api.output } }

    private var getAPIs: Operation {
        Operation("GetRestApis") { [store] request in
            let found = try store.documents(RestAPI.collection, as: RestAPI.self).map(\.value)
                .filter { $0.realm == request.context.realm }
            return OperationResponse(Self.page(found.map { ($0.id, $0.output) }, request.input))
        }
    }

    private var updateAPI: Operation {
        changing("UpdateRestApi", coverage: .partial("not every patch path")) { api, input, _ in
            for patch in Patch.read(input) { try Self.apply(patch, to: &api) }
            return api.output
        }
    }

    private var deleteAPI: Operation {
        Operation("DeleteRestApi") { [timeline, results] request in
            try await timeline.turn { turn in
                let api = try Self.api(request, turn.transaction)
                try turn.transaction.delete(api.key)
                turn.afterCommit { results.removeAll(of: api.id) }
            }
            return OperationResponse()
        }
    }

    /// AWS: doc — "Patch operations", RestApi.
    private static func apply(_ patch: Patch, to api: inout RestAPI) throws {
        var configuration = api.members["endpointConfiguration"]?.object ?? [:]
        switch (patch.op, patch.path) {
        case ("replace", "/name"), ("replace", "/description"), ("replace", "/apiKeySource"):
            api.members[patch.name] = .string(patch.value)
        case ("replace", "/disableExecuteApiEndpoint"): api.members[patch.name] = .boolean(patch.value == "true")
        case ("replace", "/policy"), ("add", "/policy"):
            api.policy = patch.value.isEmpty ? nil : try checkedPolicy(patch.value)
        case ("remove", "/policy"): api.policy = nil
        case ("replace", let path) where path.hasPrefix("/endpointConfiguration/types/"):
            configuration["types"] = [.string(patch.value)]
            api.members["endpointConfiguration"] = .object(configuration)
        case ("add", "/endpointConfiguration/vpcEndpointIds"), ("remove", "/endpointConfiguration/vpcEndpointIds"):
            var ids = configuration["vpcEndpointIds"]?.list ?? []
            ids.removeAll { $0.string == patch.value }
            if patch.op == "add" { ids.append(.string(patch.value)) }
            configuration["vpcEndpointIds"] = .list(ids)
            api.members["endpointConfiguration"] = .object(configuration)
        default: throw patch.refusal
        }
    }

    /// AWS: inferred — wording.
    private static func checkedPolicy(_ text: String) throws -> String {
        guard let value = try? JSON.parse(text), (try? Policy(PolicyValue(value), as: .resource)) != nil else {
            throw APIGatewayFault.badRequest("Invalid policy document. Please check the policy syntax and ensure that "
                + "Principals are valid.")
        }
        return text
    }
}

extension APIGatewayService {
    /// TagResource, UntagResource and GetTags, for APIs and stages.
    var tagOperations: [Operation] {
        [
            tagging("TagResource") { tags, input in tags.merge(input.texts("tags")) { $1 } },
            tagging("UntagResource") { tags, input in
                for key in (input["tagKeys"]?.list ?? []).compactMap(\.string) { tags[key] = nil }
            },
            Operation("GetTags") { [store] request in
                let tags = try store.read { reader in
                    let (api, stage) = try Self.tagged(request.input) { try reader.document($0, as: RestAPI.self) }
                    return api.stages.first { $0.name == stage }?.tags ?? api.tags
                }
                return OperationResponse(["tags": .object(texts: tags)])
            },
        ]
    }

    private func tagging(
        _ name: String, _ change: @escaping @Sendable (inout [String: String], AWSObject) -> Void
    ) -> Operation {
        Operation(name) { [timeline] request in
            try await timeline.turn { turn in
                var (api, stage) = try Self.tagged(request.input) { try turn.transaction.document($0, as: RestAPI.self) }
                if let index = api.stages.firstIndex(where: { $0.name == stage }) {
                    change(&api.stages[index].tags, request.input)
                } else {
                    change(&api.tags, request.input)
                }
                try turn.transaction.put(api.key, api)
            }
            return OperationResponse()
        }
    }

    /// `arn:aws:apigateway:REGION::/restapis/ID` with `/stages/NAME` or without.
    private static func tagged(
        _ input: AWSObject, _ find: (DocumentKey) throws -> RestAPI?
    ) throws -> (api: RestAPI, stage: String?) {
        let arn = input["resourceArn"]?.string ?? ""
        let parts = arn.split(separator: "/").map(String.init)
        guard parts.count >= 3, parts[1] == "restapis", let api = try find(RestAPI.collection.key(parts[2])) else {
            throw APIGatewayFault.notFound("Invalid resource identifier specified")
        }
        guard parts.count == 5, parts[3] == "stages" else { return (api, nil) }
        guard api.stages.contains(where: { $0.name == parts[4] }) else { throw APIGatewayFault.noStage }
        return (api, parts[4])
    }
}
