import AWSModel

/// What an endpoint configuration with shadow variants may not have.
// AWS: doc — spec/hosting.md §0, and the SageMaker guide's exclusions of shadow variants; the texts are our own.
enum ShadowVariantChecks {
    static func check(_ config: AWSObject) throws {
        guard let shadows = config["ShadowProductionVariants"]?.list, !shadows.isEmpty else { return }
        let production = config["ProductionVariants"]?.list ?? []
        guard production.count == 1, shadows.count == 1 else {
            throw AWSFault.validation(
                "An endpoint configuration with ShadowProductionVariants takes exactly one production variant and one "
                    + "shadow variant; it has \(production.count) and \(shadows.count).")
        }
        if config["AsyncInferenceConfig"] != nil {
            throw AWSFault.validation("\(ServerlessChecks.conflict): shadow variants cannot be used with AsyncInferenceConfig.")
        }
        if (production + shadows).contains(where: { $0["ServerlessConfig"] != nil }) {
            throw AWSFault.validation("\(ServerlessChecks.conflict): shadow variants cannot be used with ServerlessConfig.")
        }
    }
}
