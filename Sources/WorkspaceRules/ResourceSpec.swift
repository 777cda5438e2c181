/// What an app runs on: `ResourceSpec`.
package struct ResourceSpec: Equatable, Sendable, Codable {
    package var imageARN: String?
    package var imageVersionARN: String?
    package var imageVersionAlias: String?
    package var instanceType: String?
    package var lifecycleConfigARN: String?

    package init(
        imageARN: String? = nil, imageVersionARN: String? = nil, imageVersionAlias: String? = nil,
        instanceType: String? = nil, lifecycleConfigARN: String? = nil
    ) {
        self.imageARN = imageARN
        self.imageVersionARN = imageVersionARN
        self.imageVersionAlias = imageVersionAlias
        self.instanceType = instanceType
        self.lifecycleConfigARN = lifecycleConfigARN
    }

    /// What holds when several places say something, the nearest first: CreateApp, user profile or space, domain.
    /// The image is one decision: a nearer place that names an image is not completed by another place's version.
    /// The literal `None` clears what farther places say.
    // AWS: documented — spec/studio.md §A6.
    package static func resolved(_ nearestFirst: [ResourceSpec]) -> ResourceSpec {
        var spec = ResourceSpec()
        if let named = nearestFirst.first(where: \.namesImage) {
            spec.imageARN = named.imageARN
            spec.imageVersionARN = named.imageVersionARN
            spec.imageVersionAlias = named.imageVersionAlias
        }
        spec.instanceType = nearestFirst.lazy.compactMap(\.instanceType).first
        spec.lifecycleConfigARN = nearestFirst.lazy.compactMap(\.lifecycleConfigARN).first
        return spec.withoutNone
    }

    private var namesImage: Bool { imageARN != nil || imageVersionARN != nil }

    private var withoutNone: ResourceSpec {
        func meant(_ text: String?) -> String? { text == "None" ? nil : text }
        return ResourceSpec(
            imageARN: meant(imageARN), imageVersionARN: meant(imageVersionARN), imageVersionAlias: meant(imageVersionAlias),
            instanceType: meant(instanceType), lifecycleConfigARN: meant(lifecycleConfigARN))
    }

    /// The instance an app of `type` gets, or why there is none.
    // AWS: documented — spec/studio.md §A6.
    package func instanceType(for type: AppType) -> Result<String, InstanceRejection> {
        switch (type, instanceType) {
        case (.jupyterServer, nil), (.jupyterServer, "system"?): .success("system")
        case (.jupyterServer, let other?): .failure(.onlySystem(other))
        case (.kernelGateway, nil): .failure(.missing)
        case (.kernelGateway, "system"?): .success("ml.t3.medium")
        case (.rStudioServerPro, nil), (.rStudioServerPro, "system"?): .success("system")
        case (.canvas, nil), (.canvas, "system"?): .success("system")
        case (.rSessionGateway, nil), (.rSessionGateway, "system"?), (_, nil), (_, "system"?): .success("ml.t3.medium")
        case (_, let chosen?): .success(chosen)
        }
    }
}

/// Why an app cannot run on the instance type that was asked for.
package enum InstanceRejection: Error, Equatable, Sendable {
    case onlySystem(String)
    case missing
}
