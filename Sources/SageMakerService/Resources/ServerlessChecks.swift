import AWSModel
import HostingRules

/// What an endpoint configuration with a serverless variant may be.
// AWS: doc — spec/hosting.md §0, and the SageMaker guide's feature exclusions of serverless inference. The opening of a
// conflict's text is recorded (§G.2), the rest is our own.
enum ServerlessChecks {
    static let memorySizes = [1024, 2048, 3072, 4096, 5120, 6144]
    static let conflict = "One or more endpoint features are not supported using this configuration"

    static func check(_ config: AWSObject) throws {
        let variants = config["ProductionVariants"]?.list ?? []
        guard variants.contains(where: { $0["ServerlessConfig"] != nil }) else { return }
        if variants.count > 1 { throw AWSFault.validation("\(conflict): a serverless endpoint has one production variant.") }
        for member in ["VpcConfig", "ExplainerConfig"] where config[member] != nil {
            throw AWSFault.validation("\(conflict): \(member) cannot be used with ServerlessConfig.")
        }
        if config["EnableNetworkIsolation"]?.bool == true {
            throw AWSFault.validation("\(conflict): EnableNetworkIsolation cannot be used with ServerlessConfig.")
        }
        if config["DataCaptureConfig"]?["EnableCapture"]?.bool == true {
            throw AWSFault.validation("\(conflict): data capture cannot be used with ServerlessConfig.")
        }
    }

    /// Checks one variant of a configuration against the model it runs.
    static func check(variant: AWSObject, model: AWSObject) throws {
        guard let config = variant["ServerlessConfig"] else { return }
        for member in [
            "InstanceType", "InitialInstanceCount", "AcceleratorType", "ManagedInstanceScaling", "RoutingConfig",
            "InstancePools", "VolumeSizeInGB", "CapacityReservationConfig", "CoreDumpConfig",
        ] where variant[member] != nil {
            throw AWSFault.validation("\(member) cannot be specified together with ServerlessConfig.")
        }
        try check(model: model)
        guard let plan = ServerlessPlan(config) else { return }
        guard memorySizes.contains(plan.memorySizeInMB) else {
            throw AWSFault.validation(
                "The memory size \(plan.memorySizeInMB) of ServerlessConfig must be one of "
                    + "\(memorySizes.map(String.init).joined(separator: ", ")) MB.")
        }
        if let provisioned = plan.provisionedConcurrency, provisioned > plan.maxConcurrency {
            throw AWSFault.validation(
                "ProvisionedConcurrency (\(provisioned)) must be less than or equal to MaxConcurrency "
                    + "(\(plan.maxConcurrency)).")
        }
    }

    /// Checks the model of a serverless variant.
    // AWS: doc — the guide's feature exclusions of serverless inference; for ModelDataSource, the API's own text. That
    // CreateEndpointConfig refuses them is inferred.
    static func check(model: AWSObject) throws {
        let containers = model["Containers"]?.list ?? model["PrimaryContainer"].map { [$0] } ?? []
        if containers.count > 1 {
            throw AWSFault.validation("\(conflict): a serverless endpoint runs a model of one container.")
        }
        var excluded: [String] = []
        if model["VpcConfig"] != nil { excluded.append("VpcConfig") }
        if model["EnableNetworkIsolation"]?.bool == true { excluded.append("EnableNetworkIsolation") }
        if containers.contains(where: { $0["Mode"]?.string == "MultiModel" }) { excluded.append("Mode MultiModel") }
        if containers.contains(where: { $0["ModelDataSource"] != nil }) { excluded.append("ModelDataSource") }
        if let first = excluded.first {
            throw AWSFault.validation("\(conflict): a model with \(first) cannot be used with ServerlessConfig.")
        }
    }
}
