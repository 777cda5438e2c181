import AWSModel
import DeclaredResources
import Gateway
import Store

extension DeclaredResource {
    /// SageMaker's EndpointConfig. An endpoint takes a copy when it is created or updated, hence deletes are never refused.
    // AWS: recorded — spec/hosting.md §A.6.
    static let endpointConfig = DeclaredResource(
        service: "sagemaker", type: "endpoint-config", noun: "endpoint configuration", nameMember: "EndpointConfigName",
        arnMember: "EndpointConfigArn", listMember: "EndpointConfigs", prepare: prepareEndpointConfig)
}

private let prepareEndpointConfig: DeclaredResource.Prepare = { input, reader, context in
    try MetricsChecks.check(input)
    try ServerlessChecks.check(input)
    try ExplainerPlan.check(input)
    try CapturePlan.check(input)
    try ShadowVariantChecks.check(input)
    try AsyncConfig.check(input)
    var names: Set<String> = []
    var config = input
    for list in ["ProductionVariants", "ShadowProductionVariants"] where input[list] != nil {
        var variants: [AWSValue] = []
        for variant in input[list]?.list?.compactMap(\.object) ?? [] {
            let name = variant["VariantName"]?.string ?? ""
            guard names.insert(name).inserted else {
                throw AWSFault.validation("The production variant name \(name) is used more than once.")
            }
            variants.append(.object(try prepare(variant, named: name, reader, context)))
        }
        config[list] = .list(variants)
        try checkComponentVariants(variants, input)
    }
    return config
}

private func prepare(
    _ variant: AWSObject, named name: String, _ reader: StoreReader, _ context: RequestContext
) throws -> AWSObject {
    if let modelName = variant["ModelName"]?.string {
        if variant["ManagedInstanceScaling"] != nil {
            // AWS: recorded — spec/hosting.md §G.2.
            throw AWSFault.validation("ManagedInstanceScaling is only supported for inference component endpoints.")
        }
        let models = DeclaredResource.model
        let key = models.collection(in: context.realm).key(modelName)
        guard let model = try reader.document(key, as: ResourceRecord.self) else {
            throw models.notFound(modelName, in: context.realm)
        }
        try ServerlessChecks.check(variant: variant, model: model.members)
    } else {
        if variant["ServerlessConfig"] != nil {
            throw AWSFault.validation("The serverless production variant \(name) needs a ModelName.")
        }
        try checkManagedScaling(variant, named: name)
    }
    try InstancePoolChecks.check(variant, named: name)
    let hasType = variant["InstanceType"] != nil || variant["InstancePools"] != nil
    let hasMachines = hasType && variant["InitialInstanceCount"] != nil
    guard hasMachines || variant["ServerlessConfig"] != nil else {
        throw AWSFault.validation(
            "InstanceType and InitialInstanceCount are required for the production variant \(name).")
    }
    var prepared = variant
    // AWS: doc — spec/hosting.md §0: InitialVariantWeight defaults to 1.0.
    if variant["InitialVariantWeight"] == nil { prepared["InitialVariantWeight"] = 1.0 }
    return prepared
}
