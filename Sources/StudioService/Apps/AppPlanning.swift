import AWSModel
import Store
import Vocabulary
import WorkspaceRules

/// Finds out what an app is to run, from the request, its profile or space, and its domain.
// AWS: spec/studio.md §A6.
struct AppPlanning {
    let workspaces: Workspaces
    let domain: DomainRecord
    let reader: StoreReader

    /// Throws the fault of an image that is not attached, or an instance type that is not possible.
    func plan(_ key: AppKey, given: ResourceSpec?) throws -> AppPlan {
        let settings = try settings(of: key)
        var spec = ResourceSpec.resolved((given.map { [$0] } ?? []) + settings.map { ResourceSpec($0["DefaultResourceSpec"]) })
        switch spec.instanceType(for: key.type) {
        case .success(let type): spec.instanceType = type
        case .failure(let rejection): throw StudioFaults.instance(rejection, key.type)
        }
        if let script = spec.lifecycleConfigARN {
            try SettingsCheck(workspaces: workspaces, realm: domain.realm, reader: reader).checkScript(script)
        }
        var plan = AppPlan(spec: spec, containerImage: nil, failure: nil)
        if let image = customImage(spec) {
            let attached = key.type.takesCustomImages ? Self.customImages(settings) : []
            guard let entry = attached.first(where: { $0["ImageName"]?.string?.lowercased() == image.name }) else {
                throw notAttached(image.name, key)
            }
            try choose(image, entry: entry, &plan)
        } else if spec.imageARN == nil, spec.imageVersionARN == nil {
            plan.spec.imageARN = Self.builtInImage(of: key.type, in: domain.realm)
        }
        return plan
    }

    /// The custom images an app of that key could run: those of the nearest place that lists any.
    func customImages(for key: AppKey) throws -> [AWSValue] {
        key.type.takesCustomImages ? Self.customImages(try settings(of: key)) : []
    }

    private static func customImages(_ settings: [AWSValue]) -> [AWSValue] {
        settings.lazy.compactMap { $0["CustomImages"]?.list }.first ?? []
    }

    /// The settings of the app's type, the nearest first.
    private func settings(of key: AppKey) throws -> [AWSValue] {
        if key.type == .rStudioServerPro { return domain.rStudio.map { [$0] } ?? [] }
        guard let member = key.type.settingsMember else { return [] }
        let ofDomain = domain.members["DefaultUserSettings"]?[member]
        switch key.place {
        case .userProfile:
            let profile = try workspaces.profile(key.owner, of: domain.id, in: domain.realm, reader)
            return [profile.members["UserSettings"]?[member], ofDomain].compactMap { $0 }
        case .space:
            let space = try workspaces.space(key.owner, of: domain.id, in: domain.realm, reader)
            var chain = [space.members["SpaceSettings"]?[member]]
            if space.isPrivate, let owner = space.owner {
                // AWS: inferred — what a private space does not say, its owner's settings do.
                let profile = try workspaces.profile(owner, of: domain.id, in: domain.realm, reader)
                chain += [profile.members["UserSettings"]?[member], ofDomain]
            }
            return (chain + [domain.members["DefaultSpaceSettings"]?[member]]).compactMap { $0 }
        }
    }

    // MARK: Images

    /// The image of the account's own that the specification names; nil for AWS's images and for none.
    private func customImage(_ spec: ResourceSpec) -> (name: String, version: Int?, alias: String?)? {
        // AWS: documented — the version's ARN beats the image's (spec/studio.md §A6).
        guard let text = spec.imageVersionARN ?? spec.imageARN, let arn = ARN(text),
              arn.account == domain.realm.account.digits else { return nil }
        let parts = arn.resource.split(separator: "/").map(String.init)
        guard parts.count >= 2 else { return nil }
        return (parts[1].lowercased(), parts.count > 2 ? Int(parts[2]) : nil, spec.imageVersionAlias)
    }

    // AWS: recorded — spec/studio.md §A6.
    private func notAttached(_ image: String, _ key: AppKey) -> AWSFault {
        AWSFault(
            "ResourceNotFound",
            "Unable to launch App [\(key.arn(in: domain.realm))] with Image [\(image)] because it is not present in list of "
                + "custom images in AppSettings. Please update AppSettings to add Image [\(image)] in list of custom images.",
            status: 400)
    }

    /// No number means the latest version at launch.
    // AWS: documented — spec/studio.md §A9; that the app then fails is inferred.
    private func choose(
        _ image: (name: String, version: Int?, alias: String?), entry: AWSValue, _ plan: inout AppPlan
    ) throws {
        let versions = try workspaces.versions(of: image.name, in: domain.realm, reader)
        let number = image.version ?? (image.alias == nil ? entry["ImageVersionNumber"]?.int : nil)
        let found = versions.ordered.version(number: number, alias: image.alias)
        guard let found, let record = versions.records.first(where: { $0.number == found.number }),
              found.status == .created, let container = record.containerImage else {
            plan.failure = "Image [\(image.name)] has no version that could be started."
            return
        }
        plan.spec.imageARN = record.imageARN
        plan.spec.imageVersionARN = record.arn
        plan.spec.imageVersionAlias = nil
        plan.containerImage = container
    }

    /// AWS's own image that an app gets when nobody names one.
    // AWS: documented image accounts of us-east-1, taken for every Region.
    private static func builtInImage(of type: AppType, in realm: Realm) -> String? {
        switch type {
        case .jupyterServer: "arn:aws:sagemaker:\(realm.region):081325390199:image/jupyter-server-3"
        case .jupyterLab, .codeEditor: "arn:aws:sagemaker:\(realm.region):885854791233:image/sagemaker-distribution-cpu"
        default: nil
        }
    }
}
