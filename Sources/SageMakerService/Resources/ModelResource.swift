import AWSModel
import DeclaredResources
import Gateway
import Store

extension DeclaredResource {
    /// SageMaker's Model: containers under a name. Plain CRUD; nothing refuses a delete.
    // AWS: recorded — spec/hosting.md §A.6, §G.2.
    static let model = DeclaredResource(
        service: "sagemaker", type: "model", noun: "model", nameMember: "ModelName", arnMember: "ModelArn",
        listMember: "Models", prepare: prepareModel)
}

extension DeclaredResource {
    /// The same resource, refusing containers whose image should be in an emulated repository and is not.
    // AWS: recorded — spec/studio.md §A7: CreateModel says `Requested image … not found.`
    func checkingImages(_ images: (any ImageResolver)?) -> DeclaredResource {
        guard let images else { return self }
        var checked = self
        let prepare = prepare
        checked.prepare = { input, reader, context in
            let model = try prepare(input, reader, context)
            let containers = (model["Containers"]?.list ?? []) + (model["PrimaryContainer"].map { [$0] } ?? [])
            for image in containers.compactMap({ $0["Image"]?.string }) {
                if case .missing(let reason) = try images.resolve(image, in: context.realm, reader) {
                    throw AWSFault.validation(reason)
                }
            }
            return model
        }
        return checked
    }
}

private let prepareModel: DeclaredResource.Prepare = { input, _, _ in
    var model = input
    let primary = input["PrimaryContainer"]?.object
    let containers = input["Containers"]?.list?.compactMap(\.object) ?? []
    guard (primary == nil) != containers.isEmpty else {
        throw AWSFault.validation("Specify one of either PrimaryContainer or Containers.")
    }
    try checkLayout(input)
    for container in containers + (primary.map { [$0] } ?? []) { try check(container) }
    model["PrimaryContainer"] = primary.map { .object(withDefaults($0)) }
    if !containers.isEmpty { model["Containers"] = .list(containers.map { .object(withDefaults($0)) }) }
    model["EnableNetworkIsolation"] = input["EnableNetworkIsolation"] ?? false
    return model
}

private func check(_ container: AWSObject) throws {
    if container["ModelPackageName"] != nil {
        throw AWSFault.notEmulated(member: "ModelPackageName", of: "CreateModel")
    }
    guard container["Image"] != nil else {
        // AWS: recorded — spec/hosting.md §G.2.
        throw AWSFault.validation(
            "Specify one of either Image and Model Data URL or ModelPackageName in container definition.")
    }
}

private func withDefaults(_ container: AWSObject) -> AWSObject {
    var container = container
    if container["Mode"] == nil { container["Mode"] = "SingleModel" }
    if container["Environment"] == nil { container["Environment"] = .object([:]) }
    return container
}
