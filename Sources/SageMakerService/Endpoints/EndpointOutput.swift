import AWSModel
import HostingRules

/// DescribeEndpoint's output from what the rules tell.
// AWS: recorded keys and order — spec/hosting.md §A.3.
enum EndpointOutput {
    static func describe(_ record: EndpointRecord, _ description: EndpointDescription) -> AWSObject {
        var output: AWSObject = [
            "EndpointName": .string(record.name), "EndpointArn": .string(record.arn),
            "EndpointConfigName": .string(description.configName.text),
        ]
        if !description.productionVariants.isEmpty {
            output.append("ProductionVariants", .list(description.productionVariants.map { .object(variant($0)) }))
        }
        if let capture = record.currentFeatures?.capture { output.append("DataCaptureConfig", .object(capture.summary)) }
        output.append("EndpointStatus", .string(description.status.rawValue))
        if let reason = description.failureReason { output.append("FailureReason", .string(reason)) }
        output.append("CreationTime", .timestamp(description.createdAt))
        output.append("LastModifiedTime", .timestamp(description.lastModifiedAt))
        if let config = description.lastDeploymentConfig.flatMap(DeploymentConfig.output) {
            output.append("LastDeploymentConfig", config)
        }
        if let config = record.currentFeatures?.asyncInference { output.append("AsyncInferenceConfig", .object(config)) }
        if let pending = description.pendingDeployment {
            output.append("PendingDeploymentSummary", .object(self.pending(pending)))
        }
        if !description.shadowVariants.isEmpty {
            output.append("ShadowProductionVariants", .list(description.shadowVariants.map { .object(variant($0)) }))
        }
        if let explainer = record.currentFeatures?.explainer { output.append("ExplainerConfig", .object(explainer)) }
        if let metrics = record.currentFeatures?.metrics { output.append("MetricsConfig", .object(metrics)) }
        return output
    }

    private static func serverless(_ plan: ServerlessPlan) -> AWSValue {
        [
            "MemorySizeInMB": .integer(Int64(plan.memorySizeInMB)), "MaxConcurrency": .integer(Int64(plan.maxConcurrency)),
            "ProvisionedConcurrency": plan.provisionedConcurrency.map { .integer(Int64($0)) },
        ]
    }

    static func pending(_ pending: PendingDeployment) -> AWSObject {
        var output: AWSObject = [
            "EndpointConfigName": .string(pending.configName.text),
            "ProductionVariants": .list(pending.productionVariants.map { .object(variant($0)) }),
            "StartTime": .timestamp(pending.startedAt),
        ]
        if !pending.shadowVariants.isEmpty {
            output.append("ShadowProductionVariants", .list(pending.shadowVariants.map { .object(variant($0)) }))
        }
        return output
    }

    static func image(_ image: DeployedImage) -> AWSValue {
        ["SpecifiedImage": .string(image.specified), "ResolvedImage": image.resolved.map { .string($0) },
         "ResolutionTime": .timestamp(image.resolvedAt)]
    }

    static func variant(_ summary: VariantSummary) -> AWSObject {
        var output: AWSObject = ["VariantName": .string(summary.name.text)]
        // A variant of inference components runs no image of its own.
        if !summary.deployedImages.isEmpty {
            output.append("DeployedImages", .list(summary.deployedImages.map(image)))
        }
        output.append("CurrentWeight", .double(summary.currentWeight))
        output.append("DesiredWeight", .double(summary.desiredWeight))
        if let count = summary.currentInstanceCount { output.append("CurrentInstanceCount", .integer(Int64(count))) }
        if let count = summary.desiredInstanceCount { output.append("DesiredInstanceCount", .integer(Int64(count))) }
        if let plan = summary.serverless { output.append("CurrentServerlessConfig", serverless(plan)) }
        if let plan = summary.desiredServerless { output.append("DesiredServerlessConfig", serverless(plan)) }
        if let pools = summary.instancePools {
            output.append("InstancePools", .list(pools.map { pool in
                ["InstanceType": .string(pool.instanceType),
                 "CurrentInstanceCount": .integer(Int64(pool.currentInstanceCount))]
            }))
        }
        if let type = summary.instanceType { output.append("InstanceType", .string(type)) }
        if let scaling = summary.managedScaling {
            output.append("ManagedInstanceScaling", [
                "Status": scaling.isEnabled ? "ENABLED" : "DISABLED",
                "MinInstanceCount": .integer(Int64(scaling.minInstanceCount)),
                "MaxInstanceCount": .integer(Int64(scaling.maxInstanceCount)),
            ])
        }
        if summary.routingStrategy == .leastOutstandingRequests {
            output.append("RoutingConfig", ["RoutingStrategy": .string(summary.routingStrategy.rawValue)])
        }
        if !summary.statuses.isEmpty {
            output.append("VariantStatus", .list(summary.statuses.map { status in
                ["Status": .string(status.phase.rawValue), "StatusMessage": .string(status.message),
                 "StartTime": .timestamp(status.startedAt)]
            }))
        }
        return output
    }
}
