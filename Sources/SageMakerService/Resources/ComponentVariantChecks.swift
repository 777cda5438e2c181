import AWSModel

/// What an endpoint configuration for inference components must have: variants without models, and a role.
// AWS: doc and recorded that ExecutionRoleArn is required; the texts are inferred — spec/hosting.md §C, §G.2.
func checkComponentVariants(_ variants: [AWSValue], _ input: AWSObject) throws {
    let withoutModel = variants.filter { $0["ModelName"] == nil }
    guard !withoutModel.isEmpty else { return }
    guard withoutModel.count == variants.count else {
        throw AWSFault.validation(
            "Either all production variants have a ModelName, or none of them, for inference components.")
    }
    guard input["ExecutionRoleArn"] != nil else {
        throw AWSFault.validation("ExecutionRoleArn is required for endpoint configurations whose variants have no ModelName.")
    }
}

/// Throws what is wrong with the `ManagedInstanceScaling` of a variant for inference components. A minimum of zero
/// is accepted, as in the regions that know scaling to zero. AWS: recorded for us-east-1.
func checkManagedScaling(_ variant: AWSObject, named name: String) throws {
    guard let scaling = variant["ManagedInstanceScaling"] else { return }
    if scaling["ScaleInPolicy"] != nil {
        throw AWSFault.notEmulated(
            member: "ProductionVariants.ManagedInstanceScaling.ScaleInPolicy", of: "CreateEndpointConfig")
    }
    guard let most = scaling["MaxInstanceCount"]?.int else { return }
    guard (scaling["MinInstanceCount"]?.int ?? 0) <= most else {
        throw AWSFault.validation(
            "MinInstanceCount must not be greater than MaxInstanceCount in the ManagedInstanceScaling of the "
                + "production variant \(name).")
    }
}
