import AWSModel
import HostingRules
import Vocabulary

/// What rejections of the rules are to clients: the one table from rules to AWS errors.
enum EndpointFaults {
    static func arn(_ name: String, in realm: Realm) -> String {
        ARN(service: "sagemaker", realm: realm, resource: "endpoint/\(name)").description
    }

    // AWS: recorded — spec/hosting.md §G.2.
    static func notFound(_ name: String, in realm: Realm) -> AWSFault {
        .validation("Could not find endpoint \"\(arn(name, in: realm))\".")
    }

    // AWS: recorded — spec/hosting.md §G.2.
    static func alreadyExists(_ name: String, in realm: Realm) -> AWSFault {
        .validation("Cannot create already existing endpoint \"\(arn(name, in: realm))\".")
    }

    /// The fault of a rejection on the endpoint of that ARN.
    static func fault(_ rejection: EndpointRejection, on arn: String) -> AWSFault {
        switch rejection {
        // AWS: recorded — spec/hosting.md §A.6.
        case .busy: .validation("Cannot update in-progress endpoint \"\(arn)\".")
        case .failedEndpoint: .validation("Cannot update failed endpoint \"\(arn)\". Delete it and create it anew.")
        case .unknownVariant(let name): .validation("The endpoint has no production variant named \(name).")
        case .duplicateVariant(let name): .validation("The production variant \(name) is named more than once.")
        case .noVariants: .validation("The endpoint needs at least one production variant.")
        case .noChanges: .validation("Specify a weight or an instance count for at least one production variant.")
        case .allWeightsZero: .validation("At least one production variant needs a weight greater than 0.")
        case .weightOutOfBounds(let name): .validation("The weight of the production variant \(name) is out of bounds.")
        case .instanceCountOutOfBounds(let name, let count, let max):
            .validation("The instance count of the production variant \(name) is \(count); it must be from 0 to \(max).")
        case .serverlessInstanceCount(let name):
            .validation("The serverless production variant \(name) has no instance count.")
        case .instancesToServerless(let name):
            .validation("The endpoint cannot change from instances to the serverless production variant \(name).")
        case .autoscaledInstanceType(let name):
            .validation(
                "The instance type of the production variant \(name) cannot be changed while it is registered with "
                    + "Application Auto Scaling. Deregister the scalable target and register it again afterwards.")
        case .autoscaledVariantRemoved(let name):
            .validation(
                "The production variant \(name) cannot be removed while it is registered with Application Auto "
                    + "Scaling. Deregister the scalable target first.")
        case .notServerless(let name):
            .validation("The production variant \(name) is not serverless and takes no ServerlessUpdateConfig.")
        case .provisionedAboveMaximum(let name, let provisioned, let max):
            .validation(
                "ProvisionedConcurrency (\(provisioned)) of the production variant \(name) must be less than or equal to "
                    + "MaxConcurrency (\(max)).")
        case .policy(let rejection): fault(rejection)
        }
    }

    // AWS: no evidence for these texts — spec/hosting.md §G.3; own wording.
    static func fault(_ rejection: DeploymentPolicyRejection) -> AWSFault {
        switch rejection {
        case .bothPolicies:
            .validation("Specify one of either BlueGreenUpdatePolicy or RollingUpdatePolicy in DeploymentConfig.")
        case .alarmsWithoutPolicy:
            .validation("AutoRollbackConfiguration needs a BlueGreenUpdatePolicy or a RollingUpdatePolicy.")
        case .sizeMissing(let member, let type):
            .validation("\(member.rawValue) is required for traffic routing of type \(type.rawValue).")
        case .sizeSuperfluous(let member, let type):
            .validation("\(member.rawValue) is not allowed for traffic routing of type \(type.rawValue).")
        case .sizeOutOfBounds(let member, let size, let variant, let isShadow, let count):
            .validation(
                "\(member.rawValue) of \(size.value) (\(size.unit.rawValue)) is outside \(member.allowedPercent.lowerBound)% to "
                    + "\(member.allowedPercent.upperBound)% of the \(count) instance(s) of the "
                    + "\(isShadow ? "shadow" : "production") variant \(variant).")
        case .secondsOutOfBounds(let limit, let seconds):
            .validation(
                "\(limit.rawValue) is \(seconds); it must be from \(limit.bounds.lowerBound) to \(limit.bounds.upperBound).")
        case .executionLimitBelowWaits(let limit, let waits):
            .validation(
                "MaximumExecutionTimeoutInSeconds of \(limit) is less than the \(waits) seconds that the deployment waits.")
        case .variantNamesDiffer(let current, let new):
            .validation(
                "A deployment policy needs the same production variants in both configurations: "
                    + "[\(list(current))] are deployed, [\(list(new))] are requested.")
        case .shadowNamesDiffer(let current, let new):
            .validation(
                "A deployment policy needs the same shadow variants in both configurations: "
                    + "[\(list(current))] are deployed, [\(list(new))] are requested.")
        case .rollingSeveralVariants(let production, 0):
            .validation(
                "RollingUpdatePolicy takes one production variant; the endpoint configuration has \(production).")
        case .rollingSeveralVariants(let production, let shadows):
            .validation(
                "RollingUpdatePolicy takes one production variant and no shadow variants; the endpoint configuration "
                    + "has \(production) and \(shadows).")
        case .serverlessVariant(let name):
            .validation(
                "\(ServerlessChecks.conflict): a deployment policy cannot be used for the serverless production variant \(name).")
        case .nothingRetained:
            .validation("RetainDeploymentConfig is set, but the endpoint has no deployment configuration to retain.")
        }
    }

    private static func list(_ names: [VariantName]) -> String { names.map(\.text).joined(separator: ", ") }
}
