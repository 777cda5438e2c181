import RegistryRules
package import Store
package import Vocabulary

/// What an image reference means in this emulator.
package enum ImageResolution: Equatable, Sendable {
    /// `REPOSITORY@sha256:…`: the image is here.
    case resolved(String)
    /// The image must be here and is not; the text is for a client.
    case missing(String)
    /// A registry or repository this emulator knows nothing of.
    case unknown
}

extension ECRService {
    /// Looks an image reference up in the emulated registries, through `reader`: a turn passes its transaction.
    /// - Parameter realm: what references to `localhost:PORT/…` are about.
    // AWS: recorded — spec/studio.md §A7: `Requested image … not found.`
    package func resolve(_ image: String, in realm: Realm, _ reader: StoreReader) throws -> ImageResolution {
        guard let reference = ImageReference(image) else { return .unknown }
        let missing = ImageResolution.missing("Requested image \(image) not found.")
        let registry: Realm
        switch reference.host {
        case .registry(let named): registry = named
        // A container's name or another port's registry looks the same as this server's own address.
        case .local: registry = realm
        }
        guard let repository = try RepositoryTable.find(reference.repository, in: registry, reader) else {
            return settings.images.mustExist(in: reference.host) ? missing : .unknown
        }
        do {
            let id = ImageID(digest: reference.digest?.text, tag: reference.effectiveTag?.text)
            let found = try self.image(id, in: repository, reader)
            return found.status == .active ? .resolved("\(reference.repositoryURI)@\(found.digest)") : missing
        } catch is ImageFailure {
            return missing
        }
    }
}

extension ECRSettings.ImageCheck {
    /// Whether an image of that registry must be in an emulated repository.
    fileprivate func mustExist(in host: RegistryHost) -> Bool {
        guard case .registry(let realm) = host else { return false }
        switch self {
        case .known: return false
        case .own: return !AWSOwnedRegistries.contains(realm.account.digits)
        case .all: return true
        }
    }
}
