import AWSModel
import Crypto
import DeclaredResources
import HostingRules
import Store
import Vocabulary

/// What an endpoint configuration means at this moment: the plan for the rules and the container of each model.
struct ResolvedConfig: Sendable {
    var plan: EndpointPlan
    var containers: [String: ContainerIdentity]
    var features: EndpointFeatures

    /// Reads the configuration and its models. Throws the not-found fault of whichever is missing.
    init(configName: String, in realm: Realm, _ reader: StoreReader, images: (any ImageResolver)?) throws {
        let configs = DeclaredResource.endpointConfig
        guard let config = try reader.document(configs.collection(in: realm).key(configName), as: ResourceRecord.self)
        else { throw configs.notFound(configName, in: realm) }
        containers = [:]
        var variants: [VariantPlan] = []
        let production = config.members["ProductionVariants"]?.list ?? []
        let shadows = config.members["ShadowProductionVariants"]?.list ?? []
        for (index, variant) in (production + shadows).enumerated() {
            let isShadow = index >= production.count
            guard let modelName = variant["ModelName"]?.string else {
                variants.append(Self.plan(variant, modelName: nil, images: [], isShadow: isShadow))
                continue
            }
            let models = DeclaredResource.model
            guard let model = try reader.document(models.collection(in: realm).key(modelName), as: ResourceRecord.self)
            else { throw models.notFound(modelName, in: realm) }
            // The model may have been made anew since the configuration was.
            if variant["ServerlessConfig"] != nil { try ServerlessChecks.check(model: model.members) }
            let all = model.members["Containers"]?.list ?? model.members["PrimaryContainer"].map { [$0] } ?? []
            containers[modelName] = ContainerIdentity(
                modelName: modelName, image: all.first?["Image"]?.string ?? "",
                modelDataUrl: Self.modelDataURL(all.first), environment: Self.environment(all.first),
                layout: ModelLayout(model.members, named: modelName))
            let resolved = try all.compactMap { $0["Image"]?.string }.map { image in
                ImagePlan(specified: image, resolved: try Self.resolve(image, in: realm, reader, images))
            }
            variants.append(Self.plan(
                variant, modelName: modelName, images: resolved, isShadow: isShadow))
        }
        features = EndpointFeatures(config.members)
        plan = EndpointPlan(configName: EndpointConfigName(configName), variants: variants)
    }

    /// The environment of a container definition; nil when it has none.
    static func environment(_ container: AWSValue?) -> [String: String]? {
        guard let entries = container?["Environment"]?.object?.entries, !entries.isEmpty else { return nil }
        return Dictionary(entries.map { ($0.key, $0.value.string ?? "") }, uniquingKeysWith: { _, last in last })
    }

    // AWS: inferred — without a status scaling is off; without a minimum one machine stays.
    private static func managedScaling(_ scaling: AWSValue) -> ManagedScalingPlan {
        ManagedScalingPlan(
            isEnabled: scaling["Status"]?.string == "ENABLED",
            minInstanceCount: scaling["MinInstanceCount"]?.int ?? 1,
            maxInstanceCount: scaling["MaxInstanceCount"]?.int ?? max(1, scaling["MinInstanceCount"]?.int ?? 1))
    }

    static func modelDataURL(_ container: AWSValue?) -> String {
        container?["ModelDataUrl"]?.string ?? container?["ModelDataSource"]?["S3DataSource"]?["S3Uri"]?.string ?? ""
    }

    private static func plan(
        _ variant: AWSValue, modelName: String?, images: [ImagePlan], isShadow: Bool
    ) -> VariantPlan {
        VariantPlan(
            name: VariantName(variant["VariantName"]?.string ?? ""), modelName: modelName.map { ModelName($0) },
            instanceType: variant["InstanceType"]?.string,
            initialInstanceCount: variant["InitialInstanceCount"]?.int ?? 1,
            initialWeight: variant["InitialVariantWeight"]?.double ?? 1, isShadow: isShadow,
            images: images,
            routingStrategy: variant["RoutingConfig"]?["RoutingStrategy"]?.string.flatMap(RoutingStrategy.init) ?? .random,
            serverless: variant["ServerlessConfig"].flatMap(ServerlessPlan.init),
            managedScaling: variant["ManagedInstanceScaling"].map(managedScaling),
            instancePools: variant["InstancePools"]?.list.map { pools in
                pools.map {
                    InstancePool(
                        instanceType: $0["InstanceType"]?.string ?? "", priority: $0["Priority"]?.int ?? 1)
                }
            }, capacityWaitSeconds: variant["VariantInstanceProvisionTimeoutInSeconds"]?.int)
    }

    /// The image's digest as of now; nil when the image must be here and is not.
    static func resolve(
        _ image: String, in realm: Realm, _ reader: StoreReader, _ images: (any ImageResolver)?
    ) throws -> String? {
        switch try images?.resolve(image, in: realm, reader) ?? .notEmulated {
        case .notEmulated: assumedDigest(of: image)
        case .resolved(let resolved): resolved
        case .missing: nil
        }
    }

    /// An image that cannot exist here (AWS's own repositories) gets a digest made from its name: the same every time.
    private static func assumedDigest(of image: String) -> String {
        if image.utf8.contains(UInt8(ascii: "@")) { return image }
        let digest = SHA256.hash(data: Array(image.utf8))
        return "\(repository(of: image))@sha256:\(Hexadecimal.encode(digest))"
    }

    /// The reference without its tag: a colon before the last slash belongs to a registry's port.
    private static func repository(of image: String) -> Substring {
        let name = image.utf8.lastIndex(of: UInt8(ascii: "/")).map { image.utf8.index(after: $0) } ?? image.startIndex
        guard let colon = image.utf8[name...].firstIndex(of: UInt8(ascii: ":")) else { return image[...] }
        return image[..<colon]
    }
}
