import AWSModel
import Gateway
import SimTime
import Store

extension APIGatewayService {
    /// CreateDeployment … DeleteDeployment.
    var deploymentOperations: [Operation] {
        [createDeployment, getDeployment, getDeployments, updateDeployment, deleteDeployment]
    }

    private static let refusedStageMembers = [
        "cacheClusterEnabled", "cacheClusterSize", "canarySettings", "tracingEnabled", "documentationVersion",
    ]

    private var createDeployment: Operation {
        changing(
            "CreateDeployment", refusing: Self.refusedStageMembers.filter { $0 != "documentationVersion" }
        ) { [mint] api, input, now in
            try Self.checkDeployable(api)
            let deployment = APIDeployment(
                id: mint.partID(), description: input["description"]?.string, createdAt: now.floored(to: .seconds(1)),
                snapshot: api.snapshot)
            api.deployments.append(deployment)
            guard let name = input["stageName"]?.string, !name.isEmpty else { return deployment.output }
            if let index = api.stages.firstIndex(where: { $0.name == name }) {
                api.stages[index].deploymentID = deployment.id
                api.stages[index].updatedAt = deployment.createdAt
                if input["variables"] != nil { api.stages[index].variables = input.texts("variables") }
            } else {
                api.stages.append(try Self.stage(name, deployment.id, input["stageDescription"]?.string, input, now))
            }
            return deployment.output
        }
    }

    /// AWS: inferred — widely known wording.
    private static func checkDeployable(_ api: RestAPI) throws {
        let methods = api.resources.flatMap { $0.methods.values }
        guard !methods.isEmpty else { throw APIGatewayFault.badRequest("The REST API doesn't contain any methods") }
        guard methods.allSatisfy({ $0["methodIntegration"] != nil }) else {
            throw APIGatewayFault.badRequest("No integration defined for method")
        }
        guard !api.isPrivate || api.policy != nil else {
            throw APIGatewayFault.badRequest("Private REST API doesn't have a resource policy attached to it")
        }
    }

    private var getDeployment: Operation {
        reading("GetDeployment") { api, input in try Self.deployment(api, input).output }
    }

    private var getDeployments: Operation {
        reading("GetDeployments") { api, input in Self.page(api.deployments.map { ($0.id, $0.output) }, input) }
    }

    private var updateDeployment: Operation {
        changing("UpdateDeployment") { api, input, _ in
            let id = try Self.deployment(api, input).id
            guard let index = api.deployments.firstIndex(where: { $0.id == id }) else { throw APIGatewayFault.noDeployment }
            for patch in Patch.read(input) {
                guard patch.op == "replace", patch.path == "/description" else { throw patch.refusal }
                api.deployments[index].description = patch.value
            }
            return api.deployments[index].output
        }
    }

    private var deleteDeployment: Operation {
        changing("DeleteDeployment") { api, input, _ in
            let id = try Self.deployment(api, input).id
            guard !api.stages.contains(where: { $0.deploymentID == id }) else {
                throw APIGatewayFault.badRequest("Active stages pointing to this deployment must be moved or deleted")
            }
            api.deployments.removeAll { $0.id == id }
            return [:]
        }
    }

    private static func deployment(_ api: RestAPI, _ input: AWSObject) throws -> APIDeployment {
        guard let found = api.deployments.first(where: { $0.id == input["deploymentId"]?.string })
        else { throw APIGatewayFault.noDeployment }
        return found
    }

    // MARK: Stages

    /// CreateStage … FlushStageAuthorizersCache.
    var stageOperations: [Operation] { [createStage, getStage, getStages, updateStage, deleteStage, flushAuthorizers] }

    private static func stage(
        _ name: String, _ deploymentID: String, _ description: String?, _ input: AWSObject, _ now: SimInstant
    ) throws -> APIStage {
        guard name.utf8.count <= 128, name.utf8.allSatisfy({ byte in
            (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte) || byte == 0x5f
                || byte == 0x2d
        }) else { throw APIGatewayFault.badRequest("Stage name only allows a-zA-Z0-9_") }
        let second = now.floored(to: .seconds(1))
        return APIStage(
            name: name, deploymentID: deploymentID, description: description, variables: input.texts("variables"),
            tags: input.texts("tags"), createdAt: second, updatedAt: second)
    }

    private var createStage: Operation {
        changing("CreateStage", refusing: Self.refusedStageMembers) { api, input, now in
            let name = input["stageName"]?.string ?? ""
            let deployment = try Self.deployment(api, input)
            guard !api.stages.contains(where: { $0.name == name }) else { throw APIGatewayFault.conflict("Stage already exists") }
            let stage = try Self.stage(name, deployment.id, input["description"]?.string, input, now)
            api.stages.append(stage)
            return stage.output
        }
    }

    private var getStage: Operation {
        reading("GetStage") { api, input in api.stages[try Self.stageIndex(api, input)].output }
    }

    private var getStages: Operation {
        reading("GetStages") { api, input in
            let wanted = input["deploymentId"]?.string
            let stages = api.stages.filter { wanted == nil || $0.deploymentID == wanted }
            return ["item": .list(stages.map { .object($0.output) })]
        }
    }

    private var updateStage: Operation {
        changing("UpdateStage", coverage: .partial("deployment, description and variables")) { api, input, now in
            let index = try Self.stageIndex(api, input)
            for patch in Patch.read(input) {
                switch (patch.op, patch.path) {
                case ("replace", "/deploymentId"):
                    guard api.deployments.contains(where: { $0.id == patch.value }) else { throw APIGatewayFault.noDeployment }
                    api.stages[index].deploymentID = patch.value
                case ("replace", "/description"): api.stages[index].description = patch.value
                case ("replace", let path) where path.hasPrefix("/variables/"),
                    ("add", let path) where path.hasPrefix("/variables/"):
                    api.stages[index].variables[patch.name] = patch.value
                case ("remove", let path) where path.hasPrefix("/variables/"): api.stages[index].variables[patch.name] = nil
                default: throw patch.refusal
                }
            }
            api.stages[index].updatedAt = now.floored(to: .seconds(1))
            return api.stages[index].output
        }
    }

    private var deleteStage: Operation {
        changing("DeleteStage") { api, input, _ in
            api.stages.remove(at: try Self.stageIndex(api, input))
            return [:]
        }
    }

    private var flushAuthorizers: Operation {
        Operation("FlushStageAuthorizersCache") { [store, results] request in
            let api = try store.read { try Self.api(request, $0) }
            _ = try Self.stageIndex(api, request.input)
            results.removeAll(of: api.id)
            return OperationResponse()
        }
    }

    private static func stageIndex(_ api: RestAPI, _ input: AWSObject) throws -> Int {
        guard let index = api.stages.firstIndex(where: { $0.name == input["stageName"]?.string })
        else { throw APIGatewayFault.noStage }
        return index
    }
}
