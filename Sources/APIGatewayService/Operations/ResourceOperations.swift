import AWSModel
import Gateway
import SimTime

extension APIGatewayService {
    /// CreateResource … DeleteResource.
    var resourceOperations: [Operation] { [createResource, getResource, getResources, updateResource, deleteResource] }

    private var createResource: Operation {
        changing("CreateResource") { [mint] api, input, _ in
            guard let parent = api.resource(input["parentId"]?.string ?? "") else { throw APIGatewayFault.noResource }
            let part = input["pathPart"]?.string ?? ""
            guard Self.isPathPart(part), !parent.path.hasSuffix("+}") else {
                // AWS: inferred — widely known wording.
                throw APIGatewayFault.badRequest(
                    "Resource's path part only allow a-zA-Z0-9._-: or a valid greedy path variable and curly braces at "
                        + "the beginning and the end.")
            }
            let path = (parent.path == "/" ? "" : parent.path) + "/" + part
            guard !api.resources.contains(where: { $0.path == path }) else {
                throw APIGatewayFault.conflict("Another resource with the same parent already has this name: \(part)")
            }
            let resource = APIResource(id: mint.partID(), parentID: parent.id, pathPart: part, path: path)
            api.resources.append(resource)
            return resource.output
        }
    }

    private var getResource: Operation {
        reading("GetResource") { api, input in try Self.find(api, input).output(embedding: input) }
    }

    private var getResources: Operation {
        reading("GetResources") { api, input in
            Self.page(api.resources.map { ($0.id, $0.output(embedding: input)) }, input)
        }
    }

    private var updateResource: Operation {
        changing("UpdateResource", coverage: .partial("only /pathPart, of a resource without children")) { api, input, _ in
            let resource = try Self.find(api, input)
            for patch in Patch.read(input) {
                guard patch.op == "replace", patch.path == "/pathPart", Self.isPathPart(patch.value),
                      !api.resources.contains(where: { $0.parentID == resource.id }),
                      let index = api.resources.firstIndex(where: { $0.id == resource.id }), resource.parentID != nil
                else { throw patch.refusal }
                let parent = resource.path.split(separator: "/").dropLast().map { "/" + $0 }.joined()
                api.resources[index].pathPart = patch.value
                api.resources[index].path = parent + "/" + patch.value
            }
            return try Self.find(api, input).output
        }
    }

    private var deleteResource: Operation {
        changing("DeleteResource") { api, input, _ in
            let resource = try Self.find(api, input)
            guard resource.parentID != nil else {
                throw APIGatewayFault.badRequest("Root resource cannot be deleted")
            }
            let prefix = resource.path + "/"
            api.resources.removeAll { $0.id == resource.id || $0.path.hasPrefix(prefix) }
            return [:]
        }
    }

    static func find(_ api: RestAPI, _ input: AWSObject) throws -> APIResource {
        guard let found = api.resource(input["resourceId"]?.string ?? "") else { throw APIGatewayFault.noResource }
        return found
    }

    /// `name`, `{name}` or `{name+}`.
    private static func isPathPart(_ text: String) -> Bool {
        var inside = text[...]
        if text.hasPrefix("{"), text.hasSuffix("}") {
            inside = inside.dropFirst().dropLast()
            if inside.hasSuffix("+") { inside = inside.dropLast() }
        }
        return !inside.isEmpty && inside.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
                || [0x2e, 0x5f, 0x2d, 0x3a].contains(byte)
        }
    }
}

extension APIResource {
    /// With the methods themselves, when `embed=methods` asks for them.
    fileprivate func output(embedding input: AWSObject) -> AWSObject {
        var output = output
        if input["embed"]?.list?.contains(.string("methods")) ?? false, !methods.isEmpty {
            output["resourceMethods"] = .object(AWSObject(methods.sorted { $0.key < $1.key }.map { ($0.key, .object($0.value)) }))
        }
        return output
    }
}
