import AWSModel

/// What the instance pools of a production variant may be.
// AWS: doc — the guide's page on instance pools: they replace InstanceType; the texts are our own.
enum InstancePoolChecks {
    static func check(_ variant: AWSObject, named name: String) throws {
        guard let pools = variant["InstancePools"]?.list else { return }
        guard variant["InstanceType"] == nil else {
            throw AWSFault.validation(
                "InstanceType and InstancePools cannot both be specified for the production variant \(name).")
        }
        var types: Set<String> = []
        for pool in pools {
            // Machines of one fleet run one model here.
            if pool["ModelNameOverride"] != nil {
                throw AWSFault.notEmulated(
                    member: "ProductionVariants.InstancePools.ModelNameOverride", of: "CreateEndpointConfig")
            }
            let type = pool["InstanceType"]?.string ?? ""
            guard types.insert(type).inserted else {
                throw AWSFault.validation(
                    "The instance type \(type) is used more than once in InstancePools of the production variant \(name).")
            }
        }
    }
}
