import AWSModel

/// Inference components.
extension ScenarioCalls {
    static func create(_ component: Scenario.Component) -> AWSValue {
        [
            "InferenceComponentName": .string(component.name), "EndpointName": .string(component.endpoint),
            "VariantName": .string(component.variant),
            "Specification": specification(component.specification, of: component.name),
            "RuntimeConfig": ["CopyCount": .integer(Int64(component.copies))],
        ]
    }

    /// `former` lends the container what the update leaves out: AWS wants all of it.
    static func update(_ update: Scenario.ComponentUpdate, former: Scenario.ComponentSpecification?) -> AWSValue {
        var specification = update.specification
        let changes = specification != Scenario.ComponentSpecification()
        if specification.model == nil {
            if specification.image == nil, specification.modelData == nil { specification.model = former?.model }
            specification.image = specification.image ?? former?.image
            specification.modelData = specification.modelData ?? former?.modelData
        }
        return [
            "InferenceComponentName": .string(update.name),
            "Specification": changes ? self.specification(specification, of: update.name) : nil,
            "RuntimeConfig": update.copies.map { ["CopyCount": .integer(Int64($0))] },
            "DeploymentConfig": deploymentConfig(update),
        ]
    }

    private static func specification(_ own: Scenario.ComponentSpecification, of component: String) -> AWSValue {
        var container: AWSValue?
        if own.model == nil, let image = own.image {
            let data = own.modelData ?? "s3://coldframe-scenario/\(component)/model.tar.gz"
            container = ["Image": .string(image), "ArtifactUrl": .string(data)]
        }
        let requirements: AWSObject = [
            "NumberOfCpuCoresRequired": own.cores.map { .double($0) },
            "NumberOfAcceleratorDevicesRequired": own.accelerators.map { .double(Double($0)) },
            "MinMemoryRequiredInMb": own.memoryInMB.map { .integer(Int64($0)) },
        ]
        return [
            "ModelName": own.model.map { .string($0) }, "Container": container,
            "ComputeResourceRequirements": requirements.isEmpty ? nil : .object(requirements),
        ]
    }

    private static func deploymentConfig(_ update: Scenario.ComponentUpdate) -> AWSValue? {
        guard let batch = update.batch else { return nil }
        return [
            "RollingUpdatePolicy": [
                "MaximumBatchSize": size(batch, countedIn: "COPY_COUNT"),
                "WaitIntervalInSeconds": .integer(Int64(update.waitSeconds ?? 0)),
                "MaximumExecutionTimeoutInSeconds": update.timeoutSeconds.map { .integer(Int64($0)) },
                "RollbackMaximumBatchSize": update.rollbackBatch.map { size($0, countedIn: "COPY_COUNT") },
            ],
            "AutoRollbackConfiguration": rollback(on: update.rollbackOn),
        ]
    }

    static func copies(_ component: String, _ count: Int) -> AWSValue {
        [
            "InferenceComponentName": .string(component),
            "DesiredRuntimeConfig": ["CopyCount": .integer(Int64(count))],
        ]
    }
}
