import AWSModel
import AWSProtocols
import HostingRules

/// What Describe and List tell of an inference component. AWS: sdk — the members and their order.
enum ComponentOutput {
    static func describe(_ record: ComponentRecord) -> AWSObject {
        let component = record.component
        var output: AWSObject = [
            "InferenceComponentName": .string(record.name), "InferenceComponentArn": .string(record.arn),
            "EndpointName": .string(record.endpointName), "EndpointArn": .string(record.endpointARN),
            "VariantName": .string(record.variantName),
        ]
        if let reason = component.failureReason { output.append("FailureReason", .string(reason)) }
        if let current = record.current { output.append("Specification", .object(specification(current))) }
        output.append("RuntimeConfig", [
            "DesiredCopyCount": .integer(Int64(component.desiredCopyCount)),
            "CurrentCopyCount": .integer(Int64(component.servingCount)),
        ])
        output.append("CreationTime", .timestamp(component.createdAt))
        output.append("LastModifiedTime", .timestamp(component.lastModifiedAt))
        output.append("InferenceComponentStatus", .string(component.status.rawValue))
        if let config = component.lastDeploymentConfig.flatMap({ try? JSON.parse($0.json) }) {
            output.append("LastDeploymentConfig", config)
        }
        return output
    }

    private static func specification(_ specification: ComponentSpecification) -> AWSObject {
        var output = specification.members
        guard let container = output["Container"] else { return output }
        var summary = AWSObject()
        if let image = specification.image {
            summary.append("DeployedImage", EndpointOutput.image(DeployedImage(
                specified: image.specified, resolved: image.resolved, resolvedAt: specification.imageResolvedAt)))
        }
        summary["ArtifactUrl"] = container["ArtifactUrl"]
        summary["Environment"] = container["Environment"]
        output["Container"] = .object(summary)
        return output
    }

    static func summary(_ record: ComponentRecord) -> AWSObject {
        [
            "CreationTime": .timestamp(record.component.createdAt), "InferenceComponentArn": .string(record.arn),
            "InferenceComponentName": .string(record.name), "EndpointArn": .string(record.endpointARN),
            "EndpointName": .string(record.endpointName), "VariantName": .string(record.variantName),
            "InferenceComponentStatus": .string(record.component.status.rawValue),
            "LastModifiedTime": .timestamp(record.component.lastModifiedAt),
        ]
    }
}
