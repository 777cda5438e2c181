import RegistryRules
import Store
import Vocabulary

/// What an image reference means in this emulator.
package enum ImageResolution: Equatable, Sendable {
    /// `REPOSITORY@sha256:…`: the image is here.
    case resolved(String)
    /// The repository is here, or must be, and the image is not; the text is for a client.
    case missing(String)
    /// A registry this emulator knows nothing of, such as AWS's own.
    case unknown
}

extension ECRService {
    /// Accounts of AWS's own registries of SageMaker images: none of their images can exist here.
    // AWS: doc — SageMaker's lists of Docker registry paths, for the larger regions.
    private static let ownedByAWS: Set<String> = [
        "763104351884", "683313688378", "257758044811", "246618743249", "746614075791", "811284229777", "825641698319",
        "632365934929", "433757028032", "382416733822", "404615174143", "174872318107", "520713654638", "785573368785",
        "301217895009", "763008648453", "007439368137", "217643126080", "727897471807", "685385470294", "141502667606",
        "492215442770", "141502667606", "354813040037", "366743142698", "121021644041", "783357654285", "720646828776",
        "659782779980", "749696950732", "813361260812", "764974769150", "552407032007", "156387875391", "306415355426",
    ]

    /// Looks an image reference up in the emulated registries.
    // AWS: recorded — spec/studio.md §A: `Requested image … not found.`
    package func resolve(_ image: String) throws -> ImageResolution {
        guard let reference = ImageReference(image) else { return .unknown }
        let realm: Realm
        switch reference.host {
        case .registry(let named): realm = named
        case .local: realm = Realm(account: .fallback, region: .fallback)
        }
        return try store.read { reader in
            guard let repository = try RepositoryTable.find(reference.repository, in: realm, reader) else {
                let mustBeHere = settings.isStrictAboutImages && !Self.ownedByAWS.contains(realm.account.digits)
                return mustBeHere ? .missing("Requested image \(image) not found.") : .unknown
            }
            let id = ImageID(digest: reference.digest?.text, tag: reference.effectiveTag?.text)
            do {
                let found = try self.image(id, in: repository, reader)
                return .resolved("\(reference.repositoryURI)@\(found.digest)")
            } catch is ImageFailure {
                return .missing("Requested image \(image) not found.")
            }
        }
    }
}
