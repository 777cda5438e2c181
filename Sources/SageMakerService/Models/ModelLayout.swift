import AWSModel
import HostingRules

/// How the containers of a model answer together; a single container with a single model has no layout.
// AWS: doc — spec/hosting.md §E.1.
indirect enum ModelLayout: Hashable, Sendable, Codable {
    /// One container that loads the archives below its `ModelDataUrl` when requests name them. `keepsModels` is false
    /// when `ModelCacheSetting` is Disabled.
    case multiModel(keepsModels: Bool)
    /// Each container's answer is the next one's request.
    case serial([ContainerIdentity])
    /// The request names its container.
    case direct([ContainerIdentity])

    /// Nil for a single container with a single model.
    init?(_ model: AWSObject, named name: String) {
        let containers = model["Containers"]?.list ?? model["PrimaryContainer"].map { [$0] } ?? []
        if containers.count == 1, containers[0]["Mode"]?.string == "MultiModel" {
            self = .multiModel(keepsModels: containers[0]["MultiModelConfig"]?["ModelCacheSetting"]?.string != "Disabled")
            return
        }
        guard containers.count > 1 else { return nil }
        let parts = containers.enumerated().map { index, container in
            ContainerIdentity(
                modelName: name, image: container["Image"]?.string ?? "",
                modelDataUrl: ResolvedConfig.modelDataURL(container), environment: ResolvedConfig.environment(container),
                // AWS: doc — a name by position where none is given.
                hostname: container["ContainerHostname"]?.string ?? "container-\(index + 1)")
        }
        self = model["InferenceExecutionConfig"]?["Mode"]?.string == "Direct" ? .direct(parts) : .serial(parts)
    }
}

extension ContainerIdentity {
    /// The containers that run: the parts of a pipeline, or the one there is.
    var parts: [ContainerIdentity] {
        switch layout {
        case .serial(let parts), .direct(let parts): parts
        case .multiModel, nil: [self]
        }
    }
}

/// Why a model's containers cannot work together. AWS: doc for the rules, inferred for the texts.
func checkLayout(_ input: AWSObject) throws {
    let containers = input["Containers"]?.list ?? []
    let all = containers + (input["PrimaryContainer"].map { [$0] } ?? [])
    let hostnames = containers.compactMap { $0["ContainerHostname"]?.string }
    if containers.count > 1, !hostnames.isEmpty, hostnames.count < containers.count {
        throw AWSFault.validation("Specify a ContainerHostname for every container or for none of them.")
    }
    guard Set(hostnames).count == hostnames.count else {
        throw AWSFault.validation("The ContainerHostname of every container must be unique.")
    }
    if input["InferenceExecutionConfig"]?["Mode"]?.string == "Direct" {
        guard containers.count > 1, hostnames.count == containers.count else {
            throw AWSFault.validation(
                "InferenceExecutionConfig Mode Direct needs several containers, each with a ContainerHostname.")
        }
    }
    for container in all where container["Mode"]?.string == "MultiModel" {
        guard all.count == 1 else {
            throw AWSFault.validation("A container with Mode MultiModel must be the only container of its model.")
        }
        guard container["ModelDataUrl"]?.string?.hasPrefix("s3://") == true else {
            throw AWSFault.validation("A container with Mode MultiModel needs a ModelDataUrl that is a prefix in S3.")
        }
    }
}
