import AWSModel
import AWSProtocols
import DeclaredResources
import Gateway
import HostingRules
import SimTime
import Store
import Vocabulary

/// Reads `InferenceComponentSpecification`s and deployment configurations.
struct ComponentInput: Sendable {
    let realm: Realm
    let images: (any ImageResolver)?

    /// The specification of `component`, checked. `former` lends what an update leaves out.
    /// Throws the fault of what is missing or contradicts itself. AWS: inferred texts — spec/hosting.md §C.
    func specification(
        _ input: AWSObject, of component: String, operation: String, former: ComponentSpecification? = nil,
        at now: SimInstant, _ reader: StoreReader
    ) throws -> ComponentSpecification {
        if input["Specifications"] != nil {
            throw AWSFault.notEmulated(member: "Specifications", of: operation)
        }
        guard var members = input["Specification"]?.object else {
            throw AWSFault.validation("Specify a specification for the inference component.")
        }
        for member in ["InstanceType"] where members[member] != nil {
            throw AWSFault.notEmulated(member: "Specification.\(member)", of: operation)
        }
        if members["ComputeResourceRequirements"] == nil {
            members["ComputeResourceRequirements"] = former?.members["ComputeResourceRequirements"]
        }
        let base = members["BaseInferenceComponentName"]?.string ?? former?.members["BaseInferenceComponentName"]?.string
        if let base { members["BaseInferenceComponentName"] = .string(base) }
        let (model, container) = (members["ModelName"]?.string, members["Container"])
        guard (model == nil) != (container == nil) else {
            throw AWSFault.validation(
                "Specify one of either ModelName or Container in the specification of the inference component.")
        }
        var specification = ComponentSpecification(
            members: members, container: ContainerIdentity(modelName: component, image: "", modelDataUrl: ""), image: nil,
            imageResolvedAt: now + .milliseconds(300), demand: nil,
            strategy: members["SchedulingConfig"]?["PlacementStrategy"]?.string
                .flatMap(ComponentPlacement.Strategy.init) ?? .spread)
        try fill(&specification, model: model, container: container, base: base, component, reader)
        return specification
    }

    private func fill(
        _ specification: inout ComponentSpecification, model: String?, container: AWSValue?, base: String?,
        _ component: String, _ reader: StoreReader
    ) throws {
        let requirements = specification.members["ComputeResourceRequirements"]
        if base != nil {
            guard requirements == nil else {
                throw AWSFault.validation(
                    "ComputeResourceRequirements cannot be specified for an adapter inference component.")
            }
            guard let artifact = container?["ArtifactUrl"]?.string, container?["Image"] == nil else {
                throw AWSFault.validation(
                    "An adapter inference component needs a Container with an ArtifactUrl, and no image.")
            }
            specification.container.modelDataUrl = artifact
            return
        }
        guard let requirements else {
            throw AWSFault.validation("Specify ComputeResourceRequirements for the inference component \(component).")
        }
        specification.demand = ComponentDemand(
            cpuCores: requirements["NumberOfCpuCoresRequired"]?.double ?? 0,
            memoryInMB: requirements["MinMemoryRequiredInMb"]?.int ?? 0,
            accelerators: requirements["NumberOfAcceleratorDevicesRequired"]?.double ?? 0)
        if let maximum = requirements["MaxMemoryRequiredInMb"]?.int, maximum < specification.demand?.memoryInMB ?? 0 {
            throw AWSFault.validation("MaxMemoryRequiredInMb must not be less than MinMemoryRequiredInMb.")
        }
        var source = container
        if let model {
            let models = DeclaredResource.model
            guard let record = try reader.document(models.collection(in: realm).key(model), as: ResourceRecord.self)
            else { throw models.notFound(model, in: realm) }
            source = record.members["PrimaryContainer"] ?? record.members["Containers"]?.list?.first
            specification.container.modelName = model
        }
        guard let image = source?["Image"]?.string else {
            throw AWSFault.validation("Specify an image in the container of the inference component \(component).")
        }
        specification.container.image = image
        specification.container.modelDataUrl = source?["ArtifactUrl"]?.string ?? ResolvedConfig.modelDataURL(source)
        specification.image = ImagePlan(
            specified: image, resolved: try ResolvedConfig.resolve(image, in: realm, reader, images))
    }
}

extension ComponentDeploymentConfig {
    /// Reads the API's `InferenceComponentDeploymentConfig`.
    init(_ input: AWSValue) {
        let policy = input["RollingUpdatePolicy"]
        self.init(
            maximumBatchSize: policy?["MaximumBatchSize"].flatMap(CopySize.init) ?? CopySize(.copyCount, 1),
            waitSeconds: policy?["WaitIntervalInSeconds"]?.int ?? 0,
            maximumExecutionTimeoutSeconds: policy?["MaximumExecutionTimeoutInSeconds"]?.int,
            rollbackMaximumBatchSize: policy?["RollbackMaximumBatchSize"].flatMap(CopySize.init),
            alarms: (input["AutoRollbackConfiguration"]?["Alarms"]?.list ?? []).compactMap {
                $0["AlarmName"]?.string.map { AlarmName($0) }
            },
            json: JSON.string(input))
    }
}

extension CopySize {
    init?(_ size: AWSValue) {
        guard let unit = size["Type"]?.string.flatMap(Unit.init), let value = size["Value"]?.int else { return nil }
        self.init(unit, value)
    }
}
