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

private let prepareModel: DeclaredResource.Prepare = { input, _, _ in
    var model = input
    let primary = input["PrimaryContainer"]?.object
    let containers = input["Containers"]?.list?.compactMap(\.object) ?? []
    guard (primary == nil) != containers.isEmpty else {
        throw AWSFault.validation("Specify one of either PrimaryContainer or Containers.")
    }
    if input["InferenceExecutionConfig"]?["Mode"]?.string == "Direct" {
        throw AWSFault.notEmulated(member: "InferenceExecutionConfig Mode Direct", of: "CreateModel")
    }
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
    if container["Mode"]?.string == "MultiModel" { throw AWSFault.notEmulated(member: "Mode MultiModel", of: "CreateModel") }
}

private func withDefaults(_ container: AWSObject) -> AWSObject {
    var container = container
    if container["Mode"] == nil { container["Mode"] = "SingleModel" }
    if container["Environment"] == nil { container["Environment"] = .object([:]) }
    return container
}
