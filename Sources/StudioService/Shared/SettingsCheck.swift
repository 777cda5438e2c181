import AWSModel
import DeclaredResources
import Store
import Vocabulary
import WorkspaceRules

/// Checks what user and space settings refer to: custom images, their configurations, life-cycle scripts.
struct SettingsCheck {
    let workspaces: Workspaces
    let realm: Realm
    let reader: StoreReader

    /// Whose settings they are, and how many custom images fit.
    // AWS: documented — spec/studio.md §A9.
    enum Holder: String {
        case domain = "Domain"
        case userProfile = "UserProfile"
        case space = "Space"

        var customImagesMax: Int { self == .domain ? 200 : 5 }
    }

    /// Throws the ValidationException that names the first thing that is missing.
    func check(_ settings: AWSValue?, of holder: Holder) throws {
        guard let settings = settings?.object else { return }
        for member in customImageSettings {
            try checkImages(settings[member]?["CustomImages"]?.list ?? [], member, holder)
        }
        for (_, value) in settings.entries { try checkScripts(value) }
        if settings["DefaultLandingUri"]?.string == "studio::", settings["StudioWebPortal"]?.string == "DISABLED" {
            // AWS: documented rule, inferred text.
            throw AWSFault.validation("DefaultLandingUri [studio::] requires StudioWebPortal to be ENABLED.")
        }
    }

    // AWS: inferred — spec/studio.md §A9: image created, configuration there, one entry per image.
    private func checkImages(_ images: [AWSValue], _ member: String, _ holder: Holder) throws {
        guard images.count <= holder.customImagesMax else {
            throw AWSFault.validation(
                "\(member) of a \(holder.rawValue) can have at most \(holder.customImagesMax) CustomImages.")
        }
        var names: Set<String> = []
        for custom in images {
            let name = custom["ImageName"]?.string ?? ""
            guard let image = try workspaces.imageShelf.find(name.lowercased(), in: realm, reader) else {
                throw AWSFault.validation("Image [\(name)] does not exist.")
            }
            guard names.insert(name.lowercased()).inserted else {
                throw AWSFault.validation("Image [\(name)] is listed more than once in \(member).")
            }
            guard image.track.isUsable else {
                throw AWSFault.validation("Image [\(name)] is in an invalid state.")
            }
            if let number = custom["ImageVersionNumber"]?.int {
                let version = try workspaces.versions.find("\(name.lowercased())/\(number)", in: realm, reader)
                guard version?.track.status == .created else {
                    throw AWSFault.validation("ImageVersion [\(number)] of Image [\(name)] does not exist.")
                }
            }
            let config = custom["AppImageConfigName"]?.string ?? ""
            guard try DeclaredResource.appImageConfig.exists(config, in: realm, reader) else {
                throw AWSFault.validation("AppImageConfig [\(config)] does not exist.")
            }
        }
    }

    private func checkScripts(_ settings: AWSValue) throws {
        var arns = settings["LifecycleConfigArns"]?.list?.compactMap(\.string) ?? []
        if let own = settings["DefaultResourceSpec"]?["LifecycleConfigArn"]?.string { arns.append(own) }
        for arn in arns { try checkScript(arn) }
    }

    /// Throws when the script of that ARN is not there; the literal `None` is no script.
    func checkScript(_ arn: String) throws {
        guard arn != "None" else { return }
        let name = ARN(arn)?.resource.split(separator: "/").last.map(String.init) ?? ""
        guard try DeclaredResource.studioLifecycleConfig.exists(name, in: realm, reader) else {
            throw AWSFault.validation("StudioLifecycleConfig [\(arn)] does not exist.")
        }
    }
}
